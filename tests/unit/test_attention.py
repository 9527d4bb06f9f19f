"""The parts of a Transformer's attention: against PyTorch's own, and against the kernels."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from nwcore import attention_weights
from nwcore.attention import (
    MultiHeadAttention,
    alibi_slopes,
    causal_mask,
    distance_bias,
    distance_scores,
    dot_product_scores,
    entmax15,
    key_norm_bias,
    leave_one_out_mask,
    merge_heads,
    multi_head_attention,
    padding_mask,
    relative_bias,
    rotate,
    scaled_dot_product,
    softmax_where,
    sparsemax,
    split_heads,
    support_radius,
    window_mask,
)

D = torch.float64


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=D, generator=torch.Generator().manual_seed(seed))


def chance(*shape: int, seed: int = 0) -> Tensor:
    """A mask that leaves every query a key."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] |= ~mask.any(-1)
    return mask


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_it_is_pytorchs_scaled_dot_product_attention(data: st.DataObject) -> None:
    size = st.integers(1, 7)
    q, k, d, c = (data.draw(size) for _ in range(4))
    batch = data.draw(st.sampled_from([(), (2,), (2, 3)]))
    seed = data.draw(st.integers(0, 10**6))
    queries, keys = draw(*batch, q, d, seed=seed), draw(*batch, k, d, seed=seed + 1)
    values = draw(*batch, k, c, seed=seed + 2)
    mask = data.draw(st.sampled_from([None, chance(*batch, q, k, seed=seed)]))
    scale = data.draw(st.sampled_from([None, 0.3]))
    expected = scaled_dot_product_attention(queries, keys, values, attn_mask=mask, scale=scale)
    outputs, weights = scaled_dot_product(queries, keys, values, mask=mask, scale=scale)
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(weights.sum(-1), torch.ones(*batch, q, dtype=D))
    bias = draw(q, k, seed=seed + 3)
    expected = scaled_dot_product_attention(queries, keys, values, attn_mask=bias, scale=scale)
    outputs, _ = scaled_dot_product(queries, keys, values, bias=bias, scale=scale)
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-12)


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_the_layer_is_pytorchs_multi_head_attention(data: st.DataObject) -> None:
    q, k = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 7))
    n_heads, width = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    n_sequences = data.draw(st.integers(1, 3))
    has_bias = data.draw(st.booleans())
    seed = data.draw(st.integers(0, 10**6))
    d = n_heads * width
    torch.manual_seed(seed)
    module = nn.MultiheadAttention(d, n_heads, bias=has_bias, batch_first=True, dtype=D)
    if has_bias:
        nn.init.normal_(module.in_proj_bias)
        nn.init.normal_(module.out_proj.bias)
    layer = MultiHeadAttention.from_torch(module)
    queries, keys = draw(n_sequences, q, d, seed=seed), draw(n_sequences, k, d, seed=seed + 1)
    values = draw(n_sequences, k, d, seed=seed + 2)
    mask = data.draw(st.sampled_from([None, chance(q, k, seed=seed)]))
    outputs, weights = module(
        queries,
        keys,
        values,
        attn_mask=None if mask is None else ~mask,
        average_attn_weights=False,
    )
    torch.testing.assert_close(layer(queries, keys, values, mask=mask), outputs, rtol=0, atol=1e-12)
    assert layer.attention_weights is not None
    torch.testing.assert_close(layer.attention_weights, weights, rtol=0, atol=1e-12)


def test_a_layer_attends_to_itself_and_its_keys_are_its_values() -> None:
    layer = MultiHeadAttention(6, 2, dtype=D)
    x, other = draw(3, 5, 6), draw(3, 4, 6, seed=1)
    assert torch.equal(layer(x), layer(x, x, x))
    assert torch.equal(layer(x, other), layer(x, other, other))
    assert not torch.equal(layer(x, other), layer(x, other, 2 * other))
    assert layer.attention_weights is not None
    assert layer.attention_weights.shape == (3, 2, 5, 4)
    assert not layer.attention_weights.requires_grad
    mask = padding_mask(torch.tensor([1, 4, 2]), 5, 4)
    layer(x, other, mask=mask)
    shown = (layer.attention_weights > 0).all(1)  # in every head
    assert torch.equal(shown, mask)


