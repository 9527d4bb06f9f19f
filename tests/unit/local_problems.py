"""Local fits in rational arithmetic, and problems to try them on."""

from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore.kernels import get_kernel

Vector = NDArray[np.float64]


def f64(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def exact_weights(query: float, keys: Vector, w: float, kernel: str, degree: int) -> list[Fraction]:
    """What each value weighs: the normal equations solved without rounding.

    Only the exponentials of the Gaussian kernel are rounded, in extended precision and relative to
    the nearest key.
    """
    exact = [Fraction(key) for key in keys.tolist()]
    offsets = [(key - Fraction(query)) * Fraction(w) for key in exact]
    if kernel == "gaussian":
        least = min(u * u for u in offsets)
        similarities = [
            Fraction(*np.exp(-_long((u * u - least) / 2)).as_integer_ratio()) for u in offsets
        ]
    else:
        polynomial = get_kernel(kernel).polynomial
        assert polynomial is not None
        similarities = [
            sum((Fraction(c) * abs(u) ** j for j, c in enumerate(polynomial)), Fraction(0))
            if abs(u) <= 1
            else Fraction(0)
            for u in offsets
        ]
    size = degree + 1
    moments = [
        sum((k * u**j for k, u in zip(similarities, offsets, strict=True)), Fraction(0))
        for j in range(2 * degree + 1)
    ]
    rows = [[moments[i + j] for j in range(size)] + [Fraction(int(i == 0))] for i in range(size)]
    for i in range(size):
        rows[i] = [entry / rows[i][i] for entry in rows[i]]
        for other in range(size):
            if other != i:
                factor = rows[other][i]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[i], strict=True)]
    first = [row[-1] for row in rows]
    return [
        k * sum((c * u**j for j, c in enumerate(first)), Fraction(0))
        for k, u in zip(similarities, offsets, strict=True)
    ]


def _long(number: Fraction) -> np.longdouble:
    high = float(number)
    return np.longdouble(high) + np.longdouble(float(number - Fraction(high)))


def relative_error(
    found: float, query: float, keys: Vector, values: Vector, w: float, kernel: str, degree: int
) -> float:
    """Error of a prediction, relative to Σ |lᵢ yᵢ|."""
    weights = exact_weights(query, keys, w, kernel, degree)
    terms = [weight * Fraction(y) for weight, y in zip(weights, values.tolist(), strict=True)]
    size = sum((abs(term) for term in terms), Fraction(0))
    return float(abs(Fraction(found) - sum(terms, Fraction(0))) / size)


def noisy(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """n pairs of a curve with noise, in random order."""
    generator = torch.Generator().manual_seed(seed)
    keys = 5 * torch.rand(n, generator=generator, dtype=torch.float64)
    noise = torch.randn(n, generator=generator, dtype=torch.float64)
    return keys, 2 * torch.sin(keys) + keys + 0.5 * noise
