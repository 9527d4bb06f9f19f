"""What an explorer must show, computed by `nwcore` or written out here again."""

import functools
import json
import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import optimize

from nwcore import KERNELS, leave_one_out_loss, make_regression, theoretical_w, words
from nwcore.attention import support_radius
from nwcore.explorers import (
    AttentionExplorer,
    BiasVarianceExplorer,
    BiasVarianceResult,
    ContextExplorer,
    ContextResult,
    MetricExplorer,
    MetricResult,
    PoolingResult,
)
from nwcore.explorers._formula import kernel_of_formula
from nwcore.explorers.attention import CHOICES
from pages.picture import Box

if TYPE_CHECKING:
    from pages.explorer import Look

WORDS = {code: words.read_words(code).explorers for code in words.languages()}
NAMES = list(CHOICES)
NO_BREAK = "\u00a0"
UNFIT = re.compile(r"\b(NaN|Infinity|undefined|null)\b|\[object|∞|\be\+\d", re.IGNORECASE)


def write(value: float, digits: int, code: str) -> str:
    """Halves go away from zero, as JavaScript rounds them; a negative zero is no number to show."""
    if not math.isfinite(value):
        return WORDS[code]["undefined"]
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{abs(rounded):f}" if rounded == 0 else f"{rounded:f}"
    return text.replace(".", WORDS[code]["decimal"]).replace("-", "−")


def readouts_of(result: PoolingResult, state: dict[str, Any], code: str) -> dict[str, str]:
    row = result.weights[state["query"]]
    reached = bool(torch.isfinite(row).all())
    return {
        "error": write(result.error, 3, code),
        "leave_one_out": write(result.leave_one_out, 3, code),
        "row_sum": write(float(row.sum()), 3, code),
        "attended": write(1 / float(row.square().sum()) if reached else 0.0, 1, code),
        "bandwidth": write(1 / state["w"], 3, code),
    }


def sentence_of(result: PoolingResult, state: dict[str, Any], code: str) -> str:
    """The prediction as a weighted sum: the three largest terms, and how many others there are."""
    say = WORDS[code]
    x = write(float(result.queries[state["query"]]), 2, code)
    prediction = float(result.predictions[state["query"]])
    if math.isnan(prediction):
        return say["too_few" if state["line"] else "empty"].format(x=x)
    row = result.weights[state["query"]].tolist()
    terms = []
    for i in sorted(range(len(row)), key=lambda i: -abs(row[i]))[:3]:
        if row[i] != 0:
            y = write(float(result.values[i]), 2, code)
            terms.append(f"{write(row[i], 3, code)} · {f'({y})' if result.values[i] < 0 else y}")
    rest = sum(abs(weight) > 3e-308 for weight in row) - len(terms)
    if rest > 0:
        terms.append(say["sum_more"].format(n=rest))
    truth = write(float(result.truth[state["query"]]), 2, code)
    total = f"{write(prediction, 2, code)} = {' + '.join(terms)}"
    return f"{say['sum_at'].format(x=x)} {total}; {say['sum_truth'].format(truth=truth)}."


@functools.lru_cache(maxsize=128)
def _result(view: Any, written: str) -> Any:
    return view(**json.loads(written)).result


def result_of(view: Any, state: dict[str, Any]) -> Any:
    """What a class of explorers computes in a state; of one seen before, what it was then."""
    return _result(view, json.dumps(state, sort_keys=True))


def pooling_result(state: dict[str, Any]) -> PoolingResult:
    given = dict(state)
    given["kernel"] = NAMES[given.pop("kernel_index")]
    result: PoolingResult = result_of(AttentionExplorer, given)
    return result


def pooling_limits(state: dict[str, Any]) -> tuple[float, float]:
    """The range of y of the plot: room for everything that the data set can show."""
    every = make_regression(500, state["noise"], state["seed"], dtype=torch.float64)
    ys = [*every.y_train.tolist(), *(y for _, _, y in state["moved"]), -0.4, 4.2]
    margin = 0.03 * (max(ys) - min(ys))
    return min(ys) - margin, max(ys) + margin


def assert_as_computed(look: "Look") -> None:
    """Every number and word is what `nwcore` computes.

    Of every explorer: what is written beside its sliders is what they are at. What it describes
    is held to its class (test_explorer_contract.py), and `NUMBERS` has what only one kind shows.
    """
    assert_finite(look)
    assert_sliders_say_where_they_are(look)
    if look.kind in NUMBERS:
        NUMBERS[look.kind](look)


