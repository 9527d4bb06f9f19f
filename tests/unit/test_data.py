"""The regression problem: the curve, and data sets that one seed fixes for every size and noise."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from nwcore import make_regression, true_function

FLOATS = [torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.0, 0.0),
        (1.0, 2 * math.sin(1) + 1),
        (math.pi, math.pi**0.8),
        (32.0, 2 * math.sin(32) + 16),  # 32^0.8 = 2^4
    ],
)
def test_true_function_by_hand(x: float, expected: float, dtype: torch.dtype) -> None:
    result = true_function(torch.tensor(x, dtype=dtype))
    assert result.dtype == dtype
    torch.testing.assert_close(result, torch.tensor(expected, dtype=dtype), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 5)])
def test_true_function_keeps_the_shape(shape: tuple[int, ...]) -> None:
    assert true_function(torch.ones(shape)).shape == shape


@pytest.mark.parametrize("dtype", FLOATS)
def test_shapes_and_dtypes(dtype: torch.dtype) -> None:
    data = make_regression(n_train=7, dtype=dtype)
    for tensor, length in [
        (data.x_train, 7),
        (data.y_train, 7),
        (data.x_test, 50),
        (data.y_test, 50),
    ]:
        assert tensor.shape == (length,)
        assert tensor.dtype == dtype


def test_defaults_are_50_points_of_float32_with_noise_one_half() -> None:
    data, spelt_out = make_regression(), make_regression(50, 0.5, 0, torch.float32)
    assert len(data.x_train) == 50
    assert data.x_train.dtype == torch.float32
    assert torch.equal(data.y_train, spelt_out.y_train)


def test_test_inputs_are_the_tenths_from_0_to_4_9_and_the_truth() -> None:
    data = make_regression(n_train=3, noise=2.0, dtype=torch.float64)
    expected = [float(f"{i // 10}.{i % 10}") for i in range(50)]
    assert data.x_test.tolist() == expected
    assert torch.equal(data.y_test, true_function(data.x_test))


def test_the_truth_has_its_derivative() -> None:
    x = torch.linspace(0.1, 5, 50, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(true_function(x).sum(), x)
    expected = 2 * torch.cos(x) + 0.8 * x**-0.2
    torch.testing.assert_close(slope, expected.detach(), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("seed", [0, 1, 97, 2**32 - 1])
def test_training_inputs_ascend_within_0_to_5(seed: int) -> None:
    x = make_regression(n_train=211, seed=seed, dtype=torch.float64).x_train
    assert bool((x[1:] > x[:-1]).all())
    assert float(x[0]) >= 0
    assert float(x[-1]) < 5


def test_without_noise_the_outputs_are_the_truth() -> None:
    data = make_regression(n_train=53, noise=0.0, dtype=torch.float64)
    assert torch.equal(data.y_train, true_function(data.x_train))


@pytest.mark.parametrize("noise", [0.1, 0.5, 2.0])
def test_noise_scales_the_same_deviations(noise: float) -> None:
    truth, unit, scaled = (
        make_regression(53, sigma, seed=3, dtype=torch.float64) for sigma in (0.0, 1.0, noise)
    )
    assert torch.equal(scaled.x_train, unit.x_train)
    torch.testing.assert_close(
        scaled.y_train - truth.y_train, noise * (unit.y_train - truth.y_train)
    )


def test_a_larger_data_set_holds_the_pairs_of_a_smaller_one() -> None:
    small, large = (make_regression(n, seed=11, dtype=torch.float64) for n in (31, 53))
    pairs = [
        set(zip(data.x_train.tolist(), data.y_train.tolist(), strict=True))
        for data in (small, large)
    ]
    assert pairs[0] < pairs[1]


def test_inputs_are_uniform_and_deviations_normal_and_unrelated() -> None:
    data = make_regression(n_train=20_011, noise=0.5, seed=4, dtype=torch.float64)
    x = data.x_train.numpy()
    deviation = (data.y_train - true_function(data.x_train)).numpy()
    assert stats.kstest(x, stats.uniform(0, 5).cdf).pvalue > 1e-4
    assert stats.kstest(deviation, stats.norm(0, 0.5).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(x, deviation)[0, 1]) < 4 / math.sqrt(len(x))


def test_float32_is_the_rounded_float64() -> None:
    narrow, wide = (make_regression(53, seed=5, dtype=dtype) for dtype in FLOATS)
    assert torch.equal(narrow.x_train, wide.x_train.float())
    assert torch.equal(narrow.y_train, wide.y_train.float())


def test_a_seed_repeats_itself_and_another_differs() -> None:
    first, again, other = (make_regression(13, seed=seed) for seed in (6, 6, 7))
    assert torch.equal(first.y_train, again.y_train)
    assert not torch.isin(first.x_train, other.x_train).any()


def test_drawing_leaves_torch_s_generator_alone() -> None:
    before = torch.get_rng_state()
    make_regression(13)
    assert torch.equal(torch.get_rng_state(), before)
