"""What paper and e-readers get of a built page, tried on small pages."""

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from site_helpers import EDITIONS

from nwbook import epub, paper
from nwbook.articles import LIVE, Article, page_names, read_articles

SAID = {LIVE: "alive: %s"}
FORMULA = (
    '<span class="katex"><span class="katex-mathml"><math xmlns="http://www.w3.org/1998/Math/MathML">'
    '<semantics><mtable columnspacing=""><mtr><mtd><mi>w</mi></mtd></mtr></mtable>'
    '<annotation encoding="application/x-tex">w  ^2</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span class="mord">w</span></span></span>'
)
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" id="nw1-svg" class="nw-svg" '
    'data-wide="" role="img" '
    'aria-label="A & B"><style type="text/css">#nw1-svg { *{fill: red} '
    'text{x: y}  }</style><clipPath id="nw1-a"/><path d="M0 0" clip-path="url(#nw1-a)"/></svg>'
).replace("&", "&amp;")
ONE = f"""
<section id="one">
<h1><span class="section-number">1. </span>One<a class="headerlink" href="#one">#</a></h1>
<p id="far" tabindex="0" data-x="1" aria-labelledby="one">See
<a href="two.html#there">two</a>, <a href="two.html#lost">it</a>,
<a href="#far">here</a>, <a href="two.html">all</a>, <a href="api.html#x">more</a>,
<a href="https://doi.org/1">a paper</a>, <a href="../vi/two.html">chú ý</a>. {FORMULA}</p>
<div class="nw-live full-width"><div class="nw-fallback"><div class="nw-room">
<div class="nw-room-part">
<button>a control</button></div><div class="nw-picture">{DRAWING}</div></div></div>
<script type="x">{{"state": 1}}</script></div>
<details class="hide" id="more"><summary><span class="collapsed">Show</span>
<span class="expanded">Hide</span></summary><p>folded</p></details>
<details><summary>A <em>proof</em></summary><p>of it</p></details>
<div class="sd-tab-set"><input id="t0" type="radio"><label for="t0">PyTorch</label>
<div class="sd-tab-content" id="t0-content"><p>first tab</p></div><input id="t1" type="radio">
<label for="t1">JAX</label><div class="sd-tab-content"><p>second tab</p></div></div>
<nw-check><form>a box</form></nw-check><nw-progress>a list</nw-progress>
<section id="away"><h2>Take it</h2>
<nw-takeaway><template>no</template><ul></ul></nw-takeaway></section>
</section>"""
TWO = '<section id="two"><h1>Two &amp; more</h1><p id="there">text</p></section>'
YOURS = '<section><h1>Yours</h1><nw-yours data-words="{}"></nw-yours></section>'


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "en"
    folder.mkdir()
    for name, text in {"one": ONE, "two": TWO, "yours": YOURS}.items():
        html = f'<body><nav>x</nav><article class="bd-article">{text}</article><p>end</p></body>'
        (folder / f"{name}.html").write_text(html, "utf-8")
    return folder


def read(pages: Path, **choices: Any) -> list[Article]:
    choices = {"place": epub.place, "drawn": False, **choices}
    place = choices.pop("place")
    return read_articles(pages, ["one", "two", "yours"], place, SAID, **choices)


def test_titles_and_order(pages: Path) -> None:
    articles = read(pages)
    assert [(each.name, each.title) for each in articles] == [
        ("one", "1. One"),
        ("two", "Two & more"),
    ]


def test_what_needs_a_browser_is_left_out(pages: Path) -> None:
    html = read(pages)[0].html
    for gone in ("headerlink", "<script", "a control", "a box", "a list", "Take it", "second tab"):
        assert gone not in html
    for gone in ("tabindex", "data-x", "<details", "<summary", "Show", "Hide", "<input", "<label"):
        assert gone not in html
    assert "<p>first tab</p>" in html
    assert '<div class="nw-open">' in html
    assert '<p class="nw-summary">A <em>proof</em></p>' in html
    assert "<p>folded</p>" in html


def test_an_explorer_is_its_picture_and_an_address(pages: Path) -> None:
    html = read(pages)[0].html
    assert '<p class="nw-address">alive: en/one.html</p>' in html
    assert html.count("<svg") == 1
    assert 'viewBox="0 0 9 9"' in html, "names in SVG keep their capitals"
    assert 'id="one-1-a"' in html
    assert "url(#one-1-a)" in html
    assert "aria-labelledby" not in html
    published = read(pages, address="https://example.org/en/")[0].html
    assert "alive: https://example.org/en/one.html" in published


def test_links_lead_where_things_are(pages: Path) -> None:
    html = read(pages)[0].html
    assert '<a href="two.xhtml#there">two</a>' in html
    assert '<a href="two.xhtml">it</a>' in html
    assert '<a href="one.xhtml#far">here</a>' in html
    assert '<a href="two.xhtml">all</a>' in html
    assert '<a href="https://doi.org/1">a paper</a>' in html
    assert ", more," in html
    assert ", chú ý." in html
    published = read(pages, address="https://example.org/en/")[0].html
    assert '<a href="https://example.org/en/api.html#x">more</a>' in published
    assert '<a href="https://example.org/vi/two.html">chú ý</a>' in published


