"""The pictures of the book: one visual language, drawn with Matplotlib, shown as SVG.

A picture's colours are CSS variables with a fallback, so that a page can recolour it for its light
or dark theme; outside such a page it is drawn on white.
"""

import base64
import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from nwcore._checks import (
    check_choice,
    check_flag,
    check_float_tensor,
    check_integer,
    check_same_dtype,
    check_same_shape,
)
from nwcore.data import RegressionData
from nwcore.metrics import rmse
from nwcore.smoother import ConfidenceBand
from nwcore.words import number, word

try:
    import matplotlib as mpl
    from IPython.display import DisplayHandle
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator
    from PIL import Image
except ImportError as error:
    raise ImportError(
        "nwcore.plotting needs Matplotlib and IPython, install them with: "
        'pip install "nwcore[book]"'
    ) from error

X_LIMITS = (0.0, 5.0)
Y_LIMITS = (-1.0, 5.0)
COLOUR_MAP = "viridis"
# Of numbers below and above 0, as js/drawing/diverging.js has them.
SIGNED_COLOUR_MAP = LinearSegmentedColormap.from_list("signed", ["#0072b2", "#c5c9d0", "#d55e00"])

# One colour a role; truth and prediction are Okabe and Ito's blue and vermilion (2008).
COLOURS = {
    "ink": "#1f2937",
    "muted": "#6b7280",
    "paper": "#ffffff",
    "truth": "#0072b2",
    "pred": "#d55e00",
    "point": "#4b5563",
    "accent": "#009e73",
}
STYLE: dict[Any, Any] = {
    "axes.edgecolor": COLOURS["muted"],
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": COLOURS["ink"],
    "axes.titlesize": 11.0,
    "figure.constrained_layout.use": True,
    "figure.facecolor": COLOURS["paper"],
    "font.size": 11.0,
    "legend.frameon": False,
    "legend.labelcolor": COLOURS["ink"],
    "lines.linewidth": 2.2,
    "svg.fonttype": "none",  # text stays text: sharp, searchable, in the page's own font
    "svg.hashsalt": "nwcore",  # the same picture is the same file
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.color": COLOURS["muted"],
    "ytick.labelcolor": COLOURS["ink"],
}
_STROKES = "stroke-linejoin: round; stroke-linecap: butt"
# How lines of one colour are told apart, on paper and without colour, too: dashes and markers.
_MAIN_LINE = ("-", "o")
_OTHER_LINES = (
    ("-", "s"),
    ("--", "^"),
    ("-.", "D"),
    (":", "v"),
    ("-", "x"),
    ("--", "<"),
    ("-.", ">"),
    (":", "p"),
    ("-", "*"),
    ("--", "+"),
    ("-.", "|"),
    (":", "P"),
)
_EMBEDDED_PNG = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")


