"""The hardest inputs: far queries, the ends of the number range, transforms, other layouts."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from kernel_contract import COMPACT, POLYNOMIAL
from torch import Tensor
from torch.autograd import forward_ad

from nwcore import (
    attention_pooling,
    attention_weights,
    leave_one_out_loss,
    leave_one_out_pairs,
)
from nwcore.kernels import gaussian
from nwcore.methods import ordered, prefix, windowed
from nwcore.pooling import Method

METHODS: tuple[Method, ...] = ("auto", "direct", "windowed", "linear")
every_method = pytest.mark.parametrize("method", METHODS)


def f64(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def exact_pooling(x: float, keys: Tensor, values: Tensor, w: float) -> float:
    """Gaussian pooling at one query; scores from fractions, which round nothing."""
    squares = [(Fraction(key) - Fraction(x)) ** 2 for key in keys.tolist()]
    nearest = min(squares)
    scores = [float(-(Fraction(w) ** 2) * (square - nearest) / 2) for square in squares]
    weights = [math.exp(score) for score in scores]
    products = [a * y for a, y in zip(weights, values.tolist(), strict=True)]
    return math.fsum(products) / math.fsum(weights)


# --- far queries ---


@every_method
@pytest.mark.parametrize(
    ("x", "keys", "values", "w"),
    [
        (1e6, (0.1, 0.1000001), (1.0, 2.0), 1.0),
        (-3.0, (0.1, 0.10001), (0.0, 1.0), 300.0),
        (-1e9, (0.3, 0.3 + 1e-9, 0.3 + 2e-9), (1.0, -1.0, 3.0), 1.0),
        (0.3, (-1.0, 1.6, 1.6000001), (1.0, 2.0, 5.0), 300.0),  # nearly as far on both sides
        (12345.678, (1.0, 24690.356), (1.0, 2.0), 40.0),
        (3.0, (-1e3, 1e3 + 6.000001), (1.0, 2.0), 1.0),
    ],
)
def test_a_query_far_from_all_keys_loses_no_digit(
    x: float, keys: tuple[float, ...], values: tuple[float, ...], w: float, method: Method
) -> None:
    expected = exact_pooling(x, f64(*keys), f64(*values), w)
    found = attention_pooling(f64(x), f64(*keys), f64(*values), w, method=method)
    assert float(found) == pytest.approx(expected, rel=1e-13)
    others = torch.cat([f64(x), f64(*keys)])
    weights = attention_weights(others, f64(*keys), w)
    assert float(weights[0] @ f64(*values)) == pytest.approx(expected, rel=1e-13)


@every_method
def test_a_far_query_in_float32_is_as_exact_as_its_inputs(method: Method) -> None:
    x, keys, values = (torch.tensor(t) for t in ([-3.0], [0.1, 0.10001], [0.0, 1.0]))
    expected = exact_pooling(float(x), keys.double(), values.double(), 300.0)
    found = attention_pooling(x, keys, values, 300.0, method=method)
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("method", ["direct", "windowed", "linear"])
def test_a_far_query_left_out_of_its_own_answer(method: Method) -> None:
    x, y = f64(0.1, 0.1000001, 1e6), f64(1.0, 2.0, 4.0)
    expected = (exact_pooling(1e6, x[:2], y[:2], 1.0) - 4) ** 2 + 1 + 1
    loss = leave_one_out_loss(x, y, 1.0, method=method)
    assert float(loss) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("far", [1e3, -1e6])
def test_gradients_of_far_queries_agree(far: float) -> None:
    keys, values = f64(0.1, 0.3, 0.7), f64(1.0, 2.0, -3.0)

    def derivative(method: Method) -> float:
        w = torch.tensor(1e-3, dtype=torch.float64, requires_grad=True)
        attention_pooling(f64(far), keys, values, w, method=method).sum().backward()
        assert w.grad is not None
        return float(w.grad)

    step = 1e-8
    ends = [exact_pooling(far, keys, values, 1e-3 + sign * step) for sign in (1, -1)]
    difference = (ends[0] - ends[1]) / (2 * step)
    for method in METHODS:
        assert derivative(method) == pytest.approx(difference, rel=1e-5)


def test_the_largest_inputs_are_shrunk_without_rounding() -> None:
    x, y = f64(-1.5e308, 0.3e308, 0.31e308, 1.7e308), f64(3.0, -1.0, 4.0, 1.5)
    small = x * 2.0**-30
    for w in (1e-308, 1e-307):
        found = attention_weights(x, x, w)
        assert torch.equal(found, attention_weights(small, small, w * 2.0**30))
        found = leave_one_out_loss(x, y, w)
        assert torch.equal(found, leave_one_out_loss(small, y, w * 2.0**30))


# --- one rule for the end of a support ---


@pytest.mark.parametrize(
    ("kernel", "method"),
    [
        (kernel, method)
        for kernel in COMPACT
        for method in METHODS
        if method != "linear" or kernel in POLYNOMIAL
    ],
)
def test_decimals_in_float32_are_in_reach_or_not_for_all_methods(
    kernel: str, method: Method
) -> None:
    generator = torch.Generator().manual_seed(2)
    keys = (torch.randint(0, 50, (40,), generator=generator) / 10).float()
    queries = (torch.arange(50) / 10).float()
    values = torch.rand(40, generator=generator)
    for w in (10.0, 5.0, 2.5, 10 / 3, 1.25, 1.0):
        expected = attention_weights(queries, keys, w, kernel, empty="nan") @ values
        found = attention_pooling(queries, keys, values, w, kernel, empty="nan", method=method)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5, equal_nan=True)


@every_method
def test_a_key_just_beyond_the_support_in_float64_is_out_of_reach(method: Method) -> None:
    x, keys, values = torch.tensor([0.1]), torch.tensor([0.0, 0.1]), torch.tensor([0.0, 1.0])
    # The float32 nearest to 0.1 is above it: the distance is 1.000000015 bandwidths.
    assert float(attention_pooling(x, keys, values, 10.0, "boxcar", method=method)) == 1.0


@pytest.mark.parametrize("kernel", COMPACT)
def test_keys_at_the_very_end_count_alike_where_pairs_are_many(kernel: str) -> None:
    keys = torch.arange(0, 400, dtype=torch.float64) / 8
    values = torch.cos(keys) + 2
    queries = torch.arange(0, 800, dtype=torch.float64) / 16  # 320,000 pairs, distances exact
    for w in (0.5, 1.0, 4.0):
        found = attention_pooling(queries, keys, values, w, kernel)
        expected = attention_pooling(queries, keys, values, w, kernel, method="direct")
        torch.testing.assert_close(found, expected, rtol=1e-13, atol=0)


# --- the ends of the number range ---


@every_method
@pytest.mark.parametrize("w", [0.0, 1.0, 1e-308])
def test_inputs_whose_differences_overflow(method: Method, w: float) -> None:
    keys, values = f64(-1.7e308, 1.7e308), f64(1.0, 2.0)
    assert float(attention_pooling(f64(0.0), keys, values, w, method=method)) == 1.5
    near = float(attention_pooling(f64(1.6e308), keys, values, w, method=method))
    u, v = 0.1 * (1e308 * w), 3.3 * (1e308 * w)  # scaled distances of the two keys
    expected = 2 - 1 / (1 + math.exp(min((v - u) * (v + u) / 2, 700.0)))
    assert near == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ["auto", "direct", "windowed", "linear"])
def test_leaving_one_out_of_inputs_whose_differences_overflow(method: Method) -> None:
    x, y = f64(-1.7e308, 0.0, 1.7e308), f64(1.0, 2.0, 4.0)
    loss = leave_one_out_loss(x, y, 0.0, method=method)
    assert float(loss) == pytest.approx(2**2 + 0.5**2 + 2.5**2)


@every_method
@pytest.mark.parametrize("kernel", ["gaussian", "triangular", "constant"])
def test_values_at_the_end_of_the_range_average_to_finite_numbers(
    method: Method, kernel: str
) -> None:
    largest = torch.finfo(torch.float64).max
    keys = torch.linspace(0, 1, 101, dtype=torch.float64)
    for value in (largest, -largest):
        values = torch.full_like(keys, value)
        found = attention_pooling(keys, keys, values, 2.0, kernel, method=method)
        torch.testing.assert_close(found, values, rtol=1e-14, atol=0)
    mixed = largest * torch.where(keys < 0.5, 1.0, -1.0).double()
    found = attention_pooling(keys, keys, mixed, 2.0, kernel, method=method)
    small = attention_pooling(keys, keys, torch.sign(mixed), 2.0, kernel, method=method)
    torch.testing.assert_close(found / largest, small, rtol=0, atol=1e-13)


@every_method
def test_the_loss_of_such_values_is_refused_with_their_name(method: Method) -> None:
    x, y = f64(0.0, 1.0, 2.0), f64(1.5e308, -1.5e308, 1.0)
    with pytest.raises(ValueError, match=r"y_train must have a finite sum .* up to 1\.5e\+308"):
        leave_one_out_loss(x, y, 1.0, method=method)
    narrow = torch.tensor([1e30, -1e30, 1.0])
    with pytest.raises(ValueError, match=r"finite sum of squared errors in torch\.float32"):
        leave_one_out_loss(x.float(), narrow, 1.0, method=method)


@every_method
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_small_values_beside_large_ones_keep_their_digits(method: Method, kernel: str) -> None:
    # Two clusters, so far apart that neither hears of the other; sizes span 600 decades.
    keys = torch.cat([torch.linspace(0, 1, 50), 1e3 + torch.linspace(0, 1, 50)]).double()
    sizes = f64(1e-300, 1e300).repeat_interleave(50)
    waves = 2 + torch.sin(9 * keys)
    found = attention_pooling(keys, keys, sizes * waves, 3.0, kernel, method=method)
    halves = [
        attention_pooling(x, x, y, 3.0, kernel)
        for x, y in zip(keys.split(50), waves.split(50), strict=True)
    ]
    expected = sizes * torch.cat(halves)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


@every_method
def test_columns_of_very_different_size_are_pooled_apart(method: Method) -> None:
    keys = torch.linspace(0, 5, 997, dtype=torch.float64)
    one = torch.sin(keys)
    sizes = f64(1.0, 1e-250, 1e250, 1e-12)
    found = attention_pooling(keys, keys, one[:, None] * sizes, 4.0, method=method)
    alone = attention_pooling(keys, keys, one, 4.0, method="direct")
    scale = attention_pooling(keys, keys, one.abs(), 4.0, method="direct")
    assert float(((found / sizes - alone[:, None]).abs() / scale[:, None]).max()) <= 1e-12


def test_float32_does_not_drift_with_many_keys() -> None:
    keys = torch.linspace(0, 5, 1_000_003)
    values = torch.full_like(keys, 0.3)
    found = attention_pooling(torch.tensor([2.5, 9.0]), keys, values, 1.0, method="direct")
    torch.testing.assert_close(found, torch.full((2,), 0.3), rtol=1e-6, atol=0)


@every_method
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_autocast_changes_nothing(method: Method, dtype: torch.dtype) -> None:
    keys = torch.linspace(0, 5, 31, dtype=dtype)
    plain = attention_pooling(keys, keys, torch.sin(keys), 3.0, method=method)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = attention_pooling(keys, keys, torch.sin(keys), 3.0, method=method)
        loss = leave_one_out_loss(keys, torch.sin(keys), 3.0)
    assert torch.equal(found, plain)
    assert torch.equal(loss, leave_one_out_loss(keys, torch.sin(keys), 3.0))


# --- sums that must be exact ---


@pytest.mark.parametrize("exponent", [1, 10, 19, 20, 21])
def test_running_totals_of_power_of_two_counts(exponent: int) -> None:
    for count in (2**exponent - 1, 2**exponent, 2**exponent + 1):
        total = prefix.running_total(torch.ones(count, dtype=torch.float64), 1.0)
        (found,) = total.between([torch.tensor([0]), torch.tensor([count])])
        assert float(found) == count
        assert total.loss == 0


@pytest.mark.parametrize("n", [2**10, 2**17])
@pytest.mark.parametrize("kernel", POLYNOMIAL)
def test_pooling_at_power_of_two_counts(kernel: str, n: int) -> None:
    keys = torch.linspace(0, 5, n, dtype=torch.float64)
    found = attention_pooling(keys[::97], keys, torch.ones_like(keys), 0.1, kernel, method="linear")
    torch.testing.assert_close(found, torch.ones_like(found), rtol=1e-15, atol=0)


@pytest.mark.parametrize("kernel", ["gaussian", "boxcar", "epanechnikov"])
@pytest.mark.parametrize("method", ["windowed", "linear"])
def test_exact_duplicates_under_a_narrow_kernel(kernel: str, method: Method) -> None:
    keys = f64(0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0)
    values = f64(1.0, 2.0, 6.0, 4.0, 8.0, -1.0, 1.0)
    found = attention_pooling(f64(0.0, 1.0, 2.0), keys, values, 1e9, kernel, method=method)
    torch.testing.assert_close(found, f64(3.0, 6.0, 0.0), rtol=0, atol=1e-15)
    # Each is predicted by its twins alone.
    loss = leave_one_out_loss(keys, values, 1e9, kernel, method=method)
    twins = [4.0, 3.5, 1.5, 8.0, 4.0, 1.0, -1.0]
    expected = sum((t - y) ** 2 for t, y in zip(twins, values.tolist(), strict=True))
    assert float(loss) == pytest.approx(expected, rel=1e-14)


def test_a_window_begins_with_a_point_whose_twin_is_the_nearest() -> None:
    keys = f64(0.0, 0.0, 5.0)
    columns = torch.stack([torch.ones(3), torch.arange(3)]).double()
    in_order = ordered.sort_keys(keys, columns)
    problem = windowed.NumericProblem(keys, keys, columns, 1.0, gaussian, self_terms=columns)
    windows = ordered.find_windows(problem, in_order)
    assert in_order.keys[windows.nearest].tolist() == [0.0, 0.0, 0.0]


# --- what few float64 pairs, on the short path, must not let through ---


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_bad_numbers_among_few_float64_pairs(place: int, bad: float) -> None:
    inputs = [f64(0.5, 1.0, 1.5), f64(0.0, 1.0, 2.0), f64(3.0, 5.0, 1.0)]
    for index in range(3):
        given = [x.clone() for x in inputs]
        given[place][index] = bad
        name = ("queries", "keys", "values")[place]
        with pytest.raises(ValueError, match=f"{name} must be finite"):
            attention_pooling(*given, 1.0)


@pytest.mark.parametrize(
    ("w", "error", "message"),
    [
        (True, TypeError, "w must be a real number, got True"),
        (math.nan, ValueError, "w must be finite"),
        (math.inf, ValueError, "w must be finite"),
        ("1", TypeError, "w must be a real number"),
        (None, TypeError, "w must be a real number"),
        (1j, TypeError, "w must be a real number"),
        (torch.tensor(True), TypeError, "w must have dtype"),
        (torch.tensor(math.nan), ValueError, "w must be finite"),
        (torch.ones(2), ValueError, "hold one element"),
        (torch.ones(1, 1), ValueError, "rank 0 or 1"),
    ],
)
def test_bad_w_among_few_float64_pairs(w: object, error: type[Exception], message: str) -> None:
    x = f64(0.0, 1.0)
    for call in (
        lambda: attention_pooling(x, x, x, w),  # type: ignore[arg-type]
        lambda: attention_weights(x, x, w),  # type: ignore[arg-type]
        lambda: leave_one_out_loss(x, x, w),  # type: ignore[arg-type]
    ):
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize("place", [0, 1])
def test_nothing_to_pool_among_few_float64_pairs(place: int) -> None:
    inputs = [f64(0.5), f64(0.0), f64(3.0)]
    inputs[place] = f64()
    if place:
        inputs[2] = f64()
    name = ("queries", "keys")[place]
    with pytest.raises(ValueError, match=f"{name} must not be empty"):
        attention_pooling(*inputs, 1.0)


# --- tensors that are no plain tensors ---


@pytest.mark.parametrize("place", [0, 1, 2])
@every_method
def test_sparse_and_meta_tensors_are_refused_by_name(place: int, method: Method) -> None:
    name = ("queries", "keys", "values")[place]
    for change, error, message in (
        (Tensor.to_sparse, TypeError, f"{name} must be a dense tensor, got layout torch.sparse"),
        (lambda x: x.to("meta"), ValueError, f"{name} must lie on the CPU, got device meta"),
    ):
        inputs = [f64(0.5, 1.0), f64(0.0, 1.0), f64(3.0, 5.0)]
        inputs[place] = change(inputs[place])
        with pytest.raises(error, match=message):
            attention_pooling(*inputs, 1.0, method=method)


def test_w_x_and_y_elsewhere_are_refused_by_name() -> None:
    x = f64(0.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="w must lie on the CPU, got device meta"):
        attention_pooling(x, x, x, torch.tensor(1.0, device="meta"))
    with pytest.raises(ValueError, match="x_train must lie on the CPU"):
        leave_one_out_loss(x.to("meta"), x, 1.0)
    with pytest.raises(TypeError, match="y_train must be a dense tensor"):
        leave_one_out_pairs(x, x.to_sparse())


@pytest.mark.parametrize("progress", ["yes", 1, None])
def test_progress_is_a_flag(progress: object) -> None:
    x = f64(0.0, 1.0)
    with pytest.raises(TypeError, match="progress must be True or False, got"):
        attention_pooling(x, x, x, progress=progress)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="progress must be True or False, got"):
        leave_one_out_loss(x, x, 1.0, progress=progress)  # type: ignore[arg-type]


# --- transforms of torch.func, forward mode, second derivatives ---

KEYS = torch.linspace(0, 5, 13, dtype=torch.float64)
VALUES = torch.sin(KEYS)


def pooled(w: Tensor, method: Method = "auto") -> Tensor:
    return attention_pooling(KEYS[::2] + 0.1, KEYS, VALUES, w, method=method)


def derivative_in_w() -> Tensor:
    w = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    rows = [torch.autograd.grad(y, w, retain_graph=True)[0] for y in pooled(w, "direct")]
    return torch.stack(rows)


@pytest.mark.parametrize("method", ["auto", "direct"])
def test_forward_mode_gives_the_derivative_in_w(method: Method) -> None:
    w = torch.tensor(2.0, dtype=torch.float64)
    _, tangent = torch.func.jvp(lambda w: pooled(w, method), (w,), (torch.ones_like(w),))
    torch.testing.assert_close(tangent, derivative_in_w())
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(w, torch.ones_like(w))
        unpacked = forward_ad.unpack_dual(pooled(dual, method))
        torch.testing.assert_close(unpacked.tangent, derivative_in_w())
    torch.testing.assert_close(torch.func.jacrev(lambda w: pooled(w, method))(w), derivative_in_w())


def test_forward_mode_through_many_pairs_and_through_the_loss() -> None:
    keys = torch.linspace(0, 5, 601, dtype=torch.float64)
    one = torch.ones((), dtype=torch.float64)

    def check(compute: Callable[[Tensor], Tensor]) -> None:
        leaf = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        (expected,) = torch.autograd.grad(compute(leaf), leaf)
        _, tangent = torch.func.jvp(compute, (leaf.detach(),), (one,))
        torch.testing.assert_close(tangent, expected, rtol=1e-9, atol=0)

    check(lambda w: attention_pooling(keys, keys, torch.sin(keys), w).sum())
    check(lambda w: leave_one_out_loss(keys, torch.sin(keys), w))


@pytest.mark.parametrize("method", ["sdpa", "windowed", "linear"])
def test_methods_without_a_forward_mode_say_so(method: Method) -> None:
    w = torch.tensor(2.0, dtype=torch.float64)
    message = f'method "{method}" computes no forward-mode derivative'
    with pytest.raises(ValueError, match=message):
        torch.func.jvp(lambda w: pooled(w, method), (w,), (torch.ones_like(w),))
    with forward_ad.dual_level(), pytest.raises(ValueError, match=message):
        pooled(forward_ad.make_dual(w, torch.ones_like(w)), method)


@pytest.mark.parametrize("method", ["auto", "direct", "sdpa", "windowed", "linear"])
def test_vmap_is_refused_by_name(method: Method) -> None:
    with pytest.raises(ValueError, match=r"w must not be batched by torch\.func\.vmap"):
        torch.func.vmap(lambda w: pooled(w, method))(f64(1.0, 2.0))
    with pytest.raises(ValueError, match=r"queries must not be batched by torch\.func\.vmap"):
        torch.func.vmap(lambda x: attention_pooling(x, KEYS, VALUES, 1.0, method=method))(
            KEYS.repeat(2, 1)
        )


def test_second_derivatives_come_from_the_direct_method_alone() -> None:
    def gradient(method: Method) -> tuple[Tensor, Tensor]:
        w = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        (first,) = torch.autograd.grad(pooled(w, method).sum(), w, create_graph=True)
        return w, first

    w, first = gradient("direct")
    (second,) = torch.autograd.grad(first, w)
    step = 1e-5
    ends = []
    for sign in (1, -1):
        at = torch.tensor(2.0 + sign * step, dtype=torch.float64, requires_grad=True)
        ends.append(torch.autograd.grad(pooled(at, "direct").sum(), at)[0])
    assert float(second) == pytest.approx(float(ends[0] - ends[1]) / (2 * step), rel=1e-7)
    for method in ("sdpa", "windowed", "linear"):
        with pytest.raises(RuntimeError, match=r"does not require grad|not implemented"):
            torch.autograd.grad(*reversed(gradient(method)))
