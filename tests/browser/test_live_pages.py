"""Widgets live in the built pages, without a kernel; where they cannot, their picture stays."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import Tag
from pages.window import DECIDED, Reader, reader
from playwright.sync_api import Browser, Route, expect
from site_helpers import PAGES, SITE, STATE, VIEW, Page, html
from site_helpers import widget_state as state

HIDDEN = {"remove-cell", "remove-output", "remove_cell", "remove_output"}

BUNDLE = "**/vendor/book/widgets.js*"
SOURCES = "**/_static/widget-*.js"
LINKS = ("LinkModel", "DirectionalLinkModel")


def live_outputs(page: Page) -> int:
    """How many outputs of the page's notebook are widgets with a stored picture."""
    return sum(
        VIEW in output["data"] and "image/svg+xml" in output["data"]
        for cell in page.notebook.cells
        if cell.cell_type == "code" and not HIDDEN & set(cell.metadata.get("tags", []))
        for output in cell.outputs
        if "data" in output
    )


LIVE = [page for page in PAGES if live_outputs(page)]
STILL = [page for page in PAGES if not live_outputs(page)]

every_live_page = pytest.mark.parametrize("page", LIVE, ids=str)


def scripts(page: Page) -> list[str]:
    """The files that only widgets need."""
    sources = [str(script["src"]) for script in html(page.path).select("script[src]")]
    return [src for src in sources if "vendor/book/widgets.js" in src or "/widget-" in src]


def test_there_are_live_pages() -> None:
    assert LIVE, "no notebook shows a widget with a picture"
    assert any("source" in model for page in LIVE for model in state(page).values())


def moves(model: dict[str, Any]) -> bool:
    return bool(model["state"].get("sweeps"))


@pytest.fixture(scope="module")
def explorer_page() -> Page:
    """A page with a widget that brings its own JavaScript, and in which nothing moves by itself."""
    return next(page for page in LIVE if not any(moves(model) for model in state(page).values()))


@every_live_page
def test_the_picture_is_there_before_any_script(page: Page) -> None:
    places = html(page.path).select("article .nw-live")
    assert len(places) == live_outputs(page)
    for place in places:
        picture = place.select_one(".nw-fallback svg.nw-svg")
        assert isinstance(picture, Tag)
        assert str(picture["aria-label"]).strip()
        (view,) = place.find_all("script", type=VIEW)
        assert json.loads(view.get_text())["model_id"] in state(page)


@every_live_page
def test_text_does_not_wait_for_widgets(page: Page) -> None:
    assert scripts(page)
    for script in html(page.path).select("script[src]"):
        if script["src"] in scripts(page):
            assert script.has_attr("async")


@every_live_page
def test_a_place_holds_all_that_its_widget_is_made_of(page: Page) -> None:
    """So that the first need not wait for the rest of the page."""
    for place in html(page.path).select("article .nw-live"):
        (view,) = place.find_all("script", type=VIEW)
        (stored,) = place.find_all("script", type=STATE)
        models = json.loads(stored.get_text())["state"]
        assert json.loads(view.get_text())["model_id"] in models
        assert set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(models))) <= set(models)


@pytest.mark.parametrize("page", STILL, ids=str)
def test_other_pages_load_nothing_for_widgets(page: Page) -> None:
    assert scripts(page) == []
    assert html(page.path).find_all("script", type=STATE) == []


@every_live_page
def test_nothing_is_in_the_page_twice_or_for_nothing(page: Page) -> None:
    """Sources are in shared files; every model is a part of a view, or a link to one."""
    models = state(page)
    for model in models.values():
        assert not {"_esm", "_css"} & set(model["state"])
        aside = model["state"].get("_aside", "_static")
        assert (SITE / page.edition / aside).exists(), "only the address of its file is there"
    named = set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(models)))
    views = html(page.path).find_all("script", type=VIEW)
    shown = {json.loads(view.get_text())["model_id"] for view in views}
    links = {name for name, model in models.items() if model["model_name"] in LINKS}
    assert set(models) == named | shown | links