def test_on_one_page_ids_are_of_their_article(pages: Path) -> None:
    one, two = read(pages, place=paper.place)
    assert '<a href="#two--there">two</a>' in one.html
    assert '<a href="#two">all</a>' in one.html
    assert '<p id="one--far">' in one.html
    assert '<p id="two--there">' in two.html


def test_formulas_are_mathml_or_drawn_with_their_tex(pages: Path) -> None:
    meant = read(pages)[0].html
    assert 'alttext="w ^2"' in meant
    assert "katex" not in meant
    assert "columnspacing" not in meant
    drawn = read(pages, drawn=True)[0].html
    assert '<span aria-label="w ^2" class="katex-html" role="img">' in drawn
    assert "<math" not in drawn


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<p>no heading</p>", "has no heading"),
        ('<h1>x</h1><div class="sd-tab-set"></div>', "tabs without a first one"),
        ('<h1>x</h1><div class="nw-live"></div>', "an explorer without a picture"),
        ('<h1>x</h1><span class="katex">w</span>', "a formula that KaTeX has not set"),
    ],
)
def test_a_page_that_is_not_as_built_is_refused(text: str, complaint: str, pages: Path) -> None:
    (pages / "two.html").write_text(f'<article class="bd-article">{text}</article>', "utf-8")
    with pytest.raises(ValueError, match=complaint):
        read(pages)


def test_a_page_without_an_article_is_refused(pages: Path) -> None:
    (pages / "two.html").write_text("<p>nothing</p>", "utf-8")
    with pytest.raises(ValueError, match=r"two\.html has no article"):
        read(pages)


def test_pages_stand_in_the_order_of_the_contents() -> None:
    toc = {
        "root": "chapters/vi/index",
        "parts": [
            {"chapters": [{"file": "chapters/vi/b"}, {"file": "chapters/vi/a"}]},
            {"chapters": [{"file": "chapters/en/api", "title": "x"}]},
        ],
    }
    assert page_names(toc, EDITIONS[0]) == ["index", "b", "a"]


# The EPUB -----------------------------------------------------------------------------------------

ABOUT = epub.About("en", "A & B", "C < D", 2027, "Contents")


def test_an_epub_holds_what_its_package_says(pages: Path, tmp_path: Path) -> None:
    target = tmp_path / "files" / "book.epub"
    epub.write_epub(read(pages), ABOUT, target)
    with zipfile.ZipFile(target) as packed:
        first = packed.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert packed.read("mimetype") == b"application/epub+zip"
        texts = {name: packed.read(name) for name in packed.namelist()[1:]}
    trees = {
        name: ElementTree.fromstring(text) for name, text in texts.items() if ".css" not in name
    }
    opf = {"o": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
    package = trees["book/content.opf"]
    items = {each.get("href"): each.get("properties") for each in package.findall(".//o:item", opf)}
    assert {f"book/{href}" for href in items} == texts.keys() - {
        "META-INF/container.xml",
        "book/content.opf",
    }
    assert items["one.xhtml"] == "mathml svg"
    assert items["two.xhtml"] is None
    assert package.findtext(".//dc:title", namespaces=opf) == "A & B"
    assert package.findtext(".//dc:creator", namespaces=opf) == "C < D"
    assert package.findtext(".//dc:language", namespaces=opf) == "en"
    spine = [each.get("idref") for each in package.findall(".//o:itemref", opf)]
    assert spine == ["page-0", "page-1"]
    links = [each.get("href") for each in trees["book/nav.xhtml"].iter() if each.get("href")]
    assert links == ["style.css", "one.xhtml", "two.xhtml"]
    one = texts["book/one.xhtml"].decode()
    assert "#one-1-svg *{fill: red}" in one.replace(" {", "{")
    assert "data-wide" not in one
    again = tmp_path / "again.epub"
    epub.write_epub(read(pages), ABOUT, again)
    assert again.read_bytes() == target.read_bytes()
    assert list(target.parent.iterdir()) == [target]


# The page that is printed -------------------------------------------------------------------------


def test_the_document_asks_for_what_is_there(pages: Path, tmp_path: Path) -> None:
    cover = paper.Cover("en", "A & B", "C", "2027", "Contents")
    articles = read(pages, place=paper.place, drawn=True)
    with pytest.raises(FileNotFoundError, match=r"letters\.css"):
        paper.document(articles, cover, tmp_path)
    (pages / "_static").mkdir()
    for name in ("letters.css", "pages.css"):
        (pages / "_static" / name).write_text("", "utf-8")
    html = paper.document(articles, cover, tmp_path)
    assert '<html lang="en"' in html
    assert "<title>A &amp; B</title>" in html
    assert html.count("@font-face") == len(paper.FACES)
    assert '<li><a href="#two">Two &amp; more</a></li>' in html
    assert '<article class="bd-article" id="two">' in html
    assert (pages / "_static" / "pages.css").as_uri() in html


def test_a_missing_font_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paper, "FONTS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"DejaVuSerif\.ttf"):
        paper.font_faces()
