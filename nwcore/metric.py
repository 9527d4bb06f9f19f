"""One direction that matters among several inputs, and the matrix w that finds it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore import draws
from nwcore._checks import (
    FLOAT_DTYPES,
    check_float_tensor,
    check_integer,
    check_number,
    check_same_dtype,
    check_training_pairs,
)
from nwcore.pooling import leave_one_out_loss

HALF_RANGE = 2.0  # inputs are uniform on [-2, 2)
N_TEST = 500
_INPUTS, _DEVIATIONS, _DIRECTION, _TEST_INPUTS = 20, 21, 22, 23  # streams of draws


@dataclass(frozen=True)
class SingleIndexData:
    """Training pairs and noise-free test pairs of a single-index model.

    Attributes
    ----------
    x_train : Tensor, shape (n_train, d)
    y_train : Tensor, shape (n_train,)
    x_test : Tensor, shape (500, d)
    y_test : Tensor, shape (500,)
        The noise-free truth.
    direction : Tensor, shape (d,)
        The unit vector u of which alone the truth depends.
    """

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    direction: Tensor


@dataclass(frozen=True)
class MetricHistory:
    """What training did: entry s of both is the state after s steps, entry 0 the start.

    Attributes
    ----------
    losses : tuple of float, length steps + 1
        Sum of squared leave-one-out errors of the w beside it.
    w : Tensor, shape (steps + 1, ...)
        Each of the shape of the start.
    """

    losses: tuple[float, ...]
    w: Tensor


def make_single_index(
    n_train: int = 200,
    n_inputs: int = 5,
    noise: float = 0.3,
    seed: int = 0,
    *,
    direction: Tensor | None = None,
    dtype: torch.dtype = torch.float64,
) -> SingleIndexData:
    """Draw y = 2 sin(3/2 · u·x) + ε: of all inputs, one direction u matters.

    Inputs are uniform on [-2, 2) in each coordinate, ε ~ N(0, noise²). One seed stands for one
    endless list of points, of which `n_train` takes the first; `noise` scales the same deviations.

    Parameters
    ----------
    n_train, n_inputs : int
        Numbers of training pairs and of coordinates, at least 1.
    noise : float
        Standard deviation of the noise, in units of y, at least 0.
    seed : int
        In [0, 2**32).
    direction : Tensor, shape (n_inputs,), optional
        Not 0; of any length, since only where it points is taken. By default it is drawn, every
        direction as probable as any other.
    dtype : torch.dtype
        torch.float32 or torch.float64. Points are drawn in float64 and rounded last.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Ichimura (1993) on regression with a single index.
    """
    n_train = check_integer("n_train", n_train, low=1)
    n_inputs = check_integer("n_inputs", n_inputs, low=1)
    noise = check_number("noise", noise, low=0.0)
    seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
    if dtype not in FLOAT_DTYPES:
        raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")
    if direction is None:
        direction = torch.from_numpy(draws.normal(seed, _DIRECTION, n_inputs))
    else:
        direction = check_float_tensor("direction", direction, ndims=(1,)).double()
        if direction.shape != (n_inputs,) or not bool(direction.any()):
            raise ValueError(
                f"direction must have shape ({n_inputs},) and not be 0, got {direction.tolist()}"
            )
    unit = direction / direction.norm()

    def inputs(stream: int, n: int) -> Tensor:
        flat = HALF_RANGE * (2 * torch.from_numpy(draws.uniform(seed, stream, n * n_inputs)) - 1)
        return flat.reshape(n, n_inputs)

    def truth(x: Tensor) -> Tensor:
        return 2 * torch.sin(1.5 * (x @ unit))

    x_train, x_test = inputs(_INPUTS, n_train), inputs(_TEST_INPUTS, N_TEST)
    y_train = truth(x_train) + noise * torch.from_numpy(draws.normal(seed, _DEVIATIONS, n_train))
    parts = (x_train, y_train, x_test, truth(x_test), unit)
    if not bool(torch.isfinite(y_train.to(dtype)).all()):
        raise ValueError(f"noise must leave y_train finite in {dtype}, got {noise:g}")
    return SingleIndexData(*(part.to(dtype) for part in parts))


def learn_metric(
    x_train: Tensor, y_train: Tensor, w: Tensor, *, steps: int = 300, lr: float = 0.1
) -> MetricHistory:
    """Train w, a number, one for each axis, or a matrix, by Adam on the leave-one-out loss.

    The score is -½|w (x − xᵢ)|². Plain gradient descent, which `nwcore.fit` takes for one number,
    crawls along the valleys of a matrix; Adam gives every entry a step of its own.

    Parameters
    ----------
    x_train : Tensor, shape (n, d)
    y_train : Tensor, shape (n,)
    w : Tensor, shape (), (d,) or (r, d)
        The start. It is not changed.
    steps : int
        At least 0.
    lr : float
        Adam's learning rate, above 0: about how far an entry moves in a step, in units of w.

    Returns
    -------
    MetricHistory

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    FloatingPointError
        If the loss stops being finite.

    References
    ----------
    Kingma and Ba (2015), algorithm 1. Learning a matrix by leave-one-out: Weinberger and Tesauro
    (2007), metric learning for kernel regression.
    """
    check_training_pairs(x_train, y_train, points=True)
    w = check_float_tensor("w", w, ndims=(0, 1, 2))
    check_same_dtype(x_train=x_train, w=w)
    steps = check_integer("steps", steps, low=0)
    lr = check_number("lr", lr, low=0.0, strict=True)
    learned = w.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([learned], lr=lr)
    losses, path = [], [w.detach().clone()]
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = leave_one_out_loss(x_train, y_train, learned)
        if not math.isfinite(float(loss.detach())):
            raise FloatingPointError(f"training diverged in step {step} of {steps}; lr = {lr:g}")
        losses.append(float(loss.detach()))
        if step < steps:
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            path.append(learned.detach().clone())
    return MetricHistory(tuple(losses), torch.stack(path))
