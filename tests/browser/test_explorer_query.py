"""The query of an explorer, by mouse and by keyboard, and the sentence about it."""

import re

import pytest
from pages.engines import in_engines
from pages.expected import write
from pages.explorer import Explorer
from pages.placements import every_pooling, models


@in_engines(models("attention"))
def test_query_by_hovering_over_the_heatmap(explorer: Explorer) -> None:
    before = explorer.look()
    heat = before.boxes["heat"]
    for row in (0, 7, 33, 49):
        explorer.hover(heat.x + heat.width * 0.4, heat.y + (row + 0.5) * heat.height / 50)
        after = explorer.check_painted()
        assert after.state["query"] == row
        for part in ("plot", "bars", "heat"):
            box = after.boxes[part]
            assert before.picture.part(box) != after.picture.part(box), part
        top = heat.y + row * heat.height / 50
        frame = [(heat.x + heat.width * share, top) for share in (0.1, 0.9)]
        assert after.picture.share("pred", frame) == 1, "the row has no frame"
        before = after


@in_engines(every_pooling)
def test_query_by_hovering_over_the_plot(explorer: Explorer) -> None:
    look = explorer.look()
    q = look.state["n_queries"]
    for part, x in (("plot", 1.0), ("plot", 4.4), ("bars", 3.1), ("bars", 0.02)):
        box = look.boxes[part]
        explorer.hover(box.x + box.width * x / 5, box.y + box.height * 0.5)
        after = explorer.check_painted()
        assert after.state["query"] == pytest.approx(x * q / 5, abs=0.51)
    # Beside all boxes the query stays.
    explorer.hover(box.x + box.width / 2, box.y + box.height + 30)
    assert explorer.look().state["query"] == after.state["query"]


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
