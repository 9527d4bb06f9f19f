"""Sliders by keyboard and by mouse: where each key and each place of the track takes them."""

import json
import math
from collections.abc import Callable

import pytest
from pages.expected import NAMES, NUMBERS, UNFIT
from pages.explorer import Explorer, Look
from pages.placements import HOMES, PLACEMENTS, Placement, every_kind
from site_helpers import CODES

RANGES: dict[str, tuple[float, float]] = {
    "w": (0.1, 100.0),
    "noise": (0.0, 2.0),
    "n_train": (1, 500),
    "start": (0.01, 100.0),
    "lr": (0.001, 10.0),
}
# Where an explorer has others than the rest.
RANGES_OF: dict[str, dict[str, tuple[float, float]]] = {
    "metric": {"noise": (0.0, 1.0), "n_train": (10, 200)},
    "context": {"noise": (0.05, 1.5)},
    "risk": {"n_train": (10, 200)},
}


LOGARITHMIC = {"w", "start", "lr"}


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def two_digits(value: float) -> float:
    return float(f"{value:.2g}")


# What each key does, as a reader would expect it: 5 % or half as much again, or so many hundredths.
HANDS: dict[str, list[tuple[str, Callable[[float], float]]]] = {
    key: [
        ("ArrowRight", lambda v, r=rounded: r(v * 1.05)),
        ("ArrowUp", lambda v, r=rounded: r(v * 1.05)),
        ("PageUp", lambda v, r=rounded: r(v * 1.5)),
        ("ArrowLeft", lambda v, r=rounded: r(v / 1.05)),
        ("PageDown", lambda v, r=rounded: r(v / 1.5)),
    ]
    for key, rounded in (("w", three_digits), ("start", three_digits), ("lr", two_digits))
}


HANDS["noise"] = [
    ("ArrowRight", lambda v: round(v + 0.05, 2)),
    ("PageUp", lambda v: round(v + 0.25, 2)),
    ("ArrowLeft", lambda v: round(v - 0.05, 2)),
    ("PageDown", lambda v: round(v - 0.25, 2)),
]


HANDS["n_train"] = [
    ("ArrowRight", lambda v: v + 1),
    ("ArrowLeft", lambda v: v - 1),
]


# What must be painted anew when a control has moved.
PAINTS = {
    "w": ("bars", "heat", "fits", "risk"),
    "noise": ("plot", "plane", "task", "fits", "risk"),
    "n_train": ("plot", "heat", "plane", "fits", "risk"),
    "start": ("loss", "heat"),
    "lr": (),
}


SLIDERS = [
    (place, control.key)
    for place in PLACEMENTS
    for control in place.controls
    if place.code == CODES[0] and control.key in HANDS and place.kind in NUMBERS
]
ALL_OF_A_KIND = [(place, key) for place, key in SLIDERS if HOMES[place.kind] == place.page.name]


def sliders(chosen: list[tuple[Placement, str]]) -> pytest.MarkDecorator:
    params = [pytest.param(place, key, id=f"{place}-{key}") for place, key in chosen]
    return pytest.mark.parametrize(("explorer", "key"), params, indirect=["explorer"])


each_slider = sliders(ALL_OF_A_KIND)


def ends_of(explorer: Explorer, key: str) -> tuple[float, float]:
    return RANGES_OF.get(explorer.kind, {}).get(key, RANGES[key])


def assert_repainted(explorer: Explorer, key: str, before: Look, after: Look) -> None:
    for part in PAINTS[key]:
        # Average pooling has one weight for all, whatever the bandwidth is.
        average = after.state.get("kernel_index") == NAMES.index("constant")
        same = part in ("bars", "heat") and average
        if part in after.boxes and not same:
            box = after.boxes[part]
            assert before.picture.part(box) != after.picture.part(box), f"{part} is as before"
    if key == "noise" and explorer.kind == "attention":
        heat = after.boxes["heat"]
        assert before.picture.part(heat) == after.picture.part(heat), "noise changes no weight"


