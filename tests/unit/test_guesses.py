"""Guess, then see: what is right, what each idea would give, and what is said of a guess."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sphinx.errors import ExtensionError

from nwbook.editions import load_editions
from nwbook.guess_picture import BOTTOM, LEFT, RIGHT, TOP, decades, say, ticks
from nwbook.guesses import PLACE, filled, page_data, told
from nwbook.paths import ROOT
from nwcore import guesses as package
from nwcore import make_regression, true_function
from nwcore.guesses import CHAPTERS, CurveGuess, WidthGuess, find_guess
from nwcore.words import read_words

CODES = [edition.code for edition in load_editions()]
CURVES = [name for name in CHAPTERS if isinstance(find_guess(name), CurveGuess)]
WIDTHS = [name for name in CHAPTERS if name not in CURVES]
Vector = NDArray[np.float64]

every_guess = pytest.mark.parametrize("name", list(CHAPTERS))
every_curve = pytest.mark.parametrize("name", CURVES)
every_width = pytest.mark.parametrize("name", WIDTHS)
every_edition = pytest.mark.parametrize("code", CODES)


def curve(name: str) -> CurveGuess:
    guess = find_guess(name)
    assert isinstance(guess, CurveGuess)
    return guess


def width(name: str) -> WidthGuess:
    guess = find_guess(name)
    assert isinstance(guess, WidthGuess)
    return guess


def book(n_train: int = 50) -> tuple[Vector, Vector]:
    data = make_regression(n_train, seed=6, dtype=torch.float64)
    return data.x_train.numpy(), data.y_train.numpy()


def pooled(queries: Any, x: Vector, y: Vector, w: float, degree: int = 0) -> Vector:
    """Weighted least squares about each query, of a constant or a line: NumPy's, one by one."""
    answers = []
    for query in np.asarray(queries):
        roots = np.exp(-(((x - query) * w) ** 2) / 4 + ((x - query) ** 2).min() * w**2 / 4)
        design = np.stack([(x - query) ** power for power in range(degree + 1)], axis=1)
        answers.append(np.linalg.lstsq(design * roots[:, None], y * roots, rcond=None)[0][0])
    return np.array(answers)


def left_out_loss(x: Vector, y: Vector, w: float) -> float:
    kernel = np.exp(-(((x[:, None] - x) * w) ** 2) / 2)
    np.fill_diagonal(kernel, 0)
    return float(((kernel @ y / kernel.sum(1) - y) ** 2).sum())


def same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-9, atol=1e-9)


# Answers and ideas -------------------------------------------------------------------------------


def test_three_examples() -> None:
    guess, x, y = curve("three-examples"), np.array([1.0, 2.0, 4.0]), np.array([3.0, 6.0, 0.0])
    columns = np.arange(11) / 2
    same(guess.columns, columns)
    same(guess.points, np.stack([x, y], 1))
    same(guess.answer, pooled(columns, x, y, 1.0))
    same(guess.ideas["joined"], np.interp(columns, x, y))
    same(guess.ideas["nearest"], [3, 3, 3, 3, 6, 6, 6, 0, 0, 0, 0])
    same(guess.ideas["mean"], [3] * 11)
    same(guess.curve[:, 1], pooled(guess.curve[:, 0], x, y, 1.0))


@pytest.mark.parametrize(("name", "w"), [("average", 0.0), ("w-one", 1.0), ("w-thirty", 30.0)])
def test_fifty_examples(name: str, w: float) -> None:
    guess, (x, y), columns = curve(name), book(), np.arange(21) / 4
    same(guess.columns, columns)
    same(guess.points, np.stack([x, y], 1))
    same(guess.answer, pooled(columns, x, y, w))
    same(guess.curve[:, 1], pooled(guess.curve[:, 0], x, y, w))
    expected = {
        "truth": true_function(torch.tensor(columns)),
        "halfway": np.full(21, (y.min() + y.max()) / 2),
        "average": np.full(21, y.mean()),
        "wide": pooled(columns, x, y, 1.0),
        "points": pooled(columns, x, y, 30.0),
    }
    for idea, heights in guess.ideas.items():
        same(heights, expected[idea])


