"""The goals of explorers: what reaches them, what just misses them, and that views see the same."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from goal_fields import HOMES, at_home, fields_of, outside
from node import JAVASCRIPT, Node, node

from nwcore import words
from nwcore.explorers import EXPLORERS, AttentionExplorer
from nwcore.explorers._goals import GOALS, Goal, goals_of

ALL = {(kind, goal.name): goal for kind, goals in GOALS.items() for goal in goals}

# States that fail by one field alone, which is below its least (−) or above its most (+); besides
# these traits they are the goal's solution. What no state can fail by has no line.
MISSES: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("attention", "error", "error", "+", {"n_train": 50}),
    ("attention", "error", "noise", "-", {"noise": 0.4}),
    ("attention", "error", "moved", "+", {"moved": [[0, 1.0, 2.5]]}),
    ("attention", "five", "attended", "-", {"w": 5.7}),
    ("attention", "five", "attended", "+", {"w": 5.2}),
    ("attention", "five", "n_train", "-", {"n_train": 40, "w": 4.0}),
    ("attention", "five", "at", "-", {"query": 19, "w": 5.5}),
    ("attention", "five", "at", "+", {"query": 21}),
    ("attention", "one", "rise", "-", {"moved": [[49, 2.18, 4.7]]}),
    ("attention", "one", "way", "+", {"moved": [[49, 2.18, 5.1]]}),
    ("attention", "one", "n_train", "-", {"n_train": 49, "moved": [[5, 2.23, 3.95]]}),
    ("attention", "one", "moved", "+", {"moved": [[49, 2.18, 4.9], [0, 1.2, 2.5]]}),
    ("attention", "one", "at", "+", {"query": 21}),
    ("kernels", "gap", "missing", "-", {"w": 2.0}),
    ("kernels", "gap", "n_train", "-", {"n_train": 40}),
    ("kernels", "gap", "kernel_index", "+", {"kernel_index": 7, "formula": "where(u*u<1,1,0)"}),
    ("kernels", "equal", "share", "-", {"w": 0.4}),
    ("kernels", "equal", "n_train", "-", {"n_train": 40}),
    ("kernels", "equal", "kernel_index", "+", {"kernel_index": 4}),
    ("kernels", "equal", "at", "-", {"query": 40}),
    ("kernels", "equal", "at", "+", {"query": 120}),
    ("kernels", "boxcar", "error", "+", {"w": 2.0}),
    ("kernels", "boxcar", "n_train", "+", {"n_train": 60}),
    ("kernels", "boxcar", "noise", "-", {"noise": 0.3}),
    ("kernels", "boxcar", "kernel_index", "-", {"kernel_index": 0, "w": 3.7}),
    ("kernels", "boxcar", "kernel_index", "+", {"kernel_index": 3, "w": 1.8}),
    ("kernels", "boxcar", "moved", "+", {"moved": [[0, 1.2, 2.5]]}),
    ("training", "few", "above", "+", {"lr": 0.2}),
    ("training", "few", "steps", "+", {"steps": 4}),
    ("training", "few", "start", "+", {"start": 4.8, "lr": 0.01}),
    ("training", "leap", "jump", "-", {"lr": 5.0, "steps": 5}),
    ("training", "stuck", "above", "-", {"start": 4.86}),
    ("training", "stuck", "settled", "-", {"steps": 0}),
    ("metric", "turn", "tilt", "+", {"steps": 30}),
    ("metric", "turn", "noise", "-", {"noise": 0.1}),
    ("metric", "turn", "shape_index", "-", {"shape_index": 1, "angle": 0}),
    ("metric", "axes", "error", "+", {"angle": 10}),
    ("metric", "axes", "noise", "-", {"noise": 0.2}),
    ("metric", "axes", "n_train", "+", {"n_train": 120}),
    ("metric", "axes", "shape_index", "+", {"shape_index": 2}),
    ("metric", "alone", "alone", "-", {"q1": 1.0}),
    ("context", "trained", "ratio", "-", {"steps": 10}),
    ("context", "trained", "ratio", "+", {"steps": 40}),
    (
        *("context", "trained", "steps", "-"),
        {"steps": 0, "noise": 1.5, "roughness": 0.68, "n_context": 10},
    ),
    ("context", "wide", "ratio", "+", {"noise": 0.5}),
    ("context", "wide", "steps", "-", {"steps": 19}),
    ("context", "unlucky", "regret", "-", {"task": 0}),
    ("context", "unlucky", "ratio", "-", {"task": 9, "noise": 0.38}),
    ("context", "unlucky", "ratio", "+", {"steps": 40}),
    ("context", "unlucky", "steps", "-", {"steps": 19}),
    ("risk", "line", "error", "+", {"w": 2.0}),
    ("risk", "line", "n_train", "+", {"n_train": 60}),
    ("risk", "line", "noise", "-", {"noise": 0.4}),
    ("risk", "line", "degree_index", "+", {"degree_index": 2, "w": 1.4}),
    ("risk", "copied", "lean", "-", {"w": 8.0}),
    ("risk", "copied", "noise", "+", {"noise": 0.6}),
    ("risk", "copied", "degree_index", "+", {"degree_index": 1}),
    ("risk", "planed", "lean", "+", {"w": 1.4}),
    ("risk", "planed", "n_train", "+", {"n_train": 60}),
    ("risk", "planed", "noise", "-", {"noise": 0.4}),
]
# What measures, of each explorer's view; what computes is beside it.
FIELDS = {
    "attention": "attention/fields",
    "kernels": "attention/fields",
    "training": "training/fields",
    "metric": "metric/fields",
    "context": "context/fields",
    "risk": "risk/fields",
}
CHOSEN = ("kernel", "reduction", "shape", "score", "mask")

each_goal = pytest.mark.parametrize(("kind", "name"), ALL)


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    with node(JAVASCRIPT / "shell" / "goals.js") as running:
        yield running


def measured(js: Node, explorer: Any) -> dict[str, float]:
    """The same fields, by the view's own modules."""
    kind = explorer.traits()["name"].default_value
    fields = JAVASCRIPT / f"{FIELDS[kind]}.js"
    keys = (*explorer.ranges, *CHOSEN, "formula", "line", "moved")
    state = {key: getattr(explorer, key) for key in keys if hasattr(explorer, key)}
    names, values = js(
        """const { createComputation } = await import(given.computation);
        const { measure } = await import(given.fields);
        const fields = measure(given.state, createComputation()(given.state, true));
        return [Object.keys(fields), Object.values(fields).map(String)]""",
        computation=fields.with_name("computation.js").as_uri(),
        fields=fields.as_uri(),
        state=state,
    )
    return dict(zip(names, map(float, values), strict=True))


