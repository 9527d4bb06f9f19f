"""Exercises on the pages: the verdicts of Python, hints in their order, what is remembered."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from pages.axe import violations
from pages.exercise import ExerciseOnPage, path_of
from pages.explorer import Explorer, explorer_in
from pages.placements import placement_of
from pages.window import PHONE, Reader, frames_pass, reader, wait_until_at_rest
from playwright.sync_api import Browser
from site_helpers import CODES, SAID, SITE, Page, html

from nwcore.exercises import EXERCISES, judge, numbers, places
from nwcore.exercises.judging import RIGHT, verdict_in
from nwcore.explorers import AttentionExplorer
from nwcore.words import read_words

KeepOpen = Callable[[str], Reader]
LIST = "06-summary-and-exercises"
STORE = "localStorage.getItem('nw-exercises')"

every_edition = pytest.mark.parametrize("code", CODES)
every_name = pytest.mark.parametrize("name", list(EXERCISES))
NUMBERS = [name for name, each in EXERCISES.items() if each.kind == "number"]
PLACES = [name for name, each in EXERCISES.items() if each.kind == "place"]
PROGRAMS = [name for name, each in EXERCISES.items() if each.kind == "program"]


def edition_of(name: str) -> str:
    """Judging is the same in all editions: one chapter is tried in one, the next in another."""
    return CODES[int(EXERCISES[name].chapter[:2]) % len(CODES)]


def opened(window: Reader, code: str, name: str, state: str = "") -> ExerciseOnPage:
    """An exercise of a page that is opened anew, with its explorer in a state."""
    window.tab.goto("about:blank")
    window.open_alive(path_of(code, name) + state)
    return ExerciseOnPage(window.tab, code, name)


@pytest.fixture(scope="module")
def keep_open(site: str, chromium: Browser) -> Iterator[KeepOpen]:
    """Opens a page once, for tests that leave answers behind and mind no others."""
    with ExitStack() as windows:

        @cache
        def open_once(path: str) -> Reader:
            window = windows.enter_context(reader(chromium, site))
            window.open_alive(path)
            return window

        yield open_once


# Verdicts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NUMBERS)
def test_the_page_and_python_agree_on_the_answer_and_every_mistake(
    name: str, keep_open: KeepOpen
) -> None:
    """As the solution and the mistakes would be typed, with the language's decimal mark."""
    _, digits = numbers.ASKED[name]
    code = edition_of(name)
    said = read_words(code)
    window = keep_open(path_of(code, name))
    exercise = ExerciseOnPage(window.tab, code, name)
    typed = {f"{value:.{digits}f}" for value in numbers.numbers_of(name).values()}
    for text in sorted(typed | {"0", "-1.5", "1234"}):
        verdict = judge(name, float(text)).name
        assert exercise.answer(text.replace(".", said.decimal)) == verdict
        assert exercise.said == exercise.words[verdict]
        assert exercise.answer(text) == verdict, "a point is a decimal mark everywhere"
    assert window.seen.all() == []


@every_edition
def test_what_is_no_number_is_told_so(code: str, keep_open: KeepOpen) -> None:
    exercise = ExerciseOnPage(keep_open(path_of(code, "more-data")).tab, code, "more-data")
    for text in ("six", "0x10", "1e999", "Infinity", "NaN", "1.2.3", "-", "{found}"):
        assert exercise.answer(text) == "expects-number"
        assert exercise.said == exercise.words["expects-number"].replace("{found}", text)
    for text in ("", "  "):
        assert exercise.answer(text) == "unanswered"
    for text in ("−0.618", "-0,618", "+5", ".5", "5.", "5e-1", " 5 "):
        assert exercise.answer(text) == "wrong"
    assert exercise.answer("618e-3") == RIGHT


