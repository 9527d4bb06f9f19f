"""Built pages without what only a browser can do: the text that paper and e-readers show.

What answers to a reader is left out or becomes what it shows at rest: an explorer its stored
picture with the address of the live one, tabs their first one, folded parts open. Pictures are kept
aside as the text that they are, since an HTML parser would write the names in SVG small.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup

from nwbook.editions import Edition
from nwbook.shared import entries, shared_edition
from nwbook.words import _

ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.DOTALL)
SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
# Two pictures of two pages have the same names inside (nwbook.svg).
OWN_NAMES = re.compile(r"\bnw(\d+)-")
# A page that is nothing without its script.
ALIVE_ALONE = "<nw-yours"

LEFT_OUT = (
    "script, style, noscript, template, .headerlink, nw-check, nw-guess, nw-progress, "
    ".nw-room-part, .nw-live > script"
)
LIVE = str(_("Live in the site: %s"))

# Where a page or a part of it stands in what is made, by names of the page and the part.
Place = Callable[[str, str], str]


@dataclass(frozen=True)
class Article:
    """One page: its name, the title in its heading, and its text as HTML of well-formed tags."""

    name: str
    title: str
    html: str


def page_names(toc: Any, main: Edition) -> list[str]:
    """The pages that every edition has, in the order of a table of contents."""
    listed = [toc["root"], *(each["file"] for each in entries(toc) if _is_page(each, main))]
    return [PurePosixPath(file).name for file in listed]


def _is_page(entry: Any, main: Edition) -> bool:
    return isinstance(entry, dict) and "file" in entry and not shared_edition(entry, main)


def read_articles(
    folder: Path,
    names: list[str],
    place: Place,
    said: dict[str, str],
    *,
    drawn: bool,
    address: str = "",
) -> list[Article]:
    """The articles of an edition's built pages, with links that lead where they are.

    Parameters
    ----------
    folder
        The edition's pages, each ``NAME.html``.
    names
        The pages in their order. One that lives by its script alone is left out.
    place
        What a link to a page, or to an id in it, becomes; ids become what ``place(page, id)`` says
        behind its ``#``.
    said
        The site's words in the edition's language.
    drawn
        Whether formulas are as they look, with their TeX as text alternative, or MathML.
    address
        Where the edition is published, with a slash at the end; where none is known, links to what
        is not in these pages become plain text.
    """
    pages = {name: (folder / f"{name}.html").read_text("utf-8") for name in names}
    pages = {name: html for name, html in pages.items() if ALIVE_ALONE not in html}
    read = {name: _read(name, html) for name, html in pages.items()}
    for name, (soup, _drawings) in read.items():
        _choose_formulas(soup, drawn=drawn)
        _settle(soup, said[LIVE] % f"{address or f'{folder.name}/'}{name}.html")
    ids = {
        name: {str(node["id"]) for node in soup.select("[id]")}
        for name, (soup, _drawings) in read.items()
    }
    articles = []
    for name, (soup, drawings) in read.items():
        _lead(soup, name, ids, place, address)
        heading = soup.select_one("h1")
        if heading is None:
            raise ValueError(f"{folder / name}.html has no heading")
        title = " ".join(heading.get_text().split())
        articles.append(Article(name, title, _written(soup, drawings)))
    return articles


def _read(name: str, html: str) -> tuple[BeautifulSoup, list[str]]:
    """A page's article, and its pictures, for each of which there is an element in it."""
    found = ARTICLE.search(html)
    if found is None:
        raise ValueError(f"{name}.html has no article")
    drawings: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        drawings.append(OWN_NAMES.sub(rf"{name}-\1-", match[0]))
        return f'<nw-drawing data-number="{len(drawings) - 1}"></nw-drawing>'

    return BeautifulSoup(SVG.sub(put_aside, found[1]), "html.parser"), drawings


def _choose_formulas(soup: BeautifulSoup, *, drawn: bool) -> None:
    """Keep one of the two ways in which KaTeX says a formula (nwbook.formulas)."""
    for formula in soup.select(".katex"):
        look, meaning = formula.select_one(".katex-html"), formula.select_one("math")
        if look is None or meaning is None:
            raise ValueError("there is a formula that KaTeX has not set")
        tex = " ".join(meaning.select_one("annotation").get_text().split())  # type: ignore[union-attr]
        if drawn:
            look.attrs = {"class": "katex-html", "role": "img", "aria-label": tex}
            formula.select_one(".katex-mathml").decompose()  # type: ignore[union-attr]
        else:
            # KaTeX writes some measures as empty, where MathML would have none.
            for node in meaning.select("[columnspacing='']"):
                del node["columnspacing"]
            meaning["alttext"] = tex
            formula.replace_with(meaning.extract())


def _settle(soup: BeautifulSoup, live: str) -> None:
    """Leave a page's elements as they are at rest; `live` is said below an explorer's picture."""
    for node in soup.select(LEFT_OUT):
        node.decompose()
    for place in soup.select("nw-takeaway"):
        section = place.find_parent("section")
        (section or place).decompose()
    for tabs in soup.select(".sd-tab-set"):
        first = tabs.select_one(":scope > .sd-tab-content")
        if first is None:
            raise ValueError("there are tabs without a first one")
        tabs.replace_with(first.extract())
        first.attrs = {}
    for explorer in soup.select(".nw-live"):
        picture = explorer.select_one(".nw-picture, nw-drawing")
        if picture is None:
            raise ValueError("there is an explorer without a picture")
        still = soup.new_tag("div", attrs={"class": "nw-still"})
        note = soup.new_tag("p", attrs={"class": "nw-address"})
        note.string = live
        explorer.insert_before(still)
        still.extend([picture.extract(), note])
        explorer.decompose()
    for folded in soup.select("details"):
        folded.name = "div"
        folded.attrs = {"class": "nw-open"}
    for summary in soup.select("summary"):
        if summary.select_one(".collapsed"):  # it only says what a press does
            summary.decompose()
        else:
            summary.name = "p"
            summary.attrs = {"class": "nw-summary"}
    for node in soup.find_all(True):
        kept = node.name == "nw-drawing"
        for attribute in list(node.attrs):
            # A name from elsewhere on the page, the place in the order of Tab, notes of scripts.
            gone = attribute in ("aria-labelledby", "tabindex")
            if gone or (attribute.startswith("data-") and not kept):
                del node[attribute]


def _lead(
    soup: BeautifulSoup, name: str, ids: dict[str, set[str]], place: Place, address: str
) -> None:
    """Let ids and links of a page be what `place` calls them."""
    for node in soup.select("[id]"):
        node["id"] = place(name, str(node["id"])).partition("#")[2]
    for link in soup.select("a[href]"):
        href = str(link["href"])
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            continue
        path = PurePosixPath(unquote(parts.path)) if parts.path else PurePosixPath(f"{name}.html")
        page, part = path.stem, unquote(parts.fragment)
        if path.suffix == ".html" and len(path.parts) == 1 and page in ids:
            link["href"] = place(page, part if part in ids[page] else "")
        elif address:
            link["href"] = urljoin(address, href)
        else:
            link.unwrap()


def _written(soup: BeautifulSoup, drawings: list[str]) -> str:
    html = soup.decode(formatter="minimal")
    return re.sub(
        r'<nw-drawing data-number="(\d+)"></nw-drawing>',
        lambda match: drawings[int(match[1])],
        html,
    )
