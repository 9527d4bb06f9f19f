"""The goals of explorers on their pages: reached by readers, ticked, said, kept, forgotten."""

from collections.abc import Iterator

import pytest
from goal_fields import EXPLORERS, fields_of, outside
from pages.axe import violations
from pages.explorer import Explorer, explorer_in
from pages.placements import FULL, PLACEMENTS, Placement, every_kind, models
from pages.window import PHONE, WIDE, Reader, frames_pass, reader, wait_until_alive
from pages.window import wait_until_at_rest as at_rest
from playwright.sync_api import Browser
from site_helpers import CODES, widget_state

from nwcore import words
from nwcore.explorers._goals import GOALS
from nwcore.words import read_words

STORE = "localStorage.getItem('nw-exercises')"


@pytest.fixture
def window(site: str, chromium: Browser) -> Iterator[Reader]:
    """A reader who has been nowhere yet."""
    with reader(chromium, site, viewport=WIDE, color_scheme="light") as window:
        yield window
        assert window.seen.all() == []


def opened(window: Reader, code: str, page: str, kind: str, state: str = "") -> Explorer:
    window.tab.goto("about:blank")
    window.open_alive(f"{code}/{page}.html{state}")
    return explorer_in(window.tab, code, page, kind)


def count_of(explorer: Explorer, n: int) -> str:
    return explorer.words["goals"].format(n=n, total=len(GOALS[explorer.kind]))


# Reached ------------------------------------------------------------------------------------------


def at_start(place: Placement) -> dict[str, float]:
    """What goals would see of an explorer as its page opens it."""
    states = [model["state"] for model in widget_state(place.page).values()]
    (state,) = (
        each for each in states if each.get("name") == place.name and "_anywidget_id" in each
    )
    view = EXPLORERS[place.kind]
    chosen = view.class_traits().keys() & state.keys() - {"name", "words", "ranges", "exact"}
    kept = {key: state[key] for key in chosen if key in state["exact"] or key == "moved"}
    kept |= {key: state[key] for key in ("formula", "line") if key in state}
    return fields_of(view(**kept))


@pytest.mark.parametrize("place", [p for p in PLACEMENTS if p.code == CODES[0]], ids=str)
def test_no_page_opens_with_a_goal_reached(place: Placement) -> None:
    fields = at_start(place)
    for goal in GOALS[place.kind]:
        assert outside(goal.region, fields), f"{goal.name} is reached at the start"


