"""Every page of the built site, opened once, and asked one question after the other.

Whoever changes a window for a question puts it back: wide, light, a screen.
"""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from pages.axe import BUT_COLOURS, DESCRIBED, OF_LOOKS, violations
from pages.expected import NAMES, WORDS
from pages.explorer import Explorer, Look
from pages.placements import (
    FULL,
    every_explorer,
    every_kind_in_every_language,
    placement_of,
)
from pages.theme import THEME_WORDS, foreign_to
from pages.window import PHONE, WIDE, Reader, wait_for_theme, wait_until_at_rest
from playwright.sync_api import ViewportSize
from site_helpers import CODES, EDITIONS, PAGES, ROOT, SITE, VIETNAMESE, Page, english, html, text

from nwcore import words
from nwcore.explorers import EXPLORERS

MOST = {True: 350_000, False: 200_000}  # bytes after gzip, with explorers and without
PAPER: ViewportSize = {"width": 718, "height": 1000}

every_page = pytest.mark.parametrize("page", PAGES, ids=str)


def put_back(window: Reader) -> None:
    window.tab.set_viewport_size(WIDE)
    window.tab.emulate_media(media="screen", color_scheme="light")
    wait_for_theme(window.tab, "light")


@every_page
def test_page_opens_cleanly(page: Page, visit: Callable[[Page], Reader]) -> None:
    seen = visit(page).seen
    assert seen.foreign == [], "the page asks another host"
    assert seen.failed == []
    assert seen.page_errors == []
    assert seen.console_errors == []


