"""Guided tours: data in range, texts in every language, and every claim true where it is made."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import traitlets
from goal_fields import EXPLORERS
from node import JAVASCRIPT, Node, node
from test_explorer_bundles import bundle_of
from test_goals import measured
from tour_claims import CLAIMS, Seen

from nwcore import words
from nwcore.explorers import AttentionExplorer, _base
from nwcore.explorers import _tours as tours
from nwcore.explorers._base import Explorer, Number
from nwcore.explorers._below import Readouts
from nwcore.explorers._tours import TOURS, Step, Tour

ALL = [(kind, step.name) for kind, tour in TOURS.items() for step in tour.steps]
# What makes the picture of each explorer, in a module of js, and what it is given besides words.
PICTURES = {
    "attention": ("attention/picture", "createPoolingPicture", True),
    "kernels": ("attention/picture", "createPoolingPicture", False),
    "training": ("training/picture", "createTrainingPicture", None),
    "metric": ("metric/picture", "createMetricPicture", None),
    "context": ("context/picture", "createContextPicture", None),
    "risk": ("risk/picture", "createRiskPicture", None),
}
# Of a width or a ratio, which is no number of the picture.
FORMULAS = ("0/0", "1/w")

each_step = pytest.mark.parametrize(("kind", "name"), ALL)
each_tour = pytest.mark.parametrize("kind", TOURS)
seen_in = cache(Seen)


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    shell = [JAVASCRIPT / "shell" / f"{name}.js" for name in ("steps", "text", "address")]
    layout = JAVASCRIPT / "attention" / "layout.js"
    with node(*shell, layout) as running:
        yield running


def step_named(kind: str, name: str) -> Step:
    (step,) = (each for each in TOURS[kind].steps if each.name == name)
    return step


def told(kind: str) -> dict[str, Any]:
    tour: dict[str, Any] = EXPLORERS[kind]().tour
    return tour


def pattern(kind: str, name: str) -> str:
    """The English text of a step."""
    return words.read_words("en").tours[f"{kind}.{name}"]


# What is said -------------------------------------------------------------------------------------


def test_every_explorer_has_a_tour_of_six_to_eight_steps() -> None:
    for kind in EXPLORERS:
        assert kind in TOURS, (
            f"{kind} has no guided tour: give it six to eight steps in nwcore/explorers/_tours.py, "
            "their texts in nwcore/locale, and their claims in tests/tour_claims.py"
        )
    assert TOURS.keys() == EXPLORERS.keys() == CLAIMS.keys()
    assert {len(tour.steps) for tour in TOURS.values()} <= {6, 7, 8}


def test_every_step_has_a_text_and_every_text_a_step() -> None:
    """In English; `nwcore.words` holds every other language to it."""
    assert [f"{kind}.{name}" for kind, name in ALL] == list(words.read_words("en").tours)


@pytest.mark.parametrize("language", words.languages())
@each_step
def test_a_text_names_no_number_that_is_not_read_off(kind: str, name: str, language: str) -> None:
    text = words.read_words(language).tours[f"{kind}.{name}"]
    assert words.placeholders(text) <= TOURS[kind].digits.keys()
    bare = re.sub(r"\{\w+\}", "", text)
    for formula in FORMULAS:
        bare = bare.replace(formula, "")
    assert not re.search(r"[0-9]", bare)
    assert 1 <= len(re.findall(r"[.?!](?= |$)", bare)) <= 3, "one to three sentences"


@each_tour
def test_every_number_of_the_digits_is_named_somewhere(kind: str) -> None:
    named = {field for step in TOURS[kind].steps for field in fields_in(kind, step.name)}
    assert named == TOURS[kind].digits.keys()


def fields_in(kind: str, name: str) -> set[str]:
    return words.placeholders(pattern(kind, name))


@each_step
def test_what_a_text_claims_is_true(kind: str, name: str) -> None:
    claims = CLAIMS[kind](seen_in(kind), name)
    assert claims
    assert all(claims), claims


@each_step
def test_the_view_reads_the_same_numbers_off_its_picture(kind: str, name: str, js: Node) -> None:
    step = seen_in(kind)(name)
    named = fields_in(kind, name)
    traits = {key: getattr(step.explorer, key) for key in step.explorer.ranges}
    seen = traits | measured(js, step.explorer)
    assert {key: seen[key] for key in named} == pytest.approx(
        {key: step.fields[key] for key in named}, rel=1e-5, abs=1e-9
    )


# What is shown ------------------------------------------------------------------------------------


@each_tour
def test_every_state_is_allowed_and_another_than_the_one_before(kind: str) -> None:
    tour = told(kind)
    states = [tour["base"] | step["changes"] for step in tour["steps"]]
    for state in states:
        explorer = EXPLORERS[kind](**state)
        assert {key: getattr(explorer, key) for key in state} == state
    assert all(before != after for before, after in pairwise(states))


@each_tour
def test_its_base_is_every_trait_of_the_view(kind: str, js: Node) -> None:
    """So a step shows the same whatever was on show; and no trait is called as it is."""
    addresses = js(
        "const { traits } = await import(given.url);"
        "return Object.entries(traits).map(([key, trait]) => [key, trait.address])",
        url=bundle_of(EXPLORERS[kind]).as_uri(),
    )
    assert dict(addresses).keys() == told(kind)["base"].keys()
    assert "tour" not in dict(addresses).values()


@each_tour
def test_what_it_marks_is_there(kind: str, js: Node) -> None:
    explorer = EXPLORERS[kind]()
    below = explorer._below(explorer.get_state())
    readouts = {name for part in below if isinstance(part, Readouts) for name in part.names}
    module, maker, given = PICTURES[kind]
    parts = js(
        """const picture = (await import(given.url))[given.maker](given.words, given.more);
        return [340, 800].map((width) => {
          const boxes = picture.layout(width);
          const all = { ...boxes, ...(boxes.heat && E.rowOf({ query: 3, n_queries: 9 }, boxes)) };
          return Object.keys(all).filter((name) => all[name]?.width > 0);
        })""",
        url=(JAVASCRIPT / f"{module}.js").as_uri(),
        maker=maker,
        more=given,
        words=explorer.words,
    )
    there = {
        "control": explorer.controls.keys(),
        "number": readouts,
        "part": set(parts[0]) & set(parts[1]),
    }
    for step in TOURS[kind].steps:
        assert step.marks
        for mark in step.marks:
            sort, name = mark.split()
            assert name in there[sort], f"{step.name} marks {mark}, there: {sorted(there[sort])}"


def test_the_row_is_that_of_the_query_in_the_heatmap(js: Node) -> None:
    heat = {"x": 10, "y": 20, "width": 100, "height": 50}
    row = "return E.rowOf({ query: 3, n_queries: 10 }, { heat: given.heat })"
    assert js(row, heat=heat) == {"row": {"x": 10, "y": 35, "width": 100, "height": 5}}
    assert js(row, heat=None) == {}


# What is handed to a view -------------------------------------------------------------------------


def test_a_view_is_given_the_tour_that_its_controls_can_follow() -> None:
    tour = AttentionExplorer(controls=("w", "noise", "n_train")).tour
    assert tour["controls"] == ["n_train", "noise", "w"]
    assert [step["changes"] for step in tour["steps"]][:2] == [
        {"w": 1.0, "pinned": False},
        {"w": 1.0},
    ]
    assert tour["steps"][2]["marks"] == ["control w", "number attended"]
    assert tour["digits"]["error"] == 3
    for missing in (("w", "noise"), ("noise", "n_train"), ("w", "n_train")):
        assert AttentionExplorer(controls=missing).tour == {}


def test_its_texts_are_in_the_language_of_the_explorer() -> None:
    words.set_language("vi")
    assert told("risk")["steps"][0]["text"].startswith("Một trăm tập dữ liệu")


def test_the_state_of_an_explorer_is_no_part_of_its_tour() -> None:
    assert AttentionExplorer(w=9.0, seed=3).tour == AttentionExplorer().tour
    assert json.dumps(AttentionExplorer().tour, allow_nan=False)


@pytest.mark.parametrize(
    ("base", "changes", "message"),
    [
        ({}, {"w": 200.0}, r"step 'wide' of the tour of 'attention': w must be .* 100, got 200"),
        (
            {},
            {"width": 1.0},
            r"step 'wide' of the tour .* sets 'width', allowed: .*, w$",
        ),
        ({}, {"sweeps": True}, r"sets 'sweeps', allowed: formula, "),
        ({"noise": -1.0}, {}, r"the base of the tour of 'attention': noise must be at least 0"),
    ],
)
def test_a_step_that_nothing_can_show_is_refused(
    base: dict[str, Any], changes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tour = Tour({}, (Step("wide", changes, ("control w",)),), base)
    monkeypatch.setitem(tours.TOURS, "attention", tour)
    with pytest.raises(ValueError, match=message):
        AttentionExplorer()


def test_a_new_explorer_has_none_until_somebody_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_base, "EXPLORERS", {})
    monkeypatch.setattr(_base, "explorer_words", lambda: {"toy": "Toy", "speed": "speed"})
    monkeypatch.setattr(_base, "browser_module", lambda name: "")

    class Toy(Explorer):
        canvas_heights = (100, 200)
        name = traitlets.Unicode("toy").tag(sync=True)
        speed = Number(1.0, 0.5, 2.0)

        def _make_controls(self) -> dict[str, Any]:
            return {"speed": self._slider("speed")}

    assert Toy().tour == {}
    assert Toy()._pictured() == {"speed"}


def test_a_step_without_words_is_named() -> None:
    with pytest.raises(ValueError, match=r"en\.toml has no 'attention\.none' for tours"):
        words.tour_word("attention", "none")


# What the view makes of it ------------------------------------------------------------------------


def test_a_step_is_found_by_the_number_that_an_address_gives(js: Node) -> None:
    tour = {"base": {}, "steps": [{}, {}, {}], "digits": {}}
    asked: list[Any] = [1, 3, "2", 0, 4, -1, 1.5, None, "x", ""]
    found = js("return given.asked.map((n) => E.placeOf(given.tour, n))", tour=tour, asked=asked)
    assert found == [0, 2, 1, -1, -1, -1, -1, -1, -1, -1]
    assert js("return E.placeOf({ steps: [] }, 1)") == -1
    assert js("return E.placeOf({ steps: [{}] }, NaN)") == -1


def test_a_step_shows_the_base_with_its_changes(js: Node) -> None:
    tour = {"base": {"w": 1, "n": 5}, "steps": [{"changes": {}}, {"changes": {"w": 2}}]}
    states = js("return [0, 1].map((place) => E.stateOf(given.tour, place))", tour=tour)
    assert states == [{"w": 1, "n": 5}, {"w": 2, "n": 5}]


def test_a_picture_is_that_of_a_step_but_for_a_sliders_rounding(js: Node) -> None:
    wanted = {"w": 4.87, "moved": [], "pinned": True}
    shown = [
        wanted | {"row": 3},
        wanted | {"w": 4.870000001},
        wanted | {"w": 4.871},
        wanted | {"moved": [[1, 2, 3]]},
        wanted | {"pinned": False},
    ]
    found = js(
        "return given.shown.map((s) => E.isShown(s, given.wanted))", shown=shown, wanted=wanted
    )
    assert found == [True, True, False, False, False]


def test_a_text_is_whole_when_its_numbers_are_there(js: Node) -> None:
    found = js(
        """const write = E.createWriter({ decimal: ",", undefined: "?" });
        const say = (fields) => E.written("{a} of {b}", fields, { a: 2, b: 0, c: 1 }, write);
        return [say({ a: 1.005, b: 30, c: NaN }), say({ a: 1, b: NaN }), say({ a: -0.5 })]"""
    )
    assert found == [
        {"text": "1,00 of 30", "whole": True},
        {"text": "1,00 of …", "whole": False},
        {"text": "−0,50 of …", "whole": False},
    ]


@pytest.mark.parametrize(("start", "goal"), [(0.1, 100.0), (100.0, 0.1), (0.5, 0.0), (-1.0, 2.0)])
def test_a_number_goes_its_way_from_end_to_end(start: float, goal: float, js: Node) -> None:
    way = js(
        "return Array.from({ length: 11 }, (_, i) => E.onTheWay(given.start, given.goal, i / 10))",
        start=start,
        goal=goal,
    )
    assert (way[0], way[-1]) == pytest.approx((start, goal))
    assert sorted(way, reverse=start > goal) == way
    middle = (start * goal) ** 0.5 if start * goal > 0 else (start + goal) / 2
    assert way[5] == pytest.approx(middle)
    assert abs(way[1] - way[0]) < abs(way[5] - way[4]) or start * goal > 0


def test_an_address_holds_a_step_beside_the_state(js: Node) -> None:
    found = js(
        """const traits = { w: { address: "w" }, tour: { address: "tour" } };
        const initial = { w: 1, tour: 0 };
        const write = (state) => E.writeAddress("", "a", traits, state, initial);
        return [write({ w: 1, tour: 3 }), write({ w: 2, tour: 3 }), write({ w: 2, tour: 0 }),
          E.readAddress("#a:tour=3", "a", traits), E.readAddress("#a:tour=x", "a", traits)]"""
    )
    assert found == ["#a:tour=3", "#a:w=2;tour=3", "#a:w=2", {"tour": 3}, {}]
