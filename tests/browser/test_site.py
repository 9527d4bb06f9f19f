"""The built site, as a reader's browser sees it. `make book` builds it."""

import gzip
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import Tag
from pages.window import PHONE, WIDE, Reader, reader, wait_for_theme
from playwright.sync_api import Browser
from site_helpers import (
    CODES,
    EDITIONS,
    PAGES,
    ROOT,
    SAID,
    SITE,
    VIETNAMESE,
    Page,
    check_built,
    english,
    html,
)

# Phrases of an edition, with and without marks, and a chapter that a search for them must find, or
# for its own title, in every language.
# (Sphinx lets words of one or two letters decide little.)
PHRASES = {
    "vi": ["trọng số", "truy vấn", "truy van"],
    "en": ["attention weights"],
}
FOUND = "03-nonparametric-attention"
MOST = {True: 350_000, False: 200_000}  # bytes after gzip, with explorers and without


def title(code: str) -> str:
    """The heading of the chapter that a search for it must find."""
    heading = html(f"{code}/{FOUND}.html").select_one("h1")
    assert heading is not None
    return heading.get_text().removesuffix("#").partition(" ")[2].strip()


def foreign_to(code: str) -> re.Pattern[str]:
    """Finds what the site must not say in an edition."""
    return VIETNAMESE if code == "en" else english(ENGLISH, SAID[code].values())


# The theme's own English, which no page of another edition may show.
ENGLISH = [
    "search",
    "previous",
    "next",
    "contents",
    "on this page",
    "click to",
    "copy",
    "copied",
    "toggle",
    "show",
    "hide",
    "skip",
    "back to",
    "light",
    "dark",
    "color mode",
    "system settings",
    "download",
    "built with",
    "by",
    "theme",
    "permalink",
    "link to",
    "navigation",
    "menu",
    "figure",
    "table",
    "note",
    "tip",
    "hint",
    "warning",
    "main",
    "page",
    "section",
    "index",
    "error",
    "loading",
    "results?",
    "matches",
]


def article(page: Page) -> Tag:
    found = html(page.path).select_one("article")
    assert found is not None
    return found


@cache
def by_id(path: str) -> dict[str, Tag]:
    return {str(node["id"]): node for node in html(path).find_all(id=True)}


def target(page: Page, link: Tag) -> tuple[str, Tag | None]:
    """The file and the element that a link within the site leads to."""
    parts = urlsplit(str(link["href"]))
    file = (SITE / page.path).parent / unquote(parts.path) if parts.path else SITE / page.path
    path = file.resolve().relative_to(SITE.resolve()).as_posix()
    return path, by_id(path).get(unquote(parts.fragment)) if parts.fragment else None


every_page = pytest.mark.parametrize("page", PAGES, ids=str)
every_edition = pytest.mark.parametrize("code", CODES)


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


@every_page
def test_equations_are_numbered_and_cited(page: Page) -> None:
    labels = re.findall(r"\$\$ *\((eq-[\w-]+)\)", page.prose)
    for label in labels:
        equation = article(page).find(id=f"equation-{label}")
        assert isinstance(equation, Tag), f"{label} is not on the page"
        number = equation.select_one(".eqno")
        assert number is not None
        assert re.match(r"\(\d+\.\d+\)", number.get_text()), f"{label} has no chapter number"

    cited = re.findall(r"\{eq\}`(eq-[\w-]+)`", page.prose)
    links = article(page).select("a[href*='#equation-']:not(.headerlink)")
    assert [str(link["href"]).partition("#equation-")[2] for link in links] == cited
    for link in links:
        path, equation = target(page, link)
        assert isinstance(equation, Tag), f"{link['href']} leads nowhere ({path})"
        number = equation.select_one(".eqno")
        assert number is not None
        assert number.get_text().startswith(link.get_text())


