"""Numbers that others have published for their own programs, on the same input.

The data, and where all of them are from: published/README.md.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import optimize
from torch import Tensor

from nwcore import (
    attention_pooling,
    attention_weights,
    confidence_band,
    effective_weights,
    leave_one_out_loss,
    local_regression,
    smoother,
)
from nwcore.kernels import Kernel, get_kernel, register, unregister
from nwcore.methods import local
from nwcore.methods.numeric import NumericProblem

FOLDER = Path(__file__).parent / "published"
Numbers = NDArray[np.float64]


def read(name: str) -> tuple[Tensor, Tensor]:
    """The two columns of a file."""
    first, second = np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1).T
    return torch.from_numpy(first.copy()), torch.from_numpy(second.copy())


def f64(numbers: object) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


# --- R: KernSmooth::locpoly ---

GRID = 401
H = 0.25  # minutes


@pytest.fixture
def cut() -> Iterator[str]:
    """The Gaussian kernel as locpoly takes it: nothing beyond 4 bandwidths."""
    kernel = Kernel(
        "cut_gaussian", value=lambda u: torch.exp(-(u**2) / 2) * (u.abs() <= 4), support=4.0
    )
    register(kernel)
    yield kernel.name
    unregister(kernel.name)


def eruptions() -> tuple[Tensor, Tensor, Tensor]:
    """Durations and waiting times that this version of locpoly counts, and its grid.

    It leaves out what lies at the right end of the grid, here one eruption; with it the fit at the
    end would be 0.8 minutes higher. (`rlbin.f` of later versions has a correction for it.)
    """
    x, y = read("geyser")
    grid = torch.linspace(float(x.min()), float(x.max()), GRID, dtype=torch.float64)
    inside = x < x.max()
    return x[inside], y[inside], grid


def in_units_of_the_grid(x: Tensor, grid: Tensor) -> Tensor:
    return (x - grid[0]) / (grid[-1] - grid[0])


def fit_binned(h: float, degree: int, kernel: str) -> Tensor:
    """The fit of nwcore to data that are shared between the two places of the grid beside them."""
    x, y, grid = eruptions()
    counts, sums = smoother._bin(in_units_of_the_grid(x, grid), y)
    held = counts > 0
    columns = torch.stack([counts, sums])[:, held]
    problem = NumericProblem(grid, grid[held], columns, 1 / h, get_kernel(kernel))
    return local.fit_windowed(problem, degree).predictions[0]


def test_the_published_points_are_those_of_the_grid() -> None:
    x, _ = read("geyser_locpoly")
    torch.testing.assert_close(x, eruptions()[2][::10], rtol=1e-14, atol=0)


def test_a_fit_to_binned_data_is_that_of_locpoly(cut: str) -> None:
    _, expected = read("geyser_locpoly")
    found = fit_binned(H, 1, cut)[::10]
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=0)


def test_the_fit_on_a_grid_behind_the_plug_in_bandwidth_is_that_of_locpoly() -> None:
    _, expected = read("geyser_locpoly")
    x, y, grid = eruptions()
    h = H / float(grid[-1] - grid[0])
    counts, sums = smoother._bin(in_units_of_the_grid(x, grid), y)
    found = smoother._fit_grid(smoother._grid_system(counts, h, 1), sums, h)[0, ::10]
    torch.testing.assert_close(found, expected, rtol=1e-13, atol=0)


def test_a_fit_to_the_data_themselves_is_that_of_locpoly_but_for_its_bins(cut: str) -> None:
    """Linear binning takes, for what a point adds as a function of its place, chords over a step δ.

    They are off by δ²/8 of its second derivative, (δ/h)²/8 = 2.7e-4 of residuals of up to 30
    minutes: by some 0.008, and 0.0075 are found. To neglect what lies beyond 4 bandwidths costs as
    much again.
    """
    _, expected = read("geyser_locpoly")
    x, y, grid = eruptions()
    for kernel, largest in ((cut, 0.008), ("gaussian", 0.017)):
        found = local_regression(grid[::10], x, y, 1 / H, 1, kernel)
        assert float((found - expected).abs().max()) < largest


@pytest.mark.parametrize(
    ("h", "degree", "kernel"),
    [
        (H, 0, "gaussian"),
        (H, 2, "gaussian"),
        (1 / H, 1, "gaussian"),
        (H * 1.01, 1, "gaussian"),
        (H / 1.01, 1, "gaussian"),
        (H, 1, "logistic"),
        (2.214 * H, 1, "epanechnikov"),  # of the same canonical bandwidth
    ],
)
def test_no_other_fit_is_that_of_locpoly(h: float, degree: int, kernel: str) -> None:
    """What agrees in the tests above is this degree, kernel and bandwidth, to less than 1 %."""
    _, expected = read("geyser_locpoly")
    x, y, grid = eruptions()
    for found in (
        local_regression(grid, x, y, 1 / h, degree, kernel, few="nan"),
        fit_binned(h, degree, kernel),
    ):
        error = (found[::10] - expected).abs().nan_to_num(torch.inf)
        assert float(error.max()) > 0.05


# --- R and Python: nprobust ---

# The quantiles of 10 % and 90 % of the baseline of both groups, and three between.
PLACES = (268.0, 284.2, 300.4, 316.6, 332.8)
# What lpbwselect of nprobust 1.0.0 chooses ("imse-dpi") for h, and for b, by which it corrects.
H_CHOLESTEROL = 93.95775704052696
# Calonico, Cattaneo and Farrell (2026), nprobust 1.0.0, tests/test_numerical_contracts.py, for
# lprobust(cholf, chol1, eval) with all else as it comes: local lines, the Epanechnikov kernel,
# errors from the three nearest neighbours. Columns: estimate, that corrected for bias, its robust
# standard error.
LPROBUST = np.array(
    [
        [255.95286891586267, 256.76417242564287, 2.040838516518859],
        [270.64313126572574, 269.6318188272758, 1.515342825504498],
        [286.1054829343728, 284.9600508390116, 1.7321051671367078],
        [301.4668753229664, 300.8733226018188, 2.3485973922394],
        [316.15087913019784, 316.38090877070096, 3.323344234485067],
    ]
)


def residuals_from_neighbours(x: Numbers, y: Numbers, count: int = 3) -> Numbers:
    """How far each value is from the mean of its nearest neighbours', whose variance is counted.

    √(J/(J + 1)) (yᵢ − Σ yⱼ/J), with all J neighbours that are as near as the third: Calonico,
    Cattaneo and Farrell (2019), "nprobust: Nonparametric kernel-based estimation and robust
    bias-corrected inference", J. Stat. Softw. 91(8).
    """
    residuals = np.empty_like(y)
    for i in range(len(x)):
        distance = np.abs(x - x[i])
        distance[i] = np.inf
        near = distance <= np.sort(distance)[count - 1]
        size = near.sum()
        residuals[i] = np.sqrt(size / (size + 1)) * (y[i] - y[near].mean())
    return residuals


def test_lines_and_their_corrected_bias_are_those_of_nprobust() -> None:
    x, y = read("cholesterol")
    queries, w = f64(PLACES), 1 / H_CHOLESTEROL
    lines = local_regression(queries, x, y, w, 1, "epanechnikov")
    np.testing.assert_allclose(lines, LPROBUST[:, 0], rtol=1e-13)
    band = confidence_band(queries, x, y, w, 1, "epanechnikov")
    np.testing.assert_allclose(band.center, LPROBUST[:, 1], rtol=1e-13)
    for factor in (0.99, 1.01):
        other = confidence_band(queries, x, y, w * factor, 1, "epanechnikov")
        assert np.abs(other.center.numpy() / LPROBUST[:, 1] - 1).max() > 1e-5


def test_the_errors_of_corrected_lines_are_those_of_nprobust() -> None:
    """nprobust takes a noise of its own for each point, `confidence_band` one for all.

    With nprobust's, the weights of the corrected lines give its errors, √(Σ lᵢ² εᵢ²); with one for
    all they give those of the band. Neighbours are looked for among the points in reach.
    """
    x, y = read("cholesterol")
    queries, w = f64(PLACES), 1 / H_CHOLESTEROL
    weights = effective_weights(queries, x, w, 2, "epanechnikov").numpy()
    for query, row, expected in zip(PLACES, weights, LPROBUST[:, 2], strict=True):
        near = np.abs(x.numpy() - query) < H_CHOLESTEROL
        residuals = residuals_from_neighbours(x.numpy()[near], y.numpy()[near])
        error = np.sqrt((row[near] ** 2) @ (residuals**2))
        assert error == pytest.approx(expected, rel=1e-13)
    band = confidence_band(queries, x, y, w, 1, "epanechnikov", noise=3.0)
    expected_errors = 3 * np.sqrt((weights**2).sum(1))
    np.testing.assert_allclose(band.standard_errors, expected_errors, rtol=1e-11)


# --- R: np ---


# npregbw and npreg, for the data below, as test_continuousdata_lc_cvls of statsmodels quotes them.
NP_BANDWIDTHS = np.array([0.6163835, 0.1649656])
NP_MEANS = [31.49157, 37.29536, 43.72332, 40.58997, 36.80711]


def two_inputs() -> tuple[Tensor, Tensor]:
    """Inputs (60, 2) and values (60,) of that test."""
    random = np.random.RandomState(123456)
    random.binomial(2, 0.7, size=60)
    random.binomial(3, 0.7, size=60)
    first = random.normal(size=60)
    second = random.normal(10, 1, size=60)
    random.normal(10, 2, size=60)
    values = 0.3 + 1.2 * first + 3.7 * second + random.normal(size=60)
    return torch.from_numpy(np.stack([first, second], axis=1)), torch.from_numpy(values)


def test_means_of_two_inputs_are_those_of_np() -> None:
    inputs, values = two_inputs()
    found = attention_pooling(inputs, inputs, values, torch.from_numpy(1 / NP_BANDWIDTHS))
    np.testing.assert_allclose(found[:5], NP_MEANS, rtol=0, atol=5e-6)  # five decimals


def test_np_finds_its_bandwidths_by_the_leave_one_out_loss() -> None:
    inputs, values = two_inputs()

    def loss(log_bandwidths: Numbers) -> float:
        w = torch.from_numpy(np.exp(-log_bandwidths))
        return float(leave_one_out_loss(inputs, values, w))

    found = optimize.minimize(loss, np.log(NP_BANDWIDTHS), method="Nelder-Mead")
    np.testing.assert_allclose(np.exp(found.x), NP_BANDWIDTHS, rtol=2e-4)


# --- Python: scikit-fda, and R: fda.usc ---


def test_weights_are_those_of_fda_usc() -> None:
    # S.NW(1:5, h = 10) of R's package fda.usc, as tests/test_smoothing.py of scikit-fda quotes
    # it.
    expected = [
        [0.206001865, 0.204974427, 0.201922755, 0.196937264, 0.190163689],
        [0.201982911, 0.202995354, 0.201982911, 0.198975777, 0.194063047],
        [0.198003042, 0.200995474, 0.202002968, 0.200995474, 0.198003042],
        [0.194063047, 0.198975777, 0.201982911, 0.202995354, 0.201982911],
        [0.190163689, 0.196937264, 0.201922755, 0.204974427, 0.206001865],
    ]
    places = f64([1, 2, 3, 4, 5])
    found = attention_weights(places, places, 1 / 10)
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-10)


KEYS, SEVEN = (1, 2, 4, 5, 7), (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("bandwidth", "places", "fit", "matrix"),
    [
        (
            3.5,
            KEYS,
            [2.42, 2.61, 3.03, 3.24, 3.65],
            [
                [0.294, 0.282, 0.204, 0.153, 0.068],
                [0.249, 0.259, 0.22, 0.179, 0.093],
                [0.165, 0.202, 0.238, 0.229, 0.165],
                [0.129, 0.172, 0.239, 0.249, 0.211],
                [0.073, 0.115, 0.221, 0.271, 0.319],
            ],
        ),
        (
            2.0,
            SEVEN,
            [1.84, 2.18, 2.61, 3.09, 3.55, 3.95, 4.28],
            [
                [0.425, 0.375, 0.138, 0.058, 0.005],
                [0.309, 0.35, 0.212, 0.114, 0.015],
                [0.195, 0.283, 0.283, 0.195, 0.043],
                [0.103, 0.193, 0.319, 0.281, 0.103],
                [0.046, 0.11, 0.299, 0.339, 0.206],
                [0.017, 0.053, 0.238, 0.346, 0.346],
                [0.006, 0.022, 0.163, 0.305, 0.503],
            ],
        ),
    ],
)
def test_constants_are_those_of_scikit_fda(
    bandwidth: float, places: tuple[int, ...], fit: list[float], matrix: list[list[float]]
) -> None:
    # From the documentation of its KernelSmoother, rounded there.
    queries, keys, values = f64(places), f64(KEYS), f64([1, 2, 3, 4, 5])
    found = attention_pooling(queries, keys, values, 1 / bandwidth)
    np.testing.assert_allclose(found, fit, rtol=0, atol=0.00501)
    weights = attention_weights(queries, keys, 1 / bandwidth)
    np.testing.assert_allclose(weights, matrix, rtol=0, atol=0.000501)


def test_means_are_those_of_scikit_fda() -> None:
    # From the documentation of its KernelRegression: curves that are one line moved up by 1, 3, 5
    # and 7, and by 2, 4 and 6, so that their distances in L₂ are those of these numbers.
    keys = f64([1, 3, 5, 7])
    found = attention_pooling(f64([2, 4, 6]), keys, keys, 1.0)
    np.testing.assert_allclose(found, [2.02723928, 4.0, 5.97276072], rtol=0, atol=5e-9)


@pytest.mark.parametrize(
    ("bandwidth", "first", "last"),
    [
        (3.5, [0.614, 0.429, 0.077, -0.03, -0.09], [-0.095, -0.079, 0.117, 0.308, 0.75]),
        (2.0, [0.714, 0.386, -0.037, -0.053, -0.01], [-0.012, -0.032, -0.025, 0.154, 0.915]),
    ],
)
def test_lines_at_the_ends_are_those_of_scikit_fda(
    bandwidth: float, first: list[float], last: list[float]
) -> None:
    # From the documentation of its LocalLinearRegressionSmoother. The distances in it have no sign:
    # between the ends its lines do not even reproduce a line, and cannot be compared.
    keys = f64(KEYS)
    found = effective_weights(keys[[0, -1]], keys, 1 / bandwidth, 1)
    np.testing.assert_allclose(found, [first, last], rtol=0, atol=0.000501)
