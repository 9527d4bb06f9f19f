"""Guess, then see, on the pages: drawn by hand, judged as Python does, kept and forgotten."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pages.axe import violations
from pages.window import PHONE, WIDE, Reader, reader
from playwright.sync_api import Browser, Locator
from site_helpers import CODES, html

from nwcore.guesses import CHAPTERS, CurveGuess, WidthGuess, find_guess
from nwcore.words import read_words

STORE = "JSON.parse(localStorage.getItem('nw-exercises') ?? '{}')"
WORDS = read_words("vi").guesses


def place_of(window: Reader, name: str, code: str = "vi") -> Locator:
    """The guess on its page, which is opened anew, when it asks."""
    window.tab.goto(f"{window.base}/{code}/{CHAPTERS[name]}.html")
    return asking(window, name)


def asking(window: Reader, name: str) -> Locator:
    window.tab.locator(f"#guess-{name}[data-state]").wait_for(state="attached")
    place = window.tab.locator(f"#guess-{name}")
    place.scroll_into_view_if_needed()
    return place


def button(place: Locator, key: str) -> Locator:
    return place.get_by_role("button", name=WORDS[key], exact=True)


def shown(place: Locator) -> list[bool]:
    """Whether the answer is seen, and a curve that was drawn or the line of a w."""
    visible = "node => getComputedStyle(node).visibility === 'visible'"
    answer = place.locator(".nw-guess-answer").first.evaluate(visible)
    drawn = place.locator(".nw-guess-drawn").get_attribute("d")
    return [bool(answer), bool(drawn)]


def said(place: Locator) -> str:
    return place.locator(".nw-guess-said").inner_text()


def expected(name: str, kept: list[Any]) -> str:
    """The sentence for what the browser keeps of a guess, by Python."""
    guess = find_guess(name)
    score = guess.score(kept) if isinstance(guess, CurveGuess) else guess.score(kept[0])
    return WORDS[f"{name}.{score.verdict}"]


@pytest.fixture(scope="module")
def window(site: str, chromium: Browser) -> Iterator[Reader]:
    with reader(chromium, site, viewport=PHONE, has_touch=True) as window:
        yield window
        assert window.seen.all() == []


@pytest.mark.parametrize("code", CODES)
def test_every_guess_stands_on_its_page_with_its_answer(code: str) -> None:
    for name, chapter in CHAPTERS.items():
        (place,) = html(f"{code}/{chapter}.html").select(f"nw-guess#guess-{name}")
        assert place.parent is not None
        assert place.parent.name == "section"
        assert place.select_one("svg[role=img][aria-label] .nw-guess-answer")


def test_a_curve_by_mouse_finger_and_keys(window: Reader) -> None:
    place = place_of(window, "average")
    plot = place.locator("svg")
    assert shown(place) == [False, False]
    button(place, "show").click()
    assert said(place) == WORDS["few_curve"]
    box = plot.bounding_box()
    assert box
    x, y = box["x"], box["y"]
    # By mouse, from the left to the middle; a stroke of one step leaves no column out.
    window.tab.mouse.move(x + 0.15 * box["width"], y + 0.2 * box["height"])
    window.tab.mouse.down()
    window.tab.mouse.move(x + 0.5 * box["width"], y + 0.3 * box["height"], steps=1)
    window.tab.mouse.up()
    # By finger, on to the right; the page stays where it is.
    before = window.tab.evaluate("scrollY")
    touch = window.context.new_cdp_session(window.tab)
    for kind, right, down in (
        ("touchStart", 0.55, 0.3),
        ("touchMove", 0.7, 0.5),
        ("touchMove", 0.8, 0.2),
    ):
        spot = {"x": x + right * box["width"], "y": y + down * box["height"]}
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [spot]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()
    assert window.tab.evaluate("scrollY") == before
    # By keys, at the right end.
    plot.focus()
    spoken = place.locator(".nw-spoken")
    plot.press("End")
    assert spoken.text_content() == "x = 5: chưa vẽ"
    plot.press("Enter")
    plot.press("ArrowUp")
    assert str(spoken.text_content()).startswith("x = 5, y = ")
    assert shown(place) == [False, True]
    button(place, "show").click()
    assert shown(place) == [True, True]
    kept = window.tab.evaluate(STORE)["guess/average"]["drawn"]
    assert len(kept) == 21
    assert kept[20] is not None
    assert sum(height is not None for height in kept) >= 15
    assert said(place).endswith(expected("average", kept))
    assert spoken.text_content() == said(place)
    assert plot.get_attribute("role") == "img"
    assert window.tab.evaluate("document.activeElement.textContent") == WORDS["again"]
    assert window.scroll_width() <= PHONE["width"]

    # Remembered, drawn and said again, and silently.
    told = said(place)
    window.tab.reload()
    place = asking(window, "average")
    assert shown(place) == [True, True]
    assert said(place) == told
    assert place.locator(".nw-spoken").text_content() == ""
    button(place, "again").click()
    assert shown(place) == [False, False]
    assert "guess/average" not in window.tab.evaluate(STORE)


def test_a_w_is_set_skipped_and_forgotten(window: Reader) -> None:
    place = place_of(window, "least-loss")
    button(place, "show").click()
    assert said(place) == WORDS["few_w"]
    slider = place.locator("input")
    guess = find_guess("least-loss")
    assert isinstance(guess, WidthGuess)
    for _ in range(3):
        slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "w = 1,41"
    assert shown(place) == [False, True]
    button(place, "show").click()
    assert shown(place) == [True, True]
    assert window.tab.evaluate(STORE)["guess/least-loss"]["drawn"] == [23]
    assert said(place).endswith(expected("least-loss", [23]))

    other = window.tab.locator("#guess-five-hundred")
    button(other, "skip").click()
    assert shown(other) == [True, False]
    assert said(other) == WORDS["skipped"]
    assert window.tab.evaluate("document.activeElement.textContent") == WORDS["again"]
    assert violations(window.tab) == set()

    # What the list of exercises forgets is forgotten here; what others have stored does no harm.
    window.tab.evaluate("nwProgress.forget()")
    assert shown(place) == shown(other) == [False, True]
    assert slider.get_attribute("aria-valuetext") == "w = 1"
    store = {"guess/least-loss": {"done": True, "drawn": [400]}}
    window.tab.evaluate("text => localStorage.setItem('nw-exercises', text)", json.dumps(store))
    window.tab.evaluate("nwProgress.tell()")
    assert said(place) == WORDS["skipped"]
    window.tab.evaluate("nwProgress.forget()")


def test_without_script_and_on_paper_the_answer_is_there(site: str, chromium: Browser) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        place = place_of(window, "left-end")
        assert shown(place)[0] is False
        window.tab.emulate_media(media="print")
        assert shown(place)[0] is True
        assert not button(place, "show").is_visible()
    with reader(chromium, site, viewport=WIDE, java_script_enabled=False) as window:
        window.tab.goto(f"{site}/vi/{CHAPTERS['left-end']}.html")
        place = window.tab.locator("#guess-left-end")
        assert place.locator(".nw-guess-answer").is_visible()
        assert place.locator("button:visible").count() == 0


def test_if_the_script_never_comes_the_answer_shows_after_a_while(
    site: str, chromium: Browser
) -> None:
    with reader(chromium, site, viewport=WIDE) as window:
        window.tab.route("**/vendor/book/guess.js*", lambda route: route.abort())
        window.tab.goto(f"{site}/vi/{CHAPTERS['three-examples']}.html")
        place = window.tab.locator("nw-guess")
        assert shown(place)[0] is False
        place.locator(".nw-guess-answer").evaluate(
            "node => node.getAnimations().forEach((each) => each.finish())"
        )
        assert shown(place)[0] is True
        window.seen.forget()
