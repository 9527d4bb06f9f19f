"""Families of regression tasks, and the one inverse bandwidth that answers them."""

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import integrate, optimize
from torch import Tensor

from nwcore import (
    Tasks,
    best_w,
    bootstrap_best_w,
    context_losses,
    draws,
    learn_over_tasks,
    make_tasks,
    theoretical_w,
)

Vector = NDArray[np.float64]
INPUTS, DEVIATIONS, QUERIES, PHASES, SPEEDS, TARGETS = range(30, 36)
RESAMPLES = 36


def grid(low: float = 0.1, high: float = 100.0, count: int = 61) -> Tensor:
    return torch.logspace(math.log10(low), math.log10(high), count, dtype=torch.float64)


# Tasks --------------------------------------------------------------------------------------------


def tasks_by_hand(
    t: int, n: int, noise: float, roughness: float, seed: int, q: int, margin: float
) -> dict[str, Vector]:
    """The same, a task and a wave at a time."""

    def drawn(draw: Callable[..., Vector], stream: int, count: int) -> Vector:
        return np.array(draw(seed, stream, t * count)).reshape(t, count)

    cycles, angles = drawn(draws.uniform, SPEEDS, 4), drawn(draws.uniform, PHASES, 4)
    x = np.sort(5 * drawn(draws.uniform, INPUTS, n), axis=1)
    queries = margin + (5 - 2 * margin) * drawn(draws.uniform, QUERIES, q)

    def curve(task: int, at: Vector) -> Vector:
        waves = [
            np.sin(roughness * (0.5 + cycles[task, j]) * at + 2 * np.pi * angles[task, j])
            for j in range(4)
        ]
        return np.asarray(np.sqrt(0.5) * sum(waves))

    truth = np.stack([curve(task, queries[task]) for task in range(t)])
    clean = np.stack([curve(task, x[task]) for task in range(t)])
    return {
        "x": x,
        "y": clean + noise * drawn(draws.normal, DEVIATIONS, n),
        "queries": queries,
        "truth": truth,
        "targets": truth + noise * drawn(draws.normal, TARGETS, q),
    }


@pytest.mark.parametrize(
    ("t", "n", "noise", "roughness", "seed", "q", "margin"),
    [
        (5, 7, 0.5, 2.0, 0, 3, 1.0),
        (1, 1, 0.0, 0.5, 6, 1, 0.0),
        (3, 11, 1.5, 5.0, 2**32 - 1, 2, 2.4),
    ],
)
def test_tasks_are_drawn_as_described(
    t: int, n: int, noise: float, roughness: float, seed: int, q: int, margin: float
) -> None:
    tasks = make_tasks(t, n, noise, roughness, seed, n_queries=q, margin=margin)
    for name, expected in tasks_by_hand(t, n, noise, roughness, seed, q, margin).items():
        found = getattr(tasks, name)
        assert found.dtype == torch.float64
        assert found.shape == expected.shape, name
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13, err_msg=name)


def test_the_defaults_are_those_that_are_documented() -> None:
    given = make_tasks(500, 50, 0.5, 2.0, 0, n_queries=8, margin=1.0)
    for part in fields(Tasks):
        assert torch.equal(getattr(make_tasks(), part.name), getattr(given, part.name))
    assert given.queries.shape == (500, 8)


def test_one_seed_is_one_list_of_tasks() -> None:
    few, many = (make_tasks(t, 7, seed=3) for t in (4, 9))
    for part in fields(Tasks):
        assert torch.equal(getattr(few, part.name), getattr(many, part.name)[:4]), part.name
    assert not torch.equal(make_tasks(4, 7, seed=4).x, few.x)


def test_noise_scales_the_same_deviations() -> None:
    silent, calm, loud = (make_tasks(6, 9, noise, seed=2) for noise in (0.0, 0.5, 1.5))
    for name in ("x", "queries", "truth"):
        assert torch.equal(getattr(calm, name), getattr(loud, name))
    assert torch.equal(silent.targets, silent.truth)
    for name in ("y", "targets"):
        one, three = (getattr(noisy, name) - getattr(silent, name) for noisy in (calm, loud))
        torch.testing.assert_close(three, 3 * one, rtol=1e-12, atol=1e-13)
        assert float(one.abs().max()) > 0.5


