"""The explorer of learning in context: one w, learned over many tasks, answers new ones."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import ipywidgets as widgets
import matplotlib as mpl
import torch
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from torch import Tensor

from nwcore._checks import check_integer, check_number
from nwcore.draws import MAX_SEED
from nwcore.explorers._base import Explorer, Number, Whole
from nwcore.explorers._below import Buttons, Part, Readouts, Sentence
from nwcore.metrics import rmse
from nwcore.plotting import COLOURS, STYLE, Picture
from nwcore.pooling import attention_pooling
from nwcore.tasks import (
    MARGIN,
    X_MAX,
    Tasks,
    best_w,
    context_losses,
    learn_over_tasks,
    make_tasks,
    theoretical_w,
)
from nwcore.training import FitHistory
from nwcore.words import number, word

# Tasks that are trained on; those shown come after them in the list of their seed.
TRAINING_TASKS = 200
N_QUERIES = 8
START, RATE = 1.0, 0.1
PER_UNIT = 20  # places where curves are drawn
N_LIMITS, W_LIMITS, MOST = (10, 400), (0.01, 1000.0), 20  # of earlier trainings


@dataclass(frozen=True)
class ContextResult:
    """What is on screen, in float64.

    Attributes
    ----------
    x, y : Tensor, shape (n_context,)
        The context of the task shown.
    places : Tensor, shape (101,)
        Evenly from 0 to 5.
    truth, predictions, best_predictions : Tensor, shape (101,)
        The task's curve, and what the learned w and the best one make of it.
    history : FitHistory
        Training from w = 1, as far as it went.
    w, best, theory : float
        The inverse bandwidth learned, the one with the least error on this task, and what theory
        gives the family shown.
    error, least_error : float
        Root mean squared errors of the two predictions on [1, 4], where training asks, too.
    """

    x: Tensor
    y: Tensor
    places: Tensor
    truth: Tensor
    predictions: Tensor
    best_predictions: Tensor
    history: FitHistory
    w: float
    best: float
    theory: float
    error: float
    least_error: float


class Earlier(traitlets.List[Any]):
    """Trainings before the present one: a list of [n, w]."""

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True)

    def validate(self, obj: Any, value: Any) -> list[list[float]]:
        trainings: list[Any] = super().validate(obj, value) or []
        try:
            if any(not isinstance(each, list | tuple) or len(each) != 2 for each in trainings):
                raise ValueError("earlier must hold [n, w] for each training")
            if len(trainings) > MOST:
                raise ValueError(f"earlier must hold at most {MOST}, got {len(trainings)}")
            return [
                [
                    check_integer("n in earlier", n, low=N_LIMITS[0], high=N_LIMITS[1]),
                    check_number("w in earlier", w, low=W_LIMITS[0], high=W_LIMITS[1]),
                ]
                for n, w in trainings
            ]
        except (TypeError, ValueError) as wrong:
            raise traitlets.TraitError(str(wrong)) from None


class ContextExplorer(Explorer):
    """One w is learned over many tasks of a family, kept, and asked about tasks it never saw.

    Parameters are those of every `Explorer`.

    Attributes
    ----------
    n_context : int
        Examples in the context of each task of the family shown, 10 to 400.
    noise : float
        Their noise, 0.05 to 1.5.
    roughness : float
        Of the family's curves, in radians per unit of x, 0.5 to 5.
    task : int
        Which task is shown, 0 to 99: none of them is trained on.
    seed : int
        Of the tasks shown, as for `make_tasks`.
    steps : int
        Steps of training done, 0 to 120; without any, w is 1.
    trained_n, trained_noise, trained_roughness, trained_seed
        The family that was trained on, which the sliders do not change.
    earlier : list of [int, float]
        The number of examples and the w of trainings before, which stay in the picture; at most 20.
    result : ContextResult
        The numbers on screen now.
    """

    canvas_heights = (388, 536)
    name = traitlets.Unicode("context").tag(sync=True)
    steady = ("noise", "roughness")
    n_context = Whole(50, *N_LIMITS)
    noise = Number(0.5, 0.05, 1.5)
    roughness = Number(2.0, 0.5, 5.0)
    task = Whole(0, 0, 99)
    seed = Whole(0, 0, MAX_SEED)
    steps = Whole(0, 0, 120)
    trained_n = Whole(50, *N_LIMITS)
    trained_noise = Number(0.5, 0.05, 1.5)
    trained_roughness = Number(2.0, 0.5, 5.0)
    trained_seed = Whole(0, 0, MAX_SEED)
    earlier = Earlier()

    @classmethod
    def _below(cls, state: Mapping[str, Any]) -> list[Part]:
        words = state["words"]
        here = words["context_untrained" if state["steps"] == 0 else "context_too_narrow"]
        return [
            Sentence(here),
            Readouts(("learned_w", "theory_w", "task_w", "frozen_error", "least_error")),
            Buttons(("do_train", "another_task", "do_forget", "start_over", "undo", "redo")),
        ]

    @property
    def result(self) -> ContextResult:
        """The numbers on screen, computed here by `nwcore`."""
        places = torch.arange(round(X_MAX * PER_UNIT) + 1, dtype=torch.float64) / PER_UNIT
        asked = (places >= MARGIN) & (places <= X_MAX - MARGIN)
        shown = self._shown()
        truth = shown.true_curves(places)[0]
        known = truth[None, asked]
        one = replace(shown, queries=places[None, asked], targets=known, truth=known)
        grid = torch.logspace(-1, 2, 61, dtype=torch.float64)
        best = float(best_w(grid, context_losses(one, grid, against="truth"))[0])
        history = self._training()
        x, y = shown.x[0], shown.y[0]
        predictions, best_predictions = (
            attention_pooling(places, x, y, w) for w in (history.w[-1], best)
        )
        return ContextResult(
            x,
            y,
            places,
            truth,
            predictions,
            best_predictions,
            history,
            w=history.w[-1],
            best=best,
            theory=theoretical_w(self.n_context, self.noise, self.roughness),
            error=rmse(predictions[asked], truth[asked]),
            least_error=rmse(best_predictions[asked], truth[asked]),
        )

    def _shown(self) -> Tasks:
        """The task shown, alone."""
        place = TRAINING_TASKS + self.task
        family = make_tasks(place + 1, self.n_context, self.noise, self.roughness, self.seed)
        return Tasks(**{part.name: getattr(family, part.name)[place:] for part in fields(Tasks)})

    def _training(self) -> FitHistory:
        tasks = make_tasks(
            TRAINING_TASKS,
            self.trained_n,
            self.trained_noise,
            self.trained_roughness,
            self.trained_seed,
            n_queries=N_QUERIES,
        )
        return learn_over_tasks(tasks, START, steps=self.steps, lr=RATE)

    def _make_controls(self) -> dict[str, widgets.Widget]:
        return {
            "noise": self._slider("noise"),
            "roughness": self._slider("roughness", log=True),
            "n_context": self._slider("n_context"),
            "task": self._slider("task"),
            "seed": self._number_box("seed"),
        }

    def static_fallback(self) -> Picture:
        """Draw the present state as a picture that needs no browser."""
        result = self.result
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(9.4, 3.9))
            task, family = figure.subplots(1, 2)
            self._draw_task(task, result)
            self._draw_family(family, result)
        alt = self.words["context_alt"].format(
            task=self.task,
            n=self.n_context,
            noise=number(self.noise, 2),
            roughness=number(self.roughness, 2),
            steps=self.steps,
            w=number(result.w, 2),
            error=number(result.error, 3),
            best=number(result.best, 2),
            least=number(result.least_error, 3),
            theory=number(result.theory, 2),
        )
        return Picture(figure, alt)

    def _draw_task(self, axes: Axes, result: ContextResult) -> None:
        axes.scatter(
            result.x,
            result.y,
            s=28,
            color=COLOURS["point"],
            alpha=0.4,
            linewidth=0,
            label=self.words["in_context"],
        )
        for curve, colour, dash, name in (
            (result.truth, "truth", "-", word("truth")),
            (result.best_predictions, "accent", ":", self.words["task_w"]),
            (result.predictions, "pred", "--", self.words["frozen_model"]),
        ):
            axes.plot(result.places, curve, color=COLOURS[colour], linestyle=dash, label=name)
        axes.set(xlim=(0, X_MAX), xlabel=word("x"), ylabel=word("y"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 0)))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    def _draw_family(self, axes: Axes, result: ContextResult) -> None:
        ends = [theoretical_w(n, self.noise, self.roughness) for n in N_LIMITS]
        axes.loglog(N_LIMITS, ends, color=COLOURS["truth"], label=self.words["theory_w"])
        n = self.trained_n if self.steps else self.n_context
        dots: dict[str, Any] = {"color": COLOURS["pred"], "marker": "o"}
        path = result.history.w
        axes.plot([n] * len(path), path, linewidth=1.2, markersize=4, markevery=[0], **dots)
        name = self.words["learned_w"]
        axes.plot([n], [result.w], linestyle="none", markersize=8, label=name, **dots)
        if self.earlier:
            ns, ws = zip(*self.earlier, strict=True)
            name = self.words["earlier"]
            axes.plot(ns, ws, linestyle="none", markersize=8, alpha=0.4, label=name, **dots)
        axes.set(xlim=(9, 445), ylim=(0.4, 60), xlabel=self.words["n_context"], ylabel="w")
        axes.minorticks_off()
        for axis, ticks in (
            (axes.xaxis, (10, 20, 50, 100, 200, 400)),
            (axes.yaxis, (0.5, 1, 2, 5, 10, 20, 50)),
        ):
            labels = [number(tick, 1 if tick < 1 else 0) for tick in ticks]
            axis.set_ticks(ticks, labels)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
