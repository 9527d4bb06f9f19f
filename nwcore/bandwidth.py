"""Choose the bandwidth: the leave-one-out loss of every w in closed form, and rules of thumb.

No model is fitted twice: a prediction without its own point is the sum over all points less one
term. `w` is the inverse bandwidth, the bandwidth is h = 1/w.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from nwcore._checks import (
    check_float_tensor,
    check_integer,
    check_number,
    check_training_pairs,
)
from nwcore._pieces import Candidate, find_candidates
from nwcore.kernels import Kernel, get_kernel
from nwcore.local import check_degree, local_leave_one_out_loss
from nwcore.methods.answers import progress_bar
from nwcore.methods.numeric import value_and_derivative
from nwcore.pooling import leave_one_out_step

# Up to so many points, all pieces of a compact kernel's loss are looked at.
ALL_PIECES_UP_TO = 100
# The norm of the errors of n points is known to this times √n, where values are of size 1: in
# sums of few terms, and as `nwcore.attention_pooling` promises for any.
_FEW_TERMS = 16 * torch.finfo(torch.float64).eps
_FAST_SUMS = 1e-12
# A minimum this flat, relatively, is a place; a wider one is a plateau, which has a middle.
_PLATEAU = 1e-6
# For a range of the inputs of 1: below the first w the loss is that of the plain average to the
# last digit, and a w above the second is not asked for.
_AVERAGE, _LARGEST = 1e-9, 1e300


# Steps of the grid are parted where the loss may turn twice inside, up to so many times; it may
# where the derivative seems to fall below this part of what it is at both ends.
_HALVINGS = 4
_NEAR = 0.5

_Place = tuple[float, float, float]  # w, loss, derivative


def _compact_power(kernel: Kernel) -> int | None:
    """The p of a kernel c (1 − |u|^p) on |u| ≤ 1, 0 for the boxcar; None for any other."""
    if kernel.support != 1 or kernel.polynomial is None:
        return None
    peak, *middle = kernel.polynomial
    if not middle:
        return 0
    *between, last = middle
    return len(middle) if last == -peak and not any(between) else None


@dataclass(frozen=True)
class LeaveOneOutCurve:
    """Leave-one-out loss as a function of w.

    Attributes
    ----------
    w : Tensor, shape (m,), in units of 1/x
        Inverse bandwidths.
    losses : Tensor, shape (m,), in units of y²
        Sum of squared leave-one-out errors at each.
    derivatives : Tensor, shape (m,), in units of x y²
        Derivatives of the losses in w; 0 for the boxcar, whose loss is a step function.
    """

    w: Tensor
    losses: Tensor
    derivatives: Tensor


def leave_one_out_curve(
    x_train: Tensor,
    y_train: Tensor,
    w: Tensor,
    kernel: str = "gaussian",
    *,
    progress: bool = False,
) -> LeaveOneOutCurve:
    """Leave-one-out loss, and its derivative in w, at every one of many w.

    Each takes time and memory that grow with n, not with n².

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs, of one dtype.
    w : Tensor, shape (m,)
        Inverse bandwidths, in units of 1/x.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    LeaveOneOutCurve
        Of the dtype of `x_train`.

    Raises
    ------
    TypeError, ValueError
        As for `nwcore.leave_one_out_loss`; also if `w` is not a finite float vector.

    Examples
    --------
    >>> x, y = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([2.0, 5.0, 11.0])
    >>> leave_one_out_curve(x, y, torch.tensor([0.0, 1000.0])).losses
    tensor([94.5000, 54.0000])
    """
    check_training_pairs(x_train, y_train)
    check_float_tensor("w", w, ndims=(1,))
    pairs = _evaluate(x_train, y_train, w.detach().tolist(), kernel, progress)
    losses, derivatives = zip(*pairs, strict=True)
    dtype = x_train.dtype
    return LeaveOneOutCurve(
        w.detach().to(dtype),
        torch.tensor(losses, dtype=dtype),
        torch.tensor(derivatives, dtype=dtype),
    )


def _evaluate(
    x: Tensor, y: Tensor, w: list[float], kernel: str, progress: bool, degree: int = 0
) -> list[tuple[float, float]]:
    places = progress_bar("bandwidths", shown=progress)(range(len(w)))
    return [_loss_and_derivative(x, y, w[place], kernel, degree) for place in places]


def _loss_and_derivative(
    x: Tensor, y: Tensor, w: float, kernel: str, degree: int
) -> tuple[float, float]:
    if not degree:
        return leave_one_out_step(x, y, w, kernel)
    x, y = x.detach(), y.detach()
    return value_and_derivative(lambda at: local_leave_one_out_loss(x, y, at, degree, kernel), w)


@dataclass(frozen=True)
class BandwidthSearch:
    """What a search for the bandwidth with the least leave-one-out loss found.

    Attributes
    ----------
    w : float, in units of 1/x
        The inverse bandwidth with the least loss in the range that was searched.
    loss : float, in units of y²
        Its sum of squared leave-one-out errors.
    minima : tuple of (w, loss) pairs, in ascending order of w
        Every local minimum found, the ends of the range among them where the loss falls towards
        them. Where the loss is flat at its bottom, w is the geometric middle of the plateau.
    low, high : float
        The range of w.
    at_edge : bool
        Whether the least loss is reached at an end of the range: a wider one may hold a lesser.
    """

    w: float
    loss: float
    minima: tuple[tuple[float, float], ...]
    low: float
    high: float
    at_edge: bool

    @property
    def bandwidth(self) -> float:
        """h = 1/w, in units of x."""
        return 1 / self.w


def find_bandwidth(
    x_train: Tensor,
    y_train: Tensor,
    kernel: str = "gaussian",
    *,
    degree: int = 0,
    low: float | None = None,
    high: float | None = None,
    points: int = 8,
    progress: bool = False,
) -> BandwidthSearch:
    """Find the inverse bandwidth w with the least leave-one-out loss between `low` and `high`.

    With a `degree` of 1 or 2 the loss is that of local lines or parabolas,
    `local_leave_one_out_loss`, which have a grid for every kernel and every n.

    The loss may have several local minima. What is promised depends on the kernel and on n:

    - "triangular", "epanechnikov", "boxcar" and others of the form c (1 − |u|^p) on |u| ≤ 1, for
      n ≤ 100: all local minima, none missed. Between w = 1/|xᵢ − xⱼ| of two
      neighbouring pairs the loss is smooth, and bounds of its derivatives tell how often it turns
      there; for "boxcar" it is constant there. Distances that differ by less than 1e-12 of
      themselves count as one.
    - other kernels, and those for n > 100: the loss and its derivative are
      computed on a grid in log w, finer where a cubic through neighbours turns between them, and
      wherever the derivative changes its sign between neighbours, a bracketing root search closes
      in on the place. No point of the grid has a lesser loss than the result; a minimum is missed
      only if the loss falls and rises within one step and its ends do not show it. Raise `points`
      to exclude it.
    - "boxcar", n > 100: the least of the grid alone, which steps over pieces of the loss.

    The result follows the units: for c·x and d·y it is w/c, whatever the sizes of c and d.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs with two different inputs, of one dtype; the work is done in float64.
    kernel : str
        A name in `nwcore.kernels.KERNELS`; not "constant", for which every w is the same.
    degree : {0, 1, 2}
        Of the local polynomials; 0 is attention pooling.
    low, high : float, optional
        The range of w, 0 < low < high. By default `low` is 0.1/range of the inputs, where pooling
        is nearly an average. For the Gaussian kernel `high` is 1/(median distance to the nearest
        other input): half of the points then have it farther away than a bandwidth. (Where half of
        the inputs have a duplicate, the median gap between different inputs takes its place.) For
        compact kernels `high` is the w at which the first point loses its last neighbour, or the
        one that its polynomial needs at last, less
        1e-9 of it, or, where every input has a duplicate, twice the w beyond which only duplicates
        are in reach.
    points : int
        Points of the grid for each factor of e in w, at least 2.
    progress : bool
        Whether to show a progress bar while the grid is computed.

    Returns
    -------
    BandwidthSearch

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described; if `high` would leave a point without another in reach;
        if w or the range of the inputs leaves the range of float64.

    Notes
    -----
    `loss` is 0 or infinite where y² leaves the range of float64; w is right all the same.

    Examples
    --------
    >>> from nwcore import make_regression
    >>> data = make_regression(seed=6, dtype=torch.float64)
    >>> round(find_bandwidth(data.x_train, data.y_train).w, 2)
    4.87
    """
    points = check_integer("points", points, low=2)
    given = _search_range(x_train, y_train, kernel, degree, low, high)
    low, high, x, x_exponent = given.low, given.high, given.x, given.exponent
    y, y_exponent = _unit_size(y_train.detach().double())
    first, last = _inside(_ldexp(low, x_exponent), _ldexp(high, x_exponent))
    _check_limit(last, given, kernel, degree)

    power = _compact_power(get_kernel(kernel))
    if power is not None and len(x) <= ALL_PIECES_UP_TO and degree == 0:
        candidates, noise = find_candidates(x, y, power, first, last), _FEW_TERMS
    else:
        candidates = _grid_candidates(x, y, kernel, degree, first, last, points, progress)
        noise = _FAST_SUMS

    def place(w: float) -> float:
        return low if w == first else high if w == last else _ldexp(w, -x_exponent)

    candidates = [Candidate(place(each.left), place(each.right), each.loss) for each in candidates]
    valleys = _find_valleys(candidates, noise * math.sqrt(len(x)))
    minima = tuple((valley.w, _ldexp(valley.loss, 2 * y_exponent)) for valley in valleys)
    best = min(range(len(valleys)), key=lambda i: valleys[i].loss)
    return BandwidthSearch(
        *minima[best],
        minima=minima,
        low=low,
        high=high,
        at_edge=valleys[best].left == low or valleys[best].right == high,
    )


def search_range(
    x_train: Tensor,
    y_train: Tensor,
    kernel: str,
    degree: int,
    low: float | None,
    high: float | None,
) -> tuple[float, float]:
    """The range of w in which `find_bandwidth` would look, its arguments checked as there."""
    given = _search_range(x_train, y_train, kernel, degree, low, high)
    _check_limit(_ldexp(given.high, given.exponent), given, kernel, degree)
    return given.low, given.high


@dataclass(frozen=True)
class _SearchRange:
    """A range of w, and the inputs in a unit that suits them.

    Attributes
    ----------
    low, high : float
        In units of 1/x_train.
    x : Tensor, shape (n,), float64
        x_train 2^−exponent, of range 1 or so.
    exponent : int
    limit : float
        What w must stay below, in units of 1/x.
    """

    low: float
    high: float
    x: Tensor
    exponent: int
    limit: float


def _search_range(
    x_train: Tensor,
    y_train: Tensor,
    kernel: str,
    degree: int,
    low: float | None,
    high: float | None,
) -> _SearchRange:
    """Check what a search is given, and fill in the ends of the range that are not."""
    chosen = get_kernel(kernel)
    if chosen.flat and not chosen.compact:
        raise ValueError(f"kernel must depend on w, got {kernel!r}: every w gives the same loss")
    check_training_pairs(x_train, y_train)
    check_degree(degree)
    _check_places(x_train, degree)
    given_low = None if low is None else check_number("low", low, low=0.0, strict=True)
    given_high = None if high is None else check_number("high", high, low=0.0, strict=True)
    x, exponent = _unit_range(x_train.detach().double())
    shortest, longest, limit = _default_range(x, chosen, degree)
    low = _ldexp(shortest, -exponent) if given_low is None else given_low
    high = _ldexp(longest, -exponent) if given_high is None else given_high
    if not 0 < low < high < math.inf:
        if given_low is None and given_high is None:
            raise ValueError(
                f"x_train must have a range whose inverse is a float64, got "
                f"{float(x_train.max() - x_train.min()):g}"
            )
        raise ValueError(f"low must be below high, got low = {low:g} and high = {high:g}")
    return _SearchRange(low, high, x, exponent, limit)


def _check_limit(last: float, given: _SearchRange, kernel: str, degree: int) -> None:
    """Raise if the highest w, in units of 1/x, leaves a point without the others that it needs."""
    if last >= given.limit:
        others = "any other" if degree == 0 else f"{degree + 1} other places"
        raise ValueError(
            f"high must be below {_ldexp(given.limit, -given.exponent):g}, where the {kernel} "
            f"kernel leaves a point of x_train without {others} in reach, got {given.high:g}"
        )


def _grid_candidates(
    x: Tensor,
    y: Tensor,
    kernel: str,
    degree: int,
    low: float,
    high: float,
    points: int,
    progress: bool,
) -> list[Candidate]:
    """A grid in log w, and the places between where the derivative changes its sign."""
    length = math.log(high) - math.log(low)
    count = max(math.ceil(length * points) + 1, 3)
    logs = torch.linspace(math.log(low), math.log(high), count, dtype=torch.float64)
    grid = [low, *logs[1:-1].exp().tolist(), high]
    curve = [
        (w, *values)
        for w, values in zip(grid, _evaluate(x, y, grid, kernel, progress, degree), strict=True)
    ]
    steps = list(pairwise(curve))
    for _ in range(_HALVINGS):
        finer = []
        for step in steps:
            w = _hidden_turn(*step)
            if w is not None:
                between = (w, *_loss_and_derivative(x, y, w, kernel, degree))
                curve.append(between)
                finer += [(step[0], between), (between, step[1])]
        steps = finer
    curve.sort()
    for before, after in list(pairwise(curve)):
        if before[2] * after[2] < 0:
            root = _root_of_derivative(x, y, kernel, degree, before, after)
            curve.append((root, _loss_and_derivative(x, y, root, kernel, degree)[0], 0.0))
    return [Candidate(w, w, loss) for w, loss, _ in sorted(curve)]


def _hidden_turn(before: _Place, after: _Place) -> float | None:
    """Where between two places the loss may turn twice, if it may.

    Of the cubic in log w with the losses and derivatives of both, the place where its derivative
    comes nearest to another sign, if it comes near.
    """
    step = math.log(after[0]) - math.log(before[0])
    first, last = (place[0] * place[2] * step for place in (before, after))
    if first * last <= 0:
        return None
    rise = after[1] - before[1]
    # derivative first + linear t + square t², 0 < t < 1
    linear, square = 6 * rise - 4 * first - 2 * last, 3 * (first + last) - 6 * rise
    if square == 0 or not 0 < -linear / (2 * square) < 1:
        return None
    place = -linear / (2 * square)
    turn = first + linear * place / 2
    if turn * math.copysign(1, first) > _NEAR * min(abs(first), abs(last)):
        return None
    return before[0] * math.exp(place * step)


def _root_of_derivative(
    x: Tensor, y: Tensor, kernel: str, degree: int, before: _Place, after: _Place
) -> float:
    from scipy import optimize

    # The ends are known; computed again, alone, one near 0 may round to the other sign.
    left, right = math.log(before[0]), math.log(after[0])
    known = {left: before[2], right: after[2]}

    def derivative(log_w: float) -> float:
        if log_w in known:
            return known[log_w]
        return _loss_and_derivative(x, y, math.exp(log_w), kernel, degree)[1]

    return math.exp(optimize.brentq(derivative, left, right, xtol=1e-12))


@dataclass(frozen=True)
class _Valley:
    """A local minimum: where its bottom begins and ends, the w that stands for it, its loss."""

    left: float
    right: float
    w: float
    loss: float


def _find_valleys(candidates: list[Candidate], noise: float) -> list[_Valley]:
    """Local minima among candidates in ascending order between which the loss is monotone.

    Norms of errors, √loss, that differ by no more than `noise` are the same.
    """
    valleys: list[_Valley] = []
    norms = [math.sqrt(candidate.loss) for candidate in candidates]
    bottom = [0]  # where the loss is as low as it came since it last fell
    peak = math.inf  # how high it rose since; infinite while it falls
    for i in range(1, len(norms)):
        if peak < math.inf:
            peak = max(peak, norms[i])
            if norms[i] < peak - noise:
                bottom, peak = [i], math.inf
            continue
        least = min(norms[j] for j in bottom)
        if norms[i] > least + noise:
            valleys.append(_valley([candidates[j] for j in bottom]))
            peak = norms[i]
        else:
            bottom = [*(j for j in bottom if norms[j] <= norms[i] + noise), i]
    if peak == math.inf:
        valleys.append(_valley([candidates[j] for j in bottom]))
    return valleys


def _valley(bottom: list[Candidate]) -> _Valley:
    least = min(bottom, key=lambda candidate: candidate.loss)
    left, right = bottom[0].left, bottom[-1].right
    if right / left <= 1 + _PLATEAU:
        return _Valley(left, right, least.left, least.loss)
    return _Valley(left, right, math.sqrt(left) * math.sqrt(right), least.loss)


def _unit_range(x: Tensor) -> tuple[Tensor, int]:
    """x·2^−e, and the e for which its range lies in [½, 1); no digit changes."""
    half = float(x.max() / 2 - x.min() / 2)  # the range itself may not be finite
    if half == 0:
        raise ValueError(
            f"x_train must hold at least two different inputs, got {len(x)} at "
            f"{float(x[0]):g}: every w gives the same loss"
        )
    exponent = math.frexp(half)[1] + 1
    return _shifted(x, -exponent), exponent


def _unit_size(y: Tensor) -> tuple[Tensor, int]:
    """(y − median)·2^−e, and the e for which its largest size lies in [½, 1), if it is not 0.

    Errors do not follow a constant, and without it they keep more digits.
    """
    halves = y / 2 - y.median() / 2
    exponent = math.frexp(float(halves.abs().max()))[1] + 1
    return _shifted(halves, 1 - exponent), exponent


def _shifted(numbers: Tensor, exponent: int) -> Tensor:
    half = exponent // 2  # 2^exponent itself may not be a float64
    return numbers * 2.0**half * 2.0 ** (exponent - half)


def _ldexp(number: float, exponent: int) -> float:
    try:
        return math.ldexp(number, exponent)
    except OverflowError:
        return math.inf


def _inside(low: float, high: float) -> tuple[float, float]:
    """The part of a range of w on which the loss can be told from that at the range's end."""
    high = min(max(high, 2 * math.ulp(0.0)), _LARGEST)
    return max(low, min(_AVERAGE, high / 2)), high


