"""The metric explorer: its query and its arrow in the plane, learning, scores and masks."""

import math

import pytest
from pages import scripts
from pages.engines import MAIN, Engines
from pages.expected import metric_result
from pages.explorer import Explorer, Look, explorer_in, settled_scroll
from pages.placements import HOMES, models
from pages.window import frames_pass
from playwright.sync_api import ViewportSize
from site_helpers import CODES


def spot(look: Look, x1: float, x2: float) -> tuple[float, float]:
    plane = look.boxes["plane"]
    return plane.x + plane.width * (x1 + 2) / 4, plane.y + plane.height * (2 - x2) / 4


def tip(look: Look) -> tuple[float, float]:
    radians = math.radians(look.state["angle"])
    return spot(look, 1.6 * math.cos(radians), 1.6 * math.sin(radians))


def others(look: Look, *keys: str) -> dict[str, object]:
    return {key: value for key, value in look.state.items() if key not in keys}


@models("metric")
def test_the_query_is_dragged(explorer: Explorer) -> None:
    before = explorer.check_painted()
    explorer.grab(spot(before, before.state["q1"], before.state["q2"]))
    explorer.hover(*spot(before, -1.0, 1.25))
    explorer.release()
    explorer.show()
    after = explorer.check_painted()
    assert after.state["q1"] == pytest.approx(-1.0, abs=0.03)
    assert after.state["q2"] == pytest.approx(1.25, abs=0.03)
    assert others(after, "q1", "q2") == others(before, "q1", "q2")
    assert after.sentence != before.sentence


@models("metric")
def test_a_click_puts_the_query_there(explorer: Explorer) -> None:
    before = explorer.check()
    explorer.click(*spot(before, -1.5, -1.5))
    explorer.wait_for_another("q1", before.state["q1"])
    after = explorer.check()
    assert after.state["q1"] == pytest.approx(-1.5, abs=0.03)
    assert after.state["q2"] == pytest.approx(-1.5, abs=0.03)


@models("metric")
def test_the_arrow_is_turned(explorer: Explorer) -> None:
    before = explorer.check()
    explorer.grab(tip(before))
    explorer.hover(*spot(before, -1.2, 1.2))
    explorer.release()
    explorer.show()
    after = explorer.check_painted()
    assert after.state["angle"] == pytest.approx(135, abs=2)
    assert others(after, "angle") == others(before, "angle")
    assert after.said["angle"] == str(after.state["angle"])


@models("metric")
def test_keys_move_the_query_and_it_says_where(explorer: Explorer) -> None:
    explorer.place.locator(".nw-handle-plane").focus()
    before = explorer.check()
    for keys in ("ArrowRight", "Shift+ArrowUp"):
        explorer.press(keys)
        frames_pass(explorer.tab)
    after = explorer.check()
    assert after.state["q1"] == pytest.approx(before.state["q1"] + 0.05)
    assert after.state["q2"] == pytest.approx(before.state["q2"] + 0.5)
    explorer.tab.wait_for_function(
        "([n, text]) => n.textContent === text",
        arg=[explorer.spoken_point.element_handle(), after.sentence],
    )


@models("metric")
def test_under_the_causal_mask_the_first_key_has_none(explorer: Explorer) -> None:
    explorer.set(mask_index=2)
    explorer.place.locator(".nw-handle-plane").focus()
    explorer.press("Home")
    explorer.tab.evaluate("document.activeElement.blur()")
    frames_pass(explorer.tab)
    look = explorer.check_painted()
    assert metric_result(look.state).place == 0
    assert look.sentence.endswith(explorer.words["query_alone"])


@models("metric")
def test_half_a_norm_makes_the_dot_product_a_distance(explorer: Explorer) -> None:
    """The same picture to the pixel; without it, another one."""
    distance = explorer.check()
    explorer.set(score_index=2)
    explorer.show()
    same = explorer.check()
    assert same.part("plane") == distance.part("plane")
    assert same.readouts == distance.readouts
    explorer.set(score_index=1)
    explorer.show()
    assert explorer.check().part("plane") != distance.part("plane")


