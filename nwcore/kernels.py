"""Kernels K(u): how much attention a key gets at scaled distance u = (x − xᵢ) w from the query."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from nwcore._checks import FLOAT_DTYPES

Kernel = Callable[[Tensor], Tensor]


def gaussian(u: Tensor) -> Tensor:
    """K(u) = (2π)^(−1/2) exp(−u²/2), for u of any shape. Positive everywhere; integrates to 1."""
    _check_scaled_distance(u)
    # Beyond 100 the value is 0 in float64 already; without the bound the gradient would be 0 · inf.
    return torch.exp(-0.5 * u.clamp(-100, 100) ** 2) / math.sqrt(2 * math.pi)


def boxcar(u: Tensor) -> Tensor:
    """K(u) = ½ on |u| ≤ 1 and 0 beyond, for u of any shape. Integrates to 1."""
    _check_scaled_distance(u)
    return 0.5 * (u.abs() <= 1).to(u.dtype)


def triangular(u: Tensor) -> Tensor:
    """K(u) = max(0, 1 − |u|), for u of any shape. Integrates to 1."""
    _check_scaled_distance(u)
    return torch.clamp(1 - u.abs(), min=0)


def epanechnikov(u: Tensor) -> Tensor:
    """K(u) = ¾ max(0, 1 − u²), for u of any shape. Integrates to 1.

    References
    ----------
    Epanechnikov (1969), "Non-parametric estimation of a multivariate probability density".
    """
    _check_scaled_distance(u)
    reach = u.clamp(-1, 1)  # before squaring, which may overflow
    return 0.75 * (1 - reach**2)


def constant(u: Tensor) -> Tensor:
    """K(u) = 1, for u of any shape: every key counts alike, which is average pooling."""
    _check_scaled_distance(u)
    return torch.ones_like(u)


KERNELS: dict[str, Kernel] = {
    kernel.__name__: kernel for kernel in (gaussian, boxcar, triangular, epanechnikov, constant)
}

# Kernels with an edge are c (1 − |u|^p) within |u| ≤ 1, or c alone where p is 0: name -> (c, p).
COMPACT_POWERS: dict[str, tuple[float, int]] = {
    "boxcar": (0.5, 0),
    "triangular": (1.0, 1),
    "epanechnikov": (0.75, 2),
}


def get_kernel(name: str) -> Kernel:
    """Look a kernel up by name; `ValueError` lists the names there are."""
    if not isinstance(name, str) or name not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {name!r}")
    return KERNELS[name]


def _check_scaled_distance(u: Tensor) -> None:
    if not isinstance(u, Tensor) or u.dtype not in FLOAT_DTYPES:
        found = u.dtype if isinstance(u, Tensor) else type(u).__name__
        raise TypeError(f"u must be a tensor of torch.float32 or torch.float64, got {found}")
    if bool(torch.isnan(u).any()):
        raise ValueError("u must not hold NaN")
