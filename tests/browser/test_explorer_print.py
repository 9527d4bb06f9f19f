"""Explorers on paper."""

from pages.engines import TWO, in_engines
from pages.explorer import Explorer, explorer_in
from pages.placements import FULL, every_edition, every_kind
from pages.window import WIDE, reader, wait_for_theme
from playwright.sync_api import Browser


@every_kind
def test_on_paper(explorer: Explorer) -> None:
    """Dark on white even from a dark screen, three times as fine, and without the controls."""
    explorer.change()
    explorer.tab.emulate_media(color_scheme="dark")
    wait_for_theme(explorer.tab, "dark")
    try:
        before = explorer.look()
        _, pale_on_screen, _, _ = explorer.inks()
        explorer.tab.emulate_media(media="print", color_scheme="dark")
        explorer.look()  # it has the width of the paper now
        explorer.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        dark, pale, wide, across = explorer.inks()
        # As wide as the text, where on a screen it may be wider.
        column = explorer.place.evaluate("(place) => place.parentElement.clientWidth")
        assert wide == 3 * across >= 3 * 0.9 * column
        assert dark > 9 * 300, "the ink is not dark"
        assert pale_on_screen > 50
        assert pale < 9 * pale_on_screen / 2, "pale ink on paper"
        assert explorer.canvas.is_visible()
        assert explorer.place.locator(".nw-controls").is_hidden()
        assert explorer.button("start_over").is_hidden()
        assert explorer.link.is_hidden()
        beside = explorer.place.locator(".nw-view :is(.nw-sum, .nw-readouts, .nw-steps)")
        assert [part.is_visible() for part in beside.all()] == [True] * beside.count()
    finally:
        explorer.tab.evaluate("dispatchEvent(new Event('afterprint'))")
        explorer.tab.emulate_media(media="screen", color_scheme="light")
    wait_for_theme(explorer.tab, "light")
    after = explorer.check_painted()
    assert after.state == before.state
    assert after.picture.density == before.picture.density


@in_engines(every_kind, kinds=TWO)
def test_a_frame_during_printing_is_as_fine(explorer: Explorer) -> None:
    """A run that goes on, or a change just before: what is on paper stays fine."""
    explorer.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    try:
        explorer.change()
        assert explorer.look().picture.density == 3
    finally:
        explorer.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert explorer.check_painted().picture.density == 1


@every_edition
def test_a_printed_page_holds_the_pictures(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.open_alive(f"{code}/{FULL}.html")
        paper = window.tab.pdf(print_background=False)
        # Two canvases; every other picture of the page is drawn with lines.
        assert paper.count(b"/Subtype /Image") >= 2
        for kind in ("attention", "kernels"):
            explorer_in(window.tab, code, FULL, kind).check_painted()
        assert window.seen.page_errors + window.seen.console_errors == []