def assert_painted_as_computed(look: "Look") -> None:
    """What is painted is in its place and has its colours; of every explorer: something is."""
    inked = look.picture.pixels[..., 3] > 0
    assert inked.mean() > 0.02, "the canvas is empty"
    colours = look.picture.pixels.view(np.uint32)[..., 0]  # a colour is four bytes
    assert len(np.unique(colours[inked][::7])) > 8
    for check in PAINTED.get(look.kind, ()):
        check(look)


def read(text: str, code: str) -> tuple[float, float]:
    """A number as an edition writes it, and half a unit of its last digit."""
    plain = text.replace("−", "-").replace(WORDS[code]["decimal"], ".")
    return float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2])


def assert_sliders_say_where_they_are(look: "Look") -> None:
    """To the digits that are written."""
    for key, text in look.values.items():
        value, half_a_digit = read(text, look.code)
        assert value == pytest.approx(look.state[key], abs=1.001 * half_a_digit, rel=0), key
        assert look.said[key] == text


def assert_pooling(look: "Look") -> None:
    shown = {**look.state, "query": look.row}
    assert look.readouts == readouts_of(look.result, shown, look.code)
    assert look.sentence == sentence_of(look.result, shown, look.code)
    say, at = WORDS[look.code], float(look.result.queries[look.state["query"]])
    pinned = say["pinned"].format(x=write(at, 2, look.code))
    assert look.pin == (pinned if look.state["pinned"] else say["pin_hint"])
    empty = int(torch.isnan(look.result.predictions).sum())
    pattern = WORDS[look.code]["too_few_rows" if look.state["line"] else "empty_rows"]
    missing = pattern.format(n=empty, total=look.state["n_queries"])
    assert look.note == (missing if empty else "")
    assert look.shown_query == look.state["query"]
    back = WORDS[look.code]["put_back"]
    assert look.disabled[back] == (look.state["moved"] == [])
    for key, text in look.values.items():
        digits = 0 if key == "n_train" else 1 if key == "w" and look.state[key] >= 10 else 2
        assert text == write(look.state[key], digits, look.code)


def assert_finite(look: "Look") -> None:
    assert not UNFIT.search(look.markup), UNFIT.search(look.markup)


def assert_curves_painted(look: "Look") -> None:
    """The truth is an unbroken curve, the prediction a dashed one with gaps where there is none."""
    picture, result = look.picture, look.result
    # At the frame's edge half of a line is cut off.
    xs = result.queries.tolist()
    inner = look.boxes["plot"].inset(3)
    truth = [look.spot(x, y) for x, y in zip(xs, result.truth.tolist(), strict=True)]
    dashes = [
        look.spot(x, y)
        for x, y in zip(xs, result.predictions.tolist(), strict=True)
        if not math.isnan(y)
    ]
    truth, dashes = ([(x, y) for x, y in spots if x > inner.x] for spots in (truth, dashes))
    # The dashes and the marker of the query may cover it.
    assert picture.share("truth", truth) > 0.6, "the true curve is not where it belongs"
    if dashes:
        assert picture.share("pred", dashes, reach=3) > 0.55, "the prediction is elsewhere"
    q = look.row
    assert q is not None
    prediction = float(result.predictions[q])
    if not math.isnan(prediction):
        at = look.spot(xs[q], prediction)
        assert picture.shows("pred", *at, reach=1), "the query has no marker"
    points = [
        look.spot(x, y) for x, y in zip(result.keys.tolist(), result.values.tolist(), strict=True)
    ]
    for x, y in points:
        assert picture.inked(Box(x - 1, y - 1, 3, 3)), "a training point is missing"


