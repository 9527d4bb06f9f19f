"""The smoother matrix and what it says: degrees of freedom, criteria for w, noise and bands.

Local regression is linear in the values: the fitted values are H y, with row i of H the
`effective_weights` at xᵢ. What is asked of H here takes its diagonal and the sums of squares of its
rows, which local fits know in time O(n); the n × n matrix is never made.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nwcore import draws
from nwcore._checks import (
    check_choice,
    check_flag,
    check_float_tensor,
    check_integer,
    check_number,
    check_same_dtype,
    check_same_shape,
    check_training_pairs,
)
from nwcore.bandwidth import BandwidthSearch, search_range
from nwcore.kernels import gaussian, get_kernel
from nwcore.local import (
    check_degree,
    effective_weights,
    fit_training,
    local_leave_one_out_loss,
    local_regression,
)

Criterion = Literal["leave_one_out", "gcv", "aicc", "k_fold"]

CRITERIA: tuple[Criterion, ...] = ("leave_one_out", "gcv", "aicc", "k_fold")
_FOLD_STREAM = 30
_REFINED = 1e-6  # of log w
# The recipe of the plug-in bandwidth: blocks of at least so many points, no more of them than so
# many, the share of points left out at each end, of the range at each end that the curvature leaves
# out, the grid and how far a kernel reaches on it.
_BLOCK_POINTS, _MOST_BLOCKS, _TRIMMED, _TRUNCATED = 20, 5, 0.01, 0.05
_GRID, _REACH = 401, 4.0


@dataclass(frozen=True)
class Smooth:
    """A smooth of the training values, ŷ = H y, and what is known of H.

    Attributes
    ----------
    fitted : Tensor, shape (n,), float64
    own_weights : Tensor, shape (n,), float64
        Diagonal of H: what each value weighs in its own fit.
    squares : Tensor, shape (n,), float64
        Diagonal of H Hᵀ: variances of the fitted values, for noise of variance 1.
    residual_sum : float, in units of y²
        Σ (yᵢ − ŷᵢ)².
    """

    fitted: Tensor
    own_weights: Tensor
    squares: Tensor
    residual_sum: float

    @property
    def degrees_of_freedom(self) -> float:
        """tr(H), the effective number of parameters."""
        return float(self.own_weights.sum())

    @property
    def variance_trace(self) -> float:
        """tr(H Hᵀ), the sum of the variances of the fitted values for noise of variance 1."""
        return float(self.squares.sum())

    @property
    def residual_degrees(self) -> float:
        """n − 2 tr(H) + tr(H Hᵀ): Σ (yᵢ − ŷᵢ)² over it is the variance of the noise."""
        return len(self.fitted) - 2 * self.degrees_of_freedom + self.variance_trace

    @property
    def noise(self) -> float:
        """Standard deviation of the noise, in units of y, as the residuals tell it.

        Raises
        ------
        ValueError
            If the smooth leaves no degree of freedom to the residuals.
        """
        if not self.residual_degrees > 1e-9 * len(self.fitted):
            raise ValueError(
                f"the smooth must leave degrees of freedom to its residuals, has "
                f"{self.degrees_of_freedom:g} for {len(self.fitted)} points: use a smaller w"
            )
        return math.sqrt(self.residual_sum / self.residual_degrees)


def smooth(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
) -> Smooth:
    """Smooth the training values, with the traces of the smoother matrix in time O(n).

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
    w, degree, kernel
        As for `local_regression`; no gradients flow.

    Returns
    -------
    Smooth

    Raises
    ------
    TypeError, ValueError
        As for `local_regression`.

    References
    ----------
    Buja, Hastie and Tibshirani (1989), "Linear smoothers and additive models".

    Examples
    --------
    >>> x = torch.tensor([0.0, 1.0, 2.0, 3.0, 5.0])
    >>> round(smooth(x, x.sin(), w=0.0).degrees_of_freedom, 6)  # a straight line
    2.0
    """
    check_float_tensor("x_train", x_train, ndims=(1,))
    check_float_tensor("y_train", y_train, ndims=(1,))
    check_same_dtype(x_train=x_train, y_train=y_train)
    check_same_shape(x_train=x_train, y_train=y_train)
    fits = fit_training(x_train, y_train, w, degree, kernel)
    fitted = fits.predictions[0]
    residuals = y_train.detach().double() - fitted
    return Smooth(fitted, fits.own, fits.squares, float(residuals.square().sum()))


def smoother_matrix(
    x_train: Tensor, w: float | Tensor, degree: int = 1, kernel: str = "gaussian"
) -> Tensor:
    """H itself, (n, n): the effective weights of each training input at each.

    Parameters, errors and dtype are those of `effective_weights`.

    Examples
    --------
    >>> smoother_matrix(torch.tensor([0.0, 1.0, 3.0]), w=0.0, degree=0)
    tensor([[0.3333, 0.3333, 0.3333],
            [0.3333, 0.3333, 0.3333],
            [0.3333, 0.3333, 0.3333]])
    """
    return effective_weights(x_train, x_train, w, degree, kernel)


def gcv(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
) -> float:
    """Generalised cross-validation: (Σ (yᵢ − ŷᵢ)² / n) / (1 − tr(H)/n)², in units of y².

    Infinite where tr(H) reaches n. Parameters and errors are those of `smooth`.

    References
    ----------
    Craven and Wahba (1979), "Smoothing noisy data with spline functions".
    """
    return _gcv(smooth(x_train, y_train, w, degree, kernel))


def _gcv(found: Smooth) -> float:
    n = len(found.fitted)
    left = 1 - found.degrees_of_freedom / n
    return found.residual_sum / n / left**2 if left > 0 else math.inf


def aicc(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
) -> float:
    """Corrected Akaike criterion: log(Σ (yᵢ − ŷᵢ)² / n) + 1 + 2 (tr(H) + 1)/(n − tr(H) − 2).

    Infinite where tr(H) reaches n − 2, and −∞ for residuals of 0. Parameters and errors are those
    of `smooth`.

    References
    ----------
    Hurvich, Simonoff and Tsai (1998), "Smoothing parameter selection in nonparametric regression
    using an improved Akaike information criterion", J. R. Statist. Soc. B 60(2): 271–293.
    """
    return _aicc(smooth(x_train, y_train, w, degree, kernel))


def _aicc(found: Smooth) -> float:
    n, trace = len(found.fitted), found.degrees_of_freedom
    if n - trace - 2 <= 0:
        return math.inf
    if found.residual_sum == 0:
        return -math.inf
    return math.log(found.residual_sum / n) + 1 + 2 * (trace + 1) / (n - trace - 2)


def k_fold_loss(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    folds: int = 10,
    seed: int = 0,
) -> float:
    """Sum of squared errors when the points of each fold are predicted from all other folds.

    Parameters
    ----------
    x_train, y_train, w, degree, kernel
        As for `smooth`.
    folds : int
        In [2, n]; points are dealt out to folds whose sizes differ by one at the most.
    seed : int
        In [0, 2**32); the same seed deals alike on every platform.

    Returns
    -------
    float, in units of y²
        Infinite if a fold's points have too few keys of other folds in reach.

    Raises
    ------
    TypeError, ValueError
        As for `smooth`; also if `folds` or `seed` is out of its range.
    """
    check_training_pairs(x_train, y_train)
    n = len(x_train)
    folds = check_integer("folds", folds, low=2, high=n)
    seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
    order = torch.argsort(torch.from_numpy(draws.uniform(seed, _FOLD_STREAM, n)), stable=True)
    fold = torch.empty(n, dtype=torch.int64)
    fold[order] = torch.arange(n) % folds
    width = w.detach() if isinstance(w, Tensor) else w
    x, y = x_train.detach(), y_train.detach().double()
    loss = 0.0
    for number in range(folds):
        out = fold == number
        keys, values = x[~out].double(), y[~out]
        predicted = local_regression(
            x[out].double(), keys, values, width, degree, kernel, few="nan"
        )
        loss += float((predicted - y[out]).square().sum())
    return math.inf if math.isnan(loss) else loss


def find_bandwidth_by(
    x_train: Tensor,
    y_train: Tensor,
    criterion: Criterion,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    low: float | None = None,
    high: float | None = None,
    points: int = 8,
    folds: int = 10,
    seed: int = 0,
) -> BandwidthSearch:
    """Find the w with the least value of a criterion between `low` and `high`.

    On a grid in log w, and between the neighbours of every point of it that is lower than both:
    no point of the grid is lower than the result. For "leave_one_out", `find_bandwidth` follows
    derivatives and misses less.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
    criterion : {"leave_one_out", "gcv", "aicc", "k_fold"}
        See `local_leave_one_out_loss`, `gcv`, `aicc` and `k_fold_loss`.
    degree, kernel, low, high, points
        As for `find_bandwidth`.
    folds, seed
        As for `k_fold_loss`.

    Returns
    -------
    BandwidthSearch
        Whose `loss` is the criterion's value.

    Raises
    ------
    TypeError, ValueError
        As for `find_bandwidth`; also if the criterion is nowhere finite.

    Examples
    --------
    >>> from nwcore import make_regression
    >>> data = make_regression(seed=6, dtype=torch.float64)
    >>> found = find_bandwidth_by(data.x_train, data.y_train, "aicc")
    >>> found.low < found.w < found.high
    True
    """
    from scipy import optimize

    check_choice("criterion", criterion, CRITERIA)
    points = check_integer("points", points, low=2)
    x, y = x_train.detach().double(), y_train.detach().double()
    first, last = search_range(x_train, y_train, kernel, degree, low, high)
    judges: dict[str, Callable[[float], float]] = {
        "leave_one_out": lambda w: float(local_leave_one_out_loss(x, y, w, degree, kernel)),
        "gcv": lambda w: gcv(x, y, w, degree, kernel),
        "aicc": lambda w: aicc(x, y, w, degree, kernel),
        "k_fold": lambda w: k_fold_loss(x, y, w, degree, kernel, folds=folds, seed=seed),
    }
    judge = judges[criterion]
    count = max(math.ceil((math.log(last) - math.log(first)) * points) + 1, 3)
    logs = torch.linspace(math.log(first), math.log(last), count, dtype=torch.float64).tolist()
    grid = [first, *(math.exp(log) for log in logs[1:-1]), last]
    values = [judge(w) for w in grid]
    minima = []
    for i in range(count):
        before = values[i - 1] if i > 0 else math.inf
        after = values[i + 1] if i < count - 1 else math.inf
        if math.isinf(values[i]) or not (values[i] < before and values[i] <= after):
            continue
        best = (grid[i], values[i])
        if 0 < i < count - 1:
            found = optimize.minimize_scalar(
                lambda log_w: judge(math.exp(log_w)),
                bounds=(logs[i - 1], logs[i + 1]),
                method="bounded",
                options={"xatol": _REFINED},
            )
            best = min(best, (math.exp(found.x), float(found.fun)), key=lambda pair: pair[1])
        minima.append(best)
    if not minima:
        raise ValueError(
            f"x_train must leave the criterion {criterion} finite somewhere between w = {first:g} "
            f"and {last:g}, it is not for {len(x)} points"
        )
    w, value = min(minima, key=lambda pair: pair[1])
    return BandwidthSearch(w, value, tuple(minima), first, last, w in (first, last))


def noise_from_differences(
    x_train: Tensor, y_train: Tensor, method: Literal["rice", "gasser"] = "gasser"
) -> float:
    """Standard deviation of the noise from neighbours in x, without a fit.

    - "rice": Σ (yᵢ₊₁ − yᵢ)² / (2 (n − 1)), of which the curve's slope is taken for noise.
    - "gasser": what each point lies above the line between its two neighbours,
      ε̃ᵢ = aᵢ yᵢ₋₁ + bᵢ yᵢ₊₁ − yᵢ: Σ ε̃ᵢ² / (aᵢ² + bᵢ² + 1) / (n − 2), of which only its curvature
      is.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs, three for "gasser".
    method : {"rice", "gasser"}

    Returns
    -------
    float, in units of y

    Raises
    ------
    TypeError, ValueError
        If the pairs or the method are not as described.

    References
    ----------
    Rice (1984), "Bandwidth choice for nonparametric regression", Ann. Statist. 12(4): 1215–1230;
    Gasser, Sroka and Jennen-Steinmetz (1986), "Residual variance and residual pattern in nonlinear
    regression", Biometrika 73(3): 625–633.

    Examples
    --------
    >>> x = torch.arange(5.0)
    >>> noise_from_differences(x, 3 * x), noise_from_differences(x, 2 * x, "rice") ** 2
    (0.0, 2.0000000000000004)
    """
    check_choice("method", method, ("rice", "gasser"))
    check_training_pairs(x_train, y_train)
    order = torch.argsort(x_train.detach(), stable=True)
    x, y = x_train.detach().double()[order], y_train.detach().double()[order]
    if method == "rice":
        return math.sqrt(float(y.diff().square().mean()) / 2)
    if len(x) < 3:
        raise ValueError(f"x_train must hold at least 3 inputs for gasser, got {len(x)}")
    width = x[2:] - x[:-2]
    # Three points at one place: their middle is half way.
    left = ((x[2:] - x[1:-1]) / width).masked_fill(width == 0, 0.5)
    right = ((x[1:-1] - x[:-2]) / width).masked_fill(width == 0, 0.5)
    above = left * y[:-2] + right * y[2:] - y[1:-1]
    return math.sqrt(float((above.square() / (left**2 + right**2 + 1)).mean()))


@dataclass(frozen=True)
class ConfidenceBand:
    """Pointwise confidence intervals for the curve at q queries.

    Attributes
    ----------
    center, lower, upper : Tensor, shape (q,)
        The estimate in the middle, and the ends of the intervals.
    standard_errors : Tensor, shape (q,)
        Of the estimate in the middle.
    noise : float
        The standard deviation of the noise that was assumed or estimated.
    degree : int
        Of the local polynomials in the middle: one more than asked for, if corrected.
    """

    center: Tensor
    lower: Tensor
    upper: Tensor
    standard_errors: Tensor
    noise: float
    degree: int


def confidence_band(
    queries: Tensor,
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    level: float = 0.95,
    corrected: bool = True,
    noise: float | None = None,
) -> ConfidenceBand:
    """Intervals that cover the curve at each query with probability `level`, or are said to.

    A fit is biased by the curvature of the curve, and a bandwidth that predicts well makes the bias
    as large as the noise: an interval f̂(x) ± z σ ‖l(x)‖ about the fit itself, `corrected=False`,
    covers less often than it says. The corrected one takes from the fit of degree p its bias, as
    the term of degree p + 1 tells it at the same bandwidth, and counts the variance of that, too:
    this is the fit of degree p + 1 with its own standard error.

    Intervals are for one query each; all of them together cover less often.

    Parameters
    ----------
    queries : Tensor, shape (q,)
    x_train, y_train : Tensor, shape (n,)
    w, degree, kernel
        As for `local_regression`; the degree is at most 1 if corrected.
    level : float
        Between 0 and 1.
    corrected : bool
        Whether to correct for bias.
    noise : float, optional
        Standard deviation of the noise, the same everywhere; by default as the residuals of the fit
        in the middle tell it, with a t distribution of its residual degrees of freedom in place of
        the normal one.

    Returns
    -------
    ConfidenceBand
        Of the dtype of `queries`.

    Raises
    ------
    TypeError, ValueError
        As for `smooth`; also if `level`, `noise` or `degree` is out of its range, or the smooth
        leaves nothing to estimate the noise from.

    References
    ----------
    Calonico, Cattaneo and Farrell (2018), "On the effect of bias estimation on coverage accuracy in
    nonparametric inference", J. Am. Stat. Assoc. 113(522): 767–779; equal bandwidths, ρ = 1.
    """
    from scipy import stats

    check_flag("corrected", corrected)
    degree = check_degree(degree)
    if corrected and degree == 2:
        raise ValueError("degree must be 0 or 1 for a corrected band, got 2")
    level = check_number("level", level, low=0.0, high=1.0, strict=True)
    if level == 1:
        raise ValueError("level must be below 1, got 1")
    middle = degree + 1 if corrected else degree
    check_training_pairs(x_train, y_train)
    fits = fit_training(x_train, y_train, w, middle, kernel, queries=queries)
    if noise is None:
        found = smooth(x_train, y_train, w, middle, kernel)
        deviation = found.noise
        quantile = float(stats.t.ppf((1 + level) / 2, found.residual_degrees))
    else:
        deviation = check_number("noise", noise, low=0.0)
        quantile = float(stats.norm.ppf((1 + level) / 2))
    center = fits.predictions[0]
    errors = deviation * fits.squares.sqrt()
    dtype = queries.dtype
    return ConfidenceBand(
        center.to(dtype),
        (center - quantile * errors).to(dtype),
        (center + quantile * errors).to(dtype),
        errors.to(dtype),
        deviation,
        middle,
    )


# The plug-in bandwidth ----------------------------------------------------------------------------


def plug_in_bandwidth(x_train: Tensor, y_train: Tensor, kernel: str = "gaussian") -> float:
    """Direct plug-in bandwidth h of local lines, (σ² R(K) (b − a) / (μ₂² θ₂₂ n))^(1/5).

    The least asymptotic mean squared error, with the noise σ² and the mean squared curvature
    θ₂₂ = ∫ f″² as local fits tell them, whose own bandwidths come from quartics in blocks. The same
    steps as R's KernSmooth::dpill, data binned on 401 places.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least 10 pairs.
    kernel : str
        A kernel with a canonical bandwidth; other kernels than the Gaussian take the h that smooths
        alike.

    Returns
    -------
    float, in units of x
        The inverse bandwidth is w = 1/h.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, if the values show no noise or no curvature, or if
        inputs lie so unevenly that a window of the recipe determines no fit.

    References
    ----------
    Ruppert, Sheather and Wand (1995), "An effective bandwidth selector for local least squares
    regression", J. Am. Stat. Assoc. 90(432): 1257–1270.
    """
    factor = get_kernel(kernel).canonical_bandwidth / gaussian.canonical_bandwidth
    check_training_pairs(x_train, y_train)
    if len(x_train) < 10:
        raise ValueError(f"x_train must hold at least 10 inputs, got {len(x_train)}")
    order = torch.argsort(x_train.detach(), stable=True)
    trimmed = math.floor(_TRIMMED * len(order))
    order = order[trimmed : len(order) - trimmed]
    x, y = x_train.detach().double()[order], y_train.detach().double()[order]
    n, span = len(x), float(x[-1] - x[0])
    if not span > 0:
        raise ValueError(f"x_train must hold different inputs, got {n} at {float(x[0]):g}")
    x = (x - x[0]) / span  # lengths are in units of the range from here on
    scale = float((y - y.mean()).abs().max())
    y = (y - y.mean()) / (scale if scale > 0 else 1.0)
    noise, bend = _fit_blocks(x, y, _choose_blocks(x, y))
    if not noise > 1e-24 or bend == 0:
        raise ValueError("y_train must have noise and curvature, got values without")
    counts, sums = _bin(x, y)
    constant = 3 / (8 * math.sqrt(math.pi)) if bend < 0 else 15 / (16 * math.sqrt(math.pi))
    first = (constant * noise / (abs(bend) * n)) ** (1 / 7)
    curvature = 2 * _fit_grid(_grid_system(counts, first, 3), sums, first)[2]  # (401,)
    cut = math.floor(_TRUNCATED * _GRID)
    inside = slice(cut, _GRID - cut)
    mean_square = float((curvature[inside].square() * counts[inside]).sum()) / n
    constant = 0.5 + 2 * math.sqrt(2) - 4 / 3 * math.sqrt(3)
    constant = (4 * constant / math.sqrt(2 * math.pi)) ** (1 / 9)
    second = constant * (noise**2 / (mean_square * n) ** 2) ** (1 / 9)
    variance = _residual_variance(counts, sums, y, second)
    h = math.pow(variance / (2 * math.sqrt(math.pi) * mean_square * n), 0.2)
    return h * span * factor


def _choose_blocks(x: Tensor, y: Tensor) -> int:
    """Number of blocks with the least Cp of Mallows for a quartic in each."""
    most = max(min(len(x) // _BLOCK_POINTS, _MOST_BLOCKS), 1)
    sums = [_block_residuals(x, y, blocks) for blocks in range(1, most + 1)]
    if sums[-1] == 0:
        return most
    n = len(x)
    values = [
        (n - 5 * most) * total / sums[-1] + 10 * blocks - n
        for blocks, total in enumerate(sums, start=1)
    ]
    return 1 + min(range(most), key=values.__getitem__)


def _blocks(x: Tensor, y: Tensor, count: int) -> list[tuple[Tensor, Tensor, float]]:
    """Coefficients of a quartic in each block, about the block's middle: (5,), u (n,), Σ r²."""
    length = len(x) // count
    found = []
    for number in range(count):
        part = slice(number * length, len(x) if number == count - 1 else (number + 1) * length)
        u = x[part] - (x[part][0] + x[part][-1]) / 2
        basis = torch.stack([u**j for j in range(5)], dim=1)  # (n, 5)
        unit = basis.square().sum(0).sqrt().clamp(min=1e-300)
        solution = torch.linalg.lstsq(basis / unit, y[part, None], driver="gelsd").solution[:, 0]
        residuals = y[part] - basis / unit @ solution
        found.append((solution / unit, u, float(residuals.square().sum())))
    return found


