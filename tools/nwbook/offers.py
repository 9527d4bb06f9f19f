"""What the first page of each edition offers to take along: the files that are there.

``<nw-takeaway>`` in a notebook says what could be there. When the site is put together, a list of
what is in its folder ``files`` takes that place, with the size of each; where nothing is, the
notebook's own words stay.
"""

import re
from functools import partial
from html import escape
from pathlib import Path

from nwbook.editions import Edition
from nwbook.landing import said_in
from nwbook.words import _
from nwcore.words import read_words

FILES = "files"
SITE_ARCHIVE = "attention-site.zip"
# The notebook's own words, which a list before has put aside.
PLACE = re.compile(
    r"<nw-takeaway>(?:<template>(?P<aside>.*?)</template>.*?|(?P<words>.*?))</nw-takeaway>",
    re.DOTALL,
)

# What each kind of file is for, said in every language: here it is the name of the message.
PURPOSES = {
    "pdf": str(_("PDF, to print or to read with bookmarks")),
    "epub": str(_("EPUB, for an e-reader or a phone")),
    "zip": str(_("The whole site in one file: unpack it and open index.html")),
}


def file_name(code: str, kind: str) -> str:
    """What an edition's file of a kind is called; all editions share the archive."""
    return SITE_ARCHIVE if kind == "zip" else f"attention-{code}.{kind}"


def size_in_words(size: int, decimal: str) -> str:
    """A number of bytes as a reader would say it, in megabytes of a million bytes."""
    return f"{max(size / 1e6, 0.1):.1f} MB".replace(".", decimal)


def list_of_files(site: Path, code: str) -> str:
    """The files of an edition that are there, as a list in its language; empty if none is."""
    said, decimal = said_in(code), read_words(code).decimal
    items = []
    for kind, purpose in PURPOSES.items():
        file = site / FILES / file_name(code, kind)
        if file.is_file():
            size = size_in_words(file.stat().st_size, decimal)
            link = f'<a href="../{FILES}/{file.name}" download>{escape(said[purpose])}</a>'
            items.append(f"<li><p>{link} ({size})</p></li>\n")
    return f'<ul class="simple nw-files">\n{"".join(items)}</ul>\n' if items else ""


def filled(match: re.Match[str], files: str) -> str:
    """The place with a list of files; with the notebook's words again where the list is empty."""
    words = match["words"] if match["aside"] is None else match["aside"]
    inside = f"<template>{words}</template>{files}" if files else words
    return f"<nw-takeaway>{inside}</nw-takeaway>"


def write_offers(site: Path, editions: list[Edition]) -> None:
    """Let every first page offer what is there now.

    Raises ValueError where a page has no place for it, or more than one.
    """
    for edition in editions:
        page = site / edition.code / "index.html"
        html = page.read_text("utf-8")
        if len(PLACE.findall(html)) != 1:
            raise ValueError(f"{page} must have one <nw-takeaway>…</nw-takeaway>")
        files = list_of_files(site, edition.code)
        page.write_text(PLACE.sub(partial(filled, files=files), html), "utf-8")
