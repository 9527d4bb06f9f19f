"""Explorers as a page opens them: the book's data, the edition's language, room and theme."""

import re
from typing import Any

import numpy as np
import pytest
from pages.expected import NAMES, WORDS
from pages.explorer import Explorer, explorers_in
from pages.placements import (
    FULL,
    LIVE,
    every_kind,
    every_kind_in_every_language,
    placement_of,
)
from pages.window import PHONE, WIDE, frames_pass, reader, wait_for_theme
from playwright.sync_api import Browser
from site_helpers import CODES, VIETNAMESE, Page, english

from nwcore import words
from nwcore.explorers import EXPLORERS

ALL = ["w", "noise", "n_train", "seed", "kernel", "line"]

# What the book opens each explorer with: its controls, in their order, and where it stands.
CONTROLS: dict[tuple[str, str], list[str]] = {
    ("02-average-pooling", "attention"): ["noise", "n_train"],
    (FULL, "attention"): ALL,
    (FULL, "kernels"): ["kernel", "w", "noise", "n_train", "seed"],
    ("04-parametric-attention", "attention"): ALL,
    ("05-training", "training"): ["start", "lr", "reduction"],
    ("05-training", "attention"): ALL,
    ("06-summary-and-exercises", "attention"): ["w", "kernel", "line"],
}
STARTS: dict[tuple[str, str], dict[str, Any]] = {
    ("02-average-pooling", "attention"): {"kernel_index": NAMES.index("constant")},
    (FULL, "attention"): {"w": 1.0, "kernel_index": 0, "n_queries": 50, "query": 20},
    (FULL, "kernels"): {
        "w": 2.0,
        "kernel_index": NAMES.index("epanechnikov"),
        "n_queries": 200,
        "query": 80,
    },
    ("04-parametric-attention", "attention"): {"kernel_index": 0},
    ("05-training", "training"): {"lr": 0.5, "reduction_index": 0, "steps": 0},
    ("05-training", "attention"): {"kernel_index": 0},
    ("06-summary-and-exercises", "attention"): {"w": 5.0, "kernel_index": NAMES.index("own")},
}


@pytest.mark.parametrize(
    "explorer",
    [
        pytest.param(placement_of(code, page, kind), id=f"{code}-{page[:2]}-{kind}")
        for code in CODES
        for page, kind in STARTS
    ],
    indirect=True,
)
def test_start(explorer: Explorer) -> None:
    """The book's data, the controls that were asked for, and everything painted as computed."""
    look = explorer.check_painted()
    here = explorer.page, explorer.kind
    wanted = {"noise": 0.5, "n_train": 50, "seed": 6, **STARTS[here]}
    assert {key: look.state[key] for key in wanted} == wanted
    assert explorer.shown_controls() == CONTROLS[here]


SAID = {code: {**words.read_words(code).pictures, **WORDS[code]} for code in words.languages()}
ENGLISH_WORDS = [
    "the",
    "of",
    "to",
    "is",
    "are",
    "at",
    "data",
    "set",
    "points?",
    "query",
    "queries",
    "keys?",
    "weights?",
    "training",
    "noise",
    "width",
    "kernel",
    "loss",
    "sum",
    "mean",
    "half",
    "step",
    "run",
    "pause",
    "start",
    "rate",
    "learning",
    "truth",
    "prediction",
    "error",
    "average",
    "constant",
    "boxcar",
    "triangular",
    "not",
    "defined",
    "link",
    "picture",
    "null",
    "slider",
]


@every_kind_in_every_language
def test_it_speaks_the_editions_language(explorer: Explorer) -> None:
    explorer.place.locator("canvas[aria-label]").wait_for()
    explorer.look()
    labels = explorer.labels()
    assert len(labels) >= 10
    assert {explorer.words[key] for key in ("start_over", "link")} <= set(labels)
    own = set(SAID[explorer.code].values())
    if explorer.code == "en":
        wrong = VIETNAMESE
    else:
        wrong = english(ENGLISH_WORDS, own)
        foreign = {text for text in SAID["en"].values() if len(text) > 2} - own
        assert [text for text in labels if text in foreign] == []
    assert [text for text in labels if wrong.search(text)] == []
    other_mark = "." if explorer.words["decimal"] == "," else ","
    assert not any(re.search(rf"\d[{other_mark}]\d", text) for text in labels)


@every_kind
def test_nothing_painted_is_cut_off_at_the_sides(explorer: Explorer) -> None:
    look = explorer.look()
    for edge in (look.picture.pixels[:, :1], look.picture.pixels[:, -1:]):
        assert not (edge[..., 3] > 0).any()


@pytest.mark.parametrize("page", [page for page in LIVE if page.edition == CODES[0]], ids=str)
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