def test_at_the_ends_of_every_region_the_page_and_python_agree(
    keep_open: KeepOpen,
) -> None:
    """Bit for bit: at an end, beside it, with NaN, in every combination of one place's fields."""
    for name in NUMBERS + PLACES:
        code = edition_of(name)
        exercise = ExerciseOnPage(keep_open(path_of(code, name)).tab, code, name)
        ends: dict[str, set[float]] = {}
        for _, fields in EXERCISES[name].regions:
            for field, limits in fields.items():
                for end in limits:
                    if end is not None:
                        near = {math.nextafter(end, -math.inf), end, math.nextafter(end, math.inf)}
                        ends.setdefault(field, set()).update(near)
        middle = {field: sorted(values)[len(values) // 2] for field, values in ends.items()}
        for field, values in ends.items():
            for value in values:
                answer = middle | {field: value}
                expected = verdict_in(EXERCISES[name].regions, answer)
                assert exercise.judge(answer) == expected


# An explorer's state in its page's address, with the traits that say the same in Python.
SHOWN: dict[str, list[tuple[str, dict[str, object]]]] = {
    "lift": [
        ("", {}),
        ("#attention:moved=7_1_2.5", {"moved": [[7, 1.0, 2.5]]}),
        ("#attention:moved=7_1_4~3_2_3", {"moved": [[7, 1.0, 4.0], [3, 2.0, 3.0]]}),
        ("#attention:noise=0.8", {"noise": 0.8}),
        ("#attention:n=60", {"n_train": 60}),
    ],
    "listen": [
        ("", {}),
        ("#attention:w=2.6", {"w": 2.6}),
        ("#attention:w=2.6;q=30;pin=1", {"w": 2.6, "query": 30}),
        ("#attention:w=0.385", {"w": 0.385}),
        ("#attention:w=10", {"w": 10.0}),
        ("#attention:w=5", {"w": 5.0}),
        ("#attention:w=1.8", {"w": 1.8}),
        ("#attention:w=2.6;kernel=boxcar", {"w": 2.6, "kernel": "boxcar"}),
    ],
    "choose-blind": [
        ("", {"w": 4.9}),
        ("#attention:w=6.3;seed=22", {"w": 6.3, "seed": 22}),
        ("#attention:w=2.63;seed=22", {"w": 2.63, "seed": 22}),
        ("#attention:w=4.9;seed=22", {"w": 4.9, "seed": 22}),
        ("#attention:w=0.16;seed=22", {"w": 0.16, "seed": 22}),
        ("#attention:w=12;seed=22", {"w": 12.0, "seed": 22}),
    ],
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_is_read_from_the_picture_as_python_reads_it(
    name: str, keep_open: KeepOpen
) -> None:
    """In a page that is open, where an address is typed for each state but the first."""
    start: dict[str, object] = {"seed": 6}
    if name == "lift":
        start["kernel"] = "constant"
    verdicts, code = set(), edition_of(name)
    window = keep_open(path_of(code, name))
    for state, traits in SHOWN[name]:
        exercise = ExerciseOnPage(window.tab, code, name)
        shown = explorer_in(window.tab, code, EXERCISES[name].chapter, "attention")
        shown.start_over()
        window.tab.wait_for_function("() => location.hash === ''")
        shown.type_address(state)
        explorer = AttentionExplorer(**{**start, **traits})
        fields = places.read_place(explorer)
        assert fields is not None
        asked = exercise.ask()
        if state:
            assert {key: asked[key] for key in fields} == pytest.approx(fields, rel=1e-9)
        verdicts.add(exercise.check_picture())
        assert exercise.verdict == judge(name, explorer).name
        assert exercise.said == exercise.words[exercise.verdict or ""]
        assert window.seen.all() == []
    assert RIGHT in verdicts or name == "lift"
    assert len(verdicts) >= 3


def test_a_point_is_dragged_until_the_line_is_where_it_should_be(
    site: str, chromium: Browser
) -> None:
    """By the keys of the picture, and by the mouse."""
    with reader(chromium, site, viewport={"width": 1280, "height": 900}) as window:
        exercise = opened(window, "vi", "lift")
        page = Page("vi", EXERCISES["lift"].chapter)
        explorer = Explorer(window.tab, placement_of("vi", page.name, "attention"))
        assert exercise.check_picture() == "untouched"
        explorer.show()
        look = explorer.look()
        (low, high), plot = look.limits, look.boxes["plot"]
        lowest = int(look.result.values.argmin())
        at = look.spot(float(look.result.keys[lowest]), float(look.result.values[lowest]))
        per_unit = plot.height / (high - low)
        for by, verdict in ((1.0, "too-little"), (2.5, RIGHT), (-0.2, "wrong-way")):
            explorer.grab(at)
            explorer.hover(at[0], at[1] - by * per_unit)
            explorer.release()
            explorer.look()
            assert exercise.check_picture() == verdict
            explorer.button("put_back").click()
            explorer.show()
        assert exercise.is_done
        assert window.seen.all() == []


def test_an_explorer_that_does_not_run_is_said_not_to(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.tab.route("**/_static/widget-*.js*", lambda route: route.abort())
        window.tab.goto(f"{site}/{path_of('en', 'listen')}")
        exercise = ExerciseOnPage(window.tab, "en", "listen")
        assert exercise.check_picture() is None
        assert exercise.said == SAID["en"]["The picture is not running here."]


def test_the_way_to_the_picture(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "choose-blind")
        exercise.place.get_by_role("button").nth(1).press("Enter")
        window.tab.wait_for_function("() => document.activeElement.matches('.nw-stage')")
        assert window.tab.evaluate(
            "() => document.activeElement.closest('.nw-root').dataset.name === 'attention'"
        )


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_a_place_for_the_verdict_of_an_interpreter(
    name: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", name)
        assert exercise.box.count() == 0
        mistake = EXERCISES[name].mistakes[0]
        exercise.be_judged(mistake)
        assert (exercise.said, exercise.is_done) == (exercise.words[mistake], False)
        exercise.be_judged("expects-shape", shape="(3,)", found="(2, 3)")
        assert "(3,)" in exercise.said
        assert "(2, 3)" in exercise.said
        exercise.be_judged(RIGHT)
        assert (exercise.said, exercise.is_done) == (exercise.words[RIGHT], True)


# Hints -------------------------------------------------------------------------------------------


@every_edition
def test_hints_open_one_after_the_other(code: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, code, "honest-line")
        titles = [
            text.strip() for text in exercise.steps.locator("p.admonition-title").all_inner_texts()
        ]
        assert len(titles) == 3
        first_open = SAID[code]["First open: %s"]
        for place in (1, 2):
            exercise.open_step(place)
            assert exercise.open_steps() == [False, False, False]
            assert exercise.notes()[-1] == first_open.replace("%s", titles[0])
        exercise.code_of_solution.locator("summary").click()
        assert exercise.code_of_solution.get_attribute("open") is None
        exercise.open_step(0)
        assert exercise.open_steps() == [True, False, False]
        exercise.open_step(2)
        assert exercise.open_steps() == [True, False, False]
        assert exercise.notes()[-1] == first_open.replace("%s", titles[1])
        exercise.open_step(1)
        assert exercise.notes() == [], "what has been said is said no longer"
        exercise.open_step(2)
        exercise.code_of_solution.locator("summary").click()
        assert exercise.open_steps() == [True, True, True]
        assert exercise.code_of_solution.get_attribute("open") is not None
        exercise.open_step(0)
        assert exercise.open_steps() == [False, True, True], "they close as they like"


def test_hints_open_in_their_order_by_keys(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "by-hand")
        buttons = exercise.steps.locator("button.toggle-button")
        assert [buttons.nth(i).get_attribute("aria-disabled") for i in range(3)] == [
            "false",
            "true",
            "true",
        ]
        for place, expected in ((1, [False, False, False]), (0, [True, False, False])):
            buttons.nth(place).focus()
            window.tab.keyboard.press("Enter")
            assert exercise.open_steps() == expected
        window.tab.keyboard.press("Tab")
        buttons.nth(1).press("Space")
        buttons.nth(2).press("Enter")
        assert exercise.open_steps() == [True, True, True]
        exercise.code_of_solution.locator("summary").press("Enter")
        assert exercise.code_of_solution.get_attribute("open") is not None


def test_who_has_solved_it_may_open_the_solution_at_once(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "shrinking")
        exercise.open_step(2)
        assert exercise.open_steps() == [False, False, False]
        exercise.answer("6.93")
        exercise.open_step(2)
        assert exercise.open_steps() == [False, False, True]


def test_hints_of_one_exercise_open_nothing_of_another(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "learned-w")
        exercise.open_step(0)
        other = ExerciseOnPage(window.tab, "en", "hyperparameter")
        other.open_step(1)
        assert other.open_steps() == [False, False, False]


def test_without_scripts_every_hint_and_solution_is_there(site: str, chromium: Browser) -> None:
    with reader(chromium, site, java_script_enabled=False) as window:
        window.tab.goto(f"{site}/{path_of('vi', 'by-hand')}")
        section = window.tab.locator("section", has=window.tab.locator("#exercise-by-hand")).last
        hints = section.locator(".admonition.dropdown > p:last-child")
        assert hints.count() == 3
        assert all(hints.nth(place).is_visible() for place in range(3))
        section.locator("details summary").click()
        assert section.locator("details .cell_output").is_visible()
        assert window.tab.locator("#exercise-by-hand").inner_text().strip()


def test_paper_shows_what_is_locked_on_the_screen(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "by-hand")
        window.tab.evaluate("""() => addEventListener("beforeprint", () => {
          window.nwHidden = document.querySelectorAll("article .toggle-hidden").length;
        })""")
        window.tab.pdf()
        assert window.tab.evaluate("window.nwHidden") == 0
        assert exercise.open_steps() == [False, False, False]
        exercise.open_step(1)
        assert exercise.open_steps() == [False, False, False], "printing opens nothing for good"


# What is remembered ------------------------------------------------------------------------------


def marked(window: Reader) -> list[str]:
    """The exercises that the list says are done."""
    done: list[str] = window.tab.locator("nw-progress li:has(.nw-done)").evaluate_all(
        "all => all.map((item) => item.dataset.exercise)"
    )
    return done


def test_what_is_done_stays_and_is_done_in_both_editions(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "by-hand")
        exercise.answer("3.0")
        assert not exercise.is_done
        exercise.answer("4.391")
        assert exercise.is_done
        exercise.answer("4,4")
        assert exercise.is_done, "who has solved it once has solved it"
        assert exercise.verdict == "wrong"
        for code in CODES:
            again = opened(window, code, "by-hand")
            assert again.is_done
            assert again.box.input_value() == "4,4"
            assert (again.verdict, again.said) == (None, "")
            window.open(f"{code}/{LIST}.html")
            assert marked(window) == ["by-hand"]
            count = window.tab.locator("nw-progress output").inner_text()
            assert count == SAID[code]["%s of %s exercises done."].replace("%s", "1", 1).replace(
                "%s", str(len(EXERCISES))
            )
        assert window.seen.all() == []


def test_opened_hints_stay_open_to_be_opened(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        opened(window, "en", "by-hand").open_step(0)
        exercise = opened(window, "vi", "by-hand")
        assert exercise.open_steps() == [False, False, False]
        exercise.open_step(1)
        assert exercise.open_steps() == [False, True, False]


def test_forget_forgets_everything_on_every_page(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "more-data")
        exercise.answer("0.618")
        exercise.open_step(0)
        assert marked(window) == ["more-data"]
        forget = window.tab.locator("nw-progress").get_by_role("button")
        assert forget.inner_text() == SAID["en"]["Forget"]
        forget.press("Enter")
        assert window.tab.evaluate(STORE) is None
        assert marked(window) == []
        assert not exercise.is_done
        assert exercise.box.input_value() == ""
        exercise.open_step(2)
        assert exercise.open_steps()[2] is False
        assert forget.get_attribute("aria-disabled") == "true"
        assert not opened(window, "vi", "more-data").is_done


def test_another_window_hears_of_it(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "weigh")
        other = window.context.new_page()
        other.goto(f"{site}/vi/{LIST}.html")
        exercise.be_judged(RIGHT)
        other.locator("li[data-exercise=weigh] .nw-done").wait_for()
        other.locator("nw-progress button").click()
        window.tab.wait_for_function("() => !document.querySelector('.nw-done')")
        other.close()


@pytest.mark.parametrize("kept", ["", "7", "[]", '{"by-hand":', '{"by-hand": 3}', "null"])
def test_a_store_that_somebody_else_has_written_does_no_harm(
    kept: str, site: str, chromium: Browser
) -> None:
    with reader(chromium, site) as window:
        written = f"localStorage.setItem('nw-exercises', {json.dumps(kept)})"
        window.tab.add_init_script(written)
        window.open_alive(path_of("en", "by-hand"))
        exercise = ExerciseOnPage(window.tab, "en", "by-hand")
        assert not exercise.is_done
        assert exercise.answer("4.391") == RIGHT
        assert exercise.is_done
        assert window.seen.all() == []


def test_nothing_is_sent_anywhere(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        exercise = opened(window, "en", "by-hand")
        asked: list[str] = []
        window.tab.on("request", lambda request: asked.append(request.url))
        exercise.answer("4.391")
        exercise.open_step(0)
        frames_pass(window.tab)
        assert asked == []
        assert window.context.cookies() == []


def test_everything_works_from_a_folder(chromium: Browser) -> None:
    tab = chromium.new_page()
    tab.goto(Path(SITE, path_of("vi", "by-hand")).as_uri())
    exercise = ExerciseOnPage(tab, "vi", "by-hand")
    assert exercise.answer("4,391") == RIGHT
    tab.goto(Path(SITE, "en", f"{LIST}.html").as_uri())
    tab.locator("li[data-exercise=by-hand] .nw-done").wait_for()
    tab.close()


# The list, and looks -----------------------------------------------------------------------------


@every_edition
def test_the_list_leads_to_every_exercise(code: str) -> None:
    items = html(f"{code}/{LIST}.html").select("nw-progress li[data-exercise]")
    assert [item["data-exercise"] for item in items] == list(EXERCISES)
    said = read_words(code).exercises
    for item in items:
        (link,) = item.select("a")
        name = str(item["data-exercise"])
        page, _, anchor = str(link["href"]).partition("#")
        assert page in ("", f"{EXERCISES[name].chapter}.html")
        assert link.get_text() == said[f"{name}.title"]
        assert html(f"{code}/{page or f'{LIST}.html'}").find(id=anchor) is not None


@every_edition
@every_name
def test_a_page_holds_the_words_of_its_language_alone(code: str, name: str) -> None:
    (place,) = html(path_of(code, name)).select(f"nw-check#exercise-{name}")
    own = read_words(code).exercises
    text = str(place["data-exercise"])
    for mistake in (RIGHT, *EXERCISES[name].mistakes):
        assert own[f"{name}.{mistake}"].replace('"', '\\"') in text
    for other, mistake in product(CODES, EXERCISES[name].mistakes):
        if other != code:
            assert read_words(other).exercises[f"{name}.{mistake}"] not in text


@pytest.mark.parametrize("name", ["by-hand", "lift", "own-design"])
def test_axe_finds_nothing_in_an_exercise_that_was_used(
    name: str, site: str, chromium: Browser
) -> None:
    """With a verdict, a note, an open hint and a locked one, light, dark and on a phone."""
    with reader(chromium, site, color_scheme="light") as window:
        exercise = opened(window, "vi", name)
        exercise.be_judged(EXERCISES[name].mistakes[0])
        exercise.open_step(0)
        exercise.open_step(2)
        assert exercise.notes()
        for theme, size in (("light", None), ("dark", None), ("light", PHONE)):
            window.choose_theme(theme)  # type: ignore[arg-type]
            if size:
                window.tab.set_viewport_size(size)
                assert window.scroll_width() <= 360
            assert violations(window.tab, within=exercise.section) == set()
        wait_until_at_rest(window.tab)