def test_a_layer_starts_small_and_learns_everything() -> None:
    torch.manual_seed(0)
    layer = MultiHeadAttention(400, 4, dtype=D)
    for matrix in (layer.w_q, layer.w_k, layer.w_v, layer.w_o):
        assert abs(float(matrix.detach().var()) * 400 - 1) < 0.02
        assert float(matrix.detach().abs().max()) < math.sqrt(3 / 400)
    small = MultiHeadAttention(4, 2, dtype=D)
    assert len(list(small.parameters())) == 8
    small(draw(3, 4)).square().sum().backward()
    for name, parameter in small.named_parameters():
        assert parameter.grad is not None, name
        # A number added to every key of a head changes no weight: softmax does not see it.
        assert bool((parameter.grad.abs() < 1e-12).all()) == (name == "b_k"), name
    assert len(list(MultiHeadAttention(4, 2, bias=False).parameters())) == 4


def test_heads_are_dealt_out_and_merged_again() -> None:
    x = torch.arange(12.0).reshape(2, 6)
    heads = split_heads(x, 3)
    assert heads.shape == (3, 2, 2)
    assert heads[1].tolist() == [[2, 3], [8, 9]]
    assert torch.equal(merge_heads(heads), x)
    batch = draw(4, 5, 6)
    assert torch.equal(merge_heads(split_heads(batch, 2)), batch)


def test_each_head_is_attention_by_its_own_part_of_the_projections() -> None:
    x, y = draw(5, 3), draw(7, 4, seed=1)
    w_q, w_k, w_v = draw(4, 3, seed=2), draw(4, 4, seed=3), draw(6, 4, seed=4)
    w_o = draw(2, 6, seed=5)
    bias = distance_bias(5, 7, torch.tensor([0.5, 2.0], dtype=D))
    outputs, weights = multi_head_attention(x, y, y, (w_q, w_k, w_v, w_o), 2, bias=bias)
    parts = []
    for head in range(2):
        two, three = slice(2 * head, 2 * head + 2), slice(3 * head, 3 * head + 3)
        scores = (x @ w_q[two].T) @ (y @ w_k[two].T).T / math.sqrt(2) + bias[head]
        torch.testing.assert_close(weights[head], torch.softmax(scores, -1), rtol=0, atol=1e-14)
        parts.append(torch.softmax(scores, -1) @ (y @ w_v[three].T))
    expected = torch.cat(parts, dim=-1) @ w_o.T
    torch.testing.assert_close(outputs, expected, rtol=0, atol=1e-13)


def test_a_gaussian_kernel_is_a_dot_product_and_a_bias_of_the_key() -> None:
    queries, keys, w = draw(2, 4, 3), draw(2, 6, 3, seed=1), draw(3, 3, seed=2)
    a, b = queries @ w.T, keys @ w.T
    expected = -0.5 * (a[:, :, None] - b[:, None]).square().sum(-1)
    torch.testing.assert_close(distance_scores(a, b), expected, rtol=0, atol=1e-13)
    weights = attention_weights(queries, keys, w)
    torch.testing.assert_close(softmax_where(distance_scores(a, b)), weights)
    scores = dot_product_scores(a, b, scale=1.0)
    torch.testing.assert_close(softmax_where(scores + key_norm_bias(b)), weights)
    level = b / b.norm(dim=-1, keepdim=True)  # keys of one norm need no bias
    torch.testing.assert_close(
        softmax_where(dot_product_scores(a, level, scale=1.0)), attention_weights(a, level)
    )
    assert float((softmax_where(scores) - weights).abs().max()) > 0.1


def test_the_scale_keeps_the_variance_of_scores() -> None:
    for d in (4, 64):
        scores = dot_product_scores(draw(300, d), draw(300, d, seed=1))
        assert abs(float(scores.var()) - 1) < 0.05