def _check_places(x: Tensor, degree: int) -> None:
    """Raise unless every point has as many other places as a polynomial of the degree takes."""
    places = len(torch.unique(x.detach()))
    if degree and places < degree + 2:
        raise ValueError(
            f"x_train must hold at least {degree + 2} different inputs to leave one out at degree "
            f"{degree}, got {places}"
        )


def _default_range(x: Tensor, kernel: Kernel, degree: int = 0) -> tuple[float, float, float]:
    """Default range of w for inputs of range 1 or so, and the w that it must stay below."""
    ordered = x.sort().values
    gaps = ordered.diff()
    nearest = torch.minimum(
        torch.nn.functional.pad(gaps, (1, 0), value=math.inf),
        torch.nn.functional.pad(gaps, (0, 1), value=math.inf),
    )
    low = 0.1 / float(ordered[-1] - ordered[0])
    gaps = gaps[gaps > 0]
    if not kernel.compact:
        typical = float(nearest.median())
        return low, _inverse(typical if typical > 0 else float(gaps.median())), math.inf
    needed = nearest if degree == 0 else _distance_to_places(ordered, degree)
    limit = kernel.support * _inverse(float(needed.max()))
    beyond = 2 * kernel.support * _inverse(float(gaps.min()))
    high = limit * (1 - 1e-9) if limit < math.inf else beyond
    return low, min(high, _LARGEST), limit


