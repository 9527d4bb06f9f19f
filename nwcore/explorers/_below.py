"""What a view puts under its canvas, and over it, told in Python: a page keeps the room free before
it comes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A paragraph; what is not known before the view computes stands there as noughts.

    Attributes
    ----------
    text : str
    kind : str
        Its class in the style sheet.
    """

    text: str
    kind: str = "nw-sum"


@dataclass(frozen=True)
class Readouts:
    """Numbers by name.

    Attributes
    ----------
    names : tuple of str
        Keys of the explorers' words.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Buttons:
    """A row of buttons, before the link to the present state.

    Attributes
    ----------
    names : tuple of str
        Keys of the explorers' words.
    """

    names: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of numbers.

    Attributes
    ----------
    heads : tuple of str
        What stands over each column.
    n_rows : int
        Rows below that.
    """

    heads: tuple[str, ...]
    n_rows: int


@dataclass(frozen=True)
class WrittenLine:
    """A line in which a reader writes, with a hint below it.

    Attributes
    ----------
    label, hint : str
        Keys of the explorers' words.
    """

    label: str
    hint: str


Part = Sentence | Readouts | Buttons | Table | WrittenLine
