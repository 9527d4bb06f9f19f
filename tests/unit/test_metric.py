"""One direction among several inputs: the data, and w learned on them by Adam."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore import (
    attention_pooling,
    draws,
    learn_metric,
    leave_one_out_loss,
    make_single_index,
    metric,
    rmse,
)

Array = NDArray[np.float64]
NAN, INF = float("nan"), float("inf")

STARTS = {
    "number": torch.tensor(1.3, dtype=torch.float64),
    "axes": torch.tensor([1.3, 0.7, -0.4], dtype=torch.float64),
    "matrix": torch.tensor([[1.3, 0.2, 0.0], [-0.1, 0.7, 0.3]], dtype=torch.float64),
}
each_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)


# The data -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_shapes_and_ranges_are_those_that_are_documented(dtype: torch.dtype) -> None:
    data = make_single_index(7, 3, 0.3, 5, dtype=dtype)
    shapes = [tuple(part.shape) for part in vars(data).values()]
    assert shapes == [(7, 3), (7,), (500, 3), (500,), (3,)]
    assert {part.dtype for part in vars(data).values()} == {dtype}
    for inputs in (data.x_train, data.x_test):
        assert bool((inputs >= -2).all())
        assert bool((inputs < 2).all())
    assert float(data.direction.norm()) == pytest.approx(1, rel=1e-6)


def test_the_outputs_are_a_sine_of_one_direction_and_noise() -> None:
    data = make_single_index(11, 4, 0.7, 3)
    u = data.direction.numpy()
    truth = np.array([2 * math.sin(1.5 * float(x @ u)) for x in data.x_train.numpy()])
    deviations = (data.y_train.numpy() - truth) / 0.7
    np.testing.assert_allclose(deviations, draws.normal(3, 21, 11), rtol=0, atol=1e-12)
    tests = [2 * math.sin(1.5 * float(x @ u)) for x in data.x_test.numpy()]
    np.testing.assert_allclose(data.y_test, tests, rtol=0, atol=1e-12)
    flat = 4 * draws.uniform(3, 20, 44) - 2
    assert np.array_equal(data.x_train.numpy().ravel(), flat)
    drawn = draws.normal(3, 22, 4)
    np.testing.assert_allclose(u, drawn / np.linalg.norm(drawn), rtol=1e-14)


def test_the_defaults_are_those_that_are_documented() -> None:
    data, same = make_single_index(), make_single_index(200, 5, 0.3, 0, dtype=torch.float64)
    assert all(torch.equal(getattr(data, name), getattr(same, name)) for name in vars(data))


def test_noise_scales_the_same_deviations() -> None:
    calm, half, whole = (make_single_index(20, 2, noise, 4) for noise in (0.0, 0.5, 1.0))
    for data in (half, whole):
        assert torch.equal(data.x_train, calm.x_train)
        assert torch.equal(data.y_test, calm.y_test)
    moved, twice = half.y_train - calm.y_train, whole.y_train - calm.y_train
    torch.testing.assert_close(2 * moved, twice, rtol=0, atol=1e-14)
    assert float(moved.abs().min()) > 0


def test_more_points_begin_with_the_same_points() -> None:
    few, many = make_single_index(9, 3, 0.3, 8), make_single_index(31, 3, 0.3, 8)
    assert torch.equal(many.x_train[:9], few.x_train)
    torch.testing.assert_close(many.y_train[:9], few.y_train, rtol=0, atol=1e-14)
    assert torch.equal(many.x_test, few.x_test)
    assert torch.equal(many.direction, few.direction)
    assert len({float(x) for x in many.x_train.ravel()}) == 31 * 3


def test_seeds_give_other_points_and_directions() -> None:
    first, second = make_single_index(9, 3, 0.3, 0), make_single_index(9, 3, 0.3, 1)
    for name in vars(first):
        assert not torch.equal(getattr(first, name), getattr(second, name)), name


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0])
def test_only_where_a_direction_points_is_taken(scale: float) -> None:
    direction = scale * torch.tensor([3.0, 0.0, -4.0])  # float32 will do
    data = make_single_index(9, 3, 0.0, 2, direction=direction)
    expected = torch.tensor([0.6, 0.0, -0.8], dtype=torch.float64)
    torch.testing.assert_close(data.direction, expected, rtol=0, atol=1e-7)
    truth = 2 * torch.sin(1.5 * (0.6 * data.x_train[:, 0] - 0.8 * data.x_train[:, 2]))
    torch.testing.assert_close(data.y_train, truth, rtol=0, atol=1e-6)
    drawn = make_single_index(9, 3, 0.0, 2)
    assert torch.equal(data.x_train, drawn.x_train), "the points do not depend on it"


def test_every_direction_is_as_probable() -> None:
    directions = torch.stack([make_single_index(1, 2, 0.0, seed).direction for seed in range(400)])
    assert float(directions.mean(dim=0).norm()) < 0.15
    quadrants = (directions > 0).long() @ torch.tensor([1, 2])
    assert torch.bincount(quadrants, minlength=4).min() > 60


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_train": 0}, ValueError, "n_train must be at least 1"),
        ({"n_train": 2.0}, TypeError, "n_train must be an integer"),
        ({"n_inputs": 0}, ValueError, "n_inputs must be at least 1"),
        ({"n_inputs": "2"}, TypeError, "n_inputs must be an integer"),
        ({"noise": -0.1}, ValueError, "noise must be at least 0"),
        ({"noise": NAN}, ValueError, "noise must be finite"),
        ({"noise": None}, TypeError, "noise must be a real number"),
        ({"noise": 1e308}, ValueError, "noise must leave y_train finite in torch.float64"),
        (
            {"noise": 1e39, "dtype": torch.float32},
            ValueError,
            "noise must leave y_train finite in torch.float32",
        ),
        ({"seed": -1}, ValueError, "seed must be between 0 and 4294967295"),
        ({"seed": 2**32}, ValueError, "seed must be between 0 and 4294967295"),
        ({"dtype": torch.float16}, TypeError, "dtype must be torch.float32 or torch.float64"),
        ({"direction": torch.zeros(5)}, ValueError, r"direction must have shape \(5,\) and not"),
        ({"direction": torch.ones(4)}, ValueError, r"direction must have shape \(5,\) and not"),
        ({"direction": torch.ones(5, 1)}, ValueError, "direction must"),
        ({"direction": torch.full((5,), INF)}, ValueError, "direction must be finite"),
        ({"direction": torch.ones(5).int()}, TypeError, "direction must"),
        ({"direction": [1.0] * 5}, TypeError, "direction must"),
    ],
)
def test_data_that_cannot_be_is_refused_by_name(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make_single_index(**arguments)


# Learning -----------------------------------------------------------------------------------------


def loss_by_hand(x: Array, y: Array, w: Array) -> float:
    """Each output from all others, pair by pair."""
    matrix = w if np.ndim(w) == 2 else np.diag(np.broadcast_to(w, (x.shape[1],)))
    total = 0.0
    for i in range(len(y)):
        others = [j for j in range(len(y)) if j != i]
        scores = np.array([-0.5 * float(((matrix @ (x[i] - x[j])) ** 2).sum()) for j in others])
        weights = np.exp(scores - scores.max())
        total += (float(weights @ y[others]) / float(weights.sum()) - float(y[i])) ** 2
    return total


def slope_by_differences(x: Array, y: Array, w: Array) -> Array:
    """The gradient by central differences of the loss."""
    slope = np.empty(np.shape(w))
    for place in np.ndindex(slope.shape):
        around = []
        for sign in (1, -1):
            moved = np.array(w)
            moved[place] += sign * 1e-5
            around.append(loss_by_hand(x, y, moved))
        slope[place] = (around[0] - around[1]) / 2e-5
    return slope


def adam_by_hand(x: Array, y: Array, w: Array, steps: int, lr: float) -> list[Array]:
    """Kingma and Ba (2015), algorithm 1, line by line."""
    path, m, v = [w], np.zeros_like(w), np.zeros_like(w)
    for t in range(1, steps + 1):
        g = slope_by_differences(x, y, path[-1])
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        step = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        path.append(path[-1] - step)
    return path


@each_start
@pytest.mark.parametrize("lr", [0.1, 0.02])
def test_learning_is_adam_on_the_leave_one_out_loss(start: Tensor, lr: float) -> None:
    data = make_single_index(7, 3, 0.3, 1)
    x, y = data.x_train, data.y_train
    history = learn_metric(x, y, start, steps=4, lr=lr)
    path = adam_by_hand(x.numpy(), y.numpy(), start.numpy(), 4, lr)
    assert history.w.shape == (5, *start.shape)
    np.testing.assert_allclose(history.w, np.stack(path), rtol=0, atol=1e-6)
    losses = [loss_by_hand(x.numpy(), y.numpy(), w) for w in history.w.numpy()]
    np.testing.assert_allclose(history.losses, losses, rtol=1e-10)


@each_start
def test_a_loss_belongs_to_the_w_beside_it(start: Tensor) -> None:
    data = make_single_index(13, 3, 0.3, 2)
    before = start.clone()
    history = learn_metric(data.x_train, data.y_train, start, steps=9)
    assert len(history.losses) == len(history.w) == 10
    assert torch.equal(start, before), "the start was changed"
    assert torch.equal(history.w[0], before)
    assert not history.w.requires_grad
    for w, loss in zip(history.w, history.losses, strict=True):
        assert loss == pytest.approx(float(leave_one_out_loss(data.x_train, data.y_train, w)))
    assert history.losses[-1] < history.losses[0]


def test_no_steps_leave_the_start() -> None:
    data = make_single_index(13, 3, 0.3, 2)
    history = learn_metric(data.x_train, data.y_train, STARTS["axes"], steps=0)
    assert torch.equal(history.w, STARTS["axes"][None])
    assert len(history.losses) == 1


def test_fewer_steps_are_the_beginning_of_more() -> None:
    data = make_single_index(13, 3, 0.3, 2)
    few, many = (
        learn_metric(data.x_train, data.y_train, STARTS["matrix"], steps=steps) for steps in (3, 8)
    )
    assert torch.equal(many.w[:4], few.w)
    assert many.losses[:4] == few.losses


def test_the_defaults_are_300_steps_of_a_tenth() -> None:
    data = make_single_index(5, 2, 0.3, 2)
    w = torch.tensor(1.0, dtype=torch.float64)
    found = learn_metric(data.x_train, data.y_train, w)
    same = learn_metric(data.x_train, data.y_train, w, steps=300, lr=0.1)
    assert found.losses == same.losses
    assert len(found.losses) == 301
    assert float((found.w[1] - found.w[0]).abs()) == pytest.approx(0.1, rel=1e-6)


def test_it_keeps_the_dtype() -> None:
    data = make_single_index(13, 3, 0.3, 2, dtype=torch.float32)
    history = learn_metric(data.x_train, data.y_train, torch.eye(3), steps=2)
    assert history.w.dtype == torch.float32


def test_a_matrix_finds_the_direction_and_predicts_better_than_one_number() -> None:
    data = make_single_index(200, 5, 0.3, 0)
    x, y = data.x_train, data.y_train
    one = learn_metric(x, y, torch.tensor(1.5, dtype=torch.float64), steps=150).w[-1]
    matrix = learn_metric(x, y, 1.5 * torch.eye(5, dtype=torch.float64), steps=150).w[-1]
    _, values, rows = torch.linalg.svd(matrix)
    assert abs(float(rows[0] @ data.direction)) > 0.99
    assert float(values[0]) > 2 * float(values[1])
    errors = [rmse(attention_pooling(data.x_test, x, y, w), data.y_test) for w in (one, matrix)]
    assert errors[1] < 0.5 * errors[0]


DATA = make_single_index(5, 2, 0.3, 0)
X, Y, W = DATA.x_train, DATA.y_train, torch.eye(2, dtype=torch.float64)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x_train": X[:1], "y_train": Y[:1]}, ValueError, "x_train"),
        ({"y_train": Y[:4]}, ValueError, "y_train must"),
        ({"x_train": X.long()}, TypeError, "x_train must"),
        ({"x_train": X * NAN}, ValueError, "x_train must be finite"),
        ({"y_train": Y * INF}, ValueError, "y_train must be finite"),
        ({"w": 1.5}, TypeError, "w must"),
        ({"w": W[None]}, ValueError, "w must"),
        ({"w": W * NAN}, ValueError, "w must be finite"),
        ({"w": W.float()}, TypeError, "dtype"),
        ({"w": torch.ones(3, dtype=torch.float64)}, ValueError, "w must"),
        ({"w": torch.ones(2, 3, dtype=torch.float64)}, ValueError, "w must"),
        ({"steps": -1}, ValueError, "steps must be at least 0"),
        ({"steps": 1.0}, TypeError, "steps must be an integer"),
        ({"lr": 0.0}, ValueError, "lr must be above 0"),
        ({"lr": -0.1}, ValueError, "lr must be above 0"),
        ({"lr": INF}, ValueError, "lr must be finite"),
        ({"lr": "fast"}, TypeError, "lr must be a real number"),
    ],
)
def test_learning_that_cannot_be_is_refused_by_name(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    given = {"x_train": X, "y_train": Y, "w": W, "steps": 1, "lr": 0.1, **arguments}
    with pytest.raises(error, match=message):
        learn_metric(given.pop("x_train"), given.pop("y_train"), given.pop("w"), **given)


def test_a_loss_that_is_not_finite_names_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    steps_until = iter([1.0, 1.0, INF])

    def breaking(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        return w.sum() * next(steps_until)

    monkeypatch.setattr(metric, "leave_one_out_loss", breaking)
    with pytest.raises(FloatingPointError, match=r"diverged in step 2 of 5; lr = 0\.1"):
        learn_metric(X, Y, W, steps=5)
