"""Random data for the search of a bandwidth, and a search that looks everywhere."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore import KERNELS

Vector = NDArray[np.float64]

# The kernels for which one bandwidth may be better than another.
SEARCHED = tuple(name for name, each in KERNELS.items() if each.compact or not each.flat)
# Written out once more; of any other kernel, its own values are taken.
FORMULAS: dict[str, Callable[[Vector], Vector]] = {
    "gaussian": lambda u: np.exp(-(u**2) / 2),
    "boxcar": lambda u: np.where(u <= 1, 1.0, 0.0),
    "triangular": lambda u: np.maximum(0, 1 - u),
    "epanechnikov": lambda u: np.maximum(0, 1 - u**2),
    "biweight": lambda u: np.maximum(0, 1 - u**2) ** 2,
    "triweight": lambda u: np.maximum(0, 1 - u**2) ** 3,
    "tricube": lambda u: np.maximum(0, 1 - u**3) ** 3,
    "cosine": lambda u: np.where(u < 1, np.cos(np.pi / 2 * u), 0.0),
}
PLACES = ("even", "uniform", "ties", "clusters", "doubled", "wide")


def random_problem(seed: int) -> tuple[Tensor, Tensor]:
    """2 to 40 pairs: inputs evenly placed, random, rounded, in clusters, doubled, over decades."""
    random = np.random.default_rng(seed)
    place = PLACES[seed % len(PLACES)]
    n = int(random.integers(2, 41))
    if place == "even":
        x = np.linspace(0, 5, n)
    elif place == "uniform":
        x = random.uniform(0, 5, n)
    elif place == "ties":
        x = np.round(random.uniform(0, 5, n), 1)
    elif place == "clusters":
        x = random.integers(0, 3, n) + random.normal(0, 0.03, n)
    elif place == "doubled":
        x = np.repeat(random.uniform(0, 5, n), 2)[:n]
    else:
        x = 10 ** random.uniform(-3, 1, n)
    if x.min() == x.max():
        x[0] += 1
    noise = random.choice([0.0, 0.1, 0.5, 2.0])
    y = 2 * np.sin(x) + np.abs(x) ** 0.8 + random.normal(0, 1, n) * noise
    return torch.from_numpy(x), torch.from_numpy(y)


def losses_of(x: Vector, y: Vector, w: Vector, kernel: str) -> Vector:
    """Leave-one-out losses straight from the formula; infinite where a point is left alone."""
    distances = np.abs(x[:, None] - x)
    nearest = (distances + np.where(np.eye(len(x)), np.inf, 0)).min(1, keepdims=True)
    losses = []
    for number in w:
        scaled = distances * number
        if kernel in FORMULAS:
            weights = FORMULAS[kernel](scaled)
        else:
            weights = KERNELS[kernel](torch.from_numpy(scaled)).numpy()
        if KERNELS[kernel].squared_exponential:  # relative to the nearest, or all might be 0
            squares = (distances - nearest) * (distances + nearest) * number**2
            weights = np.exp(-np.maximum(squares, 0) / 2)
        np.fill_diagonal(weights, 0)
        total = weights.sum(1)
        with np.errstate(invalid="ignore"):
            loss = ((weights @ y / total - y) ** 2).sum()
        losses.append(loss if (total > 0).all() else np.inf)
    return np.array(losses)


def look_everywhere(
    x: Vector, y: Vector, kernel: str, low: float, high: float, points: int = 1500
) -> tuple[Vector, Vector]:
    """Ascending w and their losses: a dense grid, and both sides of every breakpoint."""
    distances = np.unique(np.abs(x[:, None] - x))
    breaks = 1 / distances[distances > 0] if kernel != "gaussian" else np.array([])
    w = np.concatenate([np.geomspace(low, high, points), breaks * (1 - 1e-7), breaks * (1 + 1e-7)])
    w = np.unique(w[(w >= low) & (w <= high)])
    return w, losses_of(x, y, w, kernel)
