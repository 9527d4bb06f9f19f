"""The book's own Sphinx extension: figures that follow the theme, editions, words, local assets."""

from typing import Any

from sphinx.application import Sphinx

from nwbook import (
    citations,
    editions,
    execution,
    formulas,
    icons,
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
        icons,
        live,
        search,
        svg,
        tabs,
        citations,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
