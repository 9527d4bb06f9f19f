"""The training explorer: step by step, in a run, and with every loss."""

import itertools

import pytest
from pages import scripts
from pages.expected import assert_finite, descent, landscape
from pages.explorer import Explorer
from pages.placements import (
    models,
)
from pages.window import frames_pass


@models("training")
def test_the_first_step_jumps_over_the_minimum(explorer: Explorer) -> None:
    """What the chapter promises: the valley is in one place, and one click lands beyond it."""
    start = explorer.check_painted()
    grid, losses = landscape(*(start.state[key] for key in ("noise", "n_train", "seed")))
    best = grid[losses.argmin()]
    explorer.button("do_step").click()
    explorer.show()
    after = explorer.check_painted()
    (_, (w, loss, _)) = descent(after.state)
    assert abs(w) > 2 * best
    assert loss > losses.min()
    assert start.part("loss") != after.part("loss")
    assert start.part("heat") != after.part("heat")
    assert start.part("plot") != after.part("plot")
    said = after.table[-1][1].replace(",", ".").replace("−", "-")
    assert abs(float(said)) > 2 * best


@models("training")
def test_steps_and_reset(explorer: Explorer) -> None:
    before = explorer.check()
    for step in range(1, 8):
        explorer.button("do_step").click()
        look = explorer.check()
        assert look.state["steps"] == step
        assert [row[0] for row in look.table] == [str(s) for s in range(step + 1)][-5:]
    assert not look.disabled[explorer.words["do_reset"]]
    explorer.button("do_reset").click()
    explorer.show()
    after = explorer.check_painted()
    assert after.state == before.state
    assert after.picture == before.picture


@models("training")
@pytest.mark.parametrize("index", [0, 1, 2])
def test_every_loss(explorer: Explorer, index: int) -> None:
    name = explorer.words[f"reduction_{['sum', 'mean', 'half'][index]}"]
    explorer.set(steps=2, reduction_index=(index + 1) % 3)
    before = explorer.check()
    explorer.choice("reduction", name).click()
    explorer.show()
    look = explorer.check_painted()
    assert look.state["reduction_index"] == index
    assert look.table != before.table
    assert look.part("loss") != before.part("loss")
    assert explorer.pressed("reduction") == [str(place == index).lower() for place in range(3)]


@models("training")
def test_training_settings(explorer: Explorer) -> None:
    """A slow rate walks down, a fast one from the same start does not; all as computed here."""
    for changes in (
        {"start": 0.5, "lr": 0.01, "steps": 12},
        {"start": 20.0, "lr": 0.5, "steps": 3},
        {"start": 0.01, "lr": 10.0, "steps": 6},
        {"start": 100.0, "lr": 0.001, "steps": 1},
        {"start": 2.0, "lr": 0.05, "noise": 0.0, "n_train": 8, "seed": 2, "steps": 9},
    ):
        explorer.button("start_over").click()
        explorer.set(**changes)
        explorer.show()
        explorer.check_painted()


@models("training")
def test_no_setting_leaves_the_numbers_a_computer_can_hold(explorer: Explorer) -> None:
    """The wildest rates from every start: whatever happens, it is shown with finite numbers."""
    said = explorer.words["diverged"]
    for start, reduction in itertools.product((0.01, 0.3, 0.6, 1.0, 3.0, 30.0, 100.0), (0, 2)):
        explorer.set(start=start, lr=10.0, noise=2.0, reduction_index=reduction, steps=200)
        look = explorer.look()
        assert_finite(look)
        assert look.note in ("", said)
        assert look.table
        assert look.disabled[explorer.words["do_step"]], "200 steps are the most"


@models("training")
def test_a_run_takes_step_after_step_until_it_is_stopped(explorer: Explorer) -> None:
    explorer.set(lr=0.01)
    explorer.place.evaluate(scripts.PRESS_AT_ROW, [4, explorer.words["do_pause"]])
    explorer.button("do_run").click()
    explorer.tab.wait_for_function("() => window.nwPressed")
    explorer.show()
    look = explorer.check_painted()
    assert 3 <= look.state["steps"] < 40, "a busy machine may take a step or two more"
    frames_pass(explorer.tab)
    assert explorer.look().state["steps"] == look.state["steps"], "it goes on after the pause"
    explorer.button("do_run").wait_for()
    # One step by hand ends a run, too, and so does a return to the start.
    explorer.button("do_run").click()
    explorer.button("do_reset").click()
    frames_pass(explorer.tab)
    assert explorer.check().state["steps"] == 0


@models("training")
def test_a_run_ends_by_itself(explorer: Explorer) -> None:
    """Far out on the plain nothing moves any more: the run stops instead of counting on."""
    explorer.set(lr=10.0, start=0.6)
    run, pause = explorer.words["do_run"], explorer.words["do_pause"]
    explorer.button("do_run").evaluate(scripts.WATCH)
    explorer.button("do_run").click()
    explorer.tab.wait_for_function("() => window.nwTexts.length > 2")
    assert explorer.tab.evaluate("window.nwTexts") == [run, pause, run]
    look = explorer.check_painted()
    path = descent(look.state)
    (before, _, _), (after, _, _) = path[-2:]
    assert abs(after - before) < 1e-4 * abs(after)
    assert look.state["steps"] < 40


@models("training")
def test_a_run_for_a_reader_who_wants_no_motion(explorer: Explorer) -> None:
    explorer.set(lr=0.03)
    before = explorer.look()
    explorer.tab.emulate_media(reduced_motion="reduce")
    try:
        explorer.button("do_run").click()
        explorer.show()
        after = explorer.check_painted()
    finally:
        explorer.tab.emulate_media(reduced_motion="null")
    path = descent({**after.state, "steps": 40})
    ends = (i for i in range(1, 41) if abs(path[i][0] - path[i - 1][0]) < 1e-4 * abs(path[i][0]))
    assert after.state["steps"] == next(ends, 40)
    assert after.frames - before.frames <= 2, "it moved"
    assert explorer.button("do_run").is_visible()


@models("training")
def test_other_data_for_training(explorer: Explorer) -> None:
    explorer.set(steps=3)
    before = explorer.check()
    explorer.button("another").click()
    explorer.show()
    after = explorer.check_painted()
    assert after.state == {**before.state, "seed": before.state["seed"] + 1, "steps": 0}
