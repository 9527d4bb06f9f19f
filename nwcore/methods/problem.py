"""What is to be pooled, and how: the arguments of the public functions, checked and put together.

Inside, everything is float64, whatever the dtype of the arguments: one rule for all methods of what
is in reach, and of how much is rounded. Answers are rounded to the arguments' dtype at last.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, Protocol

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
    def n_queries(self) -> int:
        """Number of queries, q."""
        return len(self.queries)

    @property
    def n_keys(self) -> int:
        """Number of keys of each query, k."""
        return self.keys.shape[-1]

    @property
    def n_pairs(self) -> int:
        """Number of pairs of query and key."""
        return self.n_queries * self.n_keys

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What gradients may flow to."""
        return self.queries, self.keys, self.values, self.w

    @property
    def columns(self) -> Tensor:
        """The values, (k, c), or in one column where each query has its own, (q k, 1)."""
        return self.values if self.shared else self.values.reshape(-1, 1)

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
        tensors = self.tensors if in_w else self.tensors[:-1]
        return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


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


class _Pairs(Protocol):
    """What says which pairs of query and key count, of a problem of either kind."""

    @property
    def n_queries(self) -> int: ...
    @property
    def n_keys(self) -> int: ...
    @property
    def mask(self) -> Tensor | None: ...
    @property
    def leave_one_out(self) -> bool: ...
    @property
    def first(self) -> int: ...


def excluded_pairs(problem: _Pairs) -> Tensor | None:
    """The pairs to be left out, (..., q, k): masked ones, and those of a query with itself."""
    excluded = None if problem.mask is None else ~problem.mask
    if problem.leave_one_out:
        rows = problem.first + torch.arange(problem.n_queries)
        self_pairs = rows[:, None] == torch.arange(problem.n_keys)  # (q, k)
        excluded = self_pairs if excluded is None else excluded | self_pairs
    return excluded


def _largest(x: Tensor) -> float:
    return float(x.detach().abs().max())


def lowering(n_values: int, largest: float) -> float:
    """1, or the power of two that keeps the sum of so many values, none larger, finite."""
    bits = n_values.bit_length() + 1
    return math.ldexp(1.0, -bits) if largest >= math.ldexp(1.0, 1023 - bits) else 1.0


def lowering_factors(columns: Tensor, n_values: int) -> Tensor | None:
    """Powers of two, (c,), for columns (any, c) so large that sums of so many may not be finite.

    None where no value is that large.
    """
    largest = columns.detach().abs().amax(0)  # (c,)
    factors = [lowering(n_values, size) for size in largest.tolist()]
    return None if all(factor == 1 for factor in factors) else largest.new_tensor(factors)


def raise_answers(answers: Tensor, columns: Tensor, factors: Tensor) -> Tensor:
    """Undo `lowering_factors` for answers (..., c) or (q,): averages of the lowered columns."""
    columns = columns.detach()
    # Rounding may have carried an average past the largest value, to where floats end.
    between = torch.clamp(answers, columns.amin(0), columns.amax(0))
    return (answers + (between - answers).detach()) / factors
