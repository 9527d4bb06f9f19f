"""What a page asks for, and that nothing moves while it arrives. Bounds are sizes, never times."""

import itertools
import re
from typing import Literal

import pytest
from pages.placements import FULL, LIVE
from pages.window import Reader, frames_pass, reader
from playwright.sync_api import Browser, Route
from site_helpers import CODES, PAGES, ROOT, SITE, Page, html

every_page = pytest.mark.parametrize("page", PAGES, ids=str)
IN_ONE_LANGUAGE = [page for page in LIVE if page.edition == CODES[0]]
SHIFT = 0.02
SIZES = {"phone": (360, 740), "wide": (1280, 900)}

# Parts of the page that are not laid out while nobody comes near them.
PUT_OFF = """() => [...document.querySelectorAll("*")]
  .filter((part) => getComputedStyle(part).contentVisibility !== "visible")
  .map((part) => part.outerHTML.slice(0, 120))"""
REST = re.compile(r"/_static/(pages|bootstrap|theme)\.js")
ARRIVING = "() => 'nwArriving' in document.documentElement.dataset"

WATCH = """
  window.nwShift = 0;
  window.nwMoved = [];
  new PerformanceObserver((list) => list.getEntries().forEach(({ value, sources }) => {
    window.nwShift += value;
    window.nwMoved.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 120))]);
  })).observe({ type: "layout-shift", buffered: true });
"""