def assert_the_view_measures_the_same(js: Node, explorer: Any, fields: dict[str, float]) -> None:
    seen = measured(js, explorer)
    assert fields.keys() <= seen.keys()
    assert {key: seen[key] for key in fields} == pytest.approx(
        fields, rel=1e-6, abs=1e-9, nan_ok=True
    )


# Reached, and not reached -------------------------------------------------------------------------


@each_goal
def test_its_solution_reaches_it_and_the_start_does_not(kind: str, name: str, js: Node) -> None:
    goal = ALL[kind, name]
    for changes, reaches in (({}, False), (goal.solution, True)):
        explorer = at_home(kind, changes)
        fields = fields_of(explorer)
        assert (outside(goal.region, fields) == set()) == reaches
        assert_the_view_measures_the_same(js, explorer, fields)


@pytest.mark.parametrize(("kind", "name", "field", "side", "changes"), MISSES)
def test_it_is_missed_by_one_field_alone(
    kind: str, name: str, field: str, side: str, changes: dict[str, Any], js: Node
) -> None:
    goal = ALL[kind, name]
    explorer = at_home(kind, goal.solution | changes)
    fields = fields_of(explorer)
    assert outside(goal.region, fields) == {field}
    least, most = goal.region[field]
    if side == "-":
        assert least is not None
        assert fields[field] < least
    else:
        assert most is not None
        assert fields[field] > most
    assert_the_view_measures_the_same(js, explorer, fields)


def test_every_limit_has_a_state_that_misses_it() -> None:
    """Both sides of a field that is given; but for counts that would be negative, and the like."""
    ends = {
        (kind, name, field, side)
        for (kind, name), goal in ALL.items()
        for field, limits in goal.where.items()
        for side, value in zip("-+", limits, strict=True)
        if value is not None
    }
    missed = {(kind, name, field, side) for kind, name, field, side, _ in MISSES}
    assert ends <= missed
    given = {(kind, name, field) for (kind, name), goal in ALL.items() for field in goal.given}
    assert given <= {(kind, name, field) for kind, name, field, _ in missed}


