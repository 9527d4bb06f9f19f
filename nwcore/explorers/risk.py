"""The explorer of bias and variance: the book's problem a hundred times, and what w costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from nwcore.data import X_MAX, make_regression
from nwcore.draws import MAX_SEED
from nwcore.explorers._base import Explorer, Number, Whole, in_step
from nwcore.explorers._below import Buttons, Part, Readouts
from nwcore.explorers.attention import SHOWN_KERNELS
from nwcore.kernels import get_kernel
from nwcore.local import DEGREES, check_degree
from nwcore.methods import nodes
from nwcore.plotting import COLOURS, STYLE, Picture
from nwcore.risk import bias_variance
from nwcore.tasks import best_w
from nwcore.words import number, word

N_SETS = 100
W_LIMITS = (0.1, 100.0)
N_GRID = 61  # widths at which the curves are computed
_TIE = 1e-9  # errors that differ by less than this share are one
_BLOCK = 10  # data sets that are fitted at once
_Y_LIMITS = (-1.5, 5.5)
_RISK_LIMITS = (1e-4, 10.0)
_LARGEST = 1e6  # errors above it are written as that


@dataclass(frozen=True)
class BiasVarianceResult:
    """What is on screen, in float64; q = 50 test points, g = 61 inverse bandwidths.

    Attributes
    ----------
    queries, truth : Tensor, shape (q,)
    fits : Tensor, shape (100, q)
        Predictions from each data set; NaN where no key is in reach.
    mean : Tensor, shape (q,)
        Of those that there are.
    squared_bias, variance, error : float
        Averaged over the test points; `error` is their sum.
    missing : int
        How many of the 100 q predictions there are not.
    grid : Tensor, shape (g,)
    bias_curve, variance_curve, error_curve : Tensor, shape (g,)
    best : float
        The inverse bandwidth with the least error; NaN if all have the same.
    """

    queries: Tensor
    truth: Tensor
    fits: Tensor
    mean: Tensor
    squared_bias: float
    variance: float
    error: float
    missing: int
    grid: Tensor
    bias_curve: Tensor
    variance_curve: Tensor
    error_curve: Tensor
    best: float


class BiasVarianceExplorer(Explorer):
    """Fits to a hundred data sets, their mean and the truth; bias² and variance over w.

    The data sets are those of `make_regression` for `seed` and the 99 numbers after it. What no key
    is in reach of is left out of the means; where a polynomial finds too few keys in reach, one of
    a lower degree stands for it.

    Parameters are those of every `Explorer`.

    Attributes
    ----------
    w : float
        Inverse bandwidth, 0.1 to 100.
    noise : float
        Standard deviation of the noise, 0 to 2.
    n_train : int
        Training pairs of each data set, 10 to 200.
    seed : int
        Of the first data set, as for `make_regression`.
    degree : {0, 1, 2}
        Of the local fits, as for `local_regression`.
    kernel : str
        One of `SHOWN_KERNELS`.
    result : BiasVarianceResult
        The numbers on screen now.
    """

    canvas_heights = (388, 516)
    name = traitlets.Unicode("risk").tag(sync=True)
    steady = ("w",)
    w = Number(4.0, *W_LIMITS)
    noise = Number(0.5, 0.0, 2.0)
    n_train = Whole(50, 10, 200)
    seed = Whole(0, 0, MAX_SEED)
    degree = traitlets.Enum(DEGREES, default_value=0)
    degree_index = Whole(0, 0, len(DEGREES) - 1)
    kernel = traitlets.Enum(SHOWN_KERNELS, default_value="gaussian")
    kernel_index = Whole(0, 0, len(SHOWN_KERNELS) - 1)

    @traitlets.validate("degree")
    def _degree_is_whole(self, proposal: Any) -> int:
        try:
            return check_degree(proposal.value)
        except TypeError as wrong:  # 1.0 and True are equal to 1
            raise traitlets.TraitError(f"{wrong} (allowed: 0 to {DEGREES[-1]})") from None

    _name_chosen, _index_chosen = in_step("degree", "kernel")

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        return [
            Readouts(("squared_bias", "variance", "expected_error", "best_w")),
            Buttons(("sweep", "other_sets", "start_over", "undo", "redo")),
        ]

    @property
    def result(self) -> BiasVarianceResult:
        """The numbers on screen, computed here by `nwcore`."""
        degree, kernel = self.degree_index, self.kernel
        x, columns, queries, truth = _draw(self.n_train, self.seed)
        of_curve, of_noise = _fit(queries, x, columns, self.w, degree, kernel)
        fits = of_curve + self.noise * of_noise
        parts = bias_variance(fits, truth, missing="skip")
        grid = torch.logspace(-1, 2, N_GRID, dtype=torch.float64)
        powers = self.noise ** torch.arange(3, dtype=torch.float64)
        bias_curve, variance_curve = (
            terms @ powers for terms in _curves(self.n_train, self.seed, degree, kernel)
        )
        error_curve = bias_curve + variance_curve
        return BiasVarianceResult(
            queries=queries,
            truth=truth,
            fits=fits,
            mean=parts.mean,
            squared_bias=float(parts.squared_bias.nanmean()),
            variance=float(parts.variance.nanmean()),
            error=float(parts.error.nanmean()),
            missing=fits.numel() - int(parts.answered.sum()),
            grid=grid,
            bias_curve=bias_curve,
            variance_curve=variance_curve,
            error_curve=error_curve,
            best=_best(grid, error_curve),
        )

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "w": self._slider("w", log=True),
            "n_train": self._slider("n_train"),
            "noise": self._slider("noise"),
            "degree": self._choice(widgets.ToggleButtons, "degree"),
            "kernel": self._choice(widgets.ToggleButtons, "kernel"),
        }

    def static_fallback(self) -> Picture:
        """Draw the present state as a picture that needs no browser."""
        result = self.result
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 3.9))
            curves, risk = figure.subplots(1, 2)
            self._draw_fits(curves, result)
            self._draw_risk(risk, result)
        alt = self.words["risk_alt"].format(
            degree=self.words[f"degree_{self.degree}"],
            kernel=self.words[f"kernel_{self.kernel}"],
            n=self.n_train,
            noise=number(self.noise, 2),
            w=number(self.w, 2),
            bias=self._write(result.squared_bias),
            variance=self._write(result.variance),
            error=self._write(result.error),
            best=self.words["undefined"] if result.best != result.best else number(result.best, 2),
        )
        return Picture(figure, alt)

    def _write(self, share: float) -> str:
        """An averaged square, as the page writes it."""
        if share != share:
            return str(self.words["undefined"])
        if share >= _LARGEST:
            return "> 10⁶"
        return number(share, 4 if share < 10 else 2 if share < 1000 else 0)

    def _draw_fits(self, axes: Axes, result: BiasVarianceResult) -> None:
        x = result.queries
        faint: dict[str, Any] = {"color": COLOURS["point"], "alpha": 0.14, "linewidth": 1.0}
        axes.plot(x, result.fits.T, **faint)
        axes.plot([], [], color=COLOURS["point"], alpha=0.5, label=self.words["fits"])
        axes.plot(x, result.truth, color=COLOURS["truth"], label=word("truth"))
        look: dict[str, Any] = {"color": COLOURS["pred"], "linestyle": "--"}
        axes.plot(x, result.mean, label=self.words["mean_fit"], **look)
        axes.set(xlim=(0, X_MAX), ylim=_Y_LIMITS, xlabel=word("x"), ylabel=word("y"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)

    def _draw_risk(self, axes: Axes, result: BiasVarianceResult) -> None:
        now = (result.squared_bias, result.variance, result.error)
        for curve, at, colour, dash, name in (
            (result.bias_curve, now[0], "pred", "--", "squared_bias"),
            (result.variance_curve, now[1], "point", ":", "variance"),
            (result.error_curve, now[2], "ink", "-", "expected_error"),
        ):
            look: dict[str, Any] = {"color": COLOURS[colour]}
            axes.loglog(result.grid, curve, linestyle=dash, label=self.words[name], **look)
            axes.plot([self.w], [at], marker="o", markersize=6, **look)
        axes.axvline(self.w, color=COLOURS["muted"], linewidth=1)
        if result.best == result.best:
            axes.axvline(result.best, color=COLOURS["accent"], label=self.words["best_w"])
        axes.set(xlim=W_LIMITS, ylim=_RISK_LIMITS, xlabel="w")
        axes.minorticks_off()
        for axis, low in ((axes.xaxis, -1), (axes.yaxis, -4)):
            powers = range(low, 3 if low == -1 else 2)
            labels = [number(10.0**power, max(0, -power)) for power in powers]
            axis.set_ticks([10.0**power for power in powers], labels)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


@lru_cache(maxsize=16)
def _draw(n_train: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Inputs (100, n), the curve there and one unit of noise (100, n, 2), test points, truth."""
    x, columns = [], []
    for place in range(N_SETS):
        first = (seed + place) % (MAX_SEED + 1)
        plain, noisy = (
            make_regression(n_train, noise, first, dtype=torch.float64) for noise in (0.0, 1.0)
        )
        x.append(plain.x_train)
        columns.append(torch.stack([plain.y_train, noisy.y_train - plain.y_train], -1))
    return torch.stack(x), torch.stack(columns), plain.x_test, plain.y_test


