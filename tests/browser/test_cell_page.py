"""Code cells of a page, run and changed in place."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from cells import CORE, code_cells, difference
from pages.axe import violations
from pages.engines import MAIN, Engines
from pages.window import PATIENCE, PHONE, WIDE, Reader, reader
from playwright.sync_api import Browser
from site_helpers import CODES, SITE

CHAPTER = "04-parametric-attention"
FIRST = "01-queries-keys-values"
LIVE = "03-nonparametric-attention"
RESTED = "() => !document.querySelector('.nw-cell-stop')"
# Whether something that the reader has made says so.
SPEAKS = """(text) => [...document.querySelectorAll(".nw-cell-own *")].some((node) =>
  `${node.getAttribute("aria-label")} ${node.textContent}`.includes(text))"""


def press(tab: Any, place: int) -> None:
    """Press the Run of a cell and wait until it has ended."""
    tab.evaluate(f"document.querySelectorAll('.nw-cell-run')[{place}].click()")
    tab.wait_for_function(RESTED)


def place_of(tab: Any, text: str) -> int:
    """Which of the page's cells has a text."""
    place: int = tab.evaluate(
        """(text) => [...document.querySelectorAll(".nw-cell-run")].findIndex((button) =>
          button.closest(".cell").textContent.includes(text))""",
        text,
    )
    assert place >= 0, text
    return place


def own(tab: Any) -> str:
    """All that runs of the reader's own show."""
    text: str = tab.evaluate(
        "[...document.querySelectorAll('.nw-cell-output')].map((n) => n.innerText).join('\\n')"
    )
    return text


# From now on, what each run of a cell gives is kept, as the interpreter tells it.
LISTEN = """() => {
  const room = globalThis.nwCells;
  const run = room.run;
  globalThis.nwHeard = {};
  room.run = async (codes, wanted, listener) => {
    const outputs = [];
    const output = (cell, each) => {
      if (cell === wanted) outputs.push(each);
      listener.output(cell, each);
    };
    const outcome = await run.call(room, codes, wanted, { ...listener, output });
    globalThis.nwHeard[wanted] = { ...outcome, outputs };
    return outcome;
  };
}"""


@pytest.fixture
def window(site: str, chromium: Browser) -> Iterator[Reader]:
    with reader(chromium, site, viewport=WIDE) as opened:
        yield opened
        assert opened.seen.all() == []


@pytest.mark.parametrize("folder", [False, True], ids=["served", "folder"])
def test_a_cell_runs_with_a_server_and_without(folder: bool, engines: Engines) -> None:
    with engines.reader(MAIN, folder=folder) as opened:
        base = SITE.as_uri() if folder else opened.base
        opened.tab.goto(f"{base}/en/{FIRST}.html")
        opened.tab.wait_for_function("() => Boolean(document.querySelector('.nw-cell-run'))")
        press(opened.tab, 0)
        assert "sum of weights 1.0000   output 4.4892" in own(opened.tab)
        assert opened.seen.all() == []


@pytest.mark.parametrize("code", CODES)
def test_every_cell_has_its_buttons_and_nothing_is_brought_before_they_are_used(
    code: str, window: Reader
) -> None:
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    window.open(f"{code}/{LIVE}.html")
    cells = window.tab.locator(".bd-article .cell_input").count()
    assert window.tab.locator(".nw-cell-run").count() == cells > 5
    assert not [url for url in asked if "cells.js" in url]
    press(window.tab, 2)
    assert len([url for url in asked if "vendor/book/cells.js" in url]) == 1


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", ["index", *CORE])
def test_every_cell_of_the_core_gives_what_is_stored(name: str, code: str, window: Reader) -> None:
    """To the letter; those few that differ are listed with what they lack."""
    window.open(f"{code}/{name}.html")
    cells = code_cells(code, name)
    assert window.tab.locator(".nw-cell-run").count() == len(cells) > 0
    press(window.tab, 0)
    window.tab.evaluate(LISTEN)
    for place in range(len(cells)):
        press(window.tab, place)
    heard = window.tab.evaluate("() => nwHeard")
    wrong = [difference(cell, heard[str(place)]) for place, cell in enumerate(cells)]
    assert [each for each in wrong if each] == []