def test_the_left_end() -> None:
    guess, (x, y), columns = curve("left-end"), book(), np.arange(21) / 10
    same(guess.columns, columns)
    same(guess.points, np.stack([x, y], 1)[x <= 2])
    same(guess.answer, pooled(columns, x, y, 2.0, degree=1))
    same(guess.ideas["constants"], pooled(columns, x, y, 2.0))
    same(guess.ideas["truth"], true_function(torch.tensor(columns)))
    same(guess.curve[:, 1], pooled(guess.curve[:, 0], x, y, 2.0, degree=1))
    assert guess.given is not None
    same(guess.given[:, 1], pooled(guess.given[:, 0], x, y, 2.0))


def stored(page: str, cell: str) -> str:
    """What a cell of a chapter has printed."""
    path = ROOT / "chapters" / "en" / f"{page}.ipynb"
    (found,) = (each for each in nbformat.read(path, as_version=4).cells if each.id == cell)
    return "".join(output.get("text", "") for output in found.outputs)


def test_the_errors_are_those_that_chapter_4_prints() -> None:
    guess = curve("more-and-more")
    text = stored(CHAPTERS["more-and-more"], "consistency")
    rows = re.findall(r"^ *(\d+) +(0\.\d{3})", text, re.MULTILINE)
    assert [int(n) for n, _ in rows] == [50, 500, 5_000, 50_000]
    errors = dict(zip(guess.columns.tolist(), guess.answer.tolist(), strict=True))
    assert [f"{errors[float(n)]:.3f}" for n, _ in rows] == [error for _, error in rows]
    same(guess.points, [[50, errors[50.0]]])
    same(guess.curve[:, 1], guess.answer)
    first = guess.ideas["vanishes"][0]
    assert first == guess.answer[0]
    same(guess.ideas["vanishes"], float(first) * (guess.columns.numpy() / 50) ** -0.4)


def test_the_least_loss_is_the_one_that_chapter_5_prints() -> None:
    guess = width("least-loss")
    text = stored("05-training", "landscape")
    trained = 2 ** float(guess.ideas["trained"])
    said = [(f"{trained:5.2f}", "18.32"), (f"{guess.best:5.2f}", f"{guess.least:.2f}")]
    found = re.findall(r"\|w\| +([\d.]+) +loss ([\d.]+)", text)
    assert [(w.strip(), loss) for w, loss in said] == found
    assert guess.ideas["plain"] == 0
    assert guess.ideas["copying"] == pytest.approx(math.log2(100))


@pytest.mark.parametrize(("name", "n"), [("least-loss", 50), ("five-hundred", 500)])
def test_a_landscape_has_its_lowest_place_on_the_grid(name: str, n: int) -> None:
    guess, (x, y) = width(name), book(n)
    same(guess.columns, np.logspace(-1, 2, 61))
    for place in (0, 17, 20, 39, 60):
        loss = left_out_loss(x, y, float(guess.columns[place]))
        assert float(guess.losses[place]) == pytest.approx(loss)
    same(guess.curve, np.stack([guess.columns, guess.losses], 1))
    assert guess.least == pytest.approx(left_out_loss(x, y, guess.best))
    for factor in (10**0.01, 10**-0.01):
        assert left_out_loss(x, y, guess.best * factor) >= guess.least
    assert float(guess.losses.min()) >= guess.least
    assert float(guess.answer) == pytest.approx(math.log2(guess.best))


def test_the_ideas_for_five_hundred_are_made_of_the_best_for_fifty() -> None:
    guess, few = width("five-hundred"), width("least-loss").best
    assert float(guess.ideas["same"]) == pytest.approx(math.log2(few))
    assert float(guess.ideas["tenfold"]) == pytest.approx(math.log2(10 * few))


@every_guess
def test_the_picture_holds_all_that_it_shows(name: str) -> None:
    guess = find_guess(name)
    low, high = guess.limits
    shown = [guess.curve]
    if isinstance(guess, CurveGuess):
        shown += [guess.points, *([] if guess.given is None else [guess.given])]
        shown += [torch.stack([guess.columns, idea], 1) for idea in guess.ideas.values()]
    for points in shown:
        assert low <= points[:, 1].min() <= points[:, 1].max() <= high
        assert guess.columns[0] <= points[:, 0].min() <= points[:, 0].max() <= guess.columns[-1]
    assert guess.columns.diff().min() > 0
    for first, last in guess.parts.values():
        assert 0 <= first <= last < len(guess.answer)


# What is said of a guess -------------------------------------------------------------------------


