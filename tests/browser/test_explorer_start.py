"""Explorers as a page opens them: their room, on a telephone and beside it, and their theme."""

import numpy as np
import pytest
from pages.explorer import Explorer, explorers_in
from pages.placements import (
    AT_HOME,
    every_kind,
)
from pages.window import PHONE, WIDE, frames_pass, reader, wait_for_theme
from playwright.sync_api import Browser
from site_helpers import Page

from nwcore.explorers import EXPLORERS


@every_kind
def test_nothing_painted_is_cut_off_at_the_sides(explorer: Explorer) -> None:
    look = explorer.look()
    for edge in (look.picture.pixels[:, :1], look.picture.pixels[:, -1:]):
        assert not (edge[..., 3] > 0).any()


# That nothing sticks out is asked on every page in test_every_page.py.
@pytest.mark.parametrize("page", dict.fromkeys(place.page for place in AT_HOME), ids=str)
def test_on_a_phone(page: Page, site: str, chromium: Browser) -> None:
    """Nothing sticks out, the parts of the picture stand below each other, and it still works."""
    with reader(chromium, site, viewport=PHONE, device_scale_factor=2) as window:
        window.open_alive(page.path)
        assert window.scroll_width() <= 360
        sticking_out = window.tab.locator(".nw-view *").evaluate_all(
            """all => all.filter((n) => n.checkVisibility())
              .filter((n) => n.getBoundingClientRect().right > innerWidth + 0.5)
              .map((n) => n.outerHTML.slice(0, 120))"""
        )
        assert sticking_out == []
        for explorer in explorers_in(window.tab, page.edition, page.name):
            canvas = explorer.canvas.bounding_box()
            assert canvas is not None
            assert canvas["width"] <= 360
            assert canvas["height"] == EXPLORERS[explorer.kind].canvas_heights[1]
            look = explorer.check_painted()
            if explorer.kind in ("attention", "kernels"):
                plot, bars = look.boxes["plot"], look.boxes["bars"]
                assert plot.width > 200
                assert bars.y > plot.y + plot.height
            if explorer.kind == "attention":
                assert look.boxes["heat"].y > bars.y + bars.height, "the heatmap stands below"
                assert look.boxes["heat"].x == plot.x
            explorer.change()
            explorer.check_painted()
        # A window made wide again has the wide picture.
        window.tab.set_viewport_size(WIDE)
        for explorer in explorers_in(window.tab, page.edition, page.name):
            window.tab.wait_for_function(
                "(n) => n.clientWidth > 450 && n.width === 2 * n.clientWidth",
                arg=explorer.canvas.element_handle(),
            )
            frames_pass(window.tab, 8)
            look = explorer.check_painted()
            if explorer.kind == "attention":
                assert look.boxes["heat"].x > look.boxes["plot"].x + look.boxes["plot"].width


@every_kind
def test_the_theme_recolours_the_picture_in_place(explorer: Explorer) -> None:
    explorer.change()
    before = explorer.check_painted()
    explorer.tab.emulate_media(color_scheme="dark")
    wait_for_theme(explorer.tab, "dark")
    dark = explorer.check_painted()  # looks for the colours of the theme that it finds
    explorer.tab.emulate_media(color_scheme="light")
    wait_for_theme(explorer.tab, "light")
    light = explorer.check_painted()
    for name in ("ink", "truth", "pred", "point"):
        assert np.abs(dark.picture.colours[name] - before.picture.colours[name]).max() > 25, name
    assert dark.picture.colours["ink"].mean() > 150 > before.picture.colours["ink"].mean()
    assert dark.picture != before.picture
    assert light.picture == before.picture
    assert dark.state == light.state == before.state
