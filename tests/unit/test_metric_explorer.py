"""The metric explorer: what Python puts on screen, the same in the browser, and hands on it."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from node import JAVASCRIPT, Node, Vector, node
from torch import Tensor

from nwcore import (
    attention_pooling,
    attention_weights,
    learn_metric,
    make_single_index,
    rmse,
)
from nwcore.explorers import MetricExplorer

MODULES = ("computation", "keyboard", "layout", "pointer")
STARTS = {
    "number": torch.tensor(1.5, dtype=torch.float64),
    "axes": torch.tensor([1.5, 1.5], dtype=torch.float64),
    "matrix": 1.5 * torch.eye(2, dtype=torch.float64),
}
SCORES = ("distance", "dot", "dot_norm")
MASKS = ("none", "leave_one_out", "causal")
COMPUTED = """
  const compute = E.createComputation();
  const numbers = compute(given.state);
  return packed(numbers.weights, numbers.query, numbers.prediction, numbers.truth,
    numbers.values, numbers.tilt, numbers.loss, E.testError(given.state, numbers),
    numbers.matrix, numbers.path.map((step) => step.loss));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Node]:
    engine = [JAVASCRIPT / "engine" / f"{name}.js" for name in ("metric", "plane")]
    with node(*engine, *(JAVASCRIPT / "metric" / f"{name}.js" for name in MODULES)) as running:
        yield running


def direction_at(angle: float) -> Tensor:
    radians = math.radians(angle)
    return torch.tensor([math.cos(radians), math.sin(radians)], dtype=torch.float64)


def allowed_by_hand(mask: str, place: int, n: int) -> Tensor:
    keys = torch.arange(n)
    return {"none": keys >= 0, "leave_one_out": keys != place, "causal": keys < place}[mask]


# What is on screen, on both sides -----------------------------------------------------------------

STATES: list[dict[str, Any]] = [
    {},
    {"steps": 40, "angle": 145, "seed": 3},
    {"steps": 150, "shape": "axes", "n_train": 10, "noise": 0.0},
    {"steps": 20, "shape": "number", "n_train": 200, "noise": 1.0, "q1": -2.0, "q2": 2.0},
    {"steps": 7, "angle": 0, "q1": 1.25, "q2": -0.5, "seed": 2**32 - 1},
]


