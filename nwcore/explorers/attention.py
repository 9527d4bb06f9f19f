"""The explorers of attention pooling: one with the heatmap, one with the shape of the kernel."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from nwcore._checks import check_integer, check_number
from nwcore.attention.sparse import entmax15, sparsemax
from nwcore.data import X_MAX, RegressionData, draw_order, make_regression, true_function
from nwcore.draws import MAX_SEED
from nwcore.explorers._base import Explorer, Number, Whole, in_step
from nwcore.explorers._below import Buttons, Part, Readouts, Sentence, WrittenLine
from nwcore.explorers._formula import kernel_of_formula
from nwcore.local import effective_weights, local_leave_one_out
from nwcore.methods.scores import relative_scores
from nwcore.metrics import rmse
from nwcore.plotting import (
    COLOURS,
    STYLE,
    Y_LIMITS,
    Picture,
    draw_colour_bar,
    draw_heatmap,
    draw_regression,
)
from nwcore.pooling import attention_pooling, attention_weights, leave_one_out_pairs
from nwcore.words import number

N_MAX = 500
Q_MAX = 200
Y_MAX = 20.0

# Kernels to choose from: those of `nwcore.kernels` that js/engine/kernels.js knows, too, in its
# order. The others look much like one of these; they would cost every page their code and a button.
SHOWN_KERNELS = ("gaussian", "boxcar", "triangular", "epanechnikov", "constant")

# What explorers attend by: a kernel, the softmax of a compact one, which suits its bandwidth to
# each query, or a kernel that the reader writes. js/engine/ways.js has the same order.
CHOICES = (*SHOWN_KERNELS, "sparsemax", "entmax15", "own")


@dataclass(frozen=True)
class PoolingResult:
    """What is on screen, in float64; q queries, n training pairs.

    Attributes
    ----------
    queries, truth, predictions : Tensor, shape (q,)
        A query that no key is in reach of has the prediction NaN.
    keys, values : Tensor, shape (n,)
        Training pairs, moved points included, in ascending order of the keys.
    weights : Tensor, shape (q, n)
    error : float
        Root mean squared error of the predictions against the truth; NaN if one is missing.
    leave_one_out : float
        Root of the mean squared leave-one-out error; NaN if it is not defined.
    """

    queries: Tensor
    truth: Tensor
    predictions: Tensor
    keys: Tensor
    values: Tensor
    weights: Tensor
    error: float
    leave_one_out: float


class Moved(traitlets.List[Any]):
    """Points taken elsewhere: a list of [draw number, x, y]."""

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        points: list[Any] = super().validate(obj, value) or []
        try:
            if any(not isinstance(point, list | tuple) or len(point) != 3 for point in points):
                raise ValueError("moved must hold [draw number, x, y] for each point")
            return [
                [
                    check_integer("a draw number in moved", draw, low=0, high=N_MAX - 1),
                    check_number("x in moved", x, low=0.0, high=X_MAX),
                    check_number("y in moved", y, low=-Y_MAX, high=Y_MAX),
                ]
                for draw, x, y in points
            ]
        except (TypeError, ValueError) as wrong:
            allowed = f"draw number 0 to {N_MAX - 1}, x 0 to {X_MAX:g}, y ±{Y_MAX:g}"
            raise traitlets.TraitError(f"{wrong} (allowed: {allowed})") from None


class Formula(traitlets.Unicode[str, Any]):
    """A kernel in one line; anything else is a `TraitError` that says what is wrong with it."""

    def __init__(self, default: str) -> None:
        super().__init__(default)
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> str:
        text: str = super().validate(obj, value) or ""
        try:
            kernel_of_formula(text)
        except ValueError as wrong:
            raise traitlets.TraitError(str(wrong)) from None
        return text


class PoolingExplorer(Explorer):
    """State and result that the two explorers of attention pooling have in common."""

    bundle = "pooling"
    steady = ("w",)
    w = Number(1.0, 0.1, 100.0)
    noise = Number(0.5, 0.0, 2.0)
    n_train = Whole(50, 1, N_MAX)
    seed = Whole(0, 0, MAX_SEED)
    kernel = traitlets.Enum(CHOICES, default_value="gaussian")
    kernel_index = Whole(0, 0, len(CHOICES) - 1)
    formula = Formula("exp(-abs(u))")
    line = traitlets.Bool(False).tag(sync=True)
    n_queries = Whole(50, 2, Q_MAX)
    query = Whole(20, 0, Q_MAX - 1)
    pinned = traitlets.Bool(False).tag(sync=True)
    moved = Moved()
    sweeps = traitlets.Bool(False).tag(sync=True)

    def __init__(self, controls: Sequence[str] | None = None, **traits: Any) -> None:
        moved = traits.pop("moved", [])
        super().__init__(controls, **traits)
        self.moved = moved

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the page sends; points that come with their data set stay."""
        with self.hold_sync():
            super().set_state(sync_data)
            if "seed" in sync_data and "moved" in sync_data:
                self.moved = sync_data["moved"]

    _name_chosen, _index_chosen = in_step("kernel")

    @traitlets.observe("seed")
    def _put_points_back(self, change: Any) -> None:
        self.moved = []  # they belonged to the other data set

    @traitlets.observe("n_queries")
    def _keep_the_query(self, change: Any) -> None:
        self.query = min(self.query, change.new - 1)

    @traitlets.validate("query")
    def _query_exists(self, proposal: Any) -> Any:
        if proposal.value >= self.n_queries:
            raise traitlets.TraitError(
                f"query must be below n_queries = {self.n_queries}, got {proposal.value} "
                f"(allowed: 0 to {self.n_queries - 1})"
            )
        return proposal.value

    @classmethod
    def _above(cls, state: Mapping[str, Any]) -> list[Part]:
        written = CHOICES[state["kernel_index"]] == "own"
        return [WrittenLine("formula", "formula_hint")] if written else []

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        words = state["words"]
        start = words["sum_at"].replace("{x}", "0.00")
        more = words["sum_more"].replace("{n}", str(max(0, state["n_train"] - 3)))
        truth = words["sum_truth"].replace("{truth}", "0.00")
        terms = " + ".join(3 * ["0.000 · 0.00"])
        return [
            Sentence(words["pin_hint"], "nw-pin"),
            Sentence(f"{start} 0.00 = {terms} + {more}; {truth}."),
            Readouts(("error", "leave_one_out", "row_sum", "attended", "bandwidth")),
            Buttons(("sweep", "put_back", "another", "start_over", "undo", "redo")),
        ]

    @property
    def result(self) -> PoolingResult:
        """The tensors on screen, computed here by `nwcore`."""
        keys, values = self._training_pairs()
        queries = X_MAX * torch.arange(self.n_queries, dtype=torch.float64) / self.n_queries
        weights = self._weights(queries, keys)  # (q, n)
        predictions = weights @ values  # (q,)
        truth = true_function(queries)
        reached = bool(torch.isfinite(predictions).all())
        return PoolingResult(
            queries,
            truth,
            predictions,
            keys,
            values,
            weights,
            error=rmse(predictions, truth) if reached else math.nan,
            leave_one_out=self._leave_one_out(keys, values),
        )

    def _training_pairs(self) -> tuple[Tensor, Tensor]:
        data = make_regression(self.n_train, self.noise, self.seed, dtype=torch.float64)
        order = draw_order(self.n_train, self.seed)
        x, y = torch.empty_like(data.x_train), torch.empty_like(data.y_train)
        x[order], y[order] = data.x_train, data.y_train
        for draw, moved_x, moved_y in self.moved:
            if draw < self.n_train:
                x[int(draw)], y[int(draw)] = moved_x, moved_y
        keys, order = torch.sort(x, stable=True)
        return keys, y[order]

    def _leave_one_out(self, keys: Tensor, values: Tensor) -> float:
        if len(keys) < 2:
            return math.nan
        others, their_values = leave_one_out_pairs(keys, values)  # (n, n − 1) each
        if self.kernel not in SHOWN_KERNELS:
            predicted = (self._weights(keys, others) * their_values).sum(dim=1)  # (n,)
        elif self.line:
            predicted = local_leave_one_out(keys, values, self.w, 1, self.kernel, few="nan")
        else:
            predicted = attention_pooling(
                keys, others, their_values, self.w, self.kernel, empty="nan"
            )  # (n,)
        return float((predicted - values).square().mean().sqrt())

    def _weights(self, queries: Tensor, keys: Tensor) -> Tensor:
        """What each prediction makes of each value, (q, k): keys (k,), or (q, k) but for a line
        with a kernel of the package."""
        if self.kernel not in SHOWN_KERNELS:
            away = keys - queries[:, None]  # (q, k)
            weights = self._unnamed_weights(away)
            return _line_weights(weights, away) if self.line else weights
        if self.line:
            return effective_weights(queries, keys, self.w, 1, self.kernel, few="nan")
        return attention_weights(queries, keys, self.w, self.kernel, empty="nan")

    def _unnamed_weights(self, away: Tensor) -> Tensor:
        """Weights (q, k) of what is no kernel by name, from what keys are away from the query."""
        if self.kernel == "own":
            similarities = kernel_of_formula(self.formula)(away * self.w)
            return similarities / similarities.sum(dim=1, keepdim=True)
        query = torch.zeros(len(away), 1, dtype=torch.float64)  # from which keys are away
        scores = relative_scores(query, away, _nearest(away), self.w)
        return sparsemax(scores) if self.kernel == "sparsemax" else entmax15(scores)

    def _alt(self, result: PoolingResult) -> str:
        pattern: str = self.words["pooling_alt"]
        kernel = self.words[f"kernel_{self.kernel}"]
        picture = pattern.format(
            kernel=f"{kernel} {self.formula}" if self.kernel == "own" else kernel,
            w=number(self.w, 2),
            n_train=self.n_train,
            noise=number(self.noise, 2),
            error=self.words["undefined"] if math.isnan(result.error) else number(result.error, 3),
        )
        return f"{picture} {self.words['line_alt']}" if self.line else picture


