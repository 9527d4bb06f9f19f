"""Prefix sums: kernels of compact support, pooled in time O(q + k) once keys are sorted.

A kernel that is a polynomial in |u| on its support is a polynomial in the key on either side of the
query, so that its sum over a window of sorted keys is made of the sums of 1, b, b², … over the
window, and those are differences of running totals. Two things keep the differences exact to
rounding: totals are kept in fixed point, where addition does not round, and b is measured from the
middle of the keys of a block no wider than the kernel reaches to one side, so that the polynomials'
terms stay of the size of the kernel, and of its derivative where the kernel is wide. A polynomial
of a high degree has larger terms; for it, blocks are half as wide, or a quarter.

References
----------
Langrené and Warin (2019), "Fast and stable multivariate kernel density estimation by fast sum
updating", J. Comput. Graph. Stat. 28(3): 596–608; the fixed point is ours.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from nwcore.methods.answers import Answers, no_answers, progress_bar
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.ordered import SortedKeys, find_support
from nwcore.methods.orders import OrderSums

# Largest relative error of a sum of kernels, and roundings that each of its terms goes through.
TOLERANCE = 3e-13
_ROUNDINGS = 4
# Sums of kernels come near their tolerance where their mean is this part of the polynomial's terms.
_LEAST_MEAN = 1 / 8
_FINEST = 4
_QUERY_SLICE = 2**18


@dataclass(frozen=True)
class Blocks:
    """Blocks of sorted keys, none wider than a part of what the kernel reaches to one side.

    Attributes
    ----------
    parts : int
        So many times the width of a block make that reach.
    number : Tensor, shape (n,), int64
        Block of each key.
    first : Tensor, shape (n_blocks + 1,), int64
        Number of the first key in each block; at last, n.
    middle : Tensor, shape (n_blocks,), float64
        Half way between the first and the last key of each block.
    """

    parts: int
    number: Tensor
    first: Tensor
    middle: Tensor


def choose_parts(power: tuple[float, ...]) -> int:
    """1, 2 or 4: how finely to cut, for a polynomial Σⱼ cⱼ vʲ on 0 ≤ v ≤ 1."""
    parts = 1
    while parts < _FINEST and _rounding(power, parts) > _LEAST_MEAN * TOLERANCE:
        parts *= 2
    return parts


def _terms_size(power: tuple[float, ...], parts: int, order: int = 0) -> float:
    """Σⱼ |cⱼ| (|a| + |b|)^(j + order) at the most, of a key at b and a query at a in a block."""
    spread = 1 + 1 / parts
    return sum(abs(c) * spread ** (j + order) for j, c in enumerate(power))


def _rounding(power: tuple[float, ...], parts: int, order: int = 0) -> float:
    roundings = (_ROUNDINGS + order) * torch.finfo(torch.float64).eps / 2
    return roundings * _terms_size(power, parts, order)


def can_cut(ordered: SortedKeys, w: float) -> bool:
    """Whether the keys' range, in units of 1/w, is a number that can be counted."""
    keys = ordered.keys
    return float((keys[-1] - keys[0]) * w) < 2**52


def cut(ordered: SortedKeys, w: float, parts: int) -> Blocks:
    """Cut the sorted keys into blocks of scaled width 1 / `parts`."""
    keys = ordered.keys
    block = torch.floor((keys - keys[0]) * w * parts).long()
    _, number, lengths = torch.unique_consecutive(block, return_inverse=True, return_counts=True)
    first = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    middle = keys[first[:-1]] + (keys[first[1:] - 1] - keys[first[:-1]]) / 2
    return Blocks(parts, number, first, middle)


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

    def between(self, bounds: list[Tensor]) -> Iterator[Tensor]:
        """Sums of the numbers from each bound to before the next one, rounded once."""
        high = [self.high.index_select(0, bound) for bound in bounds]
        low = [self.low.index_select(0, bound) for bound in bounds]
        for (a, b), (c, d) in zip(pairwise(high), pairwise(low), strict=True):
            yield ((b - a).double() + (d - c).double() * 2.0**-self.bits) * 2.0**-self.bits


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
    """The windows of a slice of queries, cut at the query and at the ends of blocks.

    The first half of the pieces lies to the left of the query, the other to its right; piece i
    holds the keys from `bounds[i]` to before `bounds[i + 1]`, and the query is `a[i]` from the
    middle of the piece's block.
    """

    bounds: list[Tensor]
    a: list[Tensor]
    whole: Tensor  # whether each piece lies in one block


