"""The box that says how to cite the book: CITATION.cff as a sentence and as BibTeX.

``<nw-cite>`` in a notebook becomes the box, in the edition's words and with the edition's title.
Everything else in it is what CITATION.cff says under ``preferred-citation``, in the fields of the
Citation File Format 1.2.0 (Druskat et al., 2021).
"""

import re
import unicodedata
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import document
from pybtex.database import BibliographyData, Entry, Person
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import get_translation

from nwbook.paths import ROOT
from nwbook.words import OWN

CITATION = ROOT / "CITATION.cff"
PLACE = re.compile(r"<nw-cite>.*?</nw-cite>", re.DOTALL)
# What stands there while the authors have not given their names.
UNNAMED = "The authors of this book"

_ = get_translation(OWN)


@dataclass(frozen=True)
class Author:
    """A person by family and given name, or a group by its name alone."""

    family: str
    given: str = ""

    @property
    def listed(self) -> str:
        """The family name first, which is the order of both languages in a list."""
        return ", ".join(filter(None, [self.family, self.given]))


@dataclass(frozen=True)
class Citation:
    """What a citation of the book says besides the edition's title."""

    authors: tuple[Author, ...]
    year: int
    version: str
    url: str = ""


def read_citation(file: Path = CITATION) -> Citation:
    """The citation that a CITATION.cff prefers.

    Raises ValueError, with the file and the field, where one that is needed is missing or is not
    what the format asks for.
    """
    said = yaml.safe_load(file.read_text("utf-8"))
    if not isinstance(said, dict):
        raise ValueError(f"{file} must hold fields, got {said!r}")
    preferred = said.get("preferred-citation")
    if not isinstance(preferred, dict):
        raise ValueError(f"{file}: preferred-citation must hold fields, got {preferred!r}")
    year, version, url = preferred.get("year"), said.get("version"), preferred.get("url", "")
    if not isinstance(year, int) or isinstance(year, bool):
        raise ValueError(f"{file}: year must be a whole number, got {year!r}")
    if not isinstance(version, str) or not version:
        raise ValueError(f"{file}: version must be a text, got {version!r}")
    if not isinstance(url, str) or (url and not url.startswith(("https://", "http://"))):
        raise ValueError(f"{file}: url must begin with https:// or http://, got {url!r}")
    authors = preferred.get("authors")
    if not isinstance(authors, list) or not authors:
        raise ValueError(f"{file}: authors must be a list of at least one, got {authors!r}")
    return Citation(tuple(_author(each, file) for each in authors), year, version, url)


def _author(entry: Any, file: Path) -> Author:
    fields = entry if isinstance(entry, dict) else {}
    family, given = fields.get("name") or fields.get("family-names"), fields.get("given-names", "")
    if not isinstance(family, str) or not isinstance(given, str):
        raise ValueError(f"{file}: an author has a name, or family-names, got {entry!r}")
    return Author(family, "" if fields.get("name") else given)


def joined(names: list[str]) -> str:
    """Names in one line: A, B and C."""
    *most, last = names
    return f"{', '.join(most)} {_('and')} {last}" if most else last


def in_our_words(citation: Citation) -> list[Author]:
    """The authors, and a group without names as the edition's language calls it."""
    unnamed = Author(str(_("The authors of this book")))
    return [unnamed if author == Author(UNNAMED) else author for author in citation.authors]


def as_sentence(citation: Citation, title: str) -> str:
    """The citation as a reader would copy it into a text."""
    names = joined([author.listed for author in in_our_words(citation)])
    version = str(_("Version %s")) % citation.version
    return " ".join(filter(None, [f"{names} ({citation.year}). {title}. {version}.", citation.url]))


def key_of(citation: Citation) -> str:
    """What BibTeX calls the entry: the first author's last word and the year, in plain letters."""
    letters = unicodedata.normalize("NFD", citation.authors[0].family.lower().replace("đ", "d"))
    words = re.findall("[a-z]+", "".join(filter(str.isascii, letters)))
    return f"{words[-1] if words else 'book'}{citation.year}"


def as_bibtex(citation: Citation, title: str) -> str:
    """The citation as an entry of BibTeX, in UTF-8."""
    fields = {
        "title": f"{{{title}}}",
        "year": str(citation.year),
        "note": str(_("Version %s")) % citation.version,
        # BibTeX takes an address as it is: it is put in where nothing is made LaTeX of.
        **({"url": "HERE"} if citation.url else {}),
    }
    entry = Entry("book", fields=fields)
    # A group's name is one piece, in braces of its own.
    entry.persons["author"] = [
        Person(first=each.given, last=each.family) if each.given else Person(f"{{{each.family}}}")
        for each in in_our_words(citation)
    ]
    text: str = BibliographyData({key_of(citation): entry}).to_string("bibtex")
    return text.strip().replace('url = "HERE"', f'url = "{citation.url}"')


def box(citation: Citation, title: str) -> str:
    """The box, as HTML."""
    code = escape(as_bibtex(citation, title))
    return (
        f'<div class="nw-cite"><p>{escape(as_sentence(citation, title))}</p>'
        '<div class="highlight-bibtex notranslate"><div class="highlight">'
        f"<pre>{code}\n</pre></div></div></div>"
    )


def fill(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    body = context.get("body") or ""
    if not PLACE.search(body):
        return
    try:
        whole = box(read_citation(), app.config.html_title)
    except ValueError as error:
        raise ExtensionError(str(error)) from error
    context["body"] = PLACE.sub(lambda _match: whole, body)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", fill)
