"""The book's exercises, which know what went wrong.

`check` judges an answer, a number, an explorer or a function, and says in the language of the book
what is right or wrong with it. Each exercise knows the mistakes that are usually made; what they
would give is computed and not written down. On the pages the same tables judge without Python.

>>> check("shrinking", 0.1443)
That is h. The question is for w.
"""

from typing import Any

from nwcore.exercises._exercise import Exercise, Verdict
from nwcore.words import exercise_word

__all__ = ["Exercise", "Verdict", "check", "judge"]

_BY_CHAPTER = {
    "01-queries-keys-values": ("by-hand", "weigh"),
    "02-average-pooling": ("honest-line", "lift"),
    "03-nonparametric-attention": ("listen", "safe-softmax"),
    "04-parametric-attention": ("shrinking", "others"),
    "05-training": ("first-step", "choose-blind"),
    "06-summary-and-exercises": ("more-data", "learned-w", "hyperparameter", "own-design"),
}

EXERCISES = {
    name: Exercise(name, chapter) for chapter, names in _BY_CHAPTER.items() for name in names
}
"""Every exercise by its name, in the order of the book."""


def judge(name: str, answer: Any) -> Verdict:
    """Judge an answer to an exercise.

    Parameters
    ----------
    name : str
        A key of `EXERCISES`.
    answer : object
        The reader's: a number, an explorer or a function, as the exercise asks.

    Returns
    -------
    Verdict
        Whatever is given: an answer of another kind has a verdict of its own.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> judge("shrinking", 6.93).name, judge("shrinking", "seven").name
    ('right', 'expects-number')
    """
    if not isinstance(name, str) or name not in EXERCISES:
        raise ValueError(f"name must be one of {', '.join(EXERCISES)}, got {name!r}")
    return EXERCISES[name].judge(answer)


def check(name: str, answer: Any) -> None:
    """Judge an answer to an exercise and print what there is to say of it.

    Parameters and errors are those of `judge`; the language is that of `nwcore.words.set_language`.
    """
    verdict = judge(name, answer)
    print(exercise_word(name, verdict.name).format(**verdict.details))
