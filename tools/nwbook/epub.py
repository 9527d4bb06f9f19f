"""An edition as an EPUB 3 (W3C, EPUB 3.3): its built pages with MathML, pictures and stills.

The same pages give the same file, bit by bit.
"""

import re
import uuid
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path

from nwbook.archive import add_file
from nwbook.articles import Article
from nwbook.paths import ASSETS

TYPE = "application/epub+zip"
CONTAINER = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""
PAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="{language}" xml:lang="{language}">
<head>
<title>{title}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{body}
</body>
</html>
"""
PACKAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" \
xml:lang="{language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title>
<dc:language>{language}</dc:language>
<dc:creator>{author}</dc:creator>
<dc:date>{year}</dc:date>
<dc:rights>MIT</dc:rights>
<meta property="dcterms:modified">{year}-01-01T00:00:00Z</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessModeSufficient">textual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">structuralNavigation</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="style" href="style.css" media-type="text/css"/>
{items}
</manifest>
<spine>
{spine}
</spine>
</package>
"""
NAME_IN_STYLE = re.compile(r"<style([^>]*)>\s*(#[\w-]+) \{ (.*?)\s*\}\s*</style>", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
OWN_DATA = re.compile(r' data-wide=""')


@dataclass(frozen=True)
class About:
    """What the file says of the edition."""

    language: str
    title: str
    author: str
    year: int
    contents: str  # what the list of chapters is called


def place(page: str, part: str) -> str:
    """Where a page, or an id in it, stands in the book."""
    return f"{page}.xhtml#{part}" if part else f"{page}.xhtml"


def flat_styles(html: str) -> str:
    """Pictures' own rules with the picture's id in each: readers of EPUB nest none."""

    def flat(match: re.Match[str]) -> str:
        attributes, name, rules = match.groups()
        return "".join(
            [
                f"<style{attributes}>",
                *(f"{name} {rule[0].strip()} {{{rule[1]}}}" for rule in RULE.findall(rules)),
                "</style>",
            ]
        )

    return NAME_IN_STYLE.sub(flat, html)


def page_of(article: Article, language: str) -> str:
    """An article as a document of its own."""
    body = OWN_DATA.sub("", flat_styles(article.html))
    return PAGE.format(language=language, title=escape(article.title), body=body)


def navigation(articles: list[Article], about: About) -> str:
    items = "".join(
        f'<li><a href="{place(each.name, "")}">{escape(each.title)}</a></li>\n' for each in articles
    )
    body = f'<nav epub:type="toc"><h1>{escape(about.contents)}</h1>\n<ol>\n{items}</ol></nav>'
    return PAGE.format(language=about.language, title=escape(about.title), body=body)


def package(articles: list[Article], pages: dict[str, str], about: About) -> str:
    """The package document: what there is, and in which order it is read."""
    items = []
    for number, article in enumerate(articles):
        page = pages[article.name]
        properties = " ".join(name for name in ("mathml", "svg") if f"<{_tag(name)}" in page)
        told = f' properties="{properties}"' if properties else ""
        items.append(
            f'<item id="page-{number}" href="{article.name}.xhtml" '
            f'media-type="application/xhtml+xml"{told}/>'
        )
    spine = [f'<itemref idref="page-{number}"/>' for number in range(len(articles))]
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{about.title} {about.language}")
    return PACKAGE.format(
        language=about.language,
        identifier=identifier,
        title=escape(about.title),
        author=escape(about.author),
        year=about.year,
        items="\n".join(items),
        spine="\n".join(spine),
    )


def _tag(name: str) -> str:
    return {"mathml": "math", "svg": "svg"}[name]


def write_epub(articles: list[Article], about: About, target: Path) -> None:
    """Write the articles into one file."""
    pages = {article.name: page_of(article, about.language) for article in articles}
    target.parent.mkdir(exist_ok=True)
    draft = target.with_suffix(".draft")
    with zipfile.ZipFile(draft, "w") as packed:
        # First, and as it is: programs know the file by it.
        add_file(packed, "mimetype", TYPE.encode(), small=False)
        texts = {
            "META-INF/container.xml": CONTAINER,
            "book/content.opf": package(articles, pages, about),
            "book/nav.xhtml": navigation(articles, about),
            "book/style.css": (ASSETS / "takeaway" / "epub.css").read_text("utf-8"),
            **{f"book/{name}.xhtml": page for name, page in pages.items()},
        }
        for name, text in texts.items():
            add_file(packed, name, text.encode(), small=True)
    draft.replace(target)
