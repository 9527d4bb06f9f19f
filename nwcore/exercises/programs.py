"""Exercises in which the reader writes a function, and the mistakes that its results betray.

What the function should give, and what it gives with each mistake, is computed here in plain Python
on lists; of torch only `torch.tensor` and `tolist` are used. So an interpreter in a page that has a
stand-in for torch runs this file as it stands, as it does `judging`.
"""

import math

import torch

from nwcore.exercises.judging import RIGHT, WRONG

# MicroPython has no typing to import this from; mypy takes any name like it for true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Verdict = tuple[str, dict[str, str]]
    Vector = list[float]
    Matrix = list[Vector]

INFINITY, NAN = float("inf"), float("nan")
CLOSE = 1e-4  # relative to numbers of size 1 or more: a function may compute in float32


# Calling what a reader has written ----------------------------------------------------------------


def call(function: object, arguments: "tuple[Any, ...]", shape: "list[int]") -> "Any":
    """Call a reader's function and return (right, nested list), or a verdict that says why not."""
    if not callable(function):
        return "expects-function", {"found": type(function).__name__}
    given = [as_tensor(each) if isinstance(each, list) else each for each in arguments]
    try:
        result = function(*given)
    except Exception as error:
        said = type(error).__name__ + ": " + str(error)
        return "raised", {"error": said.split("\n")[0]}
    if not hasattr(result, "tolist"):
        return "expects-tensor", {"found": type(result).__name__}
    listed = result.tolist()
    if lengths(listed) != shape:
        return "expects-shape", {"shape": written(shape), "found": written(lengths(listed))}
    for each in flat(listed):
        if not isinstance(each, float):
            return "expects-tensor", {"found": type(each).__name__}
    return RIGHT, listed


def as_tensor(numbers: "Any") -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def lengths(listed: object) -> "list[int]":
    """The shape of nested lists."""
    if not isinstance(listed, list):
        return []
    return [len(listed)] + (lengths(listed[0]) if listed else [])


def flat(listed: "Any") -> "list[Any]":
    """What nested lists hold, one after the other."""
    if not isinstance(listed, list):
        return [listed]
    return [number for each in listed for number in flat(each)]


def written(shape: "list[int]") -> str:
    """A shape as torch writes it: (3, 4), (3,), ()."""
    return "(" + ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"


def same(given: "Any", wanted: "Any") -> bool:
    """Whether nested lists hold the same numbers; NaN is the same as NaN."""
    if isinstance(wanted, list):
        return all(same(given[place], each) for place, each in enumerate(wanted))
    if math.isnan(wanted) or math.isnan(given):
        return math.isnan(wanted) and math.isnan(given)
    if math.isinf(wanted) or math.isinf(given):
        return bool(wanted == given)
    return bool(abs(given - wanted) <= CLOSE * max(1.0, abs(wanted)))


class Program:
    """A function that the reader writes, with what betrays its mistakes.

    Attributes
    ----------
    trials : list of tuple
        The arguments of each call; the lists among them are given as float64 tensors.
    shape : callable
        Of the arguments: the shape that the result must have.
    right : callable
        Of the arguments: the numbers that the function should give, in nested lists.
    mistakes : list of (str, callable)
        A mistake's name, and what it makes of the arguments. A name may come twice.
    """

    def __init__(
        self,
        trials: "list[tuple[Any, ...]]",
        shape: "Callable[..., list[int]]",
        right: "Callable[..., Any]",
        mistakes: "list[tuple[str, Callable[..., Any]]]",
    ) -> None:
        self.trials = trials
        self.shape = shape
        self.right = right
        self.mistakes = mistakes

    def judge(self, answer: object) -> "Verdict":
        """Return the verdict on a function, and what its words are filled in with."""
        results = []
        for trial in self.trials:
            name, result = call(answer, trial, self.shape(*trial))
            if name != RIGHT:
                return name, result
            results.append(result)
        for name, variant in [(RIGHT, self.right)] + self.mistakes:
            if same(results, [variant(*trial) for trial in self.trials]):
                return name, {}
        return WRONG, {}


