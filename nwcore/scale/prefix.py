"""Prefix sums: kernels with an edge, pooled over all keys in time O(q + k) once keys are sorted.

A kernel c (1 − |u|^p) is a polynomial in the key on either side of the query, so that its sum
over a window of sorted keys is made of the sums of 1, b and b² over the window, and those are
differences of running totals. Two things keep the differences exact to rounding: totals are kept
in fixed point, where addition does not round, and b is measured from the first key of a block no
wider than the kernel's reach, so that the polynomials' terms stay of the size of the kernel.

References
----------
Langrené and Warin (2019), "Fast and stable multivariate kernel density estimation by fast sum
updating", J. Comput. Graph. Stat. 28(3): 596–608; the fixed point is ours.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from nwcore.kernels import COMPACT_POWERS
from nwcore.scale.result import Pooled, Progress
from nwcore.scale.windowed import SortedKeys, in_reach

# Largest relative error of a sum of kernels, and roundings that it goes through.
TOLERANCE = 3e-13
_ROUNDINGS = 32
# With |a| ≤ 2, the factors of the three moments sum to no more than this.
_FACTORS = 9
_QUERY_SLICE = 2**18


@dataclass(frozen=True)
class Blocks:
    """Sorted keys cut into blocks no wider than the kernel's reach.

    Attributes
    ----------
    number : Tensor, shape (n,), int64
        Block of each key.
    first : Tensor, shape (n_blocks + 1,), int64
        Number of the first key in each block; at last, n.
    """

    number: Tensor
    first: Tensor


def can_cut(sorted_keys: SortedKeys, w: float) -> bool:
    """Whether the keys' range, in units of the kernel's reach, is a number that can be counted."""
    keys = sorted_keys.keys
    return float((keys[-1] - keys[0]) * w) < 2**52


def cut(sorted_keys: SortedKeys, w: float) -> Blocks:
    """Cut the sorted keys into blocks of scaled width 1."""
    keys = sorted_keys.keys
    box = torch.floor((keys - keys[0]) * w).long()
    _, number, lengths = torch.unique_consecutive(box, return_inverse=True, return_counts=True)
    first = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    return Blocks(number, first)


@dataclass(frozen=True)
class RunningTotal:
    """Running totals in fixed point: a whole part and what it leaves, in units of 2^−`bits`
    and 2^−2·`bits`.

    Attributes
    ----------
    high, low : Tensor, shape (n + 1,), int64
        Totals before each number, and of all.
    bits : int
    loss : float
        No number was rounded by more than this.
    """

    high: Tensor
    low: Tensor
    bits: int
    loss: float

    def between(self, start: Tensor, stop: Tensor) -> Tensor:
        """Sum of the numbers from `start` to before `stop`, rounded once."""
        high = (self.high[stop] - self.high[start]).double()
        low = (self.low[stop] - self.low[start]).double()
        return (high + low * 2.0**-self.bits) * 2.0**-self.bits


def running_total(numbers: Tensor, bound: float) -> RunningTotal:
    """Add up numbers (n,) no larger than `bound` in size; n · bound must be below 2^52."""
    bits = 61 - math.ceil(math.log2(len(numbers) * bound))
    scaled = numbers * 2.0**bits
    whole = torch.round(scaled)
    rest = (scaled - whole) * 2.0**bits
    exact = bool((rest == torch.round(rest)).all())
    rest = torch.round(rest)
    high, low = (torch.nn.functional.pad(x.long().cumsum(0), (1, 0)) for x in (whole, rest))
    return RunningTotal(high, low, bits, 0.0 if exact else 2.0 ** (-2 * bits - 1))


@dataclass(frozen=True)
class _Pieces:
    """A slice of queries with their windows cut at the query and at the ends of blocks.

    Each list has four entries, two pieces to the left of the query and two to its right; piece i
    holds the keys from `bounds[i]` to before `bounds[i + 1]`, and the query is `a[i]` from the
    first key of the piece's block.
    """

    bounds: list[Tensor]
    a: list[Tensor]
    whole: Tensor  # whether each piece lies in one block


def _cut_windows(
    sorted_keys: SortedKeys, blocks: Blocks, queries: Tensor, start: Tensor, stop: Tensor, w: float
) -> _Pieces:
    keys = sorted_keys.keys
    last = len(keys) - 1
    middle = torch.searchsorted(keys, queries, right=True).clamp(min=start, max=stop)

    def end_of_block(index: Tensor) -> Tensor:
        return blocks.first[blocks.number[index.clamp(max=last)] + 1]

    left = torch.minimum(end_of_block(start), middle)
    right = torch.minimum(end_of_block(middle), stop).clamp(min=middle)
    bounds = [start, left, middle, right, stop]
    a = []
    whole = torch.ones_like(queries, dtype=torch.bool)
    for low, high in pairwise(bounds):
        filled = low < high
        number = blocks.number[low.clamp(max=last)]
        whole &= ~filled | (blocks.number[(high - 1).clamp(min=0)] == number)
        a.append(((queries - keys[blocks.first[number]]) * w).masked_fill(~filled, 0))
    return _Pieces(bounds, a, whole)


def pool(
    sorted_keys: SortedKeys,
    queries: Tensor,
    w: float,
    kernel: str,
    own: Tensor | None,
    out: Pooled,
    progress: Progress,
) -> None:
    """Write the pooled values of all queries whose sums keep the tolerance into `out`.

    NaN where no key is in reach.

    Parameters
    ----------
    queries : Tensor, shape (q,), float64
    w : float
        Inverse width, not negative; `can_cut` must hold.
    own : Tensor, shape (m, q), or None
        What each query, a key itself, adds to the sums and is to leave out.
    out : Pooled
        Of the q queries.
    """
    power = COMPACT_POWERS[kernel][1]
    order = torch.argsort(queries)  # neighbours look at the same keys, which are then at hand
    queries = queries[order]
    blocks = cut(sorted_keys, w)
    first_of_block = sorted_keys.keys[blocks.first[blocks.number]]
    b = (sorted_keys.keys - first_of_block) * w  # (n,), in [0, 1]
    slices = [slice(i, i + _QUERY_SLICE) for i in range(0, len(queries), _QUERY_SLICE)]
    pieces = []
    for part in slices:
        start, stop = in_reach(sorted_keys, queries[part], w)
        pieces.append(_cut_windows(sorted_keys, blocks, queries[part], start, stop, w))
    columns = sorted_keys.columns
    m = len(columns)
    # Where values change sign, their sizes are summed beside them: errors are relative to those.
    mixed = bool((columns[1:] < 0).any())
    sources = [*columns, *(columns[1:].abs() if mixed else [])]
    counts = queries.new_zeros(len(sources), len(queries))  # Σ y
    edges = queries.new_zeros(len(sources), len(queries))  # Σ y |u|^p
    losses = queries.new_zeros(len(sources), 1)
    bound = max(1.0, float(columns[0].max()))
    for row in progress(range(len(sources))):
        moment = sources[row]
        for degree in range(power + 1):
            total = running_total(moment, bound)
            losses[row] += _FACTORS * total.loss
            for part, piece in zip(slices, pieces, strict=True):
                for side in range(4):
                    sums = total.between(piece.bounds[side], piece.bounds[side + 1])
                    if degree == 0:
                        counts[row, part] += sums
                    if power:
                        factor = _factor(piece.a[side], degree, power, left=side < 2)
                        edges[row, part] += factor * sums
            moment = moment * b
    if own is not None:  # at u = 0
        counts[:m] -= own[:, order]
        if mixed:
            counts[m:] -= own[1:, order].abs()
    kernels = counts - edges  # Σ y (1 − |u|^p)
    sizes, least, losses = (
        torch.cat([x[:1], x[m:]]) if mixed else x for x in (counts, kernels, losses)
    )
    empty = counts[0] == 0
    error = losses * counts[0]
    if power:
        error = error + _ROUNDINGS * torch.finfo(torch.float64).eps / 2 * sizes
    answered = (error <= TOLERANCE * least).all(0) | empty
    for piece, part in zip(pieces, slices, strict=True):
        answered[part] &= piece.whole
    total_kernel = kernels[0].masked_fill(empty, torch.nan)
    predictions = kernels[1:m] / total_kernel
    out.predictions[:, order] = predictions
    out.answered[order] = answered
    if out.slopes is not None and w > 0:
        spread = edges[1:m] - predictions * edges[0]
        out.slopes[:, order] = -power * spread / (total_kernel * w)


def _factor(a: Tensor, degree: int, power: int, *, left: bool) -> Tensor | float:
    """Coefficient of b^degree in |a − b|^p, the key being to the left or right of the query."""
    sign = 1.0 if left or power == 2 else -1.0
    return sign * ((a, -1.0) if power == 1 else (a * a, -2 * a, 1.0))[degree]
