"""The page "Your data" (``web/yours``): its place, its words and its script.

``<nw-yours>`` in a notebook becomes the place where readers bring data of their own. It gets the
words of the edition, ``web/yours/words/LANGUAGE.yml``, and the page the script, which no other page
loads.
"""

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwbook.paths import WEB
from nwbook.vendor import YOURS, beside_static, bundle_version

WORDS = WEB / "yours" / "words"
PLACE = "<nw-yours>"
PLACEHOLDER = re.compile(r"\{\w+\}")
# So much room is kept until the script has drawn: what follows is not pushed out of sight.
ROOM = "display: block; min-height: 120rem"


def read_words(language: str, folder: Path = WORDS) -> dict[str, str]:
    """The page's words in a language; an error names what differs from those of another."""
    files = sorted(folder.glob("*.yml"))
    words: dict[str, dict[str, str]] = {
        file.stem: yaml.safe_load(file.read_text("utf-8")) for file in files
    }
    if language not in words:
        raise ExtensionError(f"{folder / language}.yml is missing")
    own = words[language]
    for key, said in own.items():
        if not isinstance(said, str) or not said:
            raise ExtensionError(f"{folder / language}.yml: {key} must be a text, got {said!r}")
    for other, theirs in words.items():
        for key in sorted(own.keys() ^ theirs.keys()):
            lacks = language if key in theirs else other
            raise ExtensionError(f"{folder / lacks}.yml: {key} is missing")
        for key, said in own.items():
            if set(PLACEHOLDER.findall(said)) != set(PLACEHOLDER.findall(str(theirs[key]))):
                raise ExtensionError(
                    f"{folder / language}.yml: {key} must have the places that it has in "
                    f"{other}.yml, got {said!r}"
                )
    return own


def furnish(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    """Put the words into the place, and the script behind the page's text."""
    body = context.get("body") or ""
    if PLACE not in body:
        return
    words = escape(json.dumps(read_words(app.config.language), ensure_ascii=False))
    place = f'<nw-yours style="{ROOM}" data-words="{words}">'
    shared = f"{beside_static(app.config, YOURS)}?v={bundle_version()}"
    source = escape(context["pathto"](f"_static/{shared}", resource=True))
    script = f'<script async="async" src="{source}"></script>\n'
    context["body"] = body.replace(PLACE, place) + script


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", furnish, priority=905)
