"""What is to be pooled, and how: the arguments of the public functions, checked and put together.

Inside, everything is float64, whatever the dtype of the arguments: one rule for all methods of what
is in reach, and of how much is rounded. Answers are rounded to the arguments' dtype at last.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from nwcore.kernels import Kernel

Empty = Literal["error", "nan"]

# Differences of inputs beyond this may not be finite.
LARGEST_INPUT = math.ldexp(1.0, 1020)
SHRINK = math.ldexp(1.0, -4)


@dataclass(frozen=True)
class Problem:
    """Queries to be answered from key–value pairs, all float64; gradients are attached.

    Attributes
    ----------
    queries : Tensor, shape (q,)
    keys : Tensor, shape (k,) or (q, k)
    values : Tensor, shape (k, c), or (q, k) for keys of that shape
    w : Tensor, 0-d
        Inverse bandwidth, of either sign.
    kernel : Kernel
    mask : Tensor, shape (q, k), bool, or None
        True where a query may attend to a key; at least once in each row.
    leave_one_out : bool
        Whether the queries are the keys, and each is to be answered by all others.
    first : int
        Number of the first query among the keys, when one is left out.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    w: Tensor
    kernel: Kernel
    mask: Tensor | None
    leave_one_out: bool
    first: int = 0

    @property
    def shared(self) -> bool:
        """Whether all queries have the same keys."""
        return self.keys.ndim == 1

    @property
    def n_pairs(self) -> int:
        """Number of pairs of query and key."""
        return len(self.queries) * self.keys.shape[-1]

    def rows(self, start: int, stop: int) -> "Problem":
        """The problem of the queries from `start` to before `stop`."""
        part = slice(start, stop)
        queries = self.queries[part]
        mask = None if self.mask is None else self.mask[part]
        if self.shared:
            return replace(self, queries=queries, mask=mask, first=self.first + start)
        keys, values = self.keys[part], self.values[part]
        return replace(self, queries=queries, keys=keys, values=values, mask=mask)

    def wants_gradient(self, *, in_w: bool) -> bool:
        """Whether a gradient is to flow to the inputs, or also to `w`."""
        inputs = [self.queries, self.keys, self.values, *([self.w] if in_w else [])]
        return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)


def pose(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: Tensor,
    kernel: Kernel,
    *,
    mask: Tensor | None = None,
    leave_one_out: bool = False,
) -> Problem:
    """Put checked arguments of any float dtype together."""
    queries, keys, values, w = (x.double() for x in (queries, keys, values, w))
    if values.ndim == 1 and keys.ndim == 1:
        values = values[:, None]
    if max(_largest(queries), _largest(keys)) > LARGEST_INPUT:
        limit = torch.finfo(torch.float64).max
        queries, keys = queries * SHRINK, keys * SHRINK
        w = (w / SHRINK).clamp(-limit, limit)
    return Problem(queries, keys, values, w, kernel, mask, leave_one_out)


def _largest(x: Tensor) -> float:
    return float(x.detach().abs().max())


def lowering(n_values: int, largest: float) -> float:
    """1, or the power of two that keeps the sum of so many values, none larger, finite."""
    bits = n_values.bit_length() + 1
    return math.ldexp(1.0, -bits) if largest >= math.ldexp(1.0, 1023 - bits) else 1.0


def lower_values(problem: Problem) -> tuple[Problem, Tensor | None]:
    """Lower values so large that their sums may not be finite, and give the factors.

    The factors, (c,) or 0-d, are powers of two; None where no value is that large.
    """
    sizes = problem.values.detach().abs()
    largest = sizes.amax(0) if problem.shared else sizes.max()  # (c,) or 0-d
    n_values = problem.keys.shape[-1]
    factors = [lowering(n_values, size) for size in largest.reshape(-1).tolist()]
    if all(factor == 1 for factor in factors):
        return problem, None
    factor = largest.new_tensor(factors).reshape(largest.shape)
    return replace(problem, values=problem.values * factor), factor


def raise_answers(answers: Tensor, problem: Problem, factor: Tensor) -> Tensor:
    """Undo `lower_values` for answers (q, c) or (q,): averages, between the values' extremes."""
    values = problem.values.detach()
    low, high = (values.amin(0), values.amax(0)) if problem.shared else (values.min(), values.max())
    # Rounding may have carried an average past the largest value, to where floats end.
    inside = answers + (torch.clamp(answers, low, high) - answers).detach()
    return inside / factor
