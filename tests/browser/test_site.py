"""The built site, as a reader's browser sees it. `make book` builds it."""

import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import Tag
from pages.theme import THEME_WORDS, foreign_to
from pages.window import PHONE, reader
from playwright.sync_api import Browser
from site_helpers import (
    CODES,
    EDITIONS,
    PAGES,
    ROOT,
    SITE,
    Page,
    check_built,
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


def title(code: str) -> str:
    """The heading of the chapter that a search for it must find."""
    heading = html(f"{code}/{FOUND}.html").select_one("h1")
    assert heading is not None
    return heading.get_text().removesuffix("#").partition(" ")[2].strip()


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
