"""The training explorer in Python: its steps are gradient descent."""

import math
from typing import Any

import pytest
import torch

from nwcore import attention_weights, make_regression
from nwcore.explorers import TrainingExplorer


def descend_by_hand(explorer: Any) -> tuple[list[float], list[float]]:
    """Plain gradient descent, written out with autograd: losses and inverse bandwidths."""
    data = make_regression(explorer.n_train, explorer.noise, explorer.seed, dtype=torch.float64)
    x, y = data.x_train, data.y_train
    w = torch.tensor(explorer.start, dtype=torch.float64, requires_grad=True)
    losses, ws = [], []
    for _ in range(explorer.steps + 1):
        scores = -((x[:, None] - x) * w).square() / 2
        scores = scores.masked_fill(torch.eye(len(x), dtype=torch.bool), -math.inf)
        squares = (torch.softmax(scores, 1) @ y - y).square()
        reduced = {"sum": squares.sum(), "mean": squares.mean(), "half": squares.sum() / 2}
        loss = reduced[explorer.reduction]
        losses.append(float(loss.detach()))
        ws.append(float(w.detach()))
        (gradient,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w -= explorer.lr * gradient
    return losses, ws


@pytest.mark.parametrize("reduction", ["sum", "mean", "half"])
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"steps": 1},
        {"steps": 5},
        {"steps": 20, "lr": 0.05, "seed": 6, "start": 3.0},
        {"steps": 7, "lr": 2.0, "n_train": 9, "noise": 0.1, "seed": 2},
        {"steps": 3, "n_train": 2, "start": 0.01},
    ],
    ids=str,
)
def test_training_is_gradient_descent(state: dict[str, Any], reduction: str) -> None:
    explorer = TrainingExplorer(reduction=reduction, **state)
    result = explorer.result
    losses, ws = descend_by_hand(explorer)
    assert len(result.history.w) == len(result.history.losses) == explorer.steps + 1
    assert result.history.w[0] == explorer.start
    assert result.history.w == pytest.approx(ws, rel=1e-8)
    assert result.history.losses == pytest.approx(losses, rel=1e-8)
    data = make_regression(explorer.n_train, explorer.noise, explorer.seed, dtype=torch.float64)
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert torch.equal(getattr(result.data, name), getattr(data, name)), name
    weights = attention_weights(data.x_test, data.x_train, ws[-1])
    torch.testing.assert_close(result.weights, weights, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(result.predictions, weights @ data.y_train, rtol=1e-6, atol=1e-9)
    assert result.weights.shape == (50, explorer.n_train)


def test_reductions_go_different_ways() -> None:
    ends = {
        TrainingExplorer(reduction=name, steps=2).result.history.w[-1]
        for name in ("sum", "mean", "half")
    }
    assert len(ends) == 3


def test_more_steps_go_on_from_where_fewer_ended() -> None:
    explorer = TrainingExplorer(steps=3)
    short = explorer.result.history
    explorer.steps = 6
    assert explorer.result.history.w[:4] == short.w
    assert explorer.result.history.losses[:4] == short.losses


def test_diverging_training_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingExplorer.lr, "high", 1e308)  # no allowed rate gets there
    explorer = TrainingExplorer(steps=5, lr=1e308)
    with pytest.raises(FloatingPointError, match="training diverged in epoch 1 of "):
        _ = explorer.result
    explorer.lr = 0.5
    assert math.isfinite(explorer.result.history.losses[-1])