def test_points_that_are_not_drawn_are_not_moved(js: Node) -> None:
    """Draws behind the last one, and those that stay where they are."""
    for moved in ([[60, 1.0, 2.0]], [[60, 1.0, 2.0], [49, 2.18, 4.9]]):
        explorer = at_home("attention", {"moved": moved, "w": 30.0})
        assert_the_view_measures_the_same(js, explorer, fields_of(explorer))


@pytest.mark.parametrize(
    "changes",
    [{"line": True, "w": 3.0}, {"kernel_index": 7, "w": 5.0}, {"kernel_index": 5, "w": 5.0}],
    ids=str,
)
def test_the_rise_is_that_of_every_way_of_attending(changes: dict[str, Any], js: Node) -> None:
    explorer = at_home("attention", {"moved": [[49, 2.18, 4.9]], **changes})
    fields = fields_of(explorer)
    assert fields["rise"] > 0.1
    assert_the_view_measures_the_same(js, explorer, fields)


# The rule, and what a view is given ---------------------------------------------------------------


def test_python_and_the_view_have_one_rule(js: Node) -> None:
    region = {"a": (1.0, 2.0), "b": (None, 0.5), "c": (-1.0, None)}
    inside = {"a": 1.5, "b": 0.0, "c": 0.0}
    tried = [inside]
    for field, end in (("a", 1.0), ("a", 2.0), ("b", 0.5), ("c", -1.0)):
        for value in (math.nextafter(end, -math.inf), end, math.nextafter(end, math.inf)):
            tried.append({**inside, field: value})
    judge = "return given.tried.map((each) => E.holds(given.region, each))"
    found = js(judge, tried=tried, region=region)
    assert found == [outside(region, each) == set() for each in tried]
    assert found.count(False) == 4
    assert js("return E.holds({ a: [null, null] }, { a: NaN })") is False
    assert js("return E.holds({ a: [null, null] }, {})") is False
    assert js("return E.holds({ a: [null, null] }, { a: 0 })") is True


@pytest.mark.parametrize("language", words.languages())
@each_goal
def test_it_is_said_with_the_bounds_it_has(kind: str, name: str, language: str) -> None:
    words.set_language(language)
    goal = ALL[kind, name]
    pattern, said = words.goal_word(kind, name), goal.said(kind)
    assert "{" not in said
    for place in words.placeholders(pattern):
        field, _, end = place.rpartition("_")
        if place in goal.given:
            value = goal.given[place]
        else:
            least, most = goal.where[field]
            value = {"least": least, "most": most}[end]
        assert f"{value:g}".replace(".", words.read_words(language).decimal) in said


def test_a_bound_is_written_with_the_digits_it_has() -> None:
    goal = Goal("error", (), {"error": (None, 0.125), "noise": (2.0, None)}, {"moved": 3}, {})
    said = goal.said("attention")
    assert said.startswith("With noise of 2 or more and 3 points moved, ")
    assert said.endswith(" down to 0.125.")


def test_every_explorer_has_two_to_four_goals_and_every_sentence_a_goal() -> None:
    assert GOALS.keys() == EXPLORERS.keys() == HOMES.keys()
    assert {len(goals) for goals in GOALS.values()} <= {2, 3, 4}
    said = words.read_words("en").goals
    assert {f"{kind}.{name}" for kind, name in ALL} == said.keys()


@each_goal
def test_it_asks_for_controls_and_traits_that_there_are(kind: str, name: str) -> None:
    goal, explorer = ALL[kind, name], EXPLORERS[kind]()
    assert set(goal.controls) <= explorer.controls.keys()
    assert all(explorer.has_trait(key) for key in goal.solution)


def test_a_view_is_given_the_goals_that_its_controls_reach() -> None:
    both = [name for name, *_ in AttentionExplorer(controls=("n_train", "w")).goals]
    assert both == ["error", "five", "one"]
    assert [name for name, *_ in AttentionExplorer(controls=("w",)).goals] == ["five", "one"]
    assert AttentionExplorer(controls=("noise", "n_train")).goals == []
    name, sentence, region, controls = AttentionExplorer().goals[1]
    assert (name, controls) == ("five", ["w"])
    assert sentence.startswith("Among at least 50 points, let five share the attention at x = 2:")
    assert region == {"attended": (4.8, 5.2), "n_train": (50, None), "at": (1.995, 2.005)}
    assert goals_of("nobody", ("w",)) == []


def test_a_goal_without_words_is_named() -> None:
    with pytest.raises(ValueError, match=r"en\.toml has no 'attention\.none' for goals"):
        words.goal_word("attention", "none")
