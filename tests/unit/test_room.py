"""The room that a page keeps for an explorer: what its class says, in the boxes of the view."""

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from ipywidgets.embed import dependency_state
from sphinx.errors import ExtensionError

import nwcore.explorers as package
from nwbook import room
from nwcore import words
from nwcore.explorers import AttentionExplorer, TrainingExplorer
from nwcore.explorers._below import Buttons, Readouts, Sentence, Table

each_explorer = pytest.mark.parametrize("view", package.EXPLORERS.values())


def room_of(explorer: Any) -> Tag:
    models = dependency_state([explorer.box], drop_defaults=False)
    html = room.room(models, explorer.box.model_id)
    assert html is not None
    found = BeautifulSoup("<i>picture</i>".join(html), "html.parser").select_one(".nw-room")
    assert found is not None
    return found


@each_explorer
@pytest.mark.parametrize("language", words.languages())
def test_every_explorer_has_room(
    view: type[Any], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its canvas around the picture, its controls over it, start over and the link below."""
    monkeypatch.setattr(words, "_language", language)
    explorer = view()
    found = room_of(explorer)
    wide, narrow = view.canvas_heights
    (canvas,) = found.select(".nw-room-stage .nw-room-canvas")
    assert canvas["style"] == f"--nw-wide: {wide}px; --nw-narrow: {narrow}px"
    assert canvas.get_text() == "picture"
    labels = [label.get_text().strip() for label in found.select(".nw-controls label")]
    assert labels == [control.description for control in explorer.controls.values()]
    (row,) = found.select(".nw-actions")
    assert explorer.words["start_over"] in [button.get_text() for button in row.select("button")]
    assert row.get_text().endswith(explorer.words["link"])
    for part in found.select(".nw-room-part"):
        assert part["aria-hidden"] == "true"


def test_a_written_kernel_has_room_for_its_line_where_it_is_chosen() -> None:
    explorer = AttentionExplorer(kernel="own")
    (line,) = room_of(explorer).select(".nw-root > .nw-room-part:first-child > .nw-formula")
    assert line.get_text() == explorer.words["formula"] + explorer.words["formula_hint"]
    assert room_of(AttentionExplorer()).select(".nw-formula") == []


def test_goals_have_room_for_their_line_where_there_are_some() -> None:
    (line,) = room_of(AttentionExplorer()).select(".nw-explorer > .nw-goals summary")
    assert line.get_text() == "Goals reached: 0 of 3"
    assert room_of(AttentionExplorer(controls=("noise",))).select(".nw-goals") == []


def test_a_tour_has_room_for_its_button_where_there_is_one() -> None:
    def buttons(explorer: Any) -> list[str]:
        return [button.get_text() for button in room_of(explorer).select(".nw-actions button")]

    extras = ["Take away", "Full screen", "Present"]
    assert buttons(AttentionExplorer())[-6:] == ["Undo", "Redo", "Guided tour", *extras]
    assert buttons(AttentionExplorer(controls=("noise",)))[-5:] == ["Undo", "Redo", *extras]


def test_parts_stand_below_in_their_order() -> None:
    (below,) = room_of(AttentionExplorer()).select(".nw-root .nw-room-part")
    assert [child.name for child in below.find_all(recursive=False)] == ["p", "p", "dl", "div"]
    assert len(below.select("dt")) == len(below.select("dd")) == 5
    assert "47 more" in below.get_text()
    assert "0 more" in room_of(AttentionExplorer(n_train=2)).get_text()


@pytest.mark.parametrize(("steps", "rows"), [(0, 1), (3, 4), (4, 5), (5, 5), (200, 5)])
def test_the_table_has_a_row_for_each_step_up_to_five(steps: int, rows: int) -> None:
    found = room_of(TrainingExplorer(steps=steps))
    assert len(found.select("tbody tr")) == rows
    assert {len(row.select("td")) for row in found.select("tbody tr")} == {5}
    assert [head.get_text() for head in found.select("th")][:2] == ["step", "w"]


def test_words_are_text_and_no_markup() -> None:
    say = {"a": "1 < 2", "link": "b & c", **dict.fromkeys(room.EXTRAS, "d")}
    assert room.boxes_of(Sentence("1 < 2"), say) == '<p class="nw-sum">1 &lt; 2</p>'
    assert "<dt>1 &lt; 2</dt>" in room.boxes_of(Readouts(("a",)), say)
    row = room.boxes_of(Buttons(("a",)), say)
    assert ">1 &lt; 2</button>" in row
    assert row.count(">d</button>") == len(room.EXTRAS) == 3
    assert row.endswith("</button><span>b &amp; c</span></div>")
    assert "<th>1 &lt; 2</th>" in room.boxes_of(Table(("1 < 2",), 1), say)


def test_what_is_no_explorer_has_no_room() -> None:
    explorer = AttentionExplorer()
    models = dependency_state([explorer.box], drop_defaults=False)
    assert room.room(models, explorer.model_id) is None
    assert room.room({}, explorer.box.model_id) is None


def test_an_explorer_that_nobody_registered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KINDS", {})
    with pytest.raises(ExtensionError, match=r"attention\.AttentionExplorer is on a page, but not"):
        room_of(AttentionExplorer())
