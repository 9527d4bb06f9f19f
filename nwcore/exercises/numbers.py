"""Exercises whose answer is a number: what it is, and what each mistake would make of it.

Every function returns the numbers by name, computed by the package itself: "right" first, then each
mistake.
"""

import math
from collections.abc import Mapping
from functools import cache

import torch
from torch import Tensor

from nwcore.data import RegressionData, make_regression
from nwcore.exercises.judging import RIGHT
from nwcore.metrics import rmse
from nwcore.model import NWKernelRegression
from nwcore.pooling import attention_pooling, average_pooling, leave_one_out_loss
from nwcore.training import fit

SEED = 6  # of the chapters' data
Numbers = Mapping[str, float]


def book_data(n_train: int = 50, noise: float = 0.5) -> RegressionData:
    """The data of the chapters, or as many more as are asked for."""
    return make_regression(n_train, noise, SEED, dtype=torch.float64)


def landscape_grid() -> Tensor:
    """The 301 values of w on which chapter 5 draws its landscape."""
    return torch.logspace(-1, 2, 301, dtype=torch.float64)


def error_against_truth(data: RegressionData, w: float) -> float:
    """Root mean squared error on the test examples."""
    return rmse(attention_pooling(data.x_test, data.x_train, data.y_train, w), data.y_test)


def lowest_of_landscape(data: RegressionData) -> tuple[float, float]:
    """The w of the lowest leave-one-out loss on the grid, and that loss."""
    grid = landscape_grid()
    losses = [float(leave_one_out_loss(data.x_train, data.y_train, w)) for w in grid]
    best = min(range(len(losses)), key=losses.__getitem__)
    return float(grid[best]), losses[best]


def nearest_to_truth(data: RegressionData) -> float:
    """The w of the grid with the least error on the test examples: what nobody may choose by."""
    return min((float(w) for w in landscape_grid()), key=lambda w: error_against_truth(data, w))


# Chapter 1 ----------------------------------------------------------------------------------------


def by_hand() -> Numbers:
    """The prediction at 1.5 from the three examples of chapter 1."""
    query = torch.tensor([1.5], dtype=torch.float64)
    keys = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    values = torch.tensor([3.0, 6.0, 0.0], dtype=torch.float64)
    distances = (query - keys).abs()

    def pooled(scores: Tensor) -> float:
        return float(torch.softmax(scores, dim=0) @ values)

    halved_squares = -distances.square() / 2
    return {
        RIGHT: float(attention_pooling(query, keys, values)),
        "deaf": float(average_pooling(values, n_queries=1)),
        "not-normalised": float(halved_squares.exp() @ values),
        "farther-heavier": pooled(-halved_squares),
        "not-squared": pooled(-distances / 2),
        "not-halved": pooled(2 * halved_squares),
        "keys-for-values": float(attention_pooling(query, keys, keys)),
    }


# Chapter 2 ----------------------------------------------------------------------------------------


def honest_line() -> Numbers:
    """The error of each training output against the mean of the others."""
    data = book_data()
    y, n = data.y_train, len(data.y_train)
    others = (y.sum() - y) / (n - 1)  # (n,)
    itself = average_pooling(y, n_queries=n)  # (n,)
    return {
        RIGHT: rmse(others, y),
        "own-point": rmse(itself, y),
        "no-root": float((others - y).square().mean()),
        "sum-for-mean": math.sqrt((others - y).square().sum()),
        "no-square": float((others - y).abs().mean()),
        "test-set": rmse(average_pooling(y, n_queries=len(data.y_test)), data.y_test),
    }


# Chapter 4 ----------------------------------------------------------------------------------------


def shrinking() -> Numbers:
    """The w that belongs to the bandwidth h = 0.5 n^(-1/5) at n = 500."""

    def bandwidth(n: int) -> float:
        return float(0.5 * n**-0.2)

    return {
        RIGHT: 1 / bandwidth(500),
        "h-for-w": bandwidth(500),
        "old-n": 1 / bandwidth(50),
        "half-left-out": 1 / (2 * bandwidth(500)),
        "half-not-inverted": 0.5 * 500**0.2,
        "root-for-fifth": 1 / (0.5 * 500**-0.5),
        "growing": 1 / (0.5 * 500**0.2),
    }


# Chapter 5 ----------------------------------------------------------------------------------------

_CALM_RATE = 0.1


