"""Windowed pooling: the keys in reach of each query alone, exact, in time of the pairs in reach."""

from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore.kernels import LogDrop
from nwcore.methods.answers import Answers, no_answers, progress_bar
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.ordered import SortedKeys, Windows, find_windows, sort_keys
from nwcore.methods.scores import bounded, excess_and_total, relative_scores

# The largest block of pairs held at once.
_BLOCK = 2**19
# Below this share of the largest value, a prediction may feel keys left out for small weights.
SMALL = 1e-4


@dataclass(frozen=True)
class WindowSums:
    """Sums over the windows of q queries; those of a softmax are relative to the nearest key's.

    Attributes
    ----------
    nearest : Tensor, shape (q,), float64
        The nearest key.
    sums : Tensor, shape (m, q), float64
        Σ y K for each of the m columns.
    changes : Tensor, shape (m, q), float64, or None
        Σ y w ∂K/∂w, where derivatives are wanted.
    """

    nearest: Tensor
    sums: Tensor
    changes: Tensor | None

    def put(self, chosen: Tensor, part: "WindowSums") -> None:
        """Take over the sums of the chosen queries, whose numbers are given, (n,) int64."""
        self.nearest[chosen] = part.nearest
        self.sums[:, chosen] = part.sums
        if self.changes is not None and part.changes is not None:
            self.changes[:, chosen] = part.changes


def pool(problem: NumericProblem) -> Answers:
    """Answer all queries."""
    ordered = sort_keys(problem.keys, problem.columns)
    return pool_windows(problem, ordered, find_windows(problem, ordered))


def pool_windows(problem: NumericProblem, ordered: SortedKeys, windows: Windows) -> Answers:
    """Answer all queries from the keys in their windows."""
    found = sum_windows(problem, ordered, windows)
    out = no_answers(problem.n_columns, len(problem.queries), derivatives=problem.derivatives)
    total = found.sums[0]
    out.predictions[:] = found.sums[1:] / total  # 0/0, NaN, where no key is in reach
    if out.derivatives is not None and found.changes is not None and problem.w > 0:
        spread = found.changes[1:] - out.predictions * found.changes[0]
        out.derivatives[:] = spread / (total * problem.w)
    out.answered[:] = True
    return out


def sum_windows(problem: NumericProblem, ordered: SortedKeys, windows: Windows) -> WindowSums:
    """Sum over all windows, and over more where values are small beside those left out."""
    found = _sum_in_blocks(problem, ordered, windows)
    if problem.kernel.squared_exponential:
        largest = ordered.columns[1:].abs().amax(1)[:, None]  # (c, 1)
        small = (found.sums[1:].abs() < SMALL * largest * found.sums[0]).any(0)
        if bool(small.any()):
            chosen = small.nonzero().squeeze(-1)
            rest = problem.of(chosen)
            wide = find_windows(rest, ordered, everything=True)
            found.put(chosen, _sum_in_blocks(rest, ordered, wide))
    return found


def _sum_in_blocks(problem: NumericProblem, ordered: SortedKeys, windows: Windows) -> WindowSums:
    m, q = len(ordered.columns), len(problem.queries)
    sums = problem.queries.new_zeros(m, q)
    out = WindowSums(
        ordered.keys[windows.nearest], sums, sums.clone() if problem.derivatives else None
    )
    blocks = windows.blocks(_BLOCK)
    for block in progress_bar("pairs in reach", shown=problem.progress)(range(len(blocks))):
        rows = blocks[block]
        out.put(rows, _sum_block(problem.of(rows), ordered, windows.of(rows)))
    return out


def _sum_block(problem: NumericProblem, ordered: SortedKeys, windows: Windows) -> WindowSums:
    queries = problem.queries[:, None]  # (rows, 1)
    sums = queries.new_zeros(len(ordered.columns), len(queries))
    changes = torch.zeros_like(sums) if problem.derivatives else None
    nearest = ordered.keys[windows.nearest]
    longest = int(windows.lengths.max())
    breadth = min(longest, _BLOCK)
    for first in range(0, longest, breadth):
        index = windows.start[:, None] + torch.arange(first, min(first + breadth, longest))
        missing = index >= windows.stop[:, None]  # (rows, breadth)
        index = index.clamp(max=len(ordered.keys) - 1)
        columns = [row[index].masked_fill_(missing, 0) for row in ordered.columns]
        if problem.self_terms is not None:
            itself = index == torch.searchsorted(ordered.keys, problem.queries)[:, None]
            for column, terms in zip(columns, problem.self_terms, strict=True):
                column -= itself * terms[:, None] * ~missing
            missing |= columns[0] == 0
        keys = ordered.keys[index]  # (rows, breadth)
        similarity, change = _similarity(problem, queries, keys, nearest[:, None])
        similarity = similarity.masked_fill_(missing, 0)
        for row, column in enumerate(columns):
            sums[row] += (similarity * column).sum(-1)
        if changes is not None and change is not None:
            change = change.masked_fill_(missing, 0)
            for row, column in enumerate(columns):
                changes[row] += (change * column).sum(-1)
    return WindowSums(nearest, sums, changes)


def _similarity(
    problem: NumericProblem, queries: Tensor, keys: Tensor, nearest: Tensor
) -> tuple[Tensor, Tensor | None]:
    """K and, where derivatives are wanted, w ∂K/∂w of queries (q, 1) and keys (q, k)."""
    kernel = problem.kernel
    if kernel.squared_exponential:
        scores = relative_scores(queries, keys, nearest, problem.w)
        similarity = torch.exp(scores)
        # A query's self term, which is left out later, may be beyond all numbers.
        return similarity, 2 * scores * similarity if problem.derivatives else None
    if kernel.log_drop is not None:
        return _relative_similarity(
            kernel.log_drop,
            *excess_and_total(queries, keys, nearest, problem.w),
            derivatives=problem.derivatives,
        )
    u = bounded((queries - keys) * problem.w)
    if not problem.derivatives:
        return kernel.value(u), None
    assert kernel.derivative is not None  # the caller has refused such a problem
    return kernel.value(u), u * kernel.derivative(u)


def _relative_similarity(
    log_drop: LogDrop, excess: Tensor, total: Tensor, *, derivatives: bool
) -> tuple[Tensor, Tensor | None]:
    """K/K₀ and, where wanted, w ∂(K/K₀)/∂w; K₀ is that of the nearest key."""
    if not derivatives:
        return torch.exp(-log_drop(excess, total)), None
    with torch.enable_grad():
        parts = excess.requires_grad_(), total.requires_grad_()
        drop = log_drop(*parts)
        slopes = torch.autograd.grad(drop.sum(), parts, allow_unused=True, materialize_grads=True)
    similarity = torch.exp(-drop.detach())
    # Both are proportional to w.
    steepness = excess.detach() * slopes[0] + total.detach() * slopes[1]
    return similarity, -steepness * similarity
