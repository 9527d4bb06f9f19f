"""Gaussian sums over the keys in reach, for some hundreds or thousands of points.

What costs there is not arithmetic: it is the steps that a general method takes before its sums, and
threads that are started for too little work. So this one is for plain numbers, takes few steps of
NumPy, and gives none where they would lose digits: another method then answers.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nwcore.kernels import Kernel

Vector = NDArray[np.float64]

# Beyond as many pairs, linear time is faster.
MANY_PAIRS = 2**21
# Up to so many pairs, looking at them all is faster than to sort.
FEW_PAIRS = 2**15
# Neighbouring queries that are answered together: more have less in common, fewer take more steps.
_ROWS = 64
# The weight, relative to that of a key at distance 0, that all neglected keys have together.
_NEGLECTED = 2.0**-56
# A query's weights add up to so much at least, or it has no key near enough: for exponentials that
# are not relative to its nearest key's, and for some to be neglected.
_LEAST_TOTAL = 2.0**-50
_LEAST_TOTAL_IN_REACH = 2.0**-6
_LARGEST_W = 1e9


def is_plain(*tensors: Tensor, kernel: Kernel) -> bool:
    """Whether these are plain float64 vectors, for a kernel whose exponent is a square."""
    return kernel.squared_exponential and all(
        isinstance(x, Tensor)
        and x.dtype is torch.float64
        and x.layout is torch.strided
        and x.is_cpu
        and x.ndim == 1
        and not (x.requires_grad and torch.is_grad_enabled())
        for x in tensors
    )


def pool(queries: Tensor, keys: Tensor, values: Tensor, w: float) -> Tensor | None:
    """Answer plain queries, (q,), from plain pairs; None where digits would be lost."""
    n_pairs = len(queries) * len(keys)
    if len(keys) != len(values) or not 0 < n_pairs <= MANY_PAIRS:
        return None
    with np.errstate(all="ignore"):  # what is no number is left to another method
        found = _answers(queries, keys, values, w, leave_one_out=False)
    return None if found is None else torch.from_numpy(found[0])


def leave_one_out(x: Tensor, y: Tensor, w: float) -> tuple[float, float] | None:
    """The sum of squared leave-one-out errors of plain pairs, and its derivative in w.

    None where digits would be lost, or neither is a number.
    """
    if len(x) != len(y) or not 1 < len(x) ** 2 <= MANY_PAIRS:
        return None
    with np.errstate(all="ignore"):
        found = _answers(x, x, y, w, leave_one_out=True)
        if found is None:
            return None
        predictions, slopes = found
        errors = predictions - y.detach().numpy()
        loss, slope = float(errors @ errors), 2 * float(errors @ slopes)
    return (loss, slope) if math.isfinite(loss) and math.isfinite(slope) else None


def _answers(
    queries: Tensor, keys: Tensor, values: Tensor, w: float, *, leave_one_out: bool
) -> tuple[Vector, Vector] | None:
    """Answers (q,), and their derivatives in w (q,), which mean something with `leave_one_out`."""
    if not abs(w) < _LARGEST_W:
        return None
    asked, places, outputs = (x.detach().numpy() for x in (queries, keys, values))
    # What is not finite may be in nobody's reach.
    if not math.isfinite(asked.sum() + places.sum() + outputs.sum()):
        return None
    rank: Any = slice(None)
    reach, least = math.inf, _LEAST_TOTAL
    if len(asked) * len(places) > FEW_PAIRS:
        order = places.argsort()
        rank = order if leave_one_out else asked.argsort()
        asked, places, outputs = asked[rank], places[order], outputs[order]
        least = _LEAST_TOTAL_IN_REACH
        scaled = math.sqrt(2 * math.log(len(places) / (least * _NEGLECTED)))
        reach = scaled / abs(w) if abs(w) * _LARGEST_W > 1 else math.inf
    columns = np.stack([outputs, np.ones_like(outputs)], axis=1)  # (k, 2)
    sums = np.empty((len(asked), 2))
    moments = np.empty((len(asked), 2)) if leave_one_out else sums
    for rows, near in _blocks(asked, places, reach):
        squares = asked[rows, None] - places[near]  # (rows, near)
        squares *= squares
        weights = squares * (-0.5 * w * w)
        np.exp(weights, out=weights)
        if leave_one_out:
            own = np.arange(rows.stop - rows.start)
            weights[own, own + (rows.start - near.start)] = 0
        np.matmul(weights, columns[near], out=sums[rows])
        if leave_one_out:
            weights *= squares
            np.matmul(weights, columns[near], out=moments[rows])
    totals = sums[:, 1]
    if not totals.min() >= least:
        return None
    answers, slopes = np.empty(len(asked)), np.empty(len(asked))
    answers[rank] = predictions = sums[:, 0] / totals
    slopes[rank] = -w * (moments[:, 0] - predictions * moments[:, 1]) / totals
    return (answers, slopes) if math.isfinite(answers.sum()) else None


def _blocks(queries: Vector, keys: Vector, reach: float) -> Iterator[tuple[slice, slice]]:
    """Blocks of sorted queries, and for each the sorted keys that one of them has in reach.

    Without bounds, all queries and all keys, in whatever order.
    """
    if reach == math.inf:
        yield slice(0, len(queries)), slice(0, len(keys))
        return
    for start in range(0, len(queries), _ROWS):
        rows = slice(start, min(start + _ROWS, len(queries)))
        near = keys.searchsorted([queries[rows.start] - reach, queries[rows.stop - 1] + reach])
        yield rows, slice(int(near[0]), int(near[1]))
