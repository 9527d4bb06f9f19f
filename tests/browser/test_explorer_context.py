"""The context explorer: trained in sight, then frozen, and taken to other families."""

from typing import Any

from pages.explorer import Explorer
from pages.placements import models

TRAINED = ("trained_n", "trained_noise", "trained_roughness", "trained_seed")


def train(explorer: Explorer) -> None:
    """Until it has ended by itself: then there is nothing left to be learned."""
    word = explorer.words["do_train"]
    explorer.button("do_train").click()
    explorer.place.locator("button:disabled").filter(has_text=word).wait_for()


@models("context")
def test_it_is_trained_on_the_family_shown_and_then_frozen(explorer: Explorer) -> None:
    explorer.set(noise=1.0, n_context=120, seed=3)
    before = explorer.check_painted()
    train(explorer)
    explorer.show()
    after = explorer.check_painted()
    assert [after.state[key] for key in TRAINED] == [120, 1.0, 2.0, 3]
    assert after.readouts["learned_w"] != before.readouts["learned_w"]
    assert after.disabled[explorer.words["do_train"]], "there is nothing left to be learned"
    for changes in ({"roughness": 5.0}, {"roughness": 0.5}, {"noise": 0.05}, {"n_context": 10}):
        explorer.set(**changes)
        moved = explorer.check_painted()
        assert moved.readouts["learned_w"] == after.readouts["learned_w"]
        assert moved.readouts["theory_w"] != after.readouts["theory_w"]
        assert moved.sentence != after.sentence
        assert not moved.disabled[explorer.words["do_train"]]
        assert [moved.state[key] for key in TRAINED] == [120, 1.0, 2.0, 3]


@models("context")
def test_a_training_is_paused_and_gone_on_with(explorer: Explorer) -> None:
    explorer.button("do_train").click()
    explorer.button("do_pause").click()
    paused = explorer.check()
    assert 0 < paused.state["steps"] <= 120
    explorer.tab.emulate_media(reduced_motion="reduce")
    try:
        if paused.state["steps"] < 120:  # a busy machine may have come to the end
            explorer.button("do_train").click()
        look = explorer.check()
    finally:
        explorer.tab.emulate_media(reduced_motion="null")
    assert (look.state["steps"], look.state["earlier"]) == (120, [])
    assert look.frames - paused.frames <= 2, "it moved"


@models("context")
def test_a_whole_training_is_taken_back_at_once(explorer: Explorer) -> None:
    before = explorer.check()
    train(explorer)
    after = explorer.check()
    assert after.state["steps"] == 120
    explorer.button("undo").click()
    assert explorer.check().state == before.state
    explorer.button("redo").click()
    assert explorer.check().state == after.state


@models("context")
def test_trainings_before_stay_until_they_are_forgotten(explorer: Explorer) -> None:
    explorer.tab.emulate_media(reduced_motion="reduce")
    try:
        learned: list[list[Any]] = []
        for n in (10, 60, 300):
            explorer.set(n_context=n)
            explorer.check()
            train(explorer)
            look = explorer.check()
            assert [n for n, _ in look.state["earlier"]] == [n for n, _ in learned]
            learned.append([n, float(look.readouts["learned_w"].replace(",", "."))])
            for (_, kept), (_, seen) in zip(look.state["earlier"], learned, strict=False):
                assert abs(kept - seen) <= 0.0051
    finally:
        explorer.tab.emulate_media(reduced_motion="null")
    ws = [w for _, w in learned]
    assert ws == sorted(ws), "more examples, a narrower window"
    with explorer.opened_again(explorer.address("before=")) as again:
        assert again.check_painted().state == look.state
    explorer.button("do_forget").click()
    explorer.show()
    forgotten = explorer.check_painted().state
    assert (forgotten["steps"], forgotten["earlier"]) == (0, [])


@models("context")
def test_another_task_is_answered_by_the_same_w(explorer: Explorer) -> None:
    explorer.set(steps=120, task=98)
    before = explorer.check()
    for task in (99, 0):
        explorer.button("another_task").click()
        explorer.show()
        look = explorer.check_painted()
        assert look.state == {**before.state, "task": task}
        assert look.readouts["learned_w"] == before.readouts["learned_w"]
        assert look.readouts["frozen_error"] != before.readouts["frozen_error"]
        assert look.part("task") != before.part("task")
