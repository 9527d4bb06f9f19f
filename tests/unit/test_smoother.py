"""The smoother matrix's traces, criteria for w, the noise and confidence bands."""

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from local_problems import f64, noisy
from torch import Tensor

from nwcore import (
    aicc,
    confidence_band,
    find_bandwidth,
    find_bandwidth_by,
    gcv,
    k_fold_loss,
    local_leave_one_out_loss,
    local_regression,
    make_regression,
    noise_from_differences,
    plug_in_bandwidth,
    smooth,
    smoother_matrix,
    true_function,
)
from nwcore.kernels import epanechnikov, gaussian
from nwcore.smoother import Criterion

degrees = pytest.mark.parametrize("degree", [0, 1, 2])
kernels = pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
DATA = make_regression(seed=6, dtype=torch.float64)
X, Y = DATA.x_train, DATA.y_train


# --- the matrix ---


@degrees
@kernels
@pytest.mark.parametrize("n", [40, 700])
def test_traces_are_those_of_the_matrix(n: int, kernel: str, degree: int) -> None:
    x, y = noisy(n)
    hat = smoother_matrix(x, 2.0, degree, kernel)
    found = smooth(x, y, 2.0, degree, kernel)
    assert found.degrees_of_freedom == pytest.approx(float(hat.trace()), rel=1e-11)
    assert found.variance_trace == pytest.approx(float((hat @ hat.T).trace()), rel=1e-10)
    torch.testing.assert_close(found.fitted, hat @ y, rtol=1e-11, atol=1e-12)
    left = torch.eye(n, dtype=torch.float64) - hat
    assert found.residual_degrees == pytest.approx(float((left @ left.T).trace()), rel=1e-9)
    assert found.residual_sum == pytest.approx(float((left @ y).square().sum()), rel=1e-10)
    expected = math.sqrt(found.residual_sum / found.residual_degrees)
    assert found.noise == pytest.approx(expected, rel=1e-14)


@degrees
def test_degrees_of_freedom_go_from_those_of_a_polynomial_to_n(degree: int) -> None:
    x, y = torch.arange(20.0, dtype=torch.float64), torch.ones(20, dtype=torch.float64)
    assert smooth(x, y, 0.0, degree).degrees_of_freedom == pytest.approx(degree + 1)
    assert smooth(x, y, 50.0, degree).degrees_of_freedom == pytest.approx(20)
    with pytest.raises(ValueError, match="the smooth must leave degrees of freedom"):
        _ = smooth(x, y, 50.0, degree).noise


@degrees
def test_criteria_are_their_formulas(degree: int) -> None:
    n = len(X)
    hat = smoother_matrix(X, 3.0, degree)
    trace, mean = float(hat.trace()), float((Y - hat @ Y).square().mean())
    assert gcv(X, Y, 3.0, degree) == pytest.approx(mean / (1 - trace / n) ** 2, rel=1e-11)
    expected = math.log(mean) + 1 + 2 * (trace + 1) / (n - trace - 2)
    assert aicc(X, Y, 3.0, degree) == pytest.approx(expected, rel=1e-11)


def test_criteria_at_their_limits() -> None:
    x = torch.arange(6.0, dtype=torch.float64)
    assert aicc(x, x.sin(), 50.0) == math.inf
    assert gcv(x, x.sin(), 500.0) == math.inf
    assert aicc(torch.arange(9.0), torch.zeros(9), 0.0) == -math.inf


# --- folds ---


@degrees
def test_as_many_folds_as_points_leave_one_out(degree: int) -> None:
    expected = float(local_leave_one_out_loss(X, Y, 2.0, degree))
    for seed in (0, 5):
        found = k_fold_loss(X, Y, 2.0, degree, folds=len(X), seed=seed)
        assert found == pytest.approx(expected, rel=1e-10)


def test_folds_are_dealt_evenly_by_the_seed() -> None:
    """With values of 1 at one point, the loss tells who was predicted without it."""
    losses = {seed: k_fold_loss(X, Y, 2.0, folds=5, seed=seed) for seed in range(4)}
    assert len(set(losses.values())) == 4
    assert k_fold_loss(X, Y, 2.0, folds=5, seed=2) == losses[2]
    plain = float(local_leave_one_out_loss(X, Y, 2.0))
    assert all(0.7 * plain < loss < 1.6 * plain for loss in losses.values())