def test_masks() -> None:
    assert leave_one_out_mask(3).tolist() == [
        [False, True, True],
        [True, False, True],
        [True, True, False],
    ]
    assert causal_mask(3).tolist() == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert causal_mask(2, 3, itself=False).tolist() == [[False] * 3, [True, False, False]]
    assert window_mask(3, 4, 1).tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, True, True, True],
    ]
    assert window_mask(2, 2, 0).tolist() == [[True, False], [False, True]]
    padding = padding_mask(torch.tensor([1, 3]), 2, 3)
    assert padding.tolist() == [[[True, False, False]] * 2, [[True] * 3] * 2]
    padding[0, 0, 0] = False  # rows of their own
    assert bool(padding[0, 1, 0])


def test_slopes_and_the_bias_of_distance() -> None:
    assert alibi_slopes(8).tolist() == [2.0**-i for i in range(1, 9)]
    assert alibi_slopes(16, torch.float64)[[0, -1]].tolist() == pytest.approx(
        [2**-0.5, 2**-8], rel=1e-15
    )
    bias = distance_bias(2, 3, torch.tensor([1.0, 0.5]))
    assert bias.tolist() == [[[0, -1, -2], [-1, 0, -1]], [[0, -0.5, -1], [-0.5, 0, -0.5]]]
    # A two-sided exponential kernel over positions, with the slope as inverse bandwidth.
    positions = torch.arange(5, dtype=D)
    kernel = torch.exp(-0.3 * (positions[:, None] - positions).abs())
    weights = softmax_where(distance_bias(5, 5, torch.tensor([0.3], dtype=D)))[0]
    torch.testing.assert_close(weights, kernel / kernel.sum(-1, keepdim=True))


def test_a_product_of_kernels_is_a_sum_of_scores() -> None:
    x, y = draw(4, 2), draw(4, 2, seed=1)
    content, position = distance_scores(x, y), distance_bias(4, 4, torch.ones(1, dtype=D))[0]
    product = content.exp() * position.exp()
    expected = product / product.sum(-1, keepdim=True)
    torch.testing.assert_close(softmax_where(content + position), expected)


def test_a_table_of_biases_is_looked_up_by_offset() -> None:
    table = torch.tensor([[-2.0, -1.0, 0.0, 1.0, 2.0]])
    assert relative_bias(table, 3, 3).tolist() == [[[0, -1, -2], [1, 0, -1], [2, 1, 0]]]
    assert relative_bias(table, 2, 3).tolist() == [[[0, -1, -2], [1, 0, -1]]]
    assert relative_bias(table, 3, 1).tolist() == [[[0], [1], [2]]]


def test_rotated_vectors_see_differences_of_positions_only() -> None:
    query, key = draw(1, 6), draw(1, 6, seed=1)

    def score(at: float, other: float) -> Tensor:
        there, here = torch.tensor([at], dtype=D), torch.tensor([other], dtype=D)
        return rotate(query, there, base=50.0) @ rotate(key, here, base=50.0).T

    torch.testing.assert_close(score(7, 4), score(103, 100), rtol=0, atol=1e-12)
    assert abs(float(score(7, 4) - score(4, 7))) > 1e-3
    positions = torch.arange(5, dtype=D)
    x = draw(3, 5, 6)
    turned = rotate(x, positions)
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[:, 0], x[:, 0])
    # Pair j turns by positions · base^(−2j/d): as complex numbers.
    pairs = torch.view_as_complex(x.reshape(3, 5, 3, 2))
    angles = positions[:, None] * 10_000.0 ** torch.tensor([0, -1 / 3, -2 / 3], dtype=D)
    expected = torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles))
    torch.testing.assert_close(turned, expected.reshape(3, 5, 6), rtol=0, atol=1e-14)


def epanechnikov(u: Tensor) -> Tensor:
    return (1 - u.square()).clamp(min=0)