def assert_bars_painted(look: "Look") -> None:
    """A bar of each weight's height at each key."""
    bars, result, state = look.boxes["bars"], look.result, look.state
    centre = result.queries[look.row]
    row = result.weights[look.row]
    if bool(torch.isnan(row).any()):
        middle = Box(bars.x, bars.y, bars.width, bars.height - 2)
        assert look.picture.like("ink", look.picture.cut(middle)).any(), "0 / 0 is not there"
        return
    least, largest = min(0.0, float(row.min())), float(row.max())
    peak = peak_of(centre, result.keys, row, state)
    highest = min(max(peak, largest), 3 * max(largest, -least))
    per_unit = bars.height / (1.08 * (highest - least))
    heights = [float(weight) * per_unit for weight in row]
    at = [bars.x + bars.width * float(key) / 5 for key in result.keys]
    line = bars.x + bars.width * float(centre) / 5
    bottom = bars.y + bars.height + 1.08 * least * per_unit
    low = [(x, bottom - h / 2) for x, h in zip(at, heights, strict=True) if h < -8]
    if low:
        assert look.picture.share("pred", low, reach=1) > 0.7, "a bar below 0 is missing"
    high = [(x, h) for x, h in zip(at, heights, strict=True) if h > 8 and abs(x - line) > 3]
    if high:
        inside = [(x, bottom - h / 2) for x, h in high]
        assert look.picture.share("pred", inside, reach=1) == 1, "a bar is missing"
    free = [
        (x, bottom - h - 8)
        for x, h in high
        if h < bars.height - 12
        and all(
            other < h + 2 or abs(x - there) > 7 for there, other in zip(at, heights, strict=True)
        )
    ]
    if free:
        assert look.picture.share("pred", free, reach=1) == 0, "a bar is too high"


def peak_of(centre: torch.Tensor, keys: torch.Tensor, row: torch.Tensor, state: Any) -> float:
    """What a key at the query itself would weigh beside all others, without changing them."""
    name, w = NAMES[state["kernel_index"]], state["w"]
    if state["line"]:  # the ratio to the weights without a line is a line, too
        plain = pooling_result({**state, "line": False}).weights
        queries = 5 * torch.arange(len(plain), dtype=torch.float64) / len(plain)
        alpha = plain[int((queries - centre).abs().argmin())]
        one, other = (int(i) for i in alpha.topk(2).indices)
        ratio = row / alpha
        slope = (ratio[one] - ratio[other]) / (keys[one] - keys[other])
        level = peak_of(centre, keys, alpha, {**state, "line": False})
        return level * float(ratio[one] + slope * (centre - keys[one]))
    if name in ("sparsemax", "entmax15"):
        sparse = name == "entmax15"
        reach = float(support_radius(-0.5 * (w * (centre - keys)) ** 2, w, entmax=sparse))
        height = (w * reach) ** 2 / 2
        return (height / 2) ** 2 if sparse else height
    kernel = kernel_of_formula(state["formula"]) if name == "own" else KERNELS[name]
    total = float(kernel((centre - keys) * w).sum())
    peak = float(kernel(torch.zeros(1, dtype=torch.float64))[0])
    return peak / total if total > 0 else math.inf


def assert_weights_painted(look: "Look") -> None:
    """The heatmap of the attention explorer."""
    assert_heatmap_painted(look, look.result.weights, look.row, signed=look.state["line"])


def signed_colours(look: "Look", shares: NDArray[np.float64]) -> NDArray[np.int_]:
    """From the colour of the truth over a pale grey to that of the prediction."""
    colours = look.picture.colours
    middle = (colours["muted"] + colours["paper"]) / 2
    ends = np.where(shares[..., None] < 0, colours["truth"], colours["pred"])
    mixed = middle + np.abs(shares)[..., None] * (ends - middle)
    return np.concatenate([mixed, np.full((*shares.shape, 1), 255.0)], axis=-1).astype(int)


def assert_heatmap_painted(
    look: "Look", weights: Any, query: int | None, *, signed: bool = False
) -> None:
    """Each cell in the colour of its weight, in Matplotlib's own viridis or in the theme's."""
    heat = look.boxes["heat"]
    rows, columns = weights.shape
    largest = float(weights.nan_to_num().abs().max())
    if min(heat.width / columns, heat.height / rows) < 2.4:
        return
    density = look.picture.density
    ys = (heat.y + (np.arange(rows) + 0.5) * heat.height / rows) * density
    xs = (heat.x + (np.arange(columns) + 0.5) * heat.width / columns) * density
    shown = look.picture.pixels[np.ix_(ys.astype(int), xs.astype(int))].astype(int)
    wanted = weights.numpy()
    if query is not None:  # but for what is under the frame of the query
        free = np.abs(np.arange(rows) - query) > 1
        shown, wanted = shown[free], wanted[free]
    none = np.isnan(wanted)
    shares = np.nan_to_num(wanted) / largest
    if signed:
        colours = signed_colours(look, shares)
    else:
        levels = np.rint(255 * shares).astype(int)
        colours = mpl.colormaps["viridis"](levels, bytes=True).astype(int)
    wrong = np.abs(shown - colours).max(axis=-1) > 8
    assert not (wrong & ~none).any(), "a cell has the wrong colour"
    grey = np.linalg.norm(shown[..., :3] - look.picture.colours["muted"], axis=-1) < 12
    assert (grey | (shown[..., 3] < 255))[none].all(), "no weight, but a colour"