def test_roughness_squeezes_the_same_curves() -> None:
    smooth, rough = (make_tasks(6, 9, roughness=roughness, seed=2) for roughness in (1.0, 2.5))
    x = torch.linspace(0, 2, 41, dtype=torch.float64)
    torch.testing.assert_close(rough.true_curves(x), smooth.true_curves(2.5 * x))
    assert torch.equal(rough.x, smooth.x)


def test_true_curves_take_inputs_for_all_tasks_or_of_each() -> None:
    tasks = make_tasks(3, 5)
    x = torch.linspace(0, 5, 7, dtype=torch.float64)
    curves = tasks.true_curves(x)
    assert curves.shape == (3, 7)
    assert torch.equal(tasks.true_curves(x.expand(3, 7)), curves)
    assert torch.equal(tasks.true_curves(tasks.queries), tasks.truth)


@pytest.mark.parametrize("roughness", [0.5, 5.0])
def test_curves_have_variance_one(roughness: float) -> None:
    tasks = make_tasks(4000, 1, roughness=roughness, seed=1)
    values = tasks.true_curves(torch.tensor([0.0, 2.5, 5.0], dtype=torch.float64))
    torch.testing.assert_close(values.var(0), torch.ones(3).double(), rtol=0.08, atol=0)
    assert float(values.mean(0).abs().max()) < 0.08
    assert float(values.abs().max()) <= 4 * math.sqrt(0.5)


@pytest.mark.parametrize("margin", [0.0, 1.0, 2.4])
def test_queries_keep_the_margin(margin: float) -> None:
    tasks = make_tasks(200, 20, margin=margin)
    assert bool((tasks.queries >= margin).all())
    assert bool((tasks.queries < 5 - margin).all())
    assert float(tasks.queries.max() - tasks.queries.min()) > 0.97 * (5 - 2 * margin)
    assert bool((tasks.x.diff(dim=1) >= 0).all())
    assert bool(((tasks.x >= 0) & (tasks.x < 5)).all())


# Losses -------------------------------------------------------------------------------------------


def losses_by_hand(tasks: Tasks, w: Tensor, wanted: Tensor) -> Tensor:
    """Softmax attention, written out: shape (t, g)."""
    squares = (tasks.queries[:, :, None] - tasks.x[:, None]).square()  # (t, q, n)
    weights = torch.softmax(-squares[..., None] * w.square() / 2, dim=2)  # (t, q, n, g)
    predictions = (weights * tasks.y[:, None, :, None]).sum(2)  # (t, q, g)
    return (predictions - wanted[..., None]).square().mean(1)


@pytest.mark.parametrize("against", ["targets", "truth"])
def test_losses_are_those_of_softmax_attention(against: str) -> None:
    tasks, w = make_tasks(5, 11, n_queries=3), grid(count=7)
    found = context_losses(tasks, w, against=against)
    assert found.shape == (5, 7)
    torch.testing.assert_close(found, losses_by_hand(tasks, w, getattr(tasks, against)))
    assert torch.equal(context_losses(tasks, w), context_losses(tasks, w, against="targets"))
    assert not torch.equal(
        context_losses(tasks, w, against="truth"), context_losses(tasks, w, against="targets")
    )


@pytest.mark.parametrize("w", [0.3, 2.0, 8.0])
def test_gradients_flow_to_w(w: float) -> None:
    tasks = make_tasks(5, 20)
    width = torch.tensor([w], dtype=torch.float64, requires_grad=True)
    context_losses(tasks, width).mean().backward()  # type: ignore[no-untyped-call]
    assert width.grad is not None

    def loss(value: float) -> float:
        return float(context_losses(tasks, torch.tensor([value], dtype=torch.float64)).mean())

    step = 1e-5 * w
    slope = (loss(w + step) - loss(w - step)) / (2 * step)
    assert float(width.grad[0]) == pytest.approx(slope, rel=1e-6)


# Training -----------------------------------------------------------------------------------------


