"""Inputs with coordinates, batches and masks: against the formula written out pair by pair."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_contract import SMOOTH
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from nwcore import (
    KERNELS,
    NWKernelRegression,
    attention_pooling,
    attention_weights,
    fit,
    leave_one_out_loss,
)
from nwcore.methods import blocks, direct, points, sdpa

D = torch.float64


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=D, generator=torch.Generator().manual_seed(seed))


def by_hand(
    queries: Tensor, keys: Tensor, w: Tensor, kernel: str, mask: Tensor | None = None
) -> Tensor:
    """Weights of points (q, d) and (k, d), one pair at a time."""
    matrix = torch.diag(w) if w.ndim == 1 else w
    rows = []
    for i, query in enumerate(queries):
        row = torch.stack([KERNELS[kernel](torch.linalg.norm(matrix @ (query - k))) for k in keys])
        if mask is not None:
            row = torch.where(mask[i], row, 0)
        rows.append(row / row.sum())
    return torch.stack(rows)


WS = [torch.tensor(0.2, dtype=D), draw(3, seed=5) / 4, draw(2, 3, seed=6) / 4, draw(4, 3) / 8]


@pytest.mark.parametrize("kernel", ["gaussian", "laplace"])
@pytest.mark.parametrize("size", [1.0, 1e150, 1e154, 1e200, 1e300])
def test_keys_as_far_as_each_other_count_alike_however_far_they_are(
    kernel: str, size: float
) -> None:
    """Where a product of two differences is infinite, two of them do not make a NaN."""
    keys = size * torch.eye(2, dtype=D)
    found = attention_weights(torch.full((1, 2), 0.3 * size, dtype=D), keys, 1.0, kernel)
    torch.testing.assert_close(found, torch.full((1, 2), 0.5, dtype=D), rtol=0, atol=0)


@pytest.mark.parametrize("kernel", list(KERNELS))
@pytest.mark.parametrize("w", WS, ids=lambda w: str(tuple(w.shape)))
def test_weights_are_the_formula(w: Tensor, kernel: str) -> None:
    queries, keys = draw(7, 3, seed=1), draw(11, 3, seed=2)
    mask = torch.rand(7, 11, generator=torch.Generator().manual_seed(3)) < 0.7
    spread = w * torch.ones(3, dtype=D) if w.ndim == 0 else w
    for given_mask in (None, mask):
        expected = by_hand(queries, keys, spread, kernel, given_mask)
        found = attention_weights(queries, keys, w, kernel, mask=given_mask)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)
        values = draw(11, 2, seed=4)
        pooled = attention_pooling(queries, keys, values, w, kernel, mask=given_mask)
        torch.testing.assert_close(pooled, expected @ values, rtol=0, atol=1e-13)


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_one_coordinate_is_the_plain_case(kernel: str) -> None:
    queries, keys, values = draw(5, seed=1), draw(9, seed=2), draw(9, seed=3)
    mask = torch.ones(5, 9, dtype=torch.bool).tril(4)
    for given_mask in (None, mask):
        plain: list[Any] = [queries, keys, values]
        column = [queries[:, None], keys[:, None], values]
        for function, last in ((attention_weights, 2), (attention_pooling, 3)):
            one = function(*plain[:last], w=0.3, kernel=kernel, mask=given_mask)
            other = function(*column[:last], w=0.3, kernel=kernel, mask=given_mask)
            torch.testing.assert_close(one, other, rtol=0, atol=1e-14)
    square = torch.ones(9, 9, dtype=torch.bool).tril(1)
    losses = [
        leave_one_out_loss(x, values, 0.3, kernel, mask=square) for x in (keys, keys[:, None])
    ]
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-13, atol=0)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_batches_and_masks_agree_with_pytorchs_attention(data: st.DataObject) -> None:
    """The score −½‖a − b‖² is a dot product with a bias, which PyTorch takes as its mask."""
    size = st.integers(1, 6)
    q, k, d, c = (data.draw(size) for _ in range(4))
    batch = data.draw(st.sampled_from([(), (2,), (3, 2)]))
    seed = data.draw(st.integers(0, 10**6))
    queries, keys = draw(*batch, q, d, seed=seed), draw(*batch, k, d, seed=seed + 1)
    if data.draw(st.booleans()):
        queries = queries[(0,) * len(batch)]  # shared by the batch
    values, w = draw(*batch, k, c, seed=seed + 2), draw(3, d, seed=seed + 3)
    allowed = torch.rand(*batch, q, k, generator=torch.Generator().manual_seed(seed)) < 0.5
    allowed[..., 0] |= ~allowed.any(-1)
    mask = data.draw(st.sampled_from([None, allowed]))
    a, b = queries @ w.T, keys @ w.T
    bias = -0.5 * b.square().sum(-1)[..., None, :]
    if mask is not None:
        bias = bias.masked_fill(~mask, -math.inf)
    a = a.expand(*batch, *a.shape[-2:])
    bias = bias.expand(*batch, q, k)
    expected = scaled_dot_product_attention(a, b, values, attn_mask=bias, scale=1.0)
    for method in ("auto", "direct", "sdpa"):
        found = attention_pooling(queries, keys, values, w, mask=mask, method=method)
        assert found.shape == (*batch, q, c)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    weights = attention_weights(queries, keys, w, mask=mask)
    torch.testing.assert_close(weights @ values, expected, rtol=0, atol=1e-12)


def test_one_value_a_key_gives_one_a_query() -> None:
    queries, keys, values = draw(2, 4, 3), draw(2, 5, 3), draw(2, 5)
    found = attention_pooling(queries, keys, values)
    assert found.shape == (2, 4)
    assert torch.equal(found, attention_pooling(queries, keys, values[..., None])[..., 0])


def test_leave_one_out_is_pooling_over_all_others() -> None:
    x, y, w = draw(8, 3, seed=1), draw(8, seed=2), draw(2, 3, seed=3)
    mask = torch.ones(8, 8, dtype=torch.bool).triu(-3)
    for given_mask in (None, mask):
        errors = []
        for i in range(8):
            others = torch.arange(8) != i
            if given_mask is not None:
                others &= given_mask[i]
            errors.append(attention_pooling(x[i : i + 1], x[others], y[others], w) - y[i])
        expected = torch.cat(errors).square().sum()
        loss = leave_one_out_loss(x, y, w, mask=given_mask)
        torch.testing.assert_close(loss, expected, rtol=1e-13, atol=0)
    batch = leave_one_out_loss(torch.stack([x, 2 * x]), torch.stack([y, y + 1]), w)
    one_by_one = leave_one_out_loss(x, y, w) + leave_one_out_loss(2 * x, y + 1, w)
    torch.testing.assert_close(batch, one_by_one, rtol=1e-13, atol=0)


@pytest.mark.parametrize("kernel", SMOOTH)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_gradients_flow_to_every_element(shape: tuple[int, ...], kernel: str) -> None:
    x, y = draw(7, 3, seed=1), draw(7, seed=2)
    w = (0.1 * draw(*shape, seed=3)).requires_grad_()
    assert torch.autograd.gradcheck(lambda w: leave_one_out_loss(x, y, w, kernel), (w,))
    inputs = [t.clone().requires_grad_() for t in (draw(2, 3, seed=4), x, y)]
    assert torch.autograd.gradcheck(
        lambda *tensors: attention_pooling(*tensors[:3], w=tensors[3], kernel=kernel), (*inputs, w)
    )


def test_second_derivatives_of_the_gaussian() -> None:
    x, y, w = draw(5, 2, seed=1), draw(5, seed=2), draw(2, 2, seed=3).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda w: leave_one_out_loss(x, y, w), (w,))


def test_a_derivative_at_distance_zero_is_no_nan() -> None:
    x = torch.zeros(3, 2, dtype=D, requires_grad=True)
    w = torch.ones(2, dtype=D, requires_grad=True)
    for kernel in KERNELS:
        pooled = attention_pooling(x, x, draw(3), w, kernel).sum()
        for gradient in torch.autograd.grad(pooled, (x, w)):
            assert bool(torch.isfinite(gradient).all()), kernel


@pytest.mark.parametrize("gradient", [False, True])
def test_blocks_of_queries_change_nothing(gradient: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = draw(2, 13, 3, seed=1), draw(2, 13, seed=2)
    mask = torch.ones(13, 13, dtype=torch.bool).tril(2)

    def answers() -> list[Tensor]:
        w = draw(2, 3, seed=3).requires_grad_(gradient)
        found = [
            attention_pooling(x, x, y, w, mask=mask, method="direct"),
            leave_one_out_loss(x, y, w, "gaussian", mask=mask),
        ]
        if gradient:
            found += torch.autograd.grad(found[0].sum() + found[1], w)
        return found

    whole = answers()
    asked: list[int] = []
    build = points.weights
    monkeypatch.setattr(points, "weights", lambda part: asked.append(part.first) or build(part))
    for rows in (1, 5, 12, 13):
        asked.clear()
        monkeypatch.setattr(blocks, "LARGEST_BLOCK", 2 * 13 * rows + 3)
        for found, expected in zip(answers(), whole, strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-14)
        assert len(asked) >= 2 * -(-13 // rows)


def test_many_pairs_go_through_pytorchs_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []
    for name in ("direct", "sdpa"):
        run = points.POOL[name]
        monkeypatch.setitem(
            points.POOL, name, lambda problem, name=name, run=run: used.append(name) or run(problem)
        )
    n = math.isqrt(direct.FEW_PAIRS)
    few, values = draw(n, 2), draw(n)
    many, more = draw(n + 1, 2), draw(n + 1)
    attention_pooling(few, few, values)
    attention_pooling(many, many, more)
    attention_pooling(many, many, more, w=1e4)  # too many bandwidths apart
    attention_pooling(many, many, more, kernel="constant")
    leave_one_out_loss(many, more, 1.0)
    torch.func.jvp(lambda x: attention_pooling(x, many, more), (many,), (many,))
    assert used == ["direct", "sdpa", "direct", "direct", "direct", "direct"]


def test_pytorchs_attention_takes_its_kernel_that_keeps_no_weights() -> None:
    x, values = draw(30_000, 2, seed=1), draw(30_000, 4, seed=2)
    found = attention_pooling(x[:7], x, values, 3.0, method="sdpa")
    expected = attention_pooling(x[:7], x, values, 3.0, method="direct")
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    with torch.profiler.profile(profile_memory=True) as profile:
        attention_pooling(x[:3000], x, values, 3.0, method="sdpa")
    largest = max(event.cpu_memory_usage for event in profile.events())
    assert 0 < largest < 3000 * 30_000 * 8 / 10


def test_the_largest_length_of_a_box() -> None:
    keys = torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=D)
    values = draw(2)
    attention_pooling(keys, keys, values, sdpa.LARGEST_LENGTH / 5, method="sdpa")
    with pytest.raises(ValueError, match=r'method "sdpa" keeps .* at most 60, got 60\.5'):
        attention_pooling(keys, keys, values, 12.1, method="sdpa")


def test_far_queries_and_offsets_keep_their_digits() -> None:
    keys, values = draw(6, 2, seed=1), draw(6, seed=2)
    near = attention_pooling(keys + 0.5, keys, values, 2.0)
    offset = torch.tensor([2.0**40, -(2.0**41)], dtype=D)
    moved = torch.round(keys * 1024) / 1024
    expected = attention_pooling(moved + 0.5, moved, values, 2.0)
    found = attention_pooling(moved + offset + 0.5, moved + offset, values, 2.0)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    assert bool((near != values).all())
    # So far out, only the keys' order along the way there counts.
    far = torch.tensor([[1e9, 0.0]], dtype=D)
    nearest = values[keys[:, 0].argmax()]
    torch.testing.assert_close(attention_pooling(far, keys, values, 2.0), nearest[None])


def test_large_values_stay_finite() -> None:
    largest = torch.finfo(D).max
    x, y = draw(40, 2), torch.full((40,), largest, dtype=D)
    found = attention_pooling(x, x, y, 0.1)
    torch.testing.assert_close(found, y, rtol=1e-12, atol=0)
    assert bool(torch.isfinite(found).all())


def test_float32_is_rounded_once() -> None:
    x, y = draw(9, 3, seed=1).float(), draw(9, seed=2).float()
    found = attention_pooling(x, x, y, 1.5)
    assert found.dtype == torch.float32
    assert torch.equal(found, attention_pooling(x.double(), x.double(), y.double(), 1.5).float())
    weights = attention_weights(x, x, 1.5)
    assert torch.equal(weights, attention_weights(x.double(), x.double(), 1.5).float())


@pytest.mark.parametrize("coordinates", [False, True])
@pytest.mark.parametrize("kernel", ["gaussian", "triangular"])
def test_a_query_that_the_mask_leaves_alone(coordinates: bool, kernel: str) -> None:
    keys = torch.tensor([0.0, 0.2, 0.5], dtype=D)
    values = torch.tensor([1.0, 2.0, 4.0], dtype=D, requires_grad=True)
    inputs = keys[:, None] if coordinates else keys
    mask = torch.tensor([[True, True, False], [False, False, False], [False, True, True]])
    with pytest.raises(ValueError, match="mask must leave every query a key, leaves query 1 none"):
        attention_weights(inputs, inputs, 1.0, kernel, mask=mask)
    weights = attention_weights(inputs, inputs, 1.0, kernel, mask=mask, empty="nan")
    assert weights.isnan().tolist() == [[False] * 3, [True] * 3, [False] * 3]
    pooled = attention_pooling(inputs, inputs, values, 1.0, kernel, mask=mask, empty="nan")
    assert pooled.isnan().tolist() == [False, True, False]
    (gradient,) = torch.autograd.grad(pooled[[0, 2]].sum(), values)
    torch.testing.assert_close(gradient, weights[[0, 2]].sum(0))
    with pytest.raises(ValueError, match="leaves query 0 none"):
        leave_one_out_loss(inputs, values.detach(), 1.0, kernel, mask=torch.eye(3).bool())


def test_a_key_out_of_reach_is_named() -> None:
    x = torch.tensor([[0.0, 0.0], [0.5, 0.0], [9.0, 9.0]], dtype=D)
    with pytest.raises(ValueError, match=r"queries\[..., 2, :\] has no key .* at w = 1;"):
        attention_weights(x, x[:2], 1.0, "boxcar")
    with pytest.raises(ValueError, match=r"x_train\[..., 2, :\] has no key .* at this w;"):
        leave_one_out_loss(x, draw(3), torch.ones(2, dtype=D), "boxcar")
    assert attention_weights(x, x[:2], 1.0, "boxcar", empty="nan")[2].isnan().all()


X, Y = draw(4, 3), draw(4)
ALL = torch.ones(4, 4, dtype=torch.bool)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"keys": draw(4)}, ValueError, r"keys must have as many coordinates .* got shape \(4,\)"),
        ({"keys": draw(4, 2)}, ValueError, r"keys must have as many .*\(..., k, 3\).*\(4, 2\)"),
        ({"keys": X.float()}, TypeError, "queries and keys must have the same dtype"),
        ({"keys": X * math.nan}, ValueError, "keys must be finite"),
        ({"queries": X[:0]}, ValueError, "queries must not be empty"),
        (
            {"queries": draw(3, 4, 3), "keys": draw(2, 4, 3), "values": draw(2, 4)},
            ValueError,
            r"keys must have leading dimensions that broadcast with \(3,\), got \(2,\)",
        ),
        ({"values": draw(3)}, ValueError, r"values must have shape \(4,\), or that .* got \(3,\)"),
        ({"values": draw(1, 4, 1)}, ValueError, r"values must have shape \(4,\).* got \(1, 4, 1\)"),
        ({"values": Y.float()}, TypeError, "keys and values must have the same dtype"),
        (
            {"w": draw(2)},
            ValueError,
            r"w must be a number .* \(3,\) or \(r, 3\) .*\(2,\)",
        ),
        ({"w": draw(3, 2)}, ValueError, r"w must be a number or .* got shape \(3, 2\)"),
        ({"w": draw(1, 2, 3)}, ValueError, r"w must be a number or .* got shape \(1, 2, 3\)"),
        ({"w": X[0] * math.inf}, ValueError, "w must be finite"),
        ({"w": 1e308}, ValueError, r"w must keep the scaled queries and keys within 1\.12e\+307"),
        ({"mask": [[True]]}, TypeError, "mask must be a torch.Tensor, got list"),
        ({"mask": ALL.double()}, TypeError, "mask must have dtype torch.bool, got torch.float64"),
        ({"mask": ALL.to_sparse()}, ValueError, "mask must be dense and on the CPU"),
        ({"mask": ALL.to("meta")}, ValueError, "mask must be dense and on the CPU"),
        ({"mask": ALL[:3]}, ValueError, r"mask must have .*\(..., 4, 4\), got shape \(3, 4\)"),
        ({"mask": ALL[0]}, ValueError, r"mask must have .* got shape \(4,\)"),
        (
            {"queries": draw(2, 4, 3), "mask": ALL.expand(3, 4, 4)},
            ValueError,
            r"mask must have leading dimensions that broadcast with \(2,\), got \(3,\)",
        ),
        ({"method": "windowed"}, ValueError, "windowed.* is for inputs of one coordinate"),
        ({"method": "linear"}, ValueError, "linear.* is for inputs of one coordinate"),
    ],
)
def test_bad_points_are_refused_by_name(
    changed: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        attention_pooling(**{"queries": X, "keys": X, "values": Y, "w": 1.0} | changed)


def test_bad_training_points_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"y_train must have one value an input, shape \(4,\)"):
        leave_one_out_loss(X, X, 1.0)
    with pytest.raises(ValueError, match="x_train must hold at least 2 inputs"):
        leave_one_out_loss(X[:1], Y[:1], 1.0)
    with pytest.raises(TypeError, match="x_train and y_train must have the same dtype"):
        leave_one_out_loss(X, Y.float(), 1.0)
    with pytest.raises(ValueError, match="x_train must be finite"):
        leave_one_out_loss(X * math.nan, Y, 1.0)


def test_a_mask_of_plain_inputs_has_one_batch_and_no_fast_method() -> None:
    x, y = Y, draw(4, seed=1)
    with pytest.raises(ValueError, match=r"mask must have .* \(4, 4\), got shape \(2, 4, 4\)"):
        attention_weights(x, x, mask=ALL.expand(2, 4, 4))
    for method in ("windowed", "linear"):
        with pytest.raises(ValueError, match="takes no mask"):
            attention_pooling(x, x, y, mask=ALL, method=method)
    each = draw(4, 5)  # keys of each query's own
    causal = torch.ones(4, 5, dtype=torch.bool).tril()
    found = attention_weights(x, each, mask=causal)
    assert bool((found[~causal] == 0).all())
    torch.testing.assert_close(found.sum(-1), torch.ones(4, dtype=D))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_the_model_takes_points(shape: tuple[int, ...], keep: bool) -> None:
    w = draw(*shape, seed=8)
    model = NWKernelRegression(w=w, dtype=D, keep_weights=keep)
    assert model.w.shape == (shape or (1,))
    queries, keys, values = draw(2, 4, 3), draw(2, 5, 3), draw(2, 5, 2)
    mask = torch.ones(4, 5, dtype=torch.bool).tril(1)
    for given_values in (values, values[..., 0]):
        found = model(queries, keys, given_values, mask)
        expected = attention_pooling(queries, keys, given_values, w, mask=mask)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)
    if keep:
        assert model.attention_weights is not None
        expected = attention_weights(queries, keys, w, mask=mask)
        assert torch.equal(model.attention_weights, expected)
    found.sum().backward()
    assert model.w.grad is not None
    assert bool((model.w.grad != 0).all())


def test_the_model_copies_its_start_and_fit_refuses_a_matrix() -> None:
    w = torch.ones(2, 3, dtype=D)
    model = NWKernelRegression(w=w, dtype=torch.float32)
    w[0, 0] = 7
    assert model.w.dtype == torch.float32
    assert model.w.tolist() == torch.ones(2, 3).tolist()
    with pytest.raises(ValueError, match=r"model.w must be one number, got shape \(2, 3\)"):
        fit(model, draw(5).float(), draw(5).float())
    with pytest.raises(ValueError, match="w must be finite"):
        NWKernelRegression(w=torch.tensor([1.0, math.nan]))
    with pytest.raises(ValueError, match="w must be finite"):
        NWKernelRegression(w=torch.tensor([1e300, 1.0], dtype=D))
    with pytest.raises(ValueError, match="w must have rank 0 or 1 or 2"):
        NWKernelRegression(w=torch.ones(1, 2, 3))
