"""The exercises: every answer right or wrong is known by its name, and nothing is refused."""

import ast
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from torch import Tensor

import nwcore.exercises
from nwbook.editions import load_editions
from nwbook.paths import ROOT
from nwcore import attention_pooling, attention_weights, leave_one_out_loss, make_regression
from nwcore.exercises import EXERCISES, Exercise, check, judge, numbers, places, programs
from nwcore.exercises.judging import NUMBER, RIGHT, around, read_number, verdict_in
from nwcore.explorers import AttentionExplorer, TrainingExplorer
from nwcore.words import exercise_word, languages, read_words, set_language

CODES = [edition.code for edition in load_editions()]
CORE = [f"0{chapter}" for chapter in range(1, 7)]
PORTABLE = ("judging", "programs")

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))


def of_kind(kind: str) -> list[str]:
    return [name for name, exercise in EXERCISES.items() if exercise.kind == kind]


# What there is -----------------------------------------------------------------------------------


def test_every_core_chapter_has_two_and_there_are_three_kinds() -> None:
    chapters = [exercise.chapter[:2] for exercise in EXERCISES.values()]
    assert chapters == sorted(chapters)
    assert set(chapters) == set(CORE)
    assert all(chapters.count(chapter) >= 2 for chapter in CORE)
    assert len(EXERCISES) >= 12
    for kind in ("number", "place", "program"):
        assert len(of_kind(kind)) >= 3


