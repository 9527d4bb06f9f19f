"""The explorers in the built pages, worked by hand: what is painted is what `nwcore` computes."""

import base64
import functools
import io
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, CDPSession, Locator, ViewportSize
from playwright.sync_api import Page as Tab
from site_helpers import EDITIONS, PAGES, Reader, html, reader

from nwcore import KERNELS, leave_one_out_loss, make_regression, words
from nwcore.explorers import AttentionExplorer, KernelExplorer, PoolingResult, TrainingExplorer

CODES = [edition.code for edition in EDITIONS]
WIDE: ViewportSize = {"width": 1280, "height": 900}
WORDS = {code: words.read_words(code).explorers for code in CODES}
SHARED_WORDS = {code: words.read_words(code).pictures for code in CODES}
NAMES = list(KERNELS)
FULL = "03-nonparametric-attention"  # a page with all controls
HOMES = {"attention": FULL, "kernels": FULL, "training": "05-training"}
CLASSES: dict[str, type[Any]] = {
    "attention": AttentionExplorer,
    "kernels": KernelExplorer,
    "training": TrainingExplorer,
}
POOLING_KEYS = ["w", "noise", "n_train", "seed", "kernel_index", "n_queries", "query", "moved"]
TRAINING_KEYS = ["start", "lr", "reduction_index", "steps", "noise", "n_train", "seed"]
RANGES: dict[str, tuple[float, float]] = {
    "w": (0.1, 100.0),
    "noise": (0.0, 2.0),
    "n_train": (1, 500),
    "start": (0.01, 100.0),
    "lr": (0.001, 10.0),
}
LOGARITHMIC = {"w", "start", "lr"}

# The explorers of each page and the controls that each shows.
ALL = ["w", "noise", "n_train", "seed", "kernel"]
BOARDS: dict[str, list[tuple[str, list[str]]]] = {
    "02-average-pooling": [("attention", ["noise", "n_train"])],
    "03-nonparametric-attention": [
        ("attention", ALL),
        ("kernels", ["kernel", "w", "noise", "n_train", "seed"]),
    ],
    "04-parametric-attention": [("attention", ALL)],
    "05-training": [("training", ["start", "lr", "reduction"]), ("attention", ALL)],
}
PLACES = [
    (code, page, place) for code in CODES for page, boards in BOARDS.items() for place in boards
]


def places(*kinds: str, codes: list[str] = CODES, but: str = "") -> pytest.MarkDecorator:
    """Run a test on each explorer of these kinds, outside one page."""
    chosen = [
        pytest.param((code, page, kind), id=f"{code}-{page[:2]}-{kind}")
        for code, page, (kind, _) in PLACES
        if kind in kinds and page != but and code in codes
    ]
    return pytest.mark.parametrize("board", chosen, indirect=True)


def models(*kinds: str, codes: list[str] = CODES) -> pytest.MarkDecorator:
    """Run a test on one explorer of each kind, the one with all controls."""
    chosen = [
        pytest.param((code, HOMES[kind], kind), id=f"{code}-{kind}")
        for code in codes
        for kind in kinds
    ]
    return pytest.mark.parametrize("board", chosen, indirect=True)


every_explorer = places(*CLASSES)
# What is the same on all pages is tried at length on one, and once more on each; what is the same
# in all languages, in one.
every_kind = models(*CLASSES)
every_kind_in_one_language = models(*CLASSES, codes=CODES[:1])
every_pooling = models("attention", "kernels")
elsewhere = places("attention", but=FULL)
every_edition = pytest.mark.parametrize("code", CODES)


# Numbers as the page writes them ------------------------------------------------------------------


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
        return say["empty"].format(x=x)
    row = result.weights[state["query"]].tolist()
    terms = []
    for i in sorted(range(len(row)), key=lambda i: -row[i])[:3]:
        if row[i] > 0:
            y = write(float(result.values[i]), 2, code)
            terms.append(f"{write(row[i], 3, code)} · {f'({y})' if result.values[i] < 0 else y}")
    rest = sum(weight > 3e-308 for weight in row) - len(terms)
    if rest > 0:
        terms.append(say["sum_more"].format(n=rest))
    truth = write(float(result.truth[state["query"]]), 2, code)
    total = f"{write(prediction, 2, code)} = {' + '.join(terms)}"
    return f"{say['sum_at'].format(x=x)} {total}; {say['sum_truth'].format(truth=truth)}."


def pooling_result(state: dict[str, Any]) -> PoolingResult:
    given = {key: state[key] for key in POOLING_KEYS}
    given["kernel"] = NAMES[given.pop("kernel_index")]
    result: PoolingResult = AttentionExplorer(**given).result
    return result


# The picture --------------------------------------------------------------------------------------

Colour = NDArray[np.float64]


@dataclass
class Box:
    x: float
    y: float
    width: float
    height: float

    def inset(self, margin: float) -> "Box":
        return Box(
            self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin
        )


@dataclass
class Picture:
    """The pixels of a canvas, with the colours of its theme."""

    pixels: NDArray[np.uint8]  # (height, width, 4)
    colours: dict[str, Colour]
    density: float

    def cut(self, box: Box) -> NDArray[np.uint8]:
        d = self.density
        x, y = max(0, round(box.x * d)), max(0, round(box.y * d))
        return self.pixels[y : y + round(box.height * d), x : x + round(box.width * d)]

    def part(self, box: Box) -> bytes:
        return self.cut(box).tobytes()

    def like(self, colour: str, patch: NDArray[np.uint8], tolerance: float = 60) -> Any:
        """Where a patch shows a colour, and not only a shade of it."""
        distance = np.linalg.norm(patch[..., :3] - self.colours[colour], axis=-1)
        return (distance < tolerance) & (patch[..., 3] > 180)

    def shows(self, colour: str, x: float, y: float, reach: float = 2) -> bool:
        patch = self.cut(Box(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1))
        return bool(self.like(colour, patch).any())

    def share(self, colour: str, spots: list[tuple[float, float]], reach: float = 2) -> float:
        """How many of the places show the colour."""
        return sum(self.shows(colour, x, y, reach) for x, y in spots) / max(1, len(spots))

    def inked(self, box: Box) -> int:
        return int((self.cut(box)[..., 3] > 0).sum())