@every_guess
def test_the_answer_is_close_and_each_idea_is_known(name: str) -> None:
    guess = find_guess(name)
    assert guess.verdict_on(guess.answer) == "close"
    for idea, heights in guess.ideas.items():
        assert guess.verdict_on(heights) == idea


# The answer is 0 at four columns, the idea 1; the parts are the two halves.
RULE = [
    ([0.09] * 4, "close"),
    ([0.11] * 4, "left-higher"),
    ([0.49] * 4, "left-higher"),
    ([0.51] * 4, "idea"),
    ([1.59] * 4, "idea"),
    ([1.61] * 4, "left-higher"),
    ([-0.2] * 4, "left-lower"),
    ([0.1, 0.1, -0.2, -0.2], "right-lower"),
    ([-0.2, -0.2, 0.2, 0.21], "right-higher"),
    ([0.0, 0.0, 0.9, -0.6], "right-higher"),
    ([-0.3, 0.3, 0.2, -0.2], "left-lower"),
]


@pytest.mark.parametrize(("guessed", "verdict"), RULE)
def test_the_rule(guessed: list[float], verdict: str) -> None:
    """An idea reaches six tenths of its way to the answer; then the part that is farthest off."""
    guess = made_up({"left": (0, 1), "right": (2, 3)})
    assert guess.verdict_on(torch.tensor(guessed).double()) == verdict
    if "-" in verdict:
        assert made_up({}).verdict_on(torch.tensor(guessed).double()) == "apart"


def made_up(parts: dict[str, tuple[int, int]]) -> CurveGuess:
    columns = torch.arange(4, dtype=torch.float64)
    return CurveGuess(
        axes=("x", "y"),
        columns=columns,
        limits=(-2.0, 2.0),
        points=columns[:, None].expand(4, 2),
        curve=columns[:, None].expand(4, 2),
        answer=torch.zeros(4, dtype=torch.float64),
        ideas={"far": torch.full((4,), 9.0).double(), "idea": torch.ones(4).double()},
        close=0.1,
        parts=parts,
    )


@every_guess
def test_a_part_that_is_far_off_is_named_with_its_side(name: str) -> None:
    guess = find_guess(name)
    for part, (first, last) in guess.parts.items():
        for side, by in (("higher", 1.0), ("lower", -1.0)):
            moved = guess.answer.clone()
            # As far as it takes to be no longer close, nor near an idea.
            size = guess.close * math.sqrt(len(moved) / (last - first + 1))
            moved[first : last + 1] += by * 1.02 * size
            assert guess.verdict_on(moved) in {f"{part}-{side}", *guess.ideas}
            others = [o for o in guess.parts if o != part]
            if others:
                a, b = guess.parts[others[0]]
                moved[a : b + 1] -= by * 0.5 * size
                assert guess.verdict_on(moved) in {f"{part}-{side}", *guess.ideas}


def test_every_sentence_can_be_reached() -> None:
    generator = np.random.default_rng(0)
    for name in CHAPTERS:
        guess = find_guess(name)
        reached = {guess.verdict_on(idea) for idea in (guess.answer, *guess.ideas.values())}
        for first, last in [*guess.parts.values(), (0, 0)]:
            for by in (*generator.uniform(-6, 6, 60), -0.7, 0.7):
                moved = guess.answer.clone()
                moved[first : last + 1] += float(by) * max(1.0, guess.close)
                reached.add(guess.verdict_on(moved))
        assert reached == set(guess.verdicts), name


def test_who_is_near_no_idea_is_told_the_side() -> None:
    guess = width("five-hundred")
    said = {w: guess.verdict_on(torch.tensor([math.log2(w)]).double()) for w in (0.1, 3.4, 3.6)}
    assert said == {0.1: "w-lower", 3.4: "w-lower", 3.6: "same"}
    said = {w: guess.verdict_on(torch.tensor([math.log2(w)]).double()) for w in (6, 6.3, 12, 13)}
    assert said == {6: "same", 6.3: "close", 12: "close", 13: "w-higher"}


@every_curve
def test_the_gap_of_a_curve(name: str) -> None:
    guess = curve(name)
    drawn = (guess.answer + torch.linspace(-1, 2, len(guess.answer)).double()).tolist()
    expected = math.sqrt(((np.array(drawn) - guess.answer.numpy()) ** 2).mean())
    score = guess.score(drawn)
    assert (score.gap, score.ratio) == (pytest.approx(expected), 1)
    assert score.verdict == guess.verdict_on(torch.tensor(drawn).double())


