"""The strictest content-security policy under which the whole site works: the one of the README."""

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from typing import Any

import pytest
from pages.explorer import explorers_in
from pages.webdriver import wait_until
from pages.window import WIDE, Reader, reader
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from site_helpers import CODES, ROOT, SITE, serve
from test_cell_page import own, place_of, press
from test_explorer_extras import take_and_present
from test_search import search

POLICY = re.search(
    r"^Content-Security-Policy: (.*?)\n```$",
    (ROOT / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
# Told by the browser where something is forbidden, before any script of the page.
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
  (globalThis.nwForbidden ??= []).push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""


class _Strict(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        assert POLICY is not None
        self.send_header("Content-Security-Policy", " ".join(POLICY[1].split()))
        super().end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


def poll(tab: Tab, condition: str, *, arg: Any = None) -> None:
    """As `wait_for_function`, which would have the page evaluate text, over and over."""
    wait_until(lambda: tab.evaluate(condition, arg), condition)


@pytest.fixture
def strict(chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader of the site as a host serves it that forbids whatever the README forbids."""
    assert (SITE / "index.html").is_file()
    with (
        serve(SITE, _Strict) as base,
        reader(chromium, base, viewport=WIDE, color_scheme="light") as window,
    ):
        window.tab.add_init_script(LISTEN)
        monkeypatch.setattr(window.tab, "wait_for_function", partial(poll, window.tab))
        yield window
        assert window.seen.all() == []


def forbidden(window: Reader) -> list[str]:
    found: list[str] = window.tab.evaluate("globalThis.nwForbidden ?? []")
    return found


def test_the_policy_begins_with_nothing() -> None:
    assert POLICY is not None
    policy = " ".join(POLICY[1].split())
    assert policy.startswith("default-src 'none';")
    assert "'unsafe-eval'" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert "*" not in policy


@pytest.mark.parametrize("code", CODES)
def test_explorers_live_under_the_policy(code: str, strict: Reader) -> None:
    for name in ("03-nonparametric-attention", "05-training", "07-how-good-can-it-be"):
        strict.open_alive(f"{code}/{name}.html")
        painters = strict.tab.evaluate(
            "[...document.querySelectorAll('.nw-root')].map((root) => root.dataset.painter)"
        )
        assert set(painters) == {"worker"}
        assert forbidden(strict) == []


def test_the_first_page_and_the_theme_work_under_the_policy(strict: Reader) -> None:
    strict.tab.goto(strict.base)
    strict.tab.wait_for_url("**/index.html")
    assert forbidden(strict) == []
    strict.open_alive("en/index.html")
    button = strict.tab.locator(".theme-switch-button").first
    seen = set()
    for _ in range(3):  # light, dark, as the system has it
        button.evaluate("(n) => n.click()")
        seen.add(strict.tab.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    assert forbidden(strict) == []


@pytest.mark.parametrize("code", CODES)
def test_search_works_under_the_policy(code: str, strict: Reader) -> None:
    assert search(strict.tab, strict.base, code, "softmax")
    assert forbidden(strict) == []


def test_files_are_taken_away_under_the_policy(strict: Reader) -> None:
    strict.open_alive("en/03-nonparametric-attention.html")
    take_and_present(explorers_in(strict.tab, "en", "03-nonparametric-attention")[0])
    assert forbidden(strict) == []


def test_cells_run_under_the_policy(strict: Reader) -> None:
    strict.open_alive("en/03-nonparametric-attention.html")
    press(strict.tab, 0)
    press(strict.tab, 2)
    assert strict.tab.locator(".nw-cell-error").count() == 0
    assert strict.tab.locator(".nw-cell-own").count() == 2
    strict.open("en/01-queries-keys-values.html")
    press(strict.tab, 0)
    assert "sum of weights 1.0000   output 4.4892" in own(strict.tab)
    place = place_of(strict.tab, "def weigh(query, keys):  # ✎")
    press(strict.tab, place)
    verdict = strict.tab.locator("#exercise-weigh output")
    assert verdict.get_attribute("data-verdict") == "not-normalised"
    assert forbidden(strict) == []
