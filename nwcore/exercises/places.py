"""Exercises that are answered in an explorer: what it must show, and what each mistake shows.

A place is a table of regions (`judging`) over these fields of an explorer of attention pooling, as
Python and the page read them:

w, noise, n_train, seed, kernel_index, line, query
    The explorer's traits; kernel 0 is the Gaussian, line 1 a line about each query.
moved
    How many training points have been taken elsewhere.
prediction, attended
    At the query: what is predicted, and the effective number of examples; NaN with no key in reach.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

from nwcore.data import make_regression
from nwcore.exercises.judging import RIGHT
from nwcore.exercises.numbers import SEED, landscape_grid, lowest_of_landscape, nearest_to_truth
from nwcore.pooling import attention_weights, average_pooling

Region = tuple[str, dict[str, list[float | None]]]

FIELDS = ("w", "noise", "n_train", "seed", "kernel_index", "line", "query")
OTHER_DATA = "other-data"  # the exercise is about a picture that the reader has changed


def read_place(explorer: Any) -> dict[str, float] | None:
    """The fields of an explorer of attention pooling; None for anything else."""
    if not all(hasattr(explorer, name) for name in (*FIELDS, "moved", "result")):
        return None
    result, query = explorer.result, explorer.query
    return {
        **{name: float(getattr(explorer, name)) for name in FIELDS},
        "moved": float(len(explorer.moved)),
        "prediction": float(result.predictions[query]),
        "attended": float(effective_number(result.weights[query])),
    }


def effective_number(weights: Tensor) -> Tensor:
    """Effective number of examples of weights (..., k)."""
    return 1 / weights.square().sum(dim=-1)


def unless(field: str, value: float, name: str = OTHER_DATA) -> list[Region]:
    """The two regions in which a field is not the value; the values of a field are 0.005 apart."""
    return [(name, {field: [None, value - 0.005]}), (name, {field: [value + 0.005, None]})]


def same_picture(**wanted: float) -> list[Region]:
    """The regions in which one of the fields is not as the exercise wants it."""
    return [each for field, value in wanted.items() for each in unless(field, value)]


def about_h(low: float, high: float) -> Region:
    """Where the bandwidth was set as if it were w, which should lie between `low` and `high`."""
    return "h-for-w", {"w": [1 / high, 1 / low]}


# Chapter 2 ----------------------------------------------------------------------------------------

_LIFT = 0.05  # by how much the line is to rise
_LIFT_TOLERANCE = 0.01


def lift() -> list[Region]:
    """One training point is moved until the line of average pooling stands 0.05 higher."""
    data = make_regression(seed=SEED, dtype=torch.float64)
    line = float(average_pooling(data.y_train, n_queries=1))
    low, high = line + _LIFT - _LIFT_TOLERANCE, line + _LIFT + _LIFT_TOLERANCE
    # Moving the point itself by 0.05 raises the line by this; a hand is as good as half of it.
    own_step = _LIFT / len(data.y_train)
    return [
        *same_picture(n_train=50, noise=0.5, seed=SEED, line=0),
        ("untouched", {"moved": [None, 0]}),
        ("several", {"moved": [2, None]}),
        (RIGHT, {"prediction": [low, high]}),
        ("own-step", {"prediction": [line + own_step / 2, line + own_step * 3 / 2]}),
        ("wrong-way", {"prediction": [None, line]}),
        ("too-little", {"prediction": [line, low]}),
        ("too-far", {"prediction": [high, None]}),
    ]


# Chapter 3 ----------------------------------------------------------------------------------------

_QUERY, _ATTENDED = 20, 10.0  # x = 2, and how many examples it is to listen to


def listen() -> list[Region]:
    """The query 2.0 is made to listen to ten examples."""
    wanted = [_ATTENDED - 0.5, _ATTENDED + 0.5]
    return [
        *same_picture(n_train=50, seed=SEED, kernel_index=0, line=0, moved=0),
        *unless("query", _QUERY, "other-query"),
        (RIGHT, {"attended": [*wanted]}),
        ("untouched", {"w": [0.995, 1.005]}),
        about_h(*_w_that_attends(wanted)),
        ("number-for-w", {"w": [*wanted]}),
        ("too-wide", {"attended": [wanted[1], None]}),
        ("too-narrow", {"attended": [None, wanted[0]]}),
    ]


def _w_that_attends(wanted: list[float]) -> tuple[float, float]:
    """The least and the largest w of a fine grid at which the query listens to so many."""
    data = make_regression(seed=SEED, dtype=torch.float64)
    query = data.x_test[_QUERY : _QUERY + 1]
    fine = torch.logspace(-1, 2, 3001, dtype=torch.float64)
    found = [
        float(w)
        for w in fine
        if wanted[0] <= effective_number(attention_weights(query, data.x_train, w))[0] <= wanted[1]
    ]
    return min(found), max(found)


# Chapter 5 ----------------------------------------------------------------------------------------

_UNSEEN_SEED = 22  # a data set on which the truth and the landscape want very different widths


def choose_blind() -> list[Region]:
    """On another data set, w is chosen by the leave-one-out error and not by the truth."""
    data = make_regression(seed=_UNSEEN_SEED, dtype=torch.float64)
    best, by_truth = lowest_of_landscape(data)[0], nearest_to_truth(data)
    old = lowest_of_landscape(make_regression(seed=SEED, dtype=torch.float64))[0]
    low, high = _beside(best)
    return [
        *unless("seed", _UNSEEN_SEED, "old-data"),
        *same_picture(n_train=50, noise=0.5, kernel_index=0, line=0, moved=0),
        (RIGHT, {"w": [low, high]}),
        ("test-set", {"w": [*_beside(by_truth)]}),
        ("old-w", {"w": [*_beside(old)]}),
        about_h(low, high),
        ("too-wide", {"w": [None, low]}),
        ("too-narrow", {"w": [high, None]}),
    ]


def _beside(w: float, places: int = 5) -> tuple[float, float]:
    """The values of the landscape's grid so many places before and after one of them."""
    grid = landscape_grid()
    place = int((grid - w).abs().argmin())
    return float(grid[place - places]), float(grid[place + places])


# All of them: the explorer that is asked, and what computes its table. ----------------------------

ASKED: dict[str, tuple[str, Callable[[], list[Region]]]] = {
    "lift": ("attention", lift),
    "listen": ("attention", listen),
    "choose-blind": ("attention", choose_blind),
}


@cache
def regions_of(name: str) -> list[Region]:
    """The table of an exercise, computed once."""
    _, compute = ASKED[name]
    return compute()
