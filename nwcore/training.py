"""Train the inverse bandwidth w by gradient descent on the leave-one-out loss."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore._checks import (
    check_float_tensor,
    check_integer,
    check_number,
    check_training_pairs,
)
from nwcore.kernels import get_kernel
from nwcore.model import NWKernelRegression
from nwcore.pooling import leave_one_out_loss

OnEpoch = Callable[[int, float, float], None]


@dataclass(frozen=True)
class FitHistory:
    """What training did: entry e of both tuples is the state after e epochs, entry 0 the start.

    Attributes
    ----------
    losses : tuple of float, length epochs + 1
        Sum of squared leave-one-out errors **of the w beside it**, the last one included.
    w : tuple of float, length epochs + 1
        The parameter, an inverse bandwidth, in units of 1/x, sign and all.
    """

    losses: tuple[float, ...]
    w: tuple[float, ...]


def fit(
    model: NWKernelRegression,
    x_train: Tensor,
    y_train: Tensor,
    lr: float = 0.5,
    epochs: int = 5,
    on_epoch: OnEpoch | None = None,
) -> FitHistory:
    """Fit `model.w` by plain gradient descent (SGD on the full batch), in place.

    The loss is `nwcore.leave_one_out_loss` with the model's kernel: every training input attends to
    all training pairs except itself, and squared errors are summed. An epoch takes the time and
    memory of one such loss with its derivative, which grow with n, not with n². No attention
    weights are made; call the model for those.

    Parameters
    ----------
    model : NWKernelRegression
        With one number for `w`, and any kernel but "boxcar" and "constant", whose loss has no
        derivative in w but 0.
    x_train, y_train : Tensor, shape (n,)
        At least two pairs, in the model's dtype.
    lr : float
        Learning rate, above 0, in units of 1/(x² y²): a step is −lr · dloss/dw.
    epochs : int
        Number of steps, at least 1.
    on_epoch : callable, optional
        Called as ``on_epoch(epoch, loss, w)`` for the start (epoch 0) and after every epoch.

    Returns
    -------
    FitHistory

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, a tensor is not on the CPU, or a compact kernel leaves
        a training input without any other in reach already at the start.
    FloatingPointError
        If the loss or `w` stops being finite, or a step takes `w` to where a compact kernel leaves
        a training input without any other; the model is put back to its start first.
    """
    if not isinstance(model, NWKernelRegression):
        raise TypeError(f"model must be an NWKernelRegression, got {type(model).__name__}")
    if get_kernel(model.kernel).flat:
        raise ValueError(
            f"model.kernel must not be flat, got {model.kernel!r}: its loss has the derivative 0 "
            f"wherever it has one"
        )
    check_float_tensor("model.w", model.w)
    if model.w.numel() != 1:
        raise ValueError(f"model.w must be one number, got shape {tuple(model.w.shape)}")
    lr = check_number("lr", lr, low=0.0, strict=True)
    epochs = check_integer("epochs", epochs, low=1)
    check_training_pairs(x_train, y_train)
    if model.w.dtype != x_train.dtype:
        raise TypeError(
            f"model and x_train must have the same dtype, got {model.w.dtype} and {x_train.dtype}"
        )
    x, y = x_train.detach(), y_train.detach()
    start = model.w.detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses: list[float] = []
    history: list[float] = []
    for epoch in range(epochs + 1):
        w = float(model.w.detach())
        with torch.enable_grad():
            loss, reason = _loss_at(model, x, y, first=epoch == 0)
        if loss is None:
            with torch.no_grad():
                model.w.copy_(start)
            raise FloatingPointError(
                f"training diverged in epoch {epoch} of {epochs} with lr={lr:g}: {reason}; use a "
                f"smaller lr (w was put back to {float(start):g})"
            )
        losses.append(float(loss.detach()))
        history.append(w)
        if on_epoch is not None:
            on_epoch(epoch, losses[-1], w)
        if epoch < epochs:
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return FitHistory(losses=tuple(losses), w=tuple(history))


def _loss_at(
    model: NWKernelRegression, x: Tensor, y: Tensor, *, first: bool
) -> tuple[Tensor | None, str]:
    """The loss at the model's w; or None, and why there is none."""
    w = float(model.w.detach())
    if math.isfinite(w):
        try:
            # As a number and not a vector of one, for which the loss takes fewer steps.
            return leave_one_out_loss(x, y, model.w.reshape(()), model.kernel), ""
        except ValueError as error:
            # All arguments are checked but whether w keeps another input in reach of each.
            if first:
                raise
            return None, str(error)
    return None, f"w = {w:g} has no finite loss"
