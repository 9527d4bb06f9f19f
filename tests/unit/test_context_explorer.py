"""The context explorer, in Python and in its modules that need no page."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from node import JAVASCRIPT, Node, node

from nwcore import (
    Tasks,
    learn_over_tasks,
    make_tasks,
    theoretical_w,
)
from nwcore.explorers import ContextExplorer
from nwcore.words import number

MODULES = ["computation", "earlier", "picture", "run", "view"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    with node(*(JAVASCRIPT / "context" / f"{name}.js" for name in MODULES)) as running:
        yield running


# What is on screen --------------------------------------------------------------------------------

START: dict[str, Any] = {
    "n_context": 50,
    "noise": 0.5,
    "roughness": 2.0,
    "task": 0,
    "seed": 0,
    "steps": 0,
    "trained_n": 50,
    "trained_noise": 0.5,
    "trained_roughness": 2.0,
    "trained_seed": 0,
    "earlier": [],
}
STATES: list[dict[str, Any]] = [
    {},
    {"steps": 1},
    {"steps": 120, "task": 99},
    {"steps": 40, "roughness": 5.0, "noise": 1.5, "task": 7, "seed": 3},
    {
        "steps": 5,
        "trained_n": 400,
        "trained_noise": 0.05,
        "trained_roughness": 5.0,
        "n_context": 10,
    },
    {"steps": 3, "trained_seed": 2**32 - 1, "noise": 0.05, "roughness": 0.5},
]
each_state = pytest.mark.parametrize("state", STATES, ids=str)


def one_task(state: dict[str, Any]) -> Tasks:
    """The task shown as the last of a list, asked at places that are drawn."""
    family = {name: state[name] for name in ("n_context", "noise", "roughness", "seed")}
    return make_tasks(201 + state["task"], **family)


@each_state
def test_the_result_is_that_of_the_package(state: dict[str, Any]) -> None:
    explorer = ContextExplorer(**state)
    whole = {**START, **state}
    result, shown = explorer.result, one_task(whole)
    x, y = shown.x[-1], shown.y[-1]
    assert torch.equal(result.x, x)
    assert torch.equal(result.y, y)
    torch.testing.assert_close(result.places, torch.linspace(0, 5, 101, dtype=torch.float64))
    torch.testing.assert_close(result.truth, shown.true_curves(result.places)[-1])
    trained = make_tasks(
        200,
        whole["trained_n"],
        whole["trained_noise"],
        whole["trained_roughness"],
        whole["trained_seed"],
    )
    assert result.history == learn_over_tasks(trained, 1.0, steps=whole["steps"], lr=0.1)
    assert result.w == result.history.w[-1]
    assert result.theory == theoretical_w(whole["n_context"], whole["noise"], whole["roughness"])
    inner = slice(20, 81)  # from x = 1 to x = 4
    assert result.places[inner][[0, -1]].tolist() == [1.0, 4.0]

    def answered(w: float) -> torch.Tensor:
        return torch.softmax(-((result.places[:, None] - x) * w).square() / 2, 1) @ y

    def error(w: float) -> float:
        return float((answered(w) - result.truth)[inner].square().mean().sqrt())

    torch.testing.assert_close(result.predictions, answered(result.w))
    torch.testing.assert_close(result.best_predictions, answered(result.best))
    assert result.error == pytest.approx(error(result.w), rel=1e-9)
    assert result.least_error == pytest.approx(error(result.best), rel=1e-9)
    ws = torch.logspace(-1, 2, 601, dtype=torch.float64).tolist()
    assert result.least_error == pytest.approx(min(map(error, ws)), rel=0.01)


@each_state
def test_the_page_computes_what_python_computes(state: dict[str, Any], engine: Node) -> None:
    result = ContextExplorer(**state).result
    names = ["x", "y", "places", "truth", "predictions", "bestPredictions", "path"]
    found = engine(
        """const numbers = E.createComputation()(given.state);
        const { w, best, theory, error, leastError } = numbers;
        return [given.names.map((name) => packed(numbers[name])),
          [w, best, theory, error, leastError]]""",
        state={**START, **state},
        names=names,
    )
    python = [
        *(result.x, result.y, result.places, result.truth, result.predictions),
        *(result.best_predictions, result.history.w),
    ]
    for name, text, expected in zip(names, found[0], python, strict=True):
        numbers = engine.numbers("return given.text", text=text)
        np.testing.assert_allclose(numbers, expected, rtol=1e-6, atol=1e-6, err_msg=name)
    expected = [result.w, result.best, result.theory, result.error, result.least_error]
    assert found[1] == pytest.approx(expected, rel=1e-6)


def test_the_page_keeps_what_it_knows_and_forgets_what_is_no_longer_so(engine: Node) -> None:
    """In whatever order states come, each gives what it gives alone."""
    wholes = [{**START, **state} for state in [*STATES, {"steps": 60}, {"steps": 2}, {}]]
    found = engine(
        """const told = (compute, state) => {
          const { w, path, error, best, theory, leastError } = compute(state);
          return [w, path.length, error, best, theory, leastError];
        };
        const compute = E.createComputation();
        return given.states.map((state) => [told(compute, state),
          told(E.createComputation(), state)])""",
        states=wholes,
    )
    for kept, alone in found:
        assert kept == alone


def test_the_frozen_model_fails_in_the_direction_that_theory_says() -> None:
    """Trained on one family, its window is too wide for rougher curves, too narrow for noise."""
    trained = {"steps": 120}
    here = ContextExplorer(**trained).result
    rough = ContextExplorer(**trained, roughness=5.0).result
    noisy = ContextExplorer(**trained, noise=1.5).result
    assert here.w == rough.w == noisy.w
    assert noisy.theory < here.theory < rough.theory
    means = [
        [ContextExplorer(steps=0, task=task, **family).result.best for task in range(12)]
        for family in ({"noise": 1.5}, {}, {"roughness": 5.0})
    ]
    below, near, above = (math.exp(sum(map(math.log, ws)) / len(ws)) for ws in means)
    assert below < 0.8 * here.w
    assert near == pytest.approx(here.w, rel=0.25)
    assert above > 1.25 * here.w


def test_no_task_shown_is_trained_on() -> None:
    trained = make_tasks(200, 50)
    for task in (0, 99):
        assert not bool((trained.x == ContextExplorer(task=task).result.x).all(1).any())


# Trainings before ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        ([[50]], r"earlier must hold \[n, w\] for each training"),
        ([50, 4.0], r"earlier must hold \[n, w\] for each training"),
        ([[50, 4.0]] * 21, "earlier must hold at most 20, got 21"),
        ([[9, 4.0]], "n in earlier must be "),
        ([[401, 4.0]], "n in earlier must be "),
        ([[50.0, 4.0]], "n in earlier must be an integer"),
        ([[50, 0.0]], "w in earlier must be at least "),
        ([[50, 1e9]], "w in earlier must be at most "),
        (None, "earlier"),
    ],
)
def test_unsound_trainings_are_refused(earlier: Any, message: str) -> None:
    explorer = ContextExplorer(earlier=[[50, 4.0]])
    with pytest.raises(traitlets.TraitError, match=message):
        explorer.earlier = earlier
    assert explorer.earlier == [[50, 4.0]]


def test_trainings_are_kept_in_the_picture() -> None:
    trainings = [[10, 3.25], [400, 8]]
    explorer = ContextExplorer(earlier=trainings)
    assert explorer.earlier == trainings
    assert explorer.words["earlier"] in explorer.static_fallback().svg
    assert explorer.words["earlier"] not in ContextExplorer().static_fallback().svg


def test_the_page_takes_sound_trainings_only(engine: Node) -> None:
    given = [[50, 4.5], [1e9, 1e9], [0, 0], [50], "x", [None, 1], [60.4, 2]]
    sound = [[50, 4.5], [400, 1000], [10, 0.01], [60, 2]]
    assert engine("return E.soundTrainings(given.g)", g=given) == sound
    assert engine("return E.soundTrainings(7)") == []
    assert engine("return E.withTraining(given.g, 70, 3.14159)", g=sound) == [*sound, [70, 3.142]]
    many = [[10 + i, 1.5] for i in range(20)]
    assert engine("return E.withTraining(given.g, 70, 2)", g=many) == [*many[1:], [70, 2]]
    back = "return [E.trainingsToText(given.g), E.trainingsFromText(E.trainingsToText(given.g))]"
    assert engine(back, g=sound) == ["50_4.5~400_1000~10_0.01~60_2", sound]


# Words --------------------------------------------------------------------------------------------

WORDS = {
    "decimal": ".",
    "undefined": "?",
    "context_untrained": "untrained",
    "context_here": "here {steps}",
    "context_too_wide": "wide {n} {noise} {roughness}",
    "context_too_narrow": "narrow {n}",
}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, "untrained"),
        ({"noise": 1.0}, "untrained"),
        ({"steps": 7}, "here 7"),
        ({"steps": 7, "seed": 1, "task": 4}, "here 7"),
        ({"steps": 7, "roughness": 3.0}, "wide 50 0.50 2.00"),
        ({"steps": 7, "n_context": 51}, "wide 50 0.50 2.00"),
        ({"steps": 7, "n_context": 49}, "narrow 50"),
        ({"steps": 7, "noise": 1.5}, "narrow 50"),
        ({"steps": 7, "trained_roughness": 2.5}, "narrow 50"),
    ],
)
def test_it_says_whether_what_was_learned_fits(
    state: dict[str, Any], said: str, engine: Node
) -> None:
    body = "return E.createSentences(given.words).learned(given.state)"
    assert engine(body, words=WORDS, state={**START, **state}) == said


def test_the_page_describes_what_python_describes(engine: Node) -> None:
    explorer = ContextExplorer(steps=10, noise=0.75, task=3)
    found = engine(
        """const state = given.state;
        return E.createSentences(given.words).describe(state, E.createComputation()(state))""",
        words=explorer.words,
        state={**START, "steps": 10, "noise": 0.75, "task": 3},
    )
    assert found == explorer.static_fallback().alt
    assert number(explorer.result.w, 2) in found


# The run ------------------------------------------------------------------------------------------

# A shell that shows at once what is set, and a clock that a test turns.
SHELL = """
const ticks = [];
globalThis.setInterval = (act) => { ticks.push(act); return ticks.length; };
globalThis.clearInterval = (timer) => { if (timer) ticks[timer - 1] = null; };
globalThis.matchMedia = () => ({ matches: given.calm ?? false });
const state = given.state;
const holds = [];
const closing = new AbortController();
const shell = {
  ranges: { steps: [0, 120] }, signal: closing.signal,
  state: () => state, numbers: () => ({ w: 4.66666 }),
  set: (changes) => Object.assign(state, changes),
  hold: (on) => holds.push(on), schedule: () => {},
};
const run = E.createRun(shell);
const tick = () => ticks.findLast((act) => act)?.();
const tickOn = () => {
  let count = 0;
  for (; ticks.some((act) => act); count++) tick();
  return count;
};
"""


def test_a_run_trains_on_the_family_shown(engine: Node) -> None:
    state = {**START, "noise": 1.0, "n_context": 70, "roughness": 3.0, "seed": 4}
    found = engine(
        SHELL
        + """run.start();
        const first = [state.steps, run.isRunning()];
        return [first, tickOn(), run.isRunning(), holds, state]""",
        state=state,
    )
    assert found[0] == [3, True]
    assert found[1] == 40, "less than two seconds at 45 milliseconds"
    assert found[2] is False
    assert found[3] == [True, False], "one step to be taken back"
    trained = {"trained_n": 70, "trained_noise": 1.0, "trained_roughness": 3.0, "trained_seed": 4}
    assert found[4] == {**state, **trained, "steps": 120}


def test_a_run_is_paused_and_goes_on(engine: Node) -> None:
    found = engine(
        SHELL
        + """run.start(); tick(); run.stop();
        const paused = [state.steps, run.isRunning(), ticks.some((act) => act)];
        run.start();
        return [paused, state.steps, tickOn(), state.steps, state.earlier]""",
        state=dict(START),
    )
    assert found == [[6, False, False], 9, 38, 120, []]


@pytest.mark.parametrize(("steps", "earlier"), [(120, [[50, 4.667]]), (60, [])])
def test_a_finished_training_stays_when_another_begins(
    steps: int, earlier: Any, engine: Node
) -> None:
    body = SHELL + "run.start(); run.stop(); return state"
    found = engine(body, state={**START, "steps": steps, "n_context": 90})
    assert (found["steps"], found["trained_n"], found["earlier"]) == (3, 90, earlier)


def test_a_run_for_a_reader_who_wants_no_motion(engine: Node) -> None:
    found = engine(
        SHELL + "run.start(); return [state.steps, ticks.length]", state=START, calm=True
    )
    assert found == [120, 0]


def test_a_run_ends_with_its_explorer(engine: Node) -> None:
    body = SHELL + "run.start(); closing.abort(); return ticks.some((act) => act)"
    assert engine(body, state=dict(START)) is False


@pytest.mark.parametrize("width", [328, 599, 600, 960])
def test_the_parts_fit_side_by_side_or_below(width: int, engine: Node) -> None:
    boxes = engine("return E.layout(given.width)", width=width)
    task, family = boxes["task"], boxes["family"]
    assert boxes["height"] == ContextExplorer.canvas_heights[width < 600]
    for box in (task, family):
        assert box["width"] > 150
        assert box["x"] + box["width"] < width
        assert box["y"] + box["height"] < boxes["height"]
    if width < 600:
        assert family["y"] > task["y"] + task["height"]
        assert (family["x"], family["width"]) == (task["x"], task["width"])
    else:
        assert family["x"] > task["x"] + task["width"]
        assert (family["y"], family["height"]) == (task["y"], task["height"])