@every_kind
def test_each_is_ticked_and_said_once_when_it_is_reached(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_language", explorer.code)
    goals = explorer.goals
    at_rest(explorer.tab)
    assert goals.count.inner_text() == count_of(explorer, 0)
    for place, goal in enumerate(GOALS[explorer.kind]):
        explorer.set(**goal.solution)
        goals.wait_for_ticks(place + 1)
        assert goals.ticked() == [True] * (place + 1) + [False] * (2 - place)
        assert goals.count.inner_text() == count_of(explorer, place + 1)
        said = explorer.words["goal_said"].format(goal=goal.said(explorer.kind))
        assert goals.spoken.text_content() == said
        explorer.start_over()
        at_rest(explorer.tab)
    goals.forget()
    assert goals.count.inner_text() == count_of(explorer, 0)
    assert goals.spoken.text_content() == ""
    assert explorer.tab.evaluate(STORE) is None


@models("attention", codes=CODES)
def test_it_is_the_reader_who_reaches_them(explorer: Explorer) -> None:
    """Not a link, nor a step taken back; but what is done after that."""
    solved = "#attention:w=5.4"
    with explorer.opened_again(explorer.tab.url.split("#")[0] + solved) as again:
        again.look()
        at_rest(again.tab)
        assert again.goals.ticked() == [False] * 3
        again.type_address("#attention:w=5.3")
        again.look()
        at_rest(again.tab)
        assert again.goals.ticked() == [False] * 3
        again.slider("w").press("ArrowRight")
        again.goals.wait_for_ticks(1)
        again.goals.forget()


def test_what_moves_by_itself_reaches_nothing(window: Reader) -> None:
    window.tab.goto(f"{window.base}/{CODES[0]}/index.html")
    wait_until_alive(window.tab)
    explorer = explorer_in(window.tab, CODES[0], "index", "attention")
    hold = explorer.button("sweep_stop")
    hold.wait_for()
    # Held while five points share the attention, as chance may have it.
    window.tab.evaluate(
        """([root, hold]) => new Promise((go) => {
          const look = () => {
            const asked = { fields: null };
            root.dispatchEvent(new CustomEvent("nw-ask", { detail: asked }));
            const { attended = 0 } = asked.fields ?? {};
            if (attended > 4.9 && attended < 5.1) { hold.click(); go(); }
            else requestAnimationFrame(look);
          };
          look();
        })""",
        [explorer.place.locator(".nw-root").element_handle(), hold.element_handle()],
    )
    explorer.look()
    at_rest(window.tab)
    frames_pass(window.tab)
    attended = explorer.look().readouts["attended"].replace(explorer.words["decimal"], ".")
    assert 4.8 < float(attended) < 5.2
    assert explorer.goals.ticked() == [False] * 3


# Kept, and forgotten ------------------------------------------------------------------------------


def test_what_is_reached_is_kept_for_every_page_and_language(window: Reader) -> None:
    explorer = opened(window, CODES[0], FULL, "attention")
    kernels = explorer.beside("kernels")
    explorer.set(w=5.4)
    explorer.goals.wait_for_ticks(1)
    kernels.set(kernel_index=1, w=10.0)
    kernels.goals.wait_for_ticks(1)
    # An exercise that is done, too.
    window.tab.evaluate("nwProgress.note('listen', { done: true })")
    for code, page, ticked in (
        (CODES[-1], FULL, [False, True, False]),
        (CODES[0], "index", [False, True, False]),
        (CODES[0], "06-summary-and-exercises", [True, False]),
    ):
        explorer = opened(window, code, page, "attention")
        assert explorer.goals.ticked() == ticked
    explorer.goals.forget()
    assert explorer.goals.ticked() == [False, False]
    kept = window.tab.evaluate("nwProgress.all()")
    assert kept.keys() == {"kernels/gap", "listen"}
    # Forgotten with the exercises, in another window, too.
    with explorer.opened_again(f"{window.base}/{CODES[0]}/{FULL}.html") as other:
        gaps = explorer_in(other.tab, CODES[0], FULL, "kernels").goals
        assert gaps.ticked() == [True, False, False]
        window.tab.locator("nw-progress button").click()
        gaps.wait_for_ticks(0)
    assert window.tab.evaluate(STORE) is None


def test_an_explorer_without_goals_shows_no_list(window: Reader) -> None:
    explorer = opened(window, CODES[0], "02-average-pooling", "attention")
    explorer.look()
    assert explorer.goals.place.count() == 0


# As it looks --------------------------------------------------------------------------------------


def test_nothing_moves_when_a_goal_is_reached(window: Reader) -> None:
    """Folded and unfolded, on a phone in the dark; and by keys alone, for everybody."""
    window.tab.set_viewport_size(PHONE)
    explorer = opened(window, CODES[-1], "10-what-attention-learns", "context")
    window.choose_theme("dark")
    goals = explorer.goals
    goals.count.focus()
    explorer.press("Enter")
    goals.items.first.wait_for()
    said = read_words(explorer.code).goals
    assert len(goals.items.all_inner_texts()) == sum(key.startswith("context.") for key in said)
    before = goals.boxes()
    explorer.set(steps=120)
    goals.wait_for_ticks(1)
    assert goals.boxes() == before
    assert window.scroll_width() <= PHONE["width"]
    assert violations(window.tab) == set()
    explorer.press("Tab")
    assert (
        explorer.tab.evaluate("document.activeElement.textContent")
        == (explorer.words["goals_forget"])
    )
    explorer.press("Enter")
    goals.wait_for_ticks(0)
    assert goals.boxes() == before
    assert explorer.tab.evaluate("document.activeElement.ariaDisabled") == "true"
    window.tab.emulate_media(media="print")
    assert goals.place.is_hidden()
