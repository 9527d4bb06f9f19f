"""The book's first page: something moves, and it is the reader's as soon as it is touched."""

from collections.abc import Iterator
from typing import Any

import pytest
from pages.explorer import Explorer, explorers_in
from pages.window import PHONE, WIDE, Reader, frames_pass, reader, wait_until_alive
from playwright.sync_api import Browser, ViewportSize
from site_helpers import CODES, Page, html

FIRST = "index"
every_edition = pytest.mark.parametrize("code", CODES)
SIZES = {"wide": WIDE, "phone": PHONE}


def opened(window: Reader, code: str, fragment: str = "") -> Explorer:
    window.tab.goto(f"{window.base}/{code}/{FIRST}.html{fragment}")
    wait_until_alive(window.tab)
    (explorer,) = explorers_in(window.tab, code, FIRST)
    explorer.place.locator("canvas[aria-label]").wait_for()
    return explorer


def w_of(explorer: Explorer) -> float:
    return float(explorer.slider("w").get_attribute("aria-valuenow") or "nan")


def moves(explorer: Explorer) -> None:
    """Wait until w is another one than it was, and then another one again."""
    for _ in range(2):
        before = explorer.slider("w").get_attribute("aria-valuenow")
        explorer.tab.wait_for_function(
            "([n, before]) => n.ariaValueNow !== before",
            arg=[explorer.slider("w").element_handle(), before],
        )


def stands_still(explorer: Explorer) -> bool:
    frames_pass(explorer.tab, 8)  # what is under way comes to an end
    before = w_of(explorer)
    frames_pass(explorer.tab, 30)
    return w_of(explorer) == before


@pytest.fixture
def window(site: str, chromium: Browser) -> Iterator[Reader]:
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
        yield window
        assert window.seen.all() == []


@every_edition
@pytest.mark.parametrize("size", SIZES)
def test_the_first_screen_has_what_moves(
    code: str, size: str, site: str, chromium: Browser
) -> None:
    viewport: ViewportSize = SIZES[size]
    with reader(chromium, site, viewport=viewport) as window:
        explorer = opened(window, code)
        for key in ("w", "noise", "n_train"):
            box = explorer.slider(key).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] < viewport["height"], key
        canvas = explorer.canvas.bounding_box()
        assert canvas is not None
        # The curve at least.
        assert canvas["y"] + 0.4 * canvas["height"] < viewport["height"]
        assert explorer.shown_controls() == ["w", "noise", "n_train"]
        moves(explorer)


@every_edition
def test_no_code_stands_before_what_moves(code: str) -> None:
    article = html(f"{code}/{FIRST}.html").select_one("article")
    assert article is not None
    place = article.select_one(".nw-live")
    assert place is not None
    for block in place.find_all_previous("div", class_="highlight"):
        assert block.find_parent("details") is not None, block.get_text()[:80]


@pytest.mark.parametrize("hand", ["pointer", "key", "focus", "button", "address"])
def test_it_is_the_readers_once_touched(window: Reader, hand: str) -> None:
    explorer = opened(window, CODES[0])
    moves(explorer)
    if hand == "pointer":
        box = explorer.canvas.bounding_box()
        assert box is not None
        window.tab.mouse.click(box["x"] + 40, box["y"] + 40)
    elif hand in ("key", "focus"):
        explorer.slider("w").focus()
        if hand == "key":
            explorer.press("ArrowRight")
    elif hand == "button":
        explorer.button("sweep_stop").click()
    else:
        explorer.type_address(f"#{explorer.name}:w=2")
    assert stands_still(explorer)
    explorer.button("sweep").wait_for()
    if hand == "address":
        assert w_of(explorer) == 2


def test_what_moves_by_itself_is_no_act_of_the_reader(window: Reader) -> None:
    explorer = opened(window, CODES[0])
    moves(explorer)
    assert explorer.button("undo").is_disabled()
    assert explorer.spoken.text_content() == ""
    assert window.tab.evaluate("location.hash") == ""
    explorer.button("sweep_stop").click()
    assert stands_still(explorer)
    assert explorer.button("undo").is_disabled()
    explorer.start_over()
    assert explorer.check().state["w"] == 4.0


def test_it_goes_on_where_it_was_left(window: Reader) -> None:
    explorer = opened(window, CODES[0])
    explorer.button("sweep_stop").click()
    assert stands_still(explorer)
    explorer.slider("w").focus()
    explorer.press("End")
    explorer.button("sweep").click()
    moves(explorer)
    assert w_of(explorer) < 100


def test_who_wants_nothing_to_move_sees_nothing_move(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE, reduced_motion="reduce") as window:
        explorer = opened(window, CODES[0])
        assert stands_still(explorer)
        assert w_of(explorer) == 4.0
        explorer.button("sweep").click()  # but who asks for it has it
        moves(explorer)


def test_nothing_moves_out_of_sight_or_on_paper(window: Reader) -> None:
    explorer = opened(window, CODES[0])
    moves(explorer)
    window.tab.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    assert stands_still(explorer)
    window.tab.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    moves(explorer)
    window.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert stands_still(explorer)
    window.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    moves(explorer)


def test_an_address_is_shown_as_it_was_sent(window: Reader) -> None:
    explorer = opened(window, CODES[0], "#attention:w=9")
    assert stands_still(explorer)
    assert explorer.check().state["w"] == 9


def test_the_explorer_stands_on_no_other_page_by_itself(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        page = Page(CODES[0], "03-nonparametric-attention")
        window.open_alive(page.path)
        explorer: Any = explorers_in(window.tab, page.edition, page.name)[0]
        explorer.place.locator("canvas[aria-label]").wait_for()
        assert stands_still(explorer)