@every_width
def test_the_gap_of_a_w(name: str) -> None:
    guess = width(name)
    for place in (0, 20, 34, 60):
        score = guess.score(place)
        w = 10 ** (-1 + place / 20)
        assert score.gap == pytest.approx(abs(math.log2(w / guess.best)))
        assert score.ratio == pytest.approx(float(guess.losses[place]) / guess.least)
        assert score.ratio >= 1


@pytest.mark.parametrize(
    ("drawn", "joined"),
    [
        ([None, 1, None, None, 4, 0.0, -2], [1, 1, 2, 3, 4, 0, -2]),
        ([5, 1, 2, 3, None, None], [5, 1, 2, 3, 3, 3]),
        ([1.5, 2, 3, 4], [1.5, 2, 3, 4]),
    ],
)
def test_a_curve_drawn_in_part_is_joined(drawn: list[float | None], joined: list[float]) -> None:
    same(package.filled(drawn), joined)


BAD: list[tuple[Any, type[Exception], str]] = [
    ([1.0] * 20, ValueError, "drawn must have one height a column, 21, got 20"),
    ([1.0] * 3 + [None] * 18, ValueError, "drawn must have at least 4 heights, got 3"),
    ([math.nan] * 21, ValueError, r"drawn\[0\] must be finite, got nan"),
    ([1.0] * 20 + [math.inf], ValueError, r"drawn\[20\] must be finite"),
    (["1"] * 21, TypeError, r"drawn\[0\] must be a real number, got '1'"),
    ([True] * 21, TypeError, r"drawn\[0\] must be a real number, got True"),
]


@pytest.mark.parametrize(("drawn", "error", "message"), BAD)
def test_what_is_no_curve_is_refused(drawn: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        curve("w-one").score(drawn)


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        (-1, ValueError, "place must be between 0 and 60, got -1"),
        (61, ValueError, "place must be between 0 and 60, got 61"),
        (1.0, TypeError, "place must be an integer, got 1.0"),
        (True, TypeError, "place must be an integer, got True"),
    ],
)
def test_what_is_no_place_is_refused(place: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        width("least-loss").score(place)


@pytest.mark.parametrize("name", ["", "w_one", None])
def test_an_unknown_guess_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"name must be one of three-examples, .*, got "):
        find_guess(name)


# Words and chapters ------------------------------------------------------------------------------


@every_guess
def test_there_is_a_sentence_for_every_verdict_and_no_other(name: str) -> None:
    guess = find_guess(name)
    keys = {key for key in read_words("en").guesses if key.startswith(f"{name}.")}
    given = {"given"} if isinstance(guess, CurveGuess) and guess.given is not None else set()
    assert keys == {f"{name}.{key}" for key in {"title", *guess.verdicts, *given}}


def test_no_name_begins_another() -> None:
    """The store forgets what begins with a name."""
    assert not any(one != two and two.startswith(one) for one in CHAPTERS for two in CHAPTERS)


def test_there_are_at_least_six_of_both_kinds() -> None:
    assert len(CHAPTERS) >= 6
    assert CURVES
    assert WIDTHS


# The cell that shows the answer, or has the reader look for it.
SHOWN = {
    "three-examples": "another-question",
    "average": "average-prediction",
    "w-one": "prediction",
    "w-thirty": "explorer",
    "more-and-more": "consistency",
    "least-loss": "landscape",
    "five-hundred": "explorer",
    "left-end": "end",
}


@every_edition
def test_each_stands_once_in_its_chapter_before_the_answer(code: str) -> None:
    found: dict[str, tuple[str, int, list[str]]] = {}
    for file in sorted((ROOT / "chapters" / code).glob("*.ipynb")):
        cells = nbformat.read(file, as_version=4).cells
        for place, cell in enumerate(cells):
            for name in PLACE.findall(cell.source):
                assert name not in found
                assert cell.cell_type == "markdown"
                # A block of its own, which Markdown leaves as it is.
                assert re.search(rf'\n\n<nw-guess name="{name}">\n.+\n</nw-guess>', cell.source)
                found[name] = (file.stem, place, [each.id for each in cells])
    assert {name: page for name, (page, _, _) in found.items()} == CHAPTERS
    for name, (_, place, ids) in found.items():
        assert place < ids.index(SHOWN[name]), name