def file_of(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def hold_widgets(window: Reader) -> tuple[list[Route], list[str]]:
    """Keep the widgets' script away: it, to be let go, and what is asked for of the rest."""
    held: list[Route] = []
    asked: list[str] = []
    window.tab.route("**/vendor/book/widgets.js*", lambda route: held.append(route))
    window.tab.on("request", lambda sent: REST.search(sent.url) and asked.append(sent.url))
    return held, asked


@every_page
def test_no_script_holds_the_page_up(page: Page) -> None:
    scripts = html(page.path).select("script[src]")
    # The colours and the formulas' letters must be there before the first line is laid out.
    first = scripts.pop(0)
    assert "/first.js?" in str(first["src"])
    order = [file_of(str(script["src"])) for script in scripts]
    # What draws the widgets comes before what the page can be read without, and waits for nothing.
    kinds = [re.sub(r"-\w{16}", "", name) for name in order]
    widgets = ["widget.js", "widgets.js"] if page in LIVE else []
    if page.name == "your-data":  # whose own script is to it what that is to others
        widgets = ["yours.js"]
    widgets += ["guess.js"] if html(page.path).select("nw-guess") else []
    later = str(first.get("data-later", "")).split()
    rest = [file_of(source) for source in later]
    assert (rest if page in LIVE else kinds[-3:]) == ["pages.js", "bootstrap.js", "theme.js"]
    assert [*dict.fromkeys(kinds)] == [*widgets, *([] if page in LIVE else kinds[-3:])]
    for script, kind in zip(scripts, kinds, strict=True):
        assert script.has_attr("async" if kind in widgets else "defer"), kind
    styles = [str(link["href"]) for link in html(page.path).select("head > link[rel=stylesheet]")]
    assert [file_of(style) for style in styles] == ["pages.css"]


@pytest.mark.parametrize("code", CODES)
def test_the_style_sheet_needs_no_other_file(code: str) -> None:
    css = (SITE / code / "_static" / "pages.css").read_text("utf-8")
    used = {link for link in re.findall(r"url\(\"?([^)\"]+)", css) if not link.startswith("data:")}
    assert [link for link in used if not (SITE / code / "_static" / link).is_file()] == []


# Selectors as the browser writes them, so that one and the same looks the same in both.
SELECTORS = """(texts) => texts.map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const inside = (rules) => [...rules].flatMap((rule) =>
    rule.selectorText ? [rule.selectorText] : rule.cssRules ? inside(rule.cssRules) : []);
  return inside(sheet.cssRules);
})"""
OWN_STYLES = ("assets/book.css", "web/src/widgets.css", "nwcore/explorers/explorers.css")


def test_the_style_sheet_has_all_of_the_books_own_rules(site: str, chromium: Browser) -> None:
    """None of them is there in vain, so none may be left out with the rules of the theme."""
    texts = [(ROOT / name).read_text("utf-8") for name in OWN_STYLES]
    # The English edition has every kind of page, the reference of nwcore with them.
    texts.append((SITE / "en" / "_static" / "pages.css").read_text("utf-8"))
    with reader(chromium, site) as window:
        window.open("en/index.html")
        lists = window.tab.evaluate(SELECTORS, texts)
    *own, delivered = [
        {each.strip() for text in found for each in re.split(r",(?![^(]*\))", text)}
        for found in lists
    ]
    assert all(len(selectors) > 20 for selectors in own)
    # JupyterLab's dark theme, and what its sliders have that the pages' have not.
    elsewhere = {
        '[data-jp-theme-light="false"] .nw-explorer',
        ".nw-box .nw-controls .widget-readout",
    }
    assert set().union(*own) - delivered == elsewhere


# Every page in one size, and one where several explorers stand in both.
COMING = [
    pytest.param(page, size, id=f"{page}-{size}")
    for page, own in zip(IN_ONE_LANGUAGE, itertools.cycle(SIZES), strict=False)
    for size in (SIZES if page.name == FULL else [own])
]


@pytest.mark.parametrize(("page", "size"), COMING)
def test_nothing_moves_when_an_explorer_comes_alive(
    page: Page, size: str, site: str, chromium: Browser
) -> None:
    """Seen where it is hardest: with the end of the first explorer in the middle of the window."""
    width, height = SIZES[size]
    with reader(chromium, site, viewport={"width": width, "height": height}) as window:
        window.tab.add_init_script(WATCH)
        held, _ = hold_widgets(window)
        window.tab.goto(f"{site}/{page.path}", wait_until="commit")
        window.tab.wait_for_function("() => document.readyState === 'interactive'")
        window.tab.locator(".nw-live").first.wait_for()
        window.tab.mouse.wheel(0, 1)
        window.tab.wait_for_function(f"() => !({ARRIVING})()")
        window.tab.evaluate(
            """() => {
              const { bottom } = document.querySelector(".nw-live").getBoundingClientRect();
              scrollTo({ top: scrollY + bottom - innerHeight / 2, behavior: "instant" });
            }"""
        )
        before = window.tab.evaluate("document.querySelector('.nw-live').offsetHeight")
        window.tab.wait_for_timeout(300)
        for route in held:
            route.continue_()
        alive = "() => !document.querySelector('.nw-live:not([data-nw-live=alive])')"
        window.tab.wait_for_function(alive)
        window.tab.wait_for_timeout(500)
        assert window.tab.evaluate("window.nwShift") <= SHIFT, window.tab.evaluate("window.nwMoved")
        after = window.tab.evaluate("document.querySelector('.nw-live').offsetHeight")
        # Words break differently with other numbers: a line, or two.
        assert abs(after - before) <= 60


def test_what_is_far_down_waits_for_the_first_live_widget(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport={"width": 360, "height": 740}) as window:
        held, _ = hold_widgets(window)
        window.tab.goto(f"{site}/en/03-nonparametric-attention.html", wait_until="commit")
        window.tab.wait_for_function("() => document.readyState === 'interactive'")
        assert window.tab.evaluate(ARRIVING)
        assert len(window.tab.evaluate(PUT_OFF)) > 20
        # What is to come alive is measured, wherever it stands.
        lives = window.tab.locator(".nw-live")
        assert lives.count() == 2
        assert [place for place in lives.all() if not place.bounding_box()] == []
        inside = "(place) => Boolean(place.closest('.cell').checkVisibility())"
        assert [lives.nth(i).evaluate(inside) for i in range(2)] == [True, True]
        window.tab.emulate_media(media="print")
        assert window.tab.evaluate(PUT_OFF) == []
        window.tab.emulate_media(media="screen")
        assert window.tab.evaluate(ARRIVING)
        for route in held:
            route.continue_()
        window.tab.wait_for_function(f"() => !({ARRIVING})()")
        assert window.tab.evaluate("window.nwModels") is not None
        assert window.tab.evaluate(PUT_OFF) == []


@every_page
def test_a_page_that_begins_with_a_widget_is_painted_once_it_has_its_place(page: Page) -> None:
    begins = page.name == "index"
    expected = [str(link["href"]) for link in html(page.path).select("head > link[rel=expect]")]
    assert expected == ["#nw-first"] * begins
    places = html(page.path).select(".nw-live")
    assert [place.get("id") for place in places][:1] == [("nw-first" if begins else None)] * (
        page in LIVE
    )
    assert len(html(page.path).select("#nw-first")) == begins


def test_the_rest_comes_with_the_first_live_widget(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        held, asked = hold_widgets(window)
        window.tab.goto(f"{site}/en/index.html", wait_until="commit")
        window.tab.wait_for_function("() => document.readyState === 'interactive'")
        frames_pass(window.tab)
        assert asked == []
        held[0].continue_()
        window.tab.wait_for_function(f"() => !({ARRIVING})()")
        assert [file_of(url) for url in asked] == ["pages.js", "bootstrap.js", "theme.js"]
        # What they do is done.
        assert window.tab.locator(".nw-cell-run").count() > 0
        assert window.tab.evaluate("typeof bootstrap") == "object"


LEADING = ("?slides", "#kernel-regression")


@pytest.mark.parametrize("leading", ["", *LEADING])
def test_who_goes_to_a_place_in_a_page_waits_for_nothing(
    leading: str, site: str, chromium: Browser
) -> None:
    """So that nothing above the section changes its height under the reader's eyes."""
    with reader(chromium, site) as window:
        held, asked = hold_widgets(window)
        page = f"{site}/en/03-nonparametric-attention.html"
        window.tab.goto(f"{page}{leading}", wait_until="commit")
        if not leading:  # and who comes back
            window.tab.wait_for_function("() => document.readyState === 'interactive'")
            assert (window.tab.evaluate(ARRIVING), asked) == (True, [])
            window.tab.reload(wait_until="commit")
        window.tab.wait_for_function("() => 'bootstrap' in globalThis")
        assert not window.tab.evaluate(ARRIVING)
        assert len(asked) == 3
        held[-1].continue_()


def test_a_page_whose_widgets_never_come_has_all_the_rest(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.route("**/vendor/book/widgets.js*", lambda route: route.abort())
        window.tab.goto(f"{site}/en/03-nonparametric-attention.html")
        window.tab.wait_for_function(f"() => !({ARRIVING})()")
        assert window.tab.evaluate("typeof bootstrap") == "object"
        assert window.tab.evaluate(PUT_OFF) == []
        window.seen.forget()


@pytest.mark.parametrize("act", ["wheel", "key"])
def test_who_sets_out_to_scroll_does_not_wait(act: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        held, asked = hold_widgets(window)
        window.tab.goto(f"{site}/en/03-nonparametric-attention.html", wait_until="commit")
        window.tab.wait_for_function("() => document.readyState === 'interactive'")
        assert (window.tab.evaluate(ARRIVING), asked) == (True, [])
        if act == "wheel":
            window.tab.mouse.wheel(0, 50)
        else:
            window.tab.keyboard.press("PageDown")
        window.tab.wait_for_function(f"() => !({ARRIVING})()")
        assert window.tab.evaluate(PUT_OFF) == []
        assert len(asked) == 3
        held[0].continue_()


@pytest.mark.parametrize("path", ["en/01-queries-keys-values.html", "vi/references.html"])
def test_a_page_without_widgets_is_laid_out_at_once(
    path: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        window.open(path)
        assert not window.tab.evaluate(ARRIVING)
        assert window.tab.evaluate(PUT_OFF) == []


@pytest.mark.parametrize("mode", ["auto", "light", "dark"])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_colours_are_there_before_the_page(
    mode: str, system: Literal["light", "dark"], site: str, chromium: Browser
) -> None:
    with reader(chromium, site, color_scheme=system) as window:
        window.tab.add_init_script(f"localStorage.setItem('mode', '{mode}')")
        window.tab.route(re.compile(r"/(pages|bootstrap|theme)\.js"), lambda route: route.abort())
        window.tab.goto(f"{site}/en/01-queries-keys-values.html")
        shown = window.tab.evaluate("({ ...document.documentElement.dataset })")
        window.seen.forget()
    assert (shown["mode"], shown["theme"]) == (mode, system if mode == "auto" else mode)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_no_script_stands_in_a_page(page: Page) -> None:
    """A policy that forbids such scripts costs the book nothing."""
    inline = [s for s in html(page.path).select("script:not([src])") if "json" not in s["type"]]
    assert inline == []


@pytest.mark.parametrize("page", IN_ONE_LANGUAGE, ids=str)
def test_without_script_the_picture_stands_alone(page: Page, site: str, chromium: Browser) -> None:
    with reader(chromium, site, java_script_enabled=False) as window:
        window.tab.goto(f"{site}/{page.path}")
        for place in window.tab.locator(".nw-live").all():
            assert place.locator(".nw-fallback svg.nw-svg").is_visible()
            assert place.locator(".nw-view").count() == 0
            picture = place.locator("svg.nw-svg").bounding_box()
            whole = place.bounding_box()
            assert picture
            assert whole
            assert whole["height"] - picture["height"] < 80
