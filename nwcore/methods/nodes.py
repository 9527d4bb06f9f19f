"""Weights of a local polynomial fit from its pairs themselves, whatever the kernel's weights span.

A fit of degree p at a query is made of polynomials that are orthogonal under the kernel's weights.
Far from all keys the nearest of them has all the weight that a float64 can tell, and yet a line
takes two keys and a parabola three: their weights must not vanish beside one another. So the
polynomials are built on Newton's basis 1, d, d (d − d₁), with d measured from the heaviest key and
d₁ the heaviest other place: whatever is summed with d leaves the heaviest key out, and is summed
relative to the weight at d₁; whatever is summed with d (d − d₁) leaves both out, and is relative to
the heaviest weight of the rest. No sum then cancels or underflows, and a query far from the keys
gets the line through the nearest two, the parabola through the nearest three.

References
----------
Björck (1996), "Numerical Methods for Least Squares Problems", for rows of weights that
span many orders of magnitude.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nwcore.kernels import Kernel
from nwcore.methods.scores import bounded, relative_scores


@dataclass(frozen=True)
class Pairs:
    """Queries and the places of keys that each of them looks at.

    Attributes
    ----------
    queries : Tensor, shape (q, 1)
    keys : Tensor, shape (k,) or (q, k)
    counts : Tensor, shape (q, k)
        Number of keys at each place, 0 where there is none to be looked at.
    nearest : Tensor, shape (q, 1)
        The nearest of the keys that count.
    """

    queries: Tensor
    keys: Tensor
    counts: Tensor
    nearest: Tensor


@dataclass(frozen=True)
class NodeFit:
    """Local fits of q queries.

    Attributes
    ----------
    weights : Tensor, shape (q, k)
        What the value of one key at each place weighs in the prediction; 0 where none counts.
    basis : list of pairs of Tensor, shapes (q, k)
        For each degree, what the values are multiplied with to give the coefficient of an
        orthogonal polynomial, and the polynomial's values at the keys.
    logarithmic : Tensor, shape (q, k)
        w ∂ log K/∂w, up to a number that is the same for all keys of a query.
    places : Tensor, shape (q,), int64
        Different places in reach, counted up to degree + 1.
    """

    weights: Tensor
    basis: list[tuple[Tensor, Tensor]]
    logarithmic: Tensor
    places: Tensor


@dataclass(frozen=True)
class _Levels:
    """Kernel weights relative to the heaviest of those that are left, level by level.

    Attributes
    ----------
    relative : list of Tensor, shape (q, k)
        K/K_t of all keys but those at the places of the levels before, which have 0.
    ratio : list of Tensor, shape (q, 1)
        K_t/K_(t − 1), 1 at level 0 and 0 where nothing is left.
    heaviest : list of Tensor, shape (q, 1)
        Where the key that a level is relative to lies.
    there : list of Tensor, shape (q, 1), bool
        Whether there is one.
    """

    relative: list[Tensor]
    ratio: list[Tensor]
    heaviest: list[Tensor]
    there: list[Tensor]


def fit_nodes(pairs: Pairs, w: Tensor, kernel: Kernel, degree: int) -> NodeFit:
    """Fit polynomials of the degree; of a lesser one where there are too few places.

    Gradients flow to `w` through the weights.
    """
    keys = pairs.keys.expand(pairs.counts.shape)
    logs, logarithmic, reached = _log_weights(pairs, keys, w, kernel)
    levels = _find_levels(keys, logs, reached, degree)
    n = pairs.counts
    start = levels.heaviest[0]
    d, z = keys - start, pairs.queries - start
    total = (n * levels.relative[0]).sum(-1, keepdim=True)
    total = total.masked_fill(~levels.there[0], 1)
    one = levels.relative[0] / total
    weights = one
    basis = [(one, torch.ones_like(one))]
    if degree >= 1:
        line = _fit_line(levels, n, d, z, total)
        weights = weights + line.at * line.dual
        basis.append((line.dual, line.values))
        if degree == 2:
            bend = _fit_parabola(levels, n, d, z, total, line)
            weights = weights + bend.at * bend.dual
            basis.append((bend.dual, bend.values))
    places = torch.stack([there.squeeze(-1) for there in levels.there]).sum(0)
    return NodeFit(weights * (n > 0), basis, logarithmic, places)


def _log_weights(
    pairs: Pairs, keys: Tensor, w: Tensor, kernel: Kernel
) -> tuple[Tensor, Tensor, Tensor]:
    """Log K up to a number a query, w ∂ log K/∂w likewise, and what is in reach; all (q, k)."""
    present = pairs.counts > 0
    if kernel.squared_exponential:
        scores = relative_scores(pairs.queries, keys, pairs.nearest, w)
        return scores, 2 * scores.detach(), present
    u = bounded((pairs.queries - keys) * w)
    similarity = kernel.value(u) + 0 * w
    reached = present & (similarity > 0)
    logs = torch.log(similarity.masked_fill(~reached, 1))
    flat = torch.zeros_like(u)
    slope = flat if kernel.derivative is None else (u * kernel.derivative(u)).detach()
    return logs, slope / similarity.detach().masked_fill(~reached, math.inf), reached


def _find_levels(keys: Tensor, logs: Tensor, reached: Tensor, degree: int) -> _Levels:
    relative: list[Tensor] = []
    ratio: list[Tensor] = []
    heaviest: list[Tensor] = []
    there: list[Tensor] = []
    peaks: list[Tensor] = []
    left = reached
    for level in range(degree + 1):
        visible = logs.masked_fill(~left, -torch.inf)
        _, index = visible.detach().max(-1, keepdim=True)
        any_left = left.any(-1, keepdim=True)
        peak = logs.gather(-1, index).masked_fill(~any_left, 0)
        place = keys.gather(-1, index)
        relative.append(torch.exp((logs - peak).masked_fill(~left, -torch.inf)))
        ratio.append(torch.exp(peak - peaks[-1]) * any_left if level else torch.ones_like(peak))
        heaviest.append(place)
        there.append(any_left)
        peaks.append(peak)
        # Places that rounding makes one, seen from the heaviest, are one.
        left = left & (keys - heaviest[0] != place - heaviest[0])
    return _Levels(relative, ratio, heaviest, there)


@dataclass(frozen=True)
class _Term:
    """One orthogonal polynomial φ of a fit.

    Attributes
    ----------
    at : Tensor, shape (q, 1)
        φ at the query; 0 where there is no such polynomial.
    dual : Tensor, shape (q, k)
        K φ / Σ K φ²: with these weights the values give the coefficient of φ.
    values : Tensor, shape (q, k)
        φ at the keys.
    scale : Tensor, shape (q, 1)
        The unit of length in which d is measured, for a line.
    share, norm, mean : Tensor, shape (q, 1)
        Of a line: the mean of d over the ratio of level 1, Σ K φ² over that ratio, and the mean.
    """

    at: Tensor
    dual: Tensor
    values: Tensor
    scale: Tensor
    share: Tensor
    norm: Tensor
    mean: Tensor


def _fit_line(levels: _Levels, n: Tensor, d: Tensor, z: Tensor, total: Tensor) -> _Term:
    g, r, there = levels.relative[1], levels.ratio[1], levels.there[1]
    first = d == 0
    n_first = (n * (first & (levels.relative[0] > 0))).sum(-1, keepdim=True)
    scale = _size(n * g, d, there)
    d = d / scale
    share = (n * g * d).sum(-1, keepdim=True) / total
    mean = r * share
    values = d - mean
    norm = (n * g * values**2).sum(-1, keepdim=True) + n_first * mean * share
    norm = norm.masked_fill(~there, 1)
    dual = torch.where(first, -share, g * values) / norm
    at = (z / scale - mean) * there
    return _Term(at, dual, values, scale, share, norm, mean)


def _fit_parabola(
    levels: _Levels, n: Tensor, d: Tensor, z: Tensor, total: Tensor, line: _Term
) -> _Term:
    g, r1, r2 = levels.relative[2], levels.ratio[1], levels.ratio[2]
    there = levels.there[2]
    step = levels.heaviest[1] - levels.heaviest[0]
    first, second = d == 0, d == step
    reached = levels.relative[0] > 0
    n_first = (n * (first & reached)).sum(-1, keepdim=True)
    n_second = (n * (second & (levels.relative[1] > 0))).sum(-1, keepdim=True)
    newton = d * (d - step)
    scale = _size(n * g, newton, there)
    newton = newton / scale
    tilt = (n * g * newton * line.values).sum(-1, keepdim=True) / line.norm  # times r2
    lift = (n * g * newton).sum(-1, keepdim=True) / total  # times r1 r2
    at_second = (step / line.scale - line.mean) * there
    first_value = tilt * line.share - lift  # φ/(r1 r2), and K φ/(r1 r2), at the first place
    second_value = -tilt * at_second - r1 * lift  # φ/r2, and K φ/(r1 r2), at the second
    rest = newton - r2 * (tilt * line.values + r1 * lift)
    values = torch.where(first, r1 * r2 * first_value, torch.where(second, r2 * second_value, rest))
    norm = (
        (n * g * values**2).sum(-1, keepdim=True)
        + n_first * r1 * r2 * first_value**2
        + n_second * r2 * second_value**2
    ).masked_fill(~there, 1)
    dual = torch.where(first, first_value, torch.where(second, second_value, g * values)) / norm
    at = (z * ((z - step) / scale) - r2 * (tilt * line.at + r1 * lift)) * there
    return _Term(at, dual, values, scale, line.share, norm, line.mean)


def _size(weights: Tensor, numbers: Tensor, there: Tensor) -> Tensor:
    """Root of the weighted mean square of numbers (q, k), shape (q, 1); 1 where there are none."""
    largest = (numbers.detach().abs() * (weights.detach() > 0)).amax(-1, keepdim=True)
    largest = largest.masked_fill(largest == 0, 1)
    mean_square = (weights.detach() * (numbers.detach() / largest) ** 2).sum(-1, keepdim=True)
    total = weights.detach().sum(-1, keepdim=True).masked_fill(~there, 1)
    size = largest * (mean_square / total).sqrt()
    return size.masked_fill(~there | (size == 0), 1)
