"""Rules that hold for every input, looked for by hypothesis.

Inputs are multiples of 1/64 within ±16, so that shifting and halving them is exact in float32: what
must be equal can be compared for equality.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nwcore import (
    KERNELS,
    attention_pooling,
    attention_weights,
    average_pooling,
    leave_one_out_loss,
    leave_one_out_pairs,
)

quickly = settings(max_examples=40, deadline=None, derandomize=True)
every_kernel = pytest.mark.parametrize("kernel", sorted(KERNELS))

GRID = 64
dtypes = st.sampled_from([torch.float32, torch.float64])
widths = st.floats(-100, 100, width=32)
any_finite = st.floats(allow_nan=False, allow_infinity=False)


def points(n: int) -> st.SearchStrategy[list[float]]:
    on_grid = st.integers(-16 * GRID, 16 * GRID).map(lambda number: number / GRID)
    return st.lists(on_grid, min_size=n, max_size=n)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Queries (q,), keys (k,) and values (k,) of one dtype."""
    dtype = draw(dtypes)
    n_queries, n_keys = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    sizes = (n_queries, n_keys, n_keys)
    queries, keys, values = (torch.tensor(draw(points(n)), dtype=dtype) for n in sizes)
    return queries, keys, values


def close(found: Tensor, expected: Tensor, scale: float = 1.0) -> bool:
    """Equal up to rounding of numbers of size `scale`; NaN where NaN is expected."""
    tolerance = 64 * scale * torch.finfo(found.dtype).eps
    return torch.allclose(found, expected, rtol=0, atol=tolerance, equal_nan=True)


