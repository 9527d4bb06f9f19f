"""The book's own Sphinx extension: figures that follow the theme, editions, local assets."""

from typing import Any

from sphinx.application import Sphinx

from nwbook import (
    cells,
    citations,
    citing,
    delivery,
    editions,
    execution,
    exercises,
    formulas,
    guesses,
    live,
    page,
    reference,
    search,
    shared,
    svg,
    tabs,
    vendor,
    yours,
)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in (
        vendor,
        execution,
        editions,
        shared,
        page,
        reference,
        formulas,
        exercises,
        guesses,
        live,
        cells,
        yours,
        search,
        svg,
        tabs,
        citations,
        citing,
        delivery,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