def _cut_windows(
    ordered: SortedKeys, blocks: Blocks, queries: Tensor, start: Tensor, stop: Tensor, w: float
) -> _Pieces:
    keys = ordered.keys
    last = len(keys) - 1
    middle = torch.searchsorted(keys, queries, right=True).clamp(min=start, max=stop)

    def block_of(index: Tensor) -> Tensor:
        return blocks.number.index_select(0, index)

    def end_of_block(index: Tensor) -> Tensor:
        return blocks.first.index_select(0, block_of(index.clamp(max=last)) + 1)

    bounds = [start]
    for end in (middle, stop):  # a side has keys in one block more than it has parts
        for _ in range(blocks.parts):
            bounds.append(torch.minimum(end_of_block(bounds[-1]), end).clamp(min=bounds[-1]))
        bounds.append(end)
    a = []
    whole = torch.ones_like(queries, dtype=torch.bool)
    for low, high in pairwise(bounds):
        filled = low < high
        number = block_of(low.clamp(max=last))
        whole &= ~filled | (block_of((high - 1).clamp(min=0)) == number)
        middle = blocks.middle.index_select(0, number)
        a.append(((queries - middle) * w).masked_fill(~filled, 0))
    return _Pieces(bounds, a, whole)


def pool(problem: NumericProblem, ordered: SortedKeys) -> Answers:
    """Answer all queries whose sums keep the tolerance; its keys are those of the problem.

    Parameters
    ----------
    problem : NumericProblem
        Of a kernel with a polynomial and compact support, and values of at most 1 in size.
    ordered : SortedKeys
    """
    out = no_answers(problem.n_columns, len(problem.queries), derivatives=problem.derivatives)
    w = problem.w / problem.kernel.support
    if not can_cut(ordered, w):
        return out
    assert problem.kernel.polynomial is not None
    # Of v = |u| / support, which is between 0 and 1.
    power = tuple(c * problem.kernel.support**j for j, c in enumerate(problem.kernel.polynomial))
    order = torch.argsort(problem.queries)  # neighbours look at the same keys, then at hand
    problem = problem.of(order)
    sums = _sum_windows(problem, ordered, w, power)
    m = len(problem.columns)
    kernels, counts = sums.kernels[0], sums.counts
    if problem.self_terms is not None:  # at v = 0
        terms = problem.self_terms
        signed = [terms, terms[1:].abs()] if sums.mixed else [terms]
        counts = counts - torch.cat(signed)
        kernels = kernels - power[0] * torch.cat(signed)
    # Errors are relative to sizes: of the counts, and of the values or what stands beside them.
    rows = sums.sizes_rows
    least = kernels[rows]
    error = _error(sums, counts, power)
    empty = counts[0] == 0
    total = kernels[0].masked_fill(empty, torch.nan)
    predictions = kernels[1:m] / total
    answers = no_answers(problem.n_columns, len(order), derivatives=problem.derivatives)
    answers.predictions[:] = predictions
    answers.answered[:] = ((error <= TOLERANCE * least).all(0) | empty) & sums.whole
    if answers.derivatives is not None and sums.changes is not None and problem.w > 0:
        spread = sums.changes[0, 1:m] - predictions * sums.changes[0, 0]
        answers.derivatives[:] = spread / (total * problem.w)
    out.put(order, answers)
    return out


def sum_orders(
    problem: NumericProblem, ordered: SortedKeys, orders: tuple[int, int], length: int
) -> Iterator[tuple[Tensor, OrderSums]] | None:
    """Sums of all orders of u up to the first of `orders`, up to the second of those with values.

    u is in units in which the kernel's support is 1. `length` queries at a time, with their
    numbers, (length,) int64; None where the keys' range cannot be counted. Self terms are not left
    out.
    """
    w = problem.w / problem.kernel.support
    if not can_cut(ordered, w):
        return None
    assert problem.kernel.polynomial is not None
    power = tuple(c * problem.kernel.support**j for j, c in enumerate(problem.kernel.polynomial))
    order = torch.argsort(problem.queries)
    sums = _sum_windows(problem.of(order), ordered, w, power, orders)
    # In their own order the sums of all orders would be gathered one by one, not the fits alone.
    return (
        (order[i : i + length], _take_orders(sums, power, orders, slice(i, i + length)))
        for i in range(0, len(order), length)
    )


def _take_orders(
    sums: "_Sums", power: tuple[float, ...], orders: tuple[int, int], chosen: slice
) -> OrderSums:
    """The sums of some of the sorted queries."""
    kernels, counts = sums.kernels[..., chosen], sums.counts[:, chosen]
    m = len(sums.sizes_rows)
    changes = None if sums.changes is None else sums.changes[..., chosen]
    errors = torch.stack([_error(sums, counts, power, j) for j in range(orders[0] + 1)])
    return OrderSums(
        kernels[:, 0],
        kernels[: orders[1] + 1, 1:m],
        None if changes is None else changes[:, 0],
        None if changes is None else changes[: orders[1] + 1, 1:m],
        torch.full_like(counts[0], power[0]),
        errors[:, 0],
        errors[: orders[1] + 1, 1:],
        kernels[0, sums.sizes_rows],
        sums.whole[chosen],
    )


def _error(sums: "_Sums", counts: Tensor, power: tuple[float, ...], order: int = 0) -> Tensor:
    """Largest error of the sums of an order, shape (m, q); `counts` are those of the sums."""
    rows = sums.sizes_rows
    error = sums.losses[rows] * _terms_size(power, sums.parts, order) * counts[0]
    if len(power) + order > 1:
        error = error + _rounding(power, sums.parts, order) * counts[rows]
    return error


