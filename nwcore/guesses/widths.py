"""Values of `w` that a reader sets before the answer is shown."""

import math

import torch
from torch import Tensor

from nwcore.data import RegressionData
from nwcore.guesses._guess import WidthGuess
from nwcore.guesses.curves import SEED, book_data, pairs
from nwcore.model import NWKernelRegression
from nwcore.pooling import leave_one_out_loss
from nwcore.training import fit

FINE = 301  # values of w on which chapter 5 draws its landscape
EVERY = 5  # of them is one to set


def least_loss() -> WidthGuess:
    """The w of the least leave-one-out loss, for the fifty examples."""
    data = book_data()
    model = NWKernelRegression(seed=SEED, dtype=torch.float64)
    walked = fit(model, data.x_train, data.y_train, lr=0.5, epochs=5)
    return _landscape(data, {"trained": abs(walked.w[-1]), "plain": 1.0, "copying": 100.0}, 10)


def five_hundred() -> WidthGuess:
    """The same for five hundred examples."""
    few = _landscape(book_data(), {}, 10).best
    return _landscape(book_data(500), {"same": few, "tenfold": 10 * few}, 100)


def _landscape(data: RegressionData, ideas: dict[str, float], tidy: float) -> WidthGuess:
    """The least of the loss over w; the picture ends at multiples of `tidy`."""
    grid = torch.logspace(-1, 2, FINE, dtype=torch.float64)
    losses = torch.stack([leave_one_out_loss(data.x_train, data.y_train, w) for w in grid])
    lowest = int(losses.argmin())
    columns = grid[::EVERY]
    return WidthGuess(
        axes=("w", "loss"),
        columns=columns,
        logarithmic=True,
        limits=(0.0, tidy * math.ceil(float(losses.max()) / tidy)),
        digits=1,
        curve=pairs(columns, losses[::EVERY]),
        answer=_doublings(float(grid[lowest])),
        ideas={name: _doublings(w) for name, w in ideas.items()},
        close=0.5,
        parts={"w": (0, 0)},
        losses=losses[::EVERY],
        best=float(grid[lowest]),
        least=float(losses[lowest]),
    )


def _doublings(w: float) -> Tensor:
    """Log2 of w, shape (1,)."""
    return torch.tensor([math.log2(w)], dtype=torch.float64)
