"""Search in the text of the pages, which one file brings along, and which works from a folder, too.

Sphinx's own index knows which words a page has, but not where: syllables that stand together, as
those of a Vietnamese word do, count no more there than the same ones pages apart, and what it
quotes must be fetched. This book is small enough to be read whole (``assets/search.js``).
"""

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.config import Config

from nwbook.paths import ASSETS

DATA = "searchdata.js"
SCRIPT = "search.js"

# What stands in a section and is not its text.
ASIDE = (
    ".headerlink, .katex-html, annotation, script, style, button, svg, form, noscript, "
    ".sd-tab-label, .nw-live, details.hide > summary"
)

BLOCKS = ["p", "li", "dt", "dd", "td", "th", "pre", "div", "section", "mtd"]


def sections(html: str) -> list[dict[str, str]]:
    """The sections of a page, each with its own text, without that of those within."""
    article = BeautifulSoup(html, "html.parser").select_one("article.bd-article")
    if article is None:
        return []
    for part in article.select(ASIDE):
        part.decompose()
    found = []
    # Innermost first: what was read is taken away. An object of the reference is a section, too.
    for section in reversed(article.select("section[id], dl.py:has(> dt[id])")):
        heading = section.find(["h1", "h2", "h3", "h4"] if section.name == "section" else "dt")
        assert isinstance(heading, Tag) or heading is None
        place = section["id"] if section.name == "section" or heading is None else heading["id"]
        title = ""
        if heading is not None and section.name == "section":
            title = " ".join(heading.get_text().split())
            heading.decompose()
        elif heading is not None:
            title = str(place)
        for block in section.find_all(BLOCKS):
            block.append(" ")
        text = " ".join(section.get_text().split())
        found.append({"id": str(place), "title": title, "text": text})
        section.decompose()
    return found[::-1]


def write_data(app: Sphinx, exception: Exception | None) -> None:
    """Write what is searched: every page in the order of the book."""
    if exception is not None or app.builder.name != "html":
        return
    pages = []
    for name in sorted(app.env.found_docs):
        file = app.builder.get_target_uri(name)
        parts = sections(Path(app.outdir, file).read_text("utf-8"))
        if parts:
            pages.append({"file": file, "title": parts[0]["title"], "sections": parts})
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", DATA).write_text(f"const nwPages = {text};\n", "utf-8")


def replace_sphinx_search(app: Sphinx, config: Config) -> None:
    config.html_additional_pages = {**config.html_additional_pages, "search": "search.html"}
    config.html_static_path += [str(ASSETS / SCRIPT)]


def leave_out_index(app: Sphinx) -> None:
    builder: Any = app.builder
    builder.search = False


def setup(app: Sphinx) -> None:
    app.connect("config-inited", replace_sphinx_search)
    app.connect("builder-inited", leave_out_index)
    app.connect("build-finished", write_data, priority=700)
