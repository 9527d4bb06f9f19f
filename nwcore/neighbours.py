"""A width for each query: as far as its k nearest keys, wide where data are thin.

One w for all queries smooths too much where keys are dense or leaves queries without a key where
they are rare. The distance to the k-th nearest key follows the density by itself.

Shapes: q queries, n keys. Inputs may have d coordinates: queries (q, d), keys (n, d).

References
----------
Loftsgaarden and Quesenberry (1965), "A nonparametric estimate of a multivariate density
function"; Mack (1981), "Local properties of k-NN regression estimates".
"""

import torch
from torch import Tensor

from nwcore._checks import (
    check_float_tensor,
    check_inputs,
    check_integer,
    check_same_dtype,
    check_values,
    has_coordinates,
)
from nwcore.methods.problem import Empty
from nwcore.pooling import attention_weights

# The largest block of distances held at once.
_BLOCK = 2**20
# Squares of larger numbers may not be finite.
_LARGEST = 1e150


def nearest_neighbour_w(queries: Tensor, keys: Tensor, k: int) -> Tensor:
    """Give each query the inverse bandwidth w = 1/h whose h reaches its k-th nearest key.

    The k-th key is at the very end of the reach: "boxcar" counts it, and all keys that are just as
    far, so that there may be more than k; kernels that end in 0 give it no weight, and want k one
    larger. Equal keys count one by one. A query that k keys coincide with reaches half way to the
    nearest key elsewhere, and so just those that coincide with it; w is 0, which weighs all alike,
    if there is no key elsewhere.

    Parameters
    ----------
    queries : Tensor, shape (q,) or (q, d)
    keys : Tensor, shape (n,) or (n, d)
        Shared by all queries. The time grows with q k for inputs of one coordinate, sorting apart,
        and with q n for several.
    k : int
        Between 1 and n.

    Returns
    -------
    Tensor, shape (q,), in units of 1/x
        Of the queries' dtype; rounded down, so that the k-th key is within reach. For
        `adaptive_weights` and `adaptive_pooling`.

    Raises
    ------
    TypeError, ValueError
        If inputs are not float tensors of one dtype that fit, no larger than 1e150, `k` is no
        integer in its range, or an h is so small that 1/h is not finite.

    Examples
    --------
    >>> keys = torch.tensor([0.0, 1.0, 4.0])
    >>> nearest_neighbour_w(torch.tensor([0.0, 3.0]), keys, k=2)
    tensor([1.0000, 0.5000])
    """
    _check_shared(queries, keys)
    k = check_integer("k", k, low=1, high=len(keys))
    wanted, there = queries.detach().double(), keys.detach().double()
    if has_coordinates(queries):
        reaches = [_reach(_distances(wanted[part], there), k) for part in _parts(queries, keys)]
    else:
        ordered = there.sort().values
        sides = ordered.new_empty(2 * k + 2)
        reaches = [_reach_in_line(wanted[part], ordered, k) for part in _parts(queries, sides)]
    reach = torch.cat(reaches)  # (q,)
    w = (1 / reach).to(queries.dtype)
    if bool(w.isinf().any()):
        raise ValueError(
            f"queries and keys must be so far apart that 1/distance is finite in {w.dtype}, got a "
            f"distance of {float(reach.min()):g}"
        )
    # Down to where h w ≤ 1 in float64: the k-th key is in reach.
    return torch.where(reach * w.double() > 1, torch.nextafter(w, torch.zeros_like(w)), w)


def adaptive_weights(
    queries: Tensor,
    keys: Tensor,
    w: Tensor,
    kernel: str = "gaussian",
    *,
    empty: Empty = "error",
) -> Tensor:
    """Share each query's attention by a width of its own: α(x, xᵢ) = K((x − xᵢ) w(x)) / Σⱼ ….

    Parameters
    ----------
    queries : Tensor, shape (q,) or (q, d)
    keys : Tensor, shape (n,) or (n, d)
    w : Tensor, shape (q,)
        Inverse bandwidth of each query, such as from `nearest_neighbour_w`; gradients flow to it.
    kernel, empty
        As for `attention_weights`.

    Returns
    -------
    Tensor, shape (q, n)
        Rows sum to 1.

    Raises
    ------
    TypeError, ValueError
        As for `attention_weights`; also if `w` is not one finite number a query.

    Examples
    --------
    >>> keys = torch.tensor([0.0, 1.0, 4.0])
    >>> adaptive_weights(torch.tensor([0.0, 3.0]), keys, torch.tensor([1.0, 0.5]), "boxcar")
    tensor([[0.5000, 0.5000, 0.0000],
            [0.0000, 0.5000, 0.5000]])
    """
    _check_shared(queries, keys)
    _check_w(w, queries)
    # Every query is at 0 of a scale of its own.
    scaled = _distances(queries.double(), keys.double()) * w.double()[:, None]  # (q, n)
    origin = torch.zeros_like(scaled[:, 0])
    weights = attention_weights(origin, scaled, 1.0, kernel, empty="nan")
    if empty == "error" and bool((alone := weights.detach().isnan().any(-1)).any()):
        row = int(alone.nonzero()[0])
        raise ValueError(
            f"queries[{row}] has no key within the reach of the {kernel} kernel at w = "
            f"{float(w[row].detach()):g}; use a larger k, a smaller w or another kernel"
        )
    return weights.to(queries.dtype)


