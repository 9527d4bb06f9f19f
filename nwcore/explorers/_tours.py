"""Guided tours: steps that bring an explorer into a state each, and say what is seen in it.

The view shows them, `js/shell/tour.js`. Their texts are in ``nwcore/locale``, under
``[tours.EXPLORER]``; a number in a text is a field in braces, which the view reads off the picture,
and what a text claims in words is a claim about its state in ``tests/tour_claims.py``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import traitlets

from nwcore.words import tour_word


@dataclass(frozen=True)
class Step:
    """One step of a tour.

    Attributes
    ----------
    name : str
        Its key among the words of its explorer's tour.
    changes : dict of str to value
        Traits that are not as in the base of the tour.
    marks : tuple of str
        What it is about, and is marked: "control TRAIT", "number READOUT" or "part BOX", where
        BOX is a part of the picture by its name in the view's layout.
    """

    name: str
    changes: dict[str, Any]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Tour:
    """The tour of an explorer.

    Attributes
    ----------
    digits : dict of str to int
        The fields that its texts name, with the digits after the decimal mark.
    steps : tuple of Step
    base : dict of str to value
        Traits that are not as in a new explorer.
    """

    digits: dict[str, int]
    steps: tuple[Step, ...]
    base: dict[str, Any] = field(default_factory=dict)

    @property
    def controls(self) -> set[str]:
        """Those that it marks: an explorer that lacks one has no tour."""
        marks = (mark.split() for step in self.steps for mark in step.marks)
        return {name for kind, name in marks if kind == "control"}


TOURS: dict[str, Tour] = {
    "attention": Tour(
        base={"seed": 6, "w": 4.87, "pinned": True},
        digits={
            "n_train": 0,
            "w": 2,
            "at": 1,
            "attended": 0,
            "heaviest": 2,
            "prediction": 2,
            "truth": 2,
            "error": 3,
            "left_out": 3,
        },
        steps=(
            Step("points", {"w": 1.0, "pinned": False}, ("part plot",)),
            Step("query", {"w": 1.0}, ("part row", "part bars")),
            Step("wide", {"w": 0.1}, ("control w", "number attended")),
            Step("narrow", {"w": 100.0}, ("control w", "part plot")),
            Step("between", {}, ("number leave_one_out", "number error")),
            Step("edge", {"w": 1.5, "query": 0}, ("part plot", "part row")),
            Step("noise", {"noise": 1.5}, ("control noise", "number error")),
            Step("more", {"n_train": 200}, ("control n_train", "number attended")),
        ),
    ),
    "kernels": Tour(
        base={
            "seed": 6,
            "n_queries": 200,
            "query": 80,
            "pinned": True,
            "kernel_index": 3,
            "w": 2.0,
        },
        digits={
            "n_train": 0,
            "n_queries": 0,
            "missing": 0,
            "attended": 0,
            "w": 1,
            "heaviest": 2,
        },
        steps=(
            Step("constant", {"kernel_index": 4}, ("control kernel", "part bars")),
            Step("boxcar", {"kernel_index": 1}, ("control kernel", "part bars")),
            Step("triangular", {"kernel_index": 2}, ("control kernel", "part bars")),
            Step("parabola", {}, ("control kernel", "part plot")),
            Step("empty", {"w": 10.0}, ("control w", "part plot")),
            Step("gaussian", {"kernel_index": 0, "w": 10.0}, ("control kernel", "part bars")),
            Step("fair", {"kernel_index": 0, "w": 4.5}, ("control w", "number attended")),
        ),
    ),
    "training": Tour(
        base={"seed": 6, "lr": 0.1},
        digits={
            "n_train": 0,
            "steps": 0,
            "start": 1,
            "reached": 2,
            "best": 2,
            "loss": 2,
            "least": 2,
        },
        steps=(
            Step("landscape", {}, ("part loss",)),
            Step("slope", {"steps": 1}, ("control lr", "part loss")),
            Step("slower", {"steps": 10}, ("part loss",)),
            Step("leap", {"lr": 0.5, "steps": 1}, ("control lr", "part loss")),
            Step("copies", {"lr": 0.5, "steps": 5}, ("part plot", "part heat")),
            Step("crawl", {"lr": 0.5, "steps": 40}, ("part loss",)),
            Step("mean", {"reduction_index": 1, "steps": 10}, ("control reduction",)),
            Step("same", {"reduction_index": 1, "lr": 5.0, "steps": 10}, ("control lr",)),
        ),
    ),
    "metric": Tour(
        base={"q1": -0.5, "q2": 0.5},
        digits={
            "n_train": 0,
            "angle": 0,
            "steps": 0,
            "tilt": 1,
            "first": 1,
            "second": 1,
            "error": 2,
        },
        steps=(
            Step("plane", {"q1": 0.5, "q2": -0.5}, ("part plane",)),
            Step("circle", {}, ("part plane", "number test_error")),
            Step("stretch", {"steps": 20}, ("control steps", "part plane")),
            Step("turned", {"steps": 60}, ("number tilt", "number test_error")),
            Step("axes", {"steps": 60, "shape_index": 1}, ("control shape", "number test_error")),
            Step(
                "aligned",
                {"steps": 100, "shape_index": 1, "angle": 0},
                ("control angle", "number second_value"),
            ),
            Step("dot", {"steps": 60, "score_index": 1}, ("control score", "part plane")),
            Step("norm", {"steps": 60, "score_index": 2}, ("control score", "number test_error")),
        ),
    ),
    "context": Tour(
        base={"steps": 120},
        digits={
            "n_context": 0,
            "steps": 0,
            "learned": 1,
            "theory": 1,
            "best": 1,
            "error": 3,
            "least": 3,
        },
        steps=(
            Step("task", {"steps": 0}, ("part task",)),
            Step("train", {}, ("part family", "number learned_w")),
            Step("new", {"task": 3}, ("control task", "number frozen_error")),
            Step("unlucky", {"task": 11}, ("control task", "number task_w")),
            Step("noise", {"noise": 1.2}, ("control noise", "part family")),
            Step("rough", {"roughness": 4.5}, ("control roughness", "part task")),
            Step("many", {"n_context": 400}, ("control n_context", "part family")),
            Step("again", {"n_context": 400, "trained_n": 400}, ("part family",)),
        ),
    ),
    "risk": Tour(
        digits={"n_train": 0, "bias": 3, "variance": 3, "error": 3, "best": 1},
        steps=(
            Step("fits", {}, ("part fits",)),
            Step("wide", {"w": 1.0}, ("control w", "number squared_bias")),
            Step("narrow", {"w": 30.0}, ("control w", "number variance")),
            Step("least", {"w": 4.5}, ("part risk", "number best_w")),
            Step("quiet", {"w": 4.5, "noise": 0.1}, ("control noise", "part risk")),
            Step("more", {"w": 4.5, "n_train": 200}, ("control n_train", "part risk")),
            Step("line", {"w": 2.8, "degree_index": 1}, ("control degree", "part fits")),
        ),
    ),
}
"""The tour of each explorer by its name."""


def tour_of(
    explorer: traitlets.HasTraits, kind: str, shown: Collection[str], controls: Collection[str]
) -> dict[str, Any]:
    """What an explorer hands to its view, in the current language.

    Parameters
    ----------
    explorer : HasTraits
    kind : str
        Its name.
    shown : collection of str
        The traits that its picture shows.
    controls : collection of str
        The controls that it has.

    Returns
    -------
    dict
        "base", every trait; "steps", of each what it changes, marks and says; "digits" of what the
        texts name; "controls" that it needs. Empty for an explorer that has no tour or lacks a
        control that it needs.

    Raises
    ------
    ValueError
        For a step that sets what is no trait, or a value that its trait does not allow.
    """
    tour = TOURS.get(kind)
    if tour is None or not tour.controls <= set(controls):
        return {}
    traits = explorer.traits()
    _check(explorer, f"the base of the tour of {kind!r}", tour.base, shown)
    for step in tour.steps:
        _check(explorer, f"step {step.name!r} of the tour of {kind!r}", step.changes, shown)
    return {
        "base": {key: traits[key].default(explorer) for key in sorted(shown)} | tour.base,
        "steps": [
            {
                "changes": step.changes,
                "marks": list(step.marks),
                "text": tour_word(kind, step.name),
            }
            for step in tour.steps
        ],
        "digits": tour.digits,
        "controls": sorted(tour.controls),
    }


def _check(
    explorer: traitlets.HasTraits, whose: str, state: Mapping[str, Any], shown: Collection[str]
) -> None:
    for key, value in state.items():
        if key not in shown:
            raise ValueError(f"{whose} sets {key!r}, allowed: {', '.join(sorted(shown))}")
        trait: Any = explorer.traits()[key]
        try:
            trait.validate(explorer, value)
        except traitlets.TraitError as wrong:
            raise ValueError(f"{whose}: {wrong}") from None
