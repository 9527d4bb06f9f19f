"""The query of an explorer, by mouse and by keyboard, and the sentence about it."""

import re

import pytest
from pages.engines import in_engines
from pages.expected import write
from pages.explorer import Explorer
from pages.placements import every_pooling, models


@in_engines(models("attention"))
def test_hovering_over_the_heatmap_previews(explorer: Explorer) -> None:
    start = before = explorer.look()
    heat = before.boxes["heat"]
    for row in (0, 33, 49):
        explorer.hover(heat.x + heat.width * 0.4, heat.y + (row + 0.5) * heat.height / 50)
        after = explorer.check_painted()
        assert after.row == row
        for part in ("plot", "bars", "heat"):
            box = after.boxes[part]
            assert before.picture.part(box) != after.picture.part(box), part
        top = heat.y + row * heat.height / 50
        frame = [(heat.x + heat.width * share, top) for share in (0.1, 0.9)]
        assert after.picture.share("pred", frame) == 1, "the row has no frame"
        before = after
    explorer.hover(1, 1)
    assert explorer.check().picture == start.picture, "a preview ends with the pointer"
    assert explorer.look().state == start.state


@in_engines(every_pooling)
def test_hovering_over_the_plot_previews(explorer: Explorer) -> None:
    look = explorer.look()
    q = look.state["n_queries"]
    for part, x in (("plot", 1.0), ("plot", 4.4), ("bars", 3.1), ("bars", 0.02)):
        box = look.boxes[part]
        explorer.hover(box.x + box.width * x / 5, box.y + box.height * 0.5)
        after = explorer.check_painted()
        assert after.row == pytest.approx(x * q / 5, abs=0.51)
        assert after.state == look.state
    # Beside all boxes nothing is previewed.
    explorer.hover(box.x + box.width / 2, box.y + box.height + 30)
    assert explorer.look().row == look.state["query"]


@every_pooling
def test_a_click_pins_the_query(explorer: Explorer) -> None:
    """Its sum can be gone to, and read; the address brings it back; Escape lets it go."""
    start = explorer.check()
    bars = start.boxes["bars"]
    at = (bars.x + bars.width * 0.62, bars.y + bars.height * 0.5)
    explorer.hover(*at)
    previewed = explorer.check()
    explorer.click(*at)
    pinned = explorer.check_painted()
    row = pinned.row
    assert pinned.state == {**start.state, "query": row, "pinned": True}
    assert row == previewed.row == round(0.62 * start.state["n_queries"])
    assert pinned.sentence == previewed.sentence
    assert pinned.picture != previewed.picture, "it is not seen to be pinned"
    plot = pinned.boxes["plot"]
    for share in (0.1, 0.9):  # on the way to the sentence, and elsewhere
        explorer.hover(plot.x + share * plot.width, plot.y + 3)
        elsewhere = explorer.check()
        assert elsewhere.row == row
        assert elsewhere.part("bars") == pinned.part("bars")
        assert elsewhere.sentence == pinned.sentence
    explorer.sum.hover()
    assert explorer.check().sentence == pinned.sentence
    assert explorer.query.get_attribute("aria-valuetext") == explorer.words[
        "query_value_pinned"
    ].format(
        x=write(3.1, 2, explorer.code),
        prediction=write(float(pinned.result.predictions[row]), 2, explorer.code),
    )
    explorer.tab.wait_for_function(
        "([n, said]) => n.textContent.endsWith(said)",
        arg=[explorer.spoken.element_handle(), pinned.pin],
    )
    with explorer.opened_again(explorer.address("pin=1")) as again:
        assert again.check().state == pinned.state
    explorer.press("Escape")
    assert explorer.check().state == {**pinned.state, "pinned": False}
    # And by a second click.
    explorer.click(*at)
    assert explorer.look().state["pinned"]
    explorer.click(*at)
    assert not explorer.check_painted().state["pinned"]


@every_pooling
def test_keys_pin_the_query(explorer: Explorer) -> None:
    start = explorer.look().state["query"]
    explorer.query.focus()
    for pressed, pinned in (("Enter", True), ("Space", False), ("Space", True), ("Escape", False)):
        explorer.press(pressed)
        assert explorer.check().state["pinned"] == pinned, pressed
    explorer.press("Enter")
    explorer.press("ArrowRight")
    moved = explorer.check().state
    assert (moved["query"], moved["pinned"]) == (start + 1, True), "keys move the pin"


@in_engines(every_pooling)
def test_query_by_keyboard(explorer: Explorer) -> None:
    start = explorer.look().state
    q, last = start["n_queries"], start["n_queries"] - 1
    explorer.query.focus()
    at = start["query"]
    steps = {"ArrowDown": 1, "ArrowRight": 1, "ArrowUp": -1, "ArrowLeft": -1}
    steps |= {"PageDown": q // 10, "PageUp": -(q // 10)}
    for pressed in [*steps, "Home", "ArrowUp", "End", "ArrowDown"]:
        explorer.press(pressed)
        goal = {"Home": 0, "End": last}.get(pressed, at + steps.get(pressed, 0))
        at = min(last, max(0, goal))
        look = explorer.check()
        assert look.state["query"] == at, pressed
        x = write(5 * at / q, 2, explorer.code)
        prediction = write(float(look.result.predictions[at]), 2, explorer.code)
        said = explorer.words["query_value"].format(x=x, prediction=prediction)
        assert explorer.query.get_attribute("aria-valuetext") == said
    explorer.check_painted()


@every_pooling
def test_the_sentence_is_the_weighted_sum(explorer: Explorer) -> None:
    """Read as a reader would: with all terms written out, the sum is what is said."""
    explorer.set(n_train=3, noise=1.0, w=0.6, kernel_index=0)
    look = explorer.check()
    text = look.sentence
    number = r"−?\d+[.,]\d+"
    total = re.search(rf"({number}) = ", text)
    terms = re.findall(rf"({number}) · \(?({number})\)?", text)
    assert total
    assert 1 <= len(terms) <= 3

    def read(said: str) -> float:
        return float(said.replace(",", ".").replace("−", "-"))

    summed = sum(read(weight) * read(y) for weight, y in terms)
    assert summed == pytest.approx(read(total[1]), abs=0.03)
