"""The page at the site's root, which leads to an edition, and the ones for a wrong address."""

import html
import shutil
from pathlib import Path
from string import Template

import yaml

from nwbook.editions import Edition
from nwbook.paths import ASSETS
from nwbook.words import OWN, _, catalogue_file, read_catalogue

# Said in all languages at once: here it is the name of the message.
NOT_FOUND = str(_("There is no such page. Begin with the book's first one."))


def said_in(code: str) -> dict[str, str]:
    """The site's own messages in an edition's language."""
    return read_catalogue(catalogue_file(code, OWN))


def cards_of(editions: list[Edition], main_title: str, before: str = "") -> str:
    return "\n".join(
        f'      <a class="edition" lang="{edition.code}" hreflang="{edition.code}" '
        f'href="{before}{edition.code}/index.html">'
        f"<strong>{html.escape(edition.name)}</strong>"
        f"<span>{html.escape(edition.config.get('title', main_title))}</span></a>"
        for edition in editions
    )


def write_not_found(site: Path, editions: list[Edition], main_title: str) -> None:
    """404.html, for the whole site in every language and for each edition in its own.

    Hosts show it under the address that was asked for, so it brings all it needs along.
    """
    template = Template((ASSETS / "landing" / "404.html").read_text("utf-8"))
    style, script = (
        (ASSETS / "landing" / name).read_text("utf-8") for name in ("landing.css", "404.js")
    )
    for folder, spoken in [(site, editions), *((site / each.code, [each]) for each in editions)]:
        words = "\n".join(
            f'    <p lang="{each.code}">{html.escape(said_in(each.code)[NOT_FOUND])}</p>'
            for each in spoken
        )
        page = template.substitute(
            lang=spoken[0].code,
            style=style,
            script=script,
            words=words,
            cards=cards_of(spoken, main_title, "/"),
        )
        (folder / "404.html").write_text(page, "utf-8")


def write_landing(root: Path, site: Path, editions: list[Edition]) -> None:
    """Fill the pages of assets/landing with one card per edition and put them into ``site``."""
    main_title = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["title"]
    cards = cards_of(editions, main_title)
    alternates = "\n".join(
        f'  <link rel="alternate" hreflang="{edition.code}" href="{edition.code}/index.html">'
        for edition in editions
    )
    template = Template((ASSETS / "landing" / "index.html").read_text("utf-8"))
    page = template.substitute(
        title=html.escape(main_title), main=editions[0].code, cards=cards, alternates=alternates
    )
    (site / "index.html").write_text(page, "utf-8")
    write_not_found(site, editions, main_title)
    for name in ("landing.css", "landing.js"):
        shutil.copyfile(ASSETS / "landing" / name, site / name)
    for name in ("favicon.svg", "logo.svg"):
        shutil.copyfile(ASSETS / name, site / name)
