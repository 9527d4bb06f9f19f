"""A chapter as slides, in the chapter's own page."""

from collections.abc import Callable

import pytest
from pages.axe import violations
from pages.explorer import explorers_in
from pages.window import WIDE, Reader, reader, wait_until_alive
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab
from site_helpers import CODES, PAGES, SAID, SITE, Page, html

# What stands in both languages in the same blocks is tried in one.
CHAPTER = Page("vi", "03-nonparametric-attention")
NUMBERED = [page for page in PAGES if page.name[:2].isdigit()]
SHOWN = """() => [...document.querySelectorAll("article .nw-shown")]
  .filter((node) => node.checkVisibility()).map((node) => node.textContent.trim())"""


def said(tab: Tab) -> tuple[int, int]:
    """The number of the slide and how many there are, as the page says them."""
    text = tab.locator(".nw-slides-bar output").inner_text()
    number, _of, total = text.partition(f" {SAID[CHAPTER.edition]['%s of %s'].split()[1]} ")
    return int(number), int(total)


def open_slides(window: Reader, page: Page, rest: str = "?slides") -> Tab:
    window.tab.goto(f"{window.base}/{page.path}{rest}")
    window.tab.locator("html.nw-slides").wait_for()
    return window.tab


@pytest.mark.parametrize("code", CODES)
def test_every_chapter_leads_to_its_slides_and_no_other_page(code: str) -> None:
    for page in PAGES:
        links = html(page.path).select("a.nw-slides-link") if page.edition == code else []
        assert [link["href"] for link in links] == ["?slides"] * (page in NUMBERED and bool(links))
        if page.edition == code:
            assert bool(links) == (page in NUMBERED), page
            assert [link.get_text() for link in links] == [SAID[code]["Slides"]] * len(links)


def test_slides_show_all_of_the_text_once_and_in_order(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        for page in [page for page in NUMBERED if page.edition == CHAPTER.edition]:
            tab = open_slides(window, page)
            found = tab.evaluate(
                """() => ({
                  told: [...document.querySelectorAll("article [data-nw-slide]")].length,
                  // Everything in the article that is in no slide and is no section with slides.
                  lost: [...document.querySelectorAll("article section > *")]
                    .filter((node) => !node.matches("section, script, style, [data-nw-slide]"))
                    .map((node) => node.outerHTML.slice(0, 100)),
                  twice: document.querySelectorAll("[data-nw-slide] [data-nw-slide]").length,
                })"""
            )
            assert found["told"] > 10
            assert found["lost"] == []
            assert found["twice"] == 0
        assert window.seen.all() == []


def test_keys_and_buttons_go_through_them(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        tab = open_slides(window, CHAPTER)
        assert tab.locator(".bd-sidebar-primary").is_hidden()
        assert tab.locator(".bd-header-article").is_hidden()
        first, total = said(tab)
        assert first == 1
        assert total >= 12
        assert tab.locator("article h1").is_visible()
        seen: list[str] = []
        for number in range(1, total + 1):
            assert said(tab) == (number, total)
            assert f"slides={number}" in tab.url
            shown = tab.evaluate(SHOWN)
            assert shown, f"slide {number} shows nothing"
            assert not set(filter(None, shown)) & set(seen[-3:])
            seen += filter(None, shown)
            tab.keyboard.press("ArrowRight")
        assert said(tab) == (total, total), "there is nothing behind the last"
        next_one, last_one = SAID["vi"]["Next slide"], SAID["vi"]["Previous slide"]
        assert tab.get_by_role("button", name=next_one).is_disabled()
        tab.get_by_role("button", name=last_one).click()
        assert said(tab)[0] == total - 1
        for key, number in {"Home": 1, "ArrowLeft": 1, "PageDown": 2, "End": total}.items():
            tab.keyboard.press(key)
            assert said(tab)[0] == number
        assert tab.evaluate("document.activeElement.matches('.nw-shown[data-nw-slide=first]')")
        tab.keyboard.press("Escape")
        tab.wait_for_url(lambda url: "slides" not in url)
        assert tab.locator("html.nw-slides").count() == 0
        assert window.seen.all() == []


@pytest.mark.parametrize("folder", [False, True], ids=["served", "folder"])
def test_an_explorer_on_a_slide_is_alive(folder: bool, site: str, chromium: Browser) -> None:
    base = SITE.as_uri() if folder else site
    with reader(chromium, base, viewport=WIDE) as window:
        tab = open_slides(window, CHAPTER, "?slides#attention:w=3")
        wait_until_alive(tab)
        _, total = said(tab)
        number = 1 + tab.evaluate(
            """() => {
              const firsts = [...document.querySelectorAll("[data-nw-slide=first]")];
              const live = document.querySelector(".nw-live");
              return firsts.filter((node) =>
                node.compareDocumentPosition(live) & Node.DOCUMENT_POSITION_FOLLOWING
                || node.contains(live)).length - 1;
            }"""
        )
        for _ in range(number - 1):
            tab.keyboard.press("ArrowRight")
        explorer = explorers_in(tab, CHAPTER.edition, CHAPTER.name)[0]
        assert explorer.canvas.is_visible()
        assert explorer.check_painted().state["w"] == 3
        explorer.slider("w").focus()
        tab.keyboard.press("ArrowRight")
        assert explorer.check_painted().state["w"] != 3
        assert said(tab) == (number, total), "the arrow was the slider's"
        assert f"slides={number}" in tab.url
        assert "#attention:" in tab.url
        if not folder:
            assert violations(tab) == set()
        assert window.seen.all() == []


def test_an_address_leads_to_its_slide(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        tab = open_slides(window, CHAPTER, "?slides=4")
        assert said(tab)[0] == 4
        for asked, shown in {"99": said(tab)[1], "-3": 1, "x": 1, "2.7": 2}.items():
            tab = open_slides(window, CHAPTER, f"?slides={asked}")
            assert said(tab)[0] == shown
        tab = open_slides(window, CHAPTER, "?slides#equation-eq-gaussian-kernel")
        assert tab.locator("#equation-eq-gaussian-kernel").is_visible()
        tab.evaluate("location.hash = '#equation-eq-nadaraya-watson'")
        tab.locator("#equation-eq-nadaraya-watson").wait_for()
        assert tab.locator("#equation-eq-gaussian-kernel").is_hidden()


def test_every_slide_is_a_page_on_paper(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        tab = open_slides(window, CHAPTER)
        total = said(tab)[1]
        paper = tab.pdf(prefer_css_page_size=True)
        assert paper.count(b"/Type /Page\n") >= total


def test_without_slides_in_its_address_a_chapter_is_as_it_was(
    visit: Callable[[Page], Reader],
) -> None:
    tab = visit(CHAPTER).tab
    assert tab.locator("[data-nw-slide], .nw-slides-bar").count() == 0