class AttentionExplorer(PoolingExplorer):
    """Data, heatmap and the weights of one query, live under sliders.

    Parameters are those of every `Explorer`.

    Attributes
    ----------
    w : float
        Inverse bandwidth, 0.1 to 100.
    noise : float
        Standard deviation of the noise, 0 to 2.
    n_train : int
        Number of training pairs, 1 to 500.
    seed : int
        Seed of the data, as for `make_regression`; another seed puts moved points back.
    kernel : str
        "gaussian", "boxcar", "triangular", "epanechnikov" or "constant"; "sparsemax" or "entmax15"
        of the scores −½w²d²; "own", the kernel of `formula`.
    formula : str
        K(u) in one line of Python, such as "exp(-abs(u))": finite, nowhere negative, even. Numbers,
        ``u``, ``pi``, ``e``, ``+ - * / **``, comparisons, and abs, exp, sqrt, cos, sin, tanh, log,
        max, min, where.
    line : bool
        Whether a line is fitted about each query, and not a constant: then weights may be negative.
    n_queries : int
        Number of queries, evenly spaced on [0, 5), 2 to 200. At 50 they are the test inputs.
    query : int
        The query whose weights are shown, 0 to n_queries − 1. A pointer over the picture previews
        others, on the screen alone.
    pinned : bool
        Whether the query is held: then a pointer previews no other.
    moved : list of [int, float, float]
        Training points taken elsewhere: draw number, x, y.
    sweeps : bool
        Whether w moves by itself from the start, until somebody takes it in hand.
    result : PoolingResult
        The tensors on screen now.
    """

    canvas_heights = (444, 508)
    name = traitlets.Unicode("attention").tag(sync=True)

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "w": self._slider("w", log=True),
            "noise": self._slider("noise"),
            "n_train": self._slider("n_train"),
            "seed": self._number_box("seed"),
            "kernel": self._choice(widgets.Dropdown, "kernel"),
            "line": self._switch("line"),
        }

    def static_fallback(self) -> Picture:
        result = self.result
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 3.6))
            curve, heatmap = figure.subplots(1, 2)
            _draw_curve(curve, result)
            largest = float(result.weights.nan_to_num().abs().max())
            signed = self.line
            draw_heatmap(
                heatmap, result.weights, result.queries, result.keys, largest, signed=signed
            )
            draw_colour_bar(figure, [heatmap], largest, signed=signed)
        return Picture(figure, self._alt(result))


