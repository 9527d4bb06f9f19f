"""Which explorer stands on which page: read from the built site, declared nowhere else.

A new explorer is in `nwcore.explorers.EXPLORERS` and in a cell of a chapter; with that, every test
that is parametrised over `every_explorer` or `every_control` takes it in.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from site_helpers import CODES, PAGES, VIEW, Page, scripts, widget_state

from nwbook.room import KINDS
from nwcore.explorers import EXPLORERS

# What a hand holds of each control of ipywidgets that an explorer may have.
HANDLES = {
    "FloatLogSliderModel": "slider",
    "FloatSliderModel": "slider",
    "IntSliderModel": "slider",
    "BoundedIntTextModel": "number box",
    "CheckboxModel": "switch",
    "DropdownModel": "list",
    "ToggleButtonsModel": "buttons",
}
ID = "IPY_MODEL_"


@dataclass(frozen=True)
class Control:
    """One control beside an explorer: the trait that it moves, and what a hand holds of it."""

    key: str
    handle: str


@dataclass(frozen=True)
class Placement:
    """One explorer on one page of one edition."""

    page: Page
    number: int  # among the page's live widgets
    kind: str  # its name in EXPLORERS, or what it is instead
    known: bool  # whether it is in EXPLORERS
    name: str  # what the page's address calls it
    controls: tuple[Control, ...]

    @property
    def code(self) -> str:
        return self.page.edition

    @property
    def handles(self) -> list[Control]:
        """One control for each thing that a hand may hold here."""
        first = {control.handle: control for control in reversed(self.controls)}
        return [control for control in self.controls if control in first.values()]

    def __str__(self) -> str:
        return f"{self.code}-{self.page.name[:2]}-{self.kind}"


def _placement(page: Page, number: int, models: dict[str, Any], model_id: str) -> Placement:
    """From the model of a box that holds a panel of controls and the explorer."""

    def children(model: dict[str, Any]) -> list[dict[str, Any]]:
        return [models[child.removeprefix(ID)] for child in model["state"].get("children", [])]

    def control(model: dict[str, Any]) -> Control:
        (name,) = (
            name.removeprefix("nw-control-")
            for name in model["state"]["_dom_classes"]
            if name.startswith("nw-control-")
        )
        return Control(name.replace("-", "_"), HANDLES.get(model["model_name"], "unknown"))

    parts = children(models[model_id])
    explorers = [part for part in parts if "_anywidget_id" in part["state"]]
    if len(explorers) != 1:
        return Placement(page, number, models[model_id]["model_name"], False, "", ())
    class_name = explorers[0]["state"]["_anywidget_id"]
    kind = KINDS.get(class_name)
    panel = next(part for part in parts if part is not explorers[0])
    controls = tuple(control(child) for child in children(panel))
    name = explorers[0]["state"]["name"]
    return Placement(page, number, kind or class_name, kind is not None, name, controls)


def _find() -> list[Placement]:
    found = []
    for page in PAGES:
        models = widget_state(page)
        for number, view in enumerate(scripts(page, VIEW)):
            found.append(_placement(page, number, models, json.loads(view)["model_id"]))
    return found


ALL_PLACEMENTS = _find()
PLACEMENTS = [placement for placement in ALL_PLACEMENTS if placement.known]
LIVE = list(dict.fromkeys(placement.page for placement in ALL_PLACEMENTS))

# A page with all controls, and with both explorers of attention pooling.
FULL = "03-nonparametric-attention"

# An explorer is tried at length on one page, the one that shows most of its controls.
HOMES = {
    kind: max(
        (place for place in PLACEMENTS if place.kind == kind and place.code == CODES[0]),
        key=lambda place: len(place.controls),
    ).page.name
    for kind in EXPLORERS
    if any(place.kind == kind and place.code == CODES[0] for place in PLACEMENTS)
}


def placements_on(code: str, name: str) -> list[Placement]:
    """The explorers of a page, in its order."""
    return [place for place in PLACEMENTS if place.page == Page(code, name)]


def placement_of(code: str, name: str, kind: str) -> Placement:
    for place in placements_on(code, name):
        if place.kind == kind:
            return place
    raise LookupError(f"the explorer {kind} is not on the page {code}/{name}")


def _each(chosen: list[Placement], ids: list[str]) -> pytest.MarkDecorator:
    params = [pytest.param(place, id=name) for place, name in zip(chosen, ids, strict=True)]
    return pytest.mark.parametrize("explorer", params, indirect=True)


def places(*kinds: str, but: str = "") -> pytest.MarkDecorator:
    """Run a test on each explorer of these kinds, outside one page."""
    chosen = [place for place in PLACEMENTS if place.kind in kinds and place.page.name != but]
    return _each(chosen, [str(place) for place in chosen])


def models(*kinds: str, codes: list[str] = CODES[:1]) -> pytest.MarkDecorator:
    """Run a test on one explorer of each kind, the one with most controls, in one language."""
    chosen = [
        placement_of(code, HOMES[kind], kind) for code in codes for kind in kinds if kind in HOMES
    ]
    return _each(chosen, [f"{place.code}-{place.kind}" for place in chosen])


every_explorer = places(*EXPLORERS)


def control_params(chosen: list[Placement], *, handles: bool = False) -> list[Any]:
    """An explorer and a control of it, for each control of these explorers, or for each handle."""
    return [
        pytest.param(place, control, id=f"{place}-{control.key}")
        for place in chosen
        for control in (place.handles if handles else place.controls)
    ]


# What is the same on all pages is tried at length on one, and once more on each; what is the same
# in all languages, in one.
every_kind = models(*EXPLORERS)
every_kind_in_every_language = models(*EXPLORERS, codes=CODES)
AT_HOME = [placement_of(CODES[0], name, kind) for kind, name in HOMES.items()]
every_control = pytest.mark.parametrize(
    ("explorer", "control"), control_params(AT_HOME), indirect=["explorer"]
)
# Which trait a control moves is tried by key; how a hand takes one, with one of each handle.
every_handle = pytest.mark.parametrize(
    ("explorer", "control"), control_params(AT_HOME, handles=True), indirect=["explorer"]
)
# Those that have a slider among their controls.
every_slid_kind = models(
    *[
        kind
        for kind, name in HOMES.items()
        if any(
            control.handle == "slider" for control in placement_of(CODES[0], name, kind).controls
        )
    ]
)
every_pooling = models("attention", "kernels")
every_edition = pytest.mark.parametrize("code", CODES)