def numbers_of(explorer: Any, browser: Node) -> Vector:
    names = ("angle", "noise", "n_train", "seed", "steps", "shape", "score", "mask", "q1", "q2")
    return browser.numbers(COMPUTED, state={name: getattr(explorer, name) for name in names})


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("mask", MASKS)
def test_the_browser_shows_what_python_computes(
    state: dict[str, Any], score: str, mask: str, browser: Node
) -> None:
    explorer = MetricExplorer(score=score, mask=mask, **state)
    result = explorer.result
    expected = np.concatenate(
        [
            result.weights,
            result.query,
            [result.prediction, result.truth],
            result.singular_values,
            [result.tilt, result.history.losses[-1], result.error],
            result.matrix.ravel(),
            result.history.losses,
        ]
    )
    np.testing.assert_allclose(numbers_of(explorer, browser), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("mask", MASKS)
def test_results_are_computed_by_the_package(state: dict[str, Any], mask: str) -> None:
    explorer = MetricExplorer(mask=mask, **state)
    result, n = explorer.result, explorer.n_train
    u = direction_at(explorer.angle)
    data = make_single_index(n, 2, explorer.noise, explorer.seed, direction=u)
    assert all(torch.equal(getattr(result.data, name), getattr(data, name)) for name in vars(data))
    history = learn_metric(data.x_train, data.y_train, STARTS[explorer.shape], steps=explorer.steps)
    assert result.history.losses == history.losses
    assert torch.equal(result.history.w, history.w)
    w = history.w[-1]
    predictions = attention_pooling(data.x_test, data.x_train, data.y_train, w)
    assert result.error == pytest.approx(rmse(predictions, data.y_test), rel=1e-10)
    point = torch.tensor([explorer.q1, explorer.q2], dtype=torch.float64)
    if mask == "none":
        assert result.place is None
        assert torch.equal(result.query, point)
    else:
        distances = [math.dist(point.tolist(), x.tolist()) for x in data.x_train]
        assert result.place == distances.index(min(distances))
        assert torch.equal(result.query, data.x_train[result.place])
    keys = allowed_by_hand(mask, result.place or 0, n).nonzero()[:, 0]
    shares = torch.zeros(n, dtype=torch.float64)
    shares[keys] = attention_weights(result.query[None], data.x_train[keys], w)[0]
    torch.testing.assert_close(result.weights, shares, rtol=1e-10, atol=1e-14)
    assert result.prediction == pytest.approx(float(shares @ data.y_train), rel=1e-10)
    assert result.truth == pytest.approx(2 * math.sin(1.5 * float(result.query @ u)), rel=1e-12)


@pytest.mark.parametrize("state", STATES, ids=str)
@pytest.mark.parametrize("mask", MASKS)
def test_a_dot_product_less_half_a_norm_is_the_distance(state: dict[str, Any], mask: str) -> None:
    first, second, third = (
        MetricExplorer(score=score, mask=mask, **state).result
        for score in ("distance", "dot_norm", "dot")
    )
    torch.testing.assert_close(second.weights, first.weights, rtol=1e-9, atol=1e-14)
    assert second.error == pytest.approx(first.error, rel=1e-9)
    assert float((third.weights - first.weights).abs().max()) > 0.01


@pytest.mark.parametrize("score", SCORES)
def test_the_first_key_that_was_drawn_attends_to_none(score: str, browser: Node) -> None:
    first = MetricExplorer().result.data.x_train[0]
    place = {"q1": float(first[0]), "q2": float(first[1])}
    explorer = MetricExplorer(mask="causal", score=score, **place)
    result = explorer.result
    assert result.place == 0
    assert bool(result.weights.isnan().all())
    assert math.isnan(result.prediction)
    assert "nan" not in explorer.static_fallback().svg.lower()
    found = numbers_of(explorer, browser)
    assert np.isnan(found[:100]).all()
    assert np.isnan(found[102])


def test_the_tilt_is_the_angle_between_lines() -> None:
    """W learned without noise finds u; before that there is no leading direction."""
    assert math.isnan(MetricExplorer().result.tilt)
    assert math.isnan(MetricExplorer(shape="number", steps=10).result.tilt)
    for angle in (0, 90, 180):
        tilt = MetricExplorer(shape="axes", angle=angle, steps=60).result.tilt
        assert tilt == pytest.approx(0, abs=1e-9)
    assert MetricExplorer(shape="axes", angle=30, steps=60).result.tilt in (
        pytest.approx(30),
        pytest.approx(60),
    )
    assert MetricExplorer(angle=178, steps=150, noise=0.0).result.tilt < 3


@pytest.mark.parametrize("name", ["shape", "score", "mask"])
def test_names_and_their_order_are_those_of_the_browser(name: str, browser: Node) -> None:
    found = browser("return Object.keys(E[given.name])", name=f"{name.upper()}S")
    assert found == list(MetricExplorer().traits()[name].values)


# Hands --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pressed", "shift", "goal"),
    [
        ("ArrowLeft", False, [0.95, 0.5]),
        ("ArrowRight", False, [1.05, 0.5]),
        ("ArrowUp", False, [1, 0.55]),
        ("ArrowDown", False, [1, 0.45]),
        ("ArrowUp", True, [1, 1]),
        ("ArrowLeft", True, [0.5, 0.5]),
        ("PageUp", False, None),
        ("Home", False, None),
        ("a", False, None),
    ],
)
def test_keys_move_the_query(
    pressed: str, shift: bool, goal: list[float] | None, browser: Node
) -> None:
    found = browser(
        """const at = { query: [1, 0.5], place: null, x: v.x, y: v.x };
        const goal = E.queryByKey(given.pressed, given.shift, at);
        return goal && [goal.q1, goal.q2]""",
        {"x": [0.0, 0.0]},
        pressed=pressed,
        shift=shift,
    )
    assert found == goal