class KernelExplorer(PoolingExplorer):
    """Kernels, average pooling among them, drawn at a query above the weights they give.

    Parameters and attributes are those of `AttentionExplorer`.
    """

    canvas_heights = (444, 444)
    name = traitlets.Unicode("kernels").tag(sync=True)

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "kernel": self._choice(widgets.ToggleButtons, "kernel"),
            "w": self._slider("w", log=True),
            "noise": self._slider("noise"),
            "n_train": self._slider("n_train"),
            "seed": self._number_box("seed"),
        }

    def static_fallback(self) -> Picture:
        result = self.result
        weights = result.weights[self.query].nan_to_num()  # (n,)
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(7.0, 4.6))
            curve, bars = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1.0))
            _draw_curve(curve, result)
            curve.axvline(float(result.queries[self.query]), color=COLOURS["pred"], linewidth=1.0)
            curve.set_xlabel("")
            bars.vlines(result.keys.numpy(), 0.0, weights.numpy(), color=COLOURS["pred"])
            least = 0.0 if float(weights.min()) >= 0 else None
            bars.set(xlabel=self.words["x"], ylabel=self.words["weight"], ylim=(least, None))
        return Picture(figure, self._alt(result))


def _nearest(away: Tensor) -> Tensor:
    """Of what keys are away from each query, (q, k), the least, (q, 1)."""
    return away.gather(1, away.abs().argmin(dim=1, keepdim=True))