@every_page
def test_references_are_resolved(page: Page) -> None:
    text = " ".join(part for part in article(page).stripped_strings if part)
    assert "??" not in text
    for label in re.findall(r"\{numref\}`(?:[^`<]*<)?([\w-]+)>?`", page.prose):
        links = article(page).select(f"a[href$='#{label}']:not(.headerlink)")
        assert links, f"{label} is not linked"
        path, found = target(page, links[0])
        assert isinstance(found, Tag), f"{label} leads nowhere ({path})"
        caption = found.select_one(".caption-number")
        assert caption is not None
        assert caption.get_text().strip() in links[0].get_text()

    cited = re.findall(r"\{cite[^}]*\}`([^`]+)`", page.prose)
    keys = [key for group in cited for key in group.split(",")]
    links = article(page).select(".bibtex-citation a")
    assert len(links) >= len(keys)
    for link in links:
        path, entry = target(page, link)
        assert path == f"{page.edition}/references.html"
        assert isinstance(entry, Tag)
        assert entry.get("role") == "listitem"


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
    assert article(page).select("img[src$='.svg']") == [], "a picture the theme cannot colour"
    for image in article(page).select("img"):
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
def test_language_link_leads_to_the_twin(page: Page) -> None:
    for edition in EDITIONS:
        if edition.code == page.edition:
            continue
        twin = Page(edition.code, page.name)
        (link,) = html(page.path).select(f"a.nw-twin[hreflang='{edition.code}']")
        assert link.get_text() == edition.name
        assert link["lang"] == edition.code
        assert target(page, link)[0] == twin.path
        (alternate,) = html(page.path).select(f"link[rel=alternate][hreflang='{edition.code}']")
        assert alternate["href"] == link["href"]
        (back,) = html(twin.path).select(f"a.nw-twin[hreflang='{page.edition}']")
        assert target(twin, back)[0] == page.path


def test_switching_the_language_and_back(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=PHONE) as window:
        window.open(f"{CODES[0]}/{FOUND}.html")
        for edition in [*EDITIONS[1:], EDITIONS[0]]:
            window.tab.get_by_role("link", name=edition.name, exact=True).click()
            window.tab.wait_for_url(f"{site}/{edition.code}/{FOUND}.html")
            assert window.tab.evaluate("document.documentElement.lang") == edition.code


