"""What a reader without a mouse or without sight meets: axe finds nothing, and Tab reaches all."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pages.axe import DESCRIBED, violations
from pages.placements import HOMES, LIVE
from pages.window import (
    PHONE,
    WIDE,
    hold_still,
    reader,
    wait_for_theme,
    wait_until_alive,
)
from playwright.sync_api import Browser, Locator
from playwright.sync_api import Page as Tab
from site_helpers import CODES, EDITIONS, Page

from nwcore.words import read_words

# Pages of the site that are no chapters: the choice of an edition, the reference of nwcore, and the
# search with its results.
OTHERS = [
    "index.html#editions",
    "en/api.html",
    "en/search.html?q=attention+weights",
    "vi/search.html?q=trọng+số",
]
IN_ONE_LANGUAGE = [page for page in LIVE if page.edition == CODES[0]]

# How an explorer is worked and what it says of itself is the same in all languages.
every_live_page = pytest.mark.parametrize("page", IN_ONE_LANGUAGE, ids=str)


@pytest.mark.parametrize("path", OTHERS)
def test_axe_finds_nothing(path: str, site: str, chromium: Browser) -> None:
    """Beside the chapters, of which test_every_page.py asks the same."""
    with reader(chromium, site, viewport=PHONE, color_scheme="dark") as window:
        window.open(path)
        if "search" in path:
            window.tab.locator("#search-results li").first.wait_for()
        if not path.startswith("index.html"):
            wait_for_theme(window.tab, "dark")
        assert window.scroll_width() <= PHONE["width"]
        assert violations(window.tab, formulas=False) == set()
        assert window.seen.page_errors == []


@pytest.mark.parametrize("page", [p for p in IN_ONE_LANGUAGE if p.name in HOMES.values()], ids=str)
def test_axe_finds_nothing_in_an_explorer_that_was_used(
    page: Page, site: str, chromium: Browser
) -> None:
    """With a note, with disabled and enabled buttons the other way round, far from the start."""
    used = "attention:kernel=boxcar;w=60;moved=3_1_-2&kernels:kernel=boxcar;w=60&training:steps=3"
    if "02" in page.name:
        used = "attention:noise=1;moved=3_1_-2"
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
        window.tab.goto(f"{site}/{page.path}#{used}")
        wait_until_alive(window.tab)
        window.tab.wait_for_function(DESCRIBED)
        assert violations(window.tab, within=window.tab.locator(".nw-live")) == set()


# The keyboard ------------------------------------------------------------------------------------

# Where the focus is, told so that two elements of one kind are told apart.
FOCUS = """() => {
  const node = document.activeElement;
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  const control = node.closest("[class*=nw-control-]");
  return {
    inside: Boolean(node.closest(".nw-live")),
    what: [
      [...(control?.classList ?? [])].find((name) => name.startsWith("nw-control-")) ?? "",
      node.getAttribute("role") ?? node.localName,
      node.classList.contains("nw-handle-points") ? "points" : "",
      /^(button|a)$/.test(node.localName) ? node.textContent : "",
    ].filter(Boolean).join(" "),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    faint: style.outlineColor === "rgba(0, 0, 0, 0)" || style.outlineColor === "transparent",
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""

# What is worked in the picture itself, told as FOCUS tells it.
HANDLES = """(all) => all.map((node) =>
  node.getAttribute("role") + (node.classList.contains("nw-handle-points") ? " points" : ""))"""

# Everything in an explorer that can be worked by hand, in the order of the document.
REACHABLE = """(place) => [...place.querySelectorAll(
    ".nw-view " +
    ":is(a[href], button, select, input, summary, [tabindex='0'], [contenteditable=true])")]
  .filter((node) => node.checkVisibility() && !node.disabled).length"""


def focus_before(place: Locator) -> None:
    """Put the focus on a place just before the explorer."""
    place.evaluate(
        """(place) => {
          document.querySelectorAll(".test-start").forEach((node) => node.remove());
          const start = document.createElement("button");
          start.className = "test-start";
          place.before(start);
          start.focus();
        }"""
    )


def tab_through(tab: Tab, place: Locator) -> list[dict[str, Any]]:
    focus_before(place)
    stops: list[dict[str, Any]] = []
    while True:
        tab.keyboard.press("Tab")
        stop = tab.evaluate(FOCUS)
        if not stop["inside"]:
            return stops
        stops.append(stop)
        assert len(stops) < 40, "Tab never leaves the explorer"


@pytest.fixture(scope="module")
def tabs(site: str, chromium: Browser) -> Iterator[dict[Page, Tab]]:
    """Every page with explorers, open and alive."""
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
        opened = {}
        for page in IN_ONE_LANGUAGE:
            tab = window.context.new_page()
            tab.goto(f"{site}/{page.path}")
            wait_until_alive(tab)
            hold_still(tab)
            opened[page] = tab
        yield opened


@every_live_page
def test_tab_reaches_every_control_in_order_and_is_seen(page: Page, tabs: dict[Page, Tab]) -> None:
    tab = tabs[page]
    tab.bring_to_front()
    for place in tab.locator(".nw-live").all():
        stops = tab_through(tab, place)
        whats = [stop["what"] for stop in stops]
        assert len(stops) == place.evaluate(REACHABLE), whats
        assert len(set(whats)) == len(whats)
        for stop in stops:
            assert stop["outline"] >= 2, f"the focus on {stop['what']} is not seen"
            assert not stop["faint"], stop["what"]
            assert stop["seen"], stop["what"]
        controls = [what for what in whats if what.startswith("nw-control-")]
        assert whats[: len(controls)] == controls, "the controls come before the picture"
        named = place.locator("[class*=nw-control-]").evaluate_all(
            "all => all.map((n) => [...n.classList].find((c) => c.startsWith('nw-control-')))"
        )
        reached = list(dict.fromkeys(what.split(" ")[0] for what in controls))
        assert reached == named
        picture = place.locator(".nw-handle").evaluate_all(HANDLES)
        assert picture in ([], ["application points", "slider"], ["application"])
        line = ["input"] * place.locator(".nw-formula-line:visible").count()
        middle = [*line, *picture]
        assert whats[len(controls) : len(controls) + len(middle)] == middle
        rest = whats[len(controls) + len(middle) :]
        assert all(what.startswith(("button", "a ", "summary")) for what in rest), rest
        tab.keyboard.press("Shift+Tab")
        assert tab.evaluate(FOCUS)["what"] == whats[-1]


@every_live_page
def test_everything_has_a_name(page: Page, tabs: dict[Page, Tab]) -> None:
    """As the browser tells it to a screen reader, not as the page writes it."""
    tab = tabs[page]
    session = tab.context.new_cdp_session(tab)
    session.send("Accessibility.enable")
    for place in tab.locator(".nw-view").all():
        nodes = place.evaluate_handle(
            """(view) => [...view.querySelectorAll(
                "button, a[href], select, input, [role=slider], [role=application], canvas, "
                + "[role=group].nw-root, table")].filter((node) => node.checkVisibility())"""
        )
        for node in nodes.get_properties().values():
            element = node.as_element()
            assert element is not None
            element.evaluate("n => { window.testNode = n; }")
            found = session.send("Runtime.evaluate", {"expression": "window.testNode"})
            tree = session.send(
                "Accessibility.getPartialAXTree",
                {"objectId": found["result"]["objectId"], "fetchRelatives": False},
            )["nodes"][0]
            markup = element.evaluate("n => n.outerHTML.slice(0, 160)")
            if element.evaluate("n => n.localName") != "table":
                assert tree.get("name", {}).get("value", "").strip(), markup
            assert not tree.get("ignored"), markup
    session.detach()


@every_live_page
def test_a_change_is_spoken(page: Page, tabs: dict[Page, Tab]) -> None:
    """The live region is silent until something changes, then says what the picture shows."""
    tab = tabs[page]
    for place in tab.locator(".nw-live").all():
        spoken = place.locator(".nw-root > .nw-spoken")
        assert spoken.get_attribute("aria-live") == "polite"
        canvas = place.locator("canvas")
        before = canvas.get_attribute("aria-label")
        assert before
        if not place.evaluate("n => n.dataset.testSpoken"):
            assert spoken.text_content() == "", "it speaks of what nobody has changed"
        said = read_words(page.edition).explorers
        names = [re.escape(said[key]) for key in ("another", "another_task", "other_sets")]
        place.get_by_role("button", name=re.compile(f"^({'|'.join(names)})$")).click()
        tab.wait_for_function(
            "([n, before]) => n.textContent && n.textContent !== before",
            arg=[spoken.element_handle(), before],
        )
        assert spoken.text_content() == canvas.get_attribute("aria-label") != before
        place.evaluate("n => { n.dataset.testSpoken = 1; }")


@every_live_page
def test_a_point_moved_by_keyboard_is_spoken_at_once(page: Page, tabs: dict[Page, Tab]) -> None:
    tab = tabs[page]
    for place in tab.locator(".nw-live:has(.nw-handle-points)").all():
        said = place.locator(".nw-stage > .nw-spoken")
        assert said.get_attribute("aria-live") == "assertive"
        place.locator(".nw-handle-points").focus()
        heard = {said.text_content()}
        assert all(re.search(r"\d", text or "") for text in heard), "the focus says no point"
        for key in ("PageDown", "ArrowUp", "Shift+ArrowLeft"):
            tab.keyboard.press(key)
            tab.wait_for_function(
                "([n, heard]) => !heard.includes(n.textContent)",
                arg=[said.element_handle(), list(heard)],
            )
            heard.add(said.text_content())
        tab.keyboard.press("Delete")


@every_live_page
def test_the_query_handle_says_its_value(page: Page, tabs: dict[Page, Tab]) -> None:
    tab = tabs[page]
    for handle in tab.locator(".nw-handle-query").all():
        handle.focus()
        heard = []
        for key, now in (("Home", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
            handle.press(key)
            tab.wait_for_function(
                "([n, now]) => n.ariaValueNow === String(now)",
                arg=[handle.element_handle(), now],
            )
            heard.append(handle.get_attribute("aria-valuetext"))
        assert heard[0] == heard[2] != heard[1]
        assert handle.get_attribute("aria-valuemin") == "0"
        handle.press("End")
        tab.wait_for_function(
            "(n) => n.ariaValueNow === n.ariaValueMax", arg=handle.element_handle()
        )


# The landing page --------------------------------------------------------------------------------


def test_landing_page_by_keyboard(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open(OTHERS[0])
        languages = []
        for _ in EDITIONS:
            window.tab.keyboard.press("Tab")
            stop = window.tab.evaluate(FOCUS)
            assert stop["outline"] > 0
            assert not stop["faint"]
            languages.append(window.tab.evaluate("document.activeElement.hreflang"))
        assert languages == CODES
        window.tab.keyboard.press("Enter")
        window.tab.wait_for_url(f"{site}/{CODES[-1]}/index.html")