def _block_residuals(x: Tensor, y: Tensor, count: int) -> float:
    return sum(total for _, _, total in _blocks(x, y, count))


def _fit_blocks(x: Tensor, y: Tensor, count: int) -> tuple[float, float]:
    """Variance of the noise, and the mean of f″ f⁗, by quartics in blocks."""
    bend, residuals = 0.0, 0.0
    for c, u, total in _blocks(x, y, count):
        second = 2 * c[2] + 6 * c[3] * u + 12 * c[4] * u**2
        bend += float((second * 24 * c[4]).sum())
        residuals += total
    return residuals / (len(x) - 5 * count), bend / len(x)


def _bin(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Share each point between the two places of the grid beside it: counts, sums of values."""
    position = x * (_GRID - 1)
    left = position.floor().clamp(max=_GRID - 2)
    share = position - left
    counts, sums = x.new_zeros(_GRID), x.new_zeros(_GRID)
    for index, part in ((left.long(), 1 - share), (left.long() + 1, share)):
        counts.index_add_(0, index, part)
        sums.index_add_(0, index, part * y)
    return counts, sums


GridSystem = tuple[Tensor, Tensor, Tensor]


def _grid_system(counts: Tensor, h: float, degree: int) -> GridSystem:
    """Kernel weights (g, g), powers of u = (xⱼ − xᵢ)/h (degree + 1, g, g), inverse moments."""
    steps = torch.arange(_GRID, dtype=torch.float64)
    lag = steps - steps[:, None]
    u = lag / ((_GRID - 1) * h)
    kernel = torch.exp(-(u**2) / 2) * (lag.abs() <= math.floor(_REACH * h * (_GRID - 1)))
    powers = torch.stack([u**j for j in range(degree + 1)])
    weighted = kernel * counts
    moments = torch.einsum("agh,bgh,gh->gab", powers, powers, weighted)
    inverse, wrong = torch.linalg.inv_ex(moments)
    if bool((wrong != 0).any()) or not bool(torch.isfinite(inverse).all()):
        raise ValueError(
            f"x_train must not leave gaps in which a window of {h:g} times its range has too few "
            f"inputs for the plug-in bandwidth"
        )
    return kernel, powers, inverse


def _fit_grid(system: GridSystem, sums: Tensor, h: float) -> Tensor:
    """Coefficients of local polynomials at the places of the grid, (degree + 1, g)."""
    kernel, powers, inverse = system
    right = torch.einsum("agh,gh->ga", powers, kernel * sums)
    coefficients = torch.einsum("gab,gb->ag", inverse, right)
    return coefficients / h ** torch.arange(len(powers), dtype=torch.float64)[:, None]


def _residual_variance(counts: Tensor, sums: Tensor, y: Tensor, h: float) -> float:
    """Variance of the noise by residuals of local lines on the grid."""
    system = _grid_system(counts, h, 1)
    kernel, powers, inverse = system
    fitted = _fit_grid(system, sums, h)[0]
    own = inverse[:, 0, 0]
    squared = torch.einsum("agh,bgh,gh->gab", powers, powers, kernel**2 * counts)
    squares = torch.einsum("ga,gab,gb->g", inverse[:, 0], squared, inverse[:, 0])
    total = y.square().sum() - 2 * (fitted * sums).sum() + (fitted.square() * counts).sum()
    return float(total / (len(y) - 2 * (own * counts).sum() + (squares * counts).sum()))
