"""Exercises on the pages: the table that Python judges by, given to the page, and the list of all.

``<nw-check exercise="NAME">`` in a chapter becomes the place where an answer is checked
(``assets/check.js``): it gets an id, ``exercise-NAME``, and what `nwcore.exercises` knows of the
exercise. ``<nw-progress>`` (``assets/progress.js``) gets the list of all, chapter by chapter.
"""

import json
import posixpath
import re
from html import escape
from itertools import groupby
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwcore.exercises import EXERCISES
from nwcore.words import read_words

CHECK = re.compile(r'<nw-check exercise="([^"]*)">')
LIST = re.compile(r"<nw-progress>.*?</nw-progress>", re.DOTALL)


def page_data(name: str, language: str) -> dict[str, Any]:
    """What a page needs to judge an exercise and to speak of it."""
    exercise = EXERCISES[name]
    said = read_words(language).exercises
    own = {key.removeprefix(f"{name}."): text for key, text in said.items()}
    return {
        "name": name,
        "kind": exercise.kind,
        "explorer": exercise.explorer,
        "regions": exercise.regions,
        "words": {key: text for key, text in own.items() if "." not in key and key != "title"},
    }


def filled(match: re.Match[str], language: str) -> str:
    name = match[1]
    if name not in EXERCISES:
        raise ExtensionError(
            f'<nw-check exercise="{name}">: nwcore.exercises has only {", ".join(EXERCISES)}'
        )
    data = json.dumps(page_data(name, language), ensure_ascii=False)
    return f'<nw-check id="exercise-{name}" data-exercise="{escape(data)}">'


def list_of_all(app: Sphinx, pagename: str, pathto: Any) -> str:
    """Every exercise with a link to it, under the title of its chapter."""
    said = read_words(app.config.language).exercises
    parts = []
    for chapter, exercises in groupby(EXERCISES.values(), key=lambda each: each.chapter):
        page = posixpath.join(posixpath.dirname(pagename), chapter)
        items = "".join(
            f'<li data-exercise="{each.name}"><a class="reference internal" '
            f'href="{"" if page == pagename else escape(pathto(page))}#exercise-{each.name}">'
            f"{escape(said[f'{each.name}.title'])}</a></li>"
            for each in exercises
        )
        parts.append(f"<p>{escape(app.env.titles[page].astext())}</p>\n<ul>{items}</ul>\n")
    return f"<nw-progress>{''.join(parts)}</nw-progress>"


def fill_exercises(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    body = context.get("body")
    if not body:
        return
    body = CHECK.sub(lambda match: filled(match, app.config.language), body)
    if LIST.search(body):
        whole = list_of_all(app, pagename, context["pathto"])
        body = LIST.sub(lambda _match: whole, body)
    context["body"] = body


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", fill_exercises)