def _line_weights(weights: Tensor, away: Tensor) -> Tensor:
    """Effective weights of the line that is fitted by weights (q, k), each row summing to 1.

    lᵢ = αᵢ (1 − d̄(dᵢ − d̄)/Σⱼ αⱼ(dⱼ − d̄)²), where d are what keys are away from the query and d̄ is
    their mean: NaN where only one place has a weight (Fan and Gijbels, 1996, section 2.2).
    """
    # Measured from the nearest key, beside which all others may have next to no weight.
    nearest = _nearest(away)  # (q, 1)
    beside = away - nearest
    shift = (weights * beside).sum(dim=1, keepdim=True)
    aside = beside - shift
    spread = (weights * aside.square()).sum(dim=1, keepdim=True)
    weighted = torch.where(weights > 0, away, torch.nan)
    alone = weighted.nan_to_num(-torch.inf).amax(1) == weighted.nan_to_num(torch.inf).amin(1)
    lines = weights * (1 - (nearest + shift) * aside / spread)
    return lines.masked_fill(alone[:, None], torch.nan)


def _draw_curve(axes: Axes, result: PoolingResult) -> None:
    data = RegressionData(result.keys, result.values, result.queries, result.truth)
    draw_regression(axes, data, result.predictions)
    inside = Y_LIMITS[0] <= float(result.values.min()) <= float(result.values.max()) <= Y_LIMITS[1]
    if not inside:
        axes.set_ylim(auto=True)
        axes.relim()
        axes.autoscale_view(scalex=False)