# Arithmetic of the variants -----------------------------------------------------------------------


def exponential(power: float) -> float:
    """e to a power as torch computes it: infinite where Python would refuse."""
    return math.exp(power) if power < 700.0 else INFINITY


def divided(numbers: "Vector", by: float) -> "Vector":
    """Each number over `by`, NaN for 0/0 and ∞/∞, as torch divides."""
    return [_quotient(number, by) for number in numbers]


def _quotient(number: float, by: float) -> float:
    if by == 0.0 or (math.isinf(by) and math.isinf(number)):
        return NAN if number == 0.0 or math.isinf(by) else INFINITY
    return number / by


def softmax(scores: "Vector") -> "Vector":
    largest = max(scores)
    raised = [exponential(score - largest) for score in scores]
    return divided(raised, sum(raised))


def columns(matrix: "Matrix") -> "Matrix":
    return [[row[place] for row in matrix] for place in range(len(matrix[0]))]


def dot(weights: "Vector", values: "Vector") -> float:
    return sum(weight * value for weight, value in zip(weights, values))


# Chapter 1: from distances to weights -------------------------------------------------------------


def _weigh(turn: "Callable[[float], float]") -> "Callable[[float, Vector], Vector]":
    """Normalised weights e^turn(distance)."""
    return lambda query, keys: softmax([turn(abs(query - key)) for key in keys])


def _halved_squares(query: float, keys: "Vector") -> "Vector":
    return [exponential(-((query - key) ** 2) / 2) for key in keys]


def _over_their_number(query: float, keys: "Vector") -> "Vector":
    return divided(_halved_squares(query, keys), len(keys))


WEIGH = Program(
    trials=[(2.0, [1.0, 2.0, 4.0]), (0.5, [0.0, 1.5, 2.0, 3.5]), (3.0, [3.0, 2.0])],
    shape=lambda query, keys: [len(keys)],
    right=_weigh(lambda distance: -(distance**2) / 2),
    mistakes=[
        ("not-normalised", _halved_squares),
        ("divided-by-number", _over_their_number),
        ("farther-heavier", _weigh(lambda distance: distance**2 / 2)),
        ("not-squared", _weigh(lambda distance: -distance / 2)),
        ("not-squared", _weigh(lambda distance: -distance)),
        ("not-halved", _weigh(lambda distance: -(distance**2))),
    ],
)


# Chapter 3: a softmax that no score breaks --------------------------------------------------------


def _divide(raised: "Matrix") -> "Matrix":
    return [divided(row, sum(row)) for row in raised]


def _raised(scores: "Matrix", less: float) -> "Matrix":
    return [[exponential(score - less) for score in row] for row in scores]


def _largest(scores: "Matrix") -> float:
    return max([max(row) for row in scores])


def _whole_table(scores: "Matrix") -> "Matrix":
    weights = softmax([score for row in scores for score in row])
    width = len(scores[0])
    return [weights[place : place + width] for place in range(0, len(weights), width)]


def _down_the_columns(scores: "Matrix") -> "Matrix":
    return columns([softmax(column) for column in columns(scores)])


def _plainly_down(scores: "Matrix") -> "Matrix":
    return columns(_divide(columns(_raised(scores, 0.0))))


SAFE_SOFTMAX = Program(
    trials=[
        ([[-0.5, 0.0, -2.0], [-1.5, -0.25, -3.0]],),
        # One query far from every key, and one near: -(x - x_i)^2 w^2 / 2 for a large w.
        ([[-9000.0, -9001.0], [-0.5, -1.0], [-2000.0, -2002.0]],),
        ([[800.0, 801.0, 802.5, 799.0]],),
    ],
    shape=lambda scores: [len(scores), len(scores[0])],
    right=lambda scores: [softmax(row) for row in scores],
    mistakes=[
        ("zero-by-zero", lambda scores: _divide(_raised(scores, 0.0))),
        ("one-largest", lambda scores: _divide(_raised(scores, _largest(scores)))),
        ("wrong-axis", _down_the_columns),
        ("wrong-axis", _plainly_down),
        ("whole-table", _whole_table),
        (
            "not-normalised",
            lambda scores: [[exponential(score - max(row)) for score in row] for row in scores],
        ),
        ("not-normalised", lambda scores: _raised(scores, 0.0)),
    ],
)