@every_kernel
@given(problem=problems(), w=widths)
@quickly
def test_weights_are_a_distribution_wherever_a_key_is_in_reach(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, _ = problem
    weights = attention_weights(queries, keys, w, kernel, empty="nan")
    assert weights.shape == (len(queries), len(keys))
    distance = ((queries[:, None] - keys) * w).abs()
    profile = KERNELS[kernel]
    if not profile.compact:
        reached = torch.ones_like(distance, dtype=torch.bool)
    elif float(profile(torch.tensor(profile.support))) > 0:
        reached = distance <= profile.support
    else:
        reached = distance < profile.support
    filled = reached.any(dim=-1)
    assert bool(weights[~filled].isnan().all())
    assert bool((weights[filled] >= 0).all())
    assert bool((weights[filled][~reached[filled]] == 0).all())
    assert close(weights[filled].sum(dim=-1), torch.ones(int(filled.sum()), dtype=weights.dtype))


@given(problem=problems(), w=any_finite)
@quickly
def test_gaussian_weights_are_a_distribution_at_any_finite_w(
    problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, _ = problem
    weights = attention_weights(queries, keys, w)
    assert bool((weights >= 0).all())
    assert close(weights.sum(dim=-1), torch.ones_like(queries))


@given(numbers=st.lists(any_finite, min_size=3, max_size=9), w=any_finite)
@quickly
def test_gaussian_weights_are_a_distribution_at_any_finite_query_and_key(
    numbers: list[float], w: float
) -> None:
    every = torch.tensor(numbers, dtype=torch.float64)
    weights = attention_weights(every[:2], every[1:], w)
    assert bool((weights >= 0).all())
    assert close(weights.sum(dim=-1), torch.ones_like(every[:2]))


@every_kernel
@given(problem=problems(), w=widths, data=st.data())
@quickly
def test_order_of_key_value_pairs_does_not_matter(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float, data: st.DataObject
) -> None:
    queries, keys, values = problem
    order = data.draw(st.permutations(range(len(keys))))
    before = attention_pooling(queries, keys, values, w, kernel, empty="nan")
    after = attention_pooling(queries, keys[order], values[order], w, kernel, empty="nan")
    assert close(after, before, scale=16)
    weights = attention_weights(queries, keys, w, kernel, empty="nan")
    shuffled = attention_weights(queries, keys[order], w, kernel, empty="nan")
    assert close(shuffled, weights[:, order])


@every_kernel
@given(problem=problems(), w=widths, shift=st.integers(-16 * GRID, 16 * GRID))
@quickly
def test_moving_queries_and_keys_together_changes_nothing(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float, shift: int
) -> None:
    queries, keys, _ = problem
    before = attention_weights(queries, keys, w, kernel, empty="nan")
    moved = attention_weights(queries + shift / GRID, keys + shift / GRID, w, kernel, empty="nan")
    assert torch.allclose(moved, before, rtol=0, atol=0, equal_nan=True)


@every_kernel
@given(problem=problems(), w=widths)
@quickly
def test_the_sign_of_w_does_not_matter(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    plus, minus = (attention_pooling(*problem, sign * w, kernel, empty="nan") for sign in (1, -1))
    assert torch.allclose(plus, minus, rtol=0, atol=0, equal_nan=True)


@every_kernel
@given(problem=problems(), w=widths, exponent=st.integers(-5, 5))
@quickly
def test_only_the_product_of_w_and_distance_matters(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float, exponent: int
) -> None:
    queries, keys, _ = problem
    scale = 2.0**exponent
    before = attention_weights(queries, keys, w, kernel, empty="nan")
    after = attention_weights(queries / scale, keys / scale, w * scale, kernel, empty="nan")
    assert close(after, before)


@every_kernel
@given(problem=problems())
@quickly
def test_w_0_is_average_pooling(kernel: str, problem: tuple[Tensor, Tensor, Tensor]) -> None:
    queries, keys, values = problem
    pooled = attention_pooling(queries, keys, values, 0, kernel)
    assert close(pooled, average_pooling(values, len(queries)), scale=16)


@given(problem=problems(), w=any_finite)
@quickly
def test_the_constant_kernel_is_average_pooling(
    problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, values = problem
    pooled = attention_pooling(queries, keys, values, w, "constant")
    assert close(pooled, average_pooling(values, len(queries)), scale=16)


@given(problem=problems(), w=st.floats(1e5, 1.7e308))
@quickly
def test_w_without_bound_is_the_nearest_neighbour(
    problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, values = problem
    pooled = attention_pooling(queries, keys, values, w)
    for query, found in zip(queries.tolist(), pooled, strict=True):
        distances = [abs(query - key) for key in keys.tolist()]
        nearest = [
            value
            for value, distance in zip(values.tolist(), distances, strict=True)
            if distance == min(distances)
        ]
        assert close(found, torch.tensor(sum(nearest) / len(nearest), dtype=found.dtype), scale=16)


@every_kernel
@given(problem=problems(), w=widths)
@quickly
def test_predictions_stay_within_the_values(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, values = problem
    pooled = attention_pooling(queries, keys, values, w, kernel, empty="nan")
    pooled = pooled[~pooled.isnan()]
    rounding = 64 * 16 * torch.finfo(values.dtype).eps
    assert bool((pooled >= values.min() - rounding).all())
    assert bool((pooled <= values.max() + rounding).all())


@every_kernel
@given(problem=problems(), w=widths, factor=st.integers(-8, 8), offset=st.integers(-8, 8))
@quickly
def test_pooling_is_linear_in_the_values(
    kernel: str, problem: tuple[Tensor, Tensor, Tensor], w: float, factor: int, offset: int
) -> None:
    queries, keys, values = problem
    pooled = attention_pooling(queries, keys, values, w, kernel, empty="nan")
    mapped = attention_pooling(queries, keys, factor * values + offset, w, kernel, empty="nan")
    assert close(mapped, factor * pooled + offset, scale=8 * 16 + 8)


@given(problem=problems(), w=widths)
@quickly
def test_the_same_keys_for_every_query_may_be_given_or_shared(
    problem: tuple[Tensor, Tensor, Tensor], w: float
) -> None:
    queries, keys, values = problem
    own_keys, own_values = (tensor.expand(len(queries), -1) for tensor in (keys, values))
    shared = attention_pooling(queries, keys, values, w)
    assert close(attention_pooling(queries, own_keys, own_values, w), shared, scale=16)


@given(problem=problems(), w=widths)
@quickly
def test_a_nearer_key_never_gets_less(problem: tuple[Tensor, Tensor, Tensor], w: float) -> None:
    queries, keys, _ = problem
    weights = attention_weights(queries, keys, w)
    by_distance = (queries[:, None] - keys).abs().argsort(dim=-1)
    assert bool((weights.gather(-1, by_distance).diff(dim=-1) <= 0).all())


@given(dtype=dtypes, n=st.integers(2, 7), w=widths, data=st.data())
@quickly
def test_leave_one_out_loss_is_the_loss_over_explicit_pairs(
    dtype: torch.dtype, n: int, w: float, data: st.DataObject
) -> None:
    x, y = (torch.tensor(data.draw(points(n)), dtype=dtype) for _ in range(2))
    errors = attention_pooling(x, *leave_one_out_pairs(x, y), w) - y
    assert close(leave_one_out_loss(x, y, w), errors.square().sum(), scale=n * 32**2)
