"""Seed, kernel and buttons of the explorers of attention pooling."""

import itertools
import math

import numpy as np
import pytest
from pages.expected import NAMES, write
from pages.explorer import Explorer
from pages.picture import Box
from pages.placements import FULL, every_pooling, models, places

from nwcore import KERNELS
from nwcore.explorers.attention import SHOWN_KERNELS

COMPACT = [name for name in SHOWN_KERNELS if KERNELS[name].compact]


@every_pooling
@pytest.mark.parametrize(
    ("typed", "seed"), [("7", 7), ("4294967295", 4294967295), ("4294967296", 4294967295), ("-3", 0)]
)
def test_seed_box(explorer: Explorer, typed: str, seed: int) -> None:
    before = explorer.look()
    box = explorer.seed_box
    assert box.get_attribute("type") == "number"
    box.fill(typed)
    box.press("Enter")
    after = explorer.check_painted()
    assert after.state["seed"] == seed
    assert after.readouts["error"] != before.readouts["error"]
    assert box.input_value() == str(seed)


@every_pooling
def test_seed_box_without_a_number(explorer: Explorer) -> None:
    """An emptied box leaves the data as they were."""
    before = explorer.look()
    box = explorer.seed_box
    box.fill("")
    box.press("Enter")
    box.blur()
    after = explorer.check()
    assert after.state["seed"] == before.state["seed"]
    assert box.input_value() == str(before.state["seed"])


@every_pooling
def test_every_kernel(explorer: Explorer) -> None:
    pictures = []
    for index in [*range(1, len(NAMES)), 0]:
        name = explorer.words[f"kernel_{NAMES[index]}"]
        explorer.choose_kernel(name)
        look = explorer.check_painted()
        assert look.state["kernel_index"] == index
        pictures.append(look.part("bars"))
        if explorer.kind == "kernels":
            assert explorer.pressed("kernel") == [
                str(place == index).lower() for place in range(len(NAMES))
            ]
        else:
            assert explorer.list_of_kernels.input_value() == name
    assert len(set(pictures)) == len(NAMES)


@models("kernels")
def test_the_window_of_a_kernel_is_shaded(explorer: Explorer) -> None:
    compact = COMPACT
    for name, w in zip(compact, itertools.cycle((2.0, 1.0, 4.0)), strict=False):
        explorer.set(kernel_index=NAMES.index(name), w=w)
        look = explorer.look()
        plot, x = look.boxes["plot"], float(look.result.queries[look.state["query"]])
        row = look.picture.cut(Box(plot.x, plot.y + plot.height - 12, plot.width, 1))[0]
        shaded = np.flatnonzero((row[:, 3] > 15) & (row[:, 3] < 60))
        reach = KERNELS[name].support / w
        left, right = (plot.width * (x + side * reach) / 5 for side in (-1, 1))
        assert shaded.min() == pytest.approx(max(0, left), abs=2)
        assert shaded.max() == pytest.approx(right, abs=2)
    explorer.set(kernel_index=0)
    row = explorer.look().picture.cut(Box(plot.x, plot.y + plot.height - 12, plot.width, 1))[0]
    assert not ((row[:, 3] > 15) & (row[:, 3] < 60)).sum() > 60


