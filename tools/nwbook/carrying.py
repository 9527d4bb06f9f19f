"""What is made of each edition of the built site: its EPUB, and the page that is printed."""

from pathlib import Path
from typing import Any

import yaml

from nwbook import epub, paper
from nwbook.articles import Article, Place, page_names, read_articles
from nwbook.citing import read_citation
from nwbook.editions import Edition
from nwbook.landing import said_in
from nwbook.offers import FILES, file_name
from nwbook.words import _

CONTENTS = str(_("Contents"))
VERSION = str(_("Version %s"))


def read_config(root: Path) -> Any:
    return yaml.safe_load((root / "_config.yml").read_text("utf-8"))


def address_of(config: Any, edition: Edition) -> str:
    """Where an edition is published, with a slash at the end; empty where nobody has said it."""
    base = (config["html"].get("baseurl") or "").rstrip("/")
    return f"{base}/{edition.code}/" if base else ""


def articles_of(
    root: Path, site: Path, edition: Edition, main: Edition, place: Place, *, drawn: bool
) -> list[Article]:
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    return read_articles(
        site / edition.code,
        page_names(toc, main),
        place,
        said_in(edition.code),
        drawn=drawn,
        address=address_of(read_config(root), edition),
    )


def titles(root: Path, edition: Edition) -> tuple[str, str]:
    """Title and author of an edition."""
    said = read_config(root) | edition.config
    return said["title"], said["author"]


def write_epubs(root: Path, site: Path, editions: list[Edition]) -> None:
    """Write every edition's EPUB into the site's folder of files."""
    year = read_citation(root / "CITATION.cff").year
    for edition in editions:
        title, author = titles(root, edition)
        contents = said_in(edition.code)[CONTENTS]
        about = epub.About(edition.code, title, author, year, contents)
        articles = articles_of(root, site, edition, editions[0], epub.place, drawn=False)
        epub.write_epub(articles, about, site / FILES / file_name(edition.code, "epub"))


def paper_of(root: Path, site: Path, edition: Edition, main: Edition) -> str:
    """The one long page of an edition."""
    said, citation = said_in(edition.code), read_citation(root / "CITATION.cff")
    title, author = titles(root, edition)
    imprint = f"{citation.year} · {said[VERSION] % citation.version} · MIT"
    cover = paper.Cover(edition.code, title, author, imprint, said[CONTENTS])
    return paper.document(
        articles_of(root, site, edition, main, paper.place, drawn=True), cover, site
    )