def test_what_a_run_brings_is_light() -> None:
    assert len(gzip.compress((SITE / "vendor/book/cells.js").read_bytes())) < 250_000


def test_the_licence_of_the_interpreter_is_there() -> None:
    text = (SITE / "vendor/book/widgets.licenses.txt").read_text(encoding="utf-8")
    assert "micropython-webassembly-pyscript 1.27.0 (MIT)" in text
    assert "Damien P. George" in text


def test_the_cells_that_one_needs_run_first_and_the_page_says_so(window: Reader) -> None:
    window.open(f"en/{CHAPTER}.html")
    press(window.tab, place_of(window.tab, "own input among the keys"))
    assert "(50, 49) (50, 49)\nown input among the keys: False" in own(window.tab)
    status = window.tab.locator(".nw-cell-status")
    assert "run first: 1." in status.inner_text()
    assert status.get_attribute("role") == "status"
    assert "stand-in" in window.tab.locator(".nw-cell-note").inner_text()


def test_a_cell_is_changed_run_by_keys_and_restored(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    tab = window.tab
    before = tab.locator(".cell").first.inner_text()
    tab.locator(".nw-cell-edit").first.click()
    area = tab.locator(".nw-cell-editor textarea")
    area.fill("for i in range(2):\nprint(i * 21)")
    tab.keyboard.press("Home")
    tab.keyboard.press("Tab")
    assert area.input_value() == "for i in range(2):\n    print(i * 21)"
    shown = "document.querySelector('.nw-cell-editor pre').textContent.trim()"
    assert tab.evaluate(shown) == area.input_value()
    tab.wait_for_function("() => document.querySelector('.nw-cell-editor pre .k')")
    tab.keyboard.press("Shift+Enter")
    tab.wait_for_function(
        "() => document.querySelector('.nw-cell-output')?.innerText.includes('21')"
    )
    tab.wait_for_function(RESTED)
    assert own(tab).split() == ["0", "21"]
    assert not tab.locator(".cell_output").first.is_visible()
    area.focus()
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement !== document.querySelector('textarea')")
    tab.locator(".nw-cell-restore").first.click()
    assert tab.locator(".nw-cell-own").count() == 0
    assert tab.locator(".cell").first.inner_text() == before


def test_an_exercise_keeps_the_verdict_on_the_readers_cell(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    tab = window.tab
    verdict = tab.locator("#exercise-weigh output")
    press(tab, place_of(tab, "scores = -((query - keys) ** 2) / 2"))
    right = "Right. Scores, exponentials, and a sum to divide by"
    assert right in (tab.locator(".nw-cell-output").text_content() or "")  # folded away
    assert verdict.inner_text() == ""  # that was the solution of the book
    place = place_of(tab, "def weigh(query, keys):  # ✎")
    press(tab, place)
    assert "The proportions are right, but the weights do not sum to 1." in own(tab)
    assert verdict.get_attribute("data-verdict") == "not-normalised"
    tab.locator(".nw-cell-edit").nth(place).click()
    code = """def weigh(query, keys):
    return torch.softmax(-((query - keys) ** 2) / 2, dim=0)
check("weigh", weigh)"""
    tab.locator(".nw-cell-editor textarea").fill(code)
    press(tab, place)
    assert right in verdict.inner_text()


def test_an_endless_loop_is_stopped_and_its_state_is_gone(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    tab = window.tab
    press(tab, 0)
    tab.locator(".nw-cell-edit").nth(1).click()
    tab.locator(".nw-cell-editor textarea").fill("while True:\n    pass")
    tab.locator(".nw-cell-run").nth(1).click()
    tab.wait_for_timeout(300)
    assert tab.evaluate("1 + 1") == 2  # the page is as free as ever
    tab.locator(".nw-cell-stop").click()
    tab.wait_for_function(RESTED)
    assert "Stopped." in tab.locator(".nw-cell-status").nth(1).inner_text()
    tab.locator(".nw-cell-editor textarea").fill("print(sorted(keys.tolist()))")
    press(tab, 1)
    assert "[1.0, 2.0, 4.0]" in own(tab)
    assert "run first: 1." in tab.locator(".nw-cell-status").nth(1).inner_text()


def test_an_error_says_what_and_in_which_line(window: Reader) -> None:
    window.open(f"vi/{FIRST}.html")
    tab = window.tab
    tab.locator(".nw-cell-edit").first.click()
    tab.locator(".nw-cell-editor textarea").fill("import torch\n\ntorch.fft(1)")
    press(tab, 0)
    alert = tab.locator(".nw-cell-error")
    assert alert.inner_text().startswith("Dòng 3: NotImplementedError: torch.fft is not in")
    assert alert.get_attribute("role") == "alert"


def test_long_output_is_cut(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    tab = window.tab
    tab.locator(".nw-cell-edit").first.click()
    tab.locator(".nw-cell-editor textarea").fill("for i in range(100_000):\n    print(i)")
    press(tab, 0)
    assert len(own(tab)) < 21_000
    assert tab.locator(".nw-cell-cut").inner_text() == "… The output is cut here."


def test_pictures_and_explorers_appear(window: Reader) -> None:
    window.open_alive(f"en/{LIVE}.html")
    tab = window.tab
    for place in range(tab.locator(".nw-cell-run").count()):
        press(tab, place)
    tab.wait_for_function(
        "() => document.querySelectorAll('.nw-cell-picture[data-nw-painted]').length === 2",
        timeout=PATIENCE,
    )
    labels = [each.get_attribute("aria-label") for each in tab.locator(".nw-cell-picture").all()]
    assert labels[0] is not None
    assert labels[0].endswith("Root mean squared error of the prediction: 0.605.")
    tab.wait_for_function(
        "() => document.querySelectorAll('.nw-cell-own [data-nw-live=alive]').length === 2",
        timeout=PATIENCE,
    )


def test_an_explorer_has_the_readers_own_values(window: Reader) -> None:
    window.open_alive(f"en/{LIVE}.html")
    tab = window.tab
    tab.locator(".nw-cell-edit").nth(6).click()
    code = "AttentionExplorer(w=7.5, seed=3, n_train=20)"
    tab.locator(".nw-cell-editor textarea").fill(code)
    press(tab, 6)
    tab.wait_for_function("() => document.querySelector('.nw-cell-own [data-nw-live=alive]')")
    tab.wait_for_function(SPEAKS, arg="w = 7.50 on 20 training points")
    own_tour, own_goals = ".nw-cell-own .nw-tour-panel", ".nw-cell-own .nw-goals li"
    assert tab.locator(own_tour).count() == 1
    goals = tab.locator(own_goals).count()
    # What needs a control that the reader has left away is left away with it.
    tab.locator(".nw-cell-editor textarea").fill('AttentionExplorer(controls=["noise"], w=7.0)')
    press(tab, 6)
    tab.wait_for_function(SPEAKS, arg="w = 7.00 on 50 training points")
    assert tab.locator(own_tour).count() == 0
    assert tab.locator(own_goals).count() < goals


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_cell_that_was_used(
    theme: Any, site: str, chromium: Browser
) -> None:
    with reader(chromium, site, viewport=PHONE, color_scheme=theme) as opened:
        opened.open(f"en/{FIRST}.html")
        tab = opened.tab
        tab.locator(".nw-cell-edit").first.click()
        press(tab, 0)
        assert opened.scroll_width() <= PHONE["width"]
        assert violations(tab, within=tab.locator(".cell")) == set()


def test_nothing_of_it_is_printed(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    window.tab.emulate_media(media="print")
    assert not window.tab.locator(".nw-cell-bar").first.is_visible()


def test_nothing_of_it_needs_the_network(window: Reader) -> None:
    window.open(f"en/{FIRST}.html")
    press(window.tab, 0)
    window.context.set_offline(True)
    press(window.tab, 1)
    assert "query 5   weights 0.001  0.018  0.981   output 0.109" in own(window.tab)
