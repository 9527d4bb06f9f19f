"""Pages that all editions share: one of them builds the page, the others link to it.

In ``_toc.yml``, which names the files of the main edition, such a page is an entry from another
edition's folder; its title is what the main edition calls it.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx

from nwbook.editions import Edition


def shared_edition(entry: Any, main: Edition) -> str:
    """The edition that builds an entry for all; empty for a page that each edition has."""
    file = PurePosixPath(entry.get("file", "") if isinstance(entry, dict) else "")
    foreign = file.parts[:1] == ("chapters",) and file.parts[1] != main.code
    return file.parts[1] if foreign else ""


def entries(part: Any) -> Iterator[Any]:
    """A part of a table of contents and all that is in it."""
    yield part
    for inner in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from entries(inner)


def shared_pages(toc: dict[str, Any], main: Edition) -> list[dict[str, str]]:
    """Edition, name and title of each shared page of a table of contents."""
    return [
        {"edition": code, "name": PurePosixPath(entry["file"]).name, "title": entry["title"]}
        for entry in entries(toc)
        if (code := shared_edition(entry, main))
    ]


def link_shared(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: document | None
) -> None:
    """Offer the pages that another edition builds, and say what language a page is in."""
    up = context["pathto"](context["root_doc"]).count("../") + 1
    context["shared_pages"] = [
        {**page, "href": f"{'../' * up}{page['edition']}/{page['name']}.html"}
        for page in app.config.nwbook_shared_pages
        if page["edition"] != app.config.nwbook_edition
    ]
    # A plain build has the page of the other edition among its own.
    folder, _, rest = pagename.removeprefix("chapters/").partition("/")
    if rest and folder != app.config.language:
        context["body"] = f'<div lang="{folder}">{context["body"]}</div>'


def setup(app: Sphinx) -> None:
    app.add_config_value("nwbook_shared_pages", [], "html", types=[list])
    app.connect("html-page-context", link_shared)