@settings(deadline=None, max_examples=100)
@given(n=st.integers(1, 40), w=st.floats(0.01, 100), seed=st.integers(0, 10**6))
def test_sparsemax_and_entmax_are_kernels_with_a_bandwidth_for_each_query(
    n: int, w: float, seed: int
) -> None:
    distances = draw(5, n, seed=seed)
    scores = -0.5 * (w * distances).square()
    for function, power, entmax in ((sparsemax, 1, False), (entmax15, 2, True)):
        weights = function(scores)
        torch.testing.assert_close(weights.sum(-1), torch.ones(5, dtype=D), rtol=0, atol=1e-12)
        h = support_radius(scores, w, entmax=entmax)  # (5, 1)
        kernel = epanechnikov(distances / h) ** power
        expected = kernel / kernel.sum(-1, keepdim=True)
        torch.testing.assert_close(weights, expected, rtol=0, atol=1e-12)
        inside = distances.abs() < h * (1 - 1e-9)
        assert bool((weights[distances.abs() > h * (1 + 1e-9)] == 0).all())
        assert bool((weights[inside] > 0).all())


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    """No p with sum 1 and no negative part is nearer: the conditions of Karush, Kuhn, Tucker."""
    z = 2 * draw(50, 9)
    p = sparsemax(z)
    multiplier = (z - p).where(p > 0, -torch.inf).amax(-1, keepdim=True)
    torch.testing.assert_close((z - p).where(p > 0, multiplier), multiplier.expand_as(p))
    assert bool((z.where(p == 0, -torch.inf) <= multiplier + 1e-12).all())


@pytest.mark.parametrize("function", [sparsemax, entmax15])
def test_gradients_and_ties_of_sparse_weights(function: Any) -> None:
    z = draw(4, 6, seed=3).requires_grad_()
    assert torch.autograd.gradcheck(function, (z,))
    assert torch.autograd.gradgradcheck(function, (z,))
    for ties in (torch.zeros(3, 4), torch.tensor([[5.0, 5.0, -1.0]]), torch.ones(2, 1)):
        tied = ties.double().requires_grad_()
        p = function(tied)
        top = tied == tied.amax(-1, keepdim=True)
        expected = top.double() / top.sum(-1, keepdim=True)
        torch.testing.assert_close(p, expected)
        (gradient,) = torch.autograd.grad(p[..., 0].sum(), tied)
        assert bool(torch.isfinite(gradient).all())
    huge = torch.tensor([1e300, 1e300 - 1e284, -1e300], dtype=D)
    torch.testing.assert_close(function(huge)[-1], torch.tensor(0.0, dtype=D))
    assert bool(torch.isfinite(function(huge)).all())