class Picture:
    """A Matplotlib figure that shows itself in a notebook as SVG with a text alternative.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What the picture shows, in words.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure = figure
        self.alt = alt

    @cached_property
    def svg(self) -> str:
        """The picture as a standalone SVG document, the same text for the same picture."""
        buffer = io.StringIO()
        with mpl.rc_context(STYLE):
            FigureCanvasSVG(self.figure).print_svg(buffer, metadata={"Date": None})
        drawing = buffer.getvalue()
        drawing = drawing[drawing.index("<svg") :]
        drawing = re.sub(r"<metadata>.*?</metadata>\s*", "", drawing, flags=re.DOTALL)
        # A style sheet inside an inline SVG would reach the whole page: say the same on the root.
        drawing = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", drawing, flags=re.DOTALL)
        drawing = re.sub(r"<[^>]*>", _with_short_numbers, drawing)
        drawing = _with_own_names(drawing)
        drawing = _EMBEDDED_PNG.sub(_uncompressed, drawing)
        for role, colour in COLOURS.items():
            drawing = drawing.replace(colour, f"var(--nw-{role}, {colour})")
        label = escape(self.alt, quote=True)
        attributes = f'role="img" aria-label="{label}" style="{_STROKES}"'
        return drawing.replace("<svg ", f"<svg {attributes} ", 1)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.alt}

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"


def plot_regression(
    data: RegressionData, predicted: Tensor | None = None, title: str = ""
) -> Picture:
    """Draw the truth, a prediction and the training points, on the axes that every chapter uses.

    Parameters
    ----------
    data : RegressionData
    predicted : Tensor, shape (n_test,), optional
        Predictions at `data.x_test`.
    title : str, optional

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If `predicted` does not fit `data.y_test`.
    """
    if predicted is not None:
        _check_predicted(data, predicted)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.5))
        axes = figure.add_subplot()
        draw_regression(axes, data, predicted)
        axes.set_title(title)
    return Picture(figure, regression_alt(data, predicted))


def draw_regression(axes: Axes, data: RegressionData, predicted: Tensor | None = None) -> None:
    """Draw what `plot_regression` shows onto `axes`; a prediction of NaN leaves a gap."""
    x_test = _array(data.x_test)
    axes.scatter(
        _array(data.x_train),
        _array(data.y_train),
        s=32,
        color=COLOURS["point"],
        alpha=0.4,
        linewidth=0,
    )
    axes.plot(x_test, _array(data.y_test), color=COLOURS["truth"], label=word("truth"))
    if predicted is not None:
        axes.plot(
            x_test,
            _array(predicted),
            color=COLOURS["pred"],
            linestyle="--",
            label=word("prediction"),
        )
    axes.set(xlim=X_LIMITS, ylim=Y_LIMITS, xlabel=word("x"), ylabel=word("y"))
    axes.legend(loc="upper left")


def show_heatmaps(
    weights: Tensor | Sequence[Tensor],
    queries: Tensor | None = None,
    keys: Tensor | None = None,
    titles: Sequence[str] = (),
    *,
    plain: bool = False,
) -> Picture:
    """Draw attention weights: a row a query, a column a key, one colour scale for all panels.

    Where some weights are negative, as effective weights of local lines may be, 0 is in the middle
    of the scale.

    Parameters
    ----------
    weights : Tensor of shape (n_queries, n_keys), or a sequence of them
        Several are drawn side by side.
    queries : Tensor, shape (n_queries,), optional
        Ascending inputs of the rows, to mark whole numbers among them; else rows are numbered.
    keys : Tensor, shape (n_keys,), optional
        Ascending inputs of the columns, likewise.
    titles : sequence of str, optional
        One for each panel.
    plain : bool
        Whether the axes are called queries and keys alone, where those are no test and training
        inputs.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If a matrix is not a finite float matrix, or lengths do not fit.
    """
    panels = [weights] if isinstance(weights, Tensor) else list(weights)
    if not panels:
        raise ValueError("weights must hold at least one matrix, got none")
    if titles and len(titles) != len(panels):
        raise ValueError(f"titles must be {len(panels)}, one a panel, got {len(titles)}")
    for panel in panels:
        check_float_tensor("weights", panel, ndims=(2,))
        check_same_shape(**{"weights[0]": panels[0], "every other panel": panel})
    for name, inputs, length in (("queries", queries, 0), ("keys", keys, 1)):
        if inputs is None:
            continue
        check_float_tensor(name, inputs, ndims=(1,))
        if bool((inputs.diff() < 0).any()):
            raise ValueError(f"{name} must be in ascending order")
        if inputs.shape != panels[0].shape[length : length + 1]:
            raise ValueError(
                f"{name} must have shape ({panels[0].shape[length]},), got {tuple(inputs.shape)}"
            )
    check_flag("plain", plain)
    largest = max(float(panel.max()) for panel in panels)
    if largest <= 0:
        raise ValueError(f"weights must hold a positive weight, got at most {largest:g}")
    signed = any(bool((panel < 0).any()) for panel in panels)
    with mpl.rc_context(STYLE):
        # Three beside each other are smaller: on a page their words would be too small to read.
        side = 3.8 if len(panels) < 3 else 2.7
        figure = Figure(figsize=(1.0 + side * len(panels), side - 0.1))
        row = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        for axes, panel, title in zip(row, panels, titles or [""] * len(panels), strict=True):
            draw_heatmap(axes, panel, queries, keys, largest, plain=plain, signed=signed)
            axes.set_title(title)
            axes.label_outer()
        draw_colour_bar(figure, list(row), largest, signed=signed)
    named = f" ({', '.join(titles)})" if titles else ""
    alt = heatmap_alt(panels[0], largest, named)
    if signed:
        least = min(float(panel.min()) for panel in panels)
        alt += word("heatmap_alt_signed").format(least=number(least, 3))
    return Picture(figure, alt)


def draw_heatmap(
    axes: Axes,
    weights: Tensor,
    queries: Tensor | None,
    keys: Tensor | None,
    largest: float,
    *,
    plain: bool = False,
    signed: bool = False,
) -> None:
    """Draw one matrix of weights onto `axes`, colours from 0 (`signed`: −largest) to `largest`."""
    axes.imshow(
        _array(weights),
        cmap=SIGNED_COLOUR_MAP if signed else COLOUR_MAP,
        vmin=-largest if signed else 0.0,
        vmax=largest,
        interpolation="none",
        aspect="auto",
    )
    if plain:
        axes.set(xlabel=word("keys_plain"), ylabel=word("queries_plain"))
    else:
        axes.set(xlabel=word("keys"), ylabel=word("queries"))
    _label_ticks(axes, "x", keys)
    _label_ticks(axes, "y", queries)


def plot_loss_over_w(
    w: Tensor,
    losses: Tensor,
    steps: Sequence[tuple[float, float]] = (),
    title: str = "",
) -> Picture:
    """Draw the leave-one-out loss as a landscape over |w|, with the steps of a training run on it.

    Parameters
    ----------
    w : Tensor, shape (n,)
        Positive, ascending; drawn on a logarithmic axis.
    losses : Tensor, shape (n,)
    steps : sequence of (w, loss), optional
        Where training was after each epoch, the start first.
    title : str, optional

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If `w` and `losses` are not finite float vectors of one length, or `w` is not positive.
    """
    check_float_tensor("w", w, ndims=(1,))
    check_float_tensor("losses", losses, ndims=(1,))
    check_same_shape(w=w, losses=losses)
    if bool((w <= 0).any()):
        raise ValueError(f"w must be positive everywhere, got {float(w.min())}")
    if bool((w.diff() <= 0).any()):
        raise ValueError("w must ascend, got a value not above the one before")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.5))
        axes = figure.add_subplot()
        draw_loss_over_w(axes, w, losses, steps)
        axes.set_title(title)
    walked = ""
    if steps:
        walked = word("landscape_alt_steps").format(
            w_first=number(abs(steps[0][0]), 2),
            w_last=number(abs(steps[-1][0]), 2),
            n=len(steps) - 1,
        )
    w_min = number(float(w[losses.argmin()]), 2)
    return Picture(figure, word("landscape_alt").format(w_min=w_min, steps=walked))


def draw_loss_over_w(
    axes: Axes, w: Tensor, losses: Tensor, steps: Sequence[tuple[float, float]] = ()
) -> None:
    """Draw what `plot_loss_over_w` shows onto `axes`."""
    lowest = int(losses.argmin())
    axes.semilogx(_array(w), _array(losses), color=COLOURS["truth"])
    axes.plot(
        [float(w[lowest])],
        [float(losses[lowest])],
        marker="v",
        markersize=9,
        linestyle="none",
        color=COLOURS["accent"],
        label=word("minimum"),
    )
    if steps:
        axes.plot(
            [abs(step[0]) for step in steps],
            [step[1] for step in steps],
            color=COLOURS["pred"],
            linewidth=1.2,
            marker="o",
            markersize=5,
            label=word("steps"),
        )
    axes.set(xlabel=word("w"), ylabel=word("loss"), ylim=(0.0, None))
    ticks = [tick for tick in (0.1, 0.3, 1, 3, 10, 30, 100) if w[0] <= tick <= w[-1]]
    axes.set_xticks(ticks, [number(tick, 1 if tick < 1 else 0) for tick in ticks])
    axes.minorticks_off()
    axes.legend(loc="upper right")


def plot_growth(
    lines: Mapping[str, Sequence[tuple[float, float]]],
    quantity: Literal["seconds", "bytes"],
    emphasis: str,
) -> Picture:
    """Draw how time or memory grows with the number of points, on two logarithmic axes.

    Parameters
    ----------
    lines : mapping of a name to (n, value) pairs
        Ascending in n, all positive; dashes and markers tell lines apart, by the names below.
    quantity : {"seconds", "bytes"}
        What the values are.
    emphasis : str
        The name of the line that stands out.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If `emphasis` names no line, a line is empty, a number is not positive and finite, or there
        are more lines than can be told apart.
    """
    check_choice("quantity", quantity, ("seconds", "bytes"))
    if emphasis not in lines:
        raise ValueError(f"emphasis must name one of {', '.join(lines)}, got {emphasis!r}")
    for name, points in lines.items():
        if not points or not all(0 < x < math.inf for point in points for x in point):
            raise ValueError(f"lines[{name!r}] must hold positive, finite numbers, got {points}")
    if len(lines) > 1 + len(_OTHER_LINES):
        raise ValueError(
            f"lines must be at most {1 + len(_OTHER_LINES)} to be told apart, got {len(lines)}"
        )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 5.0))  # on a telephone its words are still to be read
        axes = figure.add_subplot()
        others = iter(_OTHER_LINES)
        for name, points in lines.items():
            stands_out = name == emphasis
            role = "pred" if stands_out else "point"
            dash, marker = _MAIN_LINE if stands_out else next(others)
            axes.loglog(
                *zip(*points, strict=True),
                color=COLOURS[role],
                linewidth=2.8 if stands_out else 1.3,
                linestyle=dash,
                marker=marker,
                markersize=5,
                label=name,
            )
        axes.set(xlabel=word("points"), ylabel=word(quantity))
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(FuncFormatter(_as_power))
        axes.yaxis.set_major_formatter(FuncFormatter(_as_power))
        right = max(points[-1][0] for points in lines.values())
        axes.set_xticks([10.0**k for k in range(2, 1 + round(math.log10(right)))])
        figure.legend(
            loc="outside lower center", ncols=3, fontsize=10.5, handlelength=2.6, columnspacing=1.2
        )
    best = lines[emphasis]
    slowest = max(lines, key=lambda name: lines[name][-1][1] / lines[name][-1][0])
    pattern = {"seconds": "growth_seconds_alt", "bytes": "growth_bytes_alt"}[quantity]
    alt = word(pattern).format(
        n_lines=len(lines),
        emphasis=emphasis,
        best=_measured(best[-1][1], quantity),
        n_best=_power_of_ten(best[-1][0]),
        worst_name=slowest,
        worst=_measured(lines[slowest][-1][1], quantity),
        n_worst=_power_of_ten(lines[slowest][-1][0]),
    )
    return Picture(figure, alt)


def plot_scaling(
    quantity: Literal["n_context", "noise", "roughness"],
    places: Tensor,
    w: Tensor,
    interval: tuple[Tensor, Tensor],
    theory: Tensor,
) -> Picture:
    """Draw how a learned w follows a quantity of its tasks, on two logarithmic axes.

    Parameters
    ----------
    quantity : {"n_context", "noise", "roughness"}
        What was varied.
    places : Tensor, shape (k,)
        Its values, ascending.
    w : Tensor, shape (k,)
        The inverse bandwidth learned at each.
    interval : tuple of Tensor, each of shape (k,)
        Lower and upper ends of an interval about each `w`.
    theory : Tensor, shape (k,)
        What theory says of each.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If a tensor is not a positive float vector as long as the others, or `places` do not ascend.
    """
    check_choice("quantity", quantity, ("n_context", "noise", "roughness"))
    vectors = {
        "places": places,
        "w": w,
        "interval[0]": interval[0],
        "interval[1]": interval[1],
        "theory": theory,
    }
    for name, vector in vectors.items():
        check_float_tensor(name, vector, ndims=(1,))
        if bool((vector <= 0).any()):
            raise ValueError(f"{name} must be positive everywhere, got {float(vector.min()):g}")
    check_same_shape(**vectors)
    if bool((places.diff() <= 0).any()):
        raise ValueError("places must ascend, got a value not above the one before")
    label = {
        "n_context": word("scaling_n_context"),
        "noise": word("scaling_noise"),
        "roughness": word("scaling_roughness"),
    }[quantity]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.0, 3.6))
        axes = figure.add_subplot()
        axes.loglog(_array(places), _array(theory), color=COLOURS["truth"], label=word("theory"))
        lower, upper = map(_array, interval)
        axes.vlines(_array(places), lower, upper, color=COLOURS["pred"], linewidth=1.6)
        axes.loglog(
            _array(places),
            _array(w),
            linestyle="none",
            marker="o",
            markersize=6,
            color=COLOURS["pred"],
            label=word("learned"),
        )
        axes.set(xlabel=label, ylabel=word("w"))
        axes.minorticks_off()
        low = float(min(interval[0].min(), theory.min()))
        high = float(max(interval[1].max(), theory.max()))
        ticks = [
            tick for tick in (1, 2, 3, 5, 7, 10, 15, 20, 30) if low / 1.2 <= tick <= high * 1.2
        ]
        axes.set_yticks(ticks, [number(tick, 0) for tick in ticks])
        axes.set_xticks(_array(places), [_plain(float(place)) for place in places])
        axes.legend()
    alt = word("scaling_alt").format(
        quantity=label,
        first=_plain(float(places[0])),
        last=_plain(float(places[-1])),
        w_first=number(float(w[0]), 2),
        w_last=number(float(w[-1]), 2),
        theory_first=number(float(theory[0]), 2),
        theory_last=number(float(theory[-1]), 2),
    )
    return Picture(figure, alt)


# What lines and axes of `plot_lines` and `plot_band` may be called: keys of nwcore/locale.
LINES = (
    *("squared_bias", "variance", "squared_error", "leave_one_out"),
    *("constants", "lines", "parabolas"),
    *("naive", "corrected", "promised"),
)
AXES = (
    *("x", "y", "w", "n"),
    *("squared_error", "degrees_of_freedom", "coverage", "effective_weight"),
    *("milliseconds", "acceleration", "log_income", "life_expectancy"),
)


def plot_lines(
    x: Tensor,
    lines: Mapping[str, Tensor],
    x_axis: str,
    y_axis: str,
    *,
    theory: Mapping[str, Tensor] | None = None,
    logarithmic: bool = False,
) -> Picture:
    """Draw quantities over a common axis, each with a colour and a marker of its own.

    Parameters
    ----------
    x : Tensor, shape (m,)
        Ascending.
    lines : mapping of a name in `LINES` to Tensor, shape (m,)
        At most four.
    x_axis, y_axis : str
        Names in `AXES`.
    theory : mapping of a name among the lines to Tensor, shape (m,), optional
        What theory says of them, dashed in their colours.
    logarithmic : bool
        Whether both axes are logarithmic; all numbers must be positive then.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If a name is unknown, or a tensor is not a finite float vector as described.
    """
    theory = {} if theory is None else theory
    if not 1 <= len(lines) <= len(_MARKED_LINES):
        raise ValueError(f"lines must be 1 to {len(_MARKED_LINES)}, got {len(lines)}")
    for name in lines:
        check_choice("a line's name", name, LINES)
    for name in theory:
        check_choice("theory's name", name, tuple(lines))
    check_choice("x_axis", x_axis, AXES)
    check_choice("y_axis", y_axis, AXES)
    check_flag("logarithmic", logarithmic)
    vectors = {"x": x}
    vectors |= {f"lines[{name!r}]": line for name, line in lines.items()}
    vectors |= {f"theory[{name!r}]": line for name, line in theory.items()}
    for name, vector in vectors.items():
        check_float_tensor(name, vector, ndims=(1,))
        if logarithmic and bool((vector <= 0).any()):
            raise ValueError(f"{name} must be positive everywhere, got {float(vector.min()):g}")
    check_same_shape(**vectors)
    if bool((x.diff() <= 0).any()):
        raise ValueError("x must ascend, got a value not above the one before")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.7))
        axes = figure.add_subplot()
        for (name, line), (role, marker) in zip(lines.items(), _MARKED_LINES, strict=False):
            style: dict[str, Any] = {"color": COLOURS[role], "marker": marker, "markersize": 4}
            axes.plot(_array(x), _array(line), **style, linewidth=1.6, label=word(name))
            if name in theory:
                axes.plot(_array(x), _array(theory[name]), "--", color=COLOURS[role], linewidth=1.2)
        if theory:
            axes.plot([], [], "--", color=COLOURS["muted"], linewidth=1.2, label=word("theory"))
        if logarithmic:
            axes.set(xscale="log", yscale="log")
            axes.minorticks_off()
            _label_decades(axes, "x", x)
            _label_decades(axes, "y", torch.cat([line.double() for line in lines.values()]))
        else:
            _set_decimals(axes)
        axes.set(xlabel=word(x_axis), ylabel=word(y_axis))
        axes.legend()
    said = (
        word("lines_alt_line").format(
            name=word(name),
            first=_significant(float(line[0])),
            last=_significant(float(line[-1])),
            least=_significant(float(line.min())),
            place=_significant(float(x[line.argmin()])),
        )
        for name, line in lines.items()
    )
    alt = word("lines_alt").format(
        y_axis=word(y_axis),
        x_axis=word(x_axis),
        first=_significant(float(x[0])),
        last=_significant(float(x[-1])),
        lines="; ".join(said),
    )
    return Picture(figure, alt)


_MARKED_LINES = (("truth", "o"), ("pred", "s"), ("accent", "^"), ("point", "D"))


def plot_band(
    x: Tensor,
    y: Tensor,
    queries: Tensor,
    band: ConfidenceBand,
    x_axis: str = "x",
    y_axis: str = "y",
    *,
    truth: Tensor | None = None,
    marked: int | None = None,
) -> Picture:
    """Draw points, the curve in the middle of a confidence band, and the band.

    Parameters
    ----------
    x, y : Tensor, shape (n,)
        The points.
    queries : Tensor, shape (q,)
        Where the band was asked for, ascending.
    band : ConfidenceBand
        At the queries.
    x_axis, y_axis : str
        Names in `AXES`.
    truth : Tensor, shape (q,), optional
        The noise-free curve at the queries.
    marked : int, optional
        A point that stands out.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError, ValueError
        If an axis is unknown, or a tensor is not a finite float vector as described.
    """
    check_choice("x_axis", x_axis, AXES)
    check_choice("y_axis", y_axis, AXES)
    for name, vector in {"x": x, "y": y, "queries": queries}.items():
        check_float_tensor(name, vector, ndims=(1,))
    check_same_shape(x=x, y=y)
    check_same_shape(queries=queries, **{"the band's center": band.center})
    if bool((queries.diff() <= 0).any()):
        raise ValueError("queries must ascend, got a value not above the one before")
    if truth is not None:
        check_float_tensor("truth", truth, ndims=(1,))
        check_same_shape(queries=queries, truth=truth)
    if marked is not None:
        marked = check_integer("marked", marked, low=0, high=len(x) - 1)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.5))
        axes = figure.add_subplot()
        style: dict[str, Any] = {"color": COLOURS["point"], "alpha": 0.4, "linewidth": 0}
        axes.scatter(_array(x), _array(y), s=22, **style)
        if truth is not None:
            axes.plot(_array(queries), _array(truth), color=COLOURS["truth"], label=word("truth"))
        axes.fill_between(
            _array(queries),
            _array(band.lower),
            _array(band.upper),
            color=COLOURS["pred"],
            alpha=0.25,
            linewidth=0,
            label=word("band"),
        )
        axes.plot(
            _array(queries), _array(band.center), "--", color=COLOURS["pred"], label=word("fit")
        )
        if marked is not None:
            axes.scatter(
                [float(x[marked])], [float(y[marked])], s=60, marker="D", color=COLOURS["accent"]
            )
        _set_decimals(axes)
        axes.set(xlabel=word(x_axis), ylabel=word(y_axis))
        axes.legend()
    widths = band.upper - band.lower
    alt = word("band_alt").format(
        y_axis=word(y_axis),
        x_axis=word(x_axis),
        n=len(x),
        first=_significant(float(queries[0])),
        last=_significant(float(queries[-1])),
        narrow=_significant(float(widths.min())),
        wide=_significant(float(widths.max())),
    )
    return Picture(figure, alt)


def _significant(value: float) -> str:
    """A number to two significant digits, to whole units if it is larger, at most four decimals."""
    if abs(value) < 5e-5:
        return number(0.0, 0)
    digits = min(4, max(0, 1 - math.floor(math.log10(abs(value)))))
    return number(value, digits)


def _set_decimals(axes: Axes) -> None:
    """Write the numbers of both axes with the decimal mark of the language."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: _plain(value)))