# Chapter 4: each example predicted by the others --------------------------------------------------


def _scores(x: "Vector", w: float) -> "Matrix":
    return [[-(((query - key) * w) ** 2) / 2 for key in x] for query in x]


def _without(numbers: "Vector", place: int) -> "Vector":
    return numbers[:place] + numbers[place + 1 :]


def _others(
    turn: "Callable[[Vector, float], Matrix]" = _scores,
) -> "Callable[[Vector, Vector, float], Vector]":
    """Leave-one-out predictions with scores made by `turn`."""

    def predict(x: "Vector", y: "Vector", w: float) -> "Vector":
        rows = enumerate(turn(x, w))
        return [dot(softmax(_without(row, i)), _without(y, i)) for i, row in rows]

    return predict


def _with_itself(x: "Vector", y: "Vector", w: float) -> "Vector":
    return [dot(softmax(row), y) for row in _scores(x, w)]


def _share_lost(x: "Vector", y: "Vector", w: float) -> "Vector":
    """The own weight is struck out after the softmax, and the others are not raised."""
    rows = enumerate([softmax(row) for row in _scores(x, w)])
    return [dot(_without(row, i), _without(y, i)) for i, row in rows]


def _over_queries(x: "Vector", y: "Vector", w: float) -> "Vector":
    """Without oneself, but each key shares its attention out among the queries."""
    table = [
        [-INFINITY if i == j else score for j, score in enumerate(row)]
        for i, row in enumerate(_scores(x, w))
    ]
    return [dot(row, y) for row in columns([softmax(column) for column in columns(table)])]


OTHERS = Program(
    trials=[
        ([0.0, 0.5, 1.5, 2.0, 3.5], [1.0, 3.0, -2.0, 0.5, 4.0], 1.5),
        ([0.25, 1.0, 1.25, 2.0], [2.0, -1.0, 0.5, 3.0], 0.75),
    ],
    shape=lambda x, y, w: [len(x)],
    right=_others(),
    mistakes=[
        ("own-point", _with_itself),
        ("h-for-w", _others(lambda x, w: _scores(x, 1 / w))),
        ("w-not-squared", _others(lambda x, w: _scores(x, math.sqrt(w)))),
        ("share-lost", _share_lost),
        ("wrong-axis", _over_queries),
        (
            "farther-heavier",
            _others(lambda x, w: [[-score for score in row] for row in _scores(x, w)]),
        ),
        ("deaf", _others(lambda x, w: _scores(x, 0.0))),
    ],
)


# Chapter 6: a design of the reader's own ----------------------------------------------------------

QUERIES = [0.25, 1.5, 3.0]
ROW = [0.0, 1.0, 2.5, 4.0]  # keys of every query, none as far from it as another
VALUES = [1.0, -2.0, 0.5, 3.0]


class Design:
    """An attention pooling of which only this is asked: weights of its own, and an average.

    Attributes
    ----------
    mistakes : list of (str, callable)
        A mistake's name, and a design that makes it: of queries (q,), keys (q, k), values (q, k).
    """

    def __init__(self, mistakes: "list[tuple[str, Callable[..., Any]]]") -> None:
        self.mistakes = mistakes

    def judge(self, answer: object) -> "Verdict":
        """Return the verdict on predict(queries (q,), keys (q, k), values (q, k)), giving (q,)."""
        n, k = len(QUERIES), len(ROW)
        ones = [[float(place == each) for place in range(k)] for each in range(k)]
        found = []  # the predictions for each row of values, shared by all queries
        for row in ones + [VALUES]:
            arguments = QUERIES, [ROW] * n, [row] * n
            name, result = call(answer, arguments, [n])
            if name != RIGHT:
                return name, result
            found.append(result)
        return name_of_design(columns(found[:k]), found[k]), {}


