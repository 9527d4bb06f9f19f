"""Training points taken elsewhere, by mouse and by keyboard."""

import pytest
from pages.engines import in_engines
from pages.expected import write
from pages.explorer import Explorer
from pages.placements import every_pooling


@in_engines(every_pooling)
def test_dragging_a_point(explorer: Explorer) -> None:
    explorer.set(w=1.5)
    before = explorer.check()
    place, at = before.lonely_point()
    plot, (low, high) = before.boxes["plot"], before.limits
    explorer.grab(at)
    for across, down in ((10, -12), (30, -25)):
        explorer.hover(at[0] + across, at[1] + down)
        during = explorer.check()
        ((draw, x, y),) = during.state["moved"]
        assert x == pytest.approx(5 * (at[0] + across - plot.x) / plot.width, abs=0.03)
        wanted = high - (high - low) * (at[1] + down - plot.y) / plot.height
        assert y == pytest.approx(wanted, abs=0.05)
        assert [x, y] == [round(x, 2), round(y, 2)]
        assert during.state["query"] == during.shown_query
        ring = during.spot(x, y)
        assert during.picture.shows("ink", ring[0] + 8, ring[1]), "the held point has no ring"
    explorer.release()
    # The pointer no longer holds anything.
    explorer.show()
    after = explorer.check()
    assert after.state["moved"] == during.state["moved"]
    pairs = zip(after.result.keys.tolist(), after.result.values.tolist(), strict=True)
    assert (x, y) in list(pairs)
    assert after.readouts["error"] != before.readouts["error"]
    assert after.part("plot") != before.part("plot")
    marked = after.spot(x, y)
    assert after.picture.shows("accent", marked[0] + 5, marked[1]), "a moved point has a ring"
    assert not after.disabled[explorer.words["put_back"]]
    explorer.hover(10, 10)
    explorer.check_painted()
    # It is there to be taken again, and the first drag is forgotten.
    explorer.grab(marked)
    explorer.hover(marked[0] - 20, marked[1] + 10)
    explorer.release()
    again = explorer.check().state["moved"]
    assert [point[0] for point in again] == [draw]
    assert again[0][1] < x
    # Back to where it all began.
    explorer.button("put_back").click()
    explorer.set(query=before.state["query"])
    explorer.show()
    explorer.set(query=before.state["query"])
    undone = explorer.check()
    assert undone.state == before.state
    assert undone.readouts == before.readouts
    assert undone.picture == before.picture
    assert undone.disabled[explorer.words["put_back"]]
    assert place < before.state["n_train"]


@every_pooling
def test_two_points_can_be_moved_and_stay_when_more_join(explorer: Explorer) -> None:
    start = explorer.look()
    for _ in range(2):
        look = explorer.look()
        _, at = look.lonely_point()
        explorer.grab(at)
        explorer.hover(at[0] + 6, at[1] - 30)
        explorer.release()
    look = explorer.check()
    assert len(look.state["moved"]) == 2
    assert len({draw for draw, _, _ in look.state["moved"]}) == 2
    explorer.set(n_train=80, noise=0.8)
    assert explorer.check().state["moved"] == look.state["moved"], "noise and n move no point back"
    explorer.set(n_train=1)
    assert len(explorer.check().result.keys) == 1
    assert start.state["moved"] == []


@every_pooling
def test_a_point_at_the_edge_stays_in_the_picture(explorer: Explorer) -> None:
    """However long it is held over the edge, what can be seen does not run away."""
    look = explorer.look()
    _, at = look.lonely_point()
    plot, (low, high) = look.boxes["plot"], look.limits
    explorer.grab(at)
    for jiggle in range(30):
        explorer.hover(plot.x + plot.width + 30 + jiggle % 2, plot.y - 20)
    explorer.release()
    after = explorer.check()
    ((_, x, y),) = after.state["moved"]
    assert x == 5
    assert low <= y <= high + 0.35 * (high - low), "the point has run away"


@in_engines(every_pooling)
def test_points_by_keyboard(explorer: Explorer) -> None:
    explorer.set(w=1.5)
    start = explorer.check()
    say = explorer.words["point_value"]
    said = explorer.spoken_point
    keys, values = start.result.keys.tolist(), start.result.values.tolist()
    n = len(keys)

    def hears(place: int, x: float, y: float) -> None:
        at = {"x": write(x, 2, explorer.code), "y": write(y, 2, explorer.code)}
        expected = say.format(place=place + 1, n=n, **at)
        explorer.tab.wait_for_function(
            "([node, text]) => node.textContent === text", arg=[said.element_handle(), expected]
        )

    explorer.pad.focus()
    explorer.press("Home")
    hears(0, keys[0], values[0])
    explorer.press("PageDown")
    hears(1, keys[1], values[1])
    explorer.press("PageUp")
    explorer.press("PageUp")
    hears(0, keys[0], values[0])
    explorer.press("End")
    hears(n - 1, keys[-1], values[-1])
    explorer.press("PageUp")
    hears(n - 2, keys[-2], values[-2])
    chosen = explorer.look()
    x, y = chosen.spot(keys[-2], values[-2])
    assert chosen.picture.shows("ink", x - 8, y), "the chosen point has no ring"

    x, y = keys[-2], values[-2]
    for pressed, across, up in (
        ("ArrowUp", 0, 0.05),
        ("Shift+ArrowDown", 0, -0.5),
        ("ArrowLeft", -0.05, 0),
        ("Shift+ArrowLeft", -0.5, 0),
        ("ArrowRight", 0.05, 0),
        ("Shift+ArrowUp", 0, 0.5),
    ):
        explorer.press(pressed)
        x, y = x + across, y + up
        look = explorer.check()
        ((_, now_x, now_y),) = look.state["moved"]
        assert (now_x, now_y) == pytest.approx((x, y), abs=0.0051), pressed
        x, y = now_x, now_y
        hears(look.result.keys.tolist().index(x), x, y)
    assert look.part("plot") != start.part("plot")
    explorer.press("Delete")
    undone = explorer.check()
    assert undone.state == start.state
    assert undone.readouts == start.readouts
    assert explorer.pad.evaluate("n => n === document.activeElement")
    explorer.press("a")
    assert explorer.look().state == start.state