def _label_decades(axes: Axes, side: str, numbers: Tensor) -> None:
    """Ticks at 1, 3, 10, 30, … as far as numbers reach."""
    low, high = float(numbers.min()), float(numbers.max())
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [digit * 10.0**decade for decade in decades for digit in (1, 3)]
    ticks = [tick for tick in ticks if low / 1.05 <= tick <= high * 1.05]
    set_ticks = axes.set_xticks if side == "x" else axes.set_yticks
    set_ticks(ticks, [_significant_short(tick) for tick in ticks])


def _significant_short(tick: float) -> str:
    """A number of one significant digit."""
    return number(tick, max(0, -math.floor(math.log10(tick) + 1e-9)))


def _plain(value: float) -> str:
    """A number with as many decimals as it needs, at most three."""
    digits = next(k for k in range(4) if k == 3 or round(value, k) == round(value, 3))
    return number(value, digits)


def _power_of_ten(value: float) -> str:
    """1 to 1000 as such, else as digits and a power of ten."""
    if 0.01 <= value < 1e4:
        return number(value, 0 if value >= 1 else 1 if value >= 0.1 else 2)
    return _as_power(value)


def _as_power(value: float, place: int | None = None) -> str:
    """Write digits and a power of ten, or the power alone."""
    exponent = math.floor(math.log10(value) + 1e-9)
    power = "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] if d != "-" else "⁻" for d in str(exponent))
    factor = value / 10.0**exponent
    return power if abs(factor - 1) < 0.05 else f"{number(factor, 0)}·{power}"