def name_of_design(weights: "Matrix", predicted: "Vector") -> str:
    """The verdict on the weights (q, k) that a design gives, and on a prediction (q,) from them."""
    if not all(math.isfinite(weight) for row in weights for weight in row):
        return "not-finite"
    if not same(predicted, [dot(row, VALUES) for row in weights]):
        return "no-average"
    if min([min(row) for row in weights]) < -CLOSE:
        return "negative-weight"
    if not same([sum(row) for row in weights], [1.0] * len(weights)):
        down = [sum(column) for column in columns(weights)]
        return "wrong-axis" if same(down, [1.0] * len(down)) else "not-normalised"
    if same(weights[1:], [weights[0]] * (len(weights) - 1)):
        return "deaf"
    if all(_prefers(max, query, row) for query, row in zip(QUERIES, weights)):
        return "farther-heavier"
    return "chapter-4" if is_one_width(weights) else RIGHT


def _prefers(which: "Callable[..., float]", query: float, row: "Vector") -> bool:
    """Whether the key at that distance, the nearest or the farthest, has the largest weight."""
    distances = [abs(query - key) for key in ROW]
    return distances.index(which(distances)) == row.index(max(row))


def is_one_width(weights: "Matrix") -> bool:
    """Whether log weights fall by one and the same w²/2 for each unit of squared distance."""
    slopes = []
    for query, row in zip(QUERIES, weights):
        squares = [(query - key) ** 2 for key in ROW]
        for square, weight in zip(squares[1:], row[1:]):
            if min(weight, row[0]) <= 0.0:
                return False
            slopes.append(math.log(weight / row[0]) / (square - squares[0]))
    return max(slopes) - min(slopes) <= 0.001 * abs(max(slopes))


def _pooled(weigh: "Callable[[Vector], Vector]") -> "Callable[..., Vector]":
    """The design whose weights are made of the distances between a query and its keys."""

    def predict(queries: "Vector", keys: "Matrix", values: "Matrix") -> "Vector":
        distances = [[abs(query - key) for key in row] for query, row in zip(queries, keys)]
        return [dot(weigh(each), row) for each, row in zip(distances, values)]

    return predict


def _squares(distances: "Vector", turn: float) -> "Vector":
    return [turn * distance**2 for distance in distances]


def _lost_log(queries: "Vector", keys: "Matrix", values: "Matrix") -> "Vector":
    """0/0 for every query: the kernel is zero from the first moment on."""
    return [NAN for _ in queries]


def _softmax_of_values(queries: "Vector", keys: "Matrix", values: "Matrix") -> "Vector":
    """Values take part in the scores, so that the result is no longer an average of them."""
    return [dot(softmax(row), row) for row in values]


def _down(queries: "Vector", keys: "Matrix", values: "Matrix") -> "Vector":
    table = [[-abs(query - key) for key in row] for query, row in zip(queries, keys)]
    weights = columns([softmax(column) for column in columns(table)])
    return [dot(row, each) for row, each in zip(weights, values)]


OWN_DESIGN = Design(
    mistakes=[
        ("not-finite", _lost_log),
        ("no-average", _softmax_of_values),
        ("negative-weight", _pooled(lambda distances: divided([1 - d for d in distances], 0.7))),
        ("wrong-axis", _down),
        ("not-normalised", _pooled(lambda distances: [exponential(-d) for d in distances])),
        ("deaf", _pooled(lambda distances: softmax([0.0] * len(distances)))),
        ("farther-heavier", _pooled(lambda distances: softmax(_squares(distances, 0.5)))),
        ("chapter-4", _pooled(lambda distances: softmax(_squares(distances, -0.5)))),
    ],
)

PROGRAMS: "dict[str, Program | Design]" = {
    "weigh": WEIGH,
    "safe-softmax": SAFE_SOFTMAX,
    "others": OTHERS,
    "own-design": OWN_DESIGN,
}