@every_exercise
def test_an_exercise_knows_at_least_three_mistakes(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 3
    assert len(set(exercise.mistakes)) == len(exercise.mistakes)
    assert RIGHT not in exercise.mistakes


@every_exercise
@pytest.mark.parametrize("language", languages())
def test_an_exercise_has_words_for_each_verdict_and_no_others(
    exercise: Exercise, language: str
) -> None:
    said = read_words(language).exercises
    own = {key.partition(".")[2] for key in said if key.startswith(f"{exercise.name}.")}
    assert own == {"title", RIGHT, *exercise.mistakes}


@pytest.mark.parametrize("language", languages())
def test_all_other_words_are_those_of_unread_answers(language: str) -> None:
    said = read_words(language).exercises
    unread = {name for names in nwcore.exercises._exercise.UNREAD.values() for name in names}
    assert {key for key in said if "." not in key} == {"wrong", *unread}
    assert {key.partition(".")[0] for key in said if "." in key} == set(EXERCISES)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", of_kind("number"))
def test_no_verdict_on_a_mistake_tells_the_answer(name: str, language: str) -> None:
    said = read_words(language)
    right = numbers.numbers_of(name)[RIGHT]
    _, digits = numbers.ASKED[name]
    for mistake in EXERCISES[name].mistakes:
        text = said.exercises[f"{name}.{mistake}"].replace(said.decimal, ".")
        assert f"{right:.{digits - 1}f}" not in text


# Numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", of_kind("number"))
def test_each_number_is_known_by_its_name(name: str) -> None:
    for verdict, value in numbers.numbers_of(name).items():
        assert math.isfinite(value)
        assert judge(name, value).name == verdict


@pytest.mark.parametrize("name", of_kind("number"))
def test_a_mistake_is_farther_from_every_other_number_than_both_may_be_off(name: str) -> None:
    values = sorted(numbers.numbers_of(name).values())
    gaps = [high - low for low, high in pairwise(values)]
    assert min(gaps) > 2 * numbers.tolerance_of(name)


@pytest.mark.parametrize("name", of_kind("number"))
def test_rounding_as_asked_is_accepted_and_the_next_figure_is_not(name: str) -> None:
    right = numbers.numbers_of(name)[RIGHT]
    _, digits = numbers.ASKED[name]
    last = 10.0**-digits
    assert judge(name, round(right, digits)).name == RIGHT
    assert judge(name, right + 0.99 * last).name == judge(name, right - 0.99 * last).name == RIGHT
    assert judge(name, right + 2 * last).name == judge(name, right - 2 * last).name == "wrong"


def test_numbers_by_another_way() -> None:
    """Right answers and some mistakes, computed from the formulas of the chapters."""
    powers = [math.exp(-(d**2) / 2) for d in (0.5, 0.5, 2.5)]
    by_hand = numbers.by_hand()
    assert by_hand[RIGHT] == pytest.approx((3 * powers[0] + 6 * powers[1]) / sum(powers))
    assert by_hand["not-normalised"] == pytest.approx(3 * powers[0] + 6 * powers[1])
    ways = {"not-squared": -0.5, "not-halved": None, "farther-heavier": None}
    raised = {
        "not-squared": [math.exp(-d / 2) for d in (0.5, 0.5, 2.5)],
        "not-halved": [math.exp(-(d**2)) for d in (0.5, 0.5, 2.5)],
        "farther-heavier": [1 / power for power in powers],
    }
    for name in ways:
        first, second, third = raised[name]
        assert by_hand[name] == pytest.approx((3 * first + 6 * second) / (first + second + third))
    assert by_hand["keys-for-values"] == pytest.approx(
        (powers[0] + 2 * powers[1] + 4 * powers[2]) / sum(powers)
    )
    assert numbers.shrinking()[RIGHT] == pytest.approx(2 * 500**0.2)
    assert numbers.shrinking()["growing"] == pytest.approx(2 / 500**0.2)


def test_the_line_without_oneself() -> None:
    y = make_regression(seed=6, dtype=torch.float64).y_train
    found = numbers.honest_line()
    left_out = torch.stack([torch.cat([y[:i], y[i + 1 :]]).mean() - y[i] for i in range(50)])
    assert found[RIGHT] == pytest.approx(float(left_out.square().mean().sqrt()))
    assert found["own-point"] == pytest.approx(float(y.std(correction=0)))
    assert found["sum-for-mean"] == pytest.approx(found[RIGHT] * math.sqrt(50))
    assert found["no-square"] == pytest.approx(float(left_out.abs().mean()))


def test_training_without_and_with_itself() -> None:
    """Steps by the difference quotient of the loss, which knows nothing of autograd."""
    data = make_regression(seed=6, dtype=torch.float64)

    def slope(loss: Callable[[float], Tensor], w: float) -> float:
        return float((loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5)

    def without(w: float) -> Tensor:
        return leave_one_out_loss(data.x_train, data.y_train, w)

    def with_itself(w: float) -> Tensor:
        predicted = attention_pooling(data.x_train, data.x_train, data.y_train, w)
        return (predicted - data.y_train).square().sum()

    found = numbers.first_step()
    start = found[RIGHT] - found["step-alone"]
    assert found["step-alone"] == pytest.approx(-0.1 * slope(without, start), rel=1e-6)
    assert found["own-point"] == pytest.approx(start - 0.1 * slope(with_itself, start), rel=1e-6)
    assert found["old-rate"] == pytest.approx(start - 0.5 * slope(without, start), rel=1e-6)

    for loss, name in ((without, RIGHT), (with_itself, "own-point")):
        w = start
        for _ in range(5):
            w -= 0.5 * slope(loss, w)
        assert numbers.learned_w()[name] == pytest.approx(abs(w), rel=1e-4)


def test_who_chooses_by_the_test_set_is_never_worse_there() -> None:
    found = numbers.hyperparameter()
    errors = [found[name] for name in (RIGHT, "own-point", "h-for-w", "w-one", "trained")]
    assert found["test-set"] < min(errors)
    assert found[RIGHT] == min(errors)


# Places ------------------------------------------------------------------------------------------

LIFT_ONE = [7, 1.0]  # a training point by its draw number, and where it is put along x


def lifted(by: float, *more: list[float]) -> dict[str, Any]:
    """Traits that put one point so much higher, and further ones anywhere."""
    start = AttentionExplorer(seed=6, kernel="constant").result
    line = float(start.predictions[0])
    draw, x = LIFT_ONE
    there = AttentionExplorer(seed=6, kernel="constant", moved=[[draw, x, 0.0]]).result
    y = 50 * (line - float(there.predictions[0]))
    return {"moved": [[draw, x, y + by], *more]}


CONSTANT: dict[str, Any] = {"seed": 6, "kernel": "constant"}
STATES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "lift": [
        (RIGHT, lifted(2.5)),
        (RIGHT, lifted(2.05)),
        (RIGHT, lifted(2.95)),
        ("untouched", {}),
        ("several", lifted(1.25, [3, 2.0, 3.0])),
        ("other-data", {"n_train": 51}),
        ("other-data", {"n_train": 49}),
        ("other-data", {"noise": 0.49}),
        ("other-data", {"noise": 0.51}),
        ("other-data", {"seed": 5, "moved": []}),
        ("other-data", {"seed": 7, "moved": []}),
        ("own-step", lifted(0.05)),
        ("own-step", lifted(0.03)),
        ("wrong-way", lifted(-2.5)),
        ("wrong-way", lifted(-0.01)),
        ("too-little", lifted(1.9)),
        ("too-little", lifted(0.1)),
        ("too-far", lifted(3.1)),
    ],
    "listen": [
        (RIGHT, {"w": 2.6}),
        ("untouched", {}),
        ("h-for-w", {"w": 1 / 2.6}),
        ("number-for-w", {"w": 10.0}),
        ("too-wide", {"w": 2.0}),
        ("too-wide", {"w": 0.5}),
        ("too-narrow", {"w": 3.0}),
        ("other-query", {"w": 2.6, "query": 19}),
        ("other-query", {"w": 2.6, "query": 21}),
        ("other-data", {"w": 2.6, "seed": 7}),
        ("other-data", {"w": 2.6, "n_train": 51}),
        ("other-data", {"w": 2.6, "kernel": "boxcar"}),
        ("other-data", {"w": 2.6, "moved": [[3, 1.0, 1.0]]}),
    ],
    "choose-blind": [
        (RIGHT, {"seed": 22, "w": 6.3}),
        ("test-set", {"seed": 22, "w": 2.63}),
        ("old-w", {"seed": 22, "w": 4.9}),
        ("old-data", {"seed": 6, "w": 6.3}),
        ("old-data", {"seed": 23, "w": 6.3}),
        ("h-for-w", {"seed": 22, "w": 1 / 6.3}),
        ("too-wide", {"seed": 22, "w": 1.0}),
        ("too-narrow", {"seed": 22, "w": 12.0}),
        ("other-data", {"seed": 22, "w": 6.3, "noise": 0.4}),
        ("other-data", {"seed": 22, "w": 6.3, "n_train": 60}),
        ("other-data", {"seed": 22, "w": 6.3, "kernel": "boxcar"}),
        ("other-data", {"seed": 22, "w": 6.3, "moved": [[3, 1.0, 1.0]]}),
    ],
}


@pytest.mark.parametrize("name", of_kind("place"))
def test_each_state_of_an_explorer_is_known_by_its_name(name: str) -> None:
    start = CONSTANT if name == "lift" else {"seed": 6}
    for verdict, traits in STATES[name]:
        explorer = AttentionExplorer(**{**start, **traits})
        assert judge(name, explorer).name == verdict, traits
    assert {verdict for verdict, _ in STATES[name]} == {RIGHT, *EXERCISES[name].mistakes}


def test_the_chosen_w_is_lowest_in_the_landscape_and_not_nearest_to_the_truth() -> None:
    regions = dict(places.choose_blind())
    data = make_regression(seed=22, dtype=torch.float64)
    grid = torch.logspace(-1, 2, 301, dtype=torch.float64)
    lowest = min(grid, key=lambda w: float(leave_one_out_loss(data.x_train, data.y_train, w)))
    low, high = regions[RIGHT]["w"]
    assert low is not None
    assert high is not None
    assert low < lowest < high
    assert max(lowest / low, high / lowest) < 1.13
    bounds = [regions[name]["w"] for name in (RIGHT, "test-set", "old-w", "h-for-w")]
    ordered = sorted((low or 0.0, high or 0.0) for low, high in bounds)
    for (_, end), (start, _) in pairwise(ordered):
        assert end < start


def test_a_query_without_a_key_is_no_answer() -> None:
    alone = AttentionExplorer(seed=6, kernel="boxcar", w=100.0)
    assert math.isnan(places.read_place(alone)["attended"])  # type: ignore[index]
    assert judge("listen", alone).name == "other-data"


# Programs ----------------------------------------------------------------------------------------


def written_in_lists(variant: Callable[..., Any]) -> Callable[..., Tensor]:
    """A function of tensors that computes as a variant on lists does."""

    def function(*given: Any) -> Tensor:
        lists = [each.tolist() if isinstance(each, Tensor) else each for each in given]
        return torch.tensor(variant(*lists), dtype=torch.float64)

    return function


@pytest.mark.parametrize("name", of_kind("program"))
def test_each_variant_is_known_by_its_name(name: str) -> None:
    for verdict, variant in programs.PROGRAMS[name].mistakes:
        assert judge(name, written_in_lists(variant)).name == verdict


def weigh(query: float, keys: Tensor) -> Tensor:
    return attention_weights(torch.tensor([query], dtype=keys.dtype), keys)[0]


def predict_others(x: Tensor, y: Tensor, w: float) -> Tensor:
    scores = -(((x[:, None] - x) * w) ** 2) / 2
    return torch.softmax(scores.fill_diagonal_(-torch.inf), dim=1) @ y


def laplace(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    return (torch.softmax(-(queries[:, None] - keys).abs(), dim=1) * values).sum(dim=1)


SOLUTIONS: dict[str, list[Callable[..., Tensor]]] = {
    "weigh": [weigh, lambda query, keys: weigh(query, keys.float())],
    "safe-softmax": [lambda scores: torch.softmax(scores, dim=1)],
    "others": [predict_others, lambda x, y, w: predict_others(x.float(), y.float(), -w)],
    "own-design": [
        laplace,
        # Two widths, a threshold, and a width that changes with the query.
        lambda q, k, v: (laplace(q, k, v) + laplace(3 * q, 3 * k, v)) / 2,
        lambda q, k, v: attention_pooling(q, k, v, w=0.5, kernel="epanechnikov"),
        lambda q, k, v: torch.stack(
            [attention_pooling(q[i : i + 1], k[i], v[i], 1.0 + q[i])[0] for i in range(len(q))]
        ),
    ],
}


@pytest.mark.parametrize("name", of_kind("program"))
def test_a_solution_in_torch_is_right(name: str) -> None:
    for solution in SOLUTIONS[name]:
        assert judge(name, solution).name == RIGHT


MISTAKEN: list[tuple[str, str, Callable[..., Any]]] = [
    ("weigh", "not-normalised", lambda query, keys: torch.exp(-((query - keys) ** 2) / 2)),
    ("weigh", "not-squared", lambda query, keys: torch.softmax(-(query - keys).abs(), dim=0)),
    ("weigh", "expects-shape", lambda query, keys: weigh(query, keys)[None]),
    ("weigh", "expects-tensor", lambda query, keys: weigh(query, keys).tolist()),
    ("weigh", "expects-tensor", lambda query, keys: keys > query),
    ("weigh", "expects-tensor", lambda query, keys: keys.to(torch.complex64)),
    ("weigh", "raised", lambda query, keys: keys @ query),
    ("weigh", "raised", lambda keys: keys),
    ("weigh", "wrong", lambda query, keys: weigh(query, keys) + 0.001),
    ("weigh", "wrong", lambda query, keys: keys * math.nan),
    ("weigh", "wrong", lambda query, keys: keys + math.inf),
    ("safe-softmax", "zero-by-zero", lambda s: torch.exp(s) / torch.exp(s).sum(1, keepdim=True)),
    ("safe-softmax", "wrong-axis", lambda scores: torch.softmax(scores, dim=0)),
    ("safe-softmax", "expects-shape", lambda scores: torch.softmax(scores, dim=1)[:, 0]),
    ("others", "own-point", lambda x, y, w: attention_pooling(x, x, y, w)),
    ("others", "h-for-w", lambda x, y, w: predict_others(x, y, 1 / w)),
    ("others", "deaf", lambda x, y, w: predict_others(x, y, 0.0)),
    ("own-design", "chapter-4", lambda q, k, v: attention_pooling(q, k, v, 5.0)),
    ("own-design", "deaf", lambda q, k, v: v.mean(dim=1)),
    ("own-design", "not-normalised", lambda q, k, v: 1.01 * laplace(q, k, v)),
    ("own-design", "no-average", lambda q, k, v: laplace(q, k, v).square()),
    ("own-design", "expects-shape", lambda q, k, v: v),
    ("own-design", "not-finite", lambda q, k, v: q / 0),
]


@pytest.mark.parametrize(("name", "verdict", "function"), MISTAKEN)
def test_a_mistake_in_torch_has_its_name(
    name: str, verdict: str, function: Callable[..., Any]
) -> None:
    assert judge(name, function).name == verdict


def test_a_shape_is_told_as_torch_writes_it() -> None:
    verdict = judge("weigh", lambda query, keys: torch.ones(2, 3))
    assert verdict.details == {"shape": "(3,)", "found": "(2, 3)"}
    assert judge("weigh", lambda query, keys: torch.tensor(1.0)).details["found"] == "()"
    assert judge("weigh", lambda query, keys: torch.ones(0)).details["found"] == "(0,)"
    raised = judge("weigh", lambda query, keys: {}["no key"])
    assert raised.details == {"error": "KeyError: 'no key'"}
    long = judge("weigh", lambda query, keys: torch.Tensor(query, keys))
    assert long.details["error"].startswith("TypeError: new() received")
    assert "\n" not in long.details["error"]


# What is no answer -------------------------------------------------------------------------------

NO_ANSWERS: list[Any] = [
    *("text", "", b"1", True, float("nan"), -math.inf, 10**400, 1j, [1.0], {}, object()),
    *(torch.ones(3), torch.tensor([]), torch.tensor(True), torch.tensor(math.nan)),
    TrainingExplorer(),
]
EXPECTED = {
    "number": {"expects-number"},
    "place": {"expects-explorer"},
    "program": {"expects-function", "expects-tensor", "raised"},
}


@every_exercise
def test_what_is_no_answer_is_told_what_was_expected(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    for given in NO_ANSWERS:
        assert judge(exercise.name, given).name in EXPECTED[exercise.kind], repr(given)
        check(exercise.name, given)
        said = capsys.readouterr().out
        assert said.count("\n") == 1
        assert "{" not in said.replace("{}", "")
    for nothing in (None, ...):
        assert judge(exercise.name, nothing).name == "unanswered"


def test_what_was_given_is_shown_on_one_short_line() -> None:
    assert judge("by-hand", torch.ones(2, 2)).details["found"] == "tensor([[1., 1.], [1., 1.]])"
    assert judge("by-hand", "x" * 58).details["found"] == repr("x" * 58)
    assert judge("by-hand", "x" * 59).details["found"] == f"'{'x' * 58}…"


@pytest.mark.parametrize("name", ["", "lifts", 3, None, ["lift"]])
def test_an_unknown_exercise_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"name must be one of by-hand, weigh, .*, got "):
        judge(name, 1.0)


def test_a_verdict_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"en\.toml has no 'nothing' for 'lift'"):
        exercise_word("lift", "nothing")


def test_a_verdict_is_said_in_the_language_of_the_book(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for language in languages():
        set_language(language)
        check("shrinking", 0.1443)
        assert capsys.readouterr().out == (
            read_words(language).exercises["shrinking.h-for-w"] + "\n"
        )
    set_language("en")


# Judging -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name"),
    [(0.9, "low"), (1.0, "low"), (1.5, "wrong"), (2.0, "mid"), (4.0, "mid"), (4.1, "high")],
)
def test_ends_belong_to_a_region_and_the_first_one_decides(value: float, name: str) -> None:
    table: list[places.Region] = [
        ("low", {"answer": [None, 1.0]}),
        around("mid", 3.0, 1.0),
        ("high", {"answer": [4.0, None]}),
    ]
    assert verdict_in(table, {NUMBER: value}) == name


def test_a_region_of_two_fields_wants_both_and_nan_lies_in_none() -> None:
    table: list[places.Region] = [("both", {"a": [0.0, 1.0], "b": [None, None]})]
    assert verdict_in(table, {"a": 0.5, "b": 7.0}) == "both"
    assert verdict_in(table, {"a": 1.5, "b": 7.0}) == "wrong"
    assert verdict_in(table, {"a": 0.5, "b": math.nan}) == "wrong"


@pytest.mark.parametrize(
    "given", [2, 2.0, torch.tensor(2.0), torch.tensor([[2]]), torch.ones(1).numpy() * 2]
)
def test_a_number_is_read_from_what_holds_one(given: Any) -> None:
    assert read_number(given) == 2.0


@pytest.mark.parametrize("module", PORTABLE)
def test_what_a_page_may_run_needs_nothing_that_micropython_lacks(module: str) -> None:
    source = (Path(nwcore.exercises.__file__).parent / f"{module}.py").read_text("utf-8")
    tree = ast.parse(source)
    # What stands under `if TYPE_CHECKING` is never run: the name is False.
    tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= {"math", "torch", "nwcore.exercises.judging"}
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Match | ast.TryStar)
        assert not (isinstance(node, ast.ClassDef) and (node.decorator_list or node.bases))
        # Stars in displays; isinstance with a union.
        starred = isinstance(node, ast.List | ast.Tuple | ast.Set) and node.elts
        assert not any(isinstance(each, ast.Starred) for each in starred or [])
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            assert not isinstance(node.args[1], ast.BinOp)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "math":
            assert node.attr in {"isnan", "isfinite", "isinf", "exp", "log", "sqrt"}
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "torch":
            assert node.attr in {"tensor", "float64", "Tensor"}


