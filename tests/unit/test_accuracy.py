"""Bias and variance: against local fits set by set, against theory, and against bad input."""

from typing import Any

import pytest
import torch
from torch import Tensor

from nwcore import (
    accuracy,
    asymptotic_risk,
    leave_one_out_losses,
    local_leave_one_out_loss,
    local_regression,
    make_regression,
    measure_risk,
    true_function,
)
from nwcore.kernels import KERNELS

F64 = torch.float64
QUERIES = torch.tensor([1.0, 2.5, 4.2], dtype=F64)
TRUTH = torch.tensor([0.5, -1.0, 2.0], dtype=F64)


def sets(count: int = 7, n: int = 11) -> tuple[Tensor, Tensor]:
    data = [make_regression(n_train=n, seed=seed, dtype=F64) for seed in range(count)]
    return torch.stack([each.x_train for each in data]), torch.stack(
        [each.y_train for each in data]
    )


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("block", [2**18, 40, 1])
def test_what_is_measured_is_what_local_fits_give_set_by_set(
    block: int, degree: int, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "_BLOCK", block)
    x, y = sets()
    w = torch.tensor([0.3, 0.4], dtype=F64)
    found = measure_risk(x, y, QUERIES, TRUTH, w, degree, kernel)
    assert found.bias.shape == found.variance.shape == (2, 3)
    for row, width in enumerate(w):
        predictions = torch.stack(
            [
                local_regression(QUERIES, keys, values, width, degree, kernel)
                for keys, values in zip(x, y, strict=True)
            ]
        )
        squared_error = (predictions - TRUTH).square().mean(0)
        torch.testing.assert_close(found.bias[row], predictions.mean(0) - TRUTH)
        torch.testing.assert_close(found.squared_error[row], squared_error)
        torch.testing.assert_close(found.variance[row], predictions.var(0, correction=0))


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("block", [2**18, 250, 1])
def test_losses_are_those_of_each_set(
    block: int, degree: int, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "_BLOCK", block)
    x, y = sets()
    w = torch.tensor([0.2, 0.3], dtype=F64)
    losses = leave_one_out_losses(x, y, w, degree, kernel)
    expected = [
        [float(local_leave_one_out_loss(keys, values, width, degree, kernel)) for width in w]
        for keys, values in zip(x, y, strict=True)
    ]
    torch.testing.assert_close(losses, torch.tensor(expected, dtype=F64))


def test_a_duplicate_of_a_point_is_not_left_out_with_it() -> None:
    x = torch.tensor([[0.0, 0.0, 1.0]], dtype=F64).expand(2, -1)
    y = torch.tensor([[1.0, 3.0, 9.0]], dtype=F64).expand(2, -1)
    losses = leave_one_out_losses(x, y, torch.tensor([100.0], dtype=F64), degree=0)
    expected = 2.0**2 + 2.0**2 + (9 - 2) ** 2
    torch.testing.assert_close(losses, torch.full((2, 1), expected, dtype=F64))


def test_float32_is_computed_in_float64() -> None:
    x, y = (each.float() for each in sets())
    w = torch.tensor([2.0])
    single = measure_risk(x, y, QUERIES.float(), TRUTH.float(), w)
    double = measure_risk(
        x.double(), y.double(), QUERIES.float().double(), TRUTH.double(), w.double()
    )
    assert single.bias.dtype == F64
    torch.testing.assert_close(single.bias, double.bias, rtol=1e-12, atol=1e-12)
    losses = leave_one_out_losses(x, y, w)
    assert losses.dtype == F64
    torch.testing.assert_close(losses, leave_one_out_losses(x.double(), y.double(), w.double()))


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular"])
@pytest.mark.parametrize("degree", [0, 1])
def test_theory_is_what_dense_keys_give(degree: int, kernel: str) -> None:
    """Keys without number and noise, of density (1 + x)/8: at 0, where f′ = 2, p′/p is 1."""
    h, c, slope = 0.05, -4.0, 2.0
    u = torch.linspace(0, 1, 200_001, dtype=F64)
    keys = 4 * u.sqrt() - 1
    keys = keys[(keys > -0.9) & (keys < 1.5)]
    values = 3 + slope * keys + c * keys**2 / 2
    at = torch.zeros(1, dtype=F64)
    found = float(local_regression(at, keys, values, 1 / h, degree, kernel)) - 3
    theory = asymptotic_risk(
        torch.tensor([1 / h], dtype=F64),
        100,
        0.7,
        curvature=torch.tensor([c], dtype=F64),
        density=torch.tensor([1 / 8], dtype=F64),
        drift=torch.tensor([slope], dtype=F64) if degree == 0 else None,
        kernel=kernel,
    )
    assert float(theory.bias) == pytest.approx(found, rel=0.02, abs=2e-5)


