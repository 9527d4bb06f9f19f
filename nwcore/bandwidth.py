"""Choose the width: the leave-one-out error of every width in closed form, and rules of thumb.

No model is fitted twice: a prediction without its own point is the sum over all points less one
term. `w` is the inverse width, the bandwidth is h = 1/w.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore._checks import check_choice, check_float_tensor, check_integer, check_number
from nwcore.kernels import get_kernel
from nwcore.methods.answers import progress_bar
from nwcore.pooling import leave_one_out_loss

# Kernels whose leave-one-out error follows w smoothly enough to have a slope everywhere.
SMOOTH_KERNELS = ("gaussian", "triangular", "epanechnikov")


@dataclass(frozen=True)
class LeaveOneOutCurve:
    """Leave-one-out error as a function of the width.

    Attributes
    ----------
    widths : Tensor, shape (m,)
        Values of w.
    losses : Tensor, shape (m,), in units of y²
        Sum of squared leave-one-out errors at each.
    slopes : Tensor, shape (m,)
        Derivatives of the losses in w.
    """

    widths: Tensor
    losses: Tensor
    slopes: Tensor


def leave_one_out_curve(
    x_train: Tensor,
    y_train: Tensor,
    widths: Tensor,
    kernel: str = "gaussian",
    *,
    progress: bool = False,
) -> LeaveOneOutCurve:
    """Leave-one-out error, and its slope, at every one of many widths.

    Each width takes time and memory that grow with n, not with n².

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs, of one dtype.
    widths : Tensor, shape (m,)
        Values of w, in units of 1/x.
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
        As for `nwcore.leave_one_out_loss`; also if `widths` is not a finite float vector.

    Examples
    --------
    >>> x, y = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([2.0, 5.0, 11.0])
    >>> leave_one_out_curve(x, y, torch.tensor([0.0, 1000.0])).losses
    tensor([94.5000, 54.0000])
    """
    check_float_tensor("widths", widths, ndims=(1,))
    losses, slopes = [], []
    numbers = widths.detach().tolist()
    for place in progress_bar("widths", shown=progress)(range(len(numbers))):
        loss, slope = _loss_and_slope(x_train, y_train, numbers[place], kernel)
        losses.append(loss)
        slopes.append(slope)
    return LeaveOneOutCurve(
        widths.detach().to(x_train.dtype),
        torch.tensor(losses, dtype=x_train.dtype),
        torch.tensor(slopes, dtype=x_train.dtype),
    )


def _loss_and_slope(x: Tensor, y: Tensor, w: float, kernel: str) -> tuple[float, float]:
    width = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        loss = leave_one_out_loss(x.detach(), y.detach(), width, kernel)
        (slope,) = torch.autograd.grad(loss, width)
    return float(loss.detach()), float(slope)


@dataclass(frozen=True)
class WidthSearch:
    """What a search for the width with the least leave-one-out error found.

    Attributes
    ----------
    w : float
        The width with the least error in the range that was searched.
    loss : float
        Its sum of squared leave-one-out errors.
    minima : tuple of (w, loss) pairs, in ascending order of w
        Every local minimum found, the ends of the range among them where the error falls
        towards them.
    low, high : float
        The range.
    """

    w: float
    loss: float
    minima: tuple[tuple[float, float], ...]
    low: float
    high: float

    @property
    def at_edge(self) -> bool:
        """Whether the least error lies at an end of the range: a wider one may hold a lesser."""
        return self.w in (self.low, self.high)


def find_width(
    x_train: Tensor,
    y_train: Tensor,
    kernel: str = "gaussian",
    *,
    low: float | None = None,
    high: float | None = None,
    points: int = 8,
    progress: bool = False,
) -> WidthSearch:
    """Find the w with the least leave-one-out error between `low` and `high`.

    The error may have several local minima. Its slope is computed on a grid in log w; between two
    neighbours where it turns from falling to rising lies a minimum, which a bracketing root search
    of the slope then closes in on. A minimum is missed only if the error falls and rises within
    one step of the grid: raise `points` to exclude it.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs with two different inputs, of one dtype; the work is done in float64.
    kernel : {"gaussian", "triangular", "epanechnikov"}
    low, high : float, optional
        The range of w, 0 < low < high. Without them it goes from 0.1/range of the inputs, where
        pooling is nearly an average, to where half of the points have their nearest neighbour
        farther away than a bandwidth; with a kernel that has an edge, to just before the first
        point loses its last neighbour.
    points : int
        Points of the grid for each factor of e in w, at least 2.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    WidthSearch

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    Examples
    --------
    >>> from nwcore import make_regression
    >>> data = make_regression(seed=6, dtype=torch.float64)
    >>> round(find_width(data.x_train, data.y_train).w, 2)
    4.87
    """
    check_choice("kernel", kernel, SMOOTH_KERNELS)
    check_float_tensor("x_train", x_train, ndims=(1,))
    points = check_integer("points", points, low=2)
    x, y = x_train.detach().double(), y_train.detach().double()
    default_low, default_high = _default_range(x, kernel)
    low = default_low if low is None else check_number("low", low, low=0.0, strict=True)
    high = default_high if high is None else check_number("high", high, low=0.0, strict=True)
    if not low < high:
        raise ValueError(f"low must be below high, got low = {low:g} and high = {high:g}")
    count = math.ceil(math.log(high / low) * points) + 1
    logs = torch.linspace(math.log(low), math.log(high), max(count, 3), dtype=torch.float64)
    widths = [low, *logs[1:-1].exp().tolist(), high]
    places = progress_bar("widths", shown=progress)(range(len(widths)))
    curve = [_loss_and_slope(x, y, widths[place], kernel) for place in places]
    minima = [(widths[0], curve[0][0])] if curve[0][1] > 0 else []
    for left, right, before, after in zip(widths, widths[1:], curve, curve[1:], strict=False):
        if before[1] < 0 <= after[1]:
            w = _root_of_slope(x, y, kernel, left, right)
            minima.append((w, _loss_and_slope(x, y, w, kernel)[0]))
    if curve[-1][1] < 0 or not minima:
        minima.append((widths[-1], curve[-1][0]))
    w, loss = min(minima, key=lambda minimum: minimum[1])
    return WidthSearch(w, loss, tuple(minima), low, high)


def _root_of_slope(x: Tensor, y: Tensor, kernel: str, left: float, right: float) -> float:
    from scipy import optimize  # takes longer to import than all the rest that needs no torch

    def slope(log_w: float) -> float:
        return _loss_and_slope(x, y, math.exp(log_w), kernel)[1]

    return math.exp(optimize.brentq(slope, math.log(left), math.log(right), xtol=1e-12))


def _default_range(x: Tensor, kernel: str) -> tuple[float, float]:
    ordered = x.sort().values
    length = float(ordered[-1] - ordered[0])
    if not 0 < length < math.inf:
        raise ValueError(
            f"x_train must hold at least two different inputs a finite distance apart, "
            f"got range {length:g}"
        )
    gaps = ordered.diff()
    nearest = torch.minimum(
        torch.nn.functional.pad(gaps, (1, 0), value=math.inf),
        torch.nn.functional.pad(gaps, (0, 1), value=math.inf),
    )
    if get_kernel(kernel).compact:
        return 0.1 / length, (1 - 1e-9) / float(nearest.max())
    typical = float(nearest.median())
    shortest = typical if typical > 0 else float(gaps[gaps > 0].median())
    return 0.1 / length, 1 / shortest


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
        In units of x. The inverse width is w = 1/h.

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
    values = x.detach().double().sort().values
    if values[0] == values[-1]:
        raise ValueError(f"x must hold at least two different inputs, got {len(x)} at one place")
    deviation = float(values.std())
    middle_half = _quantile(values, 0.75) - _quantile(values, 0.25)
    return min(deviation, middle_half / 1.349) if middle_half > 0 else deviation


def _quantile(ordered: Tensor, share: float) -> float:
    place = share * (len(ordered) - 1)
    low = int(place)
    rest = place - low
    return float(ordered[low] + rest * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]))
