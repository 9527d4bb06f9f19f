"""Fast Gauss transform: sums of Gaussian kernels over all keys in time O(q + k), to rounding.

Keys and queries are sorted into bins. A query at scaled distance a from the centre of its bin and
a key at scaled distance b from the centre of its own, the two centres δ apart, have the kernel

    exp(−½(δ + a − b)²) = exp(−½a²) · exp(−½b²) · exp(−½δ² − δa + δb + ab).

The first factor is common to all keys of a query and leaves the ratio that attention pooling is;
the second belongs to the key; the third is a power series in a and b whose coefficients depend on
the two bins alone. So a bin of keys is known by its moments Σᵢ yᵢ exp(−½bᵢ²) bᵢ^q, and a query
reads its sum off a polynomial in a. Bins out of the kernel's reach are left out.

What is neglected is bounded bin by bin, against what the sum of kernels is at least
(`Expansion.trusted`); queries for which the bound does not hold must be answered by another method.

References
----------
Greengard and Strain (1991), "The fast Gauss transform", SIAM J. Sci. Stat. Comput. 12(1): 79–94,
which expands in Hermite functions; Yang, Duraiswami and Gumerov (2003), "Improved fast Gauss
transform and efficient kernel density estimation", ICCV, for plain moments with exp(ab) factored
out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nwcore.methods.answers import Answers, Progress, no_answers, progress_bar
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.orders import OrderSums

# Largest relative error that truncation and rounding may add to a sum of kernels.
TOLERANCE = 1e-13
# Roundings that a sum of kernels goes through, each relative to the terms' sizes.
_ROUNDINGS = 16
# What a translation between two bins may leave out.
_NEGLIGIBLE = 1e-18
# Keys and queries are taken in slices whose temporaries stay in the processor's cache.
_KEY_SLICE = 2**16
QUERY_SLICE = 2**14
_HIGHEST_STACK = 64
# Narrower bins need fewer terms for each key and query, but there are more of them. Each line:
# the points per scaled unit of length from which the choice is the fastest, the largest half
# width of a bin in scaled units, and the terms of the series.
_LAYOUTS = ((30_000, 1 / 16, 13), (4000, 1 / 8, 15), (500, 1 / 4, 19), (0, 1 / 2, 25))


@dataclass(frozen=True)
class Grid:
    """Bins on a line; bin i is centred at origin + i · spacing, in units of x.

    The spacing is a power of two and the origin a multiple of the last bit of the largest
    centre: every centre is a floating-point number, and a distance from it suffers one rounding.

    Attributes
    ----------
    origin, spacing : float
        In units of x.
    w : float
        Inverse bandwidth, not negative.
    n_terms : int
        Terms of the power series in a, and in b.
    reach : int
        Bins more than this many places apart do not interact.
    """

    origin: float
    spacing: float
    w: float
    n_terms: int
    reach: int

    @property
    def step(self) -> float:
        """Scaled distance of two neighbouring centres."""
        return self.spacing * self.w

    def bins(self, x: Tensor) -> Tensor:
        """Number of each x's bin, int64."""
        return torch.round((x - self.origin) / self.spacing).long()

    def offset(self, x: Tensor, bins: Tensor) -> Tensor:
        """Scaled distance of each x from the centre of its bin."""
        return (x - (bins.to(x.dtype) * self.spacing + self.origin)) * self.w


def make_grid(
    keys: tuple[float, float], queries: tuple[float, float], n_keys: int, n_points: int, w: float
) -> Grid | None:
    """Lay bins over the range of the keys; None where floating-point numbers are too far apart.

    Parameters
    ----------
    keys, queries : tuple of float
        Their lowest and highest.
    n_keys, n_points : int
        Number of keys, and of keys and queries.
    w : float
        Inverse bandwidth, not negative.
    """
    low, high = keys
    radius = math.sqrt(2 * math.log(10 * n_keys / TOLERANCE))
    density = n_points / max((high - low) * w, 1.0)
    half_width, n_terms = next(layout[1:] for layout in _LAYOUTS if density >= layout[0])
    # One bin for all is wide enough when the kernel is wider than the range.
    widest = max(high, queries[1]) - min(low, queries[0])
    if not math.isfinite(widest):
        return None
    exponent = math.frexp(widest)[1] + 1 if widest > 0 else 0
    if w > 0 and 2 * half_width / w < math.ldexp(1.0, min(exponent, 1023)):
        exponent = math.frexp(2 * half_width / w)[1] - 1
    if not -1000 <= exponent <= 1000:
        return None
    spacing = math.ldexp(1.0, exponent)
    step = spacing * w
    n_bins = widest / spacing + 2
    reach = math.ceil(min(radius / step, n_bins)) if step > 0 else math.ceil(n_bins)
    largest = max(abs(low), abs(high)) + (reach + 2) * spacing
    bit = math.ulp(largest)
    if bit > spacing:
        return None
    origin = round((low / 2 + high / 2) / bit) * bit
    return Grid(origin, spacing, w, n_terms, reach)


