"""An edition as one long page, which a browser prints: one outline, one count of pages, one PDF."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

import matplotlib

from nwbook.articles import Article
from nwbook.paths import ASSETS

# Fonts with every Vietnamese letter, on any machine: those that come with matplotlib.
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
FACES = [
    ("Serif", "", "normal", "normal"),
    ("Serif", "-Bold", "bold", "normal"),
    ("Serif", "-Italic", "normal", "italic"),
    ("Sans", "", "normal", "normal"),
    ("Sans", "-Bold", "bold", "normal"),
    ("Sans", "-Oblique", "normal", "italic"),
    ("SansMono", "", "normal", "normal"),
    ("SansMono", "-Bold", "bold", "normal"),
    ("SansMono", "-Oblique", "normal", "italic"),
]
DOCUMENT = """\
<!DOCTYPE html>
<html lang="{language}" data-mode="light" data-theme="light">
<head>
<meta charset="utf-8">
<title>{title}</title>
{styles}
<style>{faces}</style>
</head>
<body>
<header class="nw-cover">
<p class="nw-book-title">{title}</p>
<p>{author}</p>
<p>{imprint}</p>
</header>
<nav class="nw-contents" aria-label="{contents}">
<p class="nw-contents-title">{contents}</p>
<ul>
{links}</ul>
</nav>
<main>
{articles}
</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Cover:
    """What stands before the first page."""

    language: str
    title: str
    author: str
    imprint: str  # year, version and licence, in the edition's words
    contents: str  # what the list of chapters is called


def place(page: str, part: str) -> str:
    """Where a page, or an id in it, stands in the one document."""
    return f"#{page}--{part}" if part else f"#{page}"


def font_faces() -> str:
    faces = []
    for family, ending, weight, style in FACES:
        file = FONTS / f"DejaVu{family}{ending}.ttf"
        if not file.is_file():
            raise FileNotFoundError(f"matplotlib has no font {file.name}")
        faces.append(
            f'@font-face{{font-family:"Book {family}";font-weight:{weight};font-style:{style};'
            f'src:url("{file.as_uri()}")}}'
        )
    return "".join(faces)


def document(articles: list[Article], cover: Cover, site: Path) -> str:
    """The document, with the style sheets of the edition's pages in a built site.

    Raises FileNotFoundError where a style sheet or a font is not there.
    """
    static = site / cover.language / "_static"
    sheets = [static / "letters.css", static / "pages.css", ASSETS / "takeaway" / "paper.css"]
    for sheet in sheets:
        if not sheet.is_file():
            raise FileNotFoundError(f"there is no {sheet}")
    return DOCUMENT.format(
        language=cover.language,
        title=escape(cover.title),
        author=escape(cover.author),
        imprint=escape(cover.imprint),
        contents=escape(cover.contents),
        styles="\n".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in sheets),
        faces=font_faces(),
        links="".join(
            f'<li><a href="{place(each.name, "")}">{escape(each.title)}</a></li>\n'
            for each in articles
        ),
        articles="\n".join(
            f'<article class="bd-article" id="{each.name}">{each.html}</article>'
            for each in articles
        ),
    )
