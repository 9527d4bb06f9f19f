"""Which named region an answer lies in: the rule that Python and the page share.

A table is a list of regions, and the first one that holds the answer decides. This file, like
`programs`, is written in what MicroPython knows as well: an interpreter in a page runs it as it
stands.
"""

import math

RIGHT = "right"
WRONG = "wrong"  # for no reason that has a name
NUMBER = "answer"  # the one field of an answer that is a number


def around(
    name: str, value: float, tolerance: float
) -> "tuple[str, dict[str, list[float | None]]]":
    """Return the region of the numbers no farther than `tolerance` from `value`."""
    return name, {NUMBER: [value - tolerance, value + tolerance]}


def verdict_in(
    table: "list[tuple[str, dict[str, list[float | None]]]]", answer: "dict[str, float]"
) -> str:
    """Return the name of the first region of a table that holds an answer, or "wrong".

    Parameters
    ----------
    table : list of (str, dict of str to [float or None, float or None])
        Each region's name, and for every field that it limits the least and the most; both belong
        to it, and None is an open end.
    answer : dict of str to float
        The fields that the table limits. NaN lies in no region that limits it.

    Examples
    --------
    >>> table = [("right", {"answer": [1.9, 2.1]}), ("too-large", {"answer": [2.1, None]})]
    >>> verdict_in(table, {"answer": 2.0}), verdict_in(table, {"answer": 9.0})
    ('right', 'too-large')
    """
    for name, fields in table:
        if all(_holds(low, high, answer[field]) for field, (low, high) in fields.items()):
            return name
    return WRONG


def _holds(low: "float | None", high: "float | None", value: float) -> bool:
    if math.isnan(value):
        return False
    return (low is None or value >= low) and (high is None or value <= high)


def read_number(answer: object) -> "float | None":
    """Return an answer as a float if it is one finite number, or None.

    A tensor that holds one number is a number; text, a bool and a complex number are none.
    """
    item = getattr(answer, "item", None)
    try:
        number = item() if callable(item) else answer
        if isinstance(number, (bool, str, bytes)):
            return None
        value = float(number)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return value if math.isfinite(value) else None
