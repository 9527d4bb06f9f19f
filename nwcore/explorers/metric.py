"""The explorer of a learned metric: keys in the plane, a query with its kernel, the matrix W."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from torch import Tensor

from nwcore.attention.masks import causal_mask, leave_one_out_mask
from nwcore.attention.scores import dot_product_scores, key_norm_bias
from nwcore.draws import MAX_SEED
from nwcore.explorers._base import Explorer, Number, Whole, in_step
from nwcore.explorers._below import Buttons, Part, Readouts, Sentence
from nwcore.metric import (
    HALF_RANGE,
    MetricHistory,
    SingleIndexData,
    learn_metric,
    make_single_index,
)
from nwcore.metrics import rmse
from nwcore.plotting import COLOURS, SIGNED_COLOUR_MAP, STYLE, Picture
from nwcore.pooling import attention_weights
from nwcore.words import number

START = 1.5  # of w, in every direction
SHAPES = ("number", "axes", "matrix")
SCORES = ("distance", "dot", "dot_norm")
MASKS = ("none", "leave_one_out", "causal")
_MOST_STEPS = 150
_ROUND = 1e-9  # singular values that differ by less than this share are one
_LONGEST = 60.0  # half an ellipse, in units of x: what is longer is drawn as two lines


@dataclass(frozen=True)
class MetricResult:
    """What is on screen, in float64; n training pairs.

    Attributes
    ----------
    data : SingleIndexData
    history : MetricHistory
        Leave-one-out loss and w after every step; entry 0 is the start.
    matrix : Tensor, shape (2, 2)
        The last w as a matrix W.
    singular_values : Tensor, shape (2,)
        Of W, the larger one first.
    tilt : float
        Angle between the line of W's first right singular vector and that of u, in degrees, 0 to
        90; NaN if W is the same in all directions.
    query : Tensor, shape (2,)
        Under a mask, the training input that is nearest to (q1, q2).
    place : int or None
        Which one, in the order of drawing; None without a mask.
    weights : Tensor, shape (n,)
        Of the query; NaN if the mask hides all keys from it.
    prediction : float
        NaN likewise.
    truth : float
        At the query, without noise.
    error : float
        Root mean squared error on the 500 test points, which no mask concerns.
    """

    data: SingleIndexData
    history: MetricHistory
    matrix: Tensor
    singular_values: Tensor
    tilt: float
    query: Tensor
    place: int | None
    weights: Tensor
    prediction: float
    truth: float
    error: float


class MetricExplorer(Explorer):
    """Attention in the plane by |W(x − xᵢ)|, and W learned on the leave-one-out loss.

    Parameters are those of every `Explorer`.

    Attributes
    ----------
    angle : int
        Of the direction u that matters, in degrees, 0 to 180: y = 2 sin(3/2 · u·x) + ε.
    noise : float
        Standard deviation of ε, 0 to 1.
    n_train : int
        Number of training pairs, 10 to 200.
    seed : int
        Seed of the data, as for `make_single_index`.
    steps : int
        Steps of `learn_metric` taken, 0 to 150.
    shape : {"matrix", "axes", "number"}
        What w is: a matrix, one number for each axis, or one for all directions. It starts as 1.5,
        1.5 for each axis, or 1.5 times the identity.
    score : {"distance", "dot", "dot_norm"}
        How alike query and key are: −½|W(x − xᵢ)|², the dot product Wx · Wxᵢ, or that less
        ½|Wxᵢ|², which gives the weights of the distance. Learning goes by distance whatever is
        shown.
    mask : {"none", "leave_one_out", "causal"}
        What the query may not attend to. Under a mask it is the training input nearest to
        (q1, q2); "leave_one_out" hides itself, "causal" also every key drawn later.
    q1, q2 : float
        Coordinates of the query, −2 to 2.
    result : MetricResult
        The numbers on screen now.
    """

    canvas_heights = (460, 544)
    name = traitlets.Unicode("metric").tag(sync=True)
    steady = ("angle", "steps")
    angle = Whole(30, 0, 180)
    noise = Number(0.3, 0.0, 1.0)
    n_train = Whole(100, 10, 200)
    seed = Whole(0, 0, MAX_SEED)
    steps = Whole(0, 0, _MOST_STEPS)
    shape = traitlets.Enum(SHAPES, default_value="matrix")
    shape_index = Whole(SHAPES.index("matrix"), 0, len(SHAPES) - 1)
    score = traitlets.Enum(SCORES, default_value="distance")
    score_index = Whole(0, 0, len(SCORES) - 1)
    mask = traitlets.Enum(MASKS, default_value="none")
    mask_index = Whole(0, 0, len(MASKS) - 1)
    q1 = Number(0.5, -HALF_RANGE, HALF_RANGE)
    q2 = Number(-0.5, -HALF_RANGE, HALF_RANGE)

    _name_chosen, _index_chosen = in_step("shape", "score", "mask")

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        words = state["words"]
        masked = state["mask_index"] > 0
        where = words["query_is_key" if masked else "query_at"].format(
            x1="0.00", x2="−0.00", place=10, n=state["n_train"]
        )
        answer = words["query_answer"].format(prediction="0.00", truth="0.00", attended="00.0")
        return [
            Buttons(("do_learn", "do_step", "do_reset", "another", "start_over", "undo", "redo")),
            Sentence(f"{where} {answer}"),
            Readouts(("w", "first_value", "second_value", "tilt", "loss", "test_error")),
        ]

    @property
    def result(self) -> MetricResult:
        """The numbers on screen, computed here by `nwcore`."""
        radians = math.radians(self.angle)
        direction = torch.tensor([math.cos(radians), math.sin(radians)], dtype=torch.float64)
        data = make_single_index(self.n_train, 2, self.noise, self.seed, direction=direction)
        x, y = data.x_train, data.y_train
        history = learn_metric(x, y, _start(self.shape), steps=self.steps)
        matrix = _as_matrix(history.w[-1])
        query = torch.tensor([self.q1, self.q2], dtype=torch.float64)
        place = None if self.mask == "none" else int((x - query).square().sum(dim=1).argmin())
        query = query if place is None else x[place]
        row = self._allowed(place)  # (1, n)
        weights = _weights(query[None], x, matrix, self.score, row)[0]  # (n,)
        at_tests = _weights(data.x_test, x, matrix, self.score) @ y  # (500,)
        values = torch.linalg.svdvals(matrix)
        return MetricResult(
            data=data,
            history=history,
            matrix=matrix,
            singular_values=values,
            tilt=_tilt(matrix, direction),
            query=query,
            place=place,
            weights=weights,
            prediction=float(weights @ y),
            truth=2 * math.sin(1.5 * float(query @ direction)),
            error=rmse(at_tests, data.y_test),
        )

    def _allowed(self, place: int | None) -> Tensor | None:
        """Which keys the query may attend to, (1, n)."""
        if place is None:
            return None
        causal = self.mask == "causal"
        n = self.n_train
        mask = causal_mask(n, itself=False) if causal else leave_one_out_mask(n)  # (n, n)
        return mask[place : place + 1]

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "angle": self._slider("angle"),
            "steps": self._slider("steps"),
            "noise": self._slider("noise"),
            "n_train": self._slider("n_train"),
            "seed": self._number_box("seed"),
            "shape": self._choice(widgets.ToggleButtons, "shape"),
            "score": self._choice(widgets.ToggleButtons, "score"),
            "mask": self._choice(widgets.ToggleButtons, "mask"),
        }

    def static_fallback(self) -> Picture:
        """Draw the present state as a picture that needs no browser."""
        result = self.result
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 4.2))
            plane, losses = figure.subplots(1, 2)
            self._draw_plane(figure, plane, result)
            losses.plot(result.history.losses, color=COLOURS["ink"])
            losses.plot(self.steps, result.history.losses[-1], "o", color=COLOURS["ink"])
            losses.set(
                xlim=(0, _MOST_STEPS),
                ylim=(0.0, None),
                xlabel=self.words["steps_axis"],
                ylabel=self.words["loss"],
            )
        return Picture(figure, self._alt(result))

    def _draw_plane(self, figure: Figure, axes: Axes, result: MetricResult) -> None:
        x, y = result.data.x_train.numpy(), result.data.y_train.numpy()
        limit = 2 + 2 * self.noise
        dots = axes.scatter(
            x[:, 0],
            x[:, 1],
            s=12 + 1800 * result.weights.nan_to_num().numpy(),
            c=y,
            cmap=SIGNED_COLOUR_MAP,
            vmin=-limit,
            vmax=limit,
            edgecolors=COLOURS["muted"],
            linewidths=0.6,
        )
        figure.colorbar(dots, ax=axes, label=self.words["y"], shrink=0.8)
        centre = result.query.numpy()
        axes.plot(*centre, "+", color=COLOURS["ink"], markersize=13, markeredgewidth=2.2)
        _draw_kernel(axes, result, "--" if self.score == "dot" else "-")
        tip = 1.6 * result.data.direction.numpy()
        arrow = {"arrowstyle": "-|>", "color": COLOURS["ink"], "linewidth": 2.0}
        axes.annotate("", xy=tuple(tip), xytext=(0, 0), arrowprops=arrow)
        limits = (-HALF_RANGE, HALF_RANGE)
        axes.set(
            xlim=limits,
            ylim=limits,
            aspect="equal",
            xlabel=self.words["first_input"],
            ylabel=self.words["second_input"],
        )

    def _alt(self, result: MetricResult) -> str:
        pattern: str = self.words["metric_alt"]
        first, second = result.singular_values.tolist()
        return pattern.format(
            n_train=self.n_train,
            noise=number(self.noise, 2),
            angle=self.angle,
            shape=self.words[f"shape_{self.shape}"],
            steps=self.steps,
            first=number(first, 2),
            second=number(second, 2),
            loss=number(result.history.losses[-1], 2),
            score=self.words[f"score_{self.score}"],
            mask=self.words[f"mask_{self.mask}"],
        )


def _start(shape: str) -> Tensor:
    starts = {
        "number": torch.tensor(START, dtype=torch.float64),
        "axes": torch.full((2,), START, dtype=torch.float64),
        "matrix": START * torch.eye(2, dtype=torch.float64),
    }
    return starts[shape]


def _as_matrix(w: Tensor) -> Tensor:
    """W, (2, 2), of w, (), (2,) or (2, 2)."""
    return w if w.ndim == 2 else torch.diag(w.expand(2))


def _weights(
    queries: Tensor, keys: Tensor, matrix: Tensor, score: str, mask: Tensor | None = None
) -> Tensor:
    """Attention of queries (q, 2) to keys (n, 2), as (q, n); NaN where no key is allowed."""
    if score == "distance":
        return attention_weights(queries, keys, matrix, mask=mask, empty="nan")
    measured = keys @ matrix.T  # (n, 2)
    scores = dot_product_scores(queries @ matrix.T, measured, scale=1.0)  # (q, n)
    if score == "dot_norm":
        scores = scores + key_norm_bias(measured)
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return torch.softmax(scores, dim=1)


def _tilt(matrix: Tensor, direction: Tensor) -> float:
    _, values, rows = torch.linalg.svd(matrix)
    first, second = values.tolist()
    if first - second <= _ROUND * first:
        return math.nan
    leading = rows[0]
    across = leading[0] * direction[1] - leading[1] * direction[0]
    return math.degrees(math.atan2(abs(float(across)), abs(float(leading @ direction))))


def _draw_kernel(axes: Axes, result: MetricResult, style: str) -> None:
    """Where |W(x − query)| = 1: an ellipse, or two lines where W hardly sees one direction."""
    _, values, rows = torch.linalg.svd(result.matrix)
    reaches = [1 / value if value > 0 else math.inf for value in values.tolist()]
    centre, leading = result.query.numpy(), rows[0].numpy()
    look: dict[str, Any] = {"color": COLOURS["accent"], "linewidth": 2.2, "linestyle": style}
    if reaches[1] < _LONGEST:
        turn = math.degrees(math.atan2(leading[1], leading[0]))
        axes.add_patch(
            Ellipse(tuple(centre), 2 * reaches[0], 2 * reaches[1], angle=turn, fill=False, **look)
        )
        return
    if reaches[0] >= _LONGEST:
        return
    for side in (-1, 1):
        at = centre + side * reaches[0] * leading
        axes.axline(tuple(at), (at[0] - leading[1], at[1] + leading[0]), **look)