def _fit(
    queries: Tensor, x: Tensor, columns: Tensor, w: float, degree: int, kernel: str
) -> tuple[Tensor, Tensor]:
    """Fits to every data set of its two columns, (100, q) each: `local_regression` many times."""
    width = torch.tensor(w, dtype=torch.float64)
    q = len(queries)
    blocks = []
    for keys, values in zip(torch.split(x, _BLOCK), torch.split(columns, _BLOCK), strict=True):
        # Every query of every set is one of its own, with its set's keys.
        asked = queries.repeat(len(keys))[:, None]  # (sets q, 1)
        known = keys.repeat_interleave(q, 0)  # (sets q, n)
        nearest = known.gather(1, (asked - known).abs().argmin(-1, keepdim=True))
        pairs = nodes.Pairs(asked, known, torch.ones_like(known), nearest)
        fit = nodes.fit_nodes(pairs, width, get_kernel(kernel), degree)
        lone = (fit.places == 0)[:, None]
        weights = fit.weights.masked_fill(lone, torch.nan)
        blocks.append(weights.reshape(len(keys), q, -1) @ values)  # (sets, q, 2)
    both = torch.cat(blocks)
    return both[..., 0], both[..., 1]


@lru_cache(maxsize=64)
def _curves(n_train: int, seed: int, degree: int, kernel: str) -> tuple[Tensor, Tensor]:
    """Bias² and variance at every w of the grid: coefficients of 1, σ, σ², (g, 3) each.

    A fit is linear in the values: that of f(x) + σ ε is the fit of f plus σ times that of ε.
    """
    x, columns, queries, truth = _draw(n_train, seed)
    bias: list[list[float]] = []
    variance: list[list[float]] = []
    for w in torch.logspace(-1, 2, N_GRID, dtype=torch.float64).tolist():
        of_curve, of_noise = _fit(queries, x, columns, w, degree, kernel)
        # Of a polynomial of degree 2, three values say all.
        parts = [
            bias_variance(of_curve + noise * of_noise, truth, missing="skip")
            for noise in (0.0, 1.0, -1.0)
        ]
        for found, kind in ((bias, "squared_bias"), (variance, "variance")):
            at_0, at_1, at_minus_1 = (float(getattr(part, kind).nanmean()) for part in parts)
            half = (at_1 + at_minus_1) / 2
            found.append([at_0, (at_1 - at_minus_1) / 2, half - at_0])
    return torch.tensor(bias, dtype=torch.float64), torch.tensor(variance, dtype=torch.float64)


def _best(grid: Tensor, errors: Tensor) -> float:
    """The w of the least error, the first of equals; NaN if all are equal, as without any width."""
    least, most = float(errors.min()), float(errors.max())
    if most <= least * (1 + _TIE):
        return float("nan")
    return float(best_w(grid, errors.clamp(min=least * (1 + _TIE))))
