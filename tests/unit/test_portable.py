"""The portable functions: accurate to the last bit or two, and the same bits everywhere."""

import hashlib
import math

import mpmath
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nwcore import make_regression, portable, true_function

RNG = np.random.default_rng(0)
DATA_RANGE = np.concatenate([np.linspace(0, 5, 501), RNG.uniform(0, 5, 2003)])
LIMIT = portable._LARGEST_ANGLE
# The doubles about the multiples of π/2, where a sine or its reduction loses most.
QUARTERS = np.array([float(k * mpmath.pi / 2) for k in range(1, 2**19, 1511)])
HARD_ANGLES = np.concatenate([np.nextafter(QUARTERS, 0), QUARTERS, np.nextafter(QUARTERS, 1e9)])
ANGLES = np.concatenate([DATA_RANGE, HARD_ANGLES, RNG.uniform(0, LIMIT, 503), [1e-300, 5e-324]])
# Every binade of float64, and the ends of the interval [0.5, 16) · 32^q.
BINADES = np.ldexp(RNG.uniform(0.5, 1, 2098), np.arange(-1073, 1025))
SEAMS = np.array([x for s in (0.5, 16.0, 2.0**-1022, 2.0**1019) for x in (np.nextafter(s, 0), s)])
POSITIVE = np.concatenate([DATA_RANGE[1:], BINADES, SEAMS, [5e-324, np.finfo(float).max]])


def units_in_the_last_place(found: NDArray[np.float64], exact: list[mpmath.mpf]) -> float:
    """The largest error, in units in the last place of the exact value."""
    return max(
        float(abs(mpmath.mpf(float(f)) - e) / mpmath.mpf(float(np.spacing(abs(float(e))))))
        for f, e in zip(found, exact, strict=True)
    )


def exactly(function, x: NDArray[np.float64]) -> list[mpmath.mpf]:
    with mpmath.workdps(60):
        return [function(mpmath.mpf(float(value))) for value in x]


def curve(x: mpmath.mpf) -> mpmath.mpf:
    return 2 * mpmath.sin(x) + x ** (mpmath.mpf(4) / 5)


def test_log_is_accurate_to_a_few_units_in_the_last_place() -> None:
    x = np.concatenate(
        [2.0 ** -np.arange(1, 54), np.linspace(1e-3, 0.999, 997), [1e-300, 0.70711, 1.0]]
    )
    with mpmath.workdps(40):
        exact = np.array([float(mpmath.log(float(value))) for value in x])
    np.testing.assert_array_max_ulp(portable.log(x), exact, maxulp=4)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sin_is_accurate_to_one_unit_in_the_last_place(sign: float) -> None:
    x = sign * ANGLES
    assert units_in_the_last_place(portable.sin(x), exactly(mpmath.sin, x)) < 0.8


def test_sin_of_0_is_0_and_a_huge_angle_is_left_to_the_platform() -> None:
    huge = np.array([LIMIT, 1e9, 1e22, np.finfo(float).max])
    assert portable.sin(np.array([0.0])).tolist() == [0.0]
    assert np.array_equal(portable.sin(huge), np.sin(huge))


def test_power_is_accurate_to_one_unit_in_the_last_place() -> None:
    exact = exactly(lambda x: x ** (mpmath.mpf(4) / 5), POSITIVE)
    assert units_in_the_last_place(portable.power_four_fifths(POSITIVE), exact) < 0.52


def test_power_is_exact_where_the_result_is_a_power_of_two() -> None:
    q = np.arange(-214, 205)
    assert np.array_equal(portable.power_four_fifths(32.0**q), 16.0**q)
    assert portable.power_four_fifths(np.array([0.0, -0.0])).tolist() == [0.0, 0.0]


def test_the_rounded_root_leaves_what_the_series_was_cut_for() -> None:
    t = np.linspace(0.5, 16, 100_003)
    root = portable._rounded_fifth_root(t)
    assert np.abs(t / root**5 - 1).max() < 0.006
    assert np.array_equal(root * 512, np.round(root * 512))


@pytest.mark.parametrize("x", [DATA_RANGE, ANGLES, POSITIVE], ids=["data", "angles", "powers"])
def test_true_function_is_accurate_to_two_units_in_the_last_place(x: NDArray[np.float64]) -> None:
    found = true_function(torch.from_numpy(x)).numpy()
    above_0 = x > 0
    assert np.all(found[~above_0] == 0)
    assert units_in_the_last_place(found[above_0], exactly(curve, x[above_0])) < 2


def test_true_function_in_float32_is_the_rounded_float64() -> None:
    narrow = torch.from_numpy(POSITIVE[POSITIVE < 1e38]).float()
    assert torch.equal(true_function(narrow), true_function(narrow.double()).float())


def test_true_function_takes_any_layout() -> None:
    x = torch.arange(12.0, dtype=torch.float64).reshape(3, 4)
    assert torch.equal(true_function(x.T), true_function(x).T)
    assert torch.equal(true_function(x[:, 1]), true_function(x)[:, 1])


@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_gradients_flow_through_true_function(dtype: torch.dtype, rtol: float) -> None:
    x = torch.linspace(0.01, 30, 211, dtype=dtype, requires_grad=True)
    true_function(x).sum().backward()
    at = x.detach().double()
    exact = 2 * torch.cos(at) + 0.8 * at**-0.2
    torch.testing.assert_close(x.grad.double(), exact, rtol=rtol, atol=rtol)


def test_second_derivatives_flow_through_true_function() -> None:
    x = torch.linspace(0.1, 5, 53, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(true_function, x)
    assert torch.autograd.gradgradcheck(true_function, x)


def test_the_slope_at_0_is_infinite_and_nowhere_nan() -> None:
    x = torch.tensor([0.0, 5e-324, 1e-300, 1e300], dtype=torch.float64, requires_grad=True)
    true_function(x).sum().backward()
    assert float(x.grad[0]) == math.inf
    assert bool(torch.isfinite(x.grad[1:]).all())


def test_the_bits_are_those_of_every_other_platform() -> None:
    data = make_regression(n_train=500, noise=0.5, seed=6, dtype=torch.float64)
    digest = hashlib.sha256()
    grid = torch.arange(5001, dtype=torch.float64) / 1000
    for values in (true_function(grid), data.x_train, data.y_train):
        digest.update(values.numpy().astype("<f8").tobytes())
    assert digest.hexdigest() == (
        "5abfe4e8048039827299a06a3617c6901c5b9d1206def061eeb758c2fff4a882"
    )