X, V = draw(4, 6), draw(5, 6, seed=1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dot_product_scores(X[0], V), ValueError, r"queries must have shape \(..., q, d\)"),
        (lambda: dot_product_scores(X, V[:, :3]), ValueError, "keys must have as many coordinates"),
        (lambda: dot_product_scores(X, V, scale=math.nan), ValueError, "scale must be finite"),
        (lambda: dot_product_scores(X, V.float()), TypeError, "same dtype"),
        (lambda: key_norm_bias(X[0]), ValueError, r"keys must have shape \(..., k, d\)"),
        (lambda: softmax_where(X[0]), ValueError, r"scores must have shape \(..., q, k\)"),
        (lambda: softmax_where(X * math.inf), ValueError, "scores must be finite"),
        (
            lambda: softmax_where(X, torch.eye(4, 6) > 1),
            ValueError,
            "mask must leave every query a key, leaves query 0 none",
        ),
        (lambda: softmax_where(X, torch.eye(6) > 0), ValueError, "mask must have one row a query"),
        (lambda: scaled_dot_product(X, V, V[:, 0]), ValueError, "values must have columns"),
        (lambda: scaled_dot_product(X, V, V[:3]), ValueError, r"values must have shape \(5,\)"),
        (lambda: scaled_dot_product(X, V, V, bias=X), ValueError, "bias must have leading"),
        (
            lambda: scaled_dot_product(X, V, V, bias=torch.zeros(4, 5)),
            TypeError,
            "queries and bias must have the same dtype",
        ),
        (lambda: split_heads(X, 4), ValueError, r"n_heads must divide .* got 4 heads .*\(4, 6\)"),
        (lambda: split_heads(X, 0), ValueError, "n_heads must be at least 1"),
        (lambda: split_heads(X[0], 2), ValueError, "n_heads must divide the last dimension"),
        (lambda: merge_heads(X), ValueError, r"x must have shape \(..., h, n, c\)"),
        (
            lambda: multi_head_attention(X, V, V, (torch.eye(6),) * 3, 2),
            ValueError,
            "projections and offsets must be four",
        ),
        (
            lambda: multi_head_attention(X, V, V, (torch.eye(6).double(),) * 4, 2, offsets=[None]),
            ValueError,
            "projections and offsets must be four .* got 4 and 1",
        ),
        (
            lambda: multi_head_attention(X, V, V, (torch.eye(5).double(),) * 4, 2),
            ValueError,
            "W_q must have as many columns as queries have components",
        ),
        (
            lambda: multi_head_attention(X, V, V, (torch.eye(6),) * 4, 2),
            TypeError,
            "queries and W_q must have the same dtype",
        ),
        (
            lambda: multi_head_attention(
                X, V, V, [torch.eye(6).double()] * 3 + [torch.ones(2, 5).double()], 2
            ),
            ValueError,
            "W_o must have as many columns as the heads' outputs",
        ),
        (
            lambda: multi_head_attention(
                X, V, V, [torch.eye(6).double()] * 4, 2, offsets=[None, X[0, :5], None, None]
            ),
            ValueError,
            "the offset of W_k must have one number a row, 6, got 5",
        ),
        (lambda: leave_one_out_mask(1), ValueError, "n must be at least 2"),
        (lambda: causal_mask(0), ValueError, "n_queries must be at least 1"),
        (lambda: causal_mask(2, 0), ValueError, "n_keys must be at least 1"),
        (lambda: causal_mask(2, itself=1), TypeError, "itself must be True or False"),
        (lambda: window_mask(2, 2, -1), ValueError, "reach must be at least 0"),
        (lambda: padding_mask([1], 2, 2), TypeError, "lengths must be an int64 tensor of rank 1"),
        (
            lambda: padding_mask(torch.tensor([3]), 2, 2),
            ValueError,
            r"lengths must lie between 1 and 2, got \[3\]",
        ),
        (lambda: padding_mask(torch.tensor([0]), 2, 2), ValueError, "lengths must lie between"),
        (lambda: alibi_slopes(0), ValueError, "n_heads must be at least 1"),
        (lambda: distance_bias(2, 2, X), ValueError, "slopes must have rank 1"),
        (lambda: relative_bias(X, 2, 2), ValueError, "table must have 2m − 1 columns"),
        (lambda: relative_bias(X[:, :5], 2, 4), ValueError, "columns for 4 places, .* those for 3"),
        (lambda: rotate(X, X[0, :3]), ValueError, "x must have shape .* 3 positions"),
        (lambda: rotate(X[:, :5], X[0, :4]), ValueError, "with an even d"),
        (lambda: rotate(X, X[0, :4].float()), TypeError, "positions must have the dtype of x"),
        (lambda: rotate(X, X[0, :4], base=0.0), ValueError, "base must be above 0"),
        (lambda: sparsemax(torch.tensor(1.0)), ValueError, "scores must have a dimension of keys"),
        (lambda: entmax15(X * math.nan), ValueError, "scores must be finite"),
        (lambda: support_radius(X, 0.0), ValueError, "w must not be 0"),
        (lambda: MultiHeadAttention(5, 2), ValueError, "n_heads must divide d_model = 5, got 2"),
        (lambda: MultiHeadAttention(4, 2, bias=0), TypeError, "bias must be True or False"),
        (
            lambda: MultiHeadAttention(4, 2, dtype=torch.half),
            TypeError,
            "dtype must be torch",
        ),
        (lambda: MultiHeadAttention.from_torch(nn.Linear(2, 2)), TypeError, "module must be an nn"),
        (
            lambda: MultiHeadAttention.from_torch(nn.MultiheadAttention(4, 2, kdim=3)),
            ValueError,
            "module must have keys and values of its own size",
        ),
        (
            lambda: MultiHeadAttention.from_torch(nn.MultiheadAttention(4, 2, add_bias_kv=True)),
            ValueError,
            "and no extra keys",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
