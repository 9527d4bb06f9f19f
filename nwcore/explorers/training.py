"""The explorer of training: gradient descent on the leave-one-out loss, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from nwcore.data import RegressionData, make_regression
from nwcore.draws import MAX_SEED
from nwcore.explorers._base import Explorer, Number, Whole, in_step
from nwcore.explorers._below import Buttons, Part, Sentence, Table
from nwcore.model import NWKernelRegression
from nwcore.plotting import STYLE, Picture, draw_loss_over_w, draw_regression
from nwcore.pooling import attention_pooling, attention_weights, leave_one_out_loss
from nwcore.training import FitHistory, fit
from nwcore.words import number

# What the sum of squared errors is multiplied by; "half" is what some frameworks call L2 loss.
REDUCTIONS = ("sum", "mean", "half")
ROWS = 5  # of the table of steps: the view shows no more


@dataclass(frozen=True)
class TrainingResult:
    """What is on screen, in float64.

    Attributes
    ----------
    data : RegressionData
    history : FitHistory
        The inverse bandwidth and the loss, as reduced, after every step; entry 0 is the start.
    weights : Tensor, shape (50, n_train)
        Attention of the test inputs at the last w.
    predictions : Tensor, shape (50,)
    """

    data: RegressionData
    history: FitHistory
    weights: Tensor
    predictions: Tensor


class TrainingExplorer(Explorer):
    """The leave-one-out loss over w, and the steps of gradient descent on it.

    Parameters are those of every `Explorer`.

    Attributes
    ----------
    start : float
        The inverse bandwidth before the first step, 0.01 to 100.
    lr : float
        Learning rate, 0.001 to 10.
    reduction : {"sum", "mean", "half"}
        How squared errors become a loss: their sum, their mean, or half their sum.
    steps : int
        Steps taken, 0 to 200.
    noise, n_train, seed
        The data, as for `make_regression`; n_train is 2 to 100.
    result : TrainingResult
        The numbers on screen now; `FloatingPointError` where training diverged.
    """

    canvas_heights = (438, 548)
    name = traitlets.Unicode("training").tag(sync=True)
    steady = ("start", "lr")
    start = Number(0.6, 0.01, 100.0)
    lr = Number(0.5, 0.001, 10.0)
    reduction = traitlets.Enum(REDUCTIONS, default_value="sum")
    reduction_index = Whole(0, 0, len(REDUCTIONS) - 1)
    steps = Whole(0, 0, 200)
    noise = Number(0.5, 0.0, 2.0)
    n_train = Whole(50, 2, 100)
    seed = Whole(0, 0, MAX_SEED)

    _name_chosen, _index_chosen = in_step("reduction")

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        words = state["words"]
        columns = ("step", "w", "loss_now", "gradient", "update")
        return [
            Buttons(("do_step", "do_run", "do_reset", "another", "start_over", "undo", "redo")),
            Table(
                tuple("w" if name == "w" else words[name] for name in columns),
                n_rows=min(ROWS, state["steps"] + 1),
            ),
            Sentence(f"{words['minimum_at']} = 0.00: 00.00."),
        ]

    @property
    def result(self) -> TrainingResult:
        """The numbers on screen, computed here by `nwcore`."""
        data = make_regression(self.n_train, self.noise, self.seed, dtype=torch.float64)
        model = NWKernelRegression(self.start, dtype=torch.float64)
        scale = self._scale()
        if self.steps:
            # A factor before the loss is a factor before the learning rate.
            summed = fit(model, data.x_train, data.y_train, lr=self.lr * scale, epochs=self.steps)
        else:
            loss = leave_one_out_loss(data.x_train, data.y_train, self.start)
            summed = FitHistory(losses=(float(loss),), w=(self.start,))
        history = FitHistory(losses=tuple(scale * loss for loss in summed.losses), w=summed.w)
        w = history.w[-1]
        return TrainingResult(
            data,
            history,
            weights=attention_weights(data.x_test, data.x_train, w),
            predictions=attention_pooling(data.x_test, data.x_train, data.y_train, w),
        )

    def _scale(self) -> float:
        return {"sum": 1.0, "mean": 1.0 / self.n_train, "half": 0.5}[self.reduction]

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "start": self._slider("start", log=True),
            "lr": self._slider("lr", log=True),
            "reduction": self._choice(widgets.ToggleButtons, "reduction"),
        }

    def static_fallback(self) -> Picture:
        """Draw the present state as a picture that needs no browser."""
        result = self.result
        grid = torch.logspace(-2, 2, 201, dtype=torch.float64)
        data = result.data
        losses = torch.stack([leave_one_out_loss(data.x_train, data.y_train, w) for w in grid])
        steps = list(zip(result.history.w, result.history.losses, strict=True))
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 3.6))
            landscape, curve = figure.subplots(1, 2)
            draw_loss_over_w(landscape, grid, self._scale() * losses, steps)
            draw_regression(curve, data, result.predictions)
        alt = self.words["training_alt"].format(
            steps=self.steps,
            lr=number(self.lr, 3),
            w_first=number(self.start, 2),
            w_last=number(abs(result.history.w[-1]), 2),
            loss=number(result.history.losses[-1], 3),
        )
        return Picture(figure, alt)