@dataclass(frozen=True)
class _Sums:
    """Sums over the windows of q queries.

    Attributes
    ----------
    parts : int
        How finely the keys were cut.
    counts : Tensor, shape (m, q), or (2m − 1, q) if `mixed`
        Σ y for each of the m columns, and then for the sizes of the values.
    kernels : Tensor, shape (n_orders, m, q), or (n_orders, 2m − 1, q)
        Σ y K u^j; 0 at orders that were not asked for.
    changes : Tensor of the same shape, or None
        Σ y u^j w ∂K/∂w, where derivatives are wanted.
    losses : Tensor, shape (m, 1) or (2m − 1, 1)
        What rounding to fixed point may have cost each number.
    mixed : bool
        Whether values change sign.
    whole : Tensor, shape (q,), bool
        Whether each piece of the window lies in one block.
    """

    parts: int
    counts: Tensor
    kernels: Tensor
    changes: Tensor | None
    losses: Tensor
    mixed: bool
    whole: Tensor

    @property
    def sizes_rows(self) -> list[int]:
        """The rows of the counts and of the sizes of the values: errors are relative to those."""
        m = (len(self.counts) + 1) // 2 if self.mixed else len(self.counts)
        return [0, *range(m, 2 * m - 1)] if self.mixed else list(range(m))


def _sum_windows(
    problem: NumericProblem,
    ordered: SortedKeys,
    w: float,
    power: tuple[float, ...],
    orders: tuple[int, int] = (0, 0),
) -> _Sums:
    parts = choose_parts(power)
    blocks = cut(ordered, w, parts)
    b = (ordered.keys - blocks.middle[blocks.number]) * w  # (n,), half a block at the most
    n_queries = len(problem.queries)
    slices = [slice(i, i + _QUERY_SLICE) for i in range(0, n_queries, _QUERY_SLICE)]
    pieces = []
    for part in slices:
        rows = problem.of(torch.arange(n_queries)[part])
        start, stop = find_support(rows, ordered)
        pieces.append(_cut_windows(ordered, blocks, rows.queries, start, stop, w))
    columns = ordered.columns
    # Where values change sign, their sizes are summed beside them: errors are relative to those.
    mixed = bool((columns[1:] < 0).any())
    sources = [*columns, *(columns[1:].abs() if mixed else [])]
    counts = problem.queries.new_zeros(len(sources), n_queries)
    kernels = counts.new_zeros(max(orders) + 1, *counts.shape)
    changes = torch.zeros_like(kernels) if problem.derivatives else None
    losses = problem.queries.new_zeros(len(sources), 1)
    bound = max(1.0, float(columns[0].max()))
    # w ∂K/∂w = u K′(u), a polynomial of the same degree.
    steps = tuple(j * c for j, c in enumerate(power))
    m = len(columns)
    for row in progress_bar("moments", shown=problem.progress)(range(len(sources))):
        moment = sources[row]
        highest = orders[0] if row == 0 else orders[1] if row < m else 0
        for degree in range(len(power) + highest):
            total = running_total(moment, bound)
            losses[row] = max(float(losses[row]), total.loss)
            for part, piece in zip(slices, pieces, strict=True):
                sums_of = total.between(piece.bounds)
                for number, (a, sums) in enumerate(zip(piece.a, sums_of, strict=True)):
                    left = number <= parts
                    if degree == 0:
                        counts[row, part] += sums
                    for order in range(max(0, degree - len(power) + 1), highest + 1):
                        factor = _factor(power, degree, a, left=left, order=order)
                        kernels[order, row, part] += factor * sums
                        if changes is not None:
                            factor = _factor(steps, degree, a, left=left, order=order)
                            changes[order, row, part] += factor * sums
            moment = moment * b
    whole = torch.cat([piece.whole for piece in pieces])
    return _Sums(parts, counts, kernels, changes, losses, mixed, whole)


def _factor(
    power: tuple[float, ...], degree: int, a: Tensor, *, left: bool, order: int = 0
) -> Tensor | float:
    """Coefficient of b^degree in u^order Σⱼ cⱼ vʲ; a number where it is the same for all a.

    u = a − b, and v = |u|: u for a key to the left, −u to the right.
    """
    factor: Tensor | float = 0.0
    for j in range(len(power) - 1 + order, max(degree, order) - 1, -1):  # Horner's scheme in a
        # (±(a − b))ʲ has the term ±ʲ C(j, degree) a^(j − degree) (−b)^degree.
        sign = (1.0 if left else (-1.0) ** (j - order)) * (-1.0) ** degree
        term = sign * math.comb(j, degree) * power[j - order]
        if isinstance(factor, Tensor) or factor != 0:
            factor = factor * a
        if term != 0:
            factor = factor + term
    return factor * a ** (order - degree) if order > degree else factor