def adam_by_hand(tasks: Tasks, w: float, steps: int, lr: float) -> tuple[list[float], list[float]]:
    """Adam on log w, written out: losses and inverse bandwidths."""
    log_w, mean, square, losses, path = math.log(w), 0.0, 0.0, [], [w]
    for step in range(steps + 1):
        width = torch.tensor(log_w, dtype=torch.float64, requires_grad=True)
        loss = losses_by_hand(tasks, width.exp()[None], tasks.targets).mean()
        losses.append(float(loss.detach()))
        if step == steps:
            break
        (slope,) = torch.autograd.grad(loss, width)
        mean = 0.9 * mean + 0.1 * float(slope)
        square = 0.999 * square + 0.001 * float(slope) ** 2
        spread = math.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8
        log_w -= lr * mean / (1 - 0.9 ** (step + 1)) / spread
        path.append(math.exp(log_w))
    return losses, path


@pytest.mark.parametrize(("w", "steps", "lr"), [(1.0, 25, 0.1), (30.0, 10, 0.05), (2.0, 0, 0.1)])
def test_training_is_adam_on_the_logarithm_of_w(w: float, steps: int, lr: float) -> None:
    tasks = make_tasks(20, 15)
    history = learn_over_tasks(tasks, w, steps=steps, lr=lr)
    losses, path = adam_by_hand(tasks, w, steps, lr)
    assert len(history.losses) == len(history.w) == steps + 1
    assert history.w[0] == w
    assert history.losses == pytest.approx(losses, rel=1e-9)
    assert history.w == pytest.approx(path, rel=1e-9)


def test_training_has_120_steps_at_a_rate_of_a_tenth() -> None:
    tasks = make_tasks(3, 5)
    assert learn_over_tasks(tasks) == learn_over_tasks(tasks, 1.0, steps=120, lr=0.1)


@pytest.mark.parametrize(
    "family", [{}, {"noise": 1.0}, {"roughness": 4.0}, {"n_context": 200, "seed": 3}], ids=str
)
def test_the_learned_w_is_the_best_one_of_the_tasks_together(family: dict[str, Any]) -> None:
    tasks = make_tasks(200, **family)
    learned = learn_over_tasks(tasks).w[-1]
    w = grid(0.5, 50.0)
    assert learned == pytest.approx(float(best_w(w, context_losses(tasks, w).mean(0))), rel=0.1)


def learned_exponent(name: str, low: float, high: float) -> float:
    """By which power of one number of the family the learned w grows."""
    family: dict[str, Any] = {"n_context": 60, "noise": 0.5, "roughness": 2.5}
    ws = []
    for value in (low, high):
        number = round(value) if name == "n_context" else value
        ws.append(learn_over_tasks(make_tasks(200, **{**family, name: number})).w[-1])
    return math.log(ws[1] / ws[0]) / math.log(high / low)


@pytest.mark.parametrize(
    ("name", "low", "high", "exponent", "error"),
    [
        ("n_context", 60, 600, 0.2, 0.1),
        ("noise", 0.25, 1.0, -0.4, 0.15),
        ("roughness", 1.5, 4.0, 0.8, 0.25),
    ],
)
def test_the_learned_w_follows_the_family(
    name: str, low: float, high: float, exponent: float, error: float
) -> None:
    """More examples narrow the window, noise widens it, roughness narrows it."""
    assert learned_exponent(name, low, high) == pytest.approx(exponent, abs=error)


@pytest.mark.parametrize("start", [1.0, 50.0])  # from there w rises, or falls
def test_diverging_training_says_where(start: float) -> None:
    with pytest.raises(FloatingPointError, match=r"training diverged in step 1 of 4; lr = 1e\+08"):
        learn_over_tasks(make_tasks(3, 50), start, steps=4, lr=1e8)
    with pytest.raises(FloatingPointError, match=r"training diverged in step 0 of 4; lr = 0\.1"):
        learn_over_tasks(make_tasks(3, 50, noise=1e200), start, steps=4)


# The best w ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lowest", [0.3, 1.0, 4.44, 71.0])
def test_a_parabola_in_log_w_has_its_own_minimum(lowest: float) -> None:
    w = grid()
    losses = 2.0 + 3.0 * (w / lowest).log().square()
    assert float(best_w(w, losses)) == pytest.approx(lowest, rel=1e-9)


def test_a_curve_that_is_least_at_an_end_has_its_minimum_there() -> None:
    w = grid()
    assert float(best_w(w, w)) == float(w[0])
    assert float(best_w(w, -w)) == float(w[-1])


