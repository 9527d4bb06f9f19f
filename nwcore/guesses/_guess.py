"""A guess that is made before the answer is shown: how far off it is, and what that means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor

from nwcore._checks import check_integer, check_number
from nwcore.metrics import rmse

CLOSE, APART = "close", "apart"
NEAR = 0.6  # of the way from an idea to the answer: who has the idea draws no farther from it
LEAST = 4  # heights of a curve that must have been drawn; what is missing is joined


@dataclass(frozen=True)
class Score:
    """What is said of a guess.

    Attributes
    ----------
    gap : float
        Of a curve the root mean squared difference, in the unit of its axis; of a w
        |log2(w / best w)|, the number of doublings between the two.
    verdict : str
        "close", the name of an idea that leads to what was guessed, "apart", or a part of the curve
        with "-higher" or "-lower": where the guess is farthest off, and to which side.
    ratio : float
        Of a w its loss divided by the least one; of a curve 1.
    """

    gap: float
    verdict: str
    ratio: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Guess:
    """Something to guess, with what a picture of it shows.

    Attributes
    ----------
    axes : tuple of str
        What is along and what is up; "loss" is a word of `nwcore.words`, all else a symbol.
    columns : Tensor, shape (c,)
        The places along for which a height, or of which one, is guessed.
    logarithmic : bool
        Whether the axis along is.
    limits : tuple of float
        The least and the greatest height of the picture.
    digits : int
        Decimals with which a height is said.
    curve : Tensor, shape (m, 2)
        The answer as it is drawn.
    answer : Tensor, shape (a,)
        What a guess is compared with.
    ideas : mapping of str to Tensor, shape (a,)
        What those expect who have a certain idea of it.
    close : float
        The gap up to which a guess counts as right.
    parts : mapping of str to tuple of int
        The first and last column of the parts that are spoken of.
    """

    axes: tuple[str, str]
    columns: Tensor
    logarithmic: bool = False
    limits: tuple[float, float]
    digits: int = 1
    curve: Tensor
    answer: Tensor
    ideas: Mapping[str, Tensor]
    close: float
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """All that may be said of a guess."""
        sides = (f"{part}-{side}" for part in self.parts for side in ("higher", "lower"))
        return (CLOSE, *self.ideas, *(sides if self.parts else (APART,)))

    def verdict_on(self, guessed: Tensor) -> str:
        """What a guess, of the shape of the answer, comes from."""
        off = guessed - self.answer
        gap = rmse(guessed, self.answer)
        if gap <= self.close:
            return CLOSE
        away = {name: rmse(guessed, idea) for name, idea in self.ideas.items()}
        nearest = min(away, key=away.__getitem__)
        reach = NEAR * rmse(self.ideas[nearest], self.answer)
        if away[nearest] <= reach and away[nearest] < gap:
            return nearest
        if not self.parts:
            return APART
        mean = {
            name: float(off[first : last + 1].mean()) for name, (first, last) in self.parts.items()
        }
        farthest = max(mean, key=lambda name: abs(mean[name]))
        return f"{farthest}-{'higher' if mean[farthest] > 0 else 'lower'}"


@dataclass(frozen=True, eq=False, kw_only=True)
class CurveGuess(Guess):
    """A curve to draw.

    Attributes
    ----------
    points : Tensor, shape (n, 2)
        The data that are shown to who guesses.
    given : Tensor, shape (m, 2), or None
        Another curve that is shown.
    """

    points: Tensor
    given: Tensor | None = None

    def score(self, drawn: Sequence[float | None]) -> Score:
        """How far a drawn curve is from the answer.

        Parameters
        ----------
        drawn : sequence of float or None, one a column
            The heights; None where nothing was drawn, which is joined as by `filled`.

        Raises
        ------
        TypeError, ValueError
            As `filled`, and unless there is one for every column.
        """
        if len(drawn) != len(self.columns):
            raise ValueError(
                f"drawn must have one height a column, {len(self.columns)}, got {len(drawn)}"
            )
        guessed = filled(drawn)
        return Score(rmse(guessed, self.answer), self.verdict_on(guessed))


@dataclass(frozen=True, eq=False, kw_only=True)
class WidthGuess(Guess):
    """A `w` to set; the picture is the leave-one-out loss over the columns, which are values of w.

    Attributes
    ----------
    losses : Tensor, shape (c,)
        The loss at each column.
    best, least : float
        The w of the lowest loss on a grid that holds the columns, and that loss.
    """

    losses: Tensor
    best: float
    least: float

    def score(self, place: int) -> Score:
        """How far a `w` is from the best one.

        Parameters
        ----------
        place : int
            The column of the w.

        Raises
        ------
        TypeError, ValueError
            If there is no such column.
        """
        place = check_integer("place", place, low=0, high=len(self.columns) - 1)
        guessed = self.columns[place].log2()[None]
        ratio = float(self.losses[place]) / self.least
        return Score(rmse(guessed, self.answer), self.verdict_on(guessed), ratio)


def filled(drawn: Sequence[float | None]) -> Tensor:
    """Join the heights of a curve that was drawn in part by straight lines, level at the ends.

    Parameters
    ----------
    drawn : sequence of float or None
        The heights of columns from left to right; None where nothing was drawn.

    Returns
    -------
    Tensor, shape (len(drawn),)
        In float64.

    Raises
    ------
    TypeError, ValueError
        If a height is no finite number, or fewer than four were drawn.

    Examples
    --------
    >>> filled([None, 1.0, None, 2.0, 0.0, 0.5]).tolist()
    [1.0, 1.0, 1.5, 2.0, 0.0, 0.5]
    """
    known = [
        (place, check_number(f"drawn[{place}]", height))
        for place, height in enumerate(drawn)
        if height is not None
    ]
    if len(known) < LEAST:
        raise ValueError(f"drawn must have at least {LEAST} heights, got {len(known)}")
    heights = torch.empty(len(drawn), dtype=torch.float64)
    heights[: known[0][0]] = known[0][1]
    for (first, start), (last, end) in pairwise(known):
        share = torch.arange(last - first, dtype=torch.float64) / (last - first)
        heights[first:last] = start + share * (end - start)
    heights[known[-1][0] :] = known[-1][1]
    return heights
