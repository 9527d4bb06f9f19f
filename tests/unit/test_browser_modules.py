"""The explorers' modules that need no page: state, address, keys, pointer, text, in Node."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from node import JAVASCRIPT, Node, node

MODULES = [
    "drawing/scales",
    "attention/computation",
    "attention/keyboard",
    "attention/layout",
    "attention/pointer",
    "attention/points",
    "attention/sentences",
    "shell/address",
    "shell/rules",
    "shell/state",
    "shell/text",
]

# A model of anywidget that remembers, with the traits of a small explorer.
MODEL = """
const model = (values, exact = {}) => {
  const handlers = {};
  return {
    values: { ranges: { w: [0.1, 100], n: [1, 500] }, exact, ...values },
    get(key) { return this.values[key]; },
    set(key, value) {
      if (Object.is(this.values[key], value)) return;
      this.values[key] = value;
      for (const handler of handlers[`change:${key}`] ?? []) handler();
    },
    on(event, handler) { (handlers[event] ??= []).push(handler); },
    off(event, handler) { handlers[event] = handlers[event].filter((each) => each !== handler); },
  };
};
const traits = {
  w: { address: "w", pointer: E.logarithmic(3) },
  n: { address: "n", pointer: E.WHOLE },
  kernel_index: { address: "kernel", pointer: E.WHOLE, ...E.namedIn(["gaussian", "boxcar"]) },
  moved: { address: "moved", toText: E.pointsToText, fromText: E.pointsFromText },
};
const log = [];
const closing = new AbortController();
const open = (values, exact) => {
  const m = model({ w: 1, n: 50, kernel_index: 0, moved: [], ...values }, exact);
  const state = E.createState(m, traits, {
    changed: (key, restoring) => log.push([key, restoring]),
    wasSet: () => log.push("set"),
    signal: closing.signal,
  });
  return { m, state };
};
"""


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    with node(*(JAVASCRIPT / f"{name}.js" for name in MODULES)) as running:
        yield running


# State


def test_a_state_is_always_in_range(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({ w: 1e9, n: 3.6 });
        const seen = [state.read()];
        for (const [key, value] of given.given) { m.set(key, value); seen.push(state.read()[key]); }
        state.set({ w: -1, n: 1000 });
        return [...seen, m.get("w"), m.get("n")]""",
        given=[["w", 4.9], ["w", None], ["w", "7"], ["n", 2.4], ["n", -3]],
    )
    assert found == [
        {"w": 100, "n": 4, "kernel_index": 0, "moved": []},
        *[4.9, 4.9, 4.9, 2, 1],  # what is no number leaves the last one
        *[0.1, 500],
    ]


def test_a_slider_cannot_round_what_was_set(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({ w: 4.90000001 }, { w: 4.9 });
        const first = m.get("w");
        m.set("w", 4.9000000001);
        const second = [m.get("w"), log.length];
        m.set("w", 4.91);
        return [first, ...second, m.get("w"), log]"""
    )
    assert found == [4.9, 4.9, 1, 4.91, [["w", False], ["w", False]]]


def test_what_a_held_control_sets_is_rounded(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({});
        m.set("w", 3.14159);
        const loose = m.get("w");
        state.hold("w");
        m.set("w", 2.71828);
        const held = m.get("w");
        state.hold(null);
        m.set("w", 1.41421);
        return [loose, held, m.get("w")]"""
    )
    assert found == [3.14159, 2.72, 1.41421]


