"""The room of an explorer before it is alive: as high as it will be, around its stored picture.

A page is laid out once. What will stand over and under the canvas, names of controls, sentence,
numbers, buttons, stands there from the start, out of sight and in the same boxes under the same
style sheet, and the picture is as high as the canvas will be (``.nw-room`` in assets/book.css). So
nothing moves when the explorer takes the place. Heights and parts are what the explorer's class
says (`canvas_heights`, `_above`, `_below`).
"""

from html import escape
from typing import Any

from sphinx.errors import ExtensionError

from nwcore.explorers import EXPLORERS
from nwcore.explorers._below import Buttons, Part, Readouts, Sentence, Table, WrittenLine

Models = dict[str, dict[str, Any]]

REFERENCE = "IPY_MODEL_"
BOX = "jupyter-widgets widget-inline-hbox"
# Every explorer by the name that anywidget gives its class.
KINDS = {f"{view.__module__}.{view.__qualname__}": name for name, view in EXPLORERS.items()}
EXTRAS = ("take", "full_screen", "present")  # buttons that the shell adds to those of every view
PLACES = ("nw-steady", "nw-row")  # among other controls, on a narrow screen


def children(models: Models, name: str) -> list[str]:
    return [child.removeprefix(REFERENCE) for child in models[name]["state"].get("children", [])]


def control(model: dict[str, Any]) -> str:
    """A control's name, and boxes of its size."""
    state = model["state"]
    place = " ".join(name for name in state["_dom_classes"] if name in PLACES)
    name = f'<label class="widget-label">{escape(state["description"])}</label>'
    if model["model_name"] == "ToggleButtonsModel":
        kind = "widget-toggle-button jupyter-button"
        buttons = "".join(
            f'<button type="button" class="{kind}">{escape(label)}</button>'
            for label in state["_options_labels"]
        )
        return f'<div class="widget-toggle-buttons">{name}<div>{buttons}</div></div>'
    if model["model_name"].endswith("SliderModel"):
        track = '<span class="nw-value">0</span><div class="slider-container"></div>'
        return f'<div class="{BOX} widget-slider widget-hslider {place}">{name}{track}</div>'
    if model["model_name"] == "CheckboxModel":
        field = f'<input type="checkbox" tabindex="-1" /> {escape(state["description"])}'
        label = f'<label class="widget-label-basic">{field}</label>'
        return f'<div class="{BOX} widget-checkbox">{label}</div>'
    return f'<div class="{BOX}">{name}<div class="nw-room-field"></div></div>'


def boxes_of(part: Part, words: dict[str, str]) -> str:
    """The boxes that a part over or under the canvas will fill."""
    match part:
        case Sentence(text, kind):
            return f'<p class="{kind}">{escape(text)}</p>'
        case Readouts(names):
            numbers = "".join(
                f"<div><dt>{escape(words[name])}</dt><dd>0.000</dd></div>" for name in names
            )
            return f'<dl class="nw-readouts">{numbers}</dl>'
        case Buttons(names):
            buttons = "".join(
                f'<button type="button" class="nw-button">{escape(words[name])}</button>'
                for name in (*names, *EXTRAS)
            )
            link = f"<span>{escape(words['link'])}</span>"
            return f'<div class="nw-actions">{buttons}{link}</div>'
        case Table(heads, n_rows):
            head = "".join(f"<th>{escape(text)}</th>" for text in heads)
            row = f"<tr>{'<td>0.000</td>' * len(heads)}</tr>"
            return (
                f'<div class="nw-table"><table class="nw-steps"><thead><tr>{head}</tr></thead>'
                f"<tbody>{row * n_rows}</tbody></table></div>"
            )
        case WrittenLine(label, hint):
            line = '<input class="nw-formula-line" tabindex="-1" />'
            below = f'<p class="nw-formula-hint">{escape(words[hint])}</p>'
            return (
                f'<div class="nw-formula"><label>{escape(words[label])}</label>{line}{below}</div>'
            )
    raise ExtensionError(f"Nothing is known of the size of {part!r}: add it to boxes_of")


def with_tour(part: Part, state: dict[str, Any]) -> Part:
    """A part, among its buttons that of the tour, where there is one."""
    if isinstance(part, Buttons) and state["tour"]:
        return Buttons((*part.names, "tour"))
    return part


def goals_line(state: dict[str, Any]) -> str:
    """The line into which the list of an explorer's goals is folded; nothing where it has none."""
    if not state["goals"]:
        return ""
    count = state["words"]["goals"].format(n=0, total=len(state["goals"]))
    line = f'<details><summary tabindex="-1">{escape(count)}</summary></details>'
    return f'<div class="nw-room-part nw-goals" aria-hidden="true">{line}</div>'


def room(models: Models, shown: str) -> tuple[str, str] | None:
    """HTML before and after the picture of a view; None for one that is no explorer.

    Raises
    ------
    ExtensionError
        If it is an explorer that nobody has registered.
    """
    if shown not in models or "nw-box" not in models[shown]["state"].get("_dom_classes", []):
        return None
    panel, canvas = children(models, shown)
    state = models[canvas]["state"]
    kind = KINDS.get(state["_anywidget_id"])
    if kind is None:
        raise ExtensionError(
            f"{state['_anywidget_id']} is on a page, but not in EXPLORERS: import it in "
            "nwcore/explorers/__init__.py"
        )
    controls = "".join(control(models[name]) for name in children(models, panel))
    wide, narrow = EXPLORERS[kind].canvas_heights
    above, below = (
        "".join(boxes_of(with_tour(part, state), state["words"]) for part in parts)
        for parts in (EXPLORERS[kind]._above(state), EXPLORERS[kind]._below(state))
    )
    over = f'<div class="nw-room-part" aria-hidden="true">{above}</div>' if above else ""
    before = (
        f'<div class="nw-room nw-box"><div class="nw-room-part nw-controls" aria-hidden="true">'
        f'{controls}</div><div class="nw-explorer"><div class="nw-root">{over}'
        f'<div class="nw-room-stage">'
        f'<div class="nw-room-canvas" style="--nw-wide: {wide}px; --nw-narrow: {narrow}px">'
    )
    after = (
        f'</div></div><div class="nw-room-part" aria-hidden="true">{below}</div></div>'
        f"{goals_line(state)}</div></div>"
    )
    return before, after