@functools.cache
def landscape(noise: float, n_train: int, seed: int) -> tuple[NDArray[np.float64], Any]:
    data = make_regression(n_train, noise, seed, dtype=torch.float64)
    grid = np.array([0.01 * (1e4 ** (1 / 180)) ** i for i in range(181)])
    losses = [float(leave_one_out_loss(data.x_train, data.y_train, float(w))) for w in grid]
    return grid, np.array(losses)


def descent(state: dict[str, Any], steps: int | None = None) -> list[tuple[float, float, float]]:
    """(w, loss, gradient) after each step of plain gradient descent, written out here again."""
    data = make_regression(state["n_train"], state["noise"], state["seed"], dtype=torch.float64)
    x, y, n = data.x_train, data.y_train, state["n_train"]
    scale = [1.0, 1.0 / n, 0.5][state["reduction_index"]]
    others = ~torch.eye(n, dtype=torch.bool)
    keys = x.repeat(n, 1)[others].reshape(n, n - 1)
    values = y.repeat(n, 1)[others].reshape(n, n - 1)
    w, path = state["start"], []
    for _ in range((state["steps"] if steps is None else steps) + 1):
        width = torch.tensor(w, dtype=torch.float64, requires_grad=True)
        weights = torch.softmax(-0.5 * ((x[:, None] - keys) * width) ** 2, dim=1)
        loss = scale * ((weights * values).sum(1) - y).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        assert width.grad is not None
        gradient = float(width.grad)
        path.append((w, float(loss.detach()), gradient))
        w -= state["lr"] * gradient
    return path


@functools.cache
def least_loss(noise: float, n_train: int, seed: int) -> tuple[float, float]:
    """The w with the least loss of those on the axis, by a search of its own, and that loss."""
    grid, losses = landscape(noise, n_train, seed)
    lowest = int(losses.argmin())
    ends = grid[max(0, lowest - 1)], grid[min(len(grid) - 1, lowest + 1)]
    data = make_regression(n_train, noise, seed, dtype=torch.float64)
    found = optimize.minimize_scalar(
        lambda w: float(leave_one_out_loss(data.x_train, data.y_train, w)),
        bounds=ends,
        method="bounded",
        options={"xatol": 1e-9},
    )
    return min(
        (float(found.x), float(found.fun)), (grid[lowest], losses[lowest]), key=lambda p: p[1]
    )


def loss_digits(loss: float) -> int:
    return 3 if abs(loss) < 10 else 2


def assert_training(look: "Look") -> None:
    state, code = look.state, look.code
    path = descent(state)
    assert len(look.table) == min(5, len(path))
    for step, row in zip(range(len(path))[-5:], look.table, strict=True):
        w, loss, gradient = path[step]
        assert row == [
            str(step),
            write(w, 3, code),
            write(loss, loss_digits(loss), code),
            write(gradient, 3, code),
            write(-state["lr"] * gradient, 3, code),
        ]
    w, loss = least_loss(state["noise"], state["n_train"], state["seed"])
    loss *= [1.0, 1.0 / state["n_train"], 0.5][state["reduction_index"]]
    said = f"{write(w, 2, code)}: {write(loss, loss_digits(loss), code)}"
    assert look.sentence == f"{WORDS[code]['minimum_at']} = {said}."
    assert look.note == ""
    assert look.disabled[WORDS[code]["do_reset"]] == (state["steps"] == 0)
    for key, text in look.values.items():
        value = state[key]
        assert text == write(value, 3 if value < 0.1 else 2 if value < 10 else 1, code)


