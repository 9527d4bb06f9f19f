"""The page at the site's root, which leads to an edition."""

import html
import shutil
from pathlib import Path
from string import Template

import yaml

from nwbook.editions import Edition
from nwbook.paths import ASSETS


def write_landing(root: Path, site: Path, editions: list[Edition]) -> None:
    """Fill assets/landing/index.html with one card per edition and put it into ``site``."""
    main_title = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["title"]
    cards = "\n".join(
        f'      <a class="edition" lang="{edition.code}" hreflang="{edition.code}" '
        f'href="{edition.code}/index.html">'
        f"<strong>{html.escape(edition.name)}</strong>"
        f"<span>{html.escape(edition.config.get('title', main_title))}</span></a>"
        for edition in editions
    )
    alternates = "\n".join(
        f'  <link rel="alternate" hreflang="{edition.code}" href="{edition.code}/index.html">'
        for edition in editions
    )
    template = Template((ASSETS / "landing" / "index.html").read_text("utf-8"))
    page = template.substitute(
        title=html.escape(main_title), main=editions[0].code, cards=cards, alternates=alternates
    )
    (site / "index.html").write_text(page, "utf-8")
    for name in ("landing.css", "landing.js"):
        shutil.copyfile(ASSETS / "landing" / name, site / name)
    for name in ("favicon.svg", "logo.svg"):
        shutil.copyfile(ASSETS / name, site / name)