def adaptive_pooling(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: Tensor,
    kernel: str = "gaussian",
    *,
    empty: Empty = "error",
) -> Tensor:
    """Predict by the average of the values, each query's weights of a width of its own.

    Time grows with q n, memory with q + n, but for the gradients.

    Parameters
    ----------
    queries, keys, w, kernel, empty
        As for `adaptive_weights`.
    values : Tensor, shape (n,) or (n, c)

    Returns
    -------
    Tensor, shape (q,) or (q, c)

    Raises
    ------
    TypeError, ValueError
        As for `adaptive_weights`; also if `values` and `keys` do not fit in shape or dtype.

    Examples
    --------
    >>> keys, values = torch.tensor([0.0, 1.0, 4.0]), torch.tensor([3.0, 5.0, 8.0])
    >>> queries = torch.tensor([0.0, 3.0])
    >>> adaptive_pooling(queries, keys, values, nearest_neighbour_w(queries, keys, 2), "boxcar")
    tensor([4.0000, 6.5000])
    """
    _check_shared(queries, keys)
    check_values(values, keys, queries)
    _check_w(w, queries)
    here, there, widths = queries.double(), keys.double(), w.double()
    answers = [
        adaptive_weights(here[part], there, widths[part], kernel, empty=empty) @ values.double()
        for part in _parts(queries, keys)
    ]
    return torch.cat(answers).to(queries.dtype)


def _check_shared(queries: Tensor, keys: Tensor) -> None:
    check_inputs(queries, keys)
    if queries.ndim > 2 or keys.ndim != queries.ndim:
        raise ValueError(
            f"queries and keys must have shape (q,) and (n,), or (q, d) and (n, d), got "
            f"{tuple(queries.shape)} and {tuple(keys.shape)}"
        )
    largest = max(float(inputs.detach().abs().max()) for inputs in (queries, keys))
    if largest > _LARGEST:
        raise ValueError(f"queries and keys must be at most {_LARGEST:g} in size, got {largest:g}")


def _check_w(w: Tensor, queries: Tensor) -> None:
    check_float_tensor("w", w, ndims=(1,))
    check_same_dtype(queries=queries, w=w)
    if len(w) != len(queries):
        raise ValueError(f"w must hold one number a query, {len(queries)}, got {len(w)}")


def _parts(queries: Tensor, row: Tensor) -> list[slice]:
    """Cut the queries into parts whose distances to one row's numbers fill a block."""
    rows = max(1, _BLOCK // row.numel())
    return [slice(start, start + rows) for start in range(0, len(queries), rows)]


def _distances(queries: Tensor, keys: Tensor) -> Tensor:
    """Distances (q, n) of inputs of any kind, the same bits however many queries there are."""
    if queries.ndim == 1:
        return (queries[:, None] - keys).abs()
    squares = queries.new_zeros(())
    for a, b in zip(queries.unbind(-1), keys.unbind(-1), strict=True):
        squares = squares + (a[:, None] - b).square()
    apart = squares > 0  # the root has no derivative at 0
    return torch.where(apart, squares, 1).sqrt() * apart


def _reach_in_line(queries: Tensor, ordered: Tensor, k: int) -> Tensor:
    """h of queries (q,) from sorted keys (n,): the nearest are among k on either side."""
    last = len(ordered) - 1
    # One more on either side of those equal to the query: the nearest elsewhere may be needed.
    after = torch.searchsorted(ordered, queries)  # the first key not below
    behind = torch.searchsorted(ordered, queries, right=True)  # the first key above
    steps = torch.arange(k + 1)
    index = torch.cat([after[:, None] - 1 - steps, behind[:, None] + steps], dim=1)
    outside = (index < 0) | (index > last)
    sides = (queries[:, None] - ordered[index.clamp(0, last)]).abs()
    sides = sides.masked_fill(outside, torch.inf).sort(dim=1).values  # (q, 2k + 2), elsewhere
    equal = behind - after  # (q,) keys that coincide with the query
    kth = sides.gather(1, (k - 1 - equal).clamp(min=0)[:, None]).squeeze(1)
    return torch.where(equal >= k, kth / 2, kth)


def _reach(distances: Tensor, k: int) -> Tensor:
    """h from all distances (q, n)."""
    ordered = distances.sort(dim=1).values
    kth = ordered[:, k - 1]
    elsewhere = ordered.masked_fill(ordered == 0, torch.inf).amin(1)
    return torch.where(kth == 0, elsewhere / 2, kth)