def assert_training_painted(look: "Look") -> None:
    """The loss over w, every step on it, and what the model sees and predicts at the last."""
    state, picture, box = look.state, look.picture, look.boxes["loss"]
    grid, losses = landscape(state["noise"], state["n_train"], state["seed"])
    scale = [1.0, 1.0 / state["n_train"], 0.5][state["reduction_index"]]
    ceiling = 1.06 * scale * losses.max()

    def spot(w: float, loss: float) -> tuple[float, float]:
        across = math.log(min(100.0, max(0.01, w)) / 0.01) / math.log(1e4)
        up = min(1.0, loss / ceiling)
        return box.x + box.width * across, box.y + box.height * (1 - up)

    curve = [spot(w, scale * loss) for w, loss in zip(grid, losses, strict=True)]
    assert picture.share("truth", curve[2:-2]) > 0.75, "the loss is not where it belongs"
    w, loss = least_loss(state["noise"], state["n_train"], state["seed"])
    x, y = spot(w, scale * loss)
    assert picture.shows("accent", x, y - 8, reach=4), "the minimum is not marked"
    path = descent(state)
    w, loss, _ = path[-1]
    assert picture.shows("pred", *spot(abs(w), loss), reach=1), "the last step is not on the curve"
    steps = [spot(abs(w), loss) for w, loss, _ in path]
    for i, at in enumerate(steps):  # but for those under later ones
        if all(math.dist(at, later) > 13 for later in steps[i + 1 :]):
            assert picture.shows("pred", *at, reach=1), "a step is not on the curve"
    w = path[-1][0]
    data = make_regression(state["n_train"], state["noise"], state["seed"], dtype=torch.float64)
    queries = data.x_test
    weights = torch.softmax(-0.5 * ((queries[:, None] - data.x_train) * w) ** 2, dim=1)
    assert_heatmap_painted(look, weights, None)
    plot = look.boxes["plot"]
    low = min(-0.4, float(data.y_train.min())) - 0.15
    high = max(4.2, float(data.y_train.max())) + 0.15
    dashes = [
        (plot.x + plot.width * x / 5, plot.y + plot.height * (1 - (y - low) / (high - low)))
        for x, y in zip(queries.tolist(), (weights @ data.y_train).tolist(), strict=True)
    ]
    assert picture.share("pred", dashes[1:], reach=3) > 0.55, "the prediction is elsewhere"


def metric_result(state: dict[str, Any]) -> MetricResult:
    names = ("shape", "score", "mask")  # their places say the same, and are what a page sets
    given = {key: value for key, value in state.items() if key not in names}
    result: MetricResult = result_of(MetricExplorer, given)
    return result


def metric_sentence(result: MetricResult, state: dict[str, Any], code: str) -> str:
    """Where the query is, and what it is answered."""
    say = WORDS[code]
    x1, x2 = (write(each, 2, code) for each in result.query.tolist())
    if result.place is None:
        where = say["query_at"].format(x1=x1, x2=x2)
    else:
        n = state["n_train"]
        where = say["query_is_key"].format(x1=x1, x2=x2, place=result.place + 1, n=n)
    if math.isnan(result.prediction):
        return f"{where} {say['query_alone']}"
    answer = say["query_answer"].format(
        prediction=write(result.prediction, 2, code),
        truth=write(result.truth, 2, code),
        attended=write(1 / float(result.weights.square().sum()), 1, code),
    )
    return f"{where} {answer}"


def metric_w(w: torch.Tensor, code: str) -> str:
    """One number, or rows of them."""
    if w.ndim == 0:
        return write(float(w), 2, code)
    rows = w.reshape(-1, 2).tolist()
    return f"[{'; '.join(NO_BREAK.join(write(each, 2, code) for each in row) for row in rows)}]"


def assert_metric(look: "Look") -> None:
    state, code, say = look.state, look.code, WORDS[look.code]
    result = metric_result(state)
    first, second = result.singular_values.tolist()
    assert look.readouts == {
        "w": metric_w(result.history.w[-1], code),
        "first_value": write(first, 2, code),
        "second_value": write(second, 2, code),
        "tilt": "–" if math.isnan(result.tilt) else f"{write(result.tilt, 1, code)}°",
        "loss": write(result.history.losses[-1], 2, code),
        "test_error": write(result.error, 3, code),
    }
    assert look.sentence == metric_sentence(result, state, code)
    assert look.disabled[say["do_reset"]] == (state["steps"] == 0)
    assert look.disabled[say["do_step"]] == (state["steps"] == 150)


