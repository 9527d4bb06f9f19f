"""Small things that a page of the built site does: on paper, on a phone, in its own language."""

import functools
import http.server
import threading
from pathlib import Path
from typing import Any

import pytest
from pages.window import reader
from playwright.sync_api import Browser
from site_helpers import CODES, PAGES, SAID, SITE, Page, html

every_page = pytest.mark.parametrize("page", PAGES, ids=str)


# On paper -----------------------------------------------------------------------------------------


# Titles and names ---------------------------------------------------------------------------------


@every_page
def test_a_title_says_nothing_twice(page: Page) -> None:
    title = html(page.path).title
    assert title is not None
    parts = title.get_text().split(" – ")
    assert len(parts) == len(set(parts))
    assert len(parts) == (1 if page.name == "index" else 2)


@every_page
def test_buttons_have_no_english_name_before_any_script(page: Page) -> None:
    text = (SITE / page.path).read_text("utf-8")
    assert "Toggle hidden content" not in text


@pytest.mark.parametrize("code", CODES)
def test_scripts_have_the_editions_words(code: str) -> None:
    script = (SITE / code / "_static" / "pages.js").read_text("utf-8")
    assert "Toggle hidden content" not in script
    for message in ("Show or hide", "Copied!"):
        assert SAID[code][message] in script
        # The English one may be there as the name of the message.
        others = {SAID[other][message] for other in CODES} - {SAID[code][message], message}
        assert [text for text in others if f'"{text}"' in script] == []


@pytest.mark.parametrize("code", CODES)
def test_the_bibliography_speaks_the_editions_language(code: str) -> None:
    entries = [entry.get_text() for entry in html(f"{code}/references.html").select(".citation")]
    tips = [
        str(link["title"])
        for page in PAGES
        if page.edition == code
        for link in html(page.path).select(".bibtex-citation a[title]")
    ]
    assert len(entries) > 10
    assert len(tips) > 5
    (choromanski,) = (entry for entry in entries if "Choromanski" in entry)
    (strain,) = (entry for entry in entries if "Greengard" in entry)
    (vaswani,) = {tip for tip in tips if "Vaswani" in tip}
    say = SAID[code]
    assert f"{say[', and ']}Adrian Weller." in " ".join(choromanski.split())
    assert f"Leslie Greengard {say['and']} John Strain." in " ".join(strain.split())
    assert f"{say['In']} Advances in" in vaswani
    # Titles keep their own words.
    assert any("Theory of Probability & Its Applications" in entry for entry in entries)
    assert any("fast and memory-efficient" in entry for entry in entries)


# Narrow and wide ----------------------------------------------------------------------------------


def test_nothing_lies_on_an_explorer_on_a_phone(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport={"width": 360, "height": 740}) as window:
        window.open("en/03-nonparametric-attention.html")
        window.tab.mouse.wheel(0, 4000)
        window.tab.wait_for_timeout(300)
        window.tab.mouse.wheel(0, -1500)  # the button comes when a reader goes back
        window.tab.wait_for_timeout(300)
        assert not window.tab.locator("#pst-back-to-top").is_visible()


def test_explorers_take_the_empty_margin(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport={"width": 1440, "height": 900}) as window:
        window.open("en/03-nonparametric-attention.html")
        tab = window.tab
        box = tab.locator(".nw-view .nw-box").first
        box.scroll_into_view_if_needed()
        wide, text = box.bounding_box(), tab.locator("article p").first.bounding_box()
        assert wide
        assert text
        assert wide["width"] >= 1.25 * text["width"]
        assert wide["x"] + wide["width"] <= 1440
        # The contents of the page make way.
        tab.wait_for_function(
            """() => {
              const { opacity, visibility } = getComputedStyle(document.querySelector(
                "div.bd-sidebar-secondary .sidebar-secondary-items, div.bd-sidebar-secondary"));
              return document.querySelector("div.bd-sidebar-secondary.hide") || !+opacity
                || visibility === "hidden";
            }"""
        )
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1440


# Wrong addresses ----------------------------------------------------------------------------------


class _Host(http.server.SimpleHTTPRequestHandler):
    """A host that has the site in /book/ and answers wrong addresses with the nearest 404.html."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/book"))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        folder = "vi" if self.path.startswith("/book/vi/") else "."
        content = (Path(SITE) / folder / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("wrong", "languages"),
    [("nowhere", CODES), ("a/b/c/nowhere.html", CODES), ("vi/x/y/nowhere.html", ["vi"])],
)
def test_a_wrong_address_leads_back(wrong: str, languages: list[str], chromium: Browser) -> None:
    handler = functools.partial(_Host, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/book"
        for code in languages:
            tab = chromium.new_page()
            answer = tab.goto(f"{base}/{wrong}")
            assert answer is not None
            assert answer.status == 404
            tab.locator("html[data-root]").wait_for(state="attached")
            assert tab.locator(f"p[lang={code}]").is_visible()
            tab.locator(f"a.edition[hreflang={code}]").click()
            tab.wait_for_url(f"{base}/{code}/index.html")
            assert tab.locator("article h1").count() == 1
            tab.close()
        server.shutdown()
