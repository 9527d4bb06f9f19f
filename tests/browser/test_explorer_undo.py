"""What was done to any explorer is taken back and done again; its link is copied."""

import pytest
from pages import scripts
from pages.explorer import Explorer, Look
from pages.placements import every_kind, every_pooling, models
from pages.window import wait_until_alive


def usable(explorer: Explorer) -> tuple[bool, bool]:
    """Whether there is something to take back, and something to do again."""
    undo, redo = explorer.button("undo"), explorer.button("redo")
    return undo.is_enabled(), redo.is_enabled()


def same(one: Look, other: Look) -> None:
    assert one.state == other.state
    assert one.values == other.values
    assert one.picture == other.picture


def forget(explorer: Explorer) -> None:
    """Load the page again, so that nothing is left to take back."""
    explorer.tab.wait_for_function("() => location.hash === ''")
    explorer.tab.reload()
    wait_until_alive(explorer.tab)
    explorer.show()


@every_kind
def test_every_control_is_taken_back_and_done_again(explorer: Explorer) -> None:
    forget(explorer)
    seen = [explorer.check()]
    assert usable(explorer) == (False, False)
    for control in explorer.placement.controls:
        explorer.move_by_key(control)
        seen.append(explorer.check())
    assert usable(explorer) == (True, False)
    explorer.tab.evaluate("document.activeElement.blur()")
    for before in seen[-2::-1]:
        explorer.button("undo").click()
        assert explorer.look().state == before.state
    explorer.show()
    same(explorer.check(), seen[0])
    assert usable(explorer) == (False, True)
    explorer.tab.wait_for_function("() => location.hash === ''")
    # The button that was used up has handed the focus on: keys go on here.
    for after in seen[1:]:
        explorer.press("Control+y")
        assert explorer.look().state == after.state
    assert usable(explorer) == (True, False)
    explorer.address(f"{explorer.placement.name}:")
    explorer.press("Control+z")
    assert explorer.look().state == seen[-2].state
    explorer.press("Control+Shift+z")
    assert explorer.look().state == seen[-1].state
    explorer.button("start_over").click()
    assert explorer.look().state == seen[0].state
    explorer.button("undo").click()
    assert explorer.look().state == seen[-1].state, "starting over is a step, too"


@every_kind
def test_keys_take_back_in_the_focused_explorer_alone(explorer: Explorer) -> None:
    slider = next(each for each in explorer.placement.controls if each.handle == "slider")
    explorer.move_by_key(slider)
    moved = explorer.look()
    explorer.tab.evaluate("document.activeElement.blur()")
    explorer.press("Control+z")
    assert explorer.look().state == moved.state
    explorer.canvas.click(position={"x": 3, "y": 3})
    explorer.press("Meta+z")
    assert explorer.look().state != moved.state


@every_kind
def test_a_drag_is_one_step(explorer: Explorer) -> None:
    slider = next(each for each in explorer.placement.controls if each.handle == "slider")
    start = explorer.check()
    explorer.control(slider.key).scroll_into_view_if_needed()
    for share in (0.6, 0.3):
        explorer.drag_slider(slider.key, share)
        explorer.look()  # a frame, and more, in the middle of it
        explorer.drag_slider_on(slider.key, share + 0.1)
        explorer.release()
    assert explorer.look().state != start.state
    explorer.button("undo").click()
    explorer.button("undo").click()
    explorer.show()
    same(explorer.check(), start)


@every_pooling
def test_pins_and_points_are_steps(explorer: Explorer) -> None:
    seen = [explorer.check()]
    bars = seen[0].boxes["bars"]
    explorer.click(bars.x + bars.width / 3, bars.y + bars.height / 2)
    seen.append(explorer.look())
    explorer.press("Escape")
    seen.append(explorer.look())
    _, at = seen[0].lonely_point()
    explorer.grab(at)
    for across in (10, 20, 30):
        explorer.hover(at[0] + across, at[1] - across)
    explorer.release()
    seen.append(explorer.look())
    explorer.button("another").click()
    seen.append(explorer.look())
    states = [look.state for look in seen]
    assert all(states[i] != states[i + 1] for i in range(len(states) - 1))
    for state in states[-2::-1]:
        explorer.button("undo").click()
        assert explorer.look().state == state
    for state in states[1:]:
        explorer.button("redo").click()
        assert explorer.look().state == state
    explorer.show()
    explorer.check_painted()


@models("training")
def test_steps_and_a_whole_run_are_taken_back(explorer: Explorer) -> None:
    start = explorer.look().state
    explorer.button("do_step").click()
    explorer.button("do_step").click()
    assert explorer.look().state["steps"] == 2
    explorer.place.evaluate(scripts.PRESS_AT_ROW, [5, explorer.words["do_pause"]])
    explorer.button("do_run").click()
    explorer.tab.wait_for_function("() => window.nwPressed")
    assert explorer.look().state["steps"] > 3
    for steps in (2, 1, 0):
        explorer.button("undo").click()
        assert explorer.look().state["steps"] == steps
    assert explorer.check_painted().state == start


@every_kind
def test_the_link_is_copied_and_says_so(explorer: Explorer) -> None:
    slider = next(each for each in explorer.placement.controls if each.handle == "slider")
    explorer.tab.wait_for_function("() => location.hash === ''")
    explorer.tab.evaluate(scripts.CLIPBOARD, False)
    explorer.move_by_key(slider)
    assert explorer.status.get_attribute("role") == "status"
    explorer.link.click()
    explorer.status.get_by_text(explorer.words["link_copied"], exact=True).wait_for()
    copied = explorer.tab.evaluate("window.nwCopied")
    assert copied == explorer.tab.url
    assert f"{explorer.placement.name}:" in copied
    # It was about that state.
    explorer.move_by_key(slider)
    assert explorer.look().state
    assert explorer.status.text_content() == ""


@models("kernels")
@pytest.mark.parametrize("missing", [False, True])
def test_a_link_that_cannot_be_copied_is_shown_selected(explorer: Explorer, missing: bool) -> None:
    explorer.tab.wait_for_function("() => location.hash === ''")
    explorer.tab.evaluate(scripts.CLIPBOARD, True)
    if missing:  # as on a page without a secure connection
        explorer.tab.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    slider = next(each for each in explorer.placement.controls if each.handle == "slider")
    explorer.move_by_key(slider)
    explorer.link.click()
    explorer.status.get_by_text(explorer.words["link_refused"], exact=True).wait_for()
    field = explorer.place.locator(".nw-copy")
    assert field.is_visible()
    assert (
        field.evaluate(
            "n => n === document.activeElement && n.value.slice(n.selectionStart, n.selectionEnd)"
        )
        == explorer.tab.url
    )
    explorer.button("undo").click()
    explorer.look()
    assert field.is_hidden()
