"""Local lines and parabolas: kernel-weighted least squares about each query, in time O(q + k).

The prediction is the value at the query of the polynomial of degree p that is nearest to the
values, weighted by the kernel. In u = x − xᵢ it is made of the sums Σ K u^j, j ≤ 2p, and
Σ K u^j y, j ≤ p, which `gauss` and `prefix` know together with how far they may be wrong. What that
means for a fit depends on how well its window determines it; the fits that the sums cannot promise
are made from the pairs in reach, by `nodes`.

References
----------
Stone (1977), "Consistent nonparametric regression"; Cleveland (1979), "Robust locally weighted
regression and smoothing scatterplots"; Fan and Gijbels (1996), "Local Polynomial Modelling and Its
Applications".
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from nwcore.kernels import Kernel
from nwcore.methods import gauss, linear, nodes, prefix
from nwcore.methods.answers import progress_bar
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.ordered import (
    LEAST_EXPONENT,
    NEGLIGIBLE,
    SortedKeys,
    Windows,
    find_windows,
    reach_of,
    sort_keys,
    windows_within,
)
from nwcore.methods.orders import OrderSums
from nwcore.methods.windowed import SMALL

# Largest relative error of a prediction from sums, and of a sum of squared weights.
TOLERANCE = 1e-12
_SQUARES_TOLERANCE = 1e-11
# Beyond this, cancellation in a fit's determinant costs more digits than the tolerance leaves.
_LARGEST_LOSS = 300.0
# The largest block of pairs held at once.
_BLOCK = 2**17


@dataclass(frozen=True)
class LocalFits:
    """Local fits at q queries.

    Attributes
    ----------
    predictions : Tensor, shape (c, q), float64
        NaN where no key is in reach.
    derivatives : Tensor, shape (c, q), or None
        Those of the predictions in w.
    squares : Tensor, shape (q,)
        Σ lᵢ², lᵢ the weight of each value in the prediction, where they are wanted, else 0.
    own : Tensor, shape (q,)
        What the value of a key at the query weighs; of queries that are keys.
    places : Tensor, shape (q,), int64
        Different places of keys in reach, counted up to the degree and one more.
    answered : Tensor, shape (q,), bool
    """

    predictions: Tensor
    derivatives: Tensor | None
    squares: Tensor
    own: Tensor
    places: Tensor
    answered: Tensor

    def put(self, chosen: Tensor, part: "LocalFits") -> None:
        """Take over the fits at the chosen queries, whose numbers are given, (n,) int64."""
        self.predictions[:, chosen] = part.predictions
        self.squares[chosen] = part.squares
        self.own[chosen] = part.own
        self.places[chosen] = part.places
        self.answered[chosen] = part.answered
        if self.derivatives is not None and part.derivatives is not None:
            self.derivatives[:, chosen] = part.derivatives


def no_fits(problem: NumericProblem) -> LocalFits:
    """No fit made yet."""
    c, q = problem.n_columns, len(problem.queries)
    numbers = problem.queries.new_zeros
    return LocalFits(
        numbers(c, q),
        numbers(c, q) if problem.derivatives else None,
        numbers(q),
        numbers(q),
        torch.zeros(q, dtype=torch.int64),
        torch.zeros(q, dtype=torch.bool),
    )


# From sums ----------------------------------------------------------------------------------------


def fit_linear(problem: NumericProblem, degree: int, *, squares: bool = False) -> LocalFits:
    """Fit at all queries in time O(q + k), as `linear` pools."""
    if linear.spans_too_much(problem):
        return fit_windowed(problem, degree, squares=squares)
    scaled, scales = linear.scale_columns(linear.with_support(problem))
    out = no_fits(problem)
    sums = _sum(scaled, degree)
    squared = _sum(_squared(scaled), degree) if squares else repeat(None)
    if sums is not None and squared is not None:
        for (part, each), square in zip(sums, squared, strict=False):  # both in one order
            out.put(part, solve(scaled.of(part), each, degree, square and square[1]))
    linear.undo_scales(scales, out.predictions, out.derivatives)
    if not bool(out.answered.all()):
        chosen = (~out.answered).nonzero().squeeze(-1)
        out.put(chosen, fit_windowed(problem.of(chosen), degree, squares=squares))
    return out


def _sum(problem: NumericProblem, degree: int) -> Iterable[tuple[Tensor, OrderSums]] | None:
    """The sums that fits of the degree need, some queries at a time, with their numbers.

    None where none can be had.
    """
    orders = (2 * degree, degree)
    if not problem.kernel.squared_exponential:
        ordered = sort_keys(problem.keys, problem.columns)
        return prefix.sum_orders(problem, ordered, orders, gauss.QUERY_SLICE)
    grid = linear.lay_grid(problem)
    if grid is None:
        return None
    places = linear.dense_places(problem, grid)
    if places is None:
        ordered = sort_keys(problem.keys, problem.columns)
        few = find_windows(problem, ordered).lengths <= linear.MANY_PAIRS
        if bool(few.all()):
            return None
        places = linear.sparse_places(problem.of((~few).nonzero().squeeze(-1)), ordered, grid)
    return gauss.sum_orders(problem, grid, places, orders)


def _squared(problem: NumericProblem) -> NumericProblem:
    """The problem whose kernel is K², without values: Σ K² u^j."""
    kernel = problem.kernel
    plain = replace(problem, columns=problem.columns[:1], self_terms=None, derivatives=False)
    if kernel.squared_exponential:
        return replace(plain, w=math.sqrt(2) * problem.w)
    return replace(plain, kernel=squared_kernel(kernel))


def squared_kernel(kernel: Kernel) -> Kernel:
    """K², of a kernel with a polynomial."""
    assert kernel.polynomial is not None
    return replace(
        kernel,
        value=lambda u: kernel.value(u) ** 2,
        derivative=None,
        polynomial=tuple(np.convolve(kernel.polynomial, kernel.polynomial).tolist()),
    )


def solve(
    problem: NumericProblem, sums: OrderSums, degree: int, squared: OrderSums | None
) -> LocalFits:
    """Make fits of sums, where these determine them well enough."""
    if problem.self_terms is not None:
        sums = sums.without(problem.self_terms)
    out = no_fits(problem)
    total = sums.keys[0].masked_fill(~(sums.keys[0] > 0), 1.0)
    moments = sums.keys[1 : 2 * degree + 1] / total  # (2 degree, q)
    inverse, loss = _invert(moments, degree)
    averages = sums.values[: degree + 1] / total  # (degree + 1, c, q)
    first = inverse[0]  # (degree + 1) of (q,): the fit's weights are K Σⱼ first[j] u^j / total
    predictions = sum(row * average for row, average in zip(first, averages, strict=True))
    coefficients = [
        sum(row * average for row, average in zip(rows, averages, strict=True)) for rows in inverse
    ]
    # To first order, f = Σⱼ firstⱼ Tⱼ is wrong by Σⱼ firstⱼ (δTⱼ − Σₖ δSⱼ₊ₖ coefficientₖ).
    error = torch.zeros_like(predictions)
    key_error = torch.zeros_like(total)
    for j, row in enumerate(first):
        wrong = sums.value_errors[j]
        for k, coefficient in enumerate(coefficients):
            wrong = wrong + coefficient.abs() * sums.key_errors[j + k]
        error = error + row.abs() * wrong
        key_error = key_error + row.abs() * sums.key_errors[j]
    sure = (error <= TOLERANCE * first[0] * sums.least[1:]).all(0)
    sure &= key_error <= TOLERANCE * first[0] * sums.least[0]
    sure &= sums.answered & (sums.keys[0] > 0) & (loss <= _LARGEST_LOSS)
    out.predictions[:] = predictions
    out.own[:] = first[0] * sums.peak / total
    out.places[:] = degree + 1
    if out.derivatives is not None and problem.w > 0:
        assert sums.key_changes is not None
        assert sums.value_changes is not None
        for j in range(degree + 1):
            change = sums.value_changes[j]
            for k, coefficient in enumerate(coefficients):
                change = change - sums.key_changes[j + k] * coefficient
            out.derivatives[:] += first[j] * change / (total * problem.w)
    if squared is not None:
        # In units of √2 u for a Gaussian.
        unit = math.sqrt(0.5) if problem.kernel.squared_exponential else 1.0
        wrong = torch.zeros_like(total)
        for j in range(degree + 1):
            for k in range(degree + 1):
                weight = first[j] * first[k] * unit ** (j + k)
                out.squares[:] += weight * squared.keys[j + k]
                wrong = wrong + weight.abs() * squared.key_errors[j + k]
        sure &= squared.answered
        sure &= wrong <= _SQUARES_TOLERANCE * out.squares
        out.squares[:] *= (sums.peak / total) ** 2 / squared.peak
    out.answered[:] = sure
    return out


def _invert(moments: Tensor, degree: int) -> tuple[list[list[Tensor]], Tensor]:
    """Inverse of the matrix of moments mᵢ₊ⱼ, m₀ = 1, and how often larger its terms are.

    Not a number, or infinite, where it has none.
    """
    if degree == 0:
        one = torch.ones(moments.shape[1:], dtype=torch.float64)
        return [[one]], one
    if degree == 1:
        m1, m2 = moments
        determinant = m2 - m1**2
        a, b, c = m2 / determinant, -m1 / determinant, 1 / determinant
        return [[a, b], [b, c]], (m2 + m1**2) / determinant
    m1, m2, m3, m4 = moments
    c00, c01, c02 = m2 * m4 - m3**2, m2 * m3 - m1 * m4, m1 * m3 - m2**2
    c11, c12, c22 = m4 - m2**2, m1 * m2 - m3, m2 - m1**2
    determinant = c00 + m1 * c01 + m2 * c02
    size = (
        m2 * m4
        + m3**2
        + m1.abs() * ((m2 * m3).abs() + (m1 * m4).abs())
        + m2 * ((m1 * m3).abs() + m2**2)
    )
    rows = [[c00, c01, c02], [c01, c11, c12], [c02, c12, c22]]
    inverse = [[entry / determinant for entry in row] for row in rows]
    return inverse, torch.where(determinant > 0, size / determinant, torch.inf)


# From pairs ---------------------------------------------------------------------------------------


def fit_windowed(problem: NumericProblem, degree: int, *, squares: bool = False) -> LocalFits:
    """Fit at all queries from the pairs in reach."""
    ordered = sort_keys(problem.keys, problem.columns)
    out, sizes = _fit_in_blocks(problem, ordered, degree, squares, everything=False)
    if problem.kernel.squared_exponential:
        largest = ordered.columns[1:].abs().amax(1)[:, None]  # (c, 1)
        small = (sizes < SMALL * largest).any(0)
        if bool(small.any()):
            chosen = small.nonzero().squeeze(-1)
            rest, _ = _fit_in_blocks(problem.of(chosen), ordered, degree, squares, everything=True)
            out.put(chosen, rest)
    return out


def find_local_windows(
    problem: NumericProblem, ordered: SortedKeys, degree: int, *, everything: bool = False
) -> Windows:
    """Find the keys that count for a fit: those that do beside its degree + 1 nearest places."""
    keys, queries, kernel = ordered.keys, problem.queries, problem.kernel
    n = len(keys)
    above = torch.searchsorted(keys, queries)
    index = above[:, None] + torch.arange(-degree - 2, degree + 3)  # (q, candidates)
    valid = (index >= 0) & (index < n)
    index = index.clamp(0, n - 1)
    if problem.self_terms is not None:
        alone = ordered.columns[0][index] <= problem.self_terms[0][:, None]
        valid &= ~((keys[index] == queries[:, None]) & alone)
    distance = (queries[:, None] - keys[index]).abs().masked_fill(~valid, torch.inf)
    sorted_distance, rank = distance.sort(dim=-1)
    nearest = index.gather(1, rank[:, :1]).squeeze(-1)
    if kernel.squared_exponential:
        gaps = keys[index].diff(dim=-1)
        gaps = gaps.masked_fill(gaps == 0, torch.inf).amin(-1)
        span = keys[-1] - keys[0]
        exponent = math.log(float(ordered.columns[0].sum()) / NEGLIGIBLE)
        if everything:
            exponent += LEAST_EXPONENT
        # Beside places that nearly coincide, what is far counts by so much more.
        powers = 2 * degree * torch.log((span / gaps).clamp(min=1))
        radius = (2 * (exponent + powers)).sqrt() * reach_of(1.0, problem.w)
        reach = torch.hypot(sorted_distance[:, degree], radius)
    else:
        reach = torch.full_like(queries, reach_of(kernel.support, problem.w))
    return windows_within(keys, queries, reach, nearest)


def _fit_in_blocks(
    problem: NumericProblem, ordered: SortedKeys, degree: int, squares: bool, *, everything: bool
) -> tuple[LocalFits, Tensor]:
    """Fits, and Σ |lᵢ yᵢ| of each, (c, q)."""
    windows = find_local_windows(problem, ordered, degree, everything=everything)
    out = no_fits(problem)
    sizes = torch.zeros_like(out.predictions)
    blocks = windows.blocks(_BLOCK)
    for block in progress_bar("pairs in reach", shown=problem.progress)(range(len(blocks))):
        rows = blocks[block]
        part, size = _fit_block(problem.of(rows), ordered, windows.of(rows), degree, squares)
        out.put(rows, part)
        sizes[:, rows] = size
    return out, sizes


def _fit_block(
    problem: NumericProblem, ordered: SortedKeys, windows: Windows, degree: int, squares: bool
) -> tuple[LocalFits, Tensor]:
    queries = problem.queries[:, None]  # (rows, 1)
    index = windows.start[:, None] + torch.arange(int(windows.lengths.max()))
    missing = index >= windows.stop[:, None]  # (rows, breadth)
    index = index.clamp(max=len(ordered.keys) - 1)
    keys = ordered.keys[index]
    itself = keys == queries
    columns = ordered.columns[:, index].masked_fill(missing, 0)  # (1 + c, rows, breadth)
    if problem.self_terms is not None:
        columns = columns - (itself & ~missing) * problem.self_terms[..., None]
        columns = columns.masked_fill(columns[0] <= 0, 0)
    counts, values = columns[0], columns[1:]
    pairs = nodes.Pairs(queries, keys, counts, ordered.keys[windows.nearest][:, None])
    w = torch.tensor(problem.w, dtype=torch.float64)
    fit = nodes.fit_nodes(pairs, w, problem.kernel, degree)
    weights = fit.weights
    out = no_fits(problem)
    out.predictions[:] = (weights * values).sum(-1).masked_fill(fit.places == 0, torch.nan)
    out.own[:] = (weights * itself).sum(-1)
    out.places[:] = fit.places
    out.answered[:] = True
    if squares:
        out.squares[:] = (counts * weights**2).sum(-1)
    if out.derivatives is not None and problem.w > 0:
        # Σ (∂ log Kᵢ/∂w) lᵢ times what is left of each value
        rest = values
        for dual, polynomial in fit.basis:
            rest = rest - (dual * values).sum(-1, keepdim=True) * (polynomial * counts)
        out.derivatives[:] = (fit.logarithmic * weights * rest).sum(-1) / problem.w
    return out, (weights * values).abs().sum(-1)
