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
    "shell/sweep",
    "shell/text",
    "shell/undo",
    "training/loss",
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
    changed: (key, how) => log.push([key, how]),
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
    assert found == [4.9, 4.9, 0, 4.91, [["w", "set"]]], "rounding is not a reader's change"


def test_every_change_is_told_once(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({});
        state.hold("w");
        m.set("w", 2.71828);  // rounded, which is a change within the change
        m.set("w", 2.719);
        m.set("n", 700);
        m.set("n", 800);
        m.set("moved", [[1, 2, 3]]);
        return [log, state.read()]"""
    )
    assert found == [
        [["w", "set"], ["n", "set"], ["moved", "set"]],
        {"w": 2.72, "n": 500, "kernel_index": 0, "moved": [[1, 2, 3]]},
    ]


def test_what_moves_by_itself_says_so(js: Node) -> None:
    found = js(
        MODEL
        + """const { m, state } = open({});
        state.drift({ w: 2 });
        state.set({ w: 3 });
        return log"""
    )
    assert found == [["w", "drifted"], "set", ["w", "set"], "set"]


@pytest.mark.parametrize("w", [0.4, 1.0, 4.0, 24.0, 25.0])
def test_a_sweep_goes_from_where_it_is_to_one_end_and_the_other(js: Node, w: float) -> None:
    found = js(
        """const phase = E.phaseOf(given.w, [0.4, 25]);
        const at = (turns) => E.placeOf(phase + turns, [0.4, 25]);
        return [phase, at(0), at(0.5 - phase), at(1 - phase), at(1), at(0.01) - at(0)]""",
        w=w,
    )
    phase, *places, step = found
    assert 0 <= phase <= 0.5
    assert places == pytest.approx([w, 25, 0.4, w], rel=1e-12)
    assert (step > 0) == (w < 24.9), "upwards first"


@pytest.mark.parametrize(("w", "end"), [(0.1, 0.4), (100.0, 25.0)])
def test_a_sweep_from_beyond_its_ends_begins_at_the_nearer(js: Node, w: float, end: float) -> None:
    found = js("return E.placeOf(E.phaseOf(given.w, [0.4, 25]), [0.4, 25])", w=w)
    assert found == pytest.approx(end, rel=1e-12)


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
    assert found == [state, [["w", "restored"], ["n", "restored"], "set"], 2]


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


# A page with an address, of which it hears only when told to.
PAGE = """
let heard = () => {};
const page = { hash: given.hash, pathname: "/page.html", search: "?a" };
Object.assign(globalThis, {
  location: page,
  history: { state: null, replaceState: (state, title, url) => {
    page.hash = url.startsWith("#") ? url : "";
    page.url = url;
  } },
  addEventListener: (event, act) => { heard = act; },
});
const restored = [];
const initial = { w: 1, n: 50, kernel_index: 0, moved: [] };
const address = E.createAddress("mine", traits, initial, (c) => restored.push(c), closing.signal);
address.read();
const write = (changes) => address.write({ ...initial, ...changes });
"""


def test_an_address_that_was_typed_is_not_written_over(js: Node) -> None:
    found = js(
        MODEL
        + PAGE
        + """page.hash = "#mine:w=4";
        const link = write({ n: 7 });  // before the page has heard
        const between = [page.hash, [...restored]];
        heard();
        const link2 = write({ w: 4 });
        return [link, ...between, link2, page.hash, restored.length]""",
        hash="#mine:w=3",
    )
    assert found == ["#mine:n=7", "#mine:w=4", [{"w": 3}, {"w": 4}], "#mine:w=4", "#mine:w=4", 2]


def test_an_address_of_another_part_takes_nothing_back(js: Node) -> None:
    """A change that is still to be written is not undone by what another explorer writes."""
    found = js(
        MODEL
        + PAGE
        + """page.hash = "#mine:w=3&other:n=2";
        heard();
        write({ w: 5 });
        const both = page.hash;
        page.hash = "#a-section";
        heard();
        const section = page.hash;
        write({ w: 6 });
        return [both, section, page.hash, restored, write({}), page.url, page.hash]""",
        hash="#mine:w=3",
    )
    assert found == [
        *["#other:n=2&mine:w=5", "#a-section", "#mine:w=6", [{"w": 3}]],
        *["#", "/page.html?a", ""],
    ]


def test_a_plain_address_stays_plain(js: Node) -> None:
    body = "return [write({}), page.url ?? null, page.hash, restored]"
    assert js(MODEL + PAGE + body, hash="#a-section") == ["#", None, "#a-section", []]


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


# A picture under a pointer, without a page: what is told to the stage moves a state.
STAGE = """
const listeners = {};
const state = { query: 20, n_queries: 50, pinned: false };
const boxes = E.layout(900, true);
const numbers = { x: [1, 4], y: [2, 0], order: [0, 1], limits: [-1, 5] };
const moves = [];
const grip = { preview: null, chosen: null, grabbed: null, held: null };
const shell = {
  canvas: { clientWidth: 900, getBoundingClientRect: () => ({ left: 0, top: 0, width: 900 }) },
  stage: {
    style: {}, focus: () => { listeners.focused = true; }, setPointerCapture: () => {},
    addEventListener: (kind, act) => { listeners[kind] = act; },
  },
  isShown: () => true, schedule: () => {},
  boxes: () => boxes, numbers: () => numbers, state: () => state,
  set: (changes) => Object.assign(state, changes),
};
E.listenToPointer(shell, { grip, movePoint: (draw) => moves.push(draw) });
const tell = (kind, [clientX, clientY], pointerType = "mouse", button = 0) => {
  const event = { clientX, clientY, pointerType, button, pointerId: 1, preventDefault: () => {} };
  listeners[`pointer${kind}`](event);
};
const row = (r) => [boxes.heat.x + 9, boxes.heat.y + ((r + 0.5) * boxes.heat.height) / 50];
const { x, y } = E.scales(boxes.plot, numbers.limits);
const point = [x(1), y(2)];
const click = (at, kind) => { tell("down", at, kind); tell("up", at, kind); };
const now = () => [state.query, state.pinned, grip.preview];
"""


def test_hovering_previews_and_a_click_pins(js: Node) -> None:
    found = js(
        STAGE
        + """const seen = [];
        const see = () => seen.push(now());
        tell("move", row(7)); see();
        tell("leave", row(7)); see();
        tell("move", row(8)); click(row(8)); see();
        tell("move", row(30)); see();      // the pinned one stays
        click(row(31)); see();             // another click, another row
        click(row(31)); see();             // the same row: let go
        tell("move", [1, 1]); see();
        return [seen, listeners.focused]"""
    )
    assert found == [
        [
            [20, False, 7],
            [20, False, None],
            [8, True, 8],
            [8, True, 30],
            [31, True, 30],
            [31, False, 30],
            [31, False, None],
        ],
        True,
    ]


@pytest.mark.parametrize("kind", ["mouse", "touch", "pen"])
def test_a_click_on_a_point_pins_and_a_drag_moves(kind: str, js: Node) -> None:
    found = js(
        STAGE
        + """click(point, given.kind);
        const clicked = [now(), moves.length];
        tell("down", point, given.kind);
        tell("move", [point[0] + 2, point[1]], given.kind);  // a hand trembles
        const trembling = moves.length;
        for (const far of [30, 1]) tell("move", [point[0] + far, point[1]], given.kind);
        const held = grip.grabbed;
        tell("up", point, given.kind);                      // back where it began: still a drag
        return [clicked, trembling, moves, held, grip.grabbed, now().slice(0, 2)]""",
        kind=kind,
    )
    assert found == [[[10, True, None], 0], 0, [0, 0], 0, None, [10, True]]


@pytest.mark.parametrize(
    "acts",
    [
        "tell('down', row(7), 'touch'); tell('cancel', row(7), 'touch');",  # the page scrolls
        "tell('down', row(7)); tell('move', row(12)); tell('up', row(12));",
        "tell('down', row(7)); tell('move', row(12)); tell('move', row(7)); tell('up', row(7));",
        "tell('down', row(7), 'mouse', 2);",
        "tell('up', row(7));",
        "click([1, 1]);",
    ],
)
def test_what_is_no_click_pins_nothing(acts: str, js: Node) -> None:
    assert js(STAGE + acts + "return [state.query, state.pinned]") == [20, False]


# Taking back

PAST = """
const past = E.createPast();
past.begin({ w: 1 });
const note = (w, act = null) => past.note({ w }, act);
const can = () => [past.canUndo(), past.canRedo()];
"""


def test_steps_are_taken_back_and_done_again(js: Node) -> None:
    found = js(
        PAST
        + """const seen = [can()];
        note(2); note(2); note(3); seen.push(can());
        seen.push(past.undo(), past.undo(), past.undo(), can());
        seen.push(past.redo(), can());
        note(2);  // the state that was put back is no step
        seen.push(can());
        note(9);  // another way: what was taken back is gone
        return [...seen, can(), past.redo(), past.undo(), past.undo()]"""
    )
    assert found == [
        [False, False],
        [True, False],
        *[{"w": 2}, {"w": 1}, None, [False, True]],
        *[{"w": 2}, [True, True], [True, True]],
        *[[True, False], None, {"w": 2}, {"w": 1}],
    ]


def test_what_one_act_does_is_one_step(js: Node) -> None:
    found = js(
        PAST
        + """for (const w of [2, 3, 4]) note(w, 1);
        for (const w of [5, 6]) note(w, 2);
        note(7); note(8);  // by nobody: each by itself
        const back = [];
        while (past.canUndo()) back.push(past.undo().w);
        return back"""
    )
    assert found == [7, 6, 4, 1]


def test_an_act_that_leads_back_is_no_step(js: Node) -> None:
    found = js(
        PAST
        + """note(2, 1); note(1, 1);
        const back = can();
        note(5, 1);
        return [back, past.undo(), past.undo()]"""
    )
    assert found == [[False, False], {"w": 1}, None]


def test_an_act_does_not_go_on_behind_what_was_taken_back(js: Node) -> None:
    acts = "note(2, 1); past.undo(); note(3, 1); note(4, 1);"
    found = js(PAST + acts + "return [past.undo(), can()]")
    assert found == [{"w": 1}, [False, True]]


def test_the_past_has_an_end(js: Node) -> None:
    found = js(
        PAST
        + """for (let w = 2; w < 1000; w++) note(w);
        let steps = 0;
        while (past.canUndo()) { past.undo(); steps++; }
        return steps"""
    )
    assert found == 200


ACTS = """
const listeners = {};
globalThis.addEventListener = (kind, act) => { listeners[kind] = act; };
globalThis.KeyboardEvent = class { constructor(more) { Object.assign(this, more); } };
const acts = E.watchActs(new AbortController().signal);
const key = (more = {}) => listeners.keydown(new KeyboardEvent({ key: "a", ...more }));
const later = () => new Promise((go) => setTimeout(go, 1));
"""


def test_an_act_lasts_from_press_to_release(js: Node) -> None:
    found = js(
        ACTS
        + """const seen = [acts.current()];
        const see = () => seen.push(acts.current());
        listeners.pointerdown({}); see();
        listeners.pointerup({}); see();    // what follows at once still belongs to it
        await later(); see();
        key(); see();
        key({ repeat: true }); see();      // a key that is held is one act
        listeners.keyup({}); listeners.pointerdown({}); await later(); see();
        key({ ctrlKey: true }); see();
        acts.hold(true); see();
        listeners.pointerdown({}); see();  // a run goes on
        acts.hold(false); see();
        return seen"""
    )
    assert found == [None, 1, 1, None, 2, 2, 3, None, 4, 4, 5]


@pytest.mark.parametrize(
    ("pressed", "wish"),
    [
        *[("ctrl z", "undo"), ("meta z", "undo"), ("ctrl shift Z", "redo"), ("ctrl y", "redo")],
        *[("meta shift Z", "redo"), ("meta y", "redo"), ("z", None), ("ctrl alt z", None)],
        *[("ctrl meta z", None), ("ctrl shift Y", None), ("ctrl x", None), ("ctrl Z", "undo")],
    ],
)
def test_keys_that_take_back(pressed: str, wish: str | None, js: Node) -> None:
    *held, key = pressed.split()
    event = {f"{name}Key": name in held for name in ("ctrl", "meta", "alt", "shift")}
    assert js("return E.wishOf(given.event)", event={"key": key, **event}) == wish


# Steps of training


def test_steps_on_each_other_are_one_heap(js: Node) -> None:
    places = [[0, 0], [100, 50], [40, 0], [102, 52], [41, 3], [101, 49]]
    heaps = js("return E.heaps(given.places)", places=places)
    assert [heap["steps"] for heap in heaps] == [[0], [2, 4], [1, 3, 5]]
    assert heaps[-1]["at"] == places[-1], "the last step is where it is"


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        *[([0], "0"), ([1, 2], "1, 2"), ([1, 2, 3], "1–3"), ([1, 3, 5, 6, 7], "1, 3, 5–7")],
        *[([1, 3, 5, 7], "1, …, 7"), ([2, 4, 6, 8, 9, 10], "2, …, 8–10")],
    ],
)
def test_numbers_of_steps_are_written(steps: list[int], text: str, js: Node) -> None:
    assert js("return E.namesOf(given.steps)", steps=steps) == text


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
        "return [[-0.4, 4.2, 5], [0, 0.07, 5], [-20, 20, 5], [0, 2, 2]].map(([a, b, n]) =>"
        " E.roundTicks([a, b], n).map((t) => Number(t.toPrecision(12))))"
    )
    assert found == [[0, 1, 2, 3, 4], [0, 0.02, 0.04, 0.06], [-20, -10, 0, 10, 20], [0, 1, 2]]


def test_a_scale_and_its_inverse(js: Node) -> None:
    found = js(
        """const scales = [E.linearScale([0, 5], [10, 110]), E.logScale([0.01, 100], [110, 10])];
        return scales.map((scale) => [scale(1), scale.invert(scale(3))])"""
    )
    for expected, pair in zip([(30, 3), (60, 3)], found, strict=True):
        assert pair == pytest.approx(expected, rel=1e-12)


def test_points_that_are_none_are_left_out_and_the_rest_put_inside(js: Node) -> None:
    given = [[1.5, 1, 1], [-1, 1, 1], [1e9, 1, 1], [2, 1], [3, None, 1], "x", [0, -2, 1], [4, 9, 2]]
    assert js("return E.soundPoints(given.points)", points=given) == [[0, 0, 1], [4, 5, 2]]
    assert js("return E.soundPoints(7)") == []


@pytest.mark.parametrize(
    ("weights", "shown"),
    [
        ([0.0, 0.25, 0.75, 0.0, 0.0], "0.750 · (−2.00) + 0.250 · 1.00; T"),
        ([0.4, 0.3, 0.2, 0.06, 0.04], "0.400 · 0.50 + 0.300 · 1.00 + 0.200 · (−2.00) + 2 more; T"),
    ],
)
def test_a_sum_names_its_largest_terms_and_counts_the_rest(
    weights: list[float], shown: str, js: Node
) -> None:
    found = js(
        """const words = { decimal: ".", sum_at: "at {x}:", sum_more: "{n} more", sum_truth: "T",
          pooling_alt: "{error}" };
        const { sum, describe } = E.createSentences(words);
        const numbers = { queries: [1.5], predictions: [-1.25], y: [0.5, 1, -2, 3, 4],
          weights: v.weights, truth: [2], error: 0.12345 };
        const state = { query: 0, row: 0, pinned: false, n_train: 5 };
        return [sum(state, numbers), describe(state, numbers)];""",
        {"weights": weights},
    )
    assert found[0] == f"at 1.50: −1.25 = {shown}."
    assert found[1] == f"0.123 {found[0]}"


def test_a_state_that_starts_without_a_number_starts_at_the_least(js: Node) -> None:
    assert js(MODEL + "return open({ w: null }).state.read().w") == 0.1