# On the page -------------------------------------------------------------------------------------


@every_guess
def test_the_page_gets_the_numbers_and_the_words(name: str) -> None:
    guess, data = find_guess(name), page_data(name, "vi")
    assert data["kind"] == ("curve" if name in CURVES else "w")
    np.testing.assert_allclose(data["answer"], guess.answer, rtol=1e-4)
    for idea, heights in data["ideas"]:
        np.testing.assert_allclose(heights, guess.ideas[idea], rtol=1e-4)
    assert {part: (first, last) for part, first, last in data["parts"]} == guess.parts
    assert (data["at"][0], data["at"][-1]) == (LEFT, RIGHT)
    assert data["frame"] == [TOP, BOTTOM]
    assert len(data["at"]) == len(data["names"]) == len(guess.columns)
    assert set(guess.verdicts) <= data["words"].keys()
    assert data["words"]["decimal"] == ","
    assert not any("." in each for each in data["names"])
    if isinstance(guess, WidthGuess):
        np.testing.assert_allclose(data["losses"], guess.losses, rtol=1e-4)
        np.testing.assert_allclose(data["columns"], guess.columns, rtol=1e-4)


def attribute(html: str, name: str) -> str:
    (value,) = re.findall(rf'nw-guess-{name}"(?: d="([^"]*)")', html)
    return str(value)


@every_guess
@every_edition
def test_the_answer_is_drawn_where_it_lies(code: str, name: str) -> None:
    guess, html = find_guess(name), filled(name, code)
    places = np.array(re.findall(r"([-\d.]+) ([-\d.]+)", attribute(html, "answer")), dtype=float)
    low, high = guess.limits
    heights = low + (BOTTOM - places[:, 1]) / (BOTTOM - TOP) * (high - low)
    np.testing.assert_allclose(heights, guess.curve[:, 1], atol=(high - low) / 1500)
    share = (places[:, 0] - LEFT) / (RIGHT - LEFT)
    bend: Callable[[Any], Any] = np.log if guess.logarithmic else np.asarray
    first, last = bend(guess.columns.numpy()[[0, -1]])
    expected = (bend(guess.curve[:, 0].numpy()) - first) / (last - first)
    np.testing.assert_allclose(share, expected, atol=1 / 3000)
    assert html.count("nw-guess-point") == (
        len(guess.points) if isinstance(guess, CurveGuess) else 0
    )
    assert ("nw-guess-given" in html) == (name == "left-end")
    assert "style=" not in html
    data = re.search(r'data-guess="([^"]*)"', html)
    assert data is not None
    json.loads(data[1].replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&"))


def test_the_text_alternative_tells_the_answer() -> None:
    assert told("average", "en") == (
        "The prediction of average pooling; the answer: x = 0, y = 2.2; x = 1.25, y = 2.2; "
        "x = 2.5, y = 2.2; x = 3.75, y = 2.2; x = 5, y = 2.2."
    )
    assert told("least-loss", "vi").endswith("đáp án: w = 4,9, mất mát kiểu “bỏ ra một” = 14,8.")


def test_an_unknown_name_in_a_chapter_stops_the_build() -> None:
    with pytest.raises(ExtensionError, match=r'<nw-guess name="w-two">: .* has only three-exam'):
        filled("w-two", "en")


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (0.25, None, "0,25"),
        (50_000, None, "50000"),
        (12.589, None, "12,6"),
        (-1, None, "−1"),
        (-0.04, 1, "0,0"),
        (-0.06, 1, "−0,1"),
        (2.168, 1, "2,2"),
    ],
)
def test_numbers_are_said_with_three_digits_or_so_many_decimals(
    value: float, digits: int | None, said: str
) -> None:
    assert say(value, ",", digits) == said


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 5, [0, 1, 2, 3, 4, 5]),
        (-1, 5, [-1, 0, 1, 2, 3, 4, 5]),
        (-1, 7, [0, 2, 4, 6]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 2, [0, 0.5, 1, 1.5, 2]),
        (0, 60, [0, 10, 20, 30, 40, 50, 60]),
        (0, 600, [0, 100, 200, 300, 400, 500, 600]),
    ],
)
def test_ticks_are_few_and_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


def test_decades() -> None:
    assert decades(50, 50_000) == [50, 500, 5_000, 50_000]
    assert decades(0.1, 100) == pytest.approx([0.1, 1, 10, 100])