def test_a_restored_state_says_so_and_begins_at_the_start(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({ w: 2 });
        state.set({ w: 5, n: 7 });
        log.length = 0;
        state.restore({ n: 9 });
        return [state.read(), log, state.initial.w]"""
    )
    state = {"w": 2, "n": 9, "kernel_index": 0, "moved": []}
    assert found == [state, [["w", True], ["n", True], "set"], 2]


def test_a_closed_state_listens_no_more(js: Node) -> None:
    found = js(
        MODEL
        + """const { m } = open({});
        closing.abort();
        m.set("w", 3);
        return log"""
    )
    assert found == []


# Address


def test_an_address_holds_what_is_not_as_at_the_start(js: Node) -> None:
    found = js(
        MODEL
        + """const initial = { w: 1, n: 50, kernel_index: 0, moved: [] };
        return given.cases.map(([hash, state]) =>
          E.writeAddress(hash, "mine", traits, { ...initial, ...state }, initial))""",
        cases=[
            ["", {}],
            ["", {"w": 4.9}],
            ["#other:w=2&mine:w=3", {"n": 7, "kernel_index": 1}],
            ["#other:w=2&mine:w=3", {}],
            ["#a-section", {"moved": [[3, 1.5, -2], [8, 0.25, 3]]}],
            ["#mine:w=3", {}],
        ],
    )
    assert found == [
        "",
        "#mine:w=4.9",
        "#other:w=2&mine:n=7;kernel=boxcar",
        "#other:w=2",
        "#mine:moved=3_1.5_-2~8_0.25_3",
        "",
    ]


@pytest.mark.parametrize(
    ("address", "changes"),
    [
        ("#mine:w=4.9;n=13", {"w": 4.9, "n": 13}),
        ("#other:w=2&mine:w=3", {"w": 3}),
        ("#mine:w=fast;n=;speed=3;kernel=cosine", {"n": 0}),
        ("#mine:kernel=boxcar", {"kernel_index": 1}),
        ("#mine:moved=3_1.5_-2~8_9_3~x_1_2~1_2", {"moved": [[3, 1.5, -2], [8, 5, 3]]}),
        ("#mine:w%3D5", {}),
        ("#mine:w=%34.5", {"w": 4.5}),
        ("#mine:w=%", {}),
        ("#mine:", {}),
        ("#mine", None),
        ("#minecraft:w=3", None),
        ("", None),
    ],
)
def test_an_address_is_read(address: str, changes: Any, js: Node) -> None:
    found = js(MODEL + "return E.readAddress(given.hash, 'mine', traits)", hash=address)
    assert found == changes


# Keys and pointer


@pytest.mark.parametrize(
    ("rule", "pressed", "value", "goal"),
    [
        ("logarithmic(3)", "ArrowRight", 1, 1.05),
        ("logarithmic(3)", "ArrowUp", 1, 1.05),
        ("logarithmic(3)", "ArrowDown", 1, 0.952),
        ("logarithmic(3)", "PageUp", 4, 6),
        ("logarithmic(2)", "PageDown", 4, 2.7),
        ("logarithmic(3)", "PageUp", 90, 100),
        ("logarithmic(3)", "Home", 4, 0.1),
        ("logarithmic(3)", "End", 4, 100),
        ("logarithmic(3)", "Enter", 4, None),
        ("linear({ step: 0.01, arrow: 0.05, page: 0.25 })", "ArrowLeft", 0.5, 0.45),
        ("linear({ step: 0.01, arrow: 0.05, page: 0.25 })", "PageUp", 0.512, 0.76),
        ("linear({ step: 0.01, arrow: 0.05, page: 0.25 })", "PageDown", 0.2, 0.1),
        ("WHOLE", "ArrowUp", 4, None),
        ("WHOLE", "Home", 4, None),
    ],
)
def test_a_key_moves_a_slider(
    rule: str, pressed: str, value: float, goal: float | None, js: Node
) -> None:
    body = f"return E.movedByKey(E.{rule}, given.value, given.pressed, [0.1, 100])"
    assert js(body, value=value, pressed=pressed) == goal


@pytest.mark.parametrize(
    ("pressed", "query", "goal"),
    [
        *[("ArrowDown", 20, 21), ("ArrowRight", 20, 21), ("ArrowUp", 20, 19)],
        *[("ArrowLeft", 0, 0), ("ArrowDown", 49, 49), ("PageDown", 20, 25), ("PageUp", 3, 0)],
        *[("Home", 20, 0), ("End", 20, 49), ("a", 20, None)],
    ],
)
def test_a_key_moves_the_query(pressed: str, query: int, goal: int | None, js: Node) -> None:
    assert js("return E.queryByKey(given.p, given.q, 50)", p=pressed, q=query) == goal
    assert js("return E.queryByKey('PageDown', 0, 3)") == 1, "a page is at least one"


@pytest.mark.parametrize(
    ("pressed", "shift", "act"),
    [
        *[("PageUp", False, {"choose": 4}), ("PageDown", True, {"choose": 6})],
        *[("Home", False, {"choose": 0}), ("End", False, {"choose": 9})],
        *[("ArrowLeft", False, {"move": [-0.05, 0]}), ("ArrowUp", True, {"move": [0, 0.5]})],
        *[("ArrowRight", True, {"move": [0.5, 0]}), ("ArrowDown", False, {"move": [0, -0.05]})],
        *[("Delete", False, {"putBack": True}), ("Backspace", False, {"putBack": True})],
        ("Tab", False, None),
    ],
)
def test_a_key_acts_on_the_points(pressed: str, shift: bool, act: Any, js: Node) -> None:
    assert js("return E.pointByKey(given.p, given.s, 5, 10)", p=pressed, s=shift) == act
    assert js("return E.pointByKey('PageDown', false, 9, 10)") == {"choose": 9}


def test_a_moved_point_stays_inside_and_replaces_itself(js: Node) -> None:
    found = js("return E.withPointAt([[1, 2, 3], [4, 1, 1]], 1, 7, -0.123456, [-1, 4])")
    assert found == [[4, 1, 1], [1, 5, -0.12]]


@pytest.mark.parametrize(
    ("width", "with_heatmap", "beside"), [(900, True, True), (360, True, False), (360, False, None)]
)
def test_the_pointer_finds_queries(
    width: int, with_heatmap: bool, beside: bool | None, js: Node
) -> None:
    boxes, found = js(
        """const boxes = E.layout(given.width, given.heat);
        const { plot, bars, heat } = boxes;
        const at = (box, x, y) => [box.x + x * box.width, box.y + y * box.height];
        const places = [at(plot, 0.5, 0.1), at(bars, 0.999, 0.5), at(heat ?? plot, 0, 0),
          at(heat ?? bars, 0.5, 0.999), [0, 0]];
        return [boxes, places.map((place) => E.queryAt(place, boxes, 50))]""",
        width=width,
        heat=with_heatmap,
    )
    assert found == [25, 49, 0, 49 if with_heatmap else 25, None]
    if with_heatmap:
        assert (boxes["heat"]["x"] > boxes["plot"]["x"] + boxes["plot"]["width"]) == beside
    for box in (boxes["plot"], boxes["bars"], boxes["heat"] or boxes["bars"]):
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] < boxes["height"]


def test_the_pointer_finds_the_nearest_point_in_reach(js: Node) -> None:
    found = js(
        """const boxes = E.layout(900, true);
        const limits = [-1, 5];
        const { x, y } = E.scales(boxes.plot, limits);
        const numbers = { x: [1, 1.02, 4], y: [2, 2, 0], order: [7, 3, 5] };
        return [[1, 2, 0], [1.02, 2, 2], [4, 0, 9], [4, 0, 11], [3, 3, 0]].map(([px, py, off]) =>
          E.pointAt([x(px) + off, y(py)], 10, boxes, numbers, limits))"""
    )
    assert found == [7, 3, 5, None, None]


# Words and numbers


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        *[(3.14159, 2, "3,14"), (-0.5, 1, "−0,5"), (-0.001, 2, "0,00"), (-0.4, 0, "0")],
        *[(1234.5, 1, "1234,5"), (-12, 0, "−12"), (0, 0, "0")],
    ],
)
def test_numbers_are_written_in_the_language(
    value: float, digits: int, text: str, js: Node
) -> None:
    body = "return E.createWriter({ decimal: ',', undefined: '?' })(given.value, given.digits)"
    assert js(body, value=value, digits=digits) == text


def test_what_is_no_number_is_said_in_words(js: Node) -> None:
    body = "const write = E.createWriter({ undefined: '?' });"
    assert js(body + "return [NaN, Infinity, -Infinity].map((each) => write(each, 2))") == ["?"] * 3


def test_a_pattern_is_filled(js: Node) -> None:
    pattern = "x = {x}, {n} of {n}, {unknown}"
    assert js("return E.fill(given.p, { x: '1,0', n: 0 })", p=pattern) == (
        "x = 1,0, 0 of 0, {unknown}"
    )


def test_the_largest_weights_come_first(js: Node) -> None:
    row = [0.1, 0.4, 0.0, math.nan, 0.3, 0.4]
    found = js("return [3, 9].map((n) => E.largestPlaces(v.row, n))", {"row": row})
    assert found == [[1, 5, 4], [1, 5, 4, 0]]


def test_ticks_are_round_and_inside(js: Node) -> None:
    found = js(
        "return [[-0.4, 4.2, 5], [0, 0.07, 5], [-20, 20, 5]].map(([a, b, n]) =>"
        " E.roundTicks([a, b], n).map((t) => Number(t.toPrecision(12))))"
    )
    assert found == [[0, 1, 2, 3, 4], [0, 0.02, 0.04, 0.06], [-20, -10, 0, 10, 20]]


def test_a_scale_and_its_inverse(js: Node) -> None:
    found = js(
        """const scales = [E.linearScale([0, 5], [10, 110]), E.logScale([0.01, 100], [110, 10])];
        return scales.map((scale) => [scale(1), scale.invert(scale(3))])"""
    )
    for expected, pair in zip([(30, 3), (60, 3)], found, strict=True):
        assert pair == pytest.approx(expected, rel=1e-12)