def test_folds_out_of_reach_are_infinitely_bad() -> None:
    x = torch.arange(10.0, dtype=torch.float64)
    assert k_fold_loss(x, x, 0.9, 0, "epanechnikov", folds=2) == math.inf


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"folds": 1}, ValueError, "folds must be between 2 and 50, got 1"),
        ({"folds": 51}, ValueError, "folds must be between 2 and 50, got 51"),
        ({"seed": -1}, ValueError, "seed must be between"),
        ({"degree": 3}, ValueError, "degree must be between 0 and 2"),
    ],
)
def test_bad_folds_are_named(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        k_fold_loss(X, Y, 2.0, **given)


# --- the search ---


@pytest.mark.parametrize("criterion", ["leave_one_out", "gcv", "aicc", "k_fold"])
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_no_w_of_a_grid_is_better(kernel: str, criterion: Criterion) -> None:
    judge = {
        "leave_one_out": lambda w: float(local_leave_one_out_loss(X, Y, w, 1, kernel)),
        "gcv": lambda w: gcv(X, Y, w, 1, kernel),
        "aicc": lambda w: aicc(X, Y, w, 1, kernel),
        "k_fold": lambda w: k_fold_loss(X, Y, w, 1, kernel, folds=4, seed=3),
    }[criterion]
    found = find_bandwidth_by(X, Y, criterion, 1, kernel, points=3, folds=4, seed=3)
    assert found.loss == pytest.approx(judge(found.w), rel=1e-12)
    assert (found.w, found.loss) in found.minima
    ws = np.geomspace(found.low, found.high, 12).tolist()
    assert found.loss <= min(judge(w) for w in ws[1:-1]) + 1e-9


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_find_bandwidth_takes_a_degree(kernel: str, degree: int) -> None:
    found = find_bandwidth(X, Y, kernel, degree=degree)
    assert found.loss == pytest.approx(
        float(local_leave_one_out_loss(X, Y, found.w, degree, kernel)), rel=1e-9
    )
    for w in (found.low, math.sqrt(found.low * found.high), found.high):
        assert float(local_leave_one_out_loss(X, Y, w, degree, kernel)) >= found.loss - 1e-9
    by = find_bandwidth_by(X, Y, "leave_one_out", degree, kernel)
    # A kernel with ends has minima narrower than a step of the grid: one may miss them.
    assert found.loss <= by.loss * (1 + 1e-9 if kernel == "gaussian" else 1.01)


@pytest.mark.parametrize("degree", [1, 2])
def test_no_point_is_left_without_the_places_it_needs(degree: int) -> None:
    x = f64(0, 1, 1, 1.5, 2, 2.25, 3, 7)
    y = torch.sin(x)
    # Seen from 7: the places 3, 2.25 and 2.
    limit = 1 / (7 - [3, 2.25, 2][degree])
    high = limit * (1 - 1e-8)
    found = find_bandwidth(x, y, "epanechnikov", degree=degree, high=high)
    assert found.high == high
    with pytest.raises(ValueError, match=f"without {degree + 1} other places in reach"):
        find_bandwidth(x, y, "epanechnikov", degree=degree, high=limit * (1 + 1e-8))
    with pytest.raises(ValueError, match=f"without {degree + 1} other places in reach"):
        find_bandwidth_by(x, y, "gcv", degree, "epanechnikov", high=limit * (1 + 1e-8))


def test_a_search_needs_places_and_a_finite_criterion() -> None:
    x = f64(0, 0, 1, 1)
    with pytest.raises(ValueError, match="at least 3 different inputs to leave one out"):
        find_bandwidth(x, x, degree=1)
    with pytest.raises(ValueError, match="criterion aicc finite somewhere"):
        find_bandwidth_by(f64(0, 1, 2), f64(0, 1, 0), "aicc")
    with pytest.raises(ValueError, match='criterion must be "leave_one_out"'):
        find_bandwidth_by(X, Y, "cp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kernel must depend on w"):
        find_bandwidth_by(X, Y, "gcv", kernel="constant")


# --- the noise ---


def test_noise_from_differences_is_its_formula() -> None:
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))
    x, y = X.tolist(), Y.tolist()
    rice = sum((y[i + 1] - y[i]) ** 2 for i in range(49)) / 98
    gasser = 0.0
    for i in range(1, 49):
        a = (x[i + 1] - x[i]) / (x[i + 1] - x[i - 1])
        b = (x[i] - x[i - 1]) / (x[i + 1] - x[i - 1])
        gasser += (a * y[i - 1] + b * y[i + 1] - y[i]) ** 2 / (a**2 + b**2 + 1) / 48
    for method, expected in (("rice", rice), ("gasser", gasser)):
        found = noise_from_differences(X[order], Y[order], method)  # type: ignore[arg-type]
        assert found**2 == pytest.approx(expected, rel=1e-12)


def test_noise_from_differences_finds_the_noise() -> None:
    data = make_regression(n_train=4000, seed=1, dtype=torch.float64)
    for method in ("rice", "gasser"):
        found = noise_from_differences(data.x_train, data.y_train, method)  # type: ignore[arg-type]
        assert found == pytest.approx(0.5, rel=0.05)
    assert smooth(data.x_train, data.y_train, 6.0).noise == pytest.approx(0.5, rel=0.05)