@every_page
def test_notebook_can_be_downloaded(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    with tab.expect_download() as download:
        tab.locator(".nw-download").click()
    assert download.value.suggested_filename == f"{page.name}.ipynb"
    assert Path(download.value.path()).read_bytes() == page.source.read_bytes()


@every_page
def test_nothing_sticks_out_on_a_phone(page: Page, visit: Callable[[Page], Reader]) -> None:
    tab = visit(page).tab
    tab.set_viewport_size(PHONE)
    width = tab.evaluate("document.documentElement.scrollWidth")
    sticking_out = tab.evaluate(
        """() => [...document.querySelectorAll(
            ".bd-header-article :is(a, button), .nw-picture, svg.nw-svg:not([data-wide])")]
          .filter((node) => node.getClientRects().length)
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


@every_edition
def test_theme_switch(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, color_scheme="light") as window:
        window.open(f"{code}/index.html")
        themes = set()
        for _ in range(3):
            window.tab.locator(".article-header-buttons .theme-switch-button").click()
            themes.add(window.tab.evaluate("document.documentElement.dataset.theme"))
        assert themes == {"light", "dark"}


@pytest.mark.parametrize(
    ("locale", "code"), [("vi-VN", "vi"), ("en-GB", "en"), ("fr-FR", CODES[0])]
)
def test_landing_page_follows_the_browser(
    locale: str, code: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site, locale=locale) as window:
        window.tab.goto(f"{site}/")
        window.tab.wait_for_url(f"{site}/{code}/index.html")
        assert window.seen.page_errors + window.seen.console_errors + window.seen.failed == []
        assert window.seen.foreign == []


def test_landing_page_remembers_the_edition(site: str, chromium: Browser) -> None:
    with reader(chromium, site, locale="vi-VN") as window:
        window.open("en/index.html")
        window.tab.goto(f"{site}/")
        window.tab.wait_for_url(f"{site}/en/index.html")


def test_landing_page_without_script(site: str, chromium: Browser) -> None:
    with reader(chromium, site, java_script_enabled=False) as window:
        window.tab.goto(f"{site}/")
        for edition in EDITIONS:
            link = window.tab.locator(f"a[hreflang='{edition.code}']")
            assert link.is_visible()
            assert edition.name in link.inner_text()
            assert link.get_attribute("lang") == edition.code


def test_every_link_within_the_site_leads_somewhere() -> None:
    check_built()
    dead = []
    for file in sorted(SITE.rglob("*.html")):
        if "_static" in file.parts:
            continue
        path = file.relative_to(SITE).as_posix()
        for node in html(path).select("[href], [src]"):
            link = str(node.get("href") or node.get("src"))
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if node.name != "a" and parts.scheme != "data":
                    dead.append(f"{path}: {node.name} loads {link}")
                continue
            if parts.path.startswith("/"):  # of a page that is shown under any address
                goal = SITE / unquote(parts.path).lstrip("/")
            else:
                goal = file.parent / unquote(parts.path) if parts.path else file
            if not goal.is_file():
                dead.append(f"{path}: {link} is not there")
            elif parts.fragment and goal.suffix == ".html":
                goal_path = goal.resolve().relative_to(SITE.resolve()).as_posix()
                if unquote(parts.fragment) not in by_id(goal_path):
                    dead.append(f"{path}: {link} has no such place")
    assert dead == []


@pytest.mark.parametrize(
    ("code", "phrase"),
    [(code, phrase) for code in CODES for phrase in ["", *PHRASES.get(code, [])]],
)
def test_search_finds(code: str, phrase: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.goto(f"{site}/{code}/search.html?q={phrase or title(code)}")
        found = window.tab.locator("#search-results li a")
        found.first.wait_for()
        window.tab.wait_for_function(
            "() => !document.querySelector('#search-results').innerText.includes('…')"
            " || document.querySelectorAll('#search-results li').length"
        )
        pages = {str(link.get_attribute("href")).partition("?")[0] for link in found.all()}
        assert any(FOUND in page for page in pages), f"only {pages}"
        assert window.seen.page_errors + window.seen.console_errors + window.seen.failed == []


@every_edition
def test_search_for_nonsense_finds_nothing(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.goto(f"{site}/{code}/search.html?q=zzzqqqxxx")
        # The summary is written when the search has ended.
        window.tab.wait_for_function("() => document.querySelector('.search-summary')?.innerText")
        assert window.tab.locator("#search-results li").count() == 0
        summary = window.tab.locator(".search-summary").inner_text()
        assert not foreign_to(code).search(summary), summary


# What the theme says: all text around the article, and in it the words of buttons and titles
# that no author wrote.
THEME_WORDS = """() => {
  const names = ["title", "aria-label", "placeholder", "data-tooltip", "data-toggle-hint",
                 "data-bs-title", "data-bs-original-title"];
  const around = document.body.cloneNode(true);
  around.querySelectorAll(
    "article, script, style, noscript, nav, .prev-next-title, .nw-twin, "
    + ".navbar-brand, kbd, .copyright, .component-author"
  ).forEach((node) => node.remove());
  const words = around.textContent.split("\\n").map((line) => line.trim());
  for (const node of document.body.querySelectorAll(names.map((name) => `[${name}]`).join())) {
    const authors = node.matches("svg.nw-svg, .bibtex-citation a, .nw-twin") ||
      node.closest(".katex, .nw-live");
    if (!authors) words.push(...names.map((name) => node.getAttribute(name) ?? ""));
  }
  for (const node of document.querySelectorAll(
    "article .caption-number, article details.hide > summary, article .copybtn title")) {
    words.push(node.textContent);
  }
  for (const node of document.querySelectorAll("article .admonition")) {
    if (node.classList.length === 2) words.push(node.firstElementChild.textContent);
  }
  return [...new Set(words.map((word) => word.trim()).filter(Boolean))];
}"""


@every_page
def test_theme_speaks_the_editions_language(page: Page, visit: Callable[[Page], Reader]) -> None:
    words = visit(page).tab.evaluate(THEME_WORDS)
    assert [word for word in words if foreign_to(page.edition).search(word)] == []
    assert len(words) > 10


@every_edition
def test_search_page_speaks_the_editions_language(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.goto(f"{site}/{code}/search.html?q={title(code)}")
        window.tab.locator("#search-results li").first.wait_for()
        words = window.tab.evaluate(THEME_WORDS)
        wrong = foreign_to(code)
        results = window.tab.locator("#search-results li").all_inner_texts()
        assert [word for word in words if wrong.search(word) and word not in "".join(results)] == []


def test_no_page_tells_where_it_was_built() -> None:
    for page in SITE.rglob("*.html"):
        assert str(ROOT) not in page.read_text("utf-8"), page
