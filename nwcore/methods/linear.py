"""Linear pooling: time O(q + k), by the sums that suit the kernel; windows for what these leave.

The fast Gauss transform and prefix sums know how far they may be wrong and leave the queries that
they cannot promise anything for, such as one far from all keys, to windows.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor

from nwcore.kernels import Kernel
from nwcore.methods import gauss, prefix, windowed
from nwcore.methods.answers import Answers, no_answers
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.ordered import SortedKeys, find_windows, sort_keys

# Bins are laid over the whole range if there are this many points a bin, or else around the
# queries with more pairs than this in reach: summing fewer pairs one by one is faster.
_POINTS_A_BIN = 16
MANY_PAIRS = 256
# Beyond this, products with a kernel come near the least number that there is.
_SMALLEST_RATIO = 2.0**-900


def refusal(kernel: Kernel) -> str | None:
    """Why this method cannot take the kernel; None if it can."""
    if kernel.squared_exponential or kernel.polynomial is not None:
        return None
    return f"takes the gaussian kernel and kernels with a polynomial, got kernel {kernel.name!r}"


def pool(problem: NumericProblem) -> Answers:
    """Answer all queries."""
    problem = with_support(problem)
    if spans_too_much(problem):
        return windowed.pool(problem)
    scaled, scales = scale_columns(problem)
    if problem.kernel.squared_exponential:
        out = _pool_gaussian(scaled)
    else:
        out = prefix.pool(scaled, sort_keys(scaled.keys, scaled.columns))
    undo_scales(scales, out.predictions, out.derivatives)
    if not bool(out.answered.all()):
        chosen = (~out.answered).nonzero().squeeze(-1)
        out.put(chosen, windowed.pool(problem.of(chosen)))
    return out


def with_support(problem: NumericProblem) -> NumericProblem:
    """The same problem, with a kernel of compact support for one that is constant everywhere."""
    if not problem.kernel.compact and problem.kernel.polynomial is not None:
        # One number everywhere: as wide as can be, a kernel of compact support is the same.
        wide = replace(problem.kernel, support=1.0)
        return replace(problem, kernel=wide, w=0.0)
    return problem


def spans_too_much(problem: NumericProblem) -> bool:
    """Whether a column's smallest value is so small beside its largest that sums may lose it."""
    sizes = problem.columns[1:].abs()
    least = sizes.masked_fill(sizes == 0, torch.inf).amin(1)  # (c,)
    return bool((least < _SMALLEST_RATIO * sizes.amax(1)).any())


def scale_columns(problem: NumericProblem) -> tuple[NumericProblem, list[float]]:
    """Divide each column of values by a power of two, so that none is above 1."""
    scales = [power_of_two(float(row.abs().max())) for row in problem.columns[1:]]
    divisor = torch.tensor([1.0, *scales], dtype=torch.float64)[:, None]  # (1 + c, 1)
    terms = None if problem.self_terms is None else problem.self_terms / divisor
    return replace(problem, columns=problem.columns / divisor, self_terms=terms), scales


def undo_scales(scales: list[float], predictions: Tensor, derivatives: Tensor | None) -> None:
    """Bring what was computed from scaled columns, (c, q), back to the values' own units."""
    for row, scale in enumerate(scales):
        predictions[row] *= scale
        if derivatives is not None:
            derivatives[row] *= scale


def power_of_two(number: float) -> float:
    """A power of two not below `number`, as far as there is one."""
    return math.ldexp(1.0, min(math.frexp(number)[1], 1023)) if number > 0 else 1.0


def _pool_gaussian(problem: NumericProblem) -> Answers:
    out = no_answers(problem.n_columns, len(problem.queries), derivatives=problem.derivatives)
    grid = lay_grid(problem)
    if grid is None:
        return out
    places = dense_places(problem, grid)
    if places is not None:
        return gauss.pool(problem, gauss.expand_keys(problem, grid, places))
    ordered = sort_keys(problem.keys, problem.columns)
    windows = find_windows(problem, ordered)
    few = windows.lengths <= MANY_PAIRS
    chosen = few.nonzero().squeeze(-1)
    out.put(chosen, windowed.pool_windows(problem.of(chosen), ordered, windows.of(chosen)))
    if not bool(few.all()):
        chosen = (~few).nonzero().squeeze(-1)
        rest = problem.of(chosen)
        places = sparse_places(rest, ordered, grid)
        out.put(chosen, gauss.pool(rest, gauss.expand_keys(rest, grid, places)))
    return out


def lay_grid(problem: NumericProblem) -> gauss.Grid | None:
    """Bins over the keys of a problem; None where floating-point numbers are too far apart."""
    low, high = (float(x) for x in problem.keys.aminmax())
    first, last = (float(x) for x in problem.queries.aminmax())
    points = len(problem.keys) + len(problem.queries)
    return gauss.make_grid((low, high), (first, last), len(problem.keys), points, problem.w)


def dense_places(problem: NumericProblem, grid: gauss.Grid) -> gauss.Places | None:
    """Places for all bins from which queries are answered; None where those are too many."""
    ends = torch.cat([torch.stack(x.aminmax()) for x in (problem.keys, problem.queries)])
    low, high, first, last = grid.bins(ends).tolist()
    points = len(problem.keys) + len(problem.queries)
    bottom = min(low, max(first, low - grid.reach))
    top = max(high, min(last, high + grid.reach))
    if (top - bottom) * _POINTS_A_BIN <= points or top - bottom < 3 * grid.reach:
        return gauss.dense(bottom, top)
    return None


def sparse_places(problem: NumericProblem, ordered: SortedKeys, grid: gauss.Grid) -> gauss.Places:
    """Places for the bins of the queries and for all others within their reach."""
    bins = torch.unique(grid.bins(problem.queries))
    occupied = torch.unique_consecutive(grid.bins(ordered.keys))
    # Only the bins of these queries have all their neighbours.
    return gauss.sparse(_near(occupied, bins, grid.reach), grid.reach)


def _near(bins: Tensor, targets: Tensor, reach: int) -> Tensor:
    """The targets and those of the bins within reach of one, sorted."""
    after = torch.searchsorted(targets, bins - reach)
    near = (after < len(targets)) & (targets[after.clamp(max=len(targets) - 1)] <= bins + reach)
    numbers: Tensor = torch.unique(torch.cat([bins[near], targets]))
    return numbers