def test_points_at_one_place_and_too_few() -> None:
    assert noise_from_differences(f64(1, 1, 1), f64(0, 3, 0)) ** 2 == pytest.approx(6.0)
    with pytest.raises(ValueError, match="at least 3 inputs for gasser, got 2"):
        noise_from_differences(f64(0, 1), f64(0, 1))
    with pytest.raises(ValueError, match='method must be "rice" or "gasser"'):
        noise_from_differences(X, Y, "mad")  # type: ignore[arg-type]


# --- the plug-in bandwidth ---


def published_recipe(x: Tensor, y: Tensor) -> float:
    """dpill of KernSmooth step by step, in its own units and with plain loops."""
    places = 401
    order = np.argsort(x.numpy(), kind="stable")
    cut = math.floor(0.01 * len(order))
    order = order[cut : len(order) - cut]
    px, py = x.numpy()[order], y.numpy()[order]
    n, a, b = len(px), px[0], px[-1]
    delta = (b - a) / (places - 1)
    counts, sums = np.zeros(places), np.zeros(places)
    for xi, yi in zip(px, py, strict=True):
        left = min(int((xi - a) / delta), places - 2)
        share = (xi - a) / delta - left
        counts[left] += 1 - share
        counts[left + 1] += share
        sums[left] += (1 - share) * yi
        sums[left + 1] += share * yi

    def blocks(count: int) -> list[tuple[Any, Any, Any]]:
        length = n // count
        parts = []
        for j in range(count):
            stop = n if j == count - 1 else (j + 1) * length
            fit = np.polynomial.Polynomial.fit(px[j * length : stop], py[j * length : stop], 4)
            parts.append((fit, px[j * length : stop], py[j * length : stop]))
        return parts

    most = max(min(n // 20, 5), 1)
    rss = [sum(((v - f(u)) ** 2).sum() for f, u, v in blocks(c)) for c in range(1, most + 1)]
    cp = [(n - 5 * most) * rss[i] / rss[-1] + 10 * (i + 1) - n for i in range(most)]
    count = int(np.argmin(cp)) + 1
    noise = rss[count - 1] / (n - 5 * count)
    bend = sum((f.deriv(2)(u) * f.deriv(4)(u)).sum() for f, u, _ in blocks(count)) / n

    def local(h: float, degree: int) -> tuple[Any, Any, Any]:
        estimate, own, squares = [], np.zeros(places), np.zeros(places)
        reach = math.floor(4 * h / delta)
        for j in range(places):
            near = np.arange(max(0, j - reach), min(places, j + reach + 1))
            d = (near - j) * delta
            k = np.exp(-((d / h) ** 2) / 2)
            basis = np.vander(d, degree + 1, increasing=True)
            inverse = np.linalg.inv(basis.T @ (basis * (k * counts[near])[:, None]))
            estimate.append(inverse @ (basis.T @ (k * sums[near])))
            own[j] = inverse[0, 0]
            squares[j] = (
                inverse[0] @ (basis.T @ (basis * (k**2 * counts[near])[:, None])) @ inverse[0]
            )
        return np.array(estimate), own, squares

    number = 3 / 8 if bend < 0 else 15 / 16
    first = (number / math.sqrt(math.pi) * noise * (b - a) / (abs(bend) * n)) ** (1 / 7)
    second = 2 * local(first, 3)[0][:, 2]
    inside = slice(20, places - 20)
    theta = (second[inside] ** 2 * counts[inside]).sum() / n
    c3 = 0.5 + 2 * math.sqrt(2) - 4 / 3 * math.sqrt(3)
    c3 = (4 * c3 / math.sqrt(2 * math.pi)) ** (1 / 9)
    estimate, own, squares = local(c3 * (noise**2 * (b - a) / (theta * n) ** 2) ** (1 / 9), 1)
    fitted = estimate[:, 0]
    top = (py**2).sum() - 2 * (fitted * sums).sum() + (fitted**2 * counts).sum()
    variance = top / (n - 2 * (own * counts).sum() + (squares * counts).sum())
    return float((variance * (b - a) / (2 * math.sqrt(math.pi) * theta * n)) ** 0.2)


@pytest.mark.parametrize(("n", "seed"), [(50, 0), (130, 1), (400, 2)])
def test_the_plug_in_bandwidth_is_that_of_the_published_recipe(n: int, seed: int) -> None:
    data = make_regression(n_train=n, seed=seed, dtype=torch.float64)
    expected = published_recipe(data.x_train, data.y_train)
    found = plug_in_bandwidth(data.x_train, data.y_train)
    assert found == pytest.approx(expected, rel=1e-6)
    moved = plug_in_bandwidth(1e3 * data.x_train - 7e3, 1e-3 * data.y_train + 4)
    assert moved == pytest.approx(1e3 * found, rel=1e-6)
    compact = plug_in_bandwidth(data.x_train, data.y_train, "epanechnikov")
    ratio = epanechnikov.canonical_bandwidth / gaussian.canonical_bandwidth
    assert compact == pytest.approx(found * ratio, rel=1e-12)


def test_what_the_plug_in_bandwidth_cannot_be_made_of() -> None:
    x = torch.linspace(0, 1, 30, dtype=torch.float64)
    with pytest.raises(ValueError, match="at least 10 inputs, got 9"):
        plug_in_bandwidth(x[:9], x[:9])
    with pytest.raises(ValueError, match="must hold different inputs"):
        plug_in_bandwidth(torch.ones(12), x[:12].float())
    with pytest.raises(ValueError, match="must have noise and curvature"):
        plug_in_bandwidth(x, 1 + x**2)
    with pytest.raises(ValueError, match="must have noise and curvature"):
        plug_in_bandwidth(x, torch.ones_like(x))
    with pytest.raises(ValueError, match="no canonical bandwidth"):
        plug_in_bandwidth(X, Y, "constant")
    gap = torch.cat([x[:15] * 1e-3, 1 - x[:15] * 1e-3])
    with pytest.raises(ValueError, match="must not leave gaps"):
        plug_in_bandwidth(gap, torch.sin(300 * gap))


# --- bands ---


def test_a_naive_band_is_the_fit_and_its_standard_error() -> None:
    queries = f64(0.5, 2.0, 4.9)
    band = confidence_band(queries, X, Y, 3.0, corrected=False, noise=0.5, level=0.9)
    torch.testing.assert_close(band.center, local_regression(queries, X, Y, 3.0))
    assert (band.degree, band.noise) == (1, 0.5)
    half = 1.6448536269514722 * band.standard_errors
    torch.testing.assert_close(band.upper - band.center, half, rtol=1e-9, atol=0)
    torch.testing.assert_close(band.center - band.lower, half, rtol=1e-9, atol=0)
    at_keys = confidence_band(X, X, Y, 3.0, corrected=False, noise=2.0)
    expected = 2 * smoother_matrix(X, 3.0).square().sum(-1).sqrt()
    torch.testing.assert_close(at_keys.standard_errors, expected, rtol=1e-10, atol=0)


def test_a_corrected_band_is_the_fit_of_the_next_degree_and_its_standard_error() -> None:
    queries = f64(0.5, 2.0)
    found = confidence_band(queries, X, Y, 3.0, degree=1)
    plain = confidence_band(queries, X, Y, 3.0, degree=2, corrected=False)
    for name in ("center", "lower", "upper", "standard_errors"):
        assert torch.equal(getattr(found, name), getattr(plain, name))
    assert found.degree == 2
    assert found.noise == smooth(X, Y, 3.0, 2).noise
    from scipy import stats

    freedom = smooth(X, Y, 3.0, 2).residual_degrees
    half = stats.t.ppf(0.975, freedom) * found.standard_errors
    torch.testing.assert_close(found.upper - found.center, half, rtol=1e-9, atol=0)


def test_the_corrected_band_covers_as_often_as_it_says_and_the_naive_one_does_not() -> None:
    """1 to 4 in [0, 5), the bandwidth that the leave-one-out loss of lines takes on average."""
    queries = torch.linspace(1, 4, 16, dtype=torch.float64)
    truth = true_function(queries)
    covered = {True: 0, False: 0}
    sets = 200
    for seed in range(sets):
        data = make_regression(seed=seed, dtype=torch.float64)
        for corrected in covered:
            band = confidence_band(queries, data.x_train, data.y_train, 3.0, corrected=corrected)
            covered[corrected] += int(((band.lower <= truth) & (truth <= band.upper)).sum())
    share = {corrected: count / (16 * sets) for corrected, count in covered.items()}
    assert 0.93 < share[True] < 0.97
    assert share[False] < 0.92


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"degree": 2}, ValueError, "degree must be 0 or 1 for a corrected band, got 2"),
        ({"level": 1.0}, ValueError, "level must be below 1, got 1"),
        ({"level": 0.0}, ValueError, "level must be above 0, got 0"),
        ({"level": 2.0}, ValueError, "level must be at most 1, got 2"),
        ({"noise": -1.0}, ValueError, "noise must be at least 0"),
        ({"corrected": 1}, TypeError, "corrected must be True or False"),
    ],
)
def test_bad_bands_are_named(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        confidence_band(f64(1.0), X, Y, 3.0, **given)


def test_float32_bands() -> None:
    data = make_regression(seed=6)
    band = confidence_band(data.x_test, data.x_train, data.y_train, 3.0)
    assert band.center.dtype == band.lower.dtype == band.upper.dtype == torch.float32
    assert bool((band.lower < band.center).all())
