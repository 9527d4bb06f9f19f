"""Scores of attention by kernels that are positive everywhere, relative to that of the nearest key;
and weights made of scores."""

import math

import torch
from torch import Tensor


def relative_scores(queries: Tensor, keys: Tensor, nearest: Tensor, w: Tensor | float) -> Tensor:
    """−½w² ((x − xᵢ)² − (x − x₀)²), for each query x, its keys xᵢ and its nearest key x₀.

    Softmax does not see the shift, the nearest key scores 0, and no digit is lost however far the
    query is from the keys: the difference of squares is computed as the product
    (xᵢ − x₀)(xᵢ + x₀ − 2x), in which nothing was squared before.

    Parameters
    ----------
    queries : Tensor, shape (q, 1)
    keys : Tensor, shape (k,) or (q, k)
    nearest : Tensor, shape (q, 1)
        Their differences must be finite.
    w : Tensor or float
        Inverse bandwidth; 0-d.

    Returns
    -------
    Tensor, shape (q, k)
    """
    # Each factor is bounded by itself, so that the nearest key scores 0 · finite = 0 where the
    # other factor overflows. Any other key scores far below any weight above 0 by then.
    apart, beyond = _factors(queries, keys, nearest, w)
    return -0.5 * apart * beyond


def excess_and_total(
    queries: Tensor, keys: Tensor, nearest: Tensor, w: Tensor | float
) -> tuple[Tensor, Tensor]:
    """|u| − |u₀| and |u| + |u₀| for scaled distances u = (x − xᵢ)w, u₀ = (x − x₀)w.

    The smaller and the larger of |xᵢ − x₀| |w| and |xᵢ + x₀ − 2x| |w|: a query between the two keys
    exchanges them. No digit is lost, as in `relative_scores`, whose parameters these are.

    Returns
    -------
    tuple of Tensor, each of shape (q, k)
        The first is negative for a key that is nearer than `nearest`.
    """
    apart, beyond = _factors(queries, keys, nearest, w)
    sizes = apart.abs(), beyond.abs()
    # The smaller, with the other's sign. As an absolute value it would have no gradient at the
    # nearest key, where `apart` is 0; of two that are equal, each has half of it, as in `maximum`.
    share = (1 + (sizes[1] - sizes[0]).detach().sign()) / 2
    excess = share * (apart * beyond.detach().sign()) + (1 - share) * (
        beyond * apart.detach().sign()
    )
    return excess, torch.maximum(*sizes)


def _factors(
    queries: Tensor, keys: Tensor, nearest: Tensor, w: Tensor | float
) -> tuple[Tensor, Tensor]:
    """(xᵢ − x₀)w and (xᵢ + x₀ − 2x)w, bounded."""
    return bounded((keys - nearest) * w), bounded(doubled_distance(queries, keys, nearest) * w)


def doubled_distance(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """a + b − 2x, twice the signed distance of the middle of a and b from x, rounded once."""
    total = a + b
    with torch.no_grad():  # what the addition rounded off, Knuth's two-sum
        part = total - a
        lost = (a - (total - part)) + (b - part)
    return total - 2 * x + lost


def bounded(x: Tensor) -> Tensor:
    """Keep numbers so small that a product of two is finite."""
    limit = bound(x.dtype)
    return x.clamp(-limit, limit)


def bound(dtype: torch.dtype) -> float:
    """What `bounded` keeps numbers within."""
    return math.sqrt(torch.finfo(dtype).max) / 2


def softmax_without(scores: Tensor, excluded: Tensor | None) -> Tensor:
    """Softmax of scores (..., q, k) over the keys that are not excluded, (..., q, k) or None."""
    if excluded is not None:
        scores = scores.masked_fill(excluded, -torch.inf)
    return torch.softmax(scores, dim=-1)


def shares_without(similarity: Tensor, excluded: Tensor | None) -> Tensor:
    """Similarities (..., q, k) divided by their sum over the keys that are not excluded.

    A query that is similar to none has a row of NaN.
    """
    if excluded is not None:
        similarity = similarity.masked_fill(excluded, 0)
    total = similarity.sum(dim=-1, keepdim=True)  # (..., q, 1)
    alone = total == 0
    # Divided by 1 first, so that NaN stays out of the gradient of the other rows.
    return (similarity / total.masked_fill(alone, 1)).masked_fill(alone, torch.nan)
