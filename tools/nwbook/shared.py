"""Pages that all editions share: one of them builds the page, the others link to it.

In ``_toc.yml``, which names the files of the main edition, such a page is an entry from another
edition's folder. Its title there is what the main edition calls it; `shared_title` says it in every
language.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import get_translation

from nwbook.editions import Edition
from nwbook.words import OWN

_ = get_translation(OWN)


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


def shared_title(name: str) -> str:
    """What an edition calls a page that another one builds, in the edition's language."""
    titles = {"api": _("Reference of nwcore (in English)")}
    if name not in titles:
        raise ExtensionError(f"_toc.yml shares the page {name}: give it a title in shared_title")
    return str(titles[name])


def shared_pages(toc: dict[str, Any], main: Edition) -> list[dict[str, str]]:
    """Edition and name of each shared page of a table of contents."""
    return [
        {"edition": code, "name": PurePosixPath(entry["file"]).name}
        for entry in entries(toc)
        if (code := shared_edition(entry, main))
    ]


def link_shared(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: document | None
) -> None:
    """Offer the pages that another edition builds, and say what language a page is in."""
    up = context["pathto"](context["root_doc"]).count("../") + 1
    context["shared_pages"] = [
        {
            **page,
            "title": shared_title(page["name"]),
            "href": f"{'../' * up}{page['edition']}/{page['name']}.html",
        }
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