def _measured(value: float, quantity: str) -> str:
    """A time or an amount of memory with its unit, to two digits."""
    if quantity == "bytes":
        return f"{number(value / 2**20, 0)} MiB"
    return f"{number(value, 1)} s" if value >= 0.95 else f"{number(1000 * value, 1)} ms"


class LossCurve:
    """Draw the loss while training runs; hand it to `fit` as `on_epoch`.

    Each call redraws one picture in place, so that what remains in the notebook is the last one.

    Parameters
    ----------
    epochs : int
        How many epochs will come: the length of the horizontal axis.

    Attributes
    ----------
    points : list of (epoch, loss)
        What was drawn so far.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = check_integer("epochs", epochs, low=1)
        self.points: list[tuple[int, float]] = []
        self._display: DisplayHandle | None = None

    def __call__(self, epoch: int, loss: float, w: float) -> None:
        """Add a point and redraw; `w` is accepted because `fit` gives it."""
        self.points.append((epoch, loss))
        if self._display is None:
            self._display = DisplayHandle()
            self._display.display(self.picture())
        else:
            self._display.update(self.picture())

    def picture(self) -> Picture:
        """Draw the points so far."""
        if not self.points:
            raise ValueError("LossCurve has no points yet: call it once an epoch first")
        epochs, losses = zip(*self.points, strict=True)
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(5.6, 3.0))
            axes = figure.add_subplot()
            axes.plot(
                epochs, losses, color=COLOURS["pred"], marker="o", markersize=5, clip_on=False
            )
            axes.set(xlabel=word("epoch"), ylabel=word("loss"))
            axes.set(xlim=(0, max(self.epochs, epochs[-1])), ylim=(0.0, 1.05 * max(losses)))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        pattern = word("loss_alt" if len(losses) > 1 else "loss_alt_start")
        alt = pattern.format(
            last=epochs[-1], first_loss=number(losses[0], 2), last_loss=number(losses[-1], 2)
        )
        return Picture(figure, alt)


def regression_alt(data: RegressionData, predicted: Tensor | None) -> str:
    """Say in words what `draw_regression` shows."""
    prediction, error = "", ""
    if predicted is not None:
        prediction = word("regression_alt_prediction")
        value = number(rmse(predicted.detach(), data.y_test), 3)
        error = word("regression_alt_error").format(rmse=value)
    return word("regression_alt").format(
        prediction=prediction, n_train=len(data.x_train), error=error
    )


def heatmap_alt(weights: Tensor, largest: float, title: str = "") -> str:
    """Say in words what `draw_heatmap` shows."""
    n_queries, n_keys = weights.shape
    return word("heatmap_alt").format(
        n_queries=n_queries, n_keys=n_keys, title=title, largest=number(largest, 3)
    )


def _check_predicted(data: RegressionData, predicted: Tensor) -> None:
    check_float_tensor("predicted", predicted, ndims=(1,))
    check_same_shape(predicted=predicted, y_test=data.y_test)
    check_same_dtype(predicted=predicted, y_test=data.y_test)


def draw_colour_bar(
    figure: Figure, row: list[Axes], largest: float, *, signed: bool = False
) -> None:
    """Draw the colour scale of `draw_heatmap` beside a row of heatmaps."""
    least, colours = (-largest, SIGNED_COLOUR_MAP) if signed else (0.0, COLOUR_MAP)
    scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(least, largest), colours)
    label = word("effective_weight") if signed else word("weight")
    bar = figure.colorbar(scale, ax=row, label=label, fraction=0.06)
    ticks = np.asarray(MaxNLocator(nbins=6).tick_values(least, largest))
    step = float(ticks[1] - ticks[0])
    digits = next(d for d in range(20) if math.isclose(round(step, d), step))
    bar.set_ticks(ticks[(least <= ticks) & (ticks <= largest)].tolist())
    bar.formatter = FuncFormatter(lambda value, _: number(value, digits))
    bar.outline.set_visible(False)


def _label_ticks(axes: Axes, side: str, inputs: Tensor | None) -> None:
    if inputs is None:
        return
    whole = np.arange(math.ceil(float(inputs[0])), math.floor(float(inputs[-1])) + 1)
    # Rows and columns are counted; a whole number lies between the two inputs around it.
    places = np.interp(whole, _array(inputs), np.arange(len(inputs)))
    set_ticks = axes.set_xticks if side == "x" else axes.set_yticks
    set_ticks(places, [str(label) for label in whole])


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().to(torch.float64).numpy()


def _with_own_names(drawing: str) -> str:
    """Name what is referred to by the picture and a count, and nothing else.

    Matplotlib's names are hashes of unrounded places, which differ between processors.
    """
    used = list(dict.fromkeys(re.findall(r'(?:url\(|href=")#([^)"]+)', drawing)))
    counted = {name: f"{place}" for place, name in enumerate(used)}

    def named(prefix: str) -> str:
        text = re.sub(
            r' id="([^"]*)"',
            lambda m: f' id="{prefix}{counted[m[1]]}"' if m[1] in counted else "",
            drawing,
        )
        return re.sub(r'(url\(|href=")#([^)"]+)', lambda m: f"{m[1]}#{prefix}{counted[m[2]]}", text)

    picture = hashlib.sha256(named("").encode()).hexdigest()[:10]
    return named(f"p{picture}-")


def _with_short_numbers(tag: re.Match[str]) -> str:
    """Round to a thousandth of a point: fine enough to see, coarse enough to be reproducible."""
    return re.sub(r"\d+\.\d{4,}", lambda number: f"{float(number[0]):.3f}", tag[0])


def _uncompressed(match: re.Match[str]) -> str:
    """Store an embedded image uncompressed: compressors differ between platforms, pixels do not."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(match[1]))) as image:
        image.convert("RGB").save(buffer, format="png", compress_level=0)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
