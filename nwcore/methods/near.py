"""Gaussian sums over the keys in reach, for some hundreds or thousands of points.

What costs there is not arithmetic: it is the steps that a general method takes before its sums, and
threads that are started for too little work. So this one is for plain numbers, takes few steps of
NumPy, and gives none where they would lose digits: another method then answers.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore.kernels import Kernel

Vector = NDArray[np.float64]

# Less to do than numpy.sum, which costs as much as the sum of some dozens.
add = np.add.reduce

# Beyond as many pairs, linear time is faster.
MANY_PAIRS = 2**21
# Up to so many pairs, looking at them all is faster than to sort.
FEW_PAIRS = 2**15
# To add up what a product with a vector adds up sooner than a sum.
_ONES: Vector = np.ones(FEW_PAIRS)
# Neighbouring queries that are answered together: more have less in common, fewer take more steps.
_ROWS = 64
# The weight, relative to that of a key at distance 0, that all neglected keys have together.
_NEGLECTED = 2.0**-56
# A query's weights add up to so much at least, or it has no key near enough: for exponentials that
# are not relative to its nearest key's, and for some to be neglected.
_LEAST_TOTAL = 2.0**-50
_LEAST_TOTAL_IN_REACH = 2.0**-6
_LARGEST_W = 1e9
# What is no number is left to another method. (A decorator is in force sooner than a block.)
_IGNORE = np.errstate(all="ignore")


def is_plain(*tensors: Tensor, kernel: Kernel) -> bool:
    """Whether these are plain float64 vectors, for a kernel whose exponent is a square."""
    if not kernel.squared_exponential:
        return False
    for x in tensors:  # a generator would cost half as much again as the looks
        if not (
            isinstance(x, Tensor)
            and x.dtype is torch.float64
            and x.layout is torch.strided
            and x.is_cpu
            and x.ndim == 1
            and not (x.requires_grad and torch.is_grad_enabled())
        ):
            return False
    return True


@_IGNORE
def pool(queries: Tensor, keys: Tensor, values: Tensor, w: float) -> Tensor | None:
    """Answer plain queries, (q,), from plain pairs; None where digits would be lost."""
    n_keys = keys.numel()
    n_pairs = queries.numel() * n_keys
    if n_keys != values.numel() or not 0 < n_pairs <= MANY_PAIRS or not abs(w) < _LARGEST_W:
        return None
    few = n_pairs <= FEW_PAIRS
    answer = _pool_few if few else _pool_sorted
    found = answer(queries.numpy(), keys.numpy(), values.numpy(), w)
    return None if found is None else torch.from_numpy(found)


def _pool_few(queries: Vector, keys: Vector, values: Vector, w: float) -> Vector | None:
    """All pairs at once, in as few steps as can be: for some dozens, steps are what costs."""
    weights = np.square(queries[:, None] - keys)  # (q, k)
    weights *= -0.5 * w * w
    np.exp(weights, weights)
    totals = weights.dot(_ONES[: len(keys)])
    answers: Vector = weights.dot(values) / totals
    # A key that is not finite would be in nobody's reach.
    finite = math.isfinite(answers.dot(totals) + keys.dot(keys))
    return answers if finite and _least(totals) >= _LEAST_TOTAL else None


def _least(numbers: Vector) -> float:
    """The least of the numbers, NaN if one is: sooner than numpy.min for some dozens."""
    least: float = numbers[numbers.argmin()]
    return least


def _pool_sorted(queries: Vector, keys: Vector, values: Vector, w: float) -> Vector | None:
    rank, order = queries.argsort(), keys.argsort()
    found = _sums(queries[rank], keys[order], values[order], w, leave_one_out=False)
    if found is None:
        return None
    sums, _ = found
    answers = np.empty_like(queries)
    answers[rank] = sums[:, 0] / sums[:, 1]
    return answers if math.isfinite(add(answers)) else None


@_IGNORE
def leave_one_out(x: Tensor, y: Tensor, w: float) -> tuple[float, float] | None:
    """The sum of squared leave-one-out errors of plain pairs, and its derivative in w.

    None where digits would be lost, or neither is a number.
    """
    n_pairs = x.numel() ** 2
    if x.numel() != y.numel() or not 1 < n_pairs <= MANY_PAIRS or not abs(w) < _LARGEST_W:
        return None
    few = n_pairs <= FEW_PAIRS
    found = (_others_few if few else _others_sorted)(x.numpy(), y.numpy(), w)
    if found is None:
        return None
    errors, slopes = found
    loss, slope = float(errors.dot(errors)), -2 * w * float(errors.dot(slopes))
    return (loss, slope) if math.isfinite(loss) and math.isfinite(slope) else None


def _others_few(x: Vector, y: Vector, w: float) -> tuple[Vector, Vector] | None:
    """Errors of predictions from all others, (n,), and their derivatives by −w; all at once."""
    squares = np.square(x[:, None] - x)  # (n, n)
    weights = squares * (-0.5 * w * w)
    np.exp(weights, weights)
    weights.ravel()[:: len(x) + 1] = 0
    ones = _ONES[: len(x)]
    totals = weights.dot(ones)
    if not _least(totals) >= _LEAST_TOTAL:  # NaN, too: of a point that is not finite
        return None
    predictions = weights.dot(y) / totals
    weights *= squares
    slopes: Vector = (weights.dot(y) - predictions * weights.dot(ones)) / totals
    return predictions - y, slopes


def _others_sorted(x: Vector, y: Vector, w: float) -> tuple[Vector, Vector] | None:
    """The same of many pairs, in whatever order."""
    order = x.argsort()
    x, y = x[order], y[order]
    found = _sums(x, x, y, w, leave_one_out=True)
    if found is None:
        return None
    sums, moments = found
    predictions = sums[:, 0] / sums[:, 1]
    slopes: Vector = (moments[:, 0] - predictions * moments[:, 1]) / sums[:, 1]
    return predictions - y, slopes


def _sums(
    queries: Vector, keys: Vector, values: Vector, w: float, *, leave_one_out: bool
) -> tuple[Vector, Vector] | None:
    """Sums of K · value and of K, (q, 2), and of both times squared distances if asked for.

    All are sorted, and keys out of reach are neglected. None where digits would be lost.
    """
    # What is not finite may be in nobody's reach.
    if not math.isfinite(add(queries) + add(keys) + add(values)):
        return None
    scaled = math.sqrt(2 * math.log(len(keys) / (_LEAST_TOTAL_IN_REACH * _NEGLECTED)))
    reach = scaled / abs(w) if abs(w) * _LARGEST_W > 1 else math.inf
    columns = np.ones((len(keys), 2))
    columns[:, 0] = values
    sums = np.empty((len(queries), 2))
    moments = np.empty((len(queries), 2)) if leave_one_out else sums
    for rows, near in _blocks(queries, keys, reach):
        squares = np.square(queries[rows, None] - keys[near])  # (rows, near)
        weights = squares * (-0.5 * w * w)
        np.exp(weights, weights)
        if leave_one_out:
            own = rows.start - near.start  # the column of the first row's own key
            weights.ravel()[own :: weights.shape[1] + 1] = 0
        np.matmul(weights, columns[near], sums[rows])
        if leave_one_out:
            weights *= squares
            np.matmul(weights, columns[near], moments[rows])
    return (sums, moments) if sums[:, 1].min() >= _LEAST_TOTAL_IN_REACH else None


def _blocks(queries: Vector, keys: Vector, reach: float) -> Iterator[tuple[slice, slice]]:
    """Blocks of sorted queries, and for each the sorted keys that one of them has in reach.

    Where all are in reach, one block of all queries and all keys.
    """
    if reach == math.inf:
        yield slice(0, len(queries)), slice(0, len(keys))
        return
    for start in range(0, len(queries), _ROWS):
        rows = slice(start, min(start + _ROWS, len(queries)))
        near = keys.searchsorted([queries[rows.start] - reach, queries[rows.stop - 1] + reach])
        yield rows, slice(int(near[0]), int(near[1]))