def test_keys_keep_the_query_in_the_plane(browser: Node) -> None:
    found = browser(
        """const at = (query) => ({ query, place: null, x: v.x, y: v.x });
        return [["ArrowRight", [1.8, -2]], ["ArrowDown", [1.8, -2]], ["ArrowLeft", [-1.9, 2]]]
          .map(([key, query]) => E.queryByKey(key, true, at(query)))""",
        {"x": [0.0, 0.0]},
    )
    assert found == [{"q1": 2, "q2": -2}, {"q1": 1.8, "q2": -2}, {"q1": -2, "q2": 2}]


# Five keys: one in the middle, one on each side, the upper one nearly to the right.
KEYS = [0.0, 0.0, 1.0, 0.1, -1.0, 0.0, 0.1, 1.5, 0.0, -1.0]


@pytest.mark.parametrize(
    ("pressed", "place", "goal"),
    [
        ("ArrowRight", 0, 1),
        ("ArrowLeft", 0, 2),
        ("ArrowUp", 0, 3),
        ("ArrowUp", 1, 3),
        ("ArrowDown", 0, 4),
        ("ArrowUp", 3, 3),
        ("PageDown", 0, 1),
        ("PageUp", 3, 2),
        ("PageUp", 0, 0),
        ("PageDown", 4, 4),
        ("Home", 3, 0),
        ("End", 1, 4),
    ],
)
def test_under_a_mask_keys_go_from_key_to_key(
    pressed: str, place: int, goal: int, browser: Node
) -> None:
    found = browser(
        """const at = { query: [], place: given.place, x: v.x, y: new Float64Array(5) };
        const { q1, q2 } = E.queryByKey(given.pressed, false, at);
        return E.nearestPlace(v.x, q1, q2)""",
        {"x": KEYS},
        pressed=pressed,
        place=place,
    )
    assert found == goal


@pytest.mark.parametrize("width", [328, 599, 600, 900])
def test_what_is_held_is_the_nearer_thing_in_reach(width: int, browser: Node) -> None:
    found = browser(
        """const boxes = E.layout(given.width);
        const { x, y } = E.planeScales(boxes.plane);
        const tip = E.tipOf(90);
        const [near, far] = [{ query: [0, 1.5] }, { query: [-1, -1] }];
        const at = (numbers, x1, x2, right = 0) =>
          E.thingAt([x(x1) + right, y(x2)], 14, boxes, { angle: 90 }, numbers);
        return [at(far, -1, -1), at(far, -1, -1, 13), at(far, -1, -1, 15), at(far, ...tip),
          at(near, ...tip), at(near, 0, 1.5), at(far, 1, 1)]""",
        width=width,
    )
    assert found == ["query", "query", None, "arrow", "arrow", "query", None]


def test_a_thing_follows_the_pointer(browser: Node) -> None:
    found = browser(
        """const boxes = E.layout(700);
        const { x, y } = E.planeScales(boxes.plane);
        const to = (thing, x1, x2) => E.takenTo(thing, [x(x1), y(x2)], boxes);
        return [to("query", 0.5, -1.25), to("query", 3, -9), to("arrow", 1, 1), to("arrow", -1, 0),
          to("arrow", 0.2, -1), to("arrow", -0.2, -1), to("arrow", 0, 1.7)]"""
    )
    assert found == [
        {"q1": 0.5, "q2": -1.25},
        {"q1": 2, "q2": -2},
        *({"angle": angle} for angle in (45, 180, 0, 180, 90)),
    ]


@pytest.mark.parametrize(("width", "height"), [(600, 460), (1200, 460), (599, 544), (300, 544)])
def test_the_parts_lie_inside_the_picture_and_apart(width: int, height: int, browser: Node) -> None:
    boxes = browser("return E.layout(given.width)", width=width)
    assert boxes.pop("height") == height
    parts = [box for box in boxes.values() if box is not None]
    assert len(parts) == (5 if width >= 600 else 4)
    assert boxes["plane"]["width"] == boxes["plane"]["height"], "angles would be distorted"
    for i, box in enumerate(parts):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
        assert min(box["width"], box["height"]) > 7
        for other in parts[:i]:
            assert (
                other["y"] + other["height"] <= box["y"]
                or other["x"] + other["width"] <= box["x"]
                or box["y"] + box["height"] <= other["y"]
            )
