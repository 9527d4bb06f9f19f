"""One contract that every kernel keeps, and the numbers that tell them apart."""

import math
from collections.abc import Callable

import pytest
import torch
from scipy import integrate
from torch import Tensor

from nwcore import KERNELS
from nwcore.kernels import get_kernel

FLOATS = [torch.float32, torch.float64]
REACH = {"boxcar": 1.0, "triangular": 1.0, "epanechnikov": 1.0}
DENSITIES = ("gaussian", "boxcar", "triangular", "epanechnikov")
every_kernel = pytest.mark.parametrize("name", sorted(KERNELS))


def moment(name: str, integrand: Callable[[float, float], float]) -> float:
    """∫ integrand(u, K(u)) du."""
    reach = REACH.get(name, 12.0)

    def at(u: float) -> float:
        return integrand(u, float(KERNELS[name](torch.tensor(u, dtype=torch.float64))))

    return 2 * integrate.quad(at, 0, reach)[0]


def test_the_five_kernels_of_the_book() -> None:
    assert set(KERNELS) == {"gaussian", "boxcar", "triangular", "epanechnikov", "constant"}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("name", "at_0", "at_half", "at_1", "at_2"),
    [
        (
            "gaussian",
            1 / math.sqrt(2 * math.pi),
            math.exp(-1 / 8) / math.sqrt(2 * math.pi),
            math.exp(-1 / 2) / math.sqrt(2 * math.pi),
            math.exp(-2) / math.sqrt(2 * math.pi),
        ),
        ("boxcar", 1 / 2, 1 / 2, 1 / 2, 0.0),
        ("triangular", 1.0, 1 / 2, 0.0, 0.0),
        ("epanechnikov", 3 / 4, 9 / 16, 0.0, 0.0),
        ("constant", 1.0, 1.0, 1.0, 1.0),
    ],
)
def test_values_by_hand(
    name: str, at_0: float, at_half: float, at_1: float, at_2: float, dtype: torch.dtype
) -> None:
    u = torch.tensor([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0], dtype=dtype)
    expected = [at_0, at_half, at_half, at_1, at_1, at_2, at_2]
    result = KERNELS[name](u)
    torch.testing.assert_close(result, torch.tensor(expected, dtype=dtype))
    assert get_kernel(name)(u).tolist() == result.tolist()


@every_kernel
@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 5)])
def test_shape_and_dtype_are_kept(name: str, shape: tuple[int, ...]) -> None:
    for dtype in FLOATS:
        result = KERNELS[name](torch.full(shape, 0.25, dtype=dtype))
        assert result.shape == shape
        assert result.dtype == dtype


@every_kernel
@pytest.mark.parametrize("dtype", FLOATS)
def test_never_negative_never_rising_and_finite_to_the_ends(name: str, dtype: torch.dtype) -> None:
    u = torch.cat([torch.linspace(0, 7, 701, dtype=dtype), torch.tensor([1e30, 3e38], dtype=dtype)])
    value: Tensor = KERNELS[name](u)
    assert bool((value >= 0).all())
    assert bool((value.diff() <= 0).all())
    assert torch.equal(KERNELS[name](-u), value)
    assert bool(torch.isfinite(value).all())


@pytest.mark.parametrize("name", DENSITIES)
def test_integrates_to_one(name: str) -> None:
    assert moment(name, lambda u, value: value) == pytest.approx(1, abs=1e-8)


# Factors and efficiencies as Marron & Nolan (1988) and Silverman (1986) tabulate them.
@pytest.mark.parametrize(
    ("name", "factor", "efficiency"),
    [
        ("gaussian", 1.0, 0.951),
        ("boxcar", 1.740, 0.930),
        ("triangular", 2.432, 0.986),
        ("epanechnikov", 2.214, 1.0),
    ],
)
def test_canonical_width_and_efficiency(name: str, factor: float, efficiency: float) -> None:
    def roughness(kernel: str) -> float:
        return moment(kernel, lambda u, value: value**2)

    def variance(kernel: str) -> float:
        return moment(kernel, lambda u, value: u**2 * value)

    def canonical(kernel: str) -> float:
        return (roughness(kernel) / variance(kernel) ** 2) ** 0.2

    def cost(kernel: str) -> float:
        return roughness(kernel) * math.sqrt(variance(kernel))

    assert canonical(name) / canonical("gaussian") == pytest.approx(factor, abs=6e-4)
    assert cost("epanechnikov") / cost(name) == pytest.approx(efficiency, abs=6e-4)


@every_kernel
def test_gradient_is_finite_far_out(name: str) -> None:
    u = torch.tensor([0.0, 0.5, 3.0, 1e20, -3e38], requires_grad=True)
    (KERNELS[name](u) + 0 * u).sum().backward()  # 0 · u: a flat kernel has no gradient of its own
    assert u.grad is not None
    assert bool(torch.isfinite(u.grad).all())