@dataclass(frozen=True)
class Moments:
    """Σ y exp(−½b²) b^q over the keys of every bin; those of two sets of keys add up.

    Attributes
    ----------
    sums : Tensor, shape (n_terms, m, n_places)
        Σᵢ yᵢ exp(−½bᵢ²) bᵢ^q over the keys of a bin, for q = 0, 1, … and each of m columns.
    sizes : Tensor, shape (m, n_places)
        Σᵢ |yᵢ|.
    outside : Tensor, shape (m,)
        Σᵢ |yᵢ| over the keys of all bins that have no place.
    """

    sums: Tensor
    sizes: Tensor
    outside: Tensor

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.sums + other.sums, self.sizes + other.sizes, self.outside + other.outside
        )


@dataclass(frozen=True)
class Places:
    """Places where the bins of a grid are stored: bin `first` + i in place i, or as `bins` lists.

    Attributes
    ----------
    first : int
        Number of the bin in place 0, when bins are stored without gaps.
    count : int
        Number of places.
    bins, places : Tensor or None
        Sorted numbers of the bins that are stored, and their places: neighbours within reach
        keep their distance, wider gaps are closed up.
    """

    first: int
    count: int
    bins: Tensor | None = None
    places: Tensor | None = None

    def find(self, bins: Tensor) -> Tensor:
        """Place of each bin; −1 for a bin that has none."""
        if self.bins is None or self.places is None:
            place = bins - self.first
            return place.masked_fill((place < 0) | (place >= self.count), -1)
        index = torch.searchsorted(self.bins, bins).clamp(max=len(self.bins) - 1)
        return self.places[index].masked_fill(self.bins[index] != bins, -1)


def dense(first: int, last: int) -> Places:
    """One place for every bin from `first` to `last`."""
    return Places(first, last - first + 1)


def sparse(bins: Tensor, reach: int) -> Places:
    """Places for sorted, distinct bins, with the gaps beyond reach closed up."""
    gaps = bins.diff(prepend=bins[:1]).clamp(max=reach + 1)
    places = gaps.cumsum(0)
    return Places(0, int(places[-1]) + 1, bins, places)


@dataclass(frozen=True)
class Stacks:
    """Points piled up in stacks of equal height, every stack from one bin; some are not full.

    Stacks are taken together much faster than points one by one, each with a look for its bin.

    Attributes
    ----------
    height : int
    place : Tensor, shape (n_stacks,), int64
        Of the bin of each stack.
    index : Tensor, shape (n,), int64
        Where each point lies in a flattened array of shape (height, n_stacks).
    """

    height: int
    place: Tensor
    index: Tensor

    def spread(self, x: Tensor) -> Tensor:
        """Lay numbers of the points, (m, n), into their stacks, (m, height, n_stacks), among 0."""
        stacked = x.new_zeros(len(x), self.height * len(self.place))
        for row, numbers in zip(stacked, x, strict=True):  # faster than all rows at once
            row.scatter_(0, self.index, numbers)
        return stacked.view(len(x), self.height, -1)

    def collect(self, stacked: Tensor) -> Tensor:
        """Take the points' numbers, (m, n), out of the stacks, (m, height, n_stacks)."""
        return torch.stack([row.flatten().index_select(0, self.index) for row in stacked])