@every_page
def test_a_page_is_light(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    asked = tab.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    paths = {unquote(urlsplit(url).path).lstrip("/") for url in [tab.url, *asked]}
    files = [SITE / path for path in paths]
    weights = {
        file.name: len(gzip.compress(file.read_bytes(), 9)) for file in files if file.is_file()
    }
    assert tab.evaluate("typeof MathJax + typeof katex") == "undefinedundefined"
    assert [
        name for name in weights if re.search(r"mathjax|katex|\.(woff2?|ttf)$", name, re.I)
    ] == []
    assert f"{page.name}.html" in weights
    assert "pages.css" in weights
    live = any("widgets.js" in name for name in weights)
    assert live == bool(html(page.path).select(".nw-live"))
    assert sum(weights.values()) <= MOST[live], weights


@every_page
def test_language_and_title(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    assert tab.evaluate("document.documentElement.lang") == page.edition
    heading = re.search(r"^# (.+)$", page.prose, flags=re.MULTILINE)
    assert heading, "the notebook has no title"
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    edition = EDITIONS[CODES.index(page.edition)]
    assert tab.title().endswith(edition.config.get("title", config["title"]))
    assert heading[1].strip() in tab.title()
    assert tab.locator("article h1").count() == 1


def expected_pictures(page: Page) -> int:
    """Pictures in the text and SVG outputs of cells, as the page is meant to show them."""
    hidden = {"remove-cell", "remove-output", "remove_cell", "remove_output"}
    outputs = [
        output["data"]
        for cell in page.notebook.cells
        if cell.cell_type == "code" and not hidden & set(cell.metadata.get("tags", []))
        for output in cell.outputs
        if "data" in output
    ]
    drawn = [data for data in outputs if "image/svg+xml" in data and "text/html" not in data]
    written = re.findall(r"\{(?:figure|image)\} +\S+\.svg\b|!\[[^]]*\]\(\S+\.svg\b", page.prose)
    return len(drawn) + len(written)


@every_page
def test_pictures_are_in_the_page(page: Page, visit: Callable[[Page], Reader]) -> None:
    pictures = visit(page).tab.evaluate(
        """() => [...document.querySelectorAll("article svg.nw-svg")].map((svg) => ({
          role: svg.getAttribute("role"),
          name: svg.getAttribute("aria-label").trim(),
          overlap: svg.querySelectorAll("[id]").length
            - new Set([...svg.querySelectorAll("[id]")].map((node) => node.id)).size,
        }))"""
    )
    assert len(pictures) == expected_pictures(page)
    for picture in pictures:
        assert picture["role"] == "img"
        assert picture["name"], "a picture without a text alternative"
        assert picture["overlap"] == 0
    images = html(page.path).select("article img")
    for image in images:
        assert not str(image["src"]).endswith(".svg"), "a picture the theme cannot colour"
        assert image.get("alt"), f"{image.get('src')} has no text alternative"


@every_page
def test_ids_are_unique(page: Page, visit: Callable[[Page], Reader]) -> None:
    twice = visit(page).tab.evaluate(
        """() => {
          const ids = [...document.querySelectorAll("article [id]")].map((node) => node.id);
          return ids.filter((id, place) => ids.indexOf(id) !== place);
        }"""
    )
    assert twice == []


@every_page
def test_theme_speaks_the_editions_language(page: Page, visit: Callable[[Page], Reader]) -> None:
    words, wrong = visit(page).tab.evaluate(THEME_WORDS), foreign_to(page.edition)
    assert [word for word in words if wrong.search(word)] == []
    assert len(words) > 10


# Colours as [r, g, b]; the canvas turns any way to write a colour into numbers.
COLOURS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const numbers = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const drawn = [];
  for (const svg of document.querySelectorAll("svg.nw-svg")) {
    const inked = [...svg.querySelectorAll("[style*='--nw-ink'], text")]
      .map((node) => getComputedStyle(node))
      .flatMap((style) => [style.fill, style.stroke])
      .filter((colour) => colour.startsWith("rgb"));
    drawn.push(inked.length ? numbers(inked[0]) : null);
  }
  return {
    page: numbers(getComputedStyle(document.body).backgroundColor),
    text: numbers(getComputedStyle(document.querySelector("article p")).color),
    drawn,
  };
}"""


def contrast(first: list[int], second: list[int]) -> float:
    """Contrast of two colours as WCAG defines it, 1 to 21."""

    def luminance(colour: list[int]) -> float:
        parts = [value / 255 for value in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted([luminance(first), luminance(second)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@every_page
def test_pictures_follow_the_theme(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    colours = {}
    for scheme in ("dark", "light"):
        tab.emulate_media(color_scheme=scheme)
        wait_for_theme(tab, scheme)
        colours[scheme] = tab.evaluate(COLOURS)
    light, dark = colours["light"], colours["dark"]
    assert light["page"] != dark["page"]
    for shown in (light, dark):
        assert contrast(shown["text"], shown["page"]) >= 7
    for number, (in_light, in_dark) in enumerate(zip(light["drawn"], dark["drawn"], strict=True)):
        assert in_light, f"picture {number} has no ink: draw axes and text in var(--nw-ink)"
        assert in_light != in_dark, f"the ink of picture {number} does not follow the theme"
        assert contrast(in_light, light["page"]) >= 4.5
        assert contrast(in_dark, dark["page"]) >= 4.5


@every_page
def test_nothing_sticks_out_on_a_phone(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    tab.set_viewport_size(PHONE)
    width = tab.evaluate("document.documentElement.scrollWidth")
    sticking_out = tab.evaluate(
        """() => [...document.querySelectorAll(
            ".bd-header-article :is(a, button), .nw-picture, svg.nw-svg:not([data-wide]),"
            + ".nw-view *")]
          .filter((node) => node.getClientRects().length && node.checkVisibility())
          .filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5)
          .map((node) => node.outerHTML.slice(0, 200))"""
    )
    # Pictures too wide to shrink scroll in their frame, which the keyboard can reach.
    scrolled = tab.locator(".nw-picture:has(svg[data-wide]):visible").evaluate_all(
        "all => all.map((n) => [n.scrollWidth > n.clientWidth, n.tabIndex])"
    )
    tab.set_viewport_size(WIDE)
    assert width <= 360
    assert sticking_out == []
    assert all(frame == [True, 0] for frame in scrolled)


OVERLAP = """() => [...document.querySelectorAll("article div.math:has(.eqno)")].flatMap((node) => {
  const [formula, number] = [".nw-formula", ".eqno"].map((part) =>
    node.querySelector(part).getBoundingClientRect());
  const ink = [...node.querySelectorAll(".katex-base")].map((base) => base.getBoundingClientRect());
  const seen = ink.map(({ right }) => Math.min(right, formula.right));
  const apart = formula.right <= number.left && Math.max(...seen) <= number.left;
  return apart && number.right <= innerWidth ? [] : [node.id];
})"""


@pytest.mark.parametrize("page", [p for p in PAGES if "eqno" in text(p.path)], ids=str)
def test_a_formula_keeps_clear_of_its_number_on_a_phone(
    page: Page, visit: Callable[[Page], Reader]
) -> None:
    tab = visit(page).tab
    tab.set_viewport_size(PHONE)
    overlap = tab.evaluate(OVERLAP)
    # What is still too wide can be reached by the keyboard.
    reach = "(all) => all.filter((n) => n.scrollWidth > n.clientWidth && n.tabIndex).length"
    unreached = tab.locator(".nw-formula").evaluate_all(reach)
    tab.set_viewport_size(WIDE)
    assert overlap == []
    assert unreached == 0


# Each letter of formulas, once in each of the fonts that it is set in. Words are in the page's own
# font, and invisible letters of no width hold some boxes open.
MARK_LETTERS = """() => {
  const known = new Set();
  const inside = "article .katex-html *:not(.vlist-s, .text, .text *)";
  for (const node of document.querySelectorAll(inside)) {
    const own = [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const text = own.map(({ data }) => data).join("").trim();
    if (!text || !node.getClientRects().length) continue;
    const { fontFamily, fontStyle, fontWeight } = getComputedStyle(node);
    const letter = [fontFamily, fontStyle, fontWeight, text].join();
    if (!known.has(letter)) node.dataset.testLetter = "";
    known.add(letter);
  }
}"""


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "katex-html" in text(page.path)], ids=str
)
def test_every_letter_is_in_its_own_font(page: Page, visit: Callable[[Page], Reader]) -> None:
    """No letter of a formula falls back to a font of the machine."""
    tab = visit(page).tab
    cdp = tab.context.new_cdp_session(tab)
    for command in ("DOM.enable", "CSS.enable"):
        cdp.send(command)
    tab.evaluate(MARK_LETTERS)
    root = cdp.send("DOM.getDocument")["root"]["nodeId"]
    found = cdp.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-test-letter]"})
    assert found["nodeIds"]
    for node in found["nodeIds"]:
        fonts = cdp.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        letter = cdp.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
        assert [font["isCustomFont"] for font in fonts] == [True], letter
    cdp.detach()
    tab.locator("[data-test-letter]").evaluate_all(
        "(all) => all.forEach((node) => node.removeAttribute('data-test-letter'))"
    )


@every_page
def test_axe_finds_nothing(page: Page, visit: Callable[[Page], Reader]) -> None:
    window = visit(page)
    window.tab.wait_for_function(DESCRIBED)
    # The other editions' pages have other words in the same elements, of the same colours.
    first = page.edition == CODES[0]
    light = violations(window.tab) if first else set()
    window.tab.set_viewport_size(PHONE)
    window.choose_theme("dark")
    width = window.scroll_width()
    dark = violations(window.tab, OF_LOOKS if first else BUT_COLOURS, formulas=False)
    put_back(window)
    assert light == set()
    assert dark == set(), "dark, on a phone"
    assert width <= PHONE["width"]
    assert window.seen.page_errors == []


EXERCISES = "06-summary-and-exercises"


# What is the same in all editions is tried in the first, whose words are the longer ones.
@pytest.mark.parametrize("page", [page for page in PAGES if page.edition == CODES[0]], ids=str)
def test_paper_shows_everything(page: Page, visit: Callable[[Page], Reader]) -> None:
    window = visit(page)
    window.tab.set_viewport_size(PAPER)
    folded = window.tab.locator("article details:not([open])").count()
    if page.name == EXERCISES:
        assert folded > 0
    window.tab.evaluate(
        """() => addEventListener("beforeprint", () => {
          window.nwClosed = document.querySelectorAll("article details:not([open])").length;
        })"""
    )
    window.tab.pdf()
    assert window.tab.evaluate("window.nwClosed") == 0
    assert window.tab.locator("article details:not([open])").count() == folded
    window.tab.emulate_media(media="print")
    # Twice: what a browser prints again before it has been told that the first is done.
    found = window.tab.evaluate(
        """() => {
          const { dataset } = document.documentElement;
          const before = dataset.theme;
          dataset.theme = "dark";
          for (let time = 0; time < 2; time++) dispatchEvent(new Event("beforeprint"));
          const fading = document.getAnimations().filter(({ effect }) =>
            effect.target.matches("article *:not(button, button *)") &&
            effect.getKeyframes().some((frame) => "opacity" in frame));
          const onPaper = { theme: dataset.theme, fading: fading.length };
          dispatchEvent(new Event("afterprint"));
          const after = dataset.theme;
          dataset.theme = before;
          return { ...onPaper, after };
        }"""
    )
    assert found == {"theme": "light", "fading": 0, "after": "dark"}
    assert window.tab.locator("article details:not([open])").count() == folded
    cut = window.tab.evaluate(
        """() => [...document.querySelectorAll("article :is(pre, .nw-formula, .nw-picture)")]
          .filter((node) => node.getClientRects().length)
          .filter((node) => node.scrollWidth > node.clientWidth + 1)
          .map((node) => node.outerHTML.slice(0, 200))"""
    )
    put_back(window)
    assert cut == []


@every_explorer
def test_an_explorer_is_alive_without_a_kernel(explorer: Explorer) -> None:
    explorer.check_painted()
    assert explorer.place.get_attribute("data-nw-live") == "alive"
    assert explorer.place.locator(".nw-fallback").is_hidden()
    assert explorer.shown_controls() == [control.key for control in explorer.placement.controls]


@every_explorer
def test_the_canvas_is_as_high_as_its_class_says(explorer: Explorer) -> None:
    """So much room is kept for it, in wide columns; in narrow ones, too, as on a phone."""
    box = explorer.canvas.bounding_box()
    assert box is not None
    assert box["height"] == EXPLORERS[explorer.kind].canvas_heights[0]


# Explorers: as the book opens them, in the edition's language -------------------------------------

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


def described(explorer: Explorer, look: Look) -> str:
    """What Python says of the picture in the same state, in the page's language."""
    view: Any = EXPLORERS[explorer.kind]
    chosen = [key for key in look.state if f"{key}_index" in look.state]
    state = {key: value for key, value in look.state.items() if key not in chosen}
    before = words._language
    words.set_language(explorer.code)
    try:
        alt: str = view(**state).static_fallback().alt
    finally:
        words.set_language(before)
    return alt


@every_kind_in_every_language
def test_it_describes_what_python_computes(explorer: Explorer) -> None:
    """The words and numbers of the static fallback's text alternative, in whatever state."""
    for change in (lambda: None, explorer.change, explorer.move_all):
        change()
        look = explorer.check()
        wait_until_at_rest(explorer.tab)
        said = explorer.canvas.get_attribute("aria-label") or ""
        expected = described(explorer, look)
        assert said[: len(expected)] == expected


# Last, for it leaves the name of the button on show for a while.
@every_page
def test_notebook_can_be_downloaded(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    with tab.expect_download() as download:
        tab.locator(".nw-download").click()
    tab.mouse.move(1, 1)
    tab.locator(".nw-download").blur()
    assert download.value.suggested_filename == f"{page.name}.ipynb"
    assert Path(download.value.path()).read_bytes() == page.source.read_bytes()