def damaged(route: Route) -> None:
    route.fulfill(status=200, content_type="text/javascript", body="<!doctype html><p>Sorry")


@pytest.mark.parametrize("asset", [BUNDLE, SOURCES])
@pytest.mark.parametrize("damage", [Route.abort, damaged], ids=["missing", "garbled"])
def test_when_a_part_is_lost_the_picture_stays(
    explorer_page: Page, asset: str, damage: Any, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        window.tab.route(asset, lambda route: damage(route))
        with window.tab.expect_event(
            "console" if asset == SOURCES else "load",
            lambda event: not hasattr(event, "text") or "stays a picture" in event.text,
        ):
            window.tab.goto(f"{site}/{explorer_page.path}")
        if asset == SOURCES:
            window.tab.wait_for_function(DECIDED)
        lost = window.tab.locator(".nw-live:not([data-nw-live=alive])")
        assert lost.count() == window.tab.locator(".nw-live").count() or asset == SOURCES
        assert lost.count()
        for place in lost.all():
            assert place.locator(".nw-fallback svg.nw-svg").is_visible()
            assert place.locator(".nw-view").count() == 0
        assert_rest_works(window)


def assert_rest_works(window: Reader) -> None:
    assert window.tab.locator("article .katex").count()
    before = window.tab.evaluate("document.documentElement.dataset.mode")
    window.tab.locator(".article-header-buttons .theme-switch-button").click()
    assert window.tab.evaluate("document.documentElement.dataset.mode") != before


# What a broken explorer may do instead of painting.
BROKEN = [
    "export default { render() { throw new Error('broken') } };",
    "this is no module",
    "export default { render({ el }) { el.innerHTML = '<p class=nw-explorer>half' } };",
]


@pytest.mark.parametrize("module", BROKEN, ids=["fails", "garbled", "never-ready"])
def test_an_explorer_that_does_not_paint_is_not_shown(
    explorer_page: Page, module: str, site: str, chromium: Browser
) -> None:
    models = state(explorer_page).values()
    broken = {model["source"]: {"_esm": module} for model in models if "source" in model}
    with reader(chromium, site) as window:
        window.tab.route(
            SOURCES,
            lambda route: route.fulfill(
                content_type="text/javascript", body=f"globalThis.nwSources = {json.dumps(broken)}"
            ),
        )
        with window.tab.expect_console_message(lambda message: "stays a picture" in message.text):
            window.tab.goto(f"{site}/{explorer_page.path}")
        place = window.tab.locator(".nw-live[data-nw-live=fallback]").first
        assert place.locator(".nw-fallback svg.nw-svg").is_visible()
        assert place.locator(".nw-view").count() == 0


def test_a_control_that_gets_its_name_late_has_its_value(
    explorer_page: Page, site: str, chromium: Browser
) -> None:
    """As ipywidgets draws it: in the page first, and with its classes only then."""
    with reader(chromium, site) as window:
        window.open_alive(explorer_page.path)
        value = window.tab.locator(".nw-value").first
        expect(value).to_have_text(re.compile(r"\d"))
        shown = value.text_content()
        assert shown
        window.tab.evaluate(
            """async () => {
              const control = document.querySelector(".nw-value").closest("[class*=nw-control-]");
              const late = control.cloneNode(true);
              late.querySelector(".nw-value").remove();
              const name = [...late.classList].find((each) => each.startsWith("nw-control-"));
              late.classList.remove(name);
              late.classList.add("test-late");
              control.replaceWith(late);
              await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
              late.classList.add(name);
            }"""
        )
        expect(window.tab.locator(".test-late .nw-value")).to_have_text(shown)


def test_source_files_are_shared() -> None:
    """One file for a source, however many pages run it."""
    for edition in {page.edition for page in LIVE}:
        files = [file.name for file in Path(SITE, edition, "_static").glob("widget-*.js")]
        named = {src.rpartition("/")[2] for page in LIVE for src in scripts(page)}
        assert set(files) <= named
