"""The guided tours of explorers on their pages: walked to the end, sent as a link, left again."""

import re
from collections.abc import Iterator

import pytest
from pages import scripts
from pages.axe import violations
from pages.explorer import Explorer, explorer_in
from pages.placements import FULL, HOMES, every_kind
from pages.window import PHONE, WIDE, Reader, frames_pass, reader
from pages.window import wait_until_at_rest as at_rest
from playwright.sync_api import Browser
from site_helpers import CODES

from nwcore.explorers import EXPLORERS
from nwcore.explorers._tours import TOURS
from nwcore.words import read_words


@pytest.fixture
def still(site: str, chromium: Browser) -> Iterator[Reader]:
    """A reader who wants nothing to move."""
    options = {"viewport": WIDE, "color_scheme": "light", "reduced_motion": "reduce"}
    with reader(chromium, site, **options) as window:
        yield window
        assert window.seen.all() == []


def step_of(
    explorer: Explorer, number: int
) -> tuple[dict[str, object], list[str], re.Pattern[str]]:
    """The state of a step, its marks, and its text with any numbers."""
    tour, kind = TOURS[explorer.kind], explorer.kind
    step = tour.steps[number - 1]
    base = EXPLORERS[kind]().tour["base"]
    text = read_words(explorer.code).tours[f"{kind}.{step.name}"]
    parts = (re.escape(part) for part in re.split(r"\{\w+\}", text))
    return base | step.changes, list(step.marks), re.compile(r"−?\d+([.,]\d+)?".join(parts))


def assert_shows(explorer: Explorer, number: int) -> None:
    tour = explorer.tour
    state, marks, pattern = step_of(explorer, number)
    text = tour.wait_until_told(number, len(TOURS[explorer.kind].steps))
    assert pattern.fullmatch(text), text
    now = explorer.look().state
    for key, value in state.items():
        number = isinstance(value, float)  # which a slider hands back rounded to its own step
        assert now[key] == (pytest.approx(value, rel=1e-6) if number else value), key
    found = tour.marked()
    wanted = ["part" if mark.startswith("part") else mark for mark in marks]
    assert sorted(name for name, _ in found) == sorted(wanted)
    assert all(seen for _, seen in found), found


@every_kind
def test_it_is_walked_to_its_end_and_gives_back_what_was_there(explorer: Explorer) -> None:
    """Gliding; every step is as its data say; nothing of it is left to take back."""
    tour, total = explorer.tour, len(TOURS[explorer.kind].steps)
    at_rest(explorer.tab)
    earlier = explorer.look().state
    explorer.change()
    at_rest(explorer.tab)
    before, heard = explorer.look(), explorer.spoken.text_content()
    goals = explorer.goals.ticked()
    tour.button("tour").click()
    assert tour.button("tour").get_attribute("aria-expanded") == "true"
    assert tour.button("tour_back").is_disabled()
    for number in range(1, total + 1):
        assert_shows(explorer, number)
        assert explorer.spoken.text_content() == heard, "the picture is described besides"
        if number < total:
            explorer.press("Enter")  # the keys stay where they lead on
    assert tour.button("tour_next").is_disabled()
    assert explorer.tab.evaluate("document.activeElement.textContent") == explorer.words["tour_end"]
    explorer.press("Enter")
    after = explorer.look()
    assert after.state == before.state
    assert after.picture == before.picture
    assert tour.panel.is_hidden()
    assert tour.marked() == []
    assert explorer.tab.evaluate("document.activeElement.textContent") == explorer.words["tour"]
    at_rest(explorer.tab)
    assert explorer.goals.ticked() == goals
    assert "tour=" not in explorer.tab.url
    assert explorer.button("redo").is_disabled()
    explorer.button("undo").click()
    assert explorer.look().state == earlier, "the tour has left steps to take back"


