"""An exercise: where it stands, how an answer to it is judged, what a page needs to judge it."""

from dataclasses import dataclass
from typing import Any, Literal

from nwcore.exercises import numbers, places
from nwcore.exercises.judging import NUMBER, RIGHT, around, read_number, verdict_in
from nwcore.exercises.programs import PROGRAMS

Kind = Literal["number", "place", "program"]
# The verdicts on what is no answer of the kind that is asked for.
UNREAD: dict[Kind, tuple[str, ...]] = {
    "number": ("unanswered", "expects-number"),
    "place": ("unanswered", "expects-explorer"),
    "program": ("unanswered", "expects-function", "expects-tensor", "expects-shape", "raised"),
}


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer.

    Attributes
    ----------
    name : str
        "right", the name of a mistake of the exercise, "wrong", or one of `UNREAD`.
    details : dict of str to str
        What the verdict's words are filled in with.
    """

    name: str
    details: dict[str, str]


@dataclass(frozen=True)
class Exercise:
    """An exercise of the book.

    Attributes
    ----------
    name : str
        Its key, in `nwcore.exercises.EXERCISES` and on the pages.
    chapter : str
        The page on which it stands.
    """

    name: str
    chapter: str

    @property
    def kind(self) -> Kind:
        """A number, a place in an explorer, or a program: a function that the reader writes."""
        if self.name in numbers.ASKED:
            return "number"
        return "place" if self.name in places.ASKED else "program"

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that are recognised."""
        if self.kind == "program":
            named = [name for name, _ in PROGRAMS[self.name].mistakes]
        else:
            named = [name for name, _ in self.regions]
        return tuple(dict.fromkeys(name for name in named if name != RIGHT))

    @property
    def regions(self) -> list[places.Region]:
        """The table by which a number or a place is judged; a program has none."""
        if self.kind == "place":
            return places.regions_of(self.name)
        if self.kind == "number":
            tolerance = numbers.tolerance_of(self.name)
            named = numbers.numbers_of(self.name).items()
            return [around(name, value, tolerance) for name, value in named]
        return []

    @property
    def explorer(self) -> str | None:
        """The name of the explorer that must show the answer, if one must."""
        return places.ASKED[self.name][0] if self.kind == "place" else None

    def judge(self, answer: Any) -> Verdict:
        """Judge a reader's answer: a number, an explorer or a function. Nothing is refused.

        Returns
        -------
        Verdict
            For what is no answer of that kind, too: it says what was expected.
        """
        if answer is None or answer is ...:
            return Verdict("unanswered", {})
        if self.kind == "program":
            return Verdict(*PROGRAMS[self.name].judge(answer))
        if self.kind == "number":
            number = read_number(answer)
            fields = None if number is None else {NUMBER: number}
        else:
            fields = places.read_place(answer)
        if fields is None:
            return Verdict(UNREAD[self.kind][-1], {"found": _shortly(answer)})
        return Verdict(verdict_in(self.regions, fields), {})


def _shortly(answer: Any) -> str:
    """One line that shows what somebody has given."""
    text = " ".join(repr(answer).split())
    return text if len(text) <= 60 else f"{text[:59]}…"