def _distance_to_places(ordered: Tensor, degree: int) -> Tensor:
    """How far each of the sorted points reaches to have degree + 1 places but for itself, (n,)."""
    places, group, counts = torch.unique_consecutive(
        ordered, return_inverse=True, return_counts=True
    )
    index = torch.arange(len(places))[:, None] + torch.arange(-degree - 1, degree + 2)
    there = (index >= 0) & (index < len(places))
    distance = (places[index.clamp(0, len(places) - 1)] - places[:, None]).abs()
    distance = distance.masked_fill(~there, math.inf)
    # A place of its own has no other point there.
    distance[:, degree + 1] = torch.where(counts > 1, 0.0, math.inf)
    needed: Tensor = distance.sort(dim=-1).values[:, degree]  # (places,)
    return needed[group]


def _inverse(length: float) -> float:
    return 1 / length if length > 1 / _LARGEST else math.inf if length == 0 else _LARGEST


def silverman_bandwidth(x: Tensor) -> float:
    """Silverman's rule of thumb for the bandwidth h of a density: 0.9 A n^(−1/5).

    A is the smaller of the standard deviation and the interquartile range / 1.349. A rule for
    densities, and only a first guess for regression: it does not look at the values.

    Parameters
    ----------
    x : Tensor, shape (n,)
        At least two inputs, not all equal.

    Returns
    -------
    float
        In units of x. The inverse bandwidth is w = 1/h.

    Raises
    ------
    TypeError, ValueError
        If `x` is not a finite float vector with two different inputs.

    References
    ----------
    Silverman (1986), "Density Estimation for Statistics and Data Analysis", eq. 3.31.

    Examples
    --------
    >>> round(silverman_bandwidth(torch.linspace(0, 5, 50, dtype=torch.float64)), 4)
    0.6122
    """
    return 0.9 * _spread(x) * float(len(x) ** -0.2)


def scott_bandwidth(x: Tensor) -> float:
    """Scott's rule of thumb for the bandwidth h of a density: 1.059 A n^(−1/5).

    A, parameters, errors and use as for `silverman_bandwidth`.

    References
    ----------
    Scott (1992), "Multivariate Density Estimation", section 6.2.

    Examples
    --------
    >>> round(scott_bandwidth(torch.linspace(0, 5, 50, dtype=torch.float64)), 4)
    0.7204
    """
    return 1.059 * _spread(x) * float(len(x) ** -0.2)


def _spread(x: Tensor) -> float:
    check_float_tensor("x", x, ndims=(1,))
    values = x.detach().double()
    if values.min() == values.max():
        raise ValueError(f"x must hold at least two different inputs, got {len(x)} at one place")
    deviation = float(values.std())
    lower, upper = np.quantile(values.numpy(), [0.25, 0.75])
    middle_half = float(upper - lower)
    return min(deviation, middle_half / 1.349) if middle_half > 0 else deviation