def first_step() -> Numbers:
    """|w| after one step of gradient descent at a learning rate of 0.1, from chapter 5's start."""
    data = book_data()
    model = NWKernelRegression(seed=SEED, dtype=torch.float64)
    start = float(model.w.detach())
    loss = leave_one_out_loss(data.x_train, data.y_train, model.w)
    (slope,) = torch.autograd.grad(loss, model.w)
    step = -_CALM_RATE * float(slope)
    own = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    (own_slope,) = torch.autograd.grad(_loss_with_itself(data, own), own)
    return {
        RIGHT: abs(start + step),
        "uphill": abs(start - step),
        "sum-for-mean": abs(start + step / len(data.y_train)),
        "step-alone": abs(step),
        "old-rate": abs(start + 5 * step),
        "no-rate": abs(start + step / _CALM_RATE),
        "own-point": abs(start - _CALM_RATE * float(own_slope)),
    }


def _loss_with_itself(data: RegressionData, w: Tensor) -> Tensor:
    """The squared errors when every example may attend to itself."""
    predicted = attention_pooling(data.x_train, data.x_train, data.y_train, w)
    return (predicted - data.y_train).square().sum()


# Chapter 6 ----------------------------------------------------------------------------------------


def more_data() -> Numbers:
    """The error at w = 1 with 5000 examples."""
    many, few = book_data(5000), book_data()
    predicted = attention_pooling(many.x_test, many.x_train, many.y_train, 1.0)
    error = rmse(predicted, many.y_test)
    copied = attention_pooling(many.x_train, many.x_train, many.y_train, 1.0)
    average = average_pooling(many.y_train, n_queries=len(many.x_test))
    return {
        RIGHT: error,
        "few": error_against_truth(few, 1.0),
        "five-hundred": error_against_truth(book_data(500), 1.0),
        "w-ten": error_against_truth(many, 10.0),
        "deaf": rmse(average, many.y_test),
        "no-root": error**2,
        "training-outputs": rmse(copied, many.y_train),
    }


_RATE, _EPOCHS = 0.5, 5


def learned_w() -> Numbers:
    """|w| after the training of chapter 4."""
    data = book_data()

    def run(lr: float, seed: int = SEED) -> list[float]:
        model = NWKernelRegression(seed=seed, dtype=torch.float64)
        return [abs(w) for w in fit(model, data.x_train, data.y_train, lr, _EPOCHS).w]

    def run_with_itself(start: float) -> float:
        w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        for _ in range(_EPOCHS):
            (slope,) = torch.autograd.grad(_loss_with_itself(data, w), w)
            w = (w - _RATE * slope).detach().requires_grad_()
        return abs(float(w.detach()))

    walked = run(_RATE)
    model = NWKernelRegression(seed=SEED, dtype=torch.float64)
    history = fit(model, data.x_train, data.y_train, _RATE, _EPOCHS)
    return {
        RIGHT: walked[-1],
        "h-for-w": 1 / walked[-1],
        "first-epoch": walked[1],
        "one-epoch-short": walked[-2],
        "loss-for-w": history.losses[-1],
        "sum-for-mean": run(_RATE / len(data.y_train))[-1],
        "own-point": run_with_itself(walked[0]),
        "lowest": lowest_of_landscape(data)[0],
        "other-start": run(_RATE, seed=0)[-1],
    }


def hyperparameter() -> Numbers:
    """The test error at the lowest point of the leave-one-out landscape."""
    data = book_data()
    chosen, loss = lowest_of_landscape(data)
    grid = [float(w) for w in landscape_grid()]
    copying = min(grid, key=lambda w: float(_loss_with_itself(data, torch.tensor(w))))
    return {
        RIGHT: error_against_truth(data, chosen),
        "test-set": error_against_truth(data, nearest_to_truth(data)),
        "own-point": error_against_truth(data, copying),
        "h-for-w": error_against_truth(data, 1 / chosen),
        "w-one": error_against_truth(data, 1.0),
        "trained": error_against_truth(data, learned_w()[RIGHT]),
        "leave-one-out": math.sqrt(loss / len(data.y_train)),
        "w-for-error": chosen,
        "no-root": error_against_truth(data, chosen) ** 2,
    }


# All of them: what computes the numbers, and the decimals that are asked for. ---------------------

ASKED = {
    "by-hand": (by_hand, 3),
    "honest-line": (honest_line, 3),
    "shrinking": (shrinking, 2),
    "first-step": (first_step, 2),
    "more-data": (more_data, 3),
    "learned-w": (learned_w, 2),
    "hyperparameter": (hyperparameter, 3),
}


@cache
def numbers_of(name: str) -> Numbers:
    """The right number of an exercise and that of each mistake, computed once."""
    compute, _ = ASKED[name]
    return compute()


def tolerance_of(name: str) -> float:
    """How far off a number may be: rounding as asked is accepted, the next figure is not."""
    _, digits = ASKED[name]
    return 1.5 * 10.0**-digits