def test_a_flat_curve_has_its_minimum_on_the_grid() -> None:
    assert float(best_w(grid(), torch.ones(61, dtype=torch.float64))) == float(grid()[0])
    plain = torch.tensor([2.0, 1.0, 1.0, 1.0, 2.0], dtype=torch.float64)
    assert float(best_w(grid(1, 16, 5), plain)) == pytest.approx(2 * 2**0.5)


def test_many_curves_at_once() -> None:
    w = grid()
    lowest = torch.tensor([[0.5, 3.0, 1e-3], [1e4, 40.0, 9.0]], dtype=torch.float64)
    losses = (w / lowest[..., None]).log().square()
    found = best_w(w, losses)
    expected = torch.tensor([[0.5, 3.0, 0.1], [100.0, 40.0, 9.0]], dtype=torch.float64)
    torch.testing.assert_close(found, expected)


# The bootstrap ------------------------------------------------------------------------------------


def test_the_bootstrap_draws_tasks_with_replacement() -> None:
    """Counted by hand: each draw takes as many tasks as there are."""
    w = grid(count=31)
    losses = context_losses(make_tasks(13, 20), w)
    found = bootstrap_best_w(w, losses, n_resamples=9, seed=4)
    chosen = np.floor(13 * draws.uniform(4, RESAMPLES, 9 * 13)).astype(int).reshape(9, 13)
    assert chosen.min() >= 0
    assert chosen.max() <= 12
    again = torch.stack([losses[torch.from_numpy(row)].mean(0) for row in chosen])
    torch.testing.assert_close(found, best_w(w, again), rtol=1e-9, atol=0)
    assert torch.equal(bootstrap_best_w(w, losses, n_resamples=9, seed=4), found)
    assert not torch.equal(bootstrap_best_w(w, losses, n_resamples=9, seed=5), found)


def test_the_bootstrap_lies_around_the_best_w() -> None:
    w = grid(0.5, 50.0)
    losses = context_losses(make_tasks(200), w)
    best = float(best_w(w, losses.mean(0)))
    found = bootstrap_best_w(w, losses)
    assert found.shape == (1000,)
    assert float(found.mean()) == pytest.approx(best, rel=0.05)
    assert 0 < float(found.std()) < 0.2 * best
    few = bootstrap_best_w(w, losses[:20])
    assert float(few.std()) > 1.5 * float(found.std())


def test_one_task_drawn_again_is_itself() -> None:
    w = grid()
    losses = (w / 3).log().square()[None]
    torch.testing.assert_close(
        bootstrap_best_w(w, losses, n_resamples=4), torch.full((4,), 3.0).double()
    )


# Theory -------------------------------------------------------------------------------------------


def balance(n: float, noise: float, roughness: float) -> float:
    """The w at which bias² + variance is least, by quadrature and a search."""

    def kernel(u: float) -> float:
        return math.exp(-u * u / 2) / math.sqrt(2 * math.pi)

    second_moment, _ = integrate.quad(lambda u: u * u * kernel(u), -np.inf, np.inf)
    square, _ = integrate.quad(lambda u: kernel(u) ** 2, -np.inf, np.inf)
    fourth, _ = integrate.quad(lambda c: c**4, 0.5, 1.5)
    # f'' is √½ Σ of four waves with (roughness · c)² before the sine; a sine's mean square is ½.
    curvature = 0.5 * 4 * 0.5 * roughness**4 * fourth

    def error(log_w: float) -> float:
        h = math.exp(-log_w)
        bias_squared = (h * h / 2 * second_moment) ** 2 * curvature
        return bias_squared + noise**2 * square / (n / 5 * h)

    found = optimize.minimize_scalar(
        error, bounds=(-3, 6), method="bounded", options={"xatol": 1e-10}
    )
    return math.exp(float(found.x))


@pytest.mark.parametrize(
    ("n", "noise", "roughness"), [(50, 0.5, 2.0), (10, 1.5, 0.5), (400, 0.05, 5.0), (77.5, 0.3, 1)]
)
def test_theory_balances_bias_and_variance(n: float, noise: float, roughness: float) -> None:
    assert theoretical_w(n, noise, roughness) == pytest.approx(
        balance(n, noise, roughness), rel=1e-5
    )


