"""The book's editions, and the links between a page and its twins in the other editions."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import document
from sphinx.application import Sphinx

from nwbook.paths import EDITIONS


@dataclass(frozen=True)
class Edition:
    """A language the book is published in; ``config`` is merged over ``_config.yml``."""

    code: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)


def load_editions(path: Path = EDITIONS) -> list[Edition]:
    return [Edition(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def link_twins(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    """Offer the same page in every other edition.

    The editions are siblings (``/vi/``, ``/en/``) with the same pages, so the way from any page
    to its twin is up to the edition's root, one more up, and down the same path.
    """
    twins = []
    if app.config.nwbook_edition:
        up = context["pathto"](context["root_doc"]).count("../") + 1
        # A page that all editions share has no twin: lead to the other edition's first page.
        shared = any(page["name"] == pagename for page in app.config.nwbook_shared_pages)
        target = app.builder.get_target_uri(context["root_doc"] if shared else pagename)
        twins = [
            {
                "code": edition.code,
                "name": edition.name,
                "href": f"{'../' * up}{edition.code}/{target}",
                "same": not shared,
            }
            for edition in load_editions()
            if edition.code != app.config.nwbook_edition
        ]
        context["metatags"] = context.get("metatags", "") + "".join(
            f'<link rel="alternate" hreflang="{twin["code"]}" '
            f'href="{escape(str(twin["href"]))}" />\n'
            for twin in twins
            if twin["same"]
        )
    context["twins"] = twins


def setup(app: Sphinx) -> None:
    # Set when the page is part of the site of all editions; empty in a plain `jupyter-book build`.
    app.add_config_value("nwbook_edition", "", "html", types=[str])
    app.connect("html-page-context", link_twins)
