"""Attention pooling: weights by hand, memory, the ends of the number range, leaving one out."""

import math
from collections.abc import Callable

import pytest
import torch
from kernel_contract import COMPACT, SMOOTH
from torch import Tensor

from nwcore import (
    KERNELS,
    attention_pooling,
    attention_weights,
    average_pooling,
    leave_one_out_loss,
    leave_one_out_pairs,
    make_regression,
    true_function,
)
from nwcore.methods import blocks, direct

FLOATS = [torch.float32, torch.float64]
HALVING = math.sqrt(2 * math.log(2))  # the Gaussian kernel is half its peak here
N_QUERIES, N_KEYS = 7, 11
every_dtype = pytest.mark.parametrize("dtype", FLOATS)
every_kernel = pytest.mark.parametrize("kernel", sorted(KERNELS))


def problem(dtype: torch.dtype, *, own_keys: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (7,), and keys and values (11,) or (7, 11)."""
    generator = torch.Generator().manual_seed(3)
    shape = (N_QUERIES, N_KEYS) if own_keys else (N_KEYS,)
    queries, keys, values = (
        torch.rand(size, generator=generator, dtype=torch.float64)
        for size in ((N_QUERIES,), shape, shape)
    )
    return (5 * queries).to(dtype), (5 * keys).to(dtype), (9 * values - 4).to(dtype)


# --- by hand ---


@every_dtype
def test_average_pooling_by_hand(dtype: torch.dtype) -> None:
    result = average_pooling(torch.tensor([1.0, 2.0, 6.0], dtype=dtype), n_queries=5)
    assert result.dtype == dtype
    assert result.tolist() == [3.0, 3.0, 3.0, 3.0, 3.0]


@every_dtype
def test_average_of_large_values_is_finite(dtype: torch.dtype) -> None:
    large = torch.finfo(dtype).max * 0.75
    (mean,) = average_pooling(torch.tensor([large, large], dtype=dtype), 1).tolist()
    assert mean == pytest.approx(large, rel=1e-6)


@every_dtype
@pytest.mark.parametrize(
    ("kernel", "w", "keys", "expected"),
    [
        ("gaussian", 1.0, [0.0, HALVING], [2 / 3, 1 / 3]),
        ("gaussian", 2.0, [0.0, HALVING / 2], [2 / 3, 1 / 3]),
        ("gaussian", -1.0, [HALVING, 0.0, -HALVING], [1 / 4, 1 / 2, 1 / 4]),
        ("gaussian", 0.0, [0.0, 1.0, 7.0], [1 / 3, 1 / 3, 1 / 3]),
        ("boxcar", 1.0, [0.0, 0.9, 1.1], [1 / 2, 1 / 2, 0.0]),
        ("boxcar", 0.5, [2.0, -2.0, 2.5], [1 / 2, 1 / 2, 0.0]),
        ("triangular", 1.0, [0.25, -0.5, 3.0], [3 / 5, 2 / 5, 0.0]),
        ("triangular", 2.0, [0.25, -0.5, 0.0], [1 / 3, 0.0, 2 / 3]),
        ("epanechnikov", 1.0, [0.0, 0.5], [4 / 7, 3 / 7]),
        ("epanechnikov", 2.0, [0.0, 0.5, 0.25], [4 / 7, 0.0, 3 / 7]),
        ("constant", 9.0, [0.0, 5.0, 1e6], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_weights_by_hand(
    kernel: str, w: float, keys: list[float], expected: list[float], dtype: torch.dtype
) -> None:
    weights = attention_weights(
        torch.zeros(1, dtype=dtype), torch.tensor(keys, dtype=dtype), w, kernel
    )
    assert weights.dtype == dtype
    torch.testing.assert_close(weights, torch.tensor([expected], dtype=dtype))


@every_dtype
def test_pooling_by_hand(dtype: torch.dtype) -> None:
    queries = torch.tensor([0.0, HALVING], dtype=dtype)
    keys = torch.tensor([0.0, HALVING], dtype=dtype)
    values = torch.tensor([3.0, 9.0], dtype=dtype)
    expected = torch.tensor([3 * 2 / 3 + 9 / 3, 3 / 3 + 9 * 2 / 3], dtype=dtype)
    torch.testing.assert_close(attention_pooling(queries, keys, values), expected)


@every_dtype
def test_minibatch_of_weighted_averages(dtype: torch.dtype) -> None:
    values = torch.arange(20, dtype=dtype).reshape(2, 10)
    keys = torch.arange(40, 60, dtype=dtype).reshape(2, 10)
    result = attention_pooling(torch.zeros(2, dtype=dtype), keys, values, w=0)
    torch.testing.assert_close(result, torch.tensor([4.5, 14.5], dtype=dtype))


# --- the formulas, pair by pair ---


def formula(kernel: str, u: float) -> float:
    written = {
        "gaussian": math.exp(-(u**2) / 2),
        "boxcar": float(abs(u) <= 1),
        "triangular": max(0.0, 1 - abs(u)),
        "epanechnikov": max(0.0, 1 - u**2),
        "biweight": max(0.0, 1 - u**2) ** 2,
        "triweight": max(0.0, 1 - u**2) ** 3,
        "tricube": max(0.0, 1 - abs(u) ** 3) ** 3,
        "cosine": math.cos(math.pi / 2 * u) if abs(u) < 1 else 0.0,
        "logistic": 1 / math.cosh(u / 2) ** 2,
        "laplace": math.exp(-abs(u)),
        "constant": 1.0,
    }
    return written[kernel]


@every_kernel
@every_dtype
@pytest.mark.parametrize("own_keys", [False, True])
@pytest.mark.parametrize("w", [0.3, -0.7])
def test_weights_and_predictions_follow_the_formula(
    kernel: str, dtype: torch.dtype, own_keys: bool, w: float
) -> None:
    queries, keys, values = problem(dtype, own_keys=own_keys)
    weights = attention_weights(queries, keys, w, kernel)
    assert weights.shape == (N_QUERIES, N_KEYS)
    predicted = attention_pooling(queries, keys, values, w, kernel)
    assert predicted.shape == (N_QUERIES,)
    expected, pooled = [], []
    for i, query in enumerate(queries.tolist()):
        row_keys, row_values = (t[i].tolist() if own_keys else t.tolist() for t in (keys, values))
        similarity = [formula(kernel, (query - key) * w) for key in row_keys]
        expected.append([s / sum(similarity) for s in similarity])
        pooled.append(sum(a * y for a, y in zip(expected[-1], row_values, strict=True)))
    torch.testing.assert_close(weights, torch.tensor(expected, dtype=dtype))
    torch.testing.assert_close(predicted, torch.tensor(pooled, dtype=dtype), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "w",
    [2, 2.0, torch.tensor(2.0), torch.tensor([2.0]), torch.tensor(2.0, dtype=torch.float64)],
    ids=["int", "float", "0-d", "(1,)", "other dtype"],
)
@every_dtype
def test_w_is_a_number_or_a_tensor_of_one_element(w: float | Tensor, dtype: torch.dtype) -> None:
    queries, keys, values = problem(dtype)
    assert torch.equal(attention_weights(queries, keys, w), attention_weights(queries, keys, 2.0))
    pooled = attention_pooling(queries, keys, values, w)
    assert pooled.shape == (N_QUERIES,)
    assert pooled.dtype == dtype
    assert torch.equal(pooled, attention_pooling(queries, keys, values, 2.0))


@pytest.mark.parametrize("shape", [(), (1,)])
@every_kernel
def test_gradients_flow_to_w(kernel: str, shape: tuple[int, ...]) -> None:
    queries, keys, values = problem(torch.float64)
    w = torch.full(shape, 0.3, dtype=torch.float64, requires_grad=True)
    attention_pooling(queries, keys, values, w, kernel).sum().backward()
    assert w.grad is not None
    assert w.grad.shape == shape
    assert (float(w.grad) == 0) == KERNELS[kernel].flat


def test_inputs_are_left_as_they_were() -> None:
    given = problem(torch.float64)
    copies = [tensor.clone() for tensor in given]
    attention_pooling(*given, 3.0, "triangular", empty="nan")
    assert all(torch.equal(a, b) for a, b in zip(given, copies, strict=True))


# --- queries that sit on a key, keys that coincide ---


@every_dtype
def test_a_query_on_a_key_gives_it_the_largest_weight(dtype: torch.dtype) -> None:
    _, keys, _ = problem(dtype)
    for kernel in SMOOTH:
        weights = attention_weights(keys, keys, 1.0, kernel)
        assert weights.argmax(dim=-1).tolist() == list(range(N_KEYS))


@every_kernel
@every_dtype
def test_equal_keys_get_equal_weights(kernel: str, dtype: torch.dtype) -> None:
    keys = torch.tensor([1.0, 2.0, 1.0], dtype=dtype)
    weights = attention_weights(torch.tensor([1.25], dtype=dtype), keys, 0.5, kernel)
    assert weights[0, 0] == weights[0, 2]
    assert weights[0, 0] > 0


# --- nothing in reach ---


@pytest.mark.parametrize("kernel", COMPACT)
def test_a_query_without_a_key_in_reach_is_named(kernel: str) -> None:
    queries = torch.tensor([0.0, 1.0, 2.0, 9.5, 10.5])
    keys = torch.tensor([0.1, 0.9, 2.2])
    for call in (
        lambda: attention_weights(queries, keys, 1.0, kernel),
        lambda: attention_pooling(queries, keys, keys, 1.0, kernel),
    ):
        with pytest.raises(ValueError, match=rf"queries\[3\] = 9\.5 .* {kernel} kernel at w = 1"):
            call()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kernel", COMPACT)
def test_a_query_without_a_key_in_reach_is_named_while_training_too(kernel: str) -> None:
    keys, w = torch.tensor([0.1, 0.9, 2.2]), torch.tensor([1.0], requires_grad=True)
    queries = torch.tensor([0.0, 9.5], requires_grad=True)
    with pytest.raises(ValueError, match=rf"queries\[1\] = 9\.5 .* {kernel} kernel at w = 1"):
        attention_pooling(queries, keys, keys, w, kernel)


@pytest.mark.parametrize("kernel", COMPACT)
def test_the_named_query_is_counted_over_all_blocks(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", 6)
    keys = torch.tensor([0.1, 0.9, 2.2])
    queries = torch.tensor([0.0, 1.0, 2.0, 2.5, 1.5, 9.5, 2.0])
    with pytest.raises(ValueError, match=r"queries\[5\] = 9\.5"):
        attention_pooling(queries, keys, keys, 1.0, kernel)


@pytest.mark.parametrize("kernel", COMPACT)
@pytest.mark.parametrize("own_keys", [False, True])
def test_nan_by_choice_stays_in_its_row(kernel: str, own_keys: bool) -> None:
    queries = torch.tensor([0.0, 9.5, 2.0])
    keys = torch.tensor([0.1, 0.9, 2.2, 1.5, 0.4])
    if own_keys:
        keys = keys.repeat(3, 1)
    weights = attention_weights(queries, keys, 1.0, kernel, empty="nan")
    assert weights.isnan().any(dim=-1).tolist() == [False, True, False]
    assert weights.isnan().all(dim=-1).tolist() == [False, True, False]
    torch.testing.assert_close(weights[[0, 2]].sum(dim=-1), torch.ones(2))
    pooled = attention_pooling(queries, keys, keys, 1.0, kernel, empty="nan")
    assert pooled.isnan().tolist() == [False, True, False]


@pytest.mark.parametrize("kernel", [name for name in SMOOTH if name in COMPACT])
def test_nan_by_choice_does_not_spoil_the_gradient_of_the_other_rows(kernel: str) -> None:
    keys, values = torch.tensor([0.1, 0.9, 2.2]), torch.tensor([1.0, 5.0, 2.0])

    def gradient(queries: Tensor) -> float:
        w = torch.tensor(0.7, requires_grad=True)
        pooled = attention_pooling(queries, keys, values, w, kernel, empty="nan")
        pooled[~pooled.isnan()].sum().backward()
        assert w.grad is not None
        return float(w.grad)

    without = gradient(torch.tensor([0.0, 2.0]))
    assert without != 0
    assert gradient(torch.tensor([0.0, 9.5, 2.0])) == pytest.approx(without)


@pytest.mark.parametrize("kernel", ["gaussian", "constant"])
def test_kernels_that_reach_everywhere_ignore_the_choice(kernel: str) -> None:
    far = torch.tensor([1e6, -1e6])
    keys = torch.tensor([0.0, 1.0, 3.0])
    weights = attention_weights(far, keys, 5.0, kernel, empty="nan")
    assert torch.equal(weights, attention_weights(far, keys, 5.0, kernel, empty="error"))
    assert bool(torch.isfinite(weights).all())


# --- the ends of the number range ---


@every_dtype
@pytest.mark.parametrize(
    "w", [0.0, 1e-300, 1e-38, 1e-3, 1.0, 1e3, 1e20, 1e38, 1e300, -1e38, 1e308, -1.7e308]
)
@pytest.mark.parametrize("far", [0.3, 1e4, 1e19, -1e38, 3e38, "largest"])
def test_gaussian_weights_are_finite_and_sum_to_one_at_any_w_and_any_query(
    w: float, far: float | str, dtype: torch.dtype
) -> None:
    far = torch.finfo(dtype).max if isinstance(far, str) else far
    queries = torch.tensor([far, -far, 0.0], dtype=dtype)
    keys = torch.tensor([-3.0, 0.0, 0.1, 0.7, 5.0], dtype=dtype)
    values = torch.tensor([1.0, -4.0, 2.0, 8.0, 3.0], dtype=dtype)
    width = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    weights = attention_weights(queries, keys, width)
    assert bool(torch.isfinite(weights).all())
    assert bool((weights >= 0).all())
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(3, dtype=dtype))
    (weights @ values).sum().backward()
    assert width.grad is not None
    assert bool(torch.isfinite(width.grad))


@every_dtype
@pytest.mark.parametrize("w", [1e6, 1e38, -1e308])
def test_at_a_huge_w_the_nearest_key_gets_everything(w: float, dtype: torch.dtype) -> None:
    largest = torch.finfo(dtype).max
    queries = torch.tensor([-largest, 0.0, 1.4, 1e6], dtype=dtype)
    keys = torch.tensor([1.0, -largest, 2.0], dtype=dtype)
    weights = attention_weights(queries, keys, w)
    expected = torch.tensor([[0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]], dtype=dtype)
    torch.testing.assert_close(weights, expected)


@every_dtype
@pytest.mark.parametrize("w", [0.0, 1.0, 1e-30, -2.0])
def test_inputs_at_the_edge_of_the_dtype_leave_weights_and_gradient_finite(
    w: float, dtype: torch.dtype
) -> None:
    edge = torch.finfo(dtype).max
    queries = torch.tensor([-edge, edge, 0.0], dtype=dtype)
    keys = torch.tensor([0.9 * edge, 0.8 * edge, 0.0, 1.0], dtype=dtype)
    width = torch.tensor(w, dtype=dtype, requires_grad=True)
    weights = attention_weights(queries, keys, width)
    (weights @ torch.arange(4, dtype=dtype)).sum().backward()
    assert weights.sum(dim=-1).tolist() == pytest.approx([1, 1, 1])
    assert width.grad is not None
    assert bool(torch.isfinite(width.grad))
    if w == 0:
        assert weights.tolist() == [[0.25] * 4] * 3
    else:
        assert weights[1].tolist() == [1, 0, 0, 0]


def test_a_training_input_alone_in_its_window_is_named() -> None:
    x = torch.tensor([0.0, 0.5, 9.0])
    with pytest.raises(ValueError, match=r"x_train\[2\] = 9 has no key"):
        leave_one_out_loss(x, x, 1.0, kernel="boxcar")


@every_dtype
def test_keys_equally_near_share_the_attention_and_leave_no_gradient(dtype: torch.dtype) -> None:
    for w in (1.0, 1e10, float(torch.finfo(dtype).max) / 3):
        width = torch.tensor(w, dtype=dtype, requires_grad=True)
        keys = torch.tensor([-1.0, 1.0], dtype=dtype)
        weights = attention_weights(torch.zeros(1, dtype=dtype), keys, width)
        assert weights.tolist() == [[0.5, 0.5]]
        (weights @ torch.tensor([0.0, 100.0], dtype=dtype)).sum().backward()
        assert width.grad is not None
        assert float(width.grad) == 0, f"at w = {w:g}"


def test_small_widths_break_a_ratio_of_kernel_values_but_not_the_scores() -> None:
    data = make_regression()
    w = 1 / 0.005
    similarity = torch.exp(-0.5 * ((data.x_test[:, None] - data.x_train) * w) ** 2)
    ratio = similarity / similarity.sum(dim=-1, keepdim=True)
    assert bool(ratio.isnan().any())
    weights = attention_weights(data.x_test, data.x_train, w)
    assert bool(torch.isfinite(weights).all())


# --- memory ---


def gradients(compute: Callable[..., Tensor], *tensors: Tensor) -> tuple[Tensor, ...]:
    """Outputs, and the gradients of a sum that weighs each output differently."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    output = compute(*leaves)
    scale = torch.arange(1, output.numel() + 1, dtype=output.dtype).reshape(output.shape)
    (output * scale).sum().backward()
    grads = [leaf.grad for leaf in leaves]
    assert all(grad is not None for grad in grads[:-1])
    return output.detach(), *(torch.zeros(()) if grad is None else grad for grad in grads)


@every_kernel
@every_dtype
@pytest.mark.parametrize("own_keys", [False, True])
@pytest.mark.parametrize("block", [1, 23, 40], ids=["1 row", "2 rows", "3 rows"])
def test_blocks_change_neither_predictions_nor_gradients(
    kernel: str, dtype: torch.dtype, own_keys: bool, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries, keys, values = problem(dtype, own_keys=own_keys)
    w = torch.tensor([0.3], dtype=dtype)
    # 0 · everything: flat kernels give no gradient to queries, keys and w of their own.

    def compute(q: Tensor, k: Tensor, v: Tensor, width: Tensor) -> Tensor:
        return attention_pooling(q, k, v, width, kernel) + 0 * (q.sum() + k.sum() + width.sum())

    whole = gradients(compute, queries, keys, values, w)
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", block)
    for expected, found in zip(whole, gradients(compute, queries, keys, values, w), strict=True):
        torch.testing.assert_close(found, expected)


@every_kernel
@pytest.mark.parametrize("block", [1, 30, 50], ids=["1 row", "2 rows", "3 rows"])
def test_blocks_do_not_change_the_leave_one_out_loss(
    kernel: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_regression(n_train=13, dtype=torch.float64)
    w = torch.tensor([0.3], dtype=torch.float64)

    def compute(x: Tensor, y: Tensor, width: Tensor) -> Tensor:
        return leave_one_out_loss(x, y, width, kernel) + 0 * (x.sum() + width.sum())

    whole = gradients(compute, data.x_train, data.y_train, w)
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", block)
    blocked = gradients(compute, data.x_train, data.y_train, w)
    for expected, found in zip(whole, blocked, strict=True):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("grad", [False, True])
def test_no_block_of_weights_is_larger_than_allowed_and_none_is_kept(
    grad: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_queries, n_keys, allowed = 1009, 503, 50_000
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", allowed)
    built, kept = [], []
    build = direct.weights

    def recorded(*args: object, **kwargs: object) -> Tensor:
        weights = build(*args, **kwargs)  # type: ignore[arg-type]
        built.append(weights.numel())
        return weights

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    monkeypatch.setattr(direct, "weights", recorded)
    w = torch.tensor(1.0, requires_grad=grad)
    queries, keys = torch.linspace(0, 5, n_queries), torch.linspace(0, 5, n_keys)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        pooled = attention_pooling(queries, keys, keys, w, method="direct")
    assert sum(built) == n_queries * n_keys
    assert max(built) <= allowed
    if grad:
        pooled.sum().backward()
        assert max(built) <= allowed
    assert sum(kept) <= 20 * (n_queries + n_keys)


def test_the_block_size_bounds_what_is_held_by_default() -> None:
    assert blocks.LARGEST_BLOCK * 8 <= 64 * 2**20  # bytes of float64


# --- leaving one out ---


@every_dtype
def test_pairs_by_hand(dtype: torch.dtype) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], dtype=dtype)
    keys, values = leave_one_out_pairs(x, x + 10)
    assert keys.dtype == values.dtype == dtype
    assert keys.tolist() == [[2, 3], [1, 3], [1, 2]]
    assert values.tolist() == [[12, 13], [11, 13], [11, 12]]


@every_dtype
@pytest.mark.parametrize(
    ("x", "y", "w", "kernel", "expected"),
    [
        # Each is predicted by the mean of the other two: 8, 6.5 and 3.5.
        ([0.0, 1.0, 3.0], [2.0, 5.0, 11.0], 0.0, "gaussian", 6**2 + 1.5**2 + 7.5**2),
        ([0.0, 1.0, 3.0], [2.0, 5.0, 11.0], 5.0, "constant", 6**2 + 1.5**2 + 7.5**2),
        # Each is predicted by its nearest neighbour: 5, 2 and 5.
        ([0.0, 1.0, 3.0], [2.0, 5.0, 11.0], 1e3, "gaussian", 3**2 + 3**2 + 6**2),
        # The twin of a point is not the point itself: predictions 5, 2 and (2 + 5)/2.
        ([1.0, 1.0, 3.0], [2.0, 5.0, 11.0], 1e3, "gaussian", 3**2 + 3**2 + 7.5**2),
        # One other point in reach at most of them: predictions 4 and 1; 5.5, 1 and 1.
        ([0.0, 2.0], [1.0, 4.0], 0.25, "triangular", 3**2 + 3**2),
        ([0.0, 2.0, -3.0], [1.0, 4.0, 7.0], 0.25, "boxcar", 4.5**2 + 3**2 + 6**2),
    ],
)
def test_loss_by_hand(
    x: list[float],
    y: list[float],
    w: float,
    kernel: str,
    expected: float,
    dtype: torch.dtype,
) -> None:
    loss = leave_one_out_loss(torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype), w, kernel)
    assert loss.shape == ()
    assert loss.dtype == dtype
    assert float(loss) == pytest.approx(expected, rel=1e-6)


@every_kernel
@every_dtype
@pytest.mark.parametrize("w", [0.3, -0.45])
def test_loss_equals_pooling_over_explicit_pairs(kernel: str, dtype: torch.dtype, w: float) -> None:
    data = make_regression(n_train=13, seed=2, dtype=dtype)
    keys, values = leave_one_out_pairs(data.x_train, data.y_train)
    assert keys.shape == values.shape == (13, 12)
    errors = attention_pooling(data.x_train, keys, values, w, kernel) - data.y_train
    loss = leave_one_out_loss(data.x_train, data.y_train, w, kernel)
    torch.testing.assert_close(loss, errors.square().sum(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kernel", COMPACT)
def test_a_training_input_without_another_in_reach_is_an_error(kernel: str) -> None:
    x = torch.tensor([0.0, 0.25, 3.0])
    with pytest.raises(ValueError, match=rf"\[2\] = 3 has no key .* {kernel}"):
        leave_one_out_loss(x, x, 1.0, kernel)


@every_dtype
@pytest.mark.parametrize("w", [0.0, 1e-300, 1e38, -1e308])
def test_loss_and_its_gradient_are_finite_at_any_w(w: float, dtype: torch.dtype) -> None:
    data = make_regression(n_train=53, dtype=dtype)
    width = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    loss = leave_one_out_loss(data.x_train, data.y_train, width)
    loss.backward()
    assert bool(torch.isfinite(loss))
    assert width.grad is not None
    assert bool(torch.isfinite(width.grad))


# --- what the book claims ---


def test_with_itself_the_loss_vanishes_as_w_grows_and_without_it_does_not() -> None:
    data = make_regression(seed=1, dtype=torch.float64)

    def with_itself(w: float) -> float:
        errors = attention_pooling(data.x_train, data.x_train, data.y_train, w) - data.y_train
        return float(errors.square().sum())

    shrinking = [with_itself(w) for w in (1.0, 10.0, 100.0, 1e4, 1e6)]
    assert shrinking == sorted(shrinking, reverse=True)
    assert shrinking[-1] < 1e-9
    assert float(leave_one_out_loss(data.x_train, data.y_train, 1e6)) > 5


def dense(n: int) -> tuple[Tensor, Tensor]:
    """The limit of infinitely many noise-free training points, by the midpoint rule."""
    keys = (torch.arange(n, dtype=torch.float64) + 0.5) * (5 / n)
    return keys, true_function(keys)


@pytest.mark.parametrize(
    ("width", "expected"), [(1.0, 0.62), (0.5, 0.30), (0.25, 0.125), (0.1, 0.04)]
)
def test_a_fixed_width_is_biased_however_many_points(width: float, expected: float) -> None:
    data = make_regression(dtype=torch.float64)
    bias = attention_pooling(data.x_test, *dense(5003), w=1 / width) - data.y_test
    assert float(bias.square().mean().sqrt()) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("x", "expected"), [(2.0, -0.67), (0.0, 1.95)])
def test_bias_inside_and_at_the_boundary(x: float, expected: float) -> None:
    query = torch.tensor([x], dtype=torch.float64)
    bias = attention_pooling(query, *dense(5003)) - true_function(query)
    assert float(bias) == pytest.approx(expected, abs=0.005)