def test_theory_has_its_exponents() -> None:
    start = theoretical_w(50, 0.5, 2.0)
    assert theoretical_w(100, 0.5, 2.0) == pytest.approx(start * 2**0.2, rel=1e-12)
    assert theoretical_w(50, 1.0, 2.0) == pytest.approx(start * 2**-0.4, rel=1e-12)
    assert theoretical_w(50, 0.5, 4.0) == pytest.approx(start * 2**0.8, rel=1e-12)


# What is refused ----------------------------------------------------------------------------------

TASKS = make_tasks(2, 3)
W, LOSSES = grid(count=5), torch.ones(2, 5, dtype=torch.float64)
NAN = float("nan")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        *[
            (lambda name=name: make_tasks(**{name: 0}), ValueError, f"{name} must be at least 1")
            for name in ("n_tasks", "n_context", "n_queries")
        ],
        *[
            (lambda name=name: make_tasks(**{name: 2.5}), TypeError, f"{name} must be an integer")
            for name in ("n_tasks", "n_context", "n_queries", "seed")
        ],
        (lambda: make_tasks(noise=-0.1), ValueError, "noise must be at least 0"),
        (lambda: make_tasks(noise=NAN), ValueError, "noise must be finite"),
        (lambda: make_tasks(roughness=0.0), ValueError, "roughness must be above 0"),
        (lambda: make_tasks(seed=-1), ValueError, "seed must be "),
        (lambda: make_tasks(seed=2**32), ValueError, "seed must be "),
        (lambda: make_tasks(margin=-1.0), ValueError, "margin must be at least 0"),
        (lambda: make_tasks(margin=2.5), ValueError, r"margin must be below 2\.5, got 2\.5"),
        (lambda: context_losses(W, W), TypeError, "tasks must be Tasks, got Tensor"),
        (lambda: context_losses(TASKS, 1.0), TypeError, "w must be "),
        (lambda: context_losses(TASKS, W[None]), ValueError, "w must "),
        (lambda: context_losses(TASKS, W, against="y"), ValueError, "against must be "),
        (lambda: learn_over_tasks(None), TypeError, "tasks must be Tasks, got NoneType"),
        (lambda: learn_over_tasks(TASKS, 0.0), ValueError, "w must be above 0"),
        (lambda: learn_over_tasks(TASKS, steps=-1), ValueError, "steps must be at least 0"),
        (lambda: learn_over_tasks(TASKS, steps=1.5), TypeError, "steps must be an integer"),
        (lambda: learn_over_tasks(TASKS, lr=0.0), ValueError, "lr must be above 0"),
        (lambda: best_w([1.0], LOSSES), TypeError, "w must be "),
        (lambda: best_w(W, [1.0]), TypeError, "losses must be "),
        (lambda: best_w(W.float(), LOSSES), TypeError, "w"),
        (lambda: best_w(W[:2], LOSSES[:, :2]), ValueError, "losses must have a last dimension"),
        (lambda: best_w(W, LOSSES[:, :4]), ValueError, "losses must have a last dimension"),
        (lambda: best_w(W - W[0], LOSSES), ValueError, "w must be above 0 everywhere, got 0"),
        (lambda: best_w(W.flip(0), LOSSES), ValueError, "w must ascend by one ratio"),
        (lambda: best_w(torch.ones(5).double(), LOSSES), ValueError, "w must ascend by one ratio"),
        (lambda: best_w(W + 1, LOSSES), ValueError, "w must ascend by one ratio"),
        (lambda: bootstrap_best_w(W, LOSSES[0]), ValueError, "losses must "),
        (lambda: bootstrap_best_w(W, LOSSES, 0), ValueError, "n_resamples must be at least 1"),
        (lambda: bootstrap_best_w(W, LOSSES, seed=-1), ValueError, "seed must be "),
        (lambda: theoretical_w(0, 1, 1), ValueError, "n_context must be above 0"),
        (lambda: theoretical_w(1, 0, 1), ValueError, "noise must be above 0"),
        (lambda: theoretical_w(1, 1, 0), ValueError, "roughness must be above 0"),
        (lambda: theoretical_w("1", 1, 1), TypeError, "n_context must be "),
    ],
)
def test_what_is_not_as_described_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        call()
