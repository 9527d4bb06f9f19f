"""The book's editions, and the links between a page and its translations."""

import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import document
from sphinx.application import Sphinx

from nwbook.paths import EDITIONS

CODE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class Edition:
    """A language the book is published in; ``config`` is merged over ``_config.yml``.

    ``parts`` are the captions that ``_toc.yml`` gives its parts, in the edition's language.
    """

    code: str
    name: str
    parts: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)


def load_editions(path: Path = EDITIONS) -> list[Edition]:
    """The editions in their order, the one that the others are held to first.

    Raises ValueError, with the file and the entry, where an entry is not as editions.yml says or
    has no folder in ``chapters`` beside the file.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path} must be a list of at least one edition")
    editions: list[Edition] = []
    for place, entry in enumerate(entries, start=1):
        wrong = _fault(entry, {edition.code for edition in editions}, path.parent / "chapters")
        if wrong:
            raise ValueError(f"{path}, entry {place}: {wrong}")
        editions.append(Edition(**entry))
    return editions


def _fault(entry: Any, taken: set[str], chapters: Path) -> str | None:
    needed, known = {"code", "name"}, {"code", "name", "parts", "config"}
    if not isinstance(entry, dict) or not needed <= entry.keys() <= known:
        return f"an edition has a code, a name and perhaps parts and a config, got {entry!r}"
    code = entry["code"]
    # YAML reads `no`, the code of Norwegian, as False.
    if not isinstance(code, str) or not CODE.fullmatch(code):
        return f"code must be a language's two or three small letters, in quotes, got {code!r}"
    if code in taken:
        return f"there is another edition {code!r}"
    if not isinstance(entry["name"], str) or not entry["name"].strip():
        return f"name must be what the language calls itself, got {entry['name']!r}"
    parts = entry.get("parts", [])
    if not isinstance(parts, list) or not all(isinstance(each, str) for each in parts):
        return f"parts must be a list of captions, got {parts!r}"
    if not isinstance(entry.get("config", {}), dict):
        return f"config must be settings of _config.yml, got {entry['config']!r}"
    if not (chapters / code).is_dir():
        return f"there is no folder {chapters / code}"
    return None


def link_translations(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    """Offer the same page in every other edition.

    The editions are siblings (``/vi/``, ``/en/``, …) with the same pages, so the way from any page
    to its translation is up to the edition's root, one more up, and down the same path.
    """
    translations = []
    if app.config.nwbook_edition:
        up = context["pathto"](context["root_doc"]).count("../") + 1
        # A page that all editions share has no translation: lead to the other edition's first page.
        shared = any(page["name"] == pagename for page in app.config.nwbook_shared_pages)
        target = app.builder.get_target_uri(context["root_doc"] if shared else pagename)
        translations = [
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
            f'<link rel="alternate" hreflang="{page["code"]}" '
            f'href="{escape(str(page["href"]))}" />\n'
            for page in translations
            if page["same"]
        )
    context["translations"] = translations


def setup(app: Sphinx) -> None:
    # Set when the page is part of the site of all editions; empty in a plain `jupyter-book build`.
    app.add_config_value("nwbook_edition", "", "html", types=[str])
    app.connect("html-page-context", link_translations)