@each_slider
def test_slider_by_keyboard(explorer: Explorer, key: str) -> None:
    before = explorer.check()
    explorer.slider(key).focus()
    for pressed, goal in HANDS[key]:
        explorer.press(pressed)
        after = explorer.check()
        expected = goal(before.state[key])
        assert after.state[key] == pytest.approx(expected, rel=1e-12), pressed
        assert explorer.slider(key).get_attribute("aria-valuenow") == f"{after.state[key]:.15g}"
        others = {name: value for name, value in before.state.items() if name != key}
        assert {name: after.state[name] for name in others} == others
        assert_repainted(explorer, key, before, after)
        before = after
    for pressed, end in zip(("Home", "End"), ends_of(explorer, key), strict=True):
        explorer.press(pressed)
        after = explorer.check()
        assert after.state[key] == end
        assert_repainted(explorer, key, before, after)
        explorer.press("ArrowLeft" if pressed == "Home" else "ArrowRight")
        assert explorer.look().state[key] == end, "there is a value beyond the end"
        before = after


def meant(explorer: Explorer, key: str, share: float) -> float:
    low, high = ends_of(explorer, key)
    return low * (high / low) ** share if key in LOGARITHMIC else low + share * (high - low)


@each_slider
def test_slider_by_mouse(explorer: Explorer, key: str) -> None:
    explorer.control(key).scroll_into_view_if_needed()
    before = explorer.check()
    explorer.drag_slider(key, 0.7)
    during = explorer.look()
    explorer.release()
    after = explorer.check()
    assert during.state == after.state, "the picture did not follow the hand"
    value = after.state[key]
    if key in LOGARITHMIC:
        assert math.log(value / meant(explorer, key, 0.7)) == pytest.approx(0, abs=0.12)
        assert value == (two_digits if key == "lr" else three_digits)(value), "not a round number"
    else:
        assert value == pytest.approx(meant(explorer, key, 0.7), rel=0.03)
        assert value == round(value, 2)
    assert_repainted(explorer, key, before, after)
    others = {name: old for name, old in before.state.items() if name != key}
    assert {name: after.state[name] for name in others} == others
    # Far beyond the end is the end.
    explorer.drag_slider(key, 1.6)
    explorer.release()
    assert explorer.check().state[key] == ends_of(explorer, key)[1]


@each_slider
def test_a_slider_told_nonsense(explorer: Explorer, key: str) -> None:
    """The slider's own model, as its box for a typed number would set it."""
    before = explorer.check()
    for value in ("NaN", "Infinity", "-Infinity"):
        explorer.tell_control(key, value)
        look = explorer.look()
        assert not UNFIT.search(look.text)
        low, high = ends_of(explorer, key)
        assert low <= look.state[key] <= high
        ends = explorer.slider(key).evaluate(
            "(n) => [n.ariaValueMin, n.ariaValueNow, n.ariaValueMax].map(Number)"
        )  # of a logarithmic slider, exponents
        assert ends == sorted(ends)
        assert not any(map(math.isnan, ends))
        assert not UNFIT.search(json.dumps([look.readouts, look.values, look.said, look.sentence]))
    explorer.start_over()
    assert explorer.check().state == before.state


NOT_NUMBERS = ["NaN", "Infinity", "-Infinity"]


NO_POINTS = ["null", "'junk'", "[[1]]", "[null]", "[[NaN, 1, 1]]", "[[1, Infinity, 1]]"]


@every_kind
def test_what_is_no_number_is_not_painted(explorer: Explorer) -> None:
    """Whatever a model is told, the picture stays one of numbers in range."""
    before = explorer.check()
    for key in before.state:
        for value in NO_POINTS if key == "moved" else NOT_NUMBERS:
            shown = explorer.tell(key, value)
            assert not UNFIT.search(shown), (key, value)
            assert (explorer.look().picture.pixels[:300, :400] > 0).any()
        explorer.start_over()
    assert explorer.check().state == before.state
