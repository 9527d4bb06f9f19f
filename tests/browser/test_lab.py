"""The explorers in JupyterLab: a real server, a real kernel and a real browser, both ways.

Python is asked over a connection of its own to the kernel that runs the notebook, and the screen is
read from the page; every test waits until the two agree.
"""

import copy
import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from lab_helpers import KERNEL_IDLE, jupyterlab
from pages.goals import GoalsOnPage
from pages.lab import DIGITS, PATIENCE, TABLE, TOKEN, Lab, Server, ask, shows, until
from pages.window import Seen
from playwright.sync_api import Browser, TimeoutError
from playwright.sync_api import Page as Tab

from nwcore import make_regression
from nwcore.words import explorer_words

NOTEBOOK = "explorers.ipynb"
CELLS = [
    "from nwcore.explorers import AttentionExplorer, TrainingExplorer\n"
    "explorer = AttentionExplorer(seed=6)\n"
    "explorer",
    "training = TrainingExplorer()\ntraining",
]
START: dict[str, Any] = {
    "moved": [],
    "w": 1.0,
    "noise": 0.5,
    "n_train": 50,
    "kernel": "gaussian",
    "n_queries": 50,
    "query": 20,
    "pinned": False,
    "seed": 6,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("lab")
    with jupyterlab(home, NOTEBOOK, CELLS, TOKEN) as lab:
        # A session of this name is the one that the notebook's page will find and take.
        session = ask(
            lab.url,
            "api/sessions",
            {"path": NOTEBOOK, "name": NOTEBOOK, "type": "notebook", "kernel": {"name": "python3"}},
        )
        file = lab.runtime / f"kernel-{session['kernel']['id']}.json"
        kernel = BlockingKernelClient(connection_file=str(file))
        kernel.load_connection_file()
        kernel.start_channels(hb=False)
        kernel.wait_for_ready(timeout=PATIENCE)
        kernel.execute("import nwcore.explorers", silent=True)  # while the page is loading
        yield Server(lab.url, lab.log, kernel)
        kernel.stop_channels()


@pytest.fixture(scope="module")
def window(server: Server, chromium: Browser) -> Iterator[tuple[Tab, Seen]]:
    """JupyterLab on the notebook, with both cells run by a reader's keys."""
    seen = Seen()
    here = urlsplit(server.url).netloc

    def note_request(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("blob", "data") and parts.netloc != here:
            seen.foreign.append(url)

    context = chromium.new_context(viewport={"width": 1280, "height": 1200})
    # Counted below, and let out of this machine never.
    context.route(re.compile(rf"^(?!https?://{re.escape(here)}/|blob:|data:)"), lambda r: r.abort())
    tab = context.new_page()
    tab.set_default_timeout(1000 * PATIENCE)
    tab.on("request", lambda request: note_request(request.url))
    tab.on("websocket", lambda socket: note_request(socket.url))
    tab.on("pageerror", lambda error: seen.page_errors.append(str(error)))
    tab.on(
        "console",
        lambda said: seen.console_errors.append(said.text) if said.type == "error" else None,
    )
    tab.on(
        "response",
        lambda answer: (
            seen.failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )
    tab.goto(f"{server.url}lab/tree/{NOTEBOOK}?token={TOKEN}", wait_until="commit")
    tab.locator(KERNEL_IDLE).first.wait_for()  # until then, cells are not run
    tab.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    for _ in CELLS:
        tab.keyboard.press("Shift+Enter")
    ready = tab.locator(".jp-OutputArea .nw-explorer[data-nw-ready]")
    try:
        ready.nth(len(CELLS) - 1).wait_for(state="attached")
    except TimeoutError:
        cells = tab.locator(".jp-Cell-outputArea").all_inner_texts()
        pytest.fail(
            f"{ready.count()} of {len(CELLS)} explorers are drawn; {seen}\n{cells}\n"
            f"{server.log.read_text(encoding='utf-8')[-2000:]}"
        )
    yield tab, seen
    context.close()


@pytest.fixture
def lab(server: Server, window: tuple[Tab, Seen]) -> Iterator[Lab]:
    """Both explorers at their start; what goes wrong behind a test is the test's failure."""
    tab, seen = window
    lab = Lab(server, tab, seen)
    lab.set(**START)
    lab.run("training.steps, training.start, training.lr, training.reduction = 0, 0.6, 0.5, 'sum'")
    lab.in_step()
    until(lambda: lab.training.locator("tbody tr").count(), lambda n: n == 1, "rows at the start")
    lab.at_rest()
    yield lab
    wrong = copy.deepcopy(seen)
    for kind in vars(seen).values():
        kind.clear()  # the next test is not to blame
    assert wrong == Seen(), "the page had errors, or asked another host"
    log = server.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log[max(0, log.find("Traceback") - 500) :]


def test_it_opens_with_controls_and_canvas(lab: Lab) -> None:
    assert lab.tab.locator(".nw-explorer canvas").count() == len(CELLS)
    assert lab.attention.locator(".nw-controls .widget-inline-hbox").count() == 6
    assert lab.handle("w").get_attribute("aria-label") == "inverse bandwidth w"
    canvas = lab.attention.locator(".nw-stage canvas")
    until(
        lambda: canvas.get_attribute("aria-label"),
        lambda text: bool(text) and "w = 1.00 on 50 training points" in text,
        "the picture's text alternative",
    )
    drawn = canvas.evaluate(
        """async node => {
          const { createImageBitmap: copy } = window;
          const context = new OffscreenCanvas(node.width, node.height).getContext("2d");
          context.drawImage(await copy(node), 0, 0);
          const { data } = context.getImageData(0, 0, node.width, node.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert drawn > 50, "the canvas is empty"


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [
        ("w", "ArrowRight", 1.05),
        ("w", "PageDown", 0.667),
        ("w", "End", 100.0),
        ("noise", "ArrowUp", 0.55),
        ("noise", "Home", 0.0),
        ("n-train", "ArrowRight", 51),
        ("n-train", "ArrowLeft", 49),
    ],
)
def test_a_key_on_a_slider_reaches_python(name: str, key: str, expected: float, lab: Lab) -> None:
    trait = name.replace("-", "_")
    lab.handle(name).focus()
    lab.tab.keyboard.press(key)
    until(lambda: lab.trait(trait), lambda value: value == expected, f"explorer.{trait}")
    lab.in_step()
    lab.at_rest()
    assert lab.trait(trait) == expected, "it did not stay"
    assert float(lab.handle(name).get_attribute("aria-valuenow") or "nan") == expected


def test_keys_add_up(lab: Lab) -> None:
    before = lab.in_step()
    lab.handle("w").focus()
    for _ in range(3):
        lab.tab.keyboard.press("PageUp")
    until(lambda: lab.trait("w"), lambda w: w == 3.38, "explorer.w")  # 1.5, 2.25, 3.38 (rounded)
    after = lab.in_step()
    assert {name for name in DIGITS if before[name] != after[name]} == set(DIGITS) - {"row_sum"}


def test_a_dragged_slider_reaches_python_rounded(lab: Lab) -> None:
    bar = lab.attention.locator(".nw-control-w .noUi-base").bounding_box()
    knob = lab.handle("w").bounding_box()
    assert bar
    assert knob
    middle = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    lab.tab.mouse.move(*middle)
    lab.tab.mouse.down()
    lab.tab.mouse.move(middle[0] + bar["width"] / 7, middle[1], steps=4)
    lab.tab.mouse.up()
    # A seventh of the three decades from 0.1 to 100.
    w = until(lambda: lab.trait("w"), lambda w: 2.4 < w < 3.0, "explorer.w")
    lab.in_step()
    lab.at_rest()
    w = lab.trait("w")
    assert 2.4 < w < 3.0
    assert w == float(f"{w:.3g}"), "a hand's number is not round"


def test_a_chosen_kernel_and_a_typed_seed_reach_python(lab: Lab) -> None:
    lab.attention.locator(".nw-control-kernel select").select_option(label="boxcar")
    until(lambda: lab.trait("kernel"), lambda name: name == "boxcar", "explorer.kernel")
    lab.in_step()
    box = lab.attention.locator(".nw-control-seed input")
    box.fill("9")
    box.press("Enter")
    until(lambda: lab.trait("seed"), lambda seed: seed == 9, "explorer.seed")
    lab.in_step()


def test_a_goal_that_is_reached_is_ticked_and_python_knows(lab: Lab) -> None:
    goals = GoalsOnPage(lab.attention)
    lab.set(reached=[])  # whatever tests before this one have reached
    goals.wait_for_ticks(0)
    lab.set(w=5.4)
    until(lambda: lab.trait("reached"), lambda names: names == ["five"], "explorer.reached")
    goals.wait_for_ticks(1)
    assert goals.ticked() == [False, True, False]
    goals.forget()
    until(lambda: lab.trait("reached"), lambda names: names == [], "explorer.reached")


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("w", 4.9, {"error", "leave_one_out", "attended", "bandwidth"}),
        ("w", 0.1234567890123, {"error", "leave_one_out", "attended", "bandwidth"}),
        ("noise", 1.2345678, {"error", "leave_one_out"}),
        ("n_train", 123, {"error", "leave_one_out", "attended"}),
        ("kernel", "triangular", {"error", "leave_one_out", "attended"}),
        ("kernel", "constant", {"error", "leave_one_out", "attended"}),
        ("query", 3, {"attended"}),
        ("n_queries", 200, {"error", "attended"}),
        ("moved", [[4, 0.1, -3.5], [5, 4.9, 1.0]], {"error", "leave_one_out", "attended"}),
        ("seed", 7, {"error", "leave_one_out", "attended"}),
    ],
)
def test_python_moves_the_screen_and_keeps_what_it_set(
    name: str, value: Any, changed: set[str], lab: Lab
) -> None:
    before = lab.in_step()
    lab.set(**{name: value})
    after = lab.in_step()
    lab.at_rest()
    assert lab.trait(name) == value, "the page gave back another value"
    assert {key for key in DIGITS if before[key] != after[key]} == changed
    for trait in ("w", "noise", "n_train"):
        shown = float(lab.handle(trait.replace("_", "-")).get_attribute("aria-valuenow") or "nan")
        assert shown == (value if trait == name else START[trait])
    if name == "kernel":
        chosen = lab.attention.locator(".nw-control-kernel select option:checked").inner_text()
        assert chosen.replace("\xa0", " ") == explorer_words()[f"kernel_{value}"]
    if name == "seed":
        assert lab.attention.locator(".nw-control-seed input").input_value() == str(value)


def test_both_sides_take_turns(lab: Lab) -> None:
    lab.set(w=4.9, kernel="epanechnikov")
    lab.in_step()
    lab.handle("w").focus()
    lab.tab.keyboard.press("ArrowLeft")
    until(lambda: lab.trait("w"), lambda w: w == 4.67, "explorer.w")  # 4.9/1.05
    lab.in_step()
    lab.set(noise=0.875)
    lab.in_step()
    lab.at_rest()
    assert (lab.trait("w"), lab.trait("noise")) == (4.67, 0.875)
    lab.attention.locator(".nw-handle-query").focus()
    lab.tab.keyboard.press("ArrowDown")
    until(lambda: lab.trait("query"), lambda query: query == 21, "explorer.query")
    lab.in_step()
    lab.handle("noise").focus()
    lab.tab.keyboard.press("ArrowRight")
    until(lambda: lab.trait("noise"), lambda noise: noise == 0.93, "explorer.noise")  # to 0.01
    lab.in_step()
    lab.at_rest()
    assert lab.trait("w") == 4.67


def test_a_query_is_pinned_on_both_sides(lab: Lab) -> None:
    lab.set(query=7, pinned=True)
    pin = lab.attention.locator(".nw-pin")
    until(pin.inner_text, lambda text: text.startswith("Pinned: the query x = 0.70"), "the pin")
    lab.in_step()
    bars = lab.attention.locator(".nw-stage").bounding_box()
    handle = lab.attention.locator(".nw-handle-query").bounding_box()  # laid over the heatmap
    assert bars
    assert handle
    row = handle["y"] + 30.5 * handle["height"] / 50
    lab.tab.mouse.click(handle["x"] + 9, row)
    until(lambda: [lab.trait("query"), lab.trait("pinned")], lambda p: p == [30, True], "the pin")
    lab.in_step()
    lab.tab.keyboard.press("Escape")
    until(lambda: lab.trait("pinned"), lambda pinned: pinned is False, "explorer.pinned")
    lab.tab.mouse.move(1, 1)
    lab.in_step()


def test_what_is_taken_back_is_taken_back_in_python(lab: Lab) -> None:
    """By button and by keys, which JupyterLab has uses of its own for."""
    lab.handle("w").focus()
    lab.tab.keyboard.press("PageUp")
    until(lambda: lab.trait("w"), lambda w: w == 1.5, "explorer.w")
    lab.attention.get_by_role("button", name="Another data set").click()
    until(lambda: lab.trait("seed"), lambda seed: seed == 7, "explorer.seed")
    lab.in_step()
    lab.tab.keyboard.press("Control+z")
    until(lambda: lab.trait("seed"), lambda seed: seed == 6, "explorer.seed")
    assert lab.trait("w") == 1.5
    lab.attention.get_by_role("button", name="Undo").click()
    until(lambda: lab.trait("w"), lambda w: w == 1.0, "explorer.w")
    lab.in_step()
    lab.tab.keyboard.press("Control+Shift+z")
    until(lambda: lab.trait("w"), lambda w: w == 1.5, "explorer.w")
    lab.in_step()
    assert lab.tab.locator(".jp-Notebook .jp-CodeCell").count() == len(CELLS) + 1


def test_a_window_without_keys_has_no_numbers_to_show(lab: Lab) -> None:
    lab.set(n_train=4, kernel="boxcar", w=20.0)
    screen = until(lab.screen, lambda screen: screen["error"] == "not defined", "the error")
    assert screen["leave_one_out"] == "not defined"
    assert math.isnan(lab.value("explorer.result.error"))
    assert "queries without a key in reach" in lab.attention.locator(".nw-note").inner_text()


def test_a_dragged_point_is_moved_in_python(lab: Lab) -> None:
    lab.attention.locator(".nw-stage").scroll_into_view_if_needed()
    pad = lab.attention.locator(".nw-handle-points").bounding_box()  # laid over the plot
    assert pad
    # The scales of the picture: room for the truth and for all points that this seed can have.
    everything = make_regression(500, START["noise"], START["seed"]).y_train
    low, high = min(-0.4, float(everything.min())), max(4.2, float(everything.max()))
    margin = 0.03 * (high - low)
    low, high = low - margin, high + margin

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            pad["x"] + x / 5 * pad["width"],
            pad["y"] + (high - y) / (high - low) * pad["height"],
        )

    points = lab.value(
        "[draw_order(50, 6).tolist(), explorer.result.keys.tolist(), "
        "explorer.result.values.tolist()]",
        before="from nwcore.data import draw_order",
    )
    draws = list(zip(*points, strict=True))
    places = [place(x, y) for _, x, y in draws]
    apart = [
        min(math.dist(one, other) for j, other in enumerate(places) if i != j)
        for i, one in enumerate(places)
    ]
    alone = max(
        (i for i in range(50) if 1 < draws[i][1] < 3.5 and 1 < draws[i][2] < 3.5),
        key=apart.__getitem__,
    )
    assert apart[alone] > 8, "no point of this data set stands alone"
    draw, x, y = draws[alone]
    before = lab.in_step()
    lab.tab.mouse.move(*places[alone])
    lab.tab.mouse.down()
    lab.tab.mouse.move(*place(x + 0.5, y - 0.7), steps=3)
    lab.tab.mouse.move(*place(x + 1.0, y - 1.5), steps=3)
    lab.tab.mouse.up()
    lab.tab.mouse.move(1, 1)  # a query under the pointer is on the screen alone
    goal = pytest.approx([draw, x + 1.0, y - 1.5], abs=0.03)
    moved = until(
        lambda: lab.trait("moved"), lambda moved: len(moved) == 1 and moved[0] == goal, "moved"
    )
    assert moved[0] == [draw, round(moved[0][1], 2), round(moved[0][2], 2)]
    after = lab.in_step()
    assert before["error"] != after["error"]
    assert before["leave_one_out"] != after["leave_one_out"]
    pairs = lab.value("[explorer.result.keys.tolist(), explorer.result.values.tolist()]")
    expected = [(x, y) for i, (_, x, y) in enumerate(draws) if i != alone]
    assert list(zip(*pairs, strict=True)) == sorted([*expected, tuple(moved[0][1:])])
    put_back = lab.attention.get_by_role("button", name="Put points back")
    put_back.click()
    until(lambda: lab.trait("moved"), lambda moved: moved == [], "moved")
    lab.in_step()
    assert put_back.is_disabled()


def test_another_data_set_puts_points_back_on_both_sides(lab: Lab) -> None:
    lab.set(moved=[[4, 2.25, -3.5]])
    lab.in_step()
    lab.attention.get_by_role("button", name="Another data set").click()
    until(
        lambda: [lab.trait("seed"), lab.trait("moved")], lambda both: both == [7, []], "seed, moved"
    )
    lab.in_step()


def test_a_data_set_and_its_moved_points_arrive_together(lab: Lab) -> None:
    lab.run(
        "with explorer.hold_sync():\n"
        "    explorer.seed = 8\n"
        "    explorer.moved = [[0, 2.5, -2.0], [1, 3.0, 4.0]]"
    )
    lab.in_step()
    lab.at_rest()
    assert lab.trait("moved") == [[0, 2.5, -2.0], [1, 3.0, 4.0]]
    lab.in_step()


OUT_OF_RANGE = {
    "explorer.w = 0": "w must be at least 0.1, got 0 (allowed: 0.1 to 100)",
    "explorer.noise = float('nan')": "noise must be finite, got nan (allowed: 0 to 2)",
    "explorer.n_train = 501": "n_train must be between 1 and 500, got 501",
    "explorer.query = 50": "query must be below n_queries = 50, got 50",
    "explorer.moved = [[0, 9, 1]]": "x in moved must be at most 5, got 9",
}


def test_python_is_told_what_is_out_of_range_and_the_screen_stays(lab: Lab) -> None:
    state = f"[{', '.join(f'explorer.{name}' for name in START)}]"
    before = lab.value(state), lab.screen(), frames(lab)
    for assignment, message in OUT_OF_RANGE.items():
        said = lab.run(
            f"import traitlets\ntry:\n    {assignment}\n"
            "except traitlets.TraitError as wrong:\n    print(wrong)"
        )
        assert message in said
    lab.at_rest(anew=True)
    assert (lab.value(state), lab.screen(), frames(lab)) == before


def frames(lab: Lab) -> str | None:
    return lab.attention.locator(".nw-root").get_attribute("data-frames")


def assert_table_is_the_history(lab: Lab, steps: int) -> None:
    """Wait until so many steps were taken on both sides; the last five are in the table."""
    until(lambda: lab.trait("steps", "training"), lambda found: found == steps, "training.steps")
    expected = lab.value("rows", before=TABLE)[-5:]
    until(
        lambda: lab.training.locator("tbody tr td:first-child").all_inner_texts(),
        lambda found: found == [str(row[0]) for row in expected],
        "the steps in the table",
    )
    cells = [row.locator("td").all_inner_texts() for row in lab.training.locator("tbody tr").all()]
    for texts, values in zip(cells, expected, strict=True):
        digits = [3, 3 if abs(values[2]) < 10 else 2, 3, 3]
        sound = map(shows, texts[1:], values[1:], digits)
        assert all(sound), f"the table says {texts}, Python says {values}"


def test_a_step_of_training_is_taken_on_both_sides(lab: Lab) -> None:
    assert_table_is_the_history(lab, 0)
    step = lab.training.get_by_role("button", name="One step")
    step.click()
    assert_table_is_the_history(lab, 1)
    for _ in range(5):
        step.click()
    assert_table_is_the_history(lab, 6)
    lab.training.get_by_role("button", name="Back to the start").click()
    assert_table_is_the_history(lab, 0)


def test_python_and_the_hand_choose_how_training_goes(lab: Lab) -> None:
    lab.run("training.start, training.lr, training.steps = 2.345678, 0.05, 3")
    assert_table_is_the_history(lab, 3)
    lab.training.get_by_role("button", name="mean", exact=True).click()
    until(lambda: lab.trait("reduction", "training"), lambda name: name == "mean", "the reduction")
    assert_table_is_the_history(lab, 3)
    lab.run("training.reduction = 'half'")
    assert_table_is_the_history(lab, 3)
    pressed = lab.training.locator(".widget-toggle-button[aria-pressed=true]")
    until(pressed.all_inner_texts, lambda names: names == ["half the sum"], "the button")
    assert [lab.trait(name, "training") for name in ("start", "lr")] == [2.345678, 0.05]