def stack_up(place: Tensor) -> Stacks:
    """Pile up points whose bins have these places, (n,), at least one."""
    n = len(place)
    if int(place.max()) < 2**15:  # NumPy sorts short integers in linear time
        order = torch.from_numpy(np.argsort(place.to(torch.int16).numpy(), kind="stable"))
    else:
        order = torch.argsort(place, stable=True)
    ordered = place.index_select(0, order)
    starts = torch.ones_like(ordered, dtype=torch.bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    first = starts.nonzero().squeeze(-1)  # (n_bins,), of those that have points
    counts = first.diff(append=torch.tensor([n]))
    # No higher than the mean count: then at most half of all stacks' room stays empty.
    bits = min(_HIGHEST_STACK, n // len(first)).bit_length() - 1
    in_bin = (counts + (2**bits - 1)) >> bits  # stacks
    before = in_bin.cumsum(0) - in_bin
    filled = starts.cumsum(0) - 1  # (n,), among those that have points
    rank = torch.arange(n) - first.index_select(0, filled)
    stack = before.index_select(0, filled) + (rank >> bits)
    n_stacks = int(in_bin.sum())
    places = torch.repeat_interleave(ordered.index_select(0, first), in_bin)
    index = torch.empty_like(order)
    index.scatter_(0, order, (rank & (2**bits - 1)) * n_stacks + stack)
    return Stacks(2**bits, places, index)


def collect_moments(
    grid: Grid, places: Places, keys: Tensor, columns: Tensor, progress: Progress
) -> Moments:
    """Sum the keys of every bin.

    Parameters
    ----------
    keys : Tensor, shape (k,), float64
    columns : Tensor, shape (m, k), float64
        What each key adds to the m sums.
    """
    m, n_places = len(columns), places.count
    sums = keys.new_zeros(grid.n_terms, m, n_places)
    sizes = keys.new_zeros(m, n_places)
    outside = keys.new_zeros(m)
    # Summed slice by slice first: rounding then grows with the length of a slice, not with k.
    length = max(_KEY_SLICE, n_places)
    for start in progress(range(0, len(keys), length)):
        x = keys[start : start + length]
        part = columns[:, start : start + length]
        bins = grid.bins(x)
        place = places.find(bins)
        b = grid.offset(x, bins)
        if bool((place < 0).any()):
            inside = place >= 0
            outside += part[:, ~inside].abs().sum(1)
            place, b, part = place[inside], b[inside], part[:, inside]
        if len(place) == 0:
            continue
        stacks = stack_up(place)
        # All columns at once: column j of bin i has place i + j · n_places.
        targets = (stacks.place + n_places * torch.arange(m)[:, None]).reshape(-1)

        def total(terms: Tensor, targets: Tensor = targets) -> Tensor:
            in_stacks = terms.sum(1).reshape(-1)  # (m · n_stacks,)
            return torch.bincount(targets, in_stacks, minlength=m * n_places).view(m, -1)

        sizes += total(stacks.spread(part.abs()))
        terms = stacks.spread(part * torch.exp(-0.5 * b * b))  # (m, height, n_stacks)
        (b,) = stacks.spread(b[None])
        for power in range(grid.n_terms):
            sums[power] += total(terms)
            terms *= b
    return Moments(sums, sizes, outside)


@dataclass(frozen=True)
class Expansion:
    """Sums of kernels as a polynomial in each bin.

    Attributes
    ----------
    coefficients : Tensor, shape (n_terms, m, n_places)
        Σᵢ yᵢ K = exp(−½a²) Σ_p coefficient_p a^p.
    error : Tensor, shape (m, n_places)
        No sum of kernels in the bin is wrong by more than this.
    least : Tensor, shape (m, n_places)
        No Σᵢ |yᵢ| K in the bin is smaller than this.
    higher : tuple of Tensor, shape (m, n_places)
        What `error` is for each of Σᵢ yᵢ K u^j, j = 1, …, order.
    """

    coefficients: Tensor
    error: Tensor
    least: Tensor
    higher: tuple[Tensor, ...] = ()

    @property
    def trusted(self) -> Tensor:
        """Whether the sums of a bin keep the tolerance, shape (n_places,)."""
        return ((self.error <= TOLERANCE * self.least).all(0)) & (self.least[0] > 0)


def expand(grid: Grid, moments: Moments, order: int = 0) -> Expansion:
    """Turn moments about the centres of the keys' bins into polynomials about the queries'.

    With an `order` the polynomials have as many terms more, and the bounds hold for each of the
    sums Σᵢ yᵢ K u^j, j ≤ order, that `raise_order` makes of them.
    """
    n_terms, m, n_places = moments.sums.shape
    reach = min(grid.reach, n_places - 1)
    # Sizes and sums become bounds and polynomials in one product: row 0, and the first rows, are
    # those of the sizes and the bounds.
    known = torch.cat([moments.sizes[None], moments.sums])
    known = torch.nn.functional.pad(known, (reach, reach)).reshape(1 + n_terms, -1)
    width = known.shape[1] - 2 * reach
    n_bounds, n_rows = 2 + order, n_terms + order
    found = known.new_zeros(n_bounds + n_rows, known.shape[1])
    delta = grid.step * torch.arange(-reach, reach + 1, dtype=torch.float64)
    needed = _terms_needed(delta.abs(), grid.step / 2, n_terms, 2 + order)
    products = known.new_zeros(len(delta), n_bounds + n_rows, 1 + n_terms)
    products[:, :n_bounds, 0] = _bounds(delta.abs(), grid.step / 2, needed, order)
    products[:, n_bounds:, 1:] = _translations(delta, n_terms, n_rows)
    for place, terms in enumerate(needed.long().tolist()):
        # Keys in bin j act on queries in bin j + shift: their centres are δ = shift · step apart.
        source = 2 * reach - place
        rows = n_bounds + terms + order
        found[:rows, :width].addmm_(
            products[place, :rows, : 1 + terms],
            known[: 1 + terms, source : source + width],
        )
    found = found.view(n_bounds + n_rows, m, -1)[..., :n_places].contiguous()
    least, coefficients = found[1], found[n_bounds:]
    # What is left out is at least reach · step away; fewer places than that are all in reach.
    far = moments.outside
    if reach == grid.reach:
        far = far + moments.sizes.sum(-1)
    edge = grid.reach * grid.step
    far = far[:, None] * math.exp(-0.5 * edge**2)
    error = found[0] + far
    # Beyond u² = j, K |u|^j falls.
    higher = tuple(found[1 + j] + far * max(1.0, edge) ** j for j in range(1, order + 1))
    return Expansion(coefficients, error, least, higher)


def raise_order(coefficients: Tensor, order: int) -> list[Tensor]:
    """Coefficients of the polynomials that Σ y K u^j / exp(−½a²) are, for j = 0, …, order.

    With u = x − xᵢ, in scaled units, d/da Σ y K u^j = Σ y K (j u^(j − 1) − u^(j + 1)), so that the
    polynomials follow Q_(j + 1) = a Q_j − Q_j′ + j Q_(j − 1).
    """
    powers = torch.arange(1.0, len(coefficients), dtype=torch.float64)[:, None, None]
    raised = [coefficients]
    for j in range(order):
        following = torch.zeros_like(coefficients)
        following[1:] = raised[-1][:-1]
        following[:-1] -= powers * raised[-1][1:]
        if j > 0:
            following += j * raised[-2]
        raised.append(following)
    return raised


def _translations(delta: Tensor, n_terms: int, n_rows: int | None = None) -> Tensor:
    """Coefficients of a^p b^q in exp(−½δ² − δa + δb + ab), shape (n_deltas, p, q).

    There are `n_terms` powers of b, and as many or `n_rows` of a.
    """
    n_rows = n_terms if n_rows is None else n_rows
    order = torch.arange(n_rows, dtype=torch.float64)
    factorial = order.clamp(min=1).cumprod(0)
    lag = (order[:, None] - order).clamp(min=0)  # (p, j)
    # δ^(q − j)/(q − j)! for q ≥ j, and the same of −δ
    powers = delta[:, None] ** order / factorial  # (n_deltas, n_rows)
    toward_b = powers[:, lag.long()].tril()  # (n_deltas, q, j)
    toward_a = toward_b * (-1.0) ** lag  # (n_deltas, p, j)
    bell = torch.exp(-0.5 * delta**2)[:, None, None]
    return bell * (toward_a / factorial) @ toward_b[:, :n_terms].transpose(1, 2)


def _truncation(delta: Tensor, half_width: float, n_terms: Tensor) -> Tensor:
    """Largest value of what a series of so many terms leaves out, for centres δ ≥ 0 apart.

    The terms left out have a power p ≥ P of a or q ≥ P of b. With |a|, |b| ≤ r they sum to no more
    than 2 exp(−½δ² + δr) Σ_{q ≥ P} z^q/q!, z = (δ + r) r, a series that a geometric one bounds.
    """
    z = (delta + half_width) * half_width
    exponent = -0.5 * delta**2 + delta * half_width - torch.lgamma(n_terms + 1)
    return 2 * torch.exp(exponent) * z**n_terms / (1 - z / (n_terms + 1)).clamp(min=1e-3)


def _terms_needed(delta: Tensor, half_width: float, n_terms: int, spare: int = 2) -> Tensor:
    """Terms, up to `n_terms`, that leave out nothing that counts: fewer for bins farther apart.

    Some to spare, two more than the sums of kernels need: derivatives in w are made of second
    derivatives, which lose two.
    """
    choices = torch.arange(2, n_terms - spare, dtype=torch.float64)[:, None]
    negligible = _truncation(delta, half_width, choices) <= _NEGLIGIBLE  # (n_choices, n_deltas)
    return n_terms - negligible.sum(0).double()


def _bounds(delta: Tensor, half_width: float, n_terms: Tensor, order: int = 0) -> Tensor:
    """Largest error, and smallest value, of the kernel between two bins whose centres are δ apart.

    Behind them the largest errors of K u^j, j = 1, …, order.

    Shape (n_deltas, 2 + order).
    Rounding is relative to the sizes of the terms, whose sum is at most exp(−½δ² + 2δr + r²). The
    exponent ½δ² is rounded too: δ once, which counts twice, and its square once.
    """
    # A derivative loses a term, and so does each step of `raise_order`.
    truncation = _truncation(delta, half_width, n_terms - order)
    rounding = torch.exp(-0.5 * delta**2 + 2 * delta * half_width + half_width**2)
    smallest = torch.exp(-0.5 * (delta + 2 * half_width) ** 2)
    roundings = _ROUNDINGS + 1.5 * delta**2
    eps = torch.finfo(torch.float64).eps
    bounds = [truncation + roundings * eps / 2 * rounding, smallest]
    # What is left out, a power of a, and each of its derivatives grow by |u| ≤ δ + 2r a step.
    growth, before = torch.ones_like(delta), torch.zeros_like(delta)
    for j in range(1, order + 1):
        growth, before = (delta + 2 * half_width) * growth + (j - 1) * before, growth
        bounds.append(growth * (truncation + (roundings + 3 * j) * eps / 2 * rounding))
    return torch.stack(bounds, dim=1)


@dataclass(frozen=True)
class Table:
    """Polynomials from which queries are answered: an expansion, and where its bins are.

    Attributes
    ----------
    grid : Grid
    places : Places
    expansion : Expansion
    """

    grid: Grid
    places: Places
    expansion: Expansion


def expand_keys(problem: NumericProblem, grid: Grid, places: Places, order: int = 0) -> Table:
    """Make the table of all keys of a problem; for an `order`, see `expand`."""
    progress = progress_bar("keys", shown=problem.progress)
    moments = collect_moments(grid, places, problem.keys, problem.columns, progress)
    return Table(grid, places, expand(grid, moments, order))


def pool(problem: NumericProblem, table: Table) -> Answers:
    """Answer all queries that the table can be trusted with; its keys are those of the problem."""
    grid, expansion = table.grid, table.expansion
    out = no_answers(problem.n_columns, len(problem.queries), derivatives=problem.derivatives)
    trusted = expansion.trusted
    progress = progress_bar("queries", shown=problem.progress)
    for start in progress(range(0, len(problem.queries), QUERY_SLICE)):
        part = slice(start, start + QUERY_SLICE)
        queries = problem.queries[part]
        bins = grid.bins(queries)
        place = table.places.find(bins)
        a = grid.offset(queries, bins)
        answered = place >= 0
        place = place.clamp(min=0)
        answered &= trusted.index_select(0, place)
        values, second = _polynomial(
            expansion.coefficients, place, a, second=problem.derivatives
        )  # (m, length)
        if problem.self_terms is not None:
            terms = problem.self_terms[:, part]
            lift = torch.exp(0.5 * a * a)  # the sums lack the factor exp(−½a²)
            values = values - terms * lift
            answered &= _still_trusted(expansion, place, terms, values[0] / lift)
        total = values[0].masked_fill(~answered, 1.0)
        predictions = values[1:] / total
        out.predictions[:, part] = predictions
        if out.derivatives is not None and grid.w > 0:
            # Σ u² K (y − f): a self term, at u = 0, adds nothing
            spread = second[1:] - predictions * second[0]
            out.derivatives[:, part] = -spread / (total * grid.w)
        out.answered[part] = answered
    return out


def sum_orders(
    problem: NumericProblem, grid: Grid, places: Places, orders: tuple[int, int]
) -> Iterator[tuple[Tensor, OrderSums]]:
    """Sums of all orders of u up to the first of `orders`, up to the second of those with values.

    Some queries at a time, with their numbers, (n,) int64. Self terms are not left out.
    """
    highest, m = orders[0], len(problem.columns)
    # What derivatives need beyond a fit itself, two orders, has no bounds.
    above = 2 if problem.derivatives else 0
    table = expand_keys(problem, grid, places, highest)
    expansion = table.expansion
    raised = raise_order(expansion.coefficients, highest + above)
    n_keys, n_values = highest + above + 1, orders[1] + 1
    rows = [each[:, :1] for each in raised]
    rows += [each[:, 1:] for each in raised[: n_values + above]]
    coefficients = torch.cat(rows, dim=1)  # (n_terms, sums, n_places)
    errors = [expansion.error, *expansion.higher]  # highest + 1 of (m, n_places)
    bounds = torch.cat(
        [expansion.least, *(e[:1] for e in errors), *(e[1:] for e in errors[:n_values])]
    )
    progress = progress_bar("queries", shown=problem.progress)
    for start in progress(range(0, len(problem.queries), QUERY_SLICE)):
        queries = problem.queries[start : start + QUERY_SLICE]
        bins = grid.bins(queries)
        place = table.places.find(bins)
        a = grid.offset(queries, bins)
        answered = place >= 0
        place = place.clamp(min=0)
        sums, _ = _polynomial(coefficients, place, a, second=False)
        lift = torch.exp(0.5 * a * a)  # the sums lack the factor exp(−½a²)
        keys, values = sums[:n_keys], sums[n_keys:].view(n_values + above, m - 1, len(a))
        known = bounds.index_select(1, place) * lift
        least, key_errors, value_errors = torch.split(known, [m, highest + 1, n_values * (m - 1)])
        yield (
            torch.arange(start, start + len(queries)),
            OrderSums(
                keys,
                values,
                -keys[2:] if problem.derivatives else None,  # w ∂K/∂w = −u² K
                -values[2:] if problem.derivatives else None,
                lift,
                key_errors,
                value_errors.view(n_values, m - 1, len(a)),
                least,
                answered,
            ),
        )


def _still_trusted(expansion: Expansion, place: Tensor, terms: Tensor, total: Tensor) -> Tensor:
    """Whether the sums of the other keys keep the tolerance, shape (q,)."""
    keeps = expansion.error[0, place] <= TOLERANCE * total
    for row in range(1, len(terms)):
        size = terms[row].abs()
        least = (expansion.least[row, place] - size).clamp(min=0) + size * total
        keeps &= expansion.error[row, place] <= TOLERANCE * least
    return keeps


def _polynomial(
    coefficients: Tensor, place: Tensor, a: Tensor, *, second: bool
) -> tuple[Tensor, Tensor]:
    """Q = Σ_p coefficients[p, :, place] a^p and, with `second`, Q″ − 2aQ′ + a²Q, which is Σ u² K.

    Both (m, q).
    """
    stacks = stack_up(place)
    (a,) = stacks.spread(a[None])  # (height, n_stacks)
    rows = coefficients.index_select(-1, stacks.place).unsqueeze(-2).unbind()  # (m, 1, n_stacks)
    value = rows[-1].expand(-1, *a.shape)
    if not second:
        for row in reversed(rows[:-1]):
            value = torch.addcmul(row, value, a)
        value = stacks.collect(value)
        return value, value
    first = torch.zeros_like(value)
    half_second = torch.zeros_like(value)
    for row in reversed(rows[:-1]):
        half_second = torch.addcmul(first, half_second, a)
        first = torch.addcmul(value, first, a)
        value = torch.addcmul(row, value, a)
    spread = 2 * half_second + a * (a * value - 2 * first)
    return stacks.collect(value), stacks.collect(spread)
