"""Goals: what a reader may try to make an explorer show, and what shows that it is reached.

The view looks at them, `js/shell/goals.js`, by what its `measure` reads off the picture. Their
sentences are in ``nwcore/locale``, under ``[goals.EXPLORER]``; the bounds in them come from here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from nwcore.words import goal_word, number

Limits = tuple[float | None, float | None]


@dataclass(frozen=True)
class Goal:
    """One goal of an explorer.

    Attributes
    ----------
    name : str
        Its key among the words of its explorer.
    controls : tuple of str
        What a reader needs in order to reach it: an explorer that lacks one does not set it.
    where : dict of str to (float or None, float or None)
        The least and the most of fields that the view measures; both belong to it, and None is an
        open end. NaN is nowhere.
    given : dict of str to float
        Fields that must have this value.
    solution : dict of str to value
        Traits at which it is reached. Every other one is as on the page that shows most of the
        explorer.
    """

    name: str
    controls: tuple[str, ...]
    where: dict[str, Limits]
    given: dict[str, float]
    solution: dict[str, Any]

    @property
    def region(self) -> dict[str, Limits]:
        """The limits of all its fields; the values that a given field can have are 0.01 apart."""
        near = {field: (value - 0.005, value + 0.005) for field, value in self.given.items()}
        return self.where | near

    def said(self, explorer: str) -> str:
        """Its sentence in the current language, with every bound that it names."""
        bounds = {
            f"{field}_{end}": _written(value)
            for field, limits in self.where.items()
            for end, value in zip(("least", "most"), limits, strict=True)
            if value is not None
        }
        given = {field: _written(value) for field, value in self.given.items()}
        return goal_word(explorer, self.name).format(**bounds, **given)


def _written(value: float) -> str:
    return number(value, len(f"{value:g}".partition(".")[2]))


GOALS: dict[str, tuple[Goal, ...]] = {
    "attention": (
        Goal(
            "error",
            ("w", "n_train"),
            where={"error": (None, 0.1), "noise": (0.5, None)},
            given={"moved": 0},
            solution={"w": 4.7, "n_train": 200},
        ),
        Goal(
            "five",
            ("w",),
            where={"attended": (4.8, 5.2), "n_train": (50, None)},
            given={"at": 2},
            solution={"w": 5.4},
        ),
        Goal(
            "one",
            ("w",),
            where={"rise": (1, None), "way": (None, 1.2), "n_train": (50, None)},
            given={"moved": 1, "at": 2},
            solution={"w": 30.0, "moved": [[49, 2.18, 4.9]]},
        ),
    ),
    "kernels": (
        Goal(
            "gap",
            ("kernel", "w"),
            where={"missing": (1, None), "kernel_index": (None, 3), "n_train": (50, None)},
            given={},
            solution={"kernel_index": 1, "w": 10.0},
        ),
        Goal(
            "equal",
            ("kernel", "w"),
            where={"share": (0.99, None), "kernel_index": (None, 3), "n_train": (50, None)},
            given={"at": 2},
            solution={"kernel_index": 0, "w": 0.1},
        ),
        Goal(
            "boxcar",
            ("kernel", "w"),
            where={"error": (None, 0.14), "n_train": (None, 50), "noise": (0.5, None)},
            given={"kernel_index": 1, "moved": 0},
            solution={"kernel_index": 1, "w": 2.5},
        ),
    ),
    "training": (
        Goal(
            "few",
            ("start", "lr"),
            where={"above": (None, 1.02), "steps": (None, 3), "start": (None, 1)},
            given={},
            solution={"start": 0.6, "lr": 0.1, "steps": 3},
        ),
        Goal(
            "leap",
            ("start", "lr"),
            where={"jump": (2, None)},
            given={},
            solution={"start": 10.0, "lr": 10.0, "steps": 4},
        ),
        Goal(
            "stuck",
            ("start", "lr"),
            where={"above": (1.3, None)},
            given={"settled": 1},
            solution={"start": 50.0, "lr": 0.01, "steps": 2},
        ),
    ),
    "metric": (
        Goal(
            "turn",
            ("steps", "shape"),
            where={"tilt": (None, 3), "noise": (0.3, None)},
            given={"shape_index": 2},
            solution={"steps": 60},
        ),
        Goal(
            "axes",
            ("angle", "shape", "steps"),
            where={"error": (None, 0.15), "n_train": (None, 100), "noise": (0.3, None)},
            given={"shape_index": 1},
            solution={"angle": 0, "shape_index": 1, "steps": 100},
        ),
        Goal(
            "alone",
            ("mask",),
            where={},
            given={"alone": 1},
            solution={"mask_index": 2, "q1": -1.09, "q2": -0.94},
        ),
    ),
    "context": (
        Goal(
            "trained",
            ("noise", "roughness"),
            where={"ratio": (0.9, 1.1), "steps": (1, None)},
            given={},
            solution={"steps": 120},
        ),
        Goal(
            "wide",
            ("noise", "roughness"),
            where={"ratio": (None, 0.5), "steps": (20, None)},
            given={},
            solution={"steps": 20, "noise": 0.05},
        ),
        Goal(
            "unlucky",
            ("task",),
            where={"regret": (1.4, None), "ratio": (0.9, 1.1), "steps": (20, None)},
            given={},
            solution={"steps": 120, "task": 11},
        ),
    ),
    "risk": (
        Goal(
            "line",
            ("w", "degree"),
            where={"error": (None, 0.04), "n_train": (None, 50), "noise": (0.5, None)},
            given={"degree_index": 1},
            solution={"degree_index": 1, "w": 2.8},
        ),
        Goal(
            "copied",
            ("w", "degree"),
            where={"lean": (15, None), "noise": (None, 0.5)},
            given={"degree_index": 0},
            solution={"w": 12.0},
        ),
        Goal(
            "planed",
            ("w",),
            where={"lean": (None, 0.1), "n_train": (None, 50), "noise": (0.5, None)},
            given={},
            solution={"w": 1.0},
        ),
    ),
}
"""The goals of each explorer by its name, in the order in which they are set."""


def goals_of(explorer: str, controls: Collection[str]) -> list[list[Any]]:
    """What an explorer hands to its view, in the current language.

    Parameters
    ----------
    explorer : str
        Its name; one without goals has an empty list.
    controls : collection of str
        Those that it shows.

    Returns
    -------
    list of [str, str, dict, list]
        Name, sentence, limits and controls of each goal that can be reached with these controls.
    """
    return [
        [goal.name, goal.said(explorer), goal.region, list(goal.controls)]
        for goal in GOALS.get(explorer, ())
        if set(goal.controls) <= set(controls)
    ]
