"""The room of an explorer before it is alive: as high as it will be, around its stored picture.

A page is laid out once. What will stand over and under the canvas, names of controls, sentence,
numbers, buttons, stands there from the start, out of sight and in the same boxes under the same
style sheet (``.nw-room`` in assets/book.css), and the picture is as high as the explorer says that
the canvas will be. So nothing moves when the explorer takes the place.
"""

from html import escape
from typing import Any

from nwcore.explorers import EXPLORERS

Models = dict[str, dict[str, Any]]

REFERENCE = "IPY_MODEL_"
POOLING_NUMBERS = ("error", "leave_one_out", "row_sum", "attended", "bandwidth")
POOLING_BUTTONS = ("put_back", "another", "start_over")
TRAINING_BUTTONS = ("do_step", "do_run", "do_reset", "another", "start_over")
STEP_COLUMNS = ("step", "w", "loss_now", "gradient", "update")
BOX = "jupyter-widgets widget-inline-hbox"
STEP_ROWS = 5  # the explorer shows no more


def children(models: Models, name: str) -> list[str]:
    return [child.removeprefix(REFERENCE) for child in models[name]["state"].get("children", [])]


def control(model: dict[str, Any]) -> str:
    """A control's name, and boxes of its size."""
    state = model["state"]
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
        return f'<div class="{BOX} widget-slider widget-hslider">{name}{track}</div>'
    return f'<div class="{BOX}">{name}<div class="nw-room-field"></div></div>'


def paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>'


def actions(words: dict[str, str], names: tuple[str, ...]) -> str:
    buttons = "".join(
        f'<button type="button" class="nw-button">{escape(words[name])}</button>' for name in names
    )
    return f'<div class="nw-actions">{buttons}<span>{escape(words["link"])}</span></div>'


def under_pooling(state: dict[str, Any]) -> str:
    words = state["words"]
    term = "0.000 · 0.00"
    more = words["sum_more"].replace("{n}", str(max(0, state["n_train"] - 3)))
    truth = words["sum_truth"].replace("{truth}", "0.00")
    start = words["sum_at"].replace("{x}", "0.00")
    numbers = "".join(
        f"<div><dt>{escape(words[name])}</dt><dd>0.000</dd></div>" for name in POOLING_NUMBERS
    )
    return (
        paragraph("nw-sum", f"{start} 0.00 = {' + '.join([term] * 3)} + {more}; {truth}.")
        + f'<dl class="nw-readouts">{numbers}</dl>'
        + actions(words, POOLING_BUTTONS)
    )


def under_training(state: dict[str, Any]) -> str:
    words = state["words"]
    heads = "".join(
        f"<th>{escape('w' if name == 'w' else words[name])}</th>" for name in STEP_COLUMNS
    )
    row = f"<tr>{'<td>0.000</td>' * len(STEP_COLUMNS)}</tr>"
    rows = row * min(STEP_ROWS, state["steps"] + 1)
    return (
        actions(words, TRAINING_BUTTONS)
        + f'<div class="nw-table"><table class="nw-steps"><thead><tr>{heads}</tr></thead>'
        + f"<tbody>{rows}</tbody></table></div>"
        + paragraph("nw-sum", f"{words['minimum_at']} = 0.00: 00.00.")
    )


# What stands under the canvas, by explorer; one that is not here keeps room for its canvas alone.
UNDER = {"attention": under_pooling, "kernels": under_pooling, "training": under_training}

# The name of an explorer, by what anywidget calls its class.
KINDS = {f"{view.__module__}.{view.__qualname__}": name for name, view in EXPLORERS.items()}


def room(models: Models, shown: str) -> tuple[str, str] | None:
    """HTML before and after the picture of a view; None for one that is no explorer."""
    if shown not in models or "nw-box" not in models[shown]["state"].get("_dom_classes", []):
        return None
    panel, canvas = children(models, shown)
    state = models[canvas]["state"]
    controls = "".join(control(models[name]) for name in children(models, panel))
    kind = KINDS[state["_anywidget_id"]]
    wide, narrow = EXPLORERS[kind].canvas_heights
    heights = f"--nw-height: {wide}px; --nw-narrow-height: {narrow}px"
    before = (
        f'<div class="nw-room nw-box"><div class="nw-room-part nw-controls" aria-hidden="true">'
        f'{controls}</div><div class="nw-explorer"><div class="nw-root">'
        f'<div class="nw-room-stage" style="{heights}"><div class="nw-room-canvas">'
    )
    under = UNDER[kind](state) if kind in UNDER else ""
    after = (
        f'</div></div><div class="nw-room-part" aria-hidden="true">{under}</div></div></div></div>'
    )
    return before, after
