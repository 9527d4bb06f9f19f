"""An explorer under a finger."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from pages.engines import MAIN, TOUCH, Engines
from pages.explorer import Explorer, explorer_in, settled_scroll
from pages.placements import FULL
from playwright.sync_api import ViewportSize
from site_helpers import CODES

MAIN_PHONES = [(MAIN, code) for code in CODES]
PHONES = MAIN_PHONES + [(engine, CODES[0]) for engine in TOUCH if engine != MAIN]


@pytest.fixture(scope="module", params=PHONES, ids="-".join)
def phone(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Explorer]:
    engine, code = request.param
    size: ViewportSize = {"width": 390, "height": 800}
    with engines.reader(
        engine, viewport=size, device_scale_factor=2, has_touch=True, is_mobile=True
    ) as window:
        window.open_alive(f"{code}/{FULL}.html")
        yield explorer_in(window.tab, code, FULL, "attention")


def test_a_finger_moves_a_point_and_not_the_page(phone: Explorer) -> None:
    phone.start_over()
    before = phone.check()
    assert before.picture.density == phone.tab.evaluate("devicePixelRatio")
    _, at = before.lonely_point()
    plot, (low, high) = before.boxes["plot"], before.limits
    dy = -60 if at[1] > plot.y + plot.height / 2 else 60  # into the picture
    scrolled = settled_scroll(phone.tab)
    phone.swipe(at, 15, dy)
    assert settled_scroll(phone.tab) == scrolled, "the page moved with the point"
    after = phone.check()
    ((_, x, y),) = after.state["moved"]
    assert x == pytest.approx(5 * (at[0] + 15 - plot.x) / plot.width, abs=0.05)
    assert y == pytest.approx(high - (high - low) * (at[1] + dy - plot.y) / plot.height, abs=0.1)
    assert after.readouts["error"] != before.readouts["error"]


# Only Chromium's driver lets a finger scroll: elsewhere it is heard by the page's scripts alone.
@pytest.mark.parametrize("phone", MAIN_PHONES, ids="-".join, indirect=True)
@pytest.mark.parametrize("part", ["plot", "heat"])
def test_a_finger_elsewhere_scrolls_the_page(phone: Explorer, part: str) -> None:
    phone.start_over()
    before = phone.look()
    box = before.boxes[part]
    spots = before.points()
    free = max(
        itertools.product(
            np.linspace(box.x + 20, box.x + box.width - 20, 15),
            np.linspace(box.y + 20, box.y + box.height - 20, 15),
        ),
        key=lambda at: min(math.dist(at, spot) for spot in spots),
    )
    scrolled = settled_scroll(phone.tab)
    phone.swipe(free, 0, -150)
    phone.tab.wait_for_function("(before) => scrollY > before + 60", arg=scrolled)
    settled_scroll(phone.tab)
    assert phone.check().state["moved"] == []


def test_a_finger_pins_the_query(phone: Explorer) -> None:
    phone.start_over()
    heat = phone.look().boxes["heat"]
    phone.tap(heat.x + heat.width / 2, heat.y + 40.5 * heat.height / 50)
    phone.wait_for_state(query=40, pinned=True)
    assert phone.check_painted().row == 40


def test_slider_curve_and_heatmap_are_on_one_screen(phone: Explorer) -> None:
    """Of a telephone of 360 by 640, wherever in the explorer the page is scrolled to."""
    phone.tab.set_viewport_size({"width": 360, "height": 640})
    try:
        phone.start_over()
        look = phone.look()
        assert look.boxes["heat"].x + look.boxes["heat"].width <= 360
        phone.canvas.evaluate("n => n.scrollIntoView({ block: 'end', behavior: 'instant' })")
        settled_scroll(phone.tab)
        top, bottom = phone.on_screen(0, 0)[1], phone.on_screen(0, look.boxes["heat"].y)[1]
        slider = phone.control("w").bounding_box()
        header = phone.tab.locator(".bd-header-article").bounding_box()
        assert slider
        assert header
        assert header["y"] + header["height"] <= slider["y"] + 1, "the slider is behind the header"
        assert slider["y"] + slider["height"] <= top + 1, "the slider lies on the picture"
        assert bottom + look.boxes["heat"].height <= 640
        # It is not only seen: it can be turned there.
        before = phone.look()
        (control,) = (each for each in phone.placement.controls if each.key == "w")
        phone.move_by_touch(control)
        phone.wait_for_another("w", before.state["w"])
        phone.slider("w").evaluate("n => n.blur()")
    finally:
        phone.tab.set_viewport_size({"width": 390, "height": 800})