# In the chapters ---------------------------------------------------------------------------------


def cells(edition: str, exercise: Exercise) -> list[Any]:
    path = ROOT / "chapters" / edition / f"{exercise.chapter}.ipynb"
    return list(nbformat.read(path, as_version=4).cells)


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.get("outputs", []))


@every_exercise
@pytest.mark.parametrize("edition", CODES)
def test_an_exercise_stands_in_its_chapter_with_two_hints(exercise: Exercise, edition: str) -> None:
    asked = [c for c in cells(edition, exercise) if f'exercise="{exercise.name}"' in c.source]
    (question,) = asked
    assert question.cell_type == "markdown"
    assert question.source.count(":class: tip dropdown") == 2
    title = read_words(edition).exercises[f"{exercise.name}.title"]
    assert title in question.source.splitlines()[0]


@every_exercise
@pytest.mark.parametrize("edition", CODES)
def test_the_stored_run_shows_a_verdict_on_an_attempt_and_on_the_solution(
    exercise: Exercise, edition: str
) -> None:
    said = read_words(edition).exercises
    call = f'check("{exercise.name}", '
    work, solution = (c for c in cells(edition, exercise) if call in c.source)
    assert "✎" in work.source
    assert "hide-cell" in solution.metadata["tags"]
    verdict = printed(work).strip()
    wrong = {f"{exercise.name}.{name}" for name in exercise.mistakes} | {"unanswered"}
    assert verdict in {said[key] for key in wrong}
    assert said[f"{exercise.name}.{RIGHT}"] in printed(solution).splitlines()
