"""Guess, then see: what a reader draws or sets before the book shows it, and what the gap means.

A page asks for the curve that a reader expects, or for the `w` that they think best, then shows
both (`tools/nwbook/guesses.py`, `web/guess`). What the answer is, and what each usual idea of it
would give, is computed here from the chapters' data; the sentences are in `nwcore.words`.
"""

from collections.abc import Callable
from functools import cache

from nwcore.guesses import curves, widths
from nwcore.guesses._guess import CurveGuess, Guess, Score, WidthGuess, filled

__all__ = ["CHAPTERS", "CurveGuess", "Guess", "Score", "WidthGuess", "filled", "find_guess"]

_MADE_BY: dict[str, tuple[str, Callable[[], CurveGuess | WidthGuess]]] = {
    "three-examples": ("01-queries-keys-values", curves.three_examples),
    "average": ("02-average-pooling", curves.average),
    "w-one": ("03-nonparametric-attention", curves.w_one),
    "w-thirty": ("03-nonparametric-attention", curves.w_thirty),
    "more-and-more": ("04-parametric-attention", curves.more_and_more),
    "least-loss": ("05-training", widths.least_loss),
    "five-hundred": ("05-training", widths.five_hundred),
    "left-end": ("07-how-good-can-it-be", curves.left_end),
}

CHAPTERS = {name: chapter for name, (chapter, _) in _MADE_BY.items()}
"""The page on which each guess stands, by its name."""


@cache
def find_guess(name: str) -> CurveGuess | WidthGuess:
    """The guess of a name, computed once.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> guess = find_guess("average")
    >>> guess.score([2.2] * 21).verdict, guess.score([3.0] * 21).verdict
    ('close', 'level-higher')
    """
    if name not in _MADE_BY:
        raise ValueError(f"name must be one of {', '.join(_MADE_BY)}, got {name!r}")
    _, make = _MADE_BY[name]
    return make()