def assert_metric_painted(look: "Look") -> None:
    """The query's cross, its ellipse, the tip of u, and every key."""
    result, picture, plane = metric_result(look.state), look.picture, look.boxes["plane"]

    def spot(x1: float, x2: float) -> tuple[float, float]:
        return plane.x + plane.width * (x1 + 2) / 4, plane.y + plane.height * (2 - x2) / 4

    inner = plane.inset(6)

    def inside(x: float, y: float) -> bool:
        return inner.x < x < inner.x + inner.width and inner.y < y < inner.y + inner.height

    at = spot(*result.query.tolist())
    if inside(*at):
        assert picture.shows("ink", *at, reach=1), "the query has no cross"
    tip = spot(*(1.6 * result.data.direction).tolist())
    assert picture.shows("ink", *tip, reach=4), "the direction is elsewhere"
    if look.state["score_index"] != 1:  # there the line is broken
        _, values, rows = torch.linalg.svd(result.matrix)
        turns = np.linspace(0, 2 * np.pi, 90)
        circle = np.stack([np.cos(turns) / float(values[0]), np.sin(turns) / float(values[1])])
        ring = result.query.numpy()[:, None] + rows.numpy().T @ circle  # (2, 90)
        spots = [spot(x1, x2) for x1, x2 in ring.T.tolist()]
        seen = [place for place in spots if inside(*place)]
        assert picture.share("accent", seen, reach=2) > 0.8, "the ellipse is elsewhere"
    for x1, x2 in result.data.x_train.tolist():
        x, y = spot(x1, x2)
        if inside(x, y):
            assert picture.inked(Box(x - 1, y - 1, 3, 3)), "a key is missing"


def context_result(state: dict[str, Any]) -> ContextResult:
    result: ContextResult = result_of(ContextExplorer, state)
    return result


def assert_context(look: "Look") -> None:
    state, code, say = look.state, look.code, WORDS[look.code]
    result = context_result(state)
    assert look.readouts == {
        "learned_w": write(result.w, 2, code),
        "theory_w": write(result.theory, 2, code),
        "task_w": write(result.best, 2, code),
        "frozen_error": write(result.error, 3, code),
        "least_error": write(result.least_error, 3, code),
    }
    shown = tuple(state[key] for key in ("n_context", "noise", "roughness"))
    trained = tuple(state[f"trained_{key}"] for key in ("n", "noise", "roughness"))
    if state["steps"] == 0:
        pattern = "context_untrained"
    elif shown == trained:
        pattern = "context_here"
    else:
        wide = result.theory > theoretical_w(*trained)
        pattern = "context_too_wide" if wide else "context_too_narrow"
    assert look.sentence == say[pattern].format(
        steps=state["steps"],
        n=trained[0],
        noise=write(trained[1], 2, code),
        roughness=write(trained[2], 2, code),
    )
    for key, text in look.values.items():
        assert text == write(state[key], 2 if key in ("noise", "roughness") else 0, code)
    nothing = state["steps"] == 0 and state["earlier"] == []
    assert look.disabled[say["do_forget"]] == nothing


def assert_context_painted(look: "Look") -> None:
    """The task with its curves, and w over the number of examples."""
    state, picture, task = look.state, look.picture, look.boxes["task"]
    result = context_result(state)
    low = min(-2.9, float(result.y.min())) - 0.15
    high = max(2.9, float(result.y.max())) + 0.15

    def spots(xs: Any, ys: Any) -> list[tuple[float, float]]:
        return [
            (task.x + task.width * x / 5, task.y + task.height * (1 - (y - low) / (high - low)))
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        ]

    inner = slice(1, -1)  # at the frame's edge half of a line is cut off
    places = result.places[inner]
    # The dashes may cover it.
    assert picture.share("truth", spots(places, result.truth[inner])) > 0.5, (
        "the truth is elsewhere"
    )
    frozen = spots(places, result.predictions[inner])
    assert picture.share("pred", frozen, reach=3) > 0.55, "the prediction is elsewhere"
    for x, y in spots(result.x, result.y):
        assert picture.inked(Box(x - 1, y - 1, 3, 3)), "an example is missing"

    family = look.boxes["family"]

    def spot(n: float, w: float) -> tuple[float, float]:
        across = math.log(n / 9) / math.log(445 / 9)
        up = math.log(min(60.0, max(0.4, w)) / 0.4) / math.log(150)
        return family.x + family.width * across, family.y + family.height * (1 - up)

    for n in (11, 390):  # where no mark is
        theory = theoretical_w(n, state["noise"], state["roughness"])
        if all(abs(other - n) > 30 for other in (state["n_context"], state["trained_n"])):
            assert picture.shows("truth", *spot(n, theory), reach=1), "theory is elsewhere"
    at = spot(state["trained_n"] if state["steps"] else state["n_context"], result.w)
    if state["steps"]:
        assert picture.shows("pred", *at, reach=1), "the learned w is elsewhere"
    now = spot(state["n_context"], result.theory)
    if math.dist(now, at) > 20:
        assert picture.shows("truth", now[0], now[1] - 8, reach=1), "no ring on the line of theory"
    best = spot(state["n_context"], result.best)
    if math.dist(best, at) > 20:
        assert picture.shows("accent", best[0] - 7, best[1], reach=1), "the best w has no mark"


