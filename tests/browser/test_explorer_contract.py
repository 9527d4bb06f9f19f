"""What every explorer promises, whatever it shows: found on the pages, and named nowhere here.

What is particular to one explorer is tried in files of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from pages.engines import TOUCH, TWO, AnyReader, Engines, in_engines
from pages.explorer import Explorer, Look, explorers_in
from pages.placements import (
    ALL_PLACEMENTS,
    AT_HOME,
    PLACEMENTS,
    Control,
    Placement,
    control_params,
    every_control,
    every_handle,
    every_kind,
    every_slid_kind,
)
from pages.window import (
    TAPS,
    frames_pass,
    hold_still,
    wait_for_theme,
    wait_until_alive,
)
from playwright.sync_api import ViewportSize
from site_helpers import CODES, SITE, Page

from nwcore.explorers import EXPLORERS

HOME_PAGES = list(dict.fromkeys(place.page for place in AT_HOME))

# Registered and placed ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", EXPLORERS)
def test_a_registered_explorer_is_on_a_page(name: str, code: str) -> None:
    pages = [place.page for place in PLACEMENTS if place.kind == name and place.code == code]
    assert pages, f"{name} is in EXPLORERS, but on no page of the edition {code!r}"


def test_an_explorer_on_a_page_is_registered() -> None:
    strangers = [str(place) for place in ALL_PLACEMENTS if not place.known]
    assert strangers == [], "on a page, but not in EXPLORERS: nobody tries them"


def test_every_edition_has_the_same_explorers() -> None:
    boards = {
        code: [
            (place.page.name, place.kind, place.controls)
            for place in ALL_PLACEMENTS
            if place.code == code
        ]
        for code in CODES
    }
    for code in CODES[1:]:
        assert boards[code] == boards[CODES[0]]


# Alive --------------------------------------------------------------------------------------------


@in_engines(every_kind)
def test_it_is_alive_without_a_kernel(explorer: Explorer) -> None:
    explorer.check_painted()
    assert explorer.painter == "worker"
    assert explorer.place.get_attribute("data-nw-live") == "alive"
    assert explorer.place.locator(".nw-fallback").is_hidden()
    assert explorer.shown_controls() == [control.key for control in explorer.placement.controls]


# Every control, by every hand ---------------------------------------------------------------------


def trait_of(control: Control, look: Look) -> str:
    return control.key if control.key in look.state else f"{control.key}_index"


def assert_moved(control: Control, before: Look, after: Look) -> None:
    """This control's trait has moved, and no other; what is on show has followed."""
    trait = trait_of(control, before)
    assert after.state[trait] != before.state[trait], f"{control.key} does not move"
    others = {key: value for key, value in before.state.items() if key != trait}
    assert {key: after.state[key] for key in others} == others
    assert after.frames > before.frames, "nothing was painted"
    shown = [(look.text, look.values, look.picture.pixels.tobytes()) for look in (before, after)]
    assert shown[0] != shown[1], f"{control.key} changes nothing that is seen"
    if control.handle == "slider":
        assert after.values[control.key] != before.values[control.key]
        assert after.said[control.key] == after.values[control.key]


@in_engines(every_control)
def test_a_control_moves_by_key(explorer: Explorer, control: Control) -> None:
    before = explorer.check()
    explorer.move_by_key(control)
    assert_moved(control, before, explorer.check())


@every_handle
def test_a_control_moves_by_mouse(explorer: Explorer, control: Control) -> None:
    before = explorer.check()
    if control.handle == "slider":
        handle = explorer.slider(control.key).bounding_box()
        assert handle is not None
        assert min(handle["width"], handle["height"]) >= 24
    explorer.move_by_mouse(control)
    assert_moved(control, before, explorer.check())


@pytest.fixture(scope="session")
def phone_on(engines: Engines) -> Iterator[Callable[[str, Page], AnyReader]]:
    """Opens a page once on a telephone."""
    with ExitStack() as windows:

        @cache
        def open_once(engine: str, page: Page) -> AnyReader:
            size: ViewportSize = {"width": 390, "height": 800}
            window = windows.enter_context(
                engines.reader(engine, viewport=size, has_touch=True, is_mobile=True)
            )
            window.open_alive(page.path)
            return window

        yield open_once


@in_engines(
    pytest.mark.parametrize(("placement", "control"), control_params(AT_HOME, handles=True)),
    engines=TOUCH,
    kinds=TWO,
)
def test_a_control_moves_by_touch(
    engine: str,
    placement: Placement,
    control: Control,
    phone_on: Callable[[str, Page], AnyReader],
) -> None:
    window = phone_on(engine, placement.page)
    window.tab.bring_to_front()
    explorer = Explorer(window.tab, placement)
    explorer.start_over()
    before = explorer.check()
    trait = trait_of(control, before)
    for _ in range(TAPS):  # as a reader does whose tap was lost
        explorer.move_by_touch(control)
        if explorer.comes_to_differ(trait, before.state[trait]):
            break
    assert_moved(control, before, explorer.check())
    assert window.scroll_width() <= 390
    assert window.seen.all() == []


