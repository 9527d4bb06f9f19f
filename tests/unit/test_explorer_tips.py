"""What stands around every picture: numbers under the pointer, keys, the script that comes late."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from node import JAVASCRIPT, Node, node

from nwbook.live import put_aside
from nwcore.explorers import (
    AttentionExplorer,
    BiasVarianceExplorer,
    ContextExplorer,
    MetricExplorer,
    TrainingExplorer,
)
from nwcore.tasks import theoretical_w


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    names = ("drawing/near", "shell/dom", "shell/escape", "shell/play")
    with node(*(JAVASCRIPT / f"{name}.js" for name in names)) as running:
        yield running


# What is at a place -------------------------------------------------------------------------------


def test_a_place_is_within_a_box_and_its_margin(js: Node) -> None:
    body = """const box = { x: 10, y: 20, width: 30, height: 40 };
    return given.places.map((at) => [E.within(box, at), E.within(box, at, 5)]);"""
    places = [[10, 20], [40, 60], [9, 20], [41, 20], [10, 19], [10, 61], [4, 20], [10, 66]]
    inside, near, far = [True, True], [False, True], [False, False]
    assert js(body, places=places) == [*2 * [inside], *4 * [near], *2 * [far]]


def test_the_nearest_number_is_found(js: Node) -> None:
    body = "return given.values.map((value) => E.nearest([1, 2, 4], value))"
    assert js(body, values=[-9, 1.4, 1.6, 2.9, 3.1, 99]) == [0, 0, 1, 1, 2, 2]


def test_a_cell_is_found_and_the_edge_is_of_the_last(js: Node) -> None:
    body = """const box = { x: 10, y: 20, width: 30, height: 40 };
    return given.places.map((at) => E.cellAt(box, at, 4, 3));"""
    places = [[10, 20], [19.9, 29.9], [20, 30], [40, 60]]
    assert js(body, places=places) == [[0, 0], [0, 0], [1, 1], [3, 2]]


@pytest.mark.parametrize("scale", [1, 1.6])
def test_a_place_is_told_in_pixels_of_the_picture(scale: float, js: Node) -> None:
    found = js(
        """const bounds = { left: 100, top: 50, width: 600 * given.scale };
        const canvas = { clientWidth: 600, getBoundingClientRect: () => bounds };
        const [x, y] = [100 + 30 * given.scale, 50 + 20 * given.scale];
        return E.placeIn(canvas, { clientX: x, clientY: y });""",
        scale=scale,
    )
    assert found == pytest.approx([30, 20])


def written(value: Any, digits: int) -> str:
    return f"{float(value):.{digits}f}".replace("-", "−")


# Numbers under the pointer ------------------------------------------------------------------------

# Words that are their own keys, and what is told at a place of a picture.
TELL = """
const words = new Proxy({ decimal: ".", undefined: "none" }, {
  get: (known, key) => known[key] ?? key,
});
const numbers = E.createComputation()(given.state, true);
const boxes = E.layout?.(given.width, true) ?? E[given.picture](words).layout(given.width);
const tell = E.createTeller(words, (value) => value.toFixed(4));
const { x, y, width, height } = boxes[given.box];
return tell([x + given.at[0] * width, y + given.at[1] * height], boxes, given.state, numbers);
"""


def told(folder: str, state: dict[str, Any], box: str, at: tuple[float, float]) -> dict[str, str]:
    """What is written beside a pointer at a share of a box of the picture."""
    names = ("computation", "picture", "tip", *(["layout"] if folder in LAID_OUT else []))
    picture = f"create{folder.capitalize()}Picture"
    with node(*(JAVASCRIPT / folder / f"{name}.js" for name in names)) as running:
        found = running(TELL, state=state, box=box, at=at, width=900, picture=picture)
    return dict(found) if found else {}


LAID_OUT = ("attention", "metric")
POOLING = {"w": 4.0, "noise": 0.5, "n_train": 10, "seed": 3}
POOLING_STATE = {
    **POOLING,
    "kernel": "gaussian",
    "formula": "",
    "line": False,
    "n_queries": 20,
    "moved": [],
    "query": 7,
    "row": 7,
    "pinned": False,
}


def test_attention_tells_cells_points_and_queries() -> None:
    result = AttentionExplorer(**POOLING, n_queries=20, query=7).result
    cell = told("attention", POOLING_STATE, "heat", (0.55, 0.33))  # column 5, row 6
    assert cell == {
        "x (queries_axis)": written(result.queries[6], 2),
        "x (keys_axis)": written(result.keys[5], 2),
        "weight": written(result.weights[6, 5], 4),
    }
    bar = told("attention", POOLING_STATE, "bars", (float(result.keys[2]) / 5, 0.5))
    assert bar == {
        "x (keys_axis)": written(result.keys[2], 2),
        "weight": written(result.weights[7, 2], 4),
    }
    query = told("attention", POOLING_STATE, "plot", (0.5, 0.02))
    assert query == {
        "x (queries_axis)": "2.50",
        "truth": written(result.truth[10], 3),
        "prediction": written(result.predictions[10], 3),
    }
    assert told("attention", POOLING_STATE, "plot", (1.05, 0.5)) == {}


def test_attention_tells_of_a_training_point() -> None:
    state = {**POOLING_STATE, "moved": [[4, 2.5, 3.0]], "noise": 0.0}
    result = AttentionExplorer(
        **{**POOLING, "noise": 0.0}, n_queries=20, query=7, moved=[[4, 2.5, 3.0]]
    ).result
    place = result.keys.tolist().index(2.5)
    found: dict[str, str] = {}
    for share in range(101):  # the range of y is the picture's own
        found = told_of_point(state, share / 100)
        if "y" in found:
            break
    assert found == {
        "x (keys_axis)": "2.50",
        "y": "3.00",
        "weight": written(result.weights[7, place], 4),
    }


def told_of_point(state: dict[str, Any], down: float) -> dict[str, str]:
    return told("attention", state, "plot", (0.5, down))


def test_training_tells_the_loss_under_the_pointer() -> None:
    given = {"start": 1.0, "lr": 0.02, "steps": 2, "noise": 0.5, "n_train": 12, "seed": 1}
    state = {**given, "reduction": "sum"}
    result = TrainingExplorer(**given, reduction="sum").result
    loss = told("training", state, "loss", (0.5, 0.5))
    assert loss["|w|"] == "1.00"
    assert float(loss["loss"]) == pytest.approx(result.history.losses[0], rel=0.01)
    cell = told("training", state, "heat", (0.0, 0.99))
    assert cell["weight"] == written(result.weights[49, 0], 4)
    assert cell["x (keys_axis)"] == written(result.data.x_train[0], 2)
    curve = told("training", state, "plot", (0.2, 0.5))
    assert curve == {
        "x (queries_axis)": "1.00",
        "truth": written(2 * 0.8414709848 + 1, 3),
        "prediction": written(result.predictions[10], 3),
    }
    assert told("training", state, "plot", (0.2, -0.1)) == {}


CONTEXT_STATE = {
    "n_context": 20,
    "noise": 0.3,
    "roughness": 1.0,
    "seed": 2,
    "task": 5,
    "steps": 2,
    "trained_n": 20,
    "trained_noise": 0.3,
    "trained_roughness": 1.0,
    "trained_seed": 2,
    "earlier": [],
}


def test_context_tells_answers_and_theory() -> None:
    result = ContextExplorer(**CONTEXT_STATE).result
    task = told("context", CONTEXT_STATE, "task", (0.4, 0.5))
    assert task == {
        "x": "2.00",
        "truth": written(result.truth[40], 3),
        "frozen_model": written(result.predictions[40], 3),
        "task_w": written(result.best_predictions[40], 3),
    }
    share = math.log(100 / 9) / math.log(445 / 9)
    family = told("context", CONTEXT_STATE, "family", (share, 0.5))
    assert family == {"n_context": "100", "theory_w": written(theoretical_w(100, 0.3, 1.0), 2)}
    assert told("context", CONTEXT_STATE, "family", (0.5, 1.2)) == {}


METRIC_STATE = {
    "angle": 40,
    "noise": 0.2,
    "n_train": 15,
    "seed": 3,
    "steps": 5,
    "q1": 0.4,
    "q2": -1.1,
    "shape": "matrix",
    "score": "distance",
    "mask": "none",
}


def test_metric_tells_keys_places_and_steps() -> None:
    result = MetricExplorer(**METRIC_STATE).result
    x1, x2 = result.data.x_train[4].tolist()
    key = told("metric", METRIC_STATE, "plane", ((x1 + 2) / 4, (2 - x2) / 4))
    assert key == {
        "first_input": written(x1, 2),
        "second_input": written(x2, 2),
        "y": written(result.data.y_train[4], 2),
        "weight": written(result.weights[4], 4),
    }
    place = told("metric", METRIC_STATE, "plane", (0.999, 0.001))
    u1, u2 = (math.cos(math.radians(40)), math.sin(math.radians(40)))
    truth = 2 * math.sin(1.5 * (1.996 * u1 + 1.996 * u2))
    assert (place["first_input"], place["second_input"]) == ("2.00", "2.00")
    assert place["truth"] == written(truth, 2)
    step = told("metric", METRIC_STATE, "loss", (3 / 150, 0.5))
    assert step == {"steps_axis": "3", "loss": written(result.history.losses[3], 3)}
    late = told("metric", METRIC_STATE, "values", (0.9, 0.5))
    first, second = result.singular_values.tolist()
    assert late == {"steps_axis": "5", "singular_values": f"{first:.2f} · {second:.2f}"}
    assert told("metric", METRIC_STATE, "loss", (1.1, 0.5)) == {}


def test_risk_tells_fits_and_errors() -> None:
    given = {"w": 6.0, "noise": 0.4, "n_train": 12, "seed": 1}
    state = {**given, "degree_index": 0, "kernel_index": 0}
    result = BiasVarianceExplorer(**given).result
    fits = told("risk", state, "fits", (0.5, 0.5))
    assert fits == {
        "x": "2.50",
        "truth": written(result.truth[25], 3),
        "mean_fit": written(result.mean[25], 3),
    }
    errors = told("risk", state, "risk", (0.5, 0.5))  # the middle of 61 widths
    assert errors == {
        "w": written(result.grid[30], 2),
        "squared_bias": written(result.bias_curve[30], 4),
        "variance": written(result.variance_curve[30], 4),
        "expected_error": written(result.error_curve[30], 4),
    }
    assert told("risk", state, "risk", (0.5, -0.2)) == {}


# Keys ---------------------------------------------------------------------------------------------

# Elements that know one selector each, and a window that hears keys.
KEYS = """
const heard = [];
globalThis.Node = class {};
globalThis.Element = class extends Node {
  constructor(own) { super(); this.own = own; }
  closest(selectors) { return selectors.split(", ").includes(this.own) ? this : null; }
};
globalThis.addEventListener = (kind, act) => heard.push(act);
const said = [];
const press = (key, target) => heard.forEach((act) => act({
  key, target, preventDefault: () => said.push("kept"),
  stopImmediatePropagation: () => said.push("alone"),
}));
"""


@pytest.mark.parametrize(
    ("key", "own", "has"),
    [
        (" ", "button", True),
        (" ", ".nw-handle", True),
        (" ", "summary", True),
        (" ", "input", True),
        (" ", "div", False),
        ("2", "button", False),
        ("2", ".nw-handle", False),
        ("2", "input", True),
        ("2", "select", True),
    ],
)
def test_a_key_that_means_something_where_it_is_pressed_is_let_be(
    key: str, own: str, has: bool, js: Node
) -> None:
    body = f"{KEYS} return E.hasOwnKeys({{ key: given.key, target: new Element(given.own) }})"
    assert js(body, key=key, own=own) is has


def test_escape_ends_what_was_opened_last_and_nothing_else(js: Node) -> None:
    said = js(
        f"""{KEYS}
        const inside = new Element("div");
        const el = {{ closest: () => null, contains: (node) => node === inside }};
        const escape = E.createEscape(el, () => said.push("released"), null);
        const [menu, screen] = ["menu", "screen"].map((name) => () => said.push(name));
        press("Escape", inside);
        press("Escape", new Element("div"));
        press("Enter", inside);
        escape.closed(menu);
        escape.open(screen);
        escape.open(menu);
        press("Escape", new Element("div"));
        escape.closed(menu);
        escape.closed(menu);
        press("Escape", inside);
        escape.closed(screen);
        press("Escape", inside);
        return said;"""
    )
    consumed = ["kept", "alone"]
    assert said == ["released", *consumed, "menu", *consumed, "screen", "released"]


# The script that is brought late ------------------------------------------------------------------


def test_a_page_keeps_the_address_of_what_comes_late() -> None:
    models = {
        "a": {"model_name": "AnyModel", "state": {"_aside": "text", "w": 1}},
        "b": {"model_name": "AnyModel", "state": {"_aside": "text"}},
        "c": {"model_name": "BoxModel", "state": {"children": []}},
    }
    named, scripts = put_aside(models, "../{}".format)
    ((file, text),) = scripts.items()
    assert text == "text"
    assert file.startswith("_static/aside-")
    assert file.endswith(".js")
    assert named["a"]["state"] == {"_aside": f"../{file}", "w": 1}
    assert named["b"]["state"] == {"_aside": f"../{file}"}
    assert named["c"] == models["c"]
    assert models["a"]["state"]["_aside"] == "text", "what was given is left as it was"