@dataclass
class Look:
    """All that an explorer shows at one moment."""

    code: str
    kind: str
    state: dict[str, Any]
    readouts: dict[str, str]
    values: dict[str, str]
    said: dict[str, str]
    sentence: str
    note: str
    frames: int
    disabled: dict[str, bool]
    table: list[list[str]]
    text: str
    markup: str
    boxes: dict[str, Box]
    picture: Picture

    @functools.cached_property
    def result(self) -> PoolingResult:
        return pooling_result(self.state)

    @functools.cached_property
    def limits(self) -> tuple[float, float]:
        """The range of y: of everything this data set can show, calm while n moves."""
        every = make_regression(500, self.state["noise"], self.state["seed"], dtype=torch.float64)
        ys = [*every.y_train.tolist(), *(y for _, _, y in self.state["moved"]), -0.4, 4.2]
        margin = 0.03 * (max(ys) - min(ys))
        return min(ys) - margin, max(ys) + margin

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Where on the canvas a place of the plot is."""
        plot, (low, high) = self.boxes["plot"], self.limits
        across = plot.x + plot.width * x / 5
        return across, plot.y + plot.height * (1 - (y - low) / (high - low))


LOOK = """async (place) => {
  const frame = () => new Promise((go, fail) => {
    requestAnimationFrame(go);
    setTimeout(() => fail(new Error("the tab paints nothing")), 5000);
  });
  const view = place.querySelector(".nw-view");
  const all = (selector) => [...view.querySelectorAll(selector)];
  await frame();
  await frame();
  const late = performance.now() + 2000;
  const { dataset } = view.querySelector(".nw-root");
  const behind = () =>
    dataset.painted !== dataset.frames ||
    dataset.written !== dataset.frames ||
    all("dd").some((n) => n.textContent === "…");
  while (behind() && performance.now() < late) await frame();
  await frame();
  await frame(); // what a worker has painted is on the page with the next frame
  const id = JSON.parse(place.querySelector("script[type*=widget-view]").textContent).model_id;
  const model = (await nwManager.get_model(id)).get("children")[1];
  const root = view.querySelector(".nw-root");
  const canvas = root.querySelector("canvas");
  const keys = [...Object.keys(model.get("ranges")), "moved"];
  const named = (selector, tell) =>
    Object.fromEntries(all(selector).map((node) => [
      [...node.closest("[class*=nw-control-]").classList]
        .find((name) => name.startsWith("nw-control-")).slice(11).replaceAll("-", "_"),
      tell(node),
    ]));
  const boxOf = (node) => node && ["left", "top", "width", "height"]
    .map((side) => parseFloat(node.style[side]));
  const style = getComputedStyle(view.querySelector(".nw-explorer"));
  const paint = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colour = (name) => {
    paint.fillStyle = style.getPropertyValue(`--x-${name}`).trim();
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const names = ["ink", "truth", "pred", "point", "accent", "muted"];
  const shown = (node) => node?.textContent ?? "";
  const attributes = all("*").flatMap((node) => [...node.attributes].map((each) => each.value));
  return {
    state: Object.fromEntries(keys.map((key) => [key, model.get(key)])),
    readouts: Object.fromEntries(all("[data-readout]").map((n) => [n.dataset.readout, shown(n)])),
    values: named(".nw-value", shown),
    said: named("[role=slider].noUi-handle", (n) => n.ariaValueText),
    sentence: shown(root.querySelector(".nw-sum")),
    note: shown(root.querySelector(".nw-note")),
    frames: Number(root.dataset.frames),
    disabled: Object.fromEntries(all(".nw-button").map((n) => [n.textContent, n.disabled])),
    table: all(".nw-steps tbody tr").map((row) => [...row.cells].map(shown)),
    text: view.innerText,
    markup: [...attributes, view.textContent].join("\\n"),
    plot: boxOf(root.querySelector(".nw-handle-points")),
    handle: boxOf(root.querySelector(".nw-handle-query")),
    width: Math.floor(root.querySelector(".nw-stage").clientWidth),
    density: canvas.width / canvas.clientWidth,
    colours: Object.fromEntries(names.map((name) => [name, colour(name)])),
    picture: canvas.toDataURL(),
  };
}"""


@dataclass
class Board:
    """An explorer in an open page."""

    tab: Tab
    code: str
    kind: str
    place: Locator

    def look(self) -> Look:
        """What it shows once it has painted all that it was told."""
        told = self.place.evaluate(LOOK)
        png = base64.b64decode(told.pop("picture").partition(",")[2])
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
        colours = {name: np.array(value, float) for name, value in told.pop("colours").items()}
        picture = Picture(pixels, colours, told.pop("density"))
        boxes = self._boxes(told.pop("plot"), told.pop("handle"), told.pop("width"))
        keys = TRAINING_KEYS if self.kind == "training" else POOLING_KEYS
        told["state"] = {key: told["state"][key] for key in keys}
        if self.kind != "training":  # a query that is not there is the last one
            told["state"]["query"] = min(told["state"]["query"], told["state"]["n_queries"] - 1)
        return Look(self.code, self.kind, boxes=boxes, picture=picture, **told)

    def _boxes(self, plot: Any, handle: Any, width: float) -> dict[str, Box]:
        if self.kind == "training":
            half = round(width * 0.52) - 52 - 16
            right = 52 + half + 66
            return {
                "loss": Box(52, 26, half, 372),
                "plot": Box(right, 26, width - right - 16, 160),
                "heat": Box(right, 26 + 212, width - right - 16, 124),
            }
        over = Box(*plot)
        boxes = {"plot": over, "bars": Box(over.x, over.y + over.height + 34, over.width, 92)}
        if self.kind == "attention":
            boxes["heat"] = Box(*handle)
        return boxes

    def button(self, word: str) -> Locator:
        return self.place.get_by_role("button", name=WORDS[self.code][word], exact=True)

    def control(self, key: str) -> Locator:
        return self.place.locator(f".nw-control-{key.replace('_', '-')}")

    def slider(self, key: str) -> Locator:
        return self.control(key).locator(".noUi-handle")

    @property
    def query(self) -> Locator:
        return self.place.locator(".nw-handle-query")

    @property
    def pad(self) -> Locator:
        return self.place.locator(".nw-handle-points")

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """A place of the canvas, in the window."""
        box = self.place.locator("canvas").bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def show(self) -> None:
        """Bring the canvas into the middle of the window, and the mouse away from it."""
        self.tab.mouse.move(1, 1)
        self.place.locator("canvas").evaluate(
            "n => n.scrollIntoView({ block: 'center', behavior: 'instant' })"
        )

    def hover(self, x: float, y: float) -> None:
        self.tab.mouse.move(*self.on_screen(x, y))

    def set(self, **changes: Any) -> None:
        """Bring the explorer into a state, as a program would."""
        self.place.evaluate(
            """async (place, changes) => {
              const view = place.querySelector("script[type*=widget-view]");
              const { model_id: id } = JSON.parse(view.textContent);
              const model = (await nwManager.get_model(id)).get("children")[1];
              for (const [key, value] of Object.entries(changes)) model.set(key, value);
            }""",
            changes,
        )

    def check(self) -> Look:
        """Look, and compare every number and word with `nwcore`."""
        look = self.look()
        assert_finite(look)
        if self.kind == "training":
            assert_training(look)
            return look
        assert look.readouts == readouts_of(look.result, look.state, self.code)
        assert look.sentence == sentence_of(look.result, look.state, self.code)
        empty = int(torch.isnan(look.result.predictions).sum())
        missing = WORDS[self.code]["empty_rows"].format(n=empty, total=look.state["n_queries"])
        assert look.note == (missing if empty else "")
        assert self.query.get_attribute("aria-valuenow") == str(look.state["query"])
        back = WORDS[self.code]["put_back"]
        assert look.disabled[back] == (look.state["moved"] == [])
        for key, text in look.values.items():
            digits = 0 if key == "n_train" else 1 if key == "w" and look.state[key] >= 10 else 2
            assert text == write(look.state[key], digits, self.code)
            assert look.said[key] == text
        return look

    def check_painted(self) -> Look:
        look = self.check()
        if self.kind == "training":
            assert_training_painted(look)
        else:
            assert_curves_painted(look)
            assert_bars_painted(look)
        if self.kind == "attention":
            assert_heatmap_painted(look, look.result.weights, look.state["query"])
        return look


UNFIT = re.compile(r"\b(NaN|Infinity|undefined|null)\b|\[object|∞|\be\+\d", re.IGNORECASE)


def assert_finite(look: Look) -> None:
    assert not UNFIT.search(look.markup), UNFIT.search(look.markup)


def assert_curves_painted(look: Look) -> None:
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
    q = look.state["query"]
    prediction = float(result.predictions[q])
    if not math.isnan(prediction):
        at = look.spot(xs[q], prediction)
        assert picture.shows("pred", *at, reach=1), "the query has no marker"
    points = [
        look.spot(x, y) for x, y in zip(result.keys.tolist(), result.values.tolist(), strict=True)
    ]
    for x, y in points:
        assert picture.inked(Box(x - 1, y - 1, 3, 3)), "a training point is missing"


def assert_bars_painted(look: Look) -> None:
    """A bar of each weight's height at each key."""
    bars, result, state = look.boxes["bars"], look.result, look.state
    centre = result.queries[state["query"]]
    row = result.weights[state["query"]]
    if bool(torch.isnan(row).any()):
        middle = Box(bars.x, bars.y, bars.width, bars.height - 2)
        assert look.picture.like("ink", look.picture.cut(middle)).any(), "0 / 0 is not there"
        return
    kernel = KERNELS[NAMES[state["kernel_index"]]]
    peak = float(kernel(torch.zeros(1, dtype=torch.float64))[0])
    total = float(kernel((centre - result.keys) * state["w"]).sum())
    largest = float(row.max())
    highest = min(max(peak / total, largest), 3 * largest)
    heights = [float(weight) / (1.08 * highest) * bars.height for weight in row]
    at = [bars.x + bars.width * float(key) / 5 for key in result.keys]
    line = bars.x + bars.width * float(centre) / 5
    bottom = bars.y + bars.height
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


def assert_heatmap_painted(look: Look, weights: Any, query: int | None) -> None:
    """Each cell in the colour of its weight, in Matplotlib's own viridis."""
    heat = look.boxes["heat"]
    rows, columns = weights.shape
    largest = float(weights.nan_to_num().max())
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
    levels = np.rint(255 * np.nan_to_num(wanted) / largest).astype(int)
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


def loss_digits(loss: float) -> int:
    return 3 if abs(loss) < 10 else 2


def assert_training(look: Look) -> None:
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
    grid, losses = landscape(state["noise"], state["n_train"], state["seed"])
    losses = losses * [1.0, 1.0 / state["n_train"], 0.5][state["reduction_index"]]
    lowest = int(losses.argmin())
    at, loss = write(grid[lowest], 2, code), losses[lowest]
    said = write(loss, loss_digits(loss), code)
    assert look.sentence == f"{WORDS[code]['minimum_at']} = {at}: {said}."
    assert look.note == ""
    assert look.disabled[WORDS[code]["do_reset"]] == (state["steps"] == 0)
    for key, text in look.values.items():
        value = state[key]
        assert text == write(value, 3 if value < 0.1 else 2 if value < 10 else 1, code)
        assert look.said[key] == text


def assert_training_painted(look: Look) -> None:
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
    lowest = int(losses.argmin())
    x, y = curve[lowest]
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


# The pages, each opened once ----------------------------------------------------------------------


def wait_until_alive(tab: Tab) -> None:
    tab.wait_for_function(
        "() => !document.querySelector('.nw-live:not([data-nw-live=alive])')", timeout=20_000
    )


def board_in(tab: Tab, code: str, page: str, kind: str) -> Board:
    number = [name for name, _ in BOARDS[page]].index(kind)
    return Board(tab, code, kind, tab.locator(".nw-live").nth(number))


@pytest.fixture(scope="module")
def visit(site: str, chromium: Browser) -> Iterator[Callable[[str, str], Reader]]:
    with ExitStack() as windows:

        @functools.cache
        def open_once(code: str, page: str) -> Reader:
            window = windows.enter_context(
                reader(chromium, site, viewport=WIDE, color_scheme="light")
            )
            window.open(f"{code}/{page}.html")
            wait_until_alive(window.tab)
            return window

        yield open_once


@pytest.fixture
def board(request: pytest.FixtureRequest, visit: Callable[[str, str], Reader]) -> Iterator[Board]:
    """An explorer as the page opens it; whatever a test does to it is undone."""
    code, page, kind = request.param
    window = visit(code, page)
    for other, _ in BOARDS[page]:
        start_over(board_in(window.tab, code, page, other))
    found = board_in(window.tab, code, page, kind)
    found.show()
    yield found
    seen = window.seen
    wrong = seen.page_errors + seen.console_errors + seen.foreign + seen.failed
    window.seen.page_errors, window.seen.console_errors = [], []
    assert wrong == []


def start_over(board: Board) -> None:
    board.button("start_over").click()
    board.show()


@pytest.fixture
def both(request: pytest.FixtureRequest, visit: Callable[[str, str], Reader]) -> list[Board]:
    """Both explorers of one page."""
    code, page = request.param
    tab = visit(code, page).tab
    boards = [board_in(tab, code, page, kind) for kind, _ in BOARDS[page]]
    for each in boards:
        start_over(each)
    return boards


def test_these_are_all_explorers() -> None:
    for page in PAGES:
        live = html(page.path).select("article .nw-live")
        assert len(live) == len(BOARDS.get(page.name, [])), page


# The start ----------------------------------------------------------------------------------------

STARTS: dict[tuple[str, str], dict[str, Any]] = {
    ("02-average-pooling", "attention"): {"kernel_index": 4},
    (FULL, "attention"): {"w": 1.0, "kernel_index": 0, "n_queries": 50, "query": 20},
    (FULL, "kernels"): {"w": 2.0, "kernel_index": 3, "n_queries": 200, "query": 80},
    ("04-parametric-attention", "attention"): {"kernel_index": 0},
    ("05-training", "training"): {"lr": 0.5, "reduction_index": 0, "steps": 0},
    ("05-training", "attention"): {"kernel_index": 0},
}


@every_explorer
def test_start(board: Board, request: pytest.FixtureRequest) -> None:
    """The book's data, the controls that were asked for, and everything painted as computed."""
    look = board.check_painted()
    page = request.node.callspec.params["board"][1]
    wanted = {"noise": 0.5, "n_train": 50, "seed": 6, **STARTS[page, board.kind]}
    assert {key: look.state[key] for key in wanted} == wanted
    shown = board.place.locator("[class*=nw-control-]").evaluate_all(
        """all => all.filter((n) => n.checkVisibility())
          .map((n) => [...n.classList].find((name) => name.startsWith("nw-control-")))
          .map((name) => name.slice(11).replaceAll("-", "_"))"""
    )
    assert shown == dict(BOARDS[page])[board.kind]


ENGLISH = {
    text
    for key, text in {**SHARED_WORDS["en"], **WORDS["en"]}.items()
    if len(text) > 2 and text not in {**SHARED_WORDS["vi"], **WORDS["vi"]}.values()
}
ENGLISH_WORD = re.compile(
    r"\b(the|of|to|is|are|at|data|set|points?|query|queries|keys?|weights?|training|noise|width|"
    r"kernel|loss|sum|mean|half|step|run|pause|start|rate|learning|truth|prediction|error|average|"
    r"constant|boxcar|triangular|not|defined|link|picture|null|slider)\b",
    re.IGNORECASE,
)
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")

LABELS = """(place) => {
  const view = place.querySelector(".nw-view");
  const names = ["aria-label", "title", "aria-valuetext", "aria-roledescription", "alt",
                 "placeholder"];
  return [
    ...view.innerText.split("\\n"),
    ...[...view.querySelectorAll("option, .nw-spoken")].map((node) => node.textContent),
    ...[...view.querySelectorAll("*")].flatMap((node) =>
      names.map((name) => node.getAttribute(name) ?? "")),
  ].map((text) => text.trim()).filter(Boolean);
}"""


@every_explorer
def test_it_speaks_the_editions_language(board: Board) -> None:
    board.place.locator("canvas[aria-label]").wait_for()
    board.look()
    labels = board.place.evaluate(LABELS)
    assert len(labels) >= 10
    assert {WORDS[board.code][key] for key in ("start_over", "link")} <= set(labels)
    if board.code == "en":
        assert [text for text in labels if VIETNAMESE.search(text)] == []
        assert not any(re.search(r"\d,\d", text) for text in labels)
    else:
        assert [text for text in labels if ENGLISH_WORD.search(text)] == []
        assert [text for text in labels if text in ENGLISH] == []
        assert not any(re.search(r"\d\.\d", text) for text in labels)


@every_kind_in_one_language
def test_nothing_painted_is_cut_off_at_the_sides(board: Board) -> None:
    look = board.look()
    for edge in (look.picture.pixels[:, :1], look.picture.pixels[:, -1:]):
        assert not (edge[..., 3] > 0).any()


# Sliders ------------------------------------------------------------------------------------------


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def two_digits(value: float) -> float:
    return float(f"{value:.2g}")


# What each key does, as a reader would expect it: 5 % or half as much again, or so many hundredths.
HANDS: dict[str, list[tuple[str, Callable[[float], float]]]] = {
    key: [
        ("ArrowRight", lambda v, r=rounded: r(v * 1.05)),
        ("ArrowUp", lambda v, r=rounded: r(v * 1.05)),
        ("PageUp", lambda v, r=rounded: r(v * 1.5)),
        ("ArrowLeft", lambda v, r=rounded: r(v / 1.05)),
        ("PageDown", lambda v, r=rounded: r(v / 1.5)),
    ]
    for key, rounded in (("w", three_digits), ("start", three_digits), ("lr", two_digits))
}
HANDS["noise"] = [
    ("ArrowRight", lambda v: round(v + 0.05, 2)),
    ("PageUp", lambda v: round(v + 0.25, 2)),
    ("ArrowLeft", lambda v: round(v - 0.05, 2)),
    ("PageDown", lambda v: round(v - 0.25, 2)),
]
HANDS["n_train"] = [
    ("ArrowRight", lambda v: v + 1),
    ("ArrowLeft", lambda v: v - 1),
]
# What must be painted anew when a control has moved.
PAINTS = {
    "w": ("bars", "heat"),
    "noise": ("plot",),
    "n_train": ("plot", "heat"),
    "start": ("loss", "heat"),
    "lr": (),
}
SLIDERS = [
    pytest.param((code, page, kind), key, id=f"{code}-{page[:2]}-{kind}-{key}")
    for code, page, (kind, controls) in PLACES
    for key in controls
    if key in HANDS
]
ALL_OF_A_KIND = [slider for slider in SLIDERS if HOMES[slider.values[0][2]] == slider.values[0][1]]
every_slider = pytest.mark.parametrize(("board", "key"), SLIDERS, indirect=["board"])
each_slider = pytest.mark.parametrize(("board", "key"), ALL_OF_A_KIND, indirect=["board"])
each_slider_in_one_language = pytest.mark.parametrize(
    ("board", "key"),
    [slider for slider in ALL_OF_A_KIND if slider.values[0][0] == CODES[0]],
    indirect=["board"],
)


def assert_repainted(board: Board, key: str, before: Look, after: Look) -> None:
    for part in PAINTS[key]:
        # Average pooling has one weight for all, whatever the width is.
        same = part != "plot" and after.state.get("kernel_index") == 4
        if part in after.boxes and not same:
            box = after.boxes[part]
            assert before.picture.part(box) != after.picture.part(box), f"{part} is as before"
    if key == "noise" and board.kind == "attention":
        heat = after.boxes["heat"]
        assert before.picture.part(heat) == after.picture.part(heat), "noise changes no weight"


@every_slider
def test_slider_by_keyboard(board: Board, key: str) -> None:
    before = board.check()
    board.slider(key).focus()
    for pressed, goal in HANDS[key]:
        board.tab.keyboard.press(pressed)
        after = board.check()
        expected = goal(before.state[key])
        assert after.state[key] == pytest.approx(expected, rel=1e-12), pressed
        assert board.slider(key).get_attribute("aria-valuenow") == f"{after.state[key]:.15g}"
        others = {name: value for name, value in before.state.items() if name != key}
        assert {name: after.state[name] for name in others} == others
        assert_repainted(board, key, before, after)
        before = after
    for pressed, end in (("Home", RANGES[key][0]), ("End", RANGES[key][1])):
        board.tab.keyboard.press(pressed)
        after = board.check()
        assert after.state[key] == end
        assert_repainted(board, key, before, after)
        board.tab.keyboard.press("ArrowLeft" if pressed == "Home" else "ArrowRight")
        assert board.look().state[key] == end, "there is a value beyond the end"
        before = after


def drag_handle(board: Board, key: str, share: float) -> None:
    """Take a slider's handle to a share of its track, by mouse and in several moves."""
    handle, track = (
        board.slider(key).bounding_box(),
        board.control(key).locator(".noUi-base").bounding_box(),
    )
    assert handle is not None
    assert track is not None
    mouse = board.tab.mouse
    y = handle["y"] + handle["height"] / 2
    mouse.move(handle["x"] + handle["width"] / 2, y)
    mouse.down()
    mouse.move(track["x"] + share * track["width"], y + 2, steps=4)


def meant(key: str, share: float) -> float:
    low, high = RANGES[key]
    return low * (high / low) ** share if key in LOGARITHMIC else low + share * (high - low)


@each_slider
def test_slider_by_mouse(board: Board, key: str) -> None:
    board.control(key).scroll_into_view_if_needed()
    before = board.check()
    drag_handle(board, key, 0.7)
    during = board.look()
    board.tab.mouse.up()
    after = board.check()
    assert during.state == after.state, "the picture did not follow the hand"
    value = after.state[key]
    if key in LOGARITHMIC:
        assert math.log(value / meant(key, 0.7)) == pytest.approx(0, abs=0.12)
        assert value == (two_digits if key == "lr" else three_digits)(value), "not a round number"
    else:
        assert value == pytest.approx(meant(key, 0.7), rel=0.03)
        assert value == round(value, 2)
    assert_repainted(board, key, before, after)
    others = {name: old for name, old in before.state.items() if name != key}
    assert {name: after.state[name] for name in others} == others
    # Far beyond the end is the end.
    drag_handle(board, key, 1.6)
    board.tab.mouse.up()
    assert board.check().state[key] == RANGES[key][1]


@models("attention")
def test_all_points_at_once(board: Board) -> None:
    """The leave-one-out error of very many points comes when the hand rests, and is right."""
    board.set(n_train=500, noise=1.5)
    waiting = board.place.locator("[data-readout=leave_one_out]").evaluate(
        """async (node) => {
          await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
          return node.textContent;
        }"""
    )
    assert waiting == "…"
    board.check()


@every_kind
def test_one_frame_for_many_changes(board: Board) -> None:
    key = "start" if board.kind == "training" else "noise"
    before = board.look()
    board.slider(key).evaluate(
        """(handle) => {
          handle.focus();
          for (let i = 0; i < 50; i++) {
            const options = { key: i < 45 ? "ArrowLeft" : "ArrowRight", bubbles: true };
            handle.dispatchEvent(new KeyboardEvent("keydown", options));
          }
        }"""
    )
    after = board.check()
    assert after.state[key] != before.state[key]
    assert 1 <= after.frames - before.frames <= 2


@every_kind
def test_no_frame_without_a_change(board: Board) -> None:
    before = board.look()
    board.tab.evaluate("() => new Promise((go) => setTimeout(go, 500))")
    assert board.look().frames == before.frames


# Who paints ---------------------------------------------------------------------------------------

PAINTERS = "() => [...document.querySelectorAll('.nw-root')].map((n) => n.dataset.painter)"

# Browsers and pages that have no worker paint.
WITHOUT_WORKER = {
    "no workers": "delete window.Worker;",
    "forbidden": "window.Worker = class { constructor() { throw new Error('forbidden'); } };",
    "broken": """
      const Own = window.Worker;
      const code = new Blob(["throw new Error('broken')"], { type: "text/javascript" });
      window.Worker = class extends Own {
        constructor() { super(URL.createObjectURL(code), { type: "module" }); }
      };""",
    "silent": """
      const Own = window.Worker;
      const code = new Blob(["export {}"], { type: "text/javascript" });
      window.Worker = class extends Own {
        constructor() { super(URL.createObjectURL(code), { type: "module" }); }
      };""",
    "no such canvas": "delete HTMLCanvasElement.prototype.transferControlToOffscreen;",
}


@every_explorer
def test_a_worker_paints(board: Board) -> None:
    assert board.place.locator(".nw-root").get_attribute("data-painter") == "worker"


@pytest.mark.parametrize("script", WITHOUT_WORKER.values(), ids=list(WITHOUT_WORKER))
def test_without_a_worker_the_page_paints(script: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
        window.context.add_init_script(script)
        window.open(f"vi/{FULL}.html")
        wait_until_alive(window.tab)
        assert window.tab.evaluate(PAINTERS) == ["page", "page"]
        for kind in ("attention", "kernels"):
            board = board_in(window.tab, "vi", FULL, kind)
            board.show()
            board.set(w=3.0, n_train=31)
            board.check_painted()
        assert window.seen.page_errors + window.seen.console_errors == []


def test_both_painters_paint_the_same(site: str, chromium: Browser) -> None:
    pictures = []
    for script in ("", WITHOUT_WORKER["no workers"]):
        with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
            window.context.add_init_script(script)
            window.open(f"vi/{FULL}.html")
            wait_until_alive(window.tab)
            board = board_in(window.tab, "vi", FULL, "attention")
            board.show()
            board.set(w=3.0, query=17)
            pictures.append(board.look().picture.pixels.astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5


def test_a_picture_that_fails_is_followed_by_the_next(site: str, chromium: Browser) -> None:
    """An error in the worker is told, and stops nothing."""
    fail = """
      if (typeof document === "undefined") {
        const paint = OffscreenCanvasRenderingContext2D.prototype;
        const clear = paint.clearRect;
        let pictures = 0;
        paint.clearRect = function (...box) {
          if (++pictures === 3) throw new Error("no third picture");
          return clear.apply(this, box);
        };
      }"""
    with reader(chromium, site, viewport=WIDE) as window:
        window.context.add_init_script(
            f"""const Own = window.Worker;
            const first = encodeURIComponent({json.dumps(fail)});
            window.Worker = class extends Own {{
              constructor(url, options) {{
                super(url.replace(",", `,${{first}}`), options);
              }}
            }};"""
        )
        window.open(f"vi/{FULL}.html")
        wait_until_alive(window.tab)
        board = board_in(window.tab, "vi", FULL, "attention")
        board.show()
        for w in (2.0, 3.0, 4.0, 3.0):
            board.set(w=w)
            board.look()
        board.check_painted()
        told = window.seen.page_errors + window.seen.console_errors
        assert any("no third picture" in text for text in told)


# Seed and kernel ----------------------------------------------------------------------------------


@every_pooling
@pytest.mark.parametrize(
    ("typed", "seed"), [("7", 7), ("4294967295", 4294967295), ("4294967296", 4294967295), ("-3", 0)]
)
def test_seed_box(board: Board, typed: str, seed: int) -> None:
    before = board.look()
    box = board.control("seed").locator("input")
    assert box.get_attribute("type") == "number"
    box.fill(typed)
    box.press("Enter")
    after = board.check_painted()
    assert after.state["seed"] == seed
    assert after.readouts["error"] != before.readouts["error"]
    assert box.input_value() == str(seed)


@every_pooling
def test_seed_box_without_a_number(board: Board) -> None:
    """An emptied box leaves the data as they were."""
    before = board.look()
    box = board.control("seed").locator("input")
    box.fill("")
    box.press("Enter")
    box.blur()
    after = board.check()
    assert after.state["seed"] == before.state["seed"]
    assert box.input_value() == str(before.state["seed"])


@every_pooling
def test_every_kernel(board: Board) -> None:
    pictures = []
    for index in [1, 2, 3, 4, 0]:
        name = WORDS[board.code][f"kernel_{NAMES[index]}"]
        if board.kind == "kernels":
            board.control("kernel").get_by_role("button", name=name, exact=True).click()
        else:
            board.control("kernel").locator("select").select_option(label=name)
        look = board.check_painted()
        assert look.state["kernel_index"] == index
        pictures.append(look.picture.part(look.boxes["bars"]))
        if board.kind == "kernels":
            pressed = (
                board.control("kernel")
                .locator("button")
                .evaluate_all("all => all.map((n) => n.ariaPressed)")
            )
            assert pressed == [str(place == index).lower() for place in range(5)]
        else:
            assert board.control("kernel").locator("select").input_value() == name
    assert len(set(pictures)) == 5


@models("kernels")
def test_the_window_of_a_kernel_is_shaded(board: Board) -> None:
    for index, w in ((1, 2.0), (2, 1.0), (3, 4.0)):
        board.set(kernel_index=index, w=w)
        look = board.look()
        plot, x = look.boxes["plot"], float(look.result.queries[look.state["query"]])
        row = look.picture.cut(Box(plot.x, plot.y + plot.height - 12, plot.width, 1))[0]
        shaded = np.flatnonzero((row[:, 3] > 15) & (row[:, 3] < 60))
        left, right = (plot.width * (x + side / w) / 5 for side in (-1, 1))
        assert shaded.min() == pytest.approx(max(0, left), abs=2)
        assert shaded.max() == pytest.approx(right, abs=2)
    board.set(kernel_index=0)
    row = board.look().picture.cut(Box(plot.x, plot.y + plot.height - 12, plot.width, 1))[0]
    assert not ((row[:, 3] > 15) & (row[:, 3] < 60)).sum() > 60


# The query ----------------------------------------------------------------------------------------


@models("attention")
def test_query_by_hovering_over_the_heatmap(board: Board) -> None:
    before = board.look()
    heat = before.boxes["heat"]
    for row in (0, 7, 33, 49):
        board.hover(heat.x + heat.width * 0.4, heat.y + (row + 0.5) * heat.height / 50)
        after = board.check_painted()
        assert after.state["query"] == row
        for part in ("plot", "bars", "heat"):
            box = after.boxes[part]
            assert before.picture.part(box) != after.picture.part(box), part
        top = heat.y + row * heat.height / 50
        frame = [(heat.x + heat.width * share, top) for share in (0.1, 0.9)]
        assert after.picture.share("pred", frame) == 1, "the row has no frame"
        before = after


@every_pooling
def test_query_by_hovering_over_the_plot(board: Board) -> None:
    look = board.look()
    q = look.state["n_queries"]
    for part, x in (("plot", 1.0), ("plot", 4.4), ("bars", 3.1), ("bars", 0.02)):
        box = look.boxes[part]
        board.hover(box.x + box.width * x / 5, box.y + box.height * 0.5)
        after = board.check_painted()
        assert after.state["query"] == pytest.approx(x * q / 5, abs=0.51)
    # Beside all boxes the query stays.
    board.hover(box.x + box.width / 2, box.y + box.height + 30)
    assert board.look().state["query"] == after.state["query"]


@every_pooling
def test_query_by_keyboard(board: Board) -> None:
    start = board.look().state
    q, last = start["n_queries"], start["n_queries"] - 1
    board.query.focus()
    at = start["query"]
    steps = {"ArrowDown": 1, "ArrowRight": 1, "ArrowUp": -1, "ArrowLeft": -1}
    steps |= {"PageDown": q // 10, "PageUp": -(q // 10)}
    for pressed in [*steps, "Home", "ArrowUp", "End", "ArrowDown"]:
        board.tab.keyboard.press(pressed)
        goal = {"Home": 0, "End": last}.get(pressed, at + steps.get(pressed, 0))
        at = min(last, max(0, goal))
        look = board.check()
        assert look.state["query"] == at, pressed
        x = write(5 * at / q, 2, board.code)
        prediction = write(float(look.result.predictions[at]), 2, board.code)
        said = WORDS[board.code]["query_value"].format(x=x, prediction=prediction)
        assert board.query.get_attribute("aria-valuetext") == said
    board.check_painted()


@every_pooling
def test_the_sentence_is_the_weighted_sum(board: Board) -> None:
    """Read as a reader would: with all terms written out, the sum is what is said."""
    board.set(n_train=3, noise=1.0, w=0.6, kernel_index=0)
    look = board.check()
    text = look.sentence
    number = r"−?\d+[.,]\d+"
    total = re.search(rf"({number}) = ", text)
    terms = re.findall(rf"({number}) · \(?({number})\)?", text)
    assert total
    assert 1 <= len(terms) <= 3

    def read(said: str) -> float:
        return float(said.replace(",", ".").replace("−", "-"))

    summed = sum(read(weight) * read(y) for weight, y in terms)
    assert summed == pytest.approx(read(total[1]), abs=0.03)


# Training points ----------------------------------------------------------------------------------


def lonely_point(look: Look) -> tuple[int, tuple[float, float]]:
    """A training point that no other is near, well inside the plot, and where it is."""
    spots = [
        look.spot(x, y)
        for x, y in zip(look.result.keys.tolist(), look.result.values.tolist(), strict=True)
    ]
    inner = look.boxes["plot"].inset(40)

    def distance(i: int) -> float:
        x, y = spots[i]
        if not (inner.x < x < inner.x + inner.width and inner.y < y < inner.y + inner.height):
            return -1
        return min(math.dist(spots[i], other) for j, other in enumerate(spots) if j != i)

    best = max(range(len(spots)), key=distance)
    assert distance(best) > 8
    return best, spots[best]


def grab(board: Board, at: tuple[float, float]) -> None:
    board.hover(*at)
    board.tab.mouse.down()


@every_pooling
def test_dragging_a_point(board: Board) -> None:
    board.set(w=1.5)
    before = board.check()
    place, at = lonely_point(before)
    plot, (low, high) = before.boxes["plot"], before.limits
    grab(board, at)
    for across, down in ((10, -12), (30, -25)):
        board.hover(at[0] + across, at[1] + down)
        during = board.check()
        ((draw, x, y),) = during.state["moved"]
        assert x == pytest.approx(5 * (at[0] + across - plot.x) / plot.width, abs=0.03)
        wanted = high - (high - low) * (at[1] + down - plot.y) / plot.height
        assert y == pytest.approx(wanted, abs=0.05)
        assert [x, y] == [round(x, 2), round(y, 2)]
        assert during.state["query"] == board_query(board)
        ring = during.spot(x, y)
        assert during.picture.shows("ink", ring[0] + 8, ring[1]), "the held point has no ring"
    board.tab.mouse.up()
    # The pointer no longer holds anything.
    board.show()
    after = board.check()
    assert after.state["moved"] == during.state["moved"]
    pairs = zip(after.result.keys.tolist(), after.result.values.tolist(), strict=True)
    assert (x, y) in list(pairs)
    assert after.readouts["error"] != before.readouts["error"]
    assert after.picture.part(after.boxes["plot"]) != before.picture.part(before.boxes["plot"])
    marked = after.spot(x, y)
    assert after.picture.shows("accent", marked[0] + 5, marked[1]), "a moved point has a ring"
    assert not after.disabled[WORDS[board.code]["put_back"]]
    board.hover(10, 10)
    board.check_painted()
    # It is there to be taken again, and the first drag is forgotten.
    grab(board, marked)
    board.hover(marked[0] - 20, marked[1] + 10)
    board.tab.mouse.up()
    again = board.check().state["moved"]
    assert [point[0] for point in again] == [draw]
    assert again[0][1] < x
    # Back to where it all began.
    board.button("put_back").click()
    board.set(query=before.state["query"])
    board.show()
    board.set(query=before.state["query"])
    undone = board.check()
    assert undone.state == before.state
    assert undone.readouts == before.readouts
    assert undone.picture.pixels.tobytes() == before.picture.pixels.tobytes()
    assert undone.disabled[WORDS[board.code]["put_back"]]
    assert place < before.state["n_train"]


def board_query(board: Board) -> int:
    return int(board.query.get_attribute("aria-valuenow") or -1)


@every_pooling
def test_two_points_can_be_moved_and_stay_when_more_join(board: Board) -> None:
    start = board.look()
    for _ in range(2):
        look = board.look()
        _, at = lonely_point(look)
        grab(board, at)
        board.hover(at[0] + 6, at[1] - 30)
        board.tab.mouse.up()
    look = board.check()
    assert len(look.state["moved"]) == 2
    assert len({draw for draw, _, _ in look.state["moved"]}) == 2
    board.set(n_train=80, noise=0.8)
    assert board.check().state["moved"] == look.state["moved"], "noise and n move no point back"
    board.set(n_train=1)
    assert len(board.check().result.keys) == 1
    assert start.state["moved"] == []


@every_pooling
def test_a_point_at_the_edge_stays_in_the_picture(board: Board) -> None:
    """However long it is held over the edge, what can be seen does not run away."""
    look = board.look()
    _, at = lonely_point(look)
    plot, (low, high) = look.boxes["plot"], look.limits
    grab(board, at)
    for jiggle in range(30):
        board.hover(plot.x + plot.width + 30 + jiggle % 2, plot.y - 20)
    board.tab.mouse.up()
    after = board.check()
    ((_, x, y),) = after.state["moved"]
    assert x == 5
    assert low <= y <= high + 0.35 * (high - low), "the point has run away"


@every_pooling
def test_points_by_keyboard(board: Board) -> None:
    board.set(w=1.5)
    start = board.check()
    say = WORDS[board.code]["point_value"]
    said = board.place.locator(".nw-stage > .nw-spoken")
    keys, values = start.result.keys.tolist(), start.result.values.tolist()
    n = len(keys)

    def hears(place: int, x: float, y: float) -> None:
        at = {"x": write(x, 2, board.code), "y": write(y, 2, board.code)}
        expected = say.format(place=place + 1, n=n, **at)
        board.tab.wait_for_function(
            "([node, text]) => node.textContent === text", arg=[said.element_handle(), expected]
        )

    board.pad.focus()
    board.tab.keyboard.press("Home")
    hears(0, keys[0], values[0])
    board.tab.keyboard.press("PageDown")
    hears(1, keys[1], values[1])
    board.tab.keyboard.press("PageUp")
    board.tab.keyboard.press("PageUp")
    hears(0, keys[0], values[0])
    board.tab.keyboard.press("End")
    hears(n - 1, keys[-1], values[-1])
    board.tab.keyboard.press("PageUp")
    hears(n - 2, keys[-2], values[-2])
    chosen = board.look()
    x, y = chosen.spot(keys[-2], values[-2])
    assert chosen.picture.shows("ink", x - 8, y), "the chosen point has no ring"

    x, y = keys[-2], values[-2]
    for pressed, across, up in (
        ("ArrowUp", 0, 0.05),
        ("Shift+ArrowDown", 0, -0.5),
        ("ArrowLeft", -0.05, 0),
        ("Shift+ArrowLeft", -0.5, 0),
        ("ArrowRight", 0.05, 0),
        ("Shift+ArrowUp", 0, 0.5),
    ):
        board.tab.keyboard.press(pressed)
        x, y = x + across, y + up
        look = board.check()
        ((_, now_x, now_y),) = look.state["moved"]
        assert (now_x, now_y) == pytest.approx((x, y), abs=0.0051), pressed
        x, y = now_x, now_y
        hears(look.result.keys.tolist().index(x), x, y)
    assert look.picture.part(look.boxes["plot"]) != start.picture.part(start.boxes["plot"])
    board.tab.keyboard.press("Delete")
    undone = board.check()
    assert undone.state == start.state
    assert undone.readouts == start.readouts
    assert board.pad.evaluate("n => n === document.activeElement")
    board.tab.keyboard.press("a")
    assert board.look().state == start.state


@pytest.fixture(scope="module", params=CODES)
def phone(request: pytest.FixtureRequest, site: str, chromium: Browser) -> Iterator[Board]:
    with reader(
        chromium,
        site,
        viewport={"width": 390, "height": 800},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
    ) as window:
        window.open(f"{request.param}/{FULL}.html")
        wait_until_alive(window.tab)
        yield board_in(window.tab, request.param, FULL, "attention")


def finger(session: CDPSession, kind: str, *spots: tuple[float, float]) -> None:
    points = [{"x": x, "y": y} for x, y in spots]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def swipe(
    board: Board, start: tuple[float, float], across: float, down: float, steps: int = 8
) -> None:
    session = board.tab.context.new_cdp_session(board.tab)
    x, y = board.on_screen(*start)
    finger(session, "touchStart", (x, y))
    for step in range(1, steps + 1):
        share = step / steps
        finger(session, "touchMove", (x + across * share, y + down * share))
    finger(session, "touchEnd")
    session.detach()


def settled_scroll(tab: Tab) -> float:
    scrolled: float = tab.evaluate(
        """async () => {
          let last = NaN;
          for (let still = 0; still < 12; still = scrollY === last ? still + 1 : 0) {
            last = scrollY;
            await new Promise((go) => requestAnimationFrame(go));
          }
          return scrollY;
        }"""
    )
    return scrolled


def test_a_finger_moves_a_point_and_not_the_page(phone: Board) -> None:
    start_over(phone)
    before = phone.check()
    assert before.picture.density == 2
    _, at = lonely_point(before)
    scrolled = settled_scroll(phone.tab)
    swipe(phone, at, 15, -60)
    assert settled_scroll(phone.tab) == scrolled, "the page moved with the point"
    after = phone.check()
    ((_, x, y),) = after.state["moved"]
    plot, (low, high) = before.boxes["plot"], before.limits
    assert x == pytest.approx(5 * (at[0] + 15 - plot.x) / plot.width, abs=0.05)
    assert y == pytest.approx(high - (high - low) * (at[1] - 60 - plot.y) / plot.height, abs=0.1)
    assert after.readouts["error"] != before.readouts["error"]


@pytest.mark.parametrize("part", ["plot", "heat"])
def test_a_finger_elsewhere_scrolls_the_page(phone: Board, part: str) -> None:
    start_over(phone)
    before = phone.look()
    box = before.boxes[part]
    spots = [
        before.spot(x, y)
        for x, y in zip(before.result.keys.tolist(), before.result.values.tolist(), strict=True)
    ]
    free = max(
        itertools.product(
            np.linspace(box.x + 20, box.x + box.width - 20, 15),
            np.linspace(box.y + 20, box.y + box.height - 20, 15),
        ),
        key=lambda at: min(math.dist(at, spot) for spot in spots),
    )
    scrolled = settled_scroll(phone.tab)
    swipe(phone, free, 0, -150)
    assert settled_scroll(phone.tab) > scrolled + 60, "a finger cannot scroll here"
    assert phone.check().state["moved"] == []


def test_a_finger_chooses_the_query(phone: Board) -> None:
    start_over(phone)
    heat = phone.look().boxes["heat"]
    phone.tab.touchscreen.tap(
        *phone.on_screen(heat.x + heat.width / 2, heat.y + 40.5 * heat.height / 50)
    )
    assert phone.check().state["query"] == 40


# Buttons ------------------------------------------------------------------------------------------


@every_pooling
def test_another_data_set(board: Board) -> None:
    board.set(moved=[[3, 2.0, -1.0]])
    before = board.check()
    assert before.state["moved"]
    board.button("another").click()
    board.show()
    after = board.check_painted()
    assert after.state["seed"] == before.state["seed"] + 1
    assert after.state["moved"] == [], "they belonged to the other data set"
    board.set(seed=4294967295)
    board.button("another").click()
    assert board.check().state["seed"] == 0
    if board.control("seed").count():
        assert board.control("seed").locator("input").input_value() == "0"


@every_pooling
def test_start_over(board: Board) -> None:
    before = board.look()
    board.set(w=30, noise=1.2, n_train=17, seed=9, kernel_index=2, query=3, n_queries=20)
    board.set(moved=[[2, 1.0, 1.0]])
    assert board.check().picture.part(before.boxes["plot"]) != before.picture.part(
        before.boxes["plot"]
    )
    start_over(board)
    after = board.check()
    assert after.state == before.state
    assert after.picture.pixels.tobytes() == before.picture.pixels.tobytes()
    assert after.values == before.values
    if board.control("kernel").locator("select").count():
        chosen = WORDS[board.code][f"kernel_{NAMES[before.state['kernel_index']]}"]
        assert board.control("kernel").locator("select").input_value() == chosen


@elsewhere
def test_everything_once(board: Board) -> None:
    """Seed, kernel, query, points and buttons of an explorer that is tried at length elsewhere."""
    start = board.check_painted()
    drag_handle(board, "noise", 0.75)
    board.tab.mouse.up()
    assert board.check().state["noise"] == pytest.approx(1.5, abs=0.05)
    if board.control("seed").count():
        box = board.control("seed").locator("input")
        box.fill("8")
        box.press("Enter")
        assert board.check().state["seed"] == 8
        for index in range(5):
            board.control("kernel").locator("select").select_option(index=index)
            assert board.check().state["kernel_index"] == index
    start_over(board)
    heat, plot = start.boxes["heat"], start.boxes["plot"]
    board.hover(heat.x + heat.width * 0.3, heat.y + 40.5 * heat.height / 50)
    assert board.check().state["query"] == 40
    board.hover(plot.x + plot.width * 0.25, plot.y + plot.height - 5)
    assert board.check().state["query"] in (12, 13)
    board.query.press("Home")
    assert board.check().state["query"] == 0
    _, at = lonely_point(start)
    grab(board, at)
    board.hover(at[0] + 20, at[1] - 20)
    board.tab.mouse.up()
    board.hover(10, 10)
    dragged = board.check_painted()
    assert len(dragged.state["moved"]) == 1
    assert dragged.readouts["error"] != start.readouts["error"]
    board.pad.press("ArrowUp")
    board.pad.press("PageDown")
    board.pad.press("Shift+ArrowRight")
    assert len(board.check().state["moved"]) == 2
    board.button("put_back").click()
    assert board.check().state["moved"] == []
    board.button("another").click()
    assert board.check().state["seed"] == start.state["seed"] + 1
    start_over(board)
    assert board.check().picture.pixels.tobytes() == start.picture.pixels.tobytes()


# Empty windows ------------------------------------------------------------------------------------


@every_pooling
@pytest.mark.parametrize("kernel", ["boxcar", "triangular", "epanechnikov"])
def test_empty_windows(board: Board, kernel: str) -> None:
    board.set(kernel_index=NAMES.index(kernel), w=40.0)
    look = board.look()
    empty = [i for i, y in enumerate(look.result.predictions.tolist()) if math.isnan(y)]
    full = [i for i in range(look.state["n_queries"]) if i not in empty]
    assert empty
    assert full
    board.set(query=empty[len(empty) // 2])
    look = board.check_painted()
    undefined = WORDS[board.code]["undefined"]
    assert look.readouts["error"] == look.readouts["row_sum"] == undefined
    assert undefined in (board.query.get_attribute("aria-valuetext") or "")
    assert look.note
    # Gaps: no dash between neighbours without a prediction.
    plot = look.boxes["plot"]
    inside = look.picture.like("pred", look.picture.cut(plot))
    columns = [
        round(plot.width * 5 * i / look.state["n_queries"] / 5)
        for i in empty
        if {i - 1, i + 1} <= set(empty) and abs(i - look.state["query"]) > 1
    ]
    assert columns
    assert not inside[:, columns].any(), "a curve where there is no prediction"
    board.set(query=full[0])
    reached = board.check_painted()
    assert reached.readouts["row_sum"] == write(1, 3, board.code)
    assert reached.readouts["error"] == undefined, "one query without a prediction is enough"
    board.set(kernel_index=0)
    assert board.check().note == ""


# The page's address -------------------------------------------------------------------------------


def address(board: Board, holds: str) -> str:
    """The page's address, once it says this."""
    board.tab.wait_for_function(
        "(text) => decodeURIComponent(location.hash).includes(text)", arg=holds
    )
    return board.tab.url


@contextmanager
def opened_again(board: Board, url: str, page: str) -> Iterator[Board]:
    """The same explorer in a tab of its own, where nothing was done to it."""
    tab = board.tab.context.new_page()
    try:
        tab.goto(url)
        wait_until_alive(tab)
        yield board_in(tab, board.code, page, board.kind)
    finally:
        tab.close()
        board.tab.bring_to_front()


@every_kind
def test_the_address_brings_everything_back(board: Board, request: pytest.FixtureRequest) -> None:
    _, page, kind = request.node.callspec.params["board"]
    if kind == "training":
        board.set(start=1.23, lr=0.031, reduction_index=2, seed=11, steps=4)
        board.button("do_step").click()
        holds = "steps=5"
    else:
        changes = {"w": 7.77, "noise": 0.85, "n_train": 63, "seed": 11, "query": 31}
        board.set(**changes, kernel_index=2)
        board.set(moved=[[4, 1.25, -0.6], [0, 3.5, 3.9]])
        holds = "moved="
    board.tab.mouse.move(1, 1)
    before = board.check_painted()
    # What other explorers of the page had to say is gone from it first.
    board.tab.wait_for_function(
        "(kind) => location.hash.startsWith(`#${kind}:`) && !location.hash.includes('&')", arg=kind
    )
    url = address(board, holds)
    with opened_again(board, url, page) as again:
        after = again.check_painted()
        assert after.state == before.state
        assert after.readouts == before.readouts
        assert after.table == before.table
        assert after.picture.pixels.tobytes() == before.picture.pixels.tobytes()
        assert after.values == before.values
        settled_scroll(again.tab)
        middle = again.place.locator(".nw-root").evaluate(
            "n => { const b = n.getBoundingClientRect(); return (b.top + b.bottom) / 2; }"
        )
        assert middle == pytest.approx(WIDE["height"] / 2, abs=60), "not scrolled to the explorer"
        assert again.tab.url == url, "opening an address changes it"
        # Starting over there leads to the page's own start, and to a plain address.
        again.button("start_over").click()
        again.tab.wait_for_function("() => location.hash === ''", timeout=3000)
        assert again.check().state != before.state


@every_kind
def test_the_link_holds_the_state(board: Board) -> None:
    if board.kind == "training":
        board.set(lr=0.12)
    else:
        board.set(noise=1.11)
    part = "lr=0.12" if board.kind == "training" else "noise=1.11"
    link = board.place.locator(".nw-link")
    board.tab.wait_for_function(
        "([n, part]) => n.getAttribute('href').includes(part)", arg=[link.element_handle(), part]
    )
    assert part in address(board, part)
    assert link.evaluate("n => n.href") == board.tab.url
    history = board.tab.evaluate("history.length")
    link.click()
    assert board.tab.evaluate("history.length") == history
    board.check()


BOTH = [
    pytest.param((code, page), id=f"{code}-{page[:2]}")
    for code in CODES
    for page in BOARDS
    if len(BOARDS[page]) == 2
]


@pytest.mark.parametrize("both", BOTH, indirect=True)
def test_two_explorers_share_an_address(both: list[Board], request: pytest.FixtureRequest) -> None:
    first, second = both
    page = request.node.callspec.params["both"][1]
    start = second.look()
    change = {"lr": 0.2} if first.kind == "training" else {"w": 3.21}
    first.set(**change)
    address(first, "=3.21" if "w" in change else "=0.2")
    assert second.look().state == start.state, "one explorer listens to the other"
    second.set(noise=1.5)
    url = address(second, "noise=1.5")
    assert ("w=3.21" if "w" in change else "lr=0.2") in url
    with opened_again(first, url, page) as again:
        assert again.check().state == first.look().state
        twin = board_in(again.tab, second.code, page, second.kind)
        assert twin.check().state == second.look().state
        # What one forgets the other remembers.
        again.button("start_over").click()
        gone = "(name) => !location.hash.includes(`${name}:`)"
        again.tab.wait_for_function(gone, arg=first.kind, timeout=3000)
        assert "noise=1.5" in again.tab.url


# What somebody may write after "attention:", and what it means; everything else stays as it was.
JUNK: list[tuple[str, dict[str, Any]]] = [
    ("w=NaN", {}),
    ("w=Infinity", {}),
    ("w=-Infinity;noise=0.7", {"noise": 0.7}),
    ("w=1e999", {}),
    ("w=abc", {}),
    ("w=0", {"w": 0.1}),
    ("w=-5", {"w": 0.1}),
    ("w=1e9", {"w": 100.0}),
    ("w", {}),
    ("w;;=;=3;w=4", {"w": 4.0}),
    ("noise=-1", {"noise": 0.0}),
    ("noise=99", {"noise": 2.0}),
    ("n=0", {"n_train": 1}),
    ("n=1e6", {"n_train": 500}),
    ("n=12.6", {"n_train": 13}),
    ("seed=-1", {"seed": 0}),
    ("seed=1e20", {"seed": 4294967295}),
    ("seed=3.2", {"seed": 3}),
    ("kernel=tophat", {}),
    ("kernel=__proto__", {}),
    ("kernel=2", {}),
    ("kernel=boxcar", {"kernel_index": 1}),
    ("queries=1", {"n_queries": 2, "query": 1}),
    ("queries=1e5", {"n_queries": 200}),
    ("q=1e9", {"query": 49}),
    ("q=-4", {"query": 0}),
    ("moved=junk", {}),
    ("moved=1_2", {}),
    ("moved=1_2_3_4", {}),
    ("moved=NaN_1_1~2_NaN_1~3_1_Infinity", {}),
    ("moved=-1_1_1~500_1_1~1.5_1_1", {}),
    ("moved=3_99_99", {"moved": [[3, 5, 20]]}),
    ("moved=3_-9_-99~junk", {"moved": [[3, 0, -20]]}),
    ("w=%", {}),
    ("w=%E0%A4%A;noise=0.7", {}),
    ("__proto__=1;constructor=2;toString=3", {}),
    ("<img src=x onerror=alert(1)>=1", {}),
]


@pytest.fixture(scope="module", params=CODES[:1])
def junk_yard(request: pytest.FixtureRequest, site: str, chromium: Browser) -> Iterator[Any]:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open(f"{request.param}/{FULL}.html")
        wait_until_alive(window.tab)
        board = board_in(window.tab, request.param, FULL, "attention")
        yield window, board, board.look()


def write_address(tab: Tab, fragment: str) -> None:
    """Change what stands behind the #; the page hears of it in a task of its own."""
    tab.evaluate(
        """(fragment) => new Promise((go) => {
          addEventListener("hashchange", go, { once: true });
          setTimeout(go, 300); // nothing is said where nothing changes
          location.hash = fragment;
        })""",
        fragment,
    )


@pytest.mark.parametrize(("junk", "meant"), JUNK, ids=[junk for junk, _ in JUNK])
def test_junk_in_the_address(junk_yard: Any, junk: str, meant: dict[str, Any]) -> None:
    window, board, start = junk_yard
    write_address(window.tab, "attention:w=9")
    assert board.look().state["w"] == 9
    window.seen.page_errors.clear()
    write_address(window.tab, f"attention:{junk}")
    look = board.check()
    wanted = {**start.state, **meant}
    if "%" in junk:  # it may be ignored as a whole
        wanted |= {key: look.state[key] for key in ("w", "noise")}
        assert look.state["w"] in (start.state["w"], 9)
    assert look.state == wanted
    assert window.seen.page_errors == []


@pytest.mark.parametrize(
    "junk",
    [
        "attention:w=%",
        "attention:w=NaN;noise=Infinity;n=-1;moved=~_~;kernel=",
        "kernels:w=%zz",
        "attention:moved=" + "~".join(f"{i}_{i / 100}_9" for i in range(500)),
    ],
)
def test_a_page_opened_with_junk_is_alive(junk: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.tab.goto(f"{site}/en/{FULL}.html#{junk}")
        window.tab.wait_for_function(
            "() => !document.querySelector('.nw-live:not([data-nw-live])')", timeout=20_000
        )
        lives = window.tab.locator(".nw-live").evaluate_all(
            "all => all.map((n) => n.dataset.nwLive)"
        )
        assert lives == ["alive", "alive"]
        for kind in ("attention", "kernels"):
            board_in(window.tab, "en", FULL, kind).check()
        assert window.seen.page_errors + window.seen.console_errors == []


@models("attention")
def test_the_address_typed_into_an_open_page(board: Board) -> None:
    """And back: each address shows what it says, and what it leaves out is as at the start."""
    start = board.look().state
    board.set(noise=1.7)
    address(board, "noise=1.7")
    write_address(board.tab, "attention:n=23;moved=2_1.5_2.5")
    board.tab.wait_for_function("() => location.hash.includes('n=23')")
    look = board.check_painted()
    assert look.state == {**start, "n_train": 23, "moved": [[2, 1.5, 2.5]]}
    write_address(board.tab, "attention:seed=3;moved=2_0.5_2.5")
    look = board.check_painted()
    assert look.state == {**start, "seed": 3, "moved": [[2, 0.5, 2.5]]}
    board.tab.evaluate("history.back()")
    board.tab.wait_for_function("() => location.hash.includes('n=23')")
    assert board.check().state["n_train"] == 23


@every_edition
def test_the_address_of_a_section_is_left_alone(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open(f"{code}/{FULL}.html")
        wait_until_alive(window.tab)
        section = window.tab.locator("article section section[id]").last.get_attribute("id")
        url = f"{site}/{code}/{FULL}.html#{section}"
        window.tab.goto("about:blank")
        window.tab.goto(url)
        wait_until_alive(window.tab)
        tab = window.tab
        settled_scroll(tab)
        board = board_in(tab, code, FULL, "attention")
        top = "(id) => document.getElementById(id).getBoundingClientRect().top"
        assert 0 <= tab.evaluate(top, section) < 200 or tab.evaluate(
            "Math.abs(scrollY + innerHeight - document.documentElement.scrollHeight) < 2"
        )
        start = board.look().state
        tab.evaluate("() => new Promise((go) => setTimeout(go, 500))")
        assert tab.url == url
        # A link to a section inside the page changes nothing in an explorer, nor loses its state.
        board.set(w=5.5)
        assert "w=5.5" in address(board, "w=5.5")
        tab.evaluate("(id) => { location.hash = id; }", section)
        board.look()
        assert board.look().state == {**start, "w": 5.5}
        assert tab.evaluate("location.hash").endswith(section or "-")
        assert window.seen.page_errors + window.seen.console_errors == []


# Numbers that are none ----------------------------------------------------------------------------

NOT_NUMBERS = ["NaN", "Infinity", "-Infinity"]
NO_POINTS = ["null", "'junk'", "[[1]]", "[null]", "[[NaN, 1, 1]]", "[[1, Infinity, 1]]"]


@every_kind_in_one_language
def test_what_is_no_number_is_not_painted(board: Board) -> None:
    """Whatever a model is told, the picture stays one of numbers in range."""
    before = board.check()
    for key in before.state:
        for value in NO_POINTS if key == "moved" else NOT_NUMBERS:
            shown = board.place.evaluate(
                f"""async (place, key) => {{
                  const view = place.querySelector("script[type*=widget-view]");
                  const {{ model_id: id }} = JSON.parse(view.textContent);
                  const model = (await nwManager.get_model(id)).get("children")[1];
                  model.set(key, {value});
                  const frame = () => new Promise((go) => requestAnimationFrame(go));
                  await frame();
                  await frame();
                  return place.querySelector(".nw-root").innerText;
                }}""",
                key,
            )
            assert not UNFIT.search(shown), (key, value)
            assert (board.look().picture.pixels[:300, :400] > 0).any()
        start_over(board)
    assert board.check().state == before.state


@each_slider_in_one_language
def test_a_slider_told_nonsense(board: Board, key: str) -> None:
    """The slider's own model, as its box for a typed number would set it."""
    before = board.check()
    for value in ("NaN", "Infinity", "-Infinity"):
        board.control(key).evaluate(
            f"""async (_, key) => {{
              const place = _.closest(".nw-live");
              const view = place.querySelector("script[type*=widget-view]");
              const {{ model_id: id }} = JSON.parse(view.textContent);
              const [panel] = (await nwManager.get_model(id)).get("children");
              const name = `nw-control-${{key.replaceAll("_", "-")}}`;
              const model = panel.get("children").find((m) => m.get("_dom_classes").includes(name));
              model.set("value", {value});
            }}""",
            key,
        )
        look = board.look()
        text = board.place.evaluate("(n) => n.querySelector('.nw-view').innerText")
        assert not UNFIT.search(text)
        low, high = RANGES[key]
        assert low <= float(board.slider(key).get_attribute("aria-valuenow") or "nan") <= high
        assert not UNFIT.search(json.dumps([look.readouts, look.values, look.said, look.sentence]))
    start_over(board)
    assert board.check().state == before.state


# Training -----------------------------------------------------------------------------------------


@models("training")
def test_the_first_step_jumps_over_the_minimum(board: Board) -> None:
    """What the chapter promises: the valley is in one place, and one click lands beyond it."""
    start = board.check_painted()
    grid, losses = landscape(*(start.state[key] for key in ("noise", "n_train", "seed")))
    best = grid[losses.argmin()]
    board.button("do_step").click()
    board.show()
    after = board.check_painted()
    (_, (w, loss, _)) = descent(after.state)
    assert abs(w) > 2 * best
    assert loss > losses.min()
    assert start.picture.part(start.boxes["loss"]) != after.picture.part(after.boxes["loss"])
    assert start.picture.part(start.boxes["heat"]) != after.picture.part(after.boxes["heat"])
    assert start.picture.part(start.boxes["plot"]) != after.picture.part(after.boxes["plot"])
    said = after.table[-1][1].replace(",", ".").replace("−", "-")
    assert abs(float(said)) > 2 * best


@models("training")
def test_steps_and_reset(board: Board) -> None:
    before = board.check()
    for step in range(1, 8):
        board.button("do_step").click()
        look = board.check()
        assert look.state["steps"] == step
        assert [row[0] for row in look.table] == [str(s) for s in range(step + 1)][-5:]
    assert not look.disabled[WORDS[board.code]["do_reset"]]
    board.button("do_reset").click()
    board.show()
    after = board.check_painted()
    assert after.state == before.state
    assert after.picture.pixels.tobytes() == before.picture.pixels.tobytes()


@models("training")
@pytest.mark.parametrize("index", [0, 1, 2])
def test_every_loss(board: Board, index: int) -> None:
    name = WORDS[board.code][f"reduction_{['sum', 'mean', 'half'][index]}"]
    board.set(steps=2, reduction_index=(index + 1) % 3)
    before = board.check()
    board.control("reduction").get_by_role("button", name=name, exact=True).click()
    board.show()
    look = board.check_painted()
    assert look.state["reduction_index"] == index
    assert look.table != before.table
    assert look.picture.part(look.boxes["loss"]) != before.picture.part(look.boxes["loss"])
    pressed = (
        board.control("reduction")
        .locator("button")
        .evaluate_all("all => all.map((n) => n.ariaPressed)")
    )
    assert pressed == [str(place == index).lower() for place in range(3)]


@models("training")
def test_training_settings(board: Board) -> None:
    """A slow rate walks down, a fast one from the same start does not; all as computed here."""
    for changes in (
        {"start": 0.5, "lr": 0.01, "steps": 12},
        {"start": 20.0, "lr": 0.5, "steps": 3},
        {"start": 0.01, "lr": 10.0, "steps": 6},
        {"start": 100.0, "lr": 0.001, "steps": 1},
        {"start": 2.0, "lr": 0.05, "noise": 0.0, "n_train": 8, "seed": 2, "steps": 9},
    ):
        board.button("start_over").click()
        board.set(**changes)
        board.show()
        board.check_painted()


@models("training")
def test_no_setting_leaves_the_numbers_a_computer_can_hold(board: Board) -> None:
    """The wildest rates from every start: whatever happens, it is shown with finite numbers."""
    said = WORDS[board.code]["diverged"]
    for start, reduction in itertools.product((0.01, 0.3, 0.6, 1.0, 3.0, 30.0, 100.0), (0, 2)):
        board.set(start=start, lr=10.0, noise=2.0, reduction_index=reduction, steps=200)
        look = board.look()
        assert_finite(look)
        assert look.note in ("", said)
        assert look.table
        assert look.disabled[WORDS[board.code]["do_step"]], "200 steps are the most"


@models("training")
def test_a_run_takes_step_after_step_until_it_is_stopped(board: Board) -> None:
    board.set(lr=0.01)
    board.button("do_run").click()
    board.tab.wait_for_function(
        "(n) => n.querySelectorAll('.nw-steps tbody tr').length === 4",
        arg=board.place.element_handle(),
    )
    board.button("do_pause").click()
    board.show()
    look = board.check_painted()
    assert look.state["steps"] in (3, 4)
    board.tab.evaluate("() => new Promise((go) => setTimeout(go, 700))")
    assert board.look().state["steps"] == look.state["steps"], "it goes on after the pause"
    board.button("do_run").wait_for()
    # One step by hand ends a run, too, and so does a return to the start.
    board.button("do_run").click()
    board.button("do_reset").click()
    board.tab.evaluate("() => new Promise((go) => setTimeout(go, 700))")
    assert board.check().state["steps"] == 0


@models("training")
def test_a_run_ends_by_itself(board: Board) -> None:
    """Far out on the plain nothing moves any more: the run stops instead of counting on."""
    board.set(lr=10.0, start=0.6)
    board.button("do_run").click()
    board.button("do_pause").wait_for()
    board.button("do_run").wait_for(timeout=10_000)
    look = board.check_painted()
    path = descent(look.state)
    (before, _, _), (after, _, _) = path[-2:]
    assert abs(after - before) < 1e-4 * abs(after)
    assert look.state["steps"] < 40


@models("training")
def test_a_run_for_a_reader_who_wants_no_motion(board: Board) -> None:
    board.set(lr=0.03)
    before = board.look()
    board.tab.emulate_media(reduced_motion="reduce")
    try:
        board.button("do_run").click()
        board.show()
        after = board.check_painted()
    finally:
        board.tab.emulate_media(reduced_motion="null")
    path = descent({**after.state, "steps": 40})
    ends = (i for i in range(1, 41) if abs(path[i][0] - path[i - 1][0]) < 1e-4 * abs(path[i][0]))
    assert after.state["steps"] == next(ends, 40)
    assert after.frames - before.frames <= 2, "it moved"
    assert board.button("do_run").is_visible()


@models("training")
def test_other_data_for_training(board: Board) -> None:
    board.set(steps=3)
    before = board.check()
    board.button("another").click()
    board.show()
    after = board.check_painted()
    assert after.state == {**before.state, "seed": before.state["seed"] + 1, "steps": 0}


# Room, theme, paper -------------------------------------------------------------------------------


@every_edition
@pytest.mark.parametrize("page", list(BOARDS))
def test_on_a_phone(code: str, page: str, site: str, chromium: Browser) -> None:
    """Nothing sticks out, the parts of the picture stand below each other, and it still works."""
    with reader(
        chromium, site, viewport={"width": 360, "height": 740}, device_scale_factor=2
    ) as window:
        window.open(f"{code}/{page}.html")
        wait_until_alive(window.tab)
        assert window.tab.evaluate("document.documentElement.scrollWidth") <= 360
        for kind, _ in BOARDS[page]:
            board = board_in(window.tab, code, page, kind)
            canvas = board.place.locator("canvas").bounding_box()
            assert canvas is not None
            assert canvas["width"] <= 360
            if kind == "training":
                assert canvas["height"] > 700
                assert_training(board.look())
                continue
            look = board.check_painted()
            plot, bars = look.boxes["plot"], look.boxes["bars"]
            assert plot.width > 200
            assert bars.y > plot.y + plot.height
            if kind == "attention":
                assert look.boxes["heat"].y > bars.y + bars.height, "the heatmap stands below"
                assert look.boxes["heat"].x == plot.x
            board.set(w=12.0)
            board.check_painted()
        # A window made wide again has the wide picture.
        window.tab.set_viewport_size(WIDE)
        for kind, _ in BOARDS[page]:
            board = board_in(window.tab, code, page, kind)
            board.place.locator("canvas").evaluate(
                """async (n) => {
                  for (let still = 0, last = 0; still < 8; last = n.clientWidth) {
                    await new Promise((go) => requestAnimationFrame(go));
                    const settled = n.clientWidth === last && n.width === 2 * last && last > 450;
                    still = settled ? still + 1 : 0;
                  }
                }"""
            )
            look = board.check_painted()
            if kind == "attention":
                assert look.boxes["heat"].x > look.boxes["plot"].x + look.boxes["plot"].width


@every_kind
def test_the_theme_recolours_the_picture_in_place(board: Board) -> None:
    if board.kind == "training":
        board.set(steps=1)
    else:
        board.set(w=3.0)
    before = board.check_painted()
    board.tab.emulate_media(color_scheme="dark")
    board.tab.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    dark = board.check_painted()  # looks for the colours of the theme that it finds
    board.tab.emulate_media(color_scheme="light")
    board.tab.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    light = board.check_painted()
    for name in ("ink", "truth", "pred", "point"):
        assert np.abs(dark.picture.colours[name] - before.picture.colours[name]).max() > 25, name
    assert dark.picture.colours["ink"].mean() > 150 > before.picture.colours["ink"].mean()
    assert dark.picture.pixels.tobytes() != before.picture.pixels.tobytes()
    assert light.picture.pixels.tobytes() == before.picture.pixels.tobytes()
    assert dark.state == light.state == before.state


PRINT_COLOURS = """(place) => {
  const canvas = place.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  let pale = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 250) continue;
    const sum = data[i] + data[i + 1] + data[i + 2];
    if (sum < 150) dark++;
    if (sum > 640 && sum < 750) pale++;  // white is the halo of a word
  }
  return [dark, pale, canvas.width, canvas.clientWidth];
}"""


@every_kind
def test_on_paper(board: Board) -> None:
    """Dark on white even from a dark screen, three times as fine, and without the controls."""
    board.set(**({"lr": 0.3} if board.kind == "training" else {"noise": 0.6}))
    board.tab.emulate_media(color_scheme="dark")
    board.tab.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    try:
        before = board.look()
        _, pale_on_screen, width, _ = board.place.evaluate(PRINT_COLOURS)
        board.tab.emulate_media(media="print", color_scheme="dark")
        board.look()  # it has the width of the paper now
        board.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        dark, pale, wide, across = board.place.evaluate(PRINT_COLOURS)
        assert wide == 3 * across >= 3 * 0.9 * width
        assert dark > 9 * 300, "the ink is not dark"
        assert pale_on_screen > 50
        assert pale < 9 * pale_on_screen / 4, "pale ink on paper"
        assert board.place.locator("canvas").is_visible()
        assert board.place.locator(".nw-controls").is_hidden()
        assert board.place.locator(".nw-actions").is_hidden()
        if board.kind != "training":
            assert board.place.locator(".nw-sum").is_visible()
            assert board.place.locator(".nw-readouts").is_visible()
    finally:
        board.tab.evaluate("dispatchEvent(new Event('afterprint'))")
        board.tab.emulate_media(media="screen", color_scheme="light")
    board.tab.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    after = board.check_painted()
    assert after.state == before.state
    assert after.picture.density == before.picture.density


@every_kind_in_one_language
def test_a_frame_during_printing_is_as_fine(board: Board) -> None:
    """A run that goes on, or a change just before: what is on paper stays fine."""
    board.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    try:
        board.set(**({"lr": 0.3} if board.kind == "training" else {"noise": 0.6}))
        assert board.look().picture.density == 3
    finally:
        board.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert board.check_painted().picture.density == 1


@every_edition
def test_a_printed_page_holds_the_pictures(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open(f"{code}/{FULL}.html")
        wait_until_alive(window.tab)
        paper = window.tab.pdf(print_background=False)
        # Two canvases; every other picture of the page is drawn with lines.
        assert paper.count(b"/Subtype /Image") >= 2
        for kind in ("attention", "kernels"):
            board_in(window.tab, code, FULL, kind).check_painted()
        assert window.seen.page_errors + window.seen.console_errors == []