@every_pooling
@pytest.mark.parametrize("kernel", COMPACT)
def test_empty_windows(explorer: Explorer, kernel: str) -> None:
    explorer.set(kernel_index=NAMES.index(kernel), w=40.0)
    look = explorer.look()
    empty = [i for i, y in enumerate(look.result.predictions.tolist()) if math.isnan(y)]
    full = [i for i in range(look.state["n_queries"]) if i not in empty]
    assert empty
    assert full
    explorer.set(query=empty[len(empty) // 2])
    look = explorer.check_painted()
    undefined = explorer.words["undefined"]
    assert look.readouts["error"] == look.readouts["row_sum"] == undefined
    assert undefined in (explorer.query.get_attribute("aria-valuetext") or "")
    assert look.note
    # Gaps: no dash between neighbours without a prediction.
    plot = look.boxes["plot"]
    inside = look.picture.like("pred", look.picture.cut(plot))
    columns = [
        round(plot.width * 5 * i / look.state["n_queries"] / 5)
        for i in empty
        if {i - 1, i + 1} <= set(empty) and abs(i - look.state["query"]) > 1
    ]
    assert columns
    assert not inside[:, columns].any(), "a curve where there is no prediction"
    explorer.set(query=full[0])
    reached = explorer.check_painted()
    assert reached.readouts["row_sum"] == write(1, 3, explorer.code)
    assert reached.readouts["error"] == undefined, "one query without a prediction is enough"
    explorer.set(kernel_index=0)
    assert explorer.check().note == ""


@every_pooling
def test_another_data_set(explorer: Explorer) -> None:
    explorer.set(moved=[[3, 2.0, -1.0]])
    before = explorer.check()
    assert before.state["moved"]
    explorer.button("another").click()
    explorer.show()
    after = explorer.check_painted()
    assert after.state["seed"] == before.state["seed"] + 1
    assert after.state["moved"] == [], "they belonged to the other data set"
    explorer.set(seed=4294967295)
    explorer.button("another").click()
    assert explorer.check().state["seed"] == 0
    if explorer.control("seed").count():
        assert explorer.seed_box.input_value() == "0"


@every_pooling
def test_start_over(explorer: Explorer) -> None:
    before = explorer.look()
    explorer.set(w=30, noise=1.2, n_train=17, seed=9, kernel_index=2, query=3, n_queries=20)
    explorer.set(moved=[[2, 1.0, 1.0]])
    assert explorer.check().part("plot") != before.part("plot")
    explorer.start_over()
    after = explorer.check()
    assert after.state == before.state
    assert after.picture == before.picture
    assert after.values == before.values
    if explorer.list_of_kernels.count():
        chosen = explorer.words[f"kernel_{NAMES[before.state['kernel_index']]}"]
        assert explorer.list_of_kernels.input_value() == chosen


elsewhere = places("attention", but=FULL)


@elsewhere
def test_everything_once(explorer: Explorer) -> None:
    """Seed, kernel, query, points and buttons of an explorer that is tried at length elsewhere."""
    start = explorer.check_painted()
    if explorer.control("noise").count():
        explorer.drag_slider("noise", 0.75)
        explorer.release()
        assert explorer.check().state["noise"] == pytest.approx(1.5, abs=0.05)
    if explorer.control("seed").count():
        explorer.type_seed("8")
        assert explorer.check().state["seed"] == 8
        for index in range(len(NAMES)):
            explorer.list_of_kernels.select_option(index=index)
            assert explorer.check().state["kernel_index"] == index
    explorer.start_over()
    heat, plot = start.boxes["heat"], start.boxes["plot"]
    explorer.hover(heat.x + heat.width * 0.3, heat.y + 40.5 * heat.height / 50)
    assert explorer.check().row == 40
    explorer.hover(plot.x + plot.width * 0.25, plot.y + plot.height - 5)
    assert explorer.check().row in (12, 13)
    explorer.query.press("Home")
    assert explorer.check().state["query"] == 0
    _, at = start.lonely_point()
    explorer.grab(at)
    explorer.hover(at[0] + 20, at[1] - 20)
    explorer.release()
    explorer.hover(10, 10)
    dragged = explorer.check_painted()
    assert len(dragged.state["moved"]) == 1
    assert dragged.readouts["error"] != start.readouts["error"]
    explorer.pad.press("ArrowUp")
    explorer.pad.press("PageDown")
    explorer.pad.press("Shift+ArrowRight")
    assert len(explorer.check().state["moved"]) == 2
    explorer.button("put_back").click()
    assert explorer.check().state["moved"] == []
    explorer.button("another").click()
    assert explorer.check().state["seed"] == start.state["seed"] + 1
    explorer.start_over()
    assert explorer.check().picture.pixels.tobytes() == start.picture.pixels.tobytes()
