"""Lines over a common axis, confidence bands, and heatmaps of weights below zero."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nwcore import confidence_band, make_regression, words
from nwcore.plotting import (
    SIGNED_COLOUR_MAP,
    plot_band,
    plot_lines,
    show_heatmaps,
)

F64 = torch.float64
X = torch.tensor([1.0, 2.0, 4.0, 8.0])
FALLING = torch.tensor([0.5, 0.125, 0.03, 0.04])
RISING = torch.tensor([0.01, 0.02, 0.04, 0.08])
DATA = make_regression(n_train=30, seed=1, dtype=F64)
BAND = confidence_band(DATA.x_test, DATA.x_train, DATA.y_train, 2.0)


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.mark.parametrize("logarithmic", [False, True])
def test_lines_and_theory_are_drawn_as_given(logarithmic: bool) -> None:
    picture = plot_lines(
        X,
        {"squared_bias": FALLING, "variance": RISING},
        "w",
        "squared_error",
        theory={"variance": 2 * RISING},
        logarithmic=logarithmic,
    )
    (axes,) = picture.figure.axes
    bias, variance, theory, _ = axes.get_lines()
    for line, expected in ((bias, FALLING), (variance, RISING), (theory, 2 * RISING)):
        np.testing.assert_array_equal(line.get_xdata(), X.double())
        np.testing.assert_array_equal(line.get_ydata(), expected.double())
    assert theory.get_color() == variance.get_color() != bias.get_color()
    assert theory.get_linestyle() == "--"
    assert bias.get_marker() != variance.get_marker()
    assert {axes.get_xscale(), axes.get_yscale()} == {"log" if logarithmic else "linear"}
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["bias²", "variance", "theory"]
    assert axes.get_xlabel() == "inverse bandwidth |w|"
    assert axes.get_ylabel() == "mean squared error"


def test_lines_say_in_words_what_they_show() -> None:
    picture = plot_lines(X, {"constants": FALLING}, "n", "coverage")
    assert picture.alt == (
        "share that covers the truth over training points n from 1.0 to 8.0. "
        "constants: from 0.50 to 0.040, least 0.030 at 4.0."
    )
    picture = plot_lines(X, {"constants": 1e-3 * FALLING - 6e-5}, "n", "coverage")
    assert picture.alt.endswith("constants: from 0.0004 to 0, least 0 at 4.0.")
    words.set_language("vi")
    picture = plot_lines(X, {"lines": 100 * FALLING}, "n", "coverage")
    assert picture.alt.endswith("đường thẳng: từ 50 đến 4,0, nhỏ nhất 3,0 tại 4,0.")


def test_ticks_of_logarithmic_lines_are_ones_and_threes() -> None:
    words.set_language("vi")
    picture = plot_lines(X, {"lines": RISING}, "n", "coverage", logarithmic=True)
    (axes,) = picture.figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "3"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0,01", "0,03"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lines": {}}, "lines must be 1 to 4, got 0"),
        ({"lines": dict.fromkeys("abcde", RISING)}, "lines must be 1 to 4, got 5"),
        ({"lines": {"other": RISING}}, "a line's name must"),
        ({"theory": {"variance": RISING}}, "theory's name must"),
        ({"x_axis": "other"}, "x_axis must"),
        ({"y_axis": "other"}, "y_axis must"),
        ({"lines": {"lines": RISING[:3]}}, "lines"),
        ({"theory": {"lines": RISING[:3]}}, "theory"),
        ({"x": X.flip(0)}, "x must ascend"),
        ({"lines": {"lines": RISING - 0.01}, "logarithmic": True}, r"must be positive everywhere"),
    ],
)
def test_bad_lines_are_named(changed: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"x": X, "lines": {"lines": RISING}, "x_axis": "n", "y_axis": "y"}
    with pytest.raises(ValueError, match=message):
        plot_lines(**{**good, **changed})


def test_band_shows_points_curve_ends_and_what_stands_out() -> None:
    picture = plot_band(DATA.x_train, DATA.y_train, DATA.x_test, BAND, truth=DATA.y_test, marked=3)
    (axes,) = picture.figure.axes
    truth, centre = axes.get_lines()
    np.testing.assert_array_equal(truth.get_ydata(), DATA.y_test)
    np.testing.assert_array_equal(centre.get_ydata(), BAND.center)
    points, area, marked = axes.collections
    np.testing.assert_array_equal(points.get_offsets()[:, 1], DATA.y_train)
    np.testing.assert_array_equal(
        marked.get_offsets(), [[float(DATA.x_train[3]), float(DATA.y_train[3])]]
    )
    corners = area.get_paths()[0].vertices
    assert float(BAND.lower.min()) == pytest.approx(corners[:, 1].min())
    assert float(BAND.upper.max()) == pytest.approx(corners[:, 1].max())
    widths = BAND.upper - BAND.lower
    assert picture.alt.startswith("y over x: 30 points as translucent circles")
    assert picture.alt.endswith(f"which is {widths.min():.2f} to {widths.max():.1f} wide.")


def test_band_needs_neither_truth_nor_a_mark() -> None:
    picture = plot_band(
        DATA.x_train, DATA.y_train, DATA.x_test, BAND, "milliseconds", "acceleration"
    )
    (axes,) = picture.figure.axes
    assert len(axes.get_lines()) == 1
    assert len(axes.collections) == 2
    assert axes.get_xlabel() == "time after the impact (ms)"
    assert axes.get_ylabel() == "acceleration of the head (g)"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x_axis": "other"}, "x_axis must"),
        ({"y_axis": "other"}, "y_axis must"),
        ({"y": DATA.y_train[:3]}, "y"),
        ({"queries": DATA.x_test.flip(0)}, "queries must ascend"),
        ({"band": replace(BAND, center=BAND.center[:3])}, "the band's center"),
        ({"truth": DATA.y_test[:3]}, "truth"),
        ({"marked": 30}, "marked must"),
    ],
)
def test_a_bad_band_is_named(changed: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "x": DATA.x_train,
        "y": DATA.y_train,
        "queries": DATA.x_test,
        "band": BAND,
    }
    with pytest.raises(ValueError, match=message):
        plot_band(**{**good, **changed})


def test_weights_below_zero_have_zero_in_the_middle_of_the_scale() -> None:
    plain = torch.tensor([[0.25, 0.75]])
    signed = torch.tensor([[1.5, -0.5]])
    picture = show_heatmaps([plain, signed])
    for axes in picture.figure.axes[:2]:
        (image,) = axes.get_images()
        assert image.get_clim() == (-1.5, 1.5)
        assert image.get_cmap() == SIGNED_COLOUR_MAP
    assert picture.figure.axes[2].get_ylabel() == "effective weight"
    ticks = picture.figure.axes[2].get_yticks()
    assert min(ticks) < 0 < max(ticks) <= 1.5
    assert picture.alt.endswith("the smallest is -0.500.")
    (image,) = show_heatmaps(plain).figure.axes[0].get_images()
    assert image.get_clim() == (0.0, 0.75)
