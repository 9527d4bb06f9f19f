"""The book's own Sphinx extension: figures that follow the theme, editions, words, local assets."""

from typing import Any

from sphinx.application import Sphinx

from nwbook import (
    citations,
    delivery,
    editions,
    execution,
    formulas,
    live,
    page,
    search,
    svg,
    tabs,
    vendor,
    words,
)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in (
        words,
        vendor,
        execution,
        editions,
        page,
        formulas,
        live,
        search,
        svg,
        tabs,
        citations,
        delivery,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