@pytest.mark.parametrize("kernel", ["gaussian", "boxcar", "tricube"])
def test_variance_of_theory_is_the_sum_of_squared_weights(kernel: str) -> None:
    n, h, noise = 4001, 0.2, 0.7
    keys = torch.linspace(-4, 4, n, dtype=F64)
    profile = KERNELS[kernel](keys / h)
    weights = profile / profile.sum()
    theory = asymptotic_risk(
        torch.tensor([1 / h, 2 / h], dtype=F64),
        n,
        noise,
        curvature=torch.zeros(2, dtype=F64),
        density=torch.tensor([1 / 8, 1 / 4], dtype=F64),
        kernel=kernel,
    )
    expected = noise**2 * float(weights.square().sum())
    assert theory.bias.shape == (2, 2)
    assert float(theory.variance[0, 0]) == pytest.approx(expected, rel=5e-3)
    ratios = theory.variance / theory.variance[0, 0]
    torch.testing.assert_close(ratios, torch.tensor([[1, 0.5], [2, 1]], dtype=F64))


def test_theory_and_measurement_meet_inside_the_range() -> None:
    x, y = sets(count=400, n=400)
    middle = torch.tensor([1.6], dtype=F64)
    truth = true_function(middle)
    w = torch.tensor([6.0], dtype=F64)
    curvature = -2 * torch.sin(middle) - 0.16 * middle**-1.2
    theory = asymptotic_risk(w, 400, 0.5, curvature, torch.full((1,), 0.2, dtype=F64))
    found = measure_risk(x, y, middle, truth, w)
    spread = float((found.variance / 400).sqrt())
    assert abs(float(found.bias - theory.bias)) < 4 * spread
    assert float(found.variance / theory.variance) == pytest.approx(1, abs=0.2)


GOOD: dict[str, Any] = {
    "x": torch.rand(3, 5, generator=torch.Generator().manual_seed(0)),
    "y": torch.zeros(3, 5),
    "queries": torch.tensor([0.5]),
    "truth": torch.tensor([0.0]),
    "w": torch.tensor([1.0]),
}


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"x": torch.zeros(5)}, ValueError, "x must"),
        ({"y": torch.zeros(3, 4)}, ValueError, "y"),
        ({"x": torch.rand(1, 5), "y": torch.zeros(1, 5)}, ValueError, "at least 2 data sets"),
        ({"queries": torch.zeros(1, 1)}, ValueError, "queries must"),
        ({"truth": torch.zeros(2)}, ValueError, "truth"),
        ({"truth": torch.zeros(1, dtype=F64)}, TypeError, "truth"),
        ({"w": 1.0}, TypeError, "w must"),
        ({"w": torch.tensor(1.0)}, ValueError, "w must"),
        ({"degree": 3}, ValueError, "degree must"),
        ({"kernel": "sinc"}, ValueError, "kernel must be one of"),
        (
            {"kernel": "boxcar", "w": torch.tensor([50.0])},
            ValueError,
            r"w must leave 2 different keys in the reach of the boxcar kernel everywhere, 50 does",
        ),
    ],
)
def test_bad_input_is_named(changed: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        measure_risk(**{**GOOD, **changed})
    if not {"queries", "truth"} & set(changed):
        losses = {name: GOOD[name] for name in ("x", "y", "w")}
        with pytest.raises(error, match=message):
            leave_one_out_losses(**{**losses, **changed})


THEORY: dict[str, Any] = {
    "w": torch.tensor([1.0]),
    "n": 50,
    "noise": 0.5,
    "curvature": torch.tensor([1.0]),
    "density": torch.tensor([0.2]),
}


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"w": torch.tensor([1.0, 0.0])}, ValueError, "w must be above 0 everywhere, got 0"),
        ({"density": torch.tensor([-0.5])}, ValueError, "density must be above 0 everywhere"),
        ({"n": 0}, ValueError, "n must"),
        ({"noise": -1.0}, ValueError, "noise must"),
        ({"curvature": torch.ones(2)}, ValueError, "curvature"),
        ({"drift": torch.ones(2)}, ValueError, "drift"),
        ({"drift": 0.0}, TypeError, "drift must"),
        ({"kernel": "constant"}, ValueError, "kernel must have a roughness and a second moment"),
    ],
)
def test_bad_theory_is_named(changed: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        asymptotic_risk(**{**THEORY, **changed})
