"""Inputs that are hard for fast sums of kernels, made from a few numbers that say how."""

from dataclasses import dataclass

import torch
from torch import Tensor

LAYOUTS = (
    "uniform",
    "normal",
    "clusters",
    "duplicates",
    "uneven",
    "gap",
    "offset",
    "ends",
    "one place",
)
VALUES = ("positive", "signed", "wide", "mostly zero")


@dataclass(frozen=True)
class Problem:
    """Queries (q,), keys (k,) and values (k,), float64, and w, the inverse bandwidth."""

    queries: Tensor
    keys: Tensor
    values: Tensor
    w: float


def make_problem(
    layout: str, kind: str, n_keys: int, n_queries: int, scaled_range: float, seed: int
) -> Problem:
    """Keys laid out in one of `LAYOUTS`, values in one of `VALUES`, w · range as given."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(n: int) -> Tensor:
        return torch.rand(n, generator=generator, dtype=torch.float64)

    def normal(n: int) -> Tensor:
        return torch.randn(n, generator=generator, dtype=torch.float64)

    keys = _lay_out(layout, uniform(n_keys), normal(n_keys))
    low, high = float(keys.min()), float(keys.max())
    length = high - low
    near = keys[(uniform(n_queries) * n_keys).long()]
    queries = torch.where(
        uniform(n_queries) < 0.3,
        near + 0.01 * length * normal(n_queries),
        low + length * (1.6 * uniform(n_queries) - 0.3),
    )
    queries = torch.where(uniform(n_queries) < 0.2, near, queries)
    values = {
        "positive": uniform(n_keys) + 0.1,
        "signed": normal(n_keys),
        "wide": 10.0 ** (16 * uniform(n_keys) - 8) * torch.sign(normal(n_keys)),
        "mostly zero": (uniform(n_keys) < 0.05) * uniform(n_keys),
    }[kind]
    return Problem(queries, keys, values, scaled_range / length if length > 0 else scaled_range)


def _lay_out(layout: str, uniform: Tensor, normal: Tensor) -> Tensor:
    n = len(uniform)
    number = torch.arange(n, dtype=torch.float64)
    if layout == "normal":
        return normal
    if layout == "clusters":  # seven, each far narrower than the space between
        return torch.floor(7 * uniform) ** 1.7 + 1e-5 * normal
    if layout == "duplicates":
        return torch.floor(uniform * 40) / 8
    if layout == "uneven":
        return 10.0 ** (10 * uniform - 8)
    if layout == "gap":
        return torch.where(number < n / 2, uniform, uniform + 9)
    if layout == "offset":
        return uniform + 1e6
    if layout == "ends":  # most keys at one place, few far away
        return torch.where(number < 0.95 * n, 1e-3 * uniform, 5 * uniform)
    if layout == "one place":
        return torch.full_like(uniform, 0.7)
    return 5 * uniform
