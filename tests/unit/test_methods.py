"""Pooling many points: every method gives the numbers of the direct sum, whatever the inputs.

Errors are relative to Σ α |y|, the size of what is summed: where values cancel, the direct sum
has no more digits either.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from kernel_contract import COMPACT, LINEAR, POLYNOMIAL
from scale_problems import LAYOUTS, VALUES, Problem, make_problem
from scipy import special
from torch import Tensor

from nwcore import (
    KERNELS,
    attention_pooling,
    attention_weights,
    leave_one_out_loss,
    make_regression,
)
from nwcore.kernels import get_kernel
from nwcore.methods import direct, gauss, linear, ordered, prefix, sdpa, windowed
from nwcore.methods.answers import Answers
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.problem import pose
from nwcore.pooling import Method

BOUND = {torch.float64: 1e-12, torch.float32: 1e-5}
FAST: tuple[Method, ...] = ("linear", "windowed")
every_fast = pytest.mark.parametrize("method", FAST)
TAKES: dict[Method, list[str]] = {"linear": sorted(LINEAR), "windowed": sorted(KERNELS)}
every_fast_and_kernel = pytest.mark.parametrize(
    ("method", "kernel"), [(method, kernel) for method in FAST for kernel in TAKES[method]]
)
SCALED_RANGES = (0.0, 1e-6, 0.3, 3.0, 30.0, 1e3, 1e6)


def error(found: Tensor, problem: Problem, kernel: str) -> float:
    """Largest error against the direct sum, relative to Σ α |y|; NaN must stand where it does."""
    columns = torch.stack([problem.values, problem.values.abs()], dim=1)  # (k, 2)
    both = attention_pooling(
        problem.queries, problem.keys, columns, problem.w, kernel, empty="nan", method="direct"
    )
    expected, size = both.unbind(1)
    assert torch.equal(found.isnan(), expected.isnan())
    least = 1e-280 * problem.values.abs().max() + 1e-300  # below it, weights have lost digits
    return float(((found.double() - expected).abs() / (size + least)).nan_to_num(0).max())


def numeric(problem: Problem, kernel: str, *, derivatives: bool = False) -> NumericProblem:
    columns = torch.stack([torch.ones_like(problem.values), problem.values])  # (2, k)
    return NumericProblem(
        problem.queries,
        problem.keys,
        columns,
        problem.w,
        get_kernel(kernel),
        derivatives=derivatives,
    )


def pool(problem: Problem, method: Method, kernel: str) -> Tensor:
    return attention_pooling(
        problem.queries,
        problem.keys,
        problem.values,
        problem.w,
        kernel,
        empty="nan",
        method=method,
    )


# --- the numbers of the direct sum ---


@every_fast_and_kernel
@pytest.mark.parametrize("scaled_range", SCALED_RANGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_method_agrees_with_the_direct_sum(
    layout: str, scaled_range: float, kernel: str, method: Method
) -> None:
    for kind, n_keys in zip(VALUES, (701, 53, 211, 997), strict=True):
        problem = make_problem(layout, kind, n_keys, 307, scaled_range, seed=n_keys)
        assert error(pool(problem, method, kernel), problem, kernel) <= BOUND[torch.float64]


@every_fast
@pytest.mark.parametrize("scaled_range", SCALED_RANGES)
@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "offset"])
def test_float32_agrees_with_float64(layout: str, scaled_range: float, method: Method) -> None:
    problem = make_problem(layout, "positive", 503, 211, scaled_range, seed=3)
    narrow = Problem(
        problem.queries.float(), problem.keys.float(), problem.values.float(), problem.w
    )
    wide = Problem(
        narrow.queries.double(),
        narrow.keys.double(),
        narrow.values.double(),
        problem.w,
    )
    found = pool(narrow, method, "gaussian")
    assert found.dtype == torch.float32
    assert error(found, wide, "gaussian") <= BOUND[torch.float32]


@pytest.mark.parametrize("few", [True, False])
@given(
    layout=st.sampled_from(LAYOUTS),
    kind=st.sampled_from(VALUES),
    kernel=st.sampled_from(sorted(LINEAR)),
    n_keys=st.integers(1, 400),
    n_queries=st.integers(1, 200),
    exponent=st.floats(-8, 6),
    seed=st.integers(0, 2**32 - 1),
)
@example(  # the only value that counts is far from all bins in reach
    layout="gap",
    kind="mostly zero",
    kernel="gaussian",
    n_keys=397,
    n_queries=41,
    exponent=4.25,
    seed=399,
)
def test_no_input_makes_fast_and_direct_disagree(
    few: bool,
    layout: str,
    kind: str,
    kernel: str,
    n_keys: int,
    n_queries: int,
    exponent: float,
    seed: int,
) -> None:
    problem = make_problem(layout, kind, n_keys, n_queries, 10.0**exponent, seed)
    with pytest.MonkeyPatch.context() as patch:
        if few:  # as if there were many more points: no bin is too sparse to be expanded
            patch.setattr(linear, "MANY_PAIRS", 4)
            patch.setattr(linear, "_POINTS_A_BIN", 1e9)
        found = pool(problem, "linear", kernel)
    assert error(found, problem, kernel) <= BOUND[torch.float64]


@pytest.mark.parametrize("density", [layout[0] for layout in gauss._LAYOUTS])
@pytest.mark.parametrize("values", VALUES)
def test_every_layout_of_bins_keeps_the_bound(density: int, values: str) -> None:
    length = 6.3
    n = round((density + 60) * length / 2)
    problem = make_problem("uniform", values, n, n, length, seed=5)
    grid = gauss.make_grid((0.0, 5.0), (0.0, 5.0), n, 2 * n, problem.w)
    assert grid is not None
    assert grid.n_terms == next(layout[2] for layout in gauss._LAYOUTS if density == layout[0])
    some = Problem(problem.queries[:301], problem.keys, problem.values, problem.w)
    found = linear.pool(numeric(problem, "gaussian"))
    assert error(found.predictions[0, :301], some, "gaussian") <= BOUND[torch.float64]


def test_the_sums_agree_with_extended_precision() -> None:
    problem = make_problem("normal", "positive", 4001, 40, 40.0, seed=2)
    found = pool(problem, "linear", "gaussian").numpy()
    x, xi, y = (
        t.numpy().astype(np.longdouble) for t in (problem.queries, problem.keys, problem.values)
    )
    scores = -((x[:, None] - xi) ** 2) * np.longdouble(problem.w) ** 2 / 2
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = (weights * y).sum(axis=1) / weights.sum(axis=1)
    np.testing.assert_allclose(found, expected.astype(float), rtol=1e-13)


def test_the_fast_transform_is_what_answers_a_plain_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("no query is far from all keys here")

    monkeypatch.setattr(linear, "sort_keys", refuse)
    monkeypatch.setattr(windowed, "sort_keys", refuse)
    problem = make_problem("uniform", "signed", 20011, 5, 30.0, seed=1)
    inside = problem.keys[:5003]
    attention_pooling(inside, problem.keys, problem.values, problem.w)
    leave_one_out_loss(problem.keys, problem.values, problem.w)


@pytest.mark.parametrize("kernel", [name for name in POLYNOMIAL if name in COMPACT])
def test_prefix_sums_are_what_answers_kernels_of_compact_support(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = []
    pool_prefix = prefix.pool

    def recorded(*args: Any) -> Answers:
        answers = pool_prefix(*args)
        answered.append(answers.answered.double().mean())
        return answers

    monkeypatch.setattr(prefix, "pool", recorded)
    problem = make_problem("uniform", "signed", 20011, 5003, 30.0, seed=1)
    pool(problem, "auto", kernel)
    assert len(answered) == 1
    assert answered[0] > 0.98  # not those whose keys are all at the very end of their reach


def test_a_gap_and_queries_beyond_the_range_give_no_nan() -> None:
    keys = torch.cat([torch.linspace(0, 2, 2000), torch.linspace(3, 5, 2000)], dim=0).double()
    queries = torch.linspace(-3, 8, 500, dtype=torch.float64)
    problem = Problem(queries, keys, torch.sin(keys) + 2, 200.0)
    densities = torch.exp(-0.5 * ((queries[:, None] - keys) * problem.w) ** 2).sum(1)
    assert int((densities == 0).sum()) > 200  # a ratio of two such sums has no answer
    found = pool(problem, "linear", "gaussian")
    assert bool(found.isfinite().all())
    assert error(found, problem, "gaussian") <= BOUND[torch.float64]


@every_fast
def test_values_as_large_as_numbers_go(method: Method) -> None:
    problem = make_problem("uniform", "positive", 997, 101, 20.0, seed=1)
    large = Problem(problem.queries, problem.keys, problem.values * 1.5e308, problem.w)
    found = pool(large, method, "gaussian")
    torch.testing.assert_close(
        found / 1.5e308, pool(problem, method, "gaussian"), rtol=1e-13, atol=0
    )


@every_fast
@pytest.mark.parametrize("w", [1e300, 1e-300, 5e-324, 1.7e308])
def test_any_finite_w(w: float, method: Method) -> None:
    problem = make_problem("uniform", "signed", 211, 97, 1.0, seed=1)
    extreme = Problem(problem.queries, problem.keys, problem.values, w)
    for kernel in TAKES[method]:
        assert error(pool(extreme, method, kernel), extreme, kernel) <= BOUND[torch.float64]


@every_fast
@pytest.mark.parametrize("size", [1e300, 1e-300])
def test_keys_of_any_size(size: float, method: Method) -> None:
    problem = make_problem("normal", "signed", 211, 97, 20.0, seed=1)
    moved = Problem(problem.queries * size, problem.keys * size, problem.values, problem.w / size)
    assert error(pool(moved, method, "gaussian"), moved, "gaussian") <= BOUND[torch.float64]


@every_fast_and_kernel
def test_columns_are_pooled_with_the_same_weights(method: Method, kernel: str) -> None:
    problem = make_problem("uniform", "signed", 499, 101, 12.0, seed=8)
    columns = torch.stack(
        [problem.values, problem.values**2, 1e9 * problem.values], dim=1
    )  # (k, 3)
    queries = problem.queries.clamp(problem.keys.min(), problem.keys.max())
    found = attention_pooling(queries, problem.keys, columns, problem.w, kernel, method=method)
    weights = attention_weights(queries, problem.keys, problem.w, kernel)  # (q, k)
    assert found.shape == (101, 3)
    size = weights @ columns.abs()
    assert float(((found - weights @ columns).abs() / size).max()) <= BOUND[torch.float64]
    direct = attention_pooling(queries, problem.keys, columns, problem.w, kernel, method="direct")
    torch.testing.assert_close(direct, weights @ columns, rtol=1e-13, atol=1e-13)


# --- gradients in w ---


def derivative(problem: Problem, method: Method, kernel: str) -> Tensor:
    """Derivative of a weighted sum of the predictions, the same weights for every method."""
    w = torch.tensor(problem.w, dtype=torch.float64, requires_grad=True)
    predictions = attention_pooling(
        problem.queries, problem.keys, problem.values, w, kernel, empty="nan", method=method
    )
    factors = torch.linspace(1, 2, len(predictions), dtype=torch.float64)
    filled = ~predictions.isnan()
    (gradient,) = torch.autograd.grad((factors * predictions)[filled].sum(), w)
    return gradient


@every_fast_and_kernel
@pytest.mark.parametrize("scaled_range", [1e-3, 0.3, 3.0, -30.0, 1e3])
@pytest.mark.parametrize("layout", ["uniform", "clusters", "duplicates", "gap"])
def test_gradients_in_w_agree(
    layout: str, scaled_range: float, kernel: str, method: Method
) -> None:
    problem = make_problem(layout, "signed", 401, 103, scaled_range, seed=9)
    torch.testing.assert_close(
        derivative(problem, method, kernel),
        derivative(problem, "direct", kernel),
        rtol=1e-9,
        atol=1e-11,
    )


@every_fast
@pytest.mark.parametrize("scaled_range", [1e-9, 1e-6, 1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("layout", ["uniform", "clusters", "uneven", "offset", "ends"])
def test_the_derivatives_of_wide_kernels_keep_their_digits(
    layout: str, scaled_range: float, method: Method
) -> None:
    # They are much smaller than the predictions: no error of those may be left in them.
    problem = make_problem(layout, "signed", 401, 103, scaled_range, seed=9)
    queries, keys, values, w = problem.queries, problem.keys, problem.values, problem.w
    weights = attention_weights(queries, keys, w)
    distances = queries[:, None] - keys
    residuals = (weights @ values)[:, None] - values
    terms = weights * distances**2 * residuals * w  # (q, k)
    compute = linear.pool if method == "linear" else windowed.pool
    derivatives = compute(numeric(problem, "gaussian", derivatives=True)).derivatives
    assert derivatives is not None
    assert float(((derivatives[0] - terms.sum(1)).abs() / terms.abs().sum(1)).max()) <= 1e-11


def test_gradients_agree_with_differences() -> None:
    problem = make_problem("uniform", "signed", 401, 103, 9.0, seed=9)
    for method in (*FAST, "sdpa"):
        step = 1e-5 * problem.w
        ends = [
            pool(Problem(problem.queries, problem.keys, problem.values, w), method, "gaussian")
            for w in (problem.w - step, problem.w + step)
        ]
        factors = torch.linspace(1, 2, 103, dtype=torch.float64)
        difference = float((factors * (ends[1] - ends[0])).sum()) / (2 * step)
        assert float(derivative(problem, method, "gaussian")) == pytest.approx(difference, rel=1e-6)


@every_fast
def test_the_gradient_at_w_0_is_0(method: Method) -> None:
    problem = make_problem("uniform", "signed", 401, 103, 0.0, seed=9)
    for kernel in TAKES[method]:
        assert float(derivative(problem, method, kernel)) == 0


def test_a_second_derivative_is_refused_where_it_was_not_computed() -> None:
    problem = make_problem("uniform", "signed", 401, 103, 3.0, seed=9)
    w = torch.tensor(problem.w, dtype=torch.float64, requires_grad=True)
    pooled_values = attention_pooling(
        problem.queries, problem.keys, problem.values, w, method="linear"
    )
    (gradient,) = torch.autograd.grad(pooled_values.sum(), w, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.autograd.grad(gradient, w)


# --- leaving one out ---


def loss_and_derivative(
    x: Tensor, y: Tensor, w: float, kernel: str, method: Method
) -> tuple[float, float]:
    inverse = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    loss = leave_one_out_loss(x, y, inverse, kernel, method=method)
    (gradient,) = torch.autograd.grad(loss, inverse)
    return float(loss.detach()), float(gradient)


@every_fast
@pytest.mark.parametrize("scaled_range", SCALED_RANGES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_leave_one_out_agrees_with_leaving_out(
    layout: str, scaled_range: float, method: Method
) -> None:
    problem = make_problem(layout, "signed", 307, 1, scaled_range, seed=4)
    x, y, w = problem.keys, problem.values, problem.w
    expected, expected_derivative = loss_and_derivative(x, y, w, "gaussian", "direct")
    found, found_derivative = loss_and_derivative(x, y, w, "gaussian", method)
    assert found == pytest.approx(expected, rel=1e-10)
    least = 1e-6 * expected / w if w > 0 else 0.0  # the derivative in log w, against the loss
    assert found_derivative == pytest.approx(expected_derivative, rel=1e-8, abs=1e-4 * least)


@every_fast_and_kernel
@pytest.mark.parametrize("seed", [1, 2])
def test_leave_one_out_agrees_for_every_kernel(kernel: str, method: Method, seed: int) -> None:
    data = make_regression(n_train=499, seed=seed, dtype=torch.float64)
    for w in (0.2, 1.0, 5.0):
        found = loss_and_derivative(data.x_train, data.y_train, w, kernel, method)
        expected = loss_and_derivative(data.x_train, data.y_train, w, kernel, "direct")
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-10)


@every_fast
def test_a_point_whose_self_term_is_nearly_all(method: Method) -> None:
    # Five bandwidths away, the other points are 1e-6 of a point's self term, or much less.
    x = torch.cat([torch.linspace(0, 1, 400), torch.tensor([6.0, 12.5, 30.0])]).double()
    y = torch.cos(x) + 3
    expected, expected_derivative = loss_and_derivative(x, y, 1.0, "gaussian", "direct")
    found, found_derivative = loss_and_derivative(x, y, 1.0, "gaussian", method)
    assert found == pytest.approx(expected, rel=1e-12)
    assert found_derivative == pytest.approx(expected_derivative, rel=1e-10)


# --- scaled dot-product attention ---


@pytest.mark.parametrize("offset", [0.0, 1e3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scaled_range", [0.0, 0.5, 5.0, 35.0])
def test_dot_product_attention_gives_the_same(
    scaled_range: float, dtype: torch.dtype, offset: float
) -> None:
    problem = make_problem("uniform", "positive", 211, 97, scaled_range, seed=6)
    queries, keys, values = (
        x.to(dtype) for x in (problem.queries + offset, problem.keys + offset, problem.values)
    )
    wide = Problem(
        queries.double(),
        keys.double(),
        values.double(),
        problem.w,
    )
    found = attention_pooling(queries, keys, values, problem.w, method="sdpa")
    assert error(found, wide, "gaussian") <= BOUND[dtype]


def test_dot_product_attention_takes_the_kernel_that_holds_no_weights() -> None:
    problem = make_problem("uniform", "positive", 211, 97, 5.0, seed=6)
    w = torch.tensor(problem.w, dtype=torch.float64)
    posed = pose(problem.queries, problem.keys, problem.values, w, get_kernel("gaussian"))
    with torch.profiler.profile() as profile:
        sdpa.pool(posed)
    names = {event.key for event in profile.key_averages()}
    assert any("flash_attention_for_cpu" in name for name in names), names


def test_dot_product_attention_sends_gradients_to_all_inputs() -> None:
    problem = make_problem("uniform", "signed", 53, 31, 8.0, seed=6)
    gradients = []
    for method in ("direct", "sdpa"):
        inputs = [
            x.clone().requires_grad_()
            for x in (problem.queries, problem.keys, problem.values, torch.tensor(problem.w))
        ]
        out = attention_pooling(*inputs[:3], inputs[3], method=method)
        gradients.append(torch.autograd.grad(out.square().sum(), inputs))
    for expected, found in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


# --- memory ---


@every_fast_and_kernel
@pytest.mark.parametrize("scaled_range", [0.0, 3.0, 1e4])
def test_no_method_holds_a_tensor_of_all_pairs(
    scaled_range: float, kernel: str, method: Method
) -> None:
    n_keys, n_queries = 9001, 1009
    problem = make_problem("uniform", "signed", n_keys, n_queries, scaled_range, seed=4)
    largest = 0

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(
            self,
            func: Callable[..., object],
            types: object,
            args: tuple[object, ...] = (),
            kwargs: dict[str, object] | None = None,
        ) -> object:
            nonlocal largest
            made = func(*args, **(kwargs or {}))
            for tensor in made if isinstance(made, (tuple, list)) else (made,):
                if isinstance(tensor, Tensor):
                    largest = max(largest, tensor.untyped_storage().nbytes() // 8)
            return made

    with Watch():
        pool(problem, method, kernel)
    assert n_keys <= largest <= max(windowed._BLOCK, 40 * (n_keys + n_queries))
    assert windowed._BLOCK * 8 <= 64 * 2**20  # bytes of float64


# --- choosing a method ---


def test_the_choice_follows_the_number_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    pool_linear = linear.pool

    def recorded(problem: NumericProblem) -> Answers:
        used.append("linear")
        return pool_linear(problem)

    monkeypatch.setattr(linear, "pool", recorded)
    # Of numbers that are not float64, so that `near` does not come first.
    keys = torch.linspace(0, 5, 512)
    few = direct.FEW_PAIRS // 512
    for n_queries, expected in ((few, []), (few + 1, ["linear"])):
        used.clear()
        attention_pooling(torch.linspace(0, 5, n_queries), keys, keys)
        assert used == expected
    used.clear()
    attention_pooling(keys, keys, keys.clone().requires_grad_()).sum().backward()
    assert used == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "fast"}, 'method must be "auto", "direct", .* got \'fast\''),
        ({"method": None}, "method must be"),
        ({"method": "sdpa", "kernel": "boxcar"}, "gaussian kernel only"),
        ({"method": "sdpa", "w": 100.0}, "at most 60, got 500"),
        (
            {"method": "linear", "keys": torch.ones(3, 5), "values": torch.ones(3, 5)},
            "keys of rank 2",
        ),
        (
            {"method": "linear", "values": torch.ones(5, requires_grad=True)},
            "gives no gradient to queries",
        ),
        ({"method": "windowed", "values": torch.ones(4, 2)}, "same shape"),
        ({"method": "linear", "w": 1e3, "kernel": "boxcar"}, r"queries\[1\] = 2.6"),
        ({"method": "windowed", "w": 1e3, "kernel": "boxcar"}, r"queries\[1\] = 2.6"),
    ],
)
def test_what_a_method_cannot_do_is_said(change: dict[str, object], message: str) -> None:
    arguments = {
        "queries": torch.tensor([0.0, 2.6, 5.0]),
        "keys": torch.linspace(0, 5, 5),
        "values": torch.ones(5),
        "w": 1.0,
    } | change
    with pytest.raises(ValueError, match=message):
        attention_pooling(**arguments)  # type: ignore[arg-type]


@every_fast
def test_a_training_input_without_neighbours_is_named(method: Method) -> None:
    x = torch.tensor([0.0, 1.0, 1.5, 9.0])
    with pytest.raises(ValueError, match=r"x_train\[3\] = 9 has no key"):
        leave_one_out_loss(x, x, 0.5, "epanechnikov", method=method)


def test_leaving_out_has_no_dot_product_form() -> None:
    x = torch.linspace(0, 1, 5)
    with pytest.raises(ValueError, match='method must be "auto", "direct", "windowed" or "linear"'):
        leave_one_out_loss(x, x, 1.0, method="sdpa")


# --- the parts ---


def test_moments_of_two_sets_of_keys_add_up() -> None:
    problem = make_problem("uniform", "signed", 1009, 1, 20.0, seed=4)
    columns = torch.stack([torch.ones_like(problem.values), problem.values])
    low, high = float(problem.keys.min()), float(problem.keys.max())
    grid = gauss.make_grid((low, high), (low, high), 1009, 1010, problem.w)
    assert grid is not None
    ends = grid.bins(torch.tensor([low, high], dtype=torch.float64)).tolist()
    places = gauss.dense(*ends)

    def moments(part: slice) -> gauss.Moments:
        return gauss.collect_moments(grid, places, problem.keys[part], columns[:, part], iter_range)

    def iter_range(loop: range) -> range:
        return loop

    whole, parts = moments(slice(None)), moments(slice(0, 400)) + moments(slice(400, None))
    torch.testing.assert_close(parts.sums, whole.sums, rtol=0, atol=1e-13)
    torch.testing.assert_close(parts.sizes, whole.sizes, rtol=1e-14, atol=0)


def test_the_bound_of_an_expansion_holds_and_is_not_idle() -> None:
    for w in (0.7, 3.0, 11.0):
        problem = make_problem("ends", "positive", 2003, 5, 1.0, seed=4)
        keys = problem.keys
        columns = torch.ones(1, len(keys), dtype=torch.float64)
        grid = gauss.make_grid((0.0, 5.0), (0.0, 5.0), len(keys), 2 * len(keys), w)
        assert grid is not None
        ends = grid.bins(torch.tensor([0.0, 5.0], dtype=torch.float64)).tolist()
        places = gauss.dense(*ends)
        moments = gauss.collect_moments(grid, places, keys, columns, lambda loop: loop)
        expansion = gauss.expand(grid, moments)
        queries = torch.linspace(0, 5, 801, dtype=torch.float64)
        bins = grid.bins(queries)
        place, a = places.find(bins), grid.offset(queries, bins)
        found = gauss._polynomial(expansion.coefficients, place, a, second=False)[0][0]
        found = found * torch.exp(-0.5 * a * a)
        exact = torch.exp(-0.5 * ((queries[:, None] - keys) * w) ** 2).sum(1)
        assert bool(((found - exact).abs() <= expansion.error[0, place] + 1e-15 * exact).all())
        assert bool((exact >= expansion.least[0, place]).all())
        assert bool((expansion.error < 1e-10 * len(keys)).all())


def test_translations_are_the_coefficients_of_the_kernel() -> None:
    delta = torch.tensor([-3.0, -0.5, 0.0, 1.0, 4.5], dtype=torch.float64)
    table = gauss._translations(delta, 25)
    powers = torch.arange(25, dtype=torch.float64)
    for a, b in ((0.4, -0.3), (-0.5, 0.5), (0.0, 0.2)):
        found = torch.einsum("p,dpq,q->d", a**powers, table, b**powers)
        expected = torch.exp(-0.5 * delta**2 - delta * a + delta * b + a * b)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-15)


def test_running_totals_are_exact() -> None:
    generator = torch.Generator().manual_seed(0)
    numbers = torch.randn(4001, generator=generator, dtype=torch.float64).clamp(-1, 1)
    numbers[::7] *= 1e-9
    total = prefix.running_total(numbers, 1.0)
    start = torch.tensor([0, 5, 17, 3999, 4001])
    stop = torch.tensor([4001, 5, 18, 4001, 4001])
    last = torch.tensor([4001, 4001, 20, 4000, 4001])
    pieces = list(total.between([start, stop, last]))
    assert len(pieces) == 2
    for found, first, end in zip(pieces, (start, stop), (stop, last), strict=True):
        for i, (low, high) in enumerate(zip(first.tolist(), end.tolist(), strict=True)):
            expected = float(np.sum(numbers[low:high].numpy().astype(np.longdouble)))
            expected -= float(np.sum(numbers[high:low].numpy().astype(np.longdouble)))
            assert float(found[i]) == pytest.approx(expected, rel=1e-15, abs=1e-22)


def test_bars_are_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    problem = make_problem("gap", "signed", 3001, 503, 30.0, seed=1)
    for method in FAST:
        for shown in (False, True):
            attention_pooling(
                problem.queries,
                problem.keys,
                problem.values,
                problem.w,
                method=method,
                progress=shown,
            )
            assert ("it/s" in capsys.readouterr().err) == shown


def test_bars_can_be_turned_off_from_outside(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = make_problem("gap", "signed", 3001, 503, 30.0, seed=1)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    attention_pooling(
        problem.queries, problem.keys, problem.values, problem.w, method="linear", progress=True
    )
    assert capsys.readouterr().err == ""


def test_an_interruption_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = make_problem("uniform", "signed", 3001, 503, 30.0, seed=1)
    inputs = [x.clone() for x in (problem.queries, problem.keys, problem.values)]

    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gauss, "pool", interrupt)
        with pytest.raises(KeyboardInterrupt):
            pool(problem, "linear", "gaussian")
    for before, after in zip(inputs, (problem.queries, problem.keys, problem.values), strict=True):
        assert torch.equal(before, after)
    assert error(pool(problem, "linear", "gaussian"), problem, "gaussian") <= 1e-12


def test_windows_hold_every_key_that_counts() -> None:
    problem = make_problem("clusters", "signed", 701, 211, 500.0, seed=1)
    columns = torch.ones(1, 701, dtype=torch.float64)
    in_order = ordered.sort_keys(problem.keys, columns)
    windows = ordered.find_windows(numeric(problem, "gaussian"), in_order)
    weights = attention_weights(problem.queries, in_order.keys, problem.w)
    number = torch.arange(len(in_order.keys))
    outside = (number < windows.start[:, None]) | (number >= windows.stop[:, None])
    assert float((weights * outside).sum(1).max()) <= 1e-16
    assert float(windows.lengths.double().mean()) < len(in_order.keys) / 5


def test_equal_keys_are_merged() -> None:
    keys = torch.tensor([2.0, 1.0, 2.0, 1.0, 2.0], dtype=torch.float64)
    columns = torch.stack([torch.ones(5), torch.arange(5)]).double()
    in_order = ordered.sort_keys(keys, columns)
    assert in_order.keys.tolist() == [1, 2]
    assert in_order.columns.tolist() == [[2, 3], [4, 6]]


def test_a_gaussian_at_equal_distances_averages() -> None:
    # ½(1 + tanh(2wd²…)) by hand: two keys at ±1, query at t: weights are logistic in 2 w² t.
    queries = torch.linspace(-2, 2, 41, dtype=torch.float64)
    keys = torch.tensor([-1.0, 1.0], dtype=torch.float64)
    for method in FAST:
        found = attention_pooling(
            queries, keys, torch.tensor([0.0, 1.0]).double(), 0.8, method=method
        )
        expected = special.expit(2 * 0.8**2 * queries.numpy())
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13)


def test_derivatives_are_given_only_when_asked_for() -> None:
    problem = make_problem("uniform", "signed", 101, 31, 5.0, seed=1)
    for compute in (linear.pool, windowed.pool):
        plain = compute(numeric(problem, "gaussian"))
        assert plain.derivatives is None
        assert bool(plain.answered.all())
