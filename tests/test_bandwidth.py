"""Choosing the width: against leaving out, a dense grid, and other people's code."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize
from statsmodels.nonparametric.bandwidths import bw_scott, bw_silverman
from statsmodels.nonparametric.kernel_regression import KernelReg
from torch import Tensor

from nwcore import (
    attention_pooling,
    find_width,
    leave_one_out_curve,
    leave_one_out_pairs,
    make_regression,
    scott_bandwidth,
    silverman_bandwidth,
)
from nwcore.bandwidth import SMOOTH_KERNELS
from nwcore.kernels import gaussian


def data_set(seed: int, n: int = 50) -> tuple[Tensor, Tensor]:
    data = make_regression(n_train=n, seed=seed, dtype=torch.float64)
    return data.x_train, data.y_train


# --- the curve ---


@pytest.mark.parametrize("kernel", SMOOTH_KERNELS)
def test_the_curve_is_the_error_of_pooling_over_the_others(kernel: str) -> None:
    x, y = data_set(3)
    widths = torch.tensor([0.0, 0.3, 0.9, 1.2], dtype=torch.float64)
    keys, values = leave_one_out_pairs(x, y)
    expected = [
        float((attention_pooling(x, keys, values, float(w), kernel) - y).square().sum())
        for w in widths
    ]
    curve = leave_one_out_curve(x, y, widths, kernel)
    assert torch.equal(curve.widths, widths)
    np.testing.assert_allclose(curve.losses.numpy(), expected, rtol=1e-10)


@pytest.mark.parametrize("n", [50, 1500])
def test_the_slopes_are_those_of_the_curve(n: int) -> None:
    x, y = data_set(3, n)
    widths = torch.tensor([0.5, 3.0, 12.0], dtype=torch.float64)
    step = 1e-5
    curve = leave_one_out_curve(x, y, widths)
    up, down = (leave_one_out_curve(x, y, widths * (1 + sign * step)) for sign in (1, -1))
    differences = (up.losses - down.losses) / (2 * step * widths)
    torch.testing.assert_close(curve.slopes, differences, rtol=1e-6, atol=1e-6)


def test_the_curve_keeps_the_dtype() -> None:
    data = make_regression(seed=3)
    curve = leave_one_out_curve(data.x_train, data.y_train, torch.tensor([1.0, 2.0]))
    assert {t.dtype for t in (curve.widths, curve.losses, curve.slopes)} == {torch.float32}


# --- the least error ---


def test_no_width_of_a_dense_grid_does_better() -> None:
    several = 0
    for seed in range(40):
        x, y = data_set(seed)
        search = find_width(x, y)
        widths = torch.logspace(
            math.log10(search.low), math.log10(search.high), 1500, dtype=torch.float64
        )
        curve = leave_one_out_curve(x, y, widths)
        assert search.loss <= float(curve.losses.min()) * (1 + 1e-12)
        assert search.loss == min(loss for _, loss in search.minima)
        inside = [w for w, _ in search.minima if search.low < w < search.high]
        turns = (curve.slopes[:-1] < 0) & (curve.slopes[1:] >= 0)
        assert len(inside) == int(turns.sum())
        several += len(inside) > 1
    assert several >= 2  # or the search was never put to the test


@pytest.mark.parametrize("kernel", SMOOTH_KERNELS)
def test_every_minimum_is_flat(kernel: str) -> None:
    x, y = data_set(1)
    search = find_width(x, y, kernel)
    for w, loss in search.minima:
        if search.low < w < search.high:
            near = leave_one_out_curve(
                x, y, torch.tensor([w * 0.9999, w, w * 1.0001], dtype=torch.float64), kernel
            )
            assert float(near.losses[1]) == loss
            assert loss <= float(near.losses[[0, 2]].min())


def test_noise_alone_is_best_averaged_and_the_search_says_so() -> None:
    generator = torch.Generator().manual_seed(9)
    x = torch.linspace(0, 1, 60, dtype=torch.float64)
    y = torch.randn(60, generator=generator, dtype=torch.float64)
    search = find_width(x, y)
    assert search.at_edge
    assert search.w == search.low
    assert search.minima[0] == (search.low, search.loss)


def test_the_range_can_be_given() -> None:
    x, y = data_set(6)
    free = find_width(x, y)
    assert not free.at_edge
    assert find_width(x, y, low=1.0, high=20.0).w == pytest.approx(free.w, rel=1e-9)
    below = find_width(x, y, low=0.5, high=2.0)
    assert (below.low, below.high) == (0.5, 2.0)
    assert below.at_edge
    assert below.w == 2.0


def test_the_width_follows_the_unit_of_x() -> None:
    x, y = data_set(6)
    assert find_width(1000 * x, y).w * 1000 == pytest.approx(find_width(x, y).w, rel=1e-8)


def test_duplicated_inputs_leave_a_range_to_search() -> None:
    x, y = data_set(6)
    search = find_width(x.repeat(3), y.repeat(3))
    assert math.isfinite(search.high)
    assert search.loss >= 0


# --- other people's code ---


def test_the_curve_agrees_with_statsmodels() -> None:
    x, y = data_set(6)
    oracle = KernelReg(y.numpy(), x.numpy(), var_type="c", reg_type="lc", bw=[0.5])
    widths = torch.tensor([0.7, 2.0, 4.9, 9.0], dtype=torch.float64)
    expected = [
        float(np.squeeze(oracle.cv_loo(np.array([1 / float(w)]), oracle._est_loc_constant)))
        for w in widths
    ]
    curve = leave_one_out_curve(x, y, widths)
    np.testing.assert_allclose(curve.losses.numpy() / len(x), expected, rtol=1e-10)


def test_the_least_error_agrees_with_the_cross_validated_bandwidth_of_statsmodels() -> None:
    x, y = data_set(6)
    oracle = KernelReg(y.numpy(), x.numpy(), var_type="c", reg_type="lc", bw="cv_ls")
    assert 1 / find_width(x, y).w == pytest.approx(float(oracle.bw[0]), abs=1e-4)


def test_r_finds_its_bandwidths_with_this_kernel_and_this_error() -> None:
    # statsmodels' test_continuousdata_lc_cvls gives what npregbw of R's package np prints for
    # these data of two inputs; nwcore has one, so that the error is written out here, with its
    # kernel.
    r_bandwidths = np.array([0.6163835, 0.1649656])
    random = np.random.RandomState(123456)
    random.binomial(2, 0.7, size=60)
    random.binomial(3, 0.7, size=60)
    first, second, _, noise = (
        random.normal(*parameters, size=60) for parameters in ((), (10, 1), (10, 2), ())
    )
    inputs = torch.from_numpy(np.stack([first, second], axis=1))
    values = torch.from_numpy(0.3 + 1.2 * first + 3.7 * second + noise)

    def error(log_bandwidths: np.ndarray) -> float:
        scaled = (inputs[:, None] - inputs) / torch.from_numpy(np.exp(log_bandwidths))
        kernel = gaussian(scaled).prod(-1).fill_diagonal_(0)
        return float((kernel @ values / kernel.sum(1) - values).square().sum())

    found = optimize.minimize(error, np.log(r_bandwidths), method="Nelder-Mead")
    np.testing.assert_allclose(np.exp(found.x), r_bandwidths, atol=1e-2)


@pytest.mark.parametrize(
    ("rule", "oracle"), [(silverman_bandwidth, bw_silverman), (scott_bandwidth, bw_scott)]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rules_of_thumb_agree_with_statsmodels(rule, oracle, seed: int) -> None:  # type: ignore[no-untyped-def]
    x, _ = data_set(seed)
    for inputs in (
        x,
        torch.randn(501, generator=torch.Generator().manual_seed(seed)).double() ** 3,
    ):
        assert rule(inputs) == pytest.approx(float(oracle(inputs.numpy())), rel=1e-12)


def test_a_rule_survives_an_empty_middle_half() -> None:
    x = torch.cat([torch.zeros(90), torch.linspace(0, 1, 10)]).double()
    assert silverman_bandwidth(x) == pytest.approx(0.9 * float(x.std()) * 100**-0.2)


# --- bad input ---


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"kernel": "boxcar"}, ValueError, 'kernel must be "gaussian", "triangular" or "epan'),
        ({"low": 0.0}, ValueError, "low must be above 0, got 0"),
        ({"high": math.inf}, ValueError, "high must be finite"),
        ({"low": 3.0, "high": 2.0}, ValueError, "low must be below high, got low = 3 and high = 2"),
        ({"points": 1}, ValueError, "points must be at least 2, got 1"),
        ({"x_train": torch.ones(5)}, ValueError, "at least two different inputs"),
        ({"x_train": torch.linspace(0, 1, 4)}, ValueError, "same shape"),
        ({"x_train": [1.0, 2.0]}, TypeError, "x_train must be a torch.Tensor"),
        ({"y_train": torch.tensor([0, 1, 2, 3, math.nan])}, ValueError, "y_train must be finite"),
    ],
)
def test_bad_input_of_the_search(
    change: dict[str, object], error: type[Exception], message: str
) -> None:
    arguments = {"x_train": torch.linspace(0, 1, 5), "y_train": torch.ones(5)} | change
    with pytest.raises(error, match=message):
        find_width(**arguments)  # type: ignore[arg-type]


def test_bad_input_of_the_curve_and_the_rules() -> None:
    x = torch.linspace(0, 1, 5)
    with pytest.raises(ValueError, match="widths must be finite"):
        leave_one_out_curve(x, x, torch.tensor([1.0, math.inf]))
    with pytest.raises(TypeError, match=r"widths must be a torch\.Tensor"):
        leave_one_out_curve(x, x, [1.0])  # type: ignore[arg-type]
    for rule in (silverman_bandwidth, scott_bandwidth):
        with pytest.raises(ValueError, match="x must hold at least two different inputs, got 3"):
            rule(torch.ones(3))
