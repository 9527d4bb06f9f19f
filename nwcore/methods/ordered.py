"""Sorted keys, in which the keys in reach of a query are one window of neighbours."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore.methods.numeric import NumericProblem

_SLICE = 2**16
# Gaussian keys are left out when all of them together weigh less than this of the nearest. Where
# the values of the others are so small that this matters, all weights that are not 0 are summed.
NEGLIGIBLE = 1e-17
LEAST_EXPONENT = 750.0


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

    def of(self, chosen: Tensor) -> "Windows":
        """The windows of the chosen queries, whose numbers are given, (n,) int64."""
        return Windows(self.start[chosen], self.stop[chosen], self.nearest[chosen])

    def blocks(self, pairs: int) -> list[Tensor]:
        """Numbers of the queries, (n,) int64 each, in blocks of at most so many pairs, or of one.

        Windows of similar length stand together, so that a block is filled well.
        """
        order = torch.argsort(self.lengths, descending=True, stable=True)
        lengths = self.lengths[order]
        blocks = []
        start = 0
        while start < len(order):
            stop = start + max(1, pairs // int(lengths[start]))
            blocks.append(order[start:stop])
            start = stop
        return blocks


def find_windows(
    problem: NumericProblem, ordered: SortedKeys, *, everything: bool = False
) -> Windows:
    """Find the keys in reach of every query; a window may hold some keys more.

    Parameters
    ----------
    problem : NumericProblem
        Its keys are those of `ordered`.
    ordered : SortedKeys
    everything : bool
        Whether to reach as far as weights are numbers above 0, or only as far as they count.
    """
    keys, queries = ordered.keys, problem.queries
    last = len(keys) - 1
    above = torch.searchsorted(keys, queries)  # the first key not below
    below = (above - 1).clamp(min=0)
    if problem.self_terms is not None:
        # `above` is the query's own place: its nearest is there only if others are there, too.
        others = ordered.columns[0][above] > problem.self_terms[0]
        nearest = _nearer(keys, queries, below, (above + 1).clamp(max=last), taken=above)
        nearest = torch.where(others, above, nearest)
    else:
        nearest = _nearer(keys, queries, below, above.clamp(max=last))
    if problem.kernel.squared_exponential:
        total = float(ordered.columns[0].sum())
        exponent = LEAST_EXPONENT if everything else math.log(total / NEGLIGIBLE)
        radius = reach_of(math.sqrt(2 * exponent), problem.w)
        distance = (queries - keys[nearest]).abs()
        reach = torch.hypot(distance, torch.tensor(radius, dtype=torch.float64))
    else:
        reach = torch.full_like(queries, reach_of(problem.kernel.support, problem.w))
    return windows_within(keys, queries, reach, nearest)


def windows_within(keys: Tensor, queries: Tensor, reach: Tensor, nearest: Tensor) -> Windows:
    """The sorted keys no farther from each query than its reach, (q,), and its nearest."""
    reach = reach * (1 + 1e-12)  # rounding may not lose a key
    start = torch.searchsorted(keys, queries - reach)
    stop = torch.searchsorted(keys, queries + reach, right=True)
    return Windows(torch.minimum(start, nearest), torch.maximum(stop, nearest + 1), nearest)


def find_support(problem: NumericProblem, ordered: SortedKeys) -> tuple[Tensor, Tensor]:
    """First key within |x − xᵢ| w ≤ support of each query, and the first behind it that is not.

    The two answers are those of the kernels themselves, to the last bit: a key at the very end of
    the support must count alike whatever the method.
    """
    keys, queries = ordered.keys, problem.queries
    last = len(keys) - 1
    reach = reach_of(problem.kernel.support, problem.w)
    start = torch.searchsorted(keys, queries - reach)
    stop = torch.searchsorted(keys, queries + reach, right=True)

    def reached(index: Tensor) -> Tensor:
        there = (index >= 0) & (index <= last)
        distance = (queries - keys[index.clamp(0, last)]).abs()
        return there & (distance * problem.w <= problem.kernel.support)

    moved = True
    while moved:  # searching for the rounded end may miss by a key
        back = reached(start - 1)
        forth = ~back & (start < stop) & ~reached(start)
        more = reached(stop)
        less = ~more & (stop > start) & ~reached(stop - 1)
        start = start - back.long() + forth.long()
        stop = stop + more.long() - less.long()
        moved = bool((back | forth | more | less).any())
    return start, stop


def reach_of(scaled: float, w: float) -> float:
    """A scaled distance in units of x; infinite for w = 0 or nearly 0."""
    return scaled / w if w > scaled / 1e300 else math.inf


def _nearer(
    keys: Tensor, queries: Tensor, below: Tensor, above: Tensor, taken: Tensor | None = None
) -> Tensor:
    down = (queries - keys[below]).abs()
    up = (queries - keys[above]).abs()
    if taken is not None:
        down = down.masked_fill(below == taken, torch.inf)
        up = up.masked_fill(above == taken, torch.inf)
    return torch.where(down <= up, below, above)