def risk_result(state: dict[str, Any]) -> BiasVarianceResult:
    given = {key: value for key, value in state.items() if key not in ("degree", "kernel")}
    result: BiasVarianceResult = result_of(BiasVarianceExplorer, given)
    return result


def risk_share(value: float, code: str) -> str:
    """An averaged square, coarser as it is larger."""
    if value >= 1e6:
        return "> 10⁶"
    return write(value, 4 if value < 10 else 2 if value < 1000 else 0, code)


def assert_risk(look: "Look") -> None:
    state, code = look.state, look.code
    result = risk_result(state)
    assert look.readouts == {
        "squared_bias": risk_share(result.squared_bias, code),
        "variance": risk_share(result.variance, code),
        "expected_error": risk_share(result.error, code),
        "best_w": write(result.best, 2, code),
    }
    said = WORDS[code]["no_fits"].format(n=result.missing, total=5000)
    assert look.note == (said if result.missing else "")
    digits = {"w": 1 if state["w"] >= 10 else 2, "noise": 2, "n_train": 0}
    for key, text in look.values.items():
        assert text == write(state[key], digits[key], code)


def assert_risk_painted(look: "Look") -> None:
    """The truth and the mean of the fits, and the curves over w with the present one."""
    picture, fits, risk = look.picture, look.boxes["fits"], look.boxes["risk"]
    result = risk_result(look.state)

    def spots(ys: torch.Tensor) -> list[tuple[float, float]]:
        pairs = zip(result.queries.tolist(), ys.tolist(), strict=True)
        return [
            (fits.x + fits.width * x / 5, fits.y + fits.height * (5.5 - y) / 7)
            for x, y in pairs
            if -1.4 < y < 5.4
        ]

    # The dashes may cover it.
    assert picture.share("truth", spots(result.truth)[1:]) > 0.5, "the truth is elsewhere"
    means = spots(result.mean)[1:]
    assert picture.share("pred", means, reach=3) > 0.5, "the mean is elsewhere"

    def spot(w: float, share: float) -> tuple[float, float]:
        across = math.log(w / 0.1) / math.log(1000)
        up = math.log(share / 1e-4) / math.log(1e5)
        return risk.x + risk.width * across, risk.y + risk.height * (1 - up)

    w = look.state["w"]
    for curve, now, colour in (
        (result.bias_curve, result.squared_bias, "pred"),
        (result.error_curve, result.error, "ink"),
    ):
        inner = [
            spot(at, share)
            for at, share in zip(result.grid.tolist(), curve.tolist(), strict=True)
            if 1.2e-4 < share < 8 and 0.12 < at < 80
        ]
        # Other curves cover it where one part is next to nothing.
        assert picture.share(colour, inner, reach=3) > 0.3, "a curve is elsewhere"
        if 2e-4 < now < 5 and colour == "ink":
            assert picture.shows("ink", *spot(w, now), reach=1), "the present w has no dot"
    if math.isfinite(result.best) and 0.2 < result.best < 50:
        least = float(result.error_curve.min())
        x, y = spot(result.best, least)
        if y > risk.y + 14:
            assert picture.shows("accent", x, y - 9, reach=5), "the best w is not marked"


# What one kind of explorer shows and no other: numbers and words, and what is painted.
NUMBERS: dict[str, Callable[["Look"], None]] = {
    "attention": assert_pooling,
    "context": assert_context,
    "kernels": assert_pooling,
    "training": assert_training,
    "metric": assert_metric,
    "risk": assert_risk,
}
PAINTED: dict[str, tuple[Callable[["Look"], None], ...]] = {
    "attention": (assert_curves_painted, assert_bars_painted, assert_weights_painted),
    "context": (assert_context_painted,),
    "kernels": (assert_curves_painted, assert_bars_painted),
    "training": (assert_training_painted,),
    "metric": (assert_metric_painted,),
    "risk": (assert_risk_painted,),
}
