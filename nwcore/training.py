"""Train the width by gradient descent on the leave-one-out error."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore._checks import check_integer, check_number
from nwcore.model import NWKernelRegression
from nwcore.pooling import leave_one_out_pairs

OnEpoch = Callable[[int, float, float], None]


@dataclass(frozen=True)
class FitHistory:
    """What training did: entry e of both tuples is the state after e epochs, entry 0 the start.

    Attributes
    ----------
    losses : tuple of float, length epochs + 1
        Sum of squared leave-one-out errors **of the w beside it**, the last one included.
    w : tuple of float, length epochs + 1
        The parameter itself, sign and all.
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

    Every training input attends to all training pairs except itself; squared errors are summed.

    Parameters
    ----------
    model : NWKernelRegression
    x_train, y_train : Tensor, shape (n,)
        At least two pairs, in the model's dtype.
    lr : float
        Learning rate, above 0.
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
        If an argument is not as described.
    FloatingPointError
        If the loss or `w` stops being finite; the model is put back to its start first.
    """
    if not isinstance(model, NWKernelRegression):
        raise TypeError(f"model must be an NWKernelRegression, got {type(model).__name__}")
    lr = check_number("lr", lr, low=0.0, strict=True)
    epochs = check_integer("epochs", epochs, low=1)
    keys, values = leave_one_out_pairs(x_train, y_train)  # (n, n − 1) each
    if model.w.dtype != x_train.dtype:
        raise TypeError(
            f"model and x_train must have the same dtype, got {model.w.dtype} and {x_train.dtype}"
        )
    start = model.w.detach().clone()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses: list[float] = []
    widths: list[float] = []
    for epoch in range(epochs + 1):
        loss = torch.tensor(torch.inf)
        if bool(torch.isfinite(model.w).all()):
            loss = (model(x_train, keys, values) - y_train).square().sum()
        if not bool(torch.isfinite(loss)):
            diverged = float(model.w.detach())
            with torch.no_grad():
                model.w.copy_(start)
            raise FloatingPointError(
                f"training diverged: after {epoch} epochs with lr={lr:g}, w = {diverged:g} has no "
                f"finite loss; use a smaller lr (w was put back to {float(start):g})"
            )
        losses.append(float(loss.detach()))
        widths.append(float(model.w.detach()))
        if on_epoch is not None:
            on_epoch(epoch, losses[-1], widths[-1])
        if epoch < epochs:
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return FitHistory(losses=tuple(losses), w=tuple(widths))
