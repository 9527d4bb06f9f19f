"""Pooling over the keys in reach alone: exact, from scores, in time of the pairs in reach.

Sorted keys make the keys in reach of a query one window of neighbours.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore.kernels import COMPACT_POWERS, get_kernel
from nwcore.scale.result import Pooled, Progress

# The largest block of pairs held at once.
_BLOCK = 2**19
_SLICE = 2**16
# Gaussian keys are left out when all of them together weigh less than this of the nearest. Where
# the values of the others are so small that this matters, all weights that are not 0 are summed.
_NEGLIGIBLE = 1e-17
_SMALL = 1e-4
_LEAST_EXPONENT = 750.0


@dataclass(frozen=True)
class SortedKeys:
    """Distinct keys in ascending order.

    Attributes
    ----------
    keys : Tensor, shape (n,), float64
    columns : Tensor, shape (m, n), float64
        What the keys at one place add to the m sums; row 0 is their number.
    """

    keys: Tensor
    columns: Tensor


def sort_keys(keys: Tensor, columns: Tensor) -> SortedKeys:
    """Sort keys (k,) and their columns (m, k), and merge keys that are equal."""
    keys, order = torch.sort(keys, stable=True)
    columns = columns[:, order]
    distinct, group = torch.unique_consecutive(keys, return_inverse=True)
    if len(distinct) == len(keys):
        return SortedKeys(keys, columns)
    merged = columns.new_zeros(len(columns), len(distinct))
    # Summed slice by slice first: rounding then grows with the length of a slice, not with k.
    for start in range(0, len(group), _SLICE):
        part = slice(start, start + _SLICE)
        first, last = int(group[part][0]), int(group[part][-1])
        for row, column in enumerate(columns):
            sums = torch.bincount(group[part] - first, column[part])
            merged[row, first : last + 1] += sums
    return SortedKeys(distinct, merged)


@dataclass(frozen=True)
class Windows:
    """For each query the sorted keys from `start` to before `stop`, and the nearest among them.

    Attributes
    ----------
    start, stop, nearest : Tensor, shape (q,), int64
    """

    start: Tensor
    stop: Tensor
    nearest: Tensor

    @property
    def lengths(self) -> Tensor:
        """Number of keys in each window, shape (q,)."""
        return self.stop - self.start

    def __getitem__(self, queries: Tensor) -> "Windows":
        return Windows(self.start[queries], self.stop[queries], self.nearest[queries])


def find_windows(
    sorted_keys: SortedKeys,
    queries: Tensor,
    w: float,
    kernel: str,
    *,
    leave_out: bool,
    everything: bool = False,
) -> Windows:
    """Find the keys in reach of every query; a window may hold some keys more.

    Parameters
    ----------
    queries : Tensor, shape (q,), float64
    w : float
        Inverse width, not negative.
    leave_out : bool
        Whether every query is one of the keys and does not count for itself.
    everything : bool
        Whether to reach as far as weights are numbers above 0, or only as far as they count.
    """
    keys = sorted_keys.keys
    last = len(keys) - 1
    above = torch.searchsorted(keys, queries)  # the first key not below
    below = (above - 1).clamp(min=0)
    if leave_out:  # `above` is the query's own place: its nearest is there only if shared
        shared = sorted_keys.columns[0][above] > 1
        nearest = _nearer(keys, queries, below, (above + 1).clamp(max=last), own=above)
        nearest = torch.where(shared, above, nearest)
    else:
        nearest = _nearer(keys, queries, below, above.clamp(max=last))
    if kernel == "gaussian":
        total = float(sorted_keys.columns[0].sum())
        exponent = _LEAST_EXPONENT if everything else math.log(total / _NEGLIGIBLE)
        radius = math.sqrt(2 * exponent)
        distance = 2 * (queries / 2 - keys[nearest] / 2).abs()
        reach = torch.hypot(distance, torch.tensor(_quotient(radius, w), dtype=torch.float64))
    else:
        reach = torch.full_like(queries, _quotient(1.0, w))
    reach = reach * (1 + 1e-12)  # rounding may not lose a key
    start = torch.searchsorted(keys, queries - reach)
    stop = torch.searchsorted(keys, queries + reach, right=True)
    return Windows(torch.minimum(start, nearest), torch.maximum(stop, nearest + 1), nearest)


def in_reach(sorted_keys: SortedKeys, queries: Tensor, w: float) -> tuple[Tensor, Tensor]:
    """First key within |x − xᵢ| w ≤ 1 of each query, and the first behind it that is not.

    The two answers are those of the kernels themselves, to the last bit: a key at the very edge
    must count alike however the pooling is done.
    """
    keys = sorted_keys.keys
    last = len(keys) - 1
    reach = _quotient(1.0, w)
    start = torch.searchsorted(keys, queries - reach)
    stop = torch.searchsorted(keys, queries + reach, right=True)

    def reached(index: Tensor) -> Tensor:
        inside = (index >= 0) & (index <= last)
        half = (queries / 2 - keys[index.clamp(0, last)] / 2).abs()
        return inside & (2 * _bounded(half * w) <= 1)

    moved = True
    while moved:  # searching for the rounded edge may miss by a key
        back = reached(start - 1)
        forth = ~back & (start < stop) & ~reached(start)
        more = reached(stop)
        less = ~more & (stop > start) & ~reached(stop - 1)
        start = start - back.long() + forth.long()
        stop = stop + more.long() - less.long()
        moved = bool((back | forth | more | less).any())
    return start, stop


def _nearer(
    keys: Tensor, queries: Tensor, below: Tensor, above: Tensor, own: Tensor | None = None
) -> Tensor:
    down = (queries / 2 - keys[below] / 2).abs()
    up = (queries / 2 - keys[above] / 2).abs()
    if own is not None:
        down = down.masked_fill(below == own, torch.inf)
        up = up.masked_fill(above == own, torch.inf)
    return torch.where(down <= up, below, above)


def _quotient(number: float, w: float) -> float:
    return number / w if w > number / 1e300 else math.inf


def pool(
    sorted_keys: SortedKeys,
    windows: Windows,
    queries: Tensor,
    chosen: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
    out: Pooled,
    progress: Progress,
) -> None:
    """Write the pooled values of the chosen queries into `out`; NaN where no key is in reach.

    Parameters
    ----------
    sorted_keys : SortedKeys
        With values of at most 1 in size.
    windows : Windows
        Of the chosen queries.
    queries : Tensor, shape (q,), float64
    chosen : Tensor, shape (n,), int64
        Numbers of the queries to answer.
    w : float
        Inverse width, not negative.
    own : Tensor, shape (m, q), or None
        What each query, a key itself, adds to the sums and is to leave out.
    out : Pooled
        Of the q queries.
    """
    if len(chosen) == 0:
        return
    _pool_windows(sorted_keys, windows, queries, chosen, w, kernel, own, out, progress)
    if kernel == "gaussian":
        small = (out.predictions[:, chosen].abs() < _SMALL).any(0)
        if bool(small.any()) and float(sorted_keys.columns[1:].abs().max()) > 0:
            chosen = chosen[small]
            windows = find_windows(
                sorted_keys, queries[chosen], w, kernel, leave_out=own is not None, everything=True
            )
            _pool_windows(sorted_keys, windows, queries, chosen, w, kernel, own, out, progress)


def _pool_windows(
    sorted_keys: SortedKeys,
    windows: Windows,
    queries: Tensor,
    chosen: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
    out: Pooled,
    progress: Progress,
) -> None:
    # Windows of similar length stand together, so that a block is filled well.
    order = torch.argsort(windows.lengths, descending=True, stable=True)
    lengths = windows.lengths[order]
    blocks = []
    start = 0
    while start < len(order):
        blocks.append(slice(start, start + max(1, _BLOCK // int(lengths[start]))))
        start = blocks[-1].stop
    for block in progress(range(len(blocks))):
        rows = order[blocks[block]]
        query = chosen[rows]
        rest = None if own is None else own[:, query]
        values, changes = _sum_windows(sorted_keys, windows[rows], queries[query], w, kernel, rest)
        total = values[0]
        predictions = values[1:] / total  # 0/0, NaN, where the window is empty
        out.predictions[:, query] = predictions
        if out.slopes is not None and w > 0:
            out.slopes[:, query] = (changes[1:] - predictions * changes[0]) / (total * w)
        out.answered[query] = True


def _sum_windows(
    sorted_keys: SortedKeys,
    windows: Windows,
    queries: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Σ yᵢ Kᵢ and Σ yᵢ w ∂Kᵢ/∂w over each window, shape (m, rows) both.

    Gaussian kernels are relative to the nearest key's.
    """
    m = len(sorted_keys.columns)
    values = queries.new_zeros(m, len(queries))
    changes = queries.new_zeros(m, len(queries))
    longest = int(windows.lengths.max())
    breadth = min(longest, _BLOCK)
    place = torch.searchsorted(sorted_keys.keys, queries) if own is not None else None
    half_nearest = (queries / 2 - sorted_keys.keys[windows.nearest] / 2).abs()[:, None]
    for first in range(0, longest, breadth):
        index = windows.start[:, None] + torch.arange(first, min(first + breadth, longest))
        missing = index >= windows.stop[:, None]  # (rows, breadth)
        index = index.clamp(max=len(sorted_keys.keys) - 1)
        columns = [row[index].masked_fill_(missing, 0) for row in sorted_keys.columns]
        if own is not None and place is not None:
            itself = index == place[:, None]
            for column, row in zip(columns, own, strict=True):
                column -= itself * row[:, None] * ~missing
            missing |= columns[0] == 0
        half = (queries[:, None] / 2 - sorted_keys.keys[index] / 2).abs()
        if kernel == "gaussian":
            difference = _bounded((half - half_nearest) * w)
            mean = _bounded((half / 2 + half_nearest / 2) * w)
            score = (-4 * difference * mean).masked_fill_(missing, 0)
            similarity = torch.exp(score).masked_fill_(missing, 0)
            change = 2 * score * similarity
        else:
            u = 2 * _bounded(half * w)
            similarity = get_kernel(kernel)(u).masked_fill_(missing, 0)
            scale, power = COMPACT_POWERS[kernel]
            change = -scale * power * u.clamp(max=1) ** power * ((u <= 1) & ~missing)
        for row, column in enumerate(columns):
            values[row] += (similarity * column).sum(-1)
            changes[row] += (change * column).sum(-1)
    return values, changes


def _bounded(x: Tensor) -> Tensor:
    limit = math.sqrt(torch.finfo(x.dtype).max) / 4
    return x.clamp(-limit, limit)