@in_engines(every_slid_kind)
def test_one_frame_for_many_changes(explorer: Explorer) -> None:
    key = next(each.key for each in explorer.placement.controls if each.handle == "slider")
    before = explorer.look()
    explorer.slider(key).evaluate(
        """(handle) => {
          handle.focus();
          for (let i = 0; i < 50; i++) {
            const options = { key: i < 45 ? "ArrowLeft" : "ArrowRight", bubbles: true };
            handle.dispatchEvent(new KeyboardEvent("keydown", options));
          }
        }"""
    )
    after = explorer.check()
    assert after.state[key] != before.state[key]
    assert 1 <= after.frames - before.frames <= 2


# There and back -----------------------------------------------------------------------------------


@in_engines(every_kind, kinds=TWO)
def test_the_address_brings_every_control_back(explorer: Explorer) -> None:
    start = explorer.look()
    before = explorer.move_all()
    changed = {key for key, value in start.state.items() if before.state[key] != value}
    assert len(changed) == len(explorer.placement.controls)
    explorer.tab.wait_for_function(
        "([name, fields]) => location.hash.split(/[:;]/).length === fields + 1"
        " && location.hash.startsWith(`#${name}:`)",
        arg=[explorer.placement.name, len(changed)],
    )
    with explorer.opened_again(explorer.tab.url) as again:
        after = again.check()
        assert after.state == before.state
        assert after.values == before.values
        assert after.picture == before.picture
        assert again.tab.url == explorer.tab.url


@in_engines(every_kind, kinds=TWO)
def test_start_over_leads_back_to_the_start(explorer: Explorer) -> None:
    start = explorer.check()
    assert explorer.move_all().picture != start.picture
    explorer.start_over()
    after = explorer.check()
    assert after.state == start.state
    assert after.values == start.values
    assert (after.sentence, after.readouts, after.table, after.note) == (
        start.sentence,
        start.readouts,
        start.table,
        start.note,
    )
    assert after.disabled == start.disabled
    assert after.picture == start.picture
    explorer.tab.wait_for_function("() => location.hash === ''")


# Without JavaScript, from a folder, on paper ------------------------------------------------------


@in_engines(
    pytest.mark.parametrize(
        "page",
        [pytest.param(page, id=str(page)) for page in HOME_PAGES],
    ),
    kinds=TWO,
)
def test_it_is_alive_in_a_folder(engine: str, page: Page, engines: Engines) -> None:
    """Opened as files, without a server: whatever a hand holds still moves its picture."""
    with engines.reader(engine, folder=True) as window:
        window.tab.goto((SITE / page.path).as_uri())
        wait_until_alive(window.tab)
        hold_still(window.tab)
        for explorer in explorers_in(window.tab, page.edition, page.name):
            explorer.show()
            assert explorer.painter == "worker"
            for control in explorer.placement.handles:
                before = explorer.check()
                explorer.move_by_key(control)
                assert_moved(control, before, explorer.check())
        seen = window.seen
        assert seen.foreign + seen.page_errors + seen.console_errors == []


@every_kind
def test_paper_shows_the_picture_and_no_controls(explorer: Explorer) -> None:
    explorer.tab.emulate_media(color_scheme="dark")
    wait_for_theme(explorer.tab, "dark")
    before = explorer.look()
    explorer.tab.emulate_media(media="print", color_scheme="dark")
    explorer.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    try:
        dark, _, wide, across = explorer.inks()
        for _ in range(TAPS):  # the column on paper is narrower, which is seen a frame later
            if wide != 3 * across:
                frames_pass(explorer.tab)
                dark, _, wide, across = explorer.inks()
        assert wide == 3 * across, "the picture on paper is not as fine as paper is"
        assert dark > 100, "pale ink on paper"
        assert explorer.canvas.is_visible()
        assert explorer.place.locator(".nw-controls").is_hidden()
        assert explorer.button("start_over").is_hidden()
        assert explorer.link.is_hidden()
    finally:
        explorer.tab.evaluate("dispatchEvent(new Event('afterprint'))")
        explorer.tab.emulate_media(media="screen", color_scheme="light")
    wait_for_theme(explorer.tab, "light")
    assert explorer.check().state == before.state


# For a screen reader ------------------------------------------------------------------------------

# What can be worked or is a picture, and how the browser's own rules name it.
UNNAMED = """(place) => {
  const named = (node) => node.getAttribute("aria-label")?.trim()
    || node.ariaLabelledByElements?.some((label) => label.textContent.trim())
    || [...(node.labels ?? [])].some((label) => label.textContent.trim())
    || (/^(BUTTON|A)$/.test(node.tagName) && node.textContent.trim());
  return [...place.querySelectorAll(".nw-view :is(button, a[href], select, input, canvas,"
      + " [role=slider], [role=application], [role=group].nw-root)")]
    .filter((node) => node.checkVisibility() && !named(node))
    .map((node) => node.outerHTML.slice(0, 160));
}"""


@in_engines(every_kind)
def test_it_has_names_and_speaks_of_a_change(explorer: Explorer) -> None:
    explorer.place.locator("canvas[aria-label]").wait_for()
    assert explorer.place.evaluate(UNNAMED) == []
    assert explorer.spoken.get_attribute("aria-live") == "polite"
    described = explorer.canvas.get_attribute("aria-label")
    assert described
    before: dict[str, Any] = explorer.look().state
    explorer.move_by_key(explorer.placement.controls[0])
    explorer.tab.wait_for_function(
        "([n, before]) => n.textContent && n.textContent !== before",
        arg=[explorer.spoken.element_handle(), described],
    )
    assert explorer.spoken.text_content() == explorer.canvas.get_attribute("aria-label")
    assert explorer.look().state != before
