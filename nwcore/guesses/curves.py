"""Curves that a reader draws before the answer is shown; all is computed from the chapters' data.

An idea is what somebody would draw who takes the answer for something else: the truth, the plain
mean, a line through every example.
"""

import torch
from torch import Tensor

from nwcore.data import RegressionData, make_regression, true_function
from nwcore.guesses._guess import CurveGuess
from nwcore.local import local_regression
from nwcore.metrics import rmse
from nwcore.pooling import attention_pooling, average_pooling

SEED = 6  # of the chapters' data
NARROW = 30.0  # chapter 3's large w
LINES_W = 2.0  # chapter 7's
SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
# As an error falls whose bandwidth shrinks: h^2 with h in proportion to n^(-1/5) (Stone, 1982).
RATE = -0.4


def book_data(n_train: int = 50) -> RegressionData:
    """The data of the chapters, or as many more as are asked for."""
    return make_regression(n_train, 0.5, SEED, dtype=torch.float64)


def steps(last: float, count: int) -> Tensor:
    """Places from 0 to `last`, evenly spaced, shape (count,)."""
    return torch.linspace(0, last, count, dtype=torch.float64)


def pairs(x: Tensor, y: Tensor) -> Tensor:
    """Two vectors (n,) as places in a picture, (n, 2)."""
    return torch.stack([x, y], dim=1)


# Chapter 1 ----------------------------------------------------------------------------------------


def three_examples() -> CurveGuess:
    """The prediction from three examples, as the question moves along the axis."""
    keys = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    values = torch.tensor([3.0, 6.0, 0.0], dtype=torch.float64)
    columns, fine = steps(5, 11), steps(5, 101)
    distances = (columns[:, None] - keys).abs()  # (11, 3)
    return CurveGuess(
        axes=("x", "y"),
        columns=columns,
        limits=(-1.0, 7.0),
        points=pairs(keys, values),
        curve=pairs(fine, attention_pooling(fine, keys, values)),
        answer=attention_pooling(columns, keys, values),
        ideas={
            "joined": _joined(columns, keys, values),
            "nearest": values[distances.argmin(dim=1)],
            "mean": average_pooling(values, len(columns)),
        },
        close=0.4,
        parts={"left": (0, 2), "middle": (3, 5), "right": (6, 10)},
    )


def _joined(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Straight lines from each example to the next, level at the ends, shape (q,)."""
    place = torch.searchsorted(keys, queries).clamp(1, len(keys) - 1)  # of the right neighbour
    left, right = keys[place - 1], keys[place]
    share = ((queries - left) / (right - left)).clamp(0, 1)
    return values[place - 1] + share * (values[place] - values[place - 1])


# Chapters 2 and 3 ---------------------------------------------------------------------------------


def average() -> CurveGuess:
    """Average pooling of the fifty outputs."""
    data, columns = book_data(), steps(5, 21)
    mean = average_pooling(data.y_train, len(columns))
    halfway = (data.y_train.min() + data.y_train.max()) / 2
    return CurveGuess(
        axes=("x", "y"),
        columns=columns,
        limits=(-1.0, 5.0),
        points=pairs(data.x_train, data.y_train),
        curve=pairs(columns, mean),
        answer=mean,
        ideas={"truth": true_function(columns), "halfway": halfway.expand(len(columns))},
        close=0.3,
        parts={"level": (0, 20)},
    )


def w_one() -> CurveGuess:
    """Attention pooling at w = 1."""
    return _attention(
        1.0,
        ideas=("truth", "average", "points"),
        close=0.25,
        parts={"left": (0, 4), "peak": (5, 12), "right": (13, 20)},
    )


def w_thirty() -> CurveGuess:
    """Attention pooling at w = 30, where hardly more than the nearest example counts."""
    return _attention(NARROW, ideas=("truth", "wide", "average"), close=0.25, parts={})


def _attention(
    w: float, *, ideas: tuple[str, ...], close: float, parts: dict[str, tuple[int, int]]
) -> CurveGuess:
    """The prediction of attention pooling from the fifty examples, and ideas by their names."""
    data, columns, fine = book_data(), steps(5, 21), steps(5, 251)

    def pool(queries: Tensor, width: float) -> Tensor:
        return attention_pooling(queries, data.x_train, data.y_train, width)

    known = {
        "truth": true_function(columns),
        "average": average_pooling(data.y_train, len(columns)),
        "wide": pool(columns, 1.0),
        "points": pool(columns, NARROW),
    }
    return CurveGuess(
        axes=("x", "y"),
        columns=columns,
        limits=(-1.0, 5.0),
        points=pairs(data.x_train, data.y_train),
        curve=pairs(fine, pool(fine, w)),
        answer=pool(columns, w),
        ideas={name: known[name] for name in ideas},
        close=close,
        parts=parts,
    )


# Chapter 4 ----------------------------------------------------------------------------------------


def more_and_more() -> CurveGuess:
    """The error at w = 1 as the number of examples grows."""
    sizes = torch.tensor(SIZES, dtype=torch.float64)
    errors = []
    for n in SIZES:
        data = book_data(n)
        predicted = attention_pooling(data.x_test, data.x_train, data.y_train, 1.0)
        errors.append(rmse(predicted, data.y_test))
    answer = torch.tensor(errors, dtype=torch.float64)
    known = pairs(sizes[:1], answer[:1])
    return CurveGuess(
        axes=("n", "RMSE"),
        columns=sizes,
        logarithmic=True,
        limits=(0.0, 1.0),
        digits=2,
        points=known,
        curve=pairs(sizes, answer),
        answer=answer,
        ideas={"vanishes": answer[0] * (sizes / sizes[0]) ** RATE},
        close=0.06,
        parts={"error": (0, len(SIZES) - 1)},
    )


# Chapter 7 ----------------------------------------------------------------------------------------


def left_end() -> CurveGuess:
    """Local lines at the left end, where constants of the same width are shown."""
    data, columns, fine = book_data(), steps(2, 21), steps(2, 101)

    def fit(queries: Tensor, degree: int) -> Tensor:
        return local_regression(queries, data.x_train, data.y_train, LINES_W, degree=degree)

    seen = data.x_train <= 2
    return CurveGuess(
        axes=("x", "y"),
        columns=columns,
        limits=(-1.0, 4.0),
        points=pairs(data.x_train, data.y_train)[seen],
        given=pairs(fine, fit(fine, 0)),
        curve=pairs(fine, fit(fine, 1)),
        answer=fit(columns, 1),
        ideas={"constants": fit(columns, 0), "truth": true_function(columns)},
        close=0.12,
        parts={"end": (0, 5), "inside": (6, 20)},
    )
