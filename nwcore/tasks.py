"""Many regression problems of one family, and the one inverse bandwidth that answers them all."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore import draws
from nwcore._checks import (
    check_choice,
    check_float_tensor,
    check_integer,
    check_number,
    check_same_dtype,
)
from nwcore.pooling import attention_pooling
from nwcore.training import FitHistory

X_MAX = 5.0
N_WAVES = 4
# A task's queries lie this far from the ends, or else half their neighbours would be missing.
MARGIN = 1.0
_INPUTS, _DEVIATIONS, _QUERIES, _PHASES, _SPEEDS, _TARGETS = range(30, 36)
_RESAMPLES = 36  # streams of draws, this one and those before it


@dataclass(frozen=True)
class Tasks:
    """t regression problems, each with n examples in context and q queries, float64.

    Attributes
    ----------
    x, y : Tensor, shape (t, n)
        The context: inputs in ascending order, and their noisy outputs.
    queries : Tensor, shape (t, q)
    targets : Tensor, shape (t, q)
        Noisy outputs at the queries: what training is told.
    truth : Tensor, shape (t, q)
        Their noise-free part.
    speeds, phases : Tensor, shape (t, 4)
        Of the waves that each task's curve is the sum of, in radians per unit of x and in radians.
    """

    x: Tensor
    y: Tensor
    queries: Tensor
    targets: Tensor
    truth: Tensor
    speeds: Tensor
    phases: Tensor

    def true_curves(self, x: Tensor) -> Tensor:
        """The noise-free curves.

        Parameters
        ----------
        x : Tensor, shape (m,), or (t, m) for inputs of each task's own

        Returns
        -------
        Tensor, shape (t, m)
        """
        return _curves(self.speeds, self.phases, x)


def make_tasks(
    n_tasks: int = 500,
    n_context: int = 50,
    noise: float = 0.5,
    roughness: float = 2.0,
    seed: int = 0,
    *,
    n_queries: int = 8,
    margin: float = MARGIN,
) -> Tasks:
    """Draw regression problems: each a curve of four waves, seen at random places with noise.

    f(x) = √½ Σⱼ sin(roughness · cⱼ x + φⱼ), j = 1 … 4, cⱼ uniform on [½, 1½), φⱼ on [0, 2π): the
    curves of every family have variance 1; twice the roughness squeezes them to half their width.
    Inputs are uniform on [0, 5), queries on [margin, 5 - margin).

    One seed stands for one endless list of tasks. `noise` scales the same deviations, `roughness`
    squeezes the same curves.

    Parameters
    ----------
    n_tasks, n_context, n_queries : int
        At least 1.
    noise : float
        Standard deviation of the noise, in units of y, at least 0.
    roughness : float
        In radians per unit of x, above 0.
    seed : int
        In [0, 2**32).
    margin : float
        How far queries stay from the ends, in units of x, at least 0 and below 2.5.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    """
    t = check_integer("n_tasks", n_tasks, low=1)
    n = check_integer("n_context", n_context, low=1)
    q = check_integer("n_queries", n_queries, low=1)
    noise = check_number("noise", noise, low=0.0)
    roughness = check_number("roughness", roughness, low=0.0, strict=True)
    seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
    margin = check_number("margin", margin, low=0.0)
    if margin >= X_MAX / 2:
        raise ValueError(f"margin must be below {X_MAX / 2:g}, got {margin:g}")

    def uniform(stream: int, count: int) -> Tensor:
        return torch.from_numpy(draws.uniform(seed, stream, t * count)).reshape(t, count)

    def normal(stream: int, count: int) -> Tensor:
        return torch.from_numpy(draws.normal(seed, stream, t * count)).reshape(t, count)

    speeds = roughness * (0.5 + uniform(_SPEEDS, N_WAVES))  # (t, 4)
    phases = 2 * math.pi * uniform(_PHASES, N_WAVES)

    x = X_MAX * uniform(_INPUTS, n).sort(-1).values
    queries = margin + (X_MAX - 2 * margin) * uniform(_QUERIES, q)
    at_queries = _curves(speeds, phases, queries)
    return Tasks(
        x=x,
        y=_curves(speeds, phases, x) + noise * normal(_DEVIATIONS, n),
        queries=queries,
        targets=at_queries + noise * normal(_TARGETS, q),
        truth=at_queries,
        speeds=speeds,
        phases=phases,
    )


def _curves(speeds: Tensor, phases: Tensor, x: Tensor) -> Tensor:
    angles = speeds[:, None] * x[..., None] + phases[:, None]  # (t, m, 4)
    return math.sqrt(2 / N_WAVES) * angles.sin().sum(-1)


def context_losses(tasks: Tasks, w: Tensor, *, against: str = "targets") -> Tensor:
    """Mean squared error over each task's queries, for each inverse bandwidth.

    Parameters
    ----------
    tasks : Tasks
    w : Tensor, shape (g,), float64
        Inverse bandwidths of a Gaussian kernel, in units of 1/x. Gradients flow to them.
    against : {"targets", "truth"}

    Returns
    -------
    Tensor, shape (t, g)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    """
    if not isinstance(tasks, Tasks):
        raise TypeError(f"tasks must be Tasks, got {type(tasks).__name__}")
    check_float_tensor("w", w, ndims=(1,))
    check_choice("against", against, ("targets", "truth"))
    wanted = tasks.targets if against == "targets" else tasks.truth  # (t, q)
    errors = []
    for each in w:
        predictions = attention_pooling(tasks.queries[..., None], tasks.x[..., None], tasks.y, each)
        errors.append((predictions - wanted).square().mean(1))
    return torch.stack(errors, 1)


def learn_over_tasks(
    tasks: Tasks, w: float = 1.0, *, steps: int = 120, lr: float = 0.1
) -> FitHistory:
    """Train one w on all tasks at once, by Adam on the logarithm of w.

    Parameters
    ----------
    tasks : Tasks
    w : float
        The start, above 0, in units of 1/x.
    steps : int
        At least 0.
    lr : float
        Adam's learning rate, above 0: about how far log w moves in a step.

    Returns
    -------
    FitHistory
        `losses` are means of squared errors over tasks and queries, against the noisy targets.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    FloatingPointError
        If the loss stops being finite, or w leaves the numbers a computer can hold.
    """
    if not isinstance(tasks, Tasks):
        raise TypeError(f"tasks must be Tasks, got {type(tasks).__name__}")
    w = check_number("w", w, low=0.0, strict=True)
    steps = check_integer("steps", steps, low=0)
    lr = check_number("lr", lr, low=0.0, strict=True)
    log_w = torch.tensor([math.log(w)], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([log_w], lr=lr)
    losses, path = [], [w]
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = context_losses(tasks, log_w.exp()).mean()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"training diverged in step {step} of {steps}; lr = {lr:g}")
        if step < steps:
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            path.append(float(log_w.detach().exp()))
            if not 0 < path[-1] < math.inf:
                raise FloatingPointError(
                    f"training diverged in step {step + 1} of {steps}; lr = {lr:g}"
                )
    return FitHistory(losses=tuple(losses), w=tuple(path))


def best_w(w: Tensor, losses: Tensor) -> Tensor:
    """Where curves of a loss over log w are least: the lowest place, and a parabola beside it.

    Parameters
    ----------
    w : Tensor, shape (g,)
        Inverse bandwidths in ascending order, evenly spaced in their logarithms, at least three.
    losses : Tensor, shape (..., g)

    Returns
    -------
    Tensor, shape (...)
        Between the neighbours of the lowest place; an end of `w` where a curve is least there.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    """
    check_float_tensor("w", w, ndims=(1,))
    check_float_tensor("losses", losses)
    check_same_dtype(w=w, losses=losses)
    if len(w) < 3 or losses.shape[-1] != len(w):
        raise ValueError(
            "losses must have a last dimension as long as w, at least 3, got "
            f"{tuple(losses.shape)} and {tuple(w.shape)}"
        )
    if bool((w <= 0).any()):
        raise ValueError(f"w must be above 0 everywhere, got {float(w.min()):g}")
    log_w = w.log()
    step = (log_w[-1] - log_w[0]) / (len(w) - 1)
    if not torch.allclose(log_w.diff(), step.expand(len(w) - 1), rtol=1e-4) or bool(step <= 0):
        raise ValueError("w must ascend by one ratio, as torch.logspace gives it")
    lowest = losses.argmin(-1)
    inside = lowest.clamp(1, len(w) - 2)
    before, here, after = (
        losses.gather(-1, (inside + shift)[..., None])[..., 0] for shift in (-1, 0, 1)
    )
    bend = before - 2 * here + after
    shift = torch.where(bend > 0, (before - after) / (2 * bend), 0)
    turned = (log_w[inside] + step * shift).exp()
    return torch.where(lowest == inside, turned, w[lowest])


def bootstrap_best_w(w: Tensor, losses: Tensor, n_resamples: int = 1000, seed: int = 0) -> Tensor:
    """The best w of tasks drawn again, with replacement, from those at hand.

    Parameters
    ----------
    w : Tensor, shape (g,)
        As for `best_w`.
    losses : Tensor, shape (t, g)
        Of each task.
    n_resamples : int
        At least 1.
    seed : int
        In [0, 2**32).

    Returns
    -------
    Tensor, shape (n_resamples,)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Efron (1979), bootstrap methods.
    """
    check_float_tensor("losses", losses, ndims=(2,))
    n_resamples = check_integer("n_resamples", n_resamples, low=1)
    t = len(losses)
    drawn = torch.from_numpy(draws.uniform(seed, _RESAMPLES, n_resamples * t))
    chosen = (t * drawn).long().reshape(n_resamples, t)
    # How often each task was drawn times its losses, instead of a copy for each draw.
    counts = torch.zeros(n_resamples, t, dtype=losses.dtype)
    counts.scatter_add_(1, chosen, torch.ones_like(chosen, dtype=losses.dtype))
    return best_w(w, counts @ losses / t)


def theoretical_w(n_context: float, noise: float, roughness: float) -> float:
    """The w that balances bias and variance in the family of `make_tasks`, for many examples.

    In the interior, inputs with density 1/5 give a bias of ½h² f'' and a variance of
    5 noise² R / (n h), with R = ∫K² = 1/(2√π); the mean of f''² over the family is
    roughness⁴ · E c⁴. Their sum is least at h⁵ = 5 noise² R / (n · roughness⁴ · E c⁴).

    Parameters
    ----------
    n_context, noise, roughness : float
        Above 0, as for `make_tasks`.

    Returns
    -------
    float
        1/h, in units of 1/x.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Wand and Jones (1995), section 5.4, for local constants on evenly spread inputs.
    """
    n = check_number("n_context", n_context, low=0.0, strict=True)
    noise = check_number("noise", noise, low=0.0, strict=True)
    roughness = check_number("roughness", roughness, low=0.0, strict=True)
    fourth_moment = (1.5**5 - 0.5**5) / 5  # of c, uniform on [1/2, 3/2)
    density, roundness = 1 / X_MAX, 1 / (2 * math.sqrt(math.pi))
    w: float = (n * density * roughness**4 * fourth_moment / (noise**2 * roundness)) ** 0.2
    return w
