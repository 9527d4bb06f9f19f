"""The sliders: one move redraws the curve and the heatmap, from the same numbers as the package."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from nwcore import attention_pooling, attention_weights, make_regression, rmse, words
from nwcore.sliders import AttentionSliders

START: dict[str, Any] = {"w": 1.0, "noise": 0.5, "n_train": 13, "seed": 3}


def shown(sliders: AttentionSliders) -> dict[str, np.ndarray]:
    """The numbers behind the picture on screen."""
    curve, heatmap, _ = sliders.picture.figure.axes
    truth, prediction = curve.lines
    return {
        "points": np.asarray(curve.collections[0].get_offsets()),
        "truth": np.asarray(truth.get_xydata()),
        "prediction": np.asarray(prediction.get_xydata()),
        "weights": np.asarray(heatmap.images[0].get_array()),
    }


def assert_shows(
    sliders: AttentionSliders, w: float, noise: float, n_train: int, seed: int
) -> None:
    data = make_regression(n_train, noise, seed, dtype=torch.float64)
    predicted = attention_pooling(data.x_test, data.x_train, data.y_train, w)
    found = shown(sliders)
    assert found["weights"].shape == (50, n_train)
    expected = {
        "points": torch.stack([data.x_train, data.y_train], 1),
        "truth": torch.stack([data.x_test, data.y_test], 1),
        "prediction": torch.stack([data.x_test, predicted], 1),
        "weights": attention_weights(data.x_test, data.x_train, w),
    }
    for name, numbers in expected.items():
        np.testing.assert_allclose(found[name], numbers, rtol=1e-9, atol=1e-12, err_msg=name)
    alt = sliders.picture.alt
    assert f"{rmse(predicted, data.y_test):.3f}" in alt
    assert str(n_train) in alt


def test_the_start_is_what_was_asked_for() -> None:
    assert_shows(AttentionSliders(**START), **START)


def test_defaults_are_those_of_the_book() -> None:
    assert_shows(AttentionSliders(), w=1.0, noise=0.5, n_train=50, seed=0)


@pytest.mark.parametrize(
    ("name", "value", "changes"),
    [
        ("w", 10.0, {"prediction", "weights"}),
        ("noise", 1.5, {"points", "prediction"}),
        ("n_train", 31, {"points", "prediction", "weights"}),
    ],
)
def test_a_move_redraws_exactly_what_depends_on_it(
    name: str, value: float, changes: set[str]
) -> None:
    sliders = AttentionSliders(**START)
    before, svg = shown(sliders), sliders.picture.svg
    sliders.sliders[name].value = value
    after = shown(sliders)
    changed = {part for part in before if not np.array_equal(before[part], after[part])}
    assert changed == changes
    assert_shows(sliders, **{**START, name: value})
    assert sliders.picture.svg != svg


def test_the_screen_follows_the_picture() -> None:
    sliders = AttentionSliders(**START)
    screen = sliders.box.children[-1]
    for value in (1.0, 4.0):
        sliders.sliders["w"].value = value
        root = ElementTree.fromstring(screen.value)
        assert root.get("aria-label") == sliders.picture.alt


def test_moves_add_up() -> None:
    sliders = AttentionSliders(**START)
    for name, value in [("w", 4.0), ("noise", 0.0), ("n_train", 7)]:
        sliders.sliders[name].value = value
    assert_shows(sliders, w=4.0, noise=0.0, n_train=7, seed=3)


@pytest.mark.parametrize(
    "controls", [("w", "noise", "n_train"), ("n_train", "w"), ["noise"], ("w",), ()]
)
def test_only_the_chosen_controls_are_shown_in_a_fixed_order(controls: Sequence[str]) -> None:
    sliders = AttentionSliders(**START, controls=controls)
    *widgets, _ = sliders.box.children
    expected = [name for name in ("w", "noise", "n_train") if name in controls]
    assert widgets == [sliders.sliders[name] for name in expected]
    assert_shows(sliders, **START)


def test_a_hidden_slider_still_moves_the_picture() -> None:
    sliders = AttentionSliders(**START, controls=("w",))
    sliders.sliders["noise"].value = 0.0
    assert_shows(sliders, **{**START, "noise": 0.0})


@pytest.mark.parametrize(
    ("language", "noise", "truth"), [("en", "noise σ", "Truth"), ("vi", "nhiễu σ", "Hàm thật")]
)
def test_controls_and_picture_speak_the_language(
    language: str, noise: str, truth: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_language", language)
    sliders = AttentionSliders(**START)
    assert sliders.sliders["noise"].description == noise
    legend = sliders.picture.figure.axes[0].get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == truth


def test_a_page_without_a_kernel_gets_the_picture_and_its_words() -> None:
    sliders = AttentionSliders(**START)
    bundle = sliders._repr_mimebundle_()
    assert bundle["image/svg+xml"] == sliders.picture.svg
    assert bundle["text/plain"] == sliders.picture.alt


def test_a_live_notebook_gets_the_sliders() -> None:
    sliders = AttentionSliders(**START)
    view = sliders._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    assert isinstance(view, dict)
    assert view["model_id"] == sliders.box.model_id


def test_the_words_tell_of_the_heatmap_too() -> None:
    sliders = AttentionSliders(**START)
    largest = float(shown(sliders)["weights"].max())
    assert f"{largest:.3f}" in sliders.picture.alt
