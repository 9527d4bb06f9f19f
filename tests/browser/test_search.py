"""The search of the built site."""

import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from pages.window import reader
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from site_helpers import EDITIONS, SITE, page_names

from nwbook.search import sections

CODES = [edition.code for edition in EDITIONS]


def search(tab: Tab, base: str, code: str, query: str) -> list[dict[str, object]]:
    tab.goto(f"{base}/{code}/search.html?q={quote(query)}")
    tab.locator(".search-summary").wait_for()
    found: list[dict[str, object]] = tab.locator("#search-results li").evaluate_all(
        """(all) => all.map((item) => ({
          page: item.querySelector("a").getAttribute("href").split("#")[0].replace(".html", ""),
          place: item.querySelector("a").getAttribute("href"),
          excerpt: item.querySelector(".context").textContent,
          marked: [...item.querySelectorAll("mark")].map((mark) => mark.textContent),
        }))"""
    )
    return found


@cache
def sections_of(path: str) -> list[dict[str, str]]:
    return sections((SITE / path).read_text("utf-8"))


@cache
def text_of(code: str, name: str) -> str:
    parts = sections_of(f"{code}/{name}.html")
    return unicodedata.normalize(
        "NFC", " ".join(f"{part['title']} {part['text']}" for part in parts)
    ).lower()


@pytest.mark.parametrize(
    ("code", "query", "quoted"),
    [
        ("vi", "huan luyen", "huấn luyện"),
        ("vi", "HUẤN LUYỆN", "huấn luyện"),
        ("vi", "do rong", "độ rộng"),
        ("vi", unicodedata.normalize("NFD", "trọng số"), "trọng số"),
        ("en", "attention pooling", "attention pooling"),
        ("en", "Hardle", "härdle"),
    ],
)
def test_what_was_meant_is_quoted(
    code: str, query: str, quoted: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        found = search(window.tab, site, code, query)
        assert found
        best = str(found[0]["excerpt"]).lower()
        assert quoted in best, best
        marked = [str(mark).lower() for mark in found[0]["marked"]]  # type: ignore[attr-defined]
        assert set(quoted.split()) <= set(marked)
        assert window.seen.page_errors + window.seen.console_errors + window.seen.failed == []


@pytest.mark.parametrize(
    ("code", "phrase"),
    [("vi", "hồi quy"), ("vi", "hàm mất mát"), ("vi", "trọng số"), ("en", "leave one out")],
)
def test_words_that_stand_together_come_first(
    code: str, phrase: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        found = search(window.tab, site, code, phrase)
    # Of the book's pages; the reference of nwcore is found, too.
    pages = [str(each["page"]) for each in found if str(each["page"]) in page_names()]
    together = [phrase in text_of(code, page).replace("-", " ") for page in pages]
    assert together[0]
    assert together == sorted(together, reverse=True)
    first = sum(together)
    everywhere = [phrase in text_of(code, name).replace("-", " ") for name in page_names()]
    assert first == sum(everywhere), "a page that has the phrase was not found"


@pytest.mark.parametrize(("code", "query"), [("vi", "chú ý"), ("vi", "nhieu"), ("en", "kernel")])
def test_an_excerpt_is_text_of_the_place_it_leads_to(
    code: str, query: str, site: str, chromium: Browser
) -> None:
    """Not of the page's buttons, nor of another section."""
    with reader(chromium, site) as window:
        found = search(window.tab, site, code, query)
    assert len(found) > 2
    for each in found:
        name, _, identity = str(each["place"]).partition("#")
        parts = sections_of(f"{code}/{name}")
        (part,) = [part for part in parts if part["id"] == identity] or parts[:1]
        assert str(each["excerpt"]).removeprefix("… ").removesuffix(" …") in part["text"]


@pytest.mark.parametrize("code", CODES)
def test_search_works_from_a_folder(code: str, chromium: Browser) -> None:
    tab = chromium.new_page()
    found = search(tab, SITE.as_uri(), code, "softmax")
    assert found
    assert all(each["excerpt"] for each in found)
    tab.close()


@pytest.mark.parametrize("code", CODES)
def test_nothing_of_the_search_is_loaded_to_read(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        asked: list[str] = []
        window.tab.on("request", lambda request: asked.append(request.url))
        window.open(f"{code}/index.html")
        assert [url for url in asked if "search" in url] == []
    assert not list(Path(SITE, code).glob("searchindex.js"))


@pytest.mark.parametrize("query", ["", "   ", "(", "$&", "…"])
def test_odd_queries_do_no_harm(query: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.goto(f"{site}/vi/search.html?q={quote(query)}")
        window.tab.wait_for_function("() => document.activeElement?.type === 'search'")
        assert window.tab.locator("#search-results li").count() == 0
        assert window.seen.page_errors == []