def test_a_step_is_a_link(still: Reader) -> None:
    """It opens where it says, keeps the reader's own state beside it, and junk is left out."""
    code = CODES[-1]
    still.open_alive(f"{code}/{FULL}.html#attention:w=2.5;tour=3")
    explorer = explorer_in(still.tab, code, FULL, "attention")
    tour, total = explorer.tour, len(TOURS["attention"].steps)
    assert_shows(explorer, 3)
    assert still.tab.url.endswith("#attention:w=2.5;tour=3"), "opening an address changes it"
    tour.button("tour_next").click()
    explorer.wait_for_link("tour=4")
    assert explorer.address("tour=4").endswith("#attention:w=2.5;tour=4")
    assert_shows(explorer, 4)
    assert explorer.spoken.text_content() == "", "the text of the step is what is said"
    # What the reader changes is no longer the step: the link holds the picture, the panel says so.
    explorer.slider("w").focus()
    explorer.press("ArrowLeft")
    assert tour.count.inner_text() == explorer.words["tour_step"].format(n=4, total=total)
    tour.button("tour_again").wait_for()
    at_rest(still.tab)
    assert "tour=" not in still.tab.url
    assert explorer.spoken.text_content() != ""
    tour.button("tour_again").click()
    assert_shows(explorer, 4)
    assert not tour.button("tour_again").is_visible()
    explorer.address("tour=4")
    # Undo ends the tour.
    explorer.press("Control+z")
    explorer.wait_for_state(w=2.5)
    assert tour.panel.is_hidden()
    # A picture that is kept is one step to take back.
    tour.button("tour").click()
    assert_shows(explorer, 1)
    tour.button("tour_next").click()
    tour.button("tour_keep").click()
    assert tour.panel.is_hidden()
    explorer.wait_for_state(**step_of(explorer, 2)[0])
    explorer.button("undo").click()
    explorer.wait_for_state(w=2.5)
    for junk in ("0", "99", "2.5", "x", "-1", ""):
        explorer.type_address(f"attention:w=3;tour={junk}")
        explorer.wait_for_state(w=3)
        assert tour.panel.is_hidden(), junk
    explorer.type_address("attention:tour=2")
    assert_shows(explorer, 2)
    explorer.button("start_over").click()
    assert tour.panel.is_hidden()
    still.tab.wait_for_function("() => location.hash === ''")
    # Where the controls of the tour are not, it is not offered.
    still.open_alive(f"{code}/02-average-pooling.html#attention:tour=2")
    other = explorer_in(still.tab, code, "02-average-pooling", "attention").tour
    assert other.button("tour").count() == other.panel.count() == 0


def test_on_a_phone_picture_and_text_are_seen_at_once(still: Reader) -> None:
    code, kind = CODES[0], "attention"
    still.tab.set_viewport_size(PHONE)
    still.open_alive(f"{code}/{HOMES[kind]}.html")
    explorer = explorer_in(still.tab, code, HOMES[kind], kind)
    tour = explorer.tour
    tour.button("tour").focus()
    explorer.press("Enter")
    assert_shows(explorer, 1)
    for _ in range(2):
        explorer.press("Enter")
    assert_shows(explorer, 3)
    panel, canvas = tour.panel.bounding_box(), explorer.canvas.bounding_box()
    assert panel is not None
    assert canvas is not None
    assert panel["y"] + panel["height"] <= PHONE["height"] + 1
    assert canvas["y"] + 200 < panel["y"], "the plot is covered"
    assert canvas["y"] >= 0
    assert still.scroll_width() <= PHONE["width"]
    still.choose_theme("dark")
    still.tab.wait_for_function(
        "() => [...document.querySelectorAll('.nw-live canvas')].every((n) => n.ariaLabel)"
    )
    assert violations(still.tab) == set()
    # Arrow keys stay the slider's; Escape ends the tour, wherever in the explorer the keys are.
    explorer.slider("w").focus()
    before = explorer.look().state["w"]
    explorer.press("ArrowRight")
    assert explorer.look().state["w"] > before
    explorer.tab.emulate_media(media="print")
    assert tour.panel.is_hidden()
    explorer.tab.emulate_media(media="screen")
    explorer.slider("w").focus()
    explorer.press("Escape")
    assert tour.panel.is_hidden()
    frames_pass(still.tab, 3)
    assert explorer.tab.evaluate("document.activeElement.role") == "slider"
    explorer.press("Escape")  # nothing is left that it would end
    assert explorer.place.evaluate(scripts.HOLDS, {"pinned": False})
