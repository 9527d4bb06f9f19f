"""The bias–variance explorer: every fit, other data sets, and curves that come frame by frame."""

from pages.explorer import Explorer
from pages.placements import models

from nwcore.explorers.attention import SHOWN_KERNELS


@models("risk")
def test_w_moves_along_its_curves(explorer: Explorer) -> None:
    before = explorer.check_painted()
    explorer.drag_slider("w", 0.75)
    after = explorer.check_painted()
    assert after.readouts["variance"] != before.readouts["variance"]
    assert after.readouts["best_w"] == before.readouts["best_w"], "it is the data's, not w's"
    assert after.part("fits") != before.part("fits")


@models("risk")
def test_every_degree_and_kernel_is_painted_as_computed(explorer: Explorer) -> None:
    for degree in range(3):
        explorer.set(degree_index=degree, w=2.0, kernel_index=0)
        explorer.check_painted()
    for kernel in range(len(SHOWN_KERNELS)):
        explorer.set(degree_index=1, w=20.0, kernel_index=kernel)
        look = explorer.check_painted()
        assert (look.note != "") == (SHOWN_KERNELS[kernel] not in ("gaussian", "constant"))


@models("risk")
def test_another_hundred_data_sets_are_the_next_and_can_be_taken_back(explorer: Explorer) -> None:
    before = explorer.check()
    seed = before.state["seed"]
    for goal in (seed + 100, seed + 200):
        explorer.button("other_sets").click()
        explorer.show()
        after = explorer.check_painted()
        assert after.state == {**before.state, "seed": goal}
        assert after.readouts["best_w"] != before.readouts["best_w"]
    explorer.button("undo").click()
    explorer.button("undo").click()
    explorer.show()
    assert explorer.check_painted().state == before.state


@models("risk")
def test_curves_of_other_data_come_frame_by_frame(explorer: Explorer) -> None:
    before = explorer.check()
    explorer.set(n_train=160)
    after = explorer.check_painted()
    assert after.frames > before.frames + 10, "they came at once, in one long frame"
    explorer.set(noise=1.0)
    noisy = explorer.check_painted()
    assert noisy.frames <= after.frames + 3, "noise scales what is known"