@models("metric")
def test_steps_and_reset(explorer: Explorer) -> None:
    before = explorer.check()
    for step in range(1, 4):
        explorer.button("do_step").click()
        assert explorer.check().state["steps"] == step
    explorer.button("do_reset").click()
    explorer.show()
    after = explorer.check_painted()
    assert after.state == before.state
    assert after.picture == before.picture


@models("metric")
def test_it_learns_to_the_last_step_and_undo_takes_all_back(explorer: Explorer) -> None:
    before = explorer.check()
    learn, pause = explorer.words["do_learn"], explorer.words["do_pause"]
    explorer.button("do_learn").evaluate(scripts.WATCH)
    explorer.button("do_learn").click()
    explorer.tab.wait_for_function("() => window.nwTexts.length > 2")
    assert explorer.tab.evaluate("window.nwTexts") == [learn, pause, learn]
    explorer.show()
    after = explorer.check_painted()
    assert after.state["steps"] == 150
    assert after.disabled[learn]
    explorer.button("undo").click()
    explorer.show()
    assert explorer.check().state == before.state


@models("metric")
def test_a_run_is_paused(explorer: Explorer) -> None:
    explorer.button("do_learn").evaluate("n => { n.click(); n.click(); }")  # and pause at once
    look = explorer.check()
    assert look.state["steps"] == 4
    assert explorer.button("do_learn").is_visible()
    frames_pass(explorer.tab)
    assert explorer.look().state["steps"] == 4, "it goes on after the pause"


@models("metric")
def test_a_run_for_a_reader_who_wants_no_motion(explorer: Explorer) -> None:
    before = explorer.look()
    explorer.tab.emulate_media(reduced_motion="reduce")
    try:
        explorer.button("do_learn").click()
        explorer.show()
        after = explorer.check_painted()
    finally:
        explorer.tab.emulate_media(reduced_motion="null")
    assert after.state["steps"] == 150
    assert after.frames - before.frames <= 2, "it moved"


@models("metric")
def test_other_data_start_again(explorer: Explorer) -> None:
    explorer.set(steps=3)
    before = explorer.check()
    explorer.button("another").click()
    explorer.show()
    after = explorer.check_painted()
    assert (after.state["seed"], after.state["steps"]) == (before.state["seed"] + 1, 0)


@pytest.mark.parametrize("code", CODES)
def test_a_finger_moves_the_query_and_the_arrow_and_else_the_page(
    code: str, engines: Engines
) -> None:
    size: ViewportSize = {"width": 360, "height": 740}
    with engines.reader(
        MAIN, viewport=size, device_scale_factor=2, has_touch=True, is_mobile=True
    ) as window:
        window.open_alive(f"{code}/{HOMES['metric']}.html")
        explorer = explorer_in(window.tab, code, HOMES["metric"], "metric")
        explorer.show()
        before = explorer.check_painted()
        scrolled = settled_scroll(explorer.tab)
        explorer.swipe(spot(before, before.state["q1"], before.state["q2"]), -20, -70)
        assert settled_scroll(explorer.tab) == scrolled, "the page moved with the query"
        after = explorer.check()
        per_pixel = 4 / before.boxes["plane"].width
        assert after.state["q1"] == pytest.approx(before.state["q1"] - 20 * per_pixel, abs=0.03)
        assert after.state["q2"] == pytest.approx(before.state["q2"] + 70 * per_pixel, abs=0.03)
        explorer.swipe(tip(after), -80, -30)
        assert settled_scroll(explorer.tab) == scrolled, "the page moved with the arrow"
        turned = explorer.check()
        assert turned.state["angle"] > after.state["angle"] + 15
        explorer.swipe(spot(turned, -1.2, -1.2), 0, -150)
        explorer.tab.wait_for_function("(before) => scrollY > before + 60", arg=scrolled)
        settled_scroll(explorer.tab)
        assert explorer.check().state == turned.state
