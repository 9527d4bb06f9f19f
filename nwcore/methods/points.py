"""Pooling of inputs with several coordinates, with leading batch dimensions and masks.

A query x attends to a key xᵢ by the distance ‖W(x − xᵢ)‖, and W(x − xᵢ) = Wx − Wxᵢ: both are
projected once, and all that follows takes distances between projected points.

Shapes: q queries and k keys of r projected coordinates, behind any batch dimensions, (...).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nwcore._checks import broadcast
from nwcore.kernels import Kernel
from nwcore.methods import sdpa
from nwcore.methods.blocks import answer_in_blocks
from nwcore.methods.problem import LARGEST_INPUT, excluded_pairs
from nwcore.methods.scores import bound, bounded, shares_without, softmax_without


@dataclass(frozen=True)
class PointProblem:
    """Projected queries to be answered from projected keys, all float64, gradients attached.

    Attributes
    ----------
    queries : Tensor, shape (..., q, r)
    keys : Tensor, shape (..., k, r)
    values : Tensor, shape (..., k, c)
    kernel : Kernel
    mask : Tensor, shape (..., q, k), bool, or None
        True where a query may attend to a key; at least once in each row.
    leave_one_out : bool
        Whether the queries are the keys, and each is to be answered by all others.
    large : bool
        Whether differences of coordinates may be so large that a product of two is infinite.
    first : int
        Number of the first query among the keys, when one is left out.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    kernel: Kernel
    mask: Tensor | None
    leave_one_out: bool
    large: bool
    first: int = 0

    @property
    def batch(self) -> torch.Size:
        """The leading dimensions of the answers."""
        mask = torch.Size() if self.mask is None else self.mask.shape[:-2]
        sides = (self.queries, self.keys, self.values)
        return broadcast(*(side.shape[:-2] for side in sides), mask)

    @property
    def n_queries(self) -> int:
        """Number of queries, q."""
        return self.queries.shape[-2]

    @property
    def n_keys(self) -> int:
        """Number of keys, k."""
        return self.keys.shape[-2]

    @property
    def n_pairs(self) -> int:
        """Number of pairs of query and key, over the whole batch."""
        return math.prod(self.batch) * self.n_queries * self.n_keys

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What gradients may flow to."""
        return self.queries, self.keys, self.values

    @property
    def columns(self) -> Tensor:
        """The values, (any, c), that are lowered together."""
        return self.values.flatten(0, -2)

    def rows(self, start: int, stop: int) -> "PointProblem":
        """The problem of the queries from `start` to before `stop`."""
        queries = self.queries[..., start:stop, :]
        mask = None if self.mask is None else self.mask[..., start:stop, :]
        return replace(self, queries=queries, mask=mask, first=self.first + start)


def pose_points(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: Tensor,
    kernel: Kernel,
    *,
    mask: Tensor | None = None,
    leave_one_out: bool = False,
) -> PointProblem:
    """Project checked arguments of any float dtype and put them together.

    Parameters
    ----------
    queries : Tensor, shape (..., q, d)
    keys : Tensor, shape (..., k, d)
    values : Tensor, shape (..., k, c)
    w : Tensor, 0-d, or shape (d,) or (r, d), float64
        One inverse bandwidth for all coordinates, one for each, or the matrix W.
    kernel : Kernel
    mask : Tensor, shape (..., q, k), bool, or None
    leave_one_out : bool

    Raises
    ------
    ValueError
        If the projected inputs are too large for their differences to be finite.
    """
    queries, keys, values = queries.double(), keys.double(), values.double()
    # Distances do not see the keys' middle; taken off first, it costs them no digits.
    flat = keys.detach().flatten(0, -2)
    centre = flat.amin(0) / 2 + flat.amax(0) / 2  # (d,)
    sides = [side - centre for side in (queries, keys)]
    projected = [side @ w.T if w.ndim == 2 else side * w for side in sides]
    largest = max(float(side.detach().abs().amax()) for side in projected)
    if not largest <= LARGEST_INPUT:
        raise ValueError(
            f"w must keep the scaled queries and keys within {LARGEST_INPUT:.3g}, got {largest:.3g}"
        )
    # The largest of the differences is bᵢ + b₀ − 2a, of four coordinates.
    large = not 4 * largest <= bound(queries.dtype)
    return PointProblem(projected[0], projected[1], values, kernel, mask, leave_one_out, large)


def weights(problem: PointProblem) -> Tensor:
    """Attention weights of a problem, shape (..., q, k); gradients flow to queries and keys.

    A query without a key in reach has a row of NaN.
    """
    excluded = excluded_pairs(problem)  # (..., q, k) or None
    if problem.kernel.squared_exponential:
        return softmax_without(_relative_scores(problem, excluded)[0], excluded)
    squares = _squared_distances(problem, problem.queries, problem.keys)  # (..., q, k)
    distances = _roots(squares)
    if problem.kernel.log_drop is not None:
        scores, nearest = _relative_scores(problem, excluded)
        one = _squared_distances(problem, problem.queries[..., None, :], nearest[..., None, :])
        total = distances + _roots(one.squeeze(-1))  # (..., q, k)
        # (u² − u₀²)/(u + u₀), 0 where both distances are.
        excess = -2 * scores / total.masked_fill(total == 0, 1)
        return softmax_without(-problem.kernel.log_drop(excess, total), excluded)
    # A flat kernel has gradient 0, not none.
    return shares_without(problem.kernel.value(distances) + 0 * squares, excluded)


def pool(problem: PointProblem) -> Tensor:
    """Answer all queries, shape (..., q, c), a block of queries at a time."""

    def answer(start: int, stop: int) -> Tensor:
        part = problem.rows(start, stop)
        return weights(part) @ part.values  # (..., rows, c)

    return answer_in_blocks(
        answer,
        problem.n_queries,
        math.prod(problem.batch) * problem.n_keys,
        gradient=torch.is_grad_enabled() and any(each.requires_grad for each in problem.tensors),
        dim=-2,
    )


def _pool_by_sdpa(problem: PointProblem) -> Tensor:
    return sdpa.attend(problem.queries, problem.keys, problem.values, problem.mask)


POOL: dict[str, Callable[[PointProblem], Tensor]] = {"direct": pool, "sdpa": _pool_by_sdpa}
"""The methods for inputs with coordinates; each answers all queries, shape (..., q, c)."""


def sdpa_refusal(problem: PointProblem) -> str | None:
    """Why the method "sdpa" cannot answer the problem; None if it can."""
    length = sdpa.length(problem.queries, problem.keys)
    return sdpa.refusal_at(length, problem.kernel, leave_one_out=problem.leave_one_out)


def _relative_scores(problem: PointProblem, excluded: Tensor | None) -> tuple[Tensor, Tensor]:
    """−½(‖a − bᵢ‖² − ‖a − b₀‖²) for each query a, its keys bᵢ and its nearest key b₀.

    Also b₀, (..., q, r), as a constant: no weight follows it.

    As in `nwcore.methods.scores`, the difference of squares is computed as (bᵢ − b₀)·(bᵢ + b₀ − 2a)
    so that nothing large was squared before. Where rounding makes another key than the nearest
    look it, scores are relative to that one, which changes no weight.
    """
    queries, keys = problem.queries, problem.keys
    keep = _keep_finite(problem)
    with torch.no_grad():
        squares = _squared_distances(problem, queries, keys)  # (..., q, k)
        if excluded is not None:
            squares = squares.masked_fill(excluded, torch.inf)
        chosen = squares.argmin(dim=-1)  # (..., q)
        n_coordinates = keys.shape[-1]
        each = keys.expand(*chosen.shape[:-1], *keys.shape[-2:])  # (..., k, r)
        index = chosen[..., None].expand(*chosen.shape, n_coordinates)
        nearest = each.gather(-2, index)  # (..., q, r)
    scores = queries.new_zeros(())
    for a, b, b0 in zip(queries.unbind(-1), keys.unbind(-1), nearest.unbind(-1), strict=True):
        apart = keep(b[..., None, :] - b0[..., :, None])  # (..., q, k)
        beyond = keep(b[..., None, :] + b0[..., :, None] - 2 * a[..., :, None])
        scores = scores - 0.5 * apart * beyond
    return scores, nearest


def _roots(squares: Tensor) -> Tensor:
    """Square roots; the root has no derivative at 0, and a kernel's is 0 there or a kink."""
    apart = squares > 0
    return torch.where(apart, squares, 1).sqrt() * apart


def _keep_finite(problem: PointProblem) -> Callable[[Tensor], Tensor]:
    """`bounded` for differences that need it: of others, it would be a copy that takes a while."""
    return bounded if problem.large else lambda differences: differences


def _squared_distances(problem: PointProblem, queries: Tensor, keys: Tensor) -> Tensor:
    """‖a − b‖² of all pairs, (..., q, k), finite, one coordinate at a time to save memory.

    Of differences, not as ‖a‖² − 2a·b + ‖b‖², which loses the digits of near pairs.
    """
    keep = _keep_finite(problem)
    squares = queries.new_zeros(())
    for a, b in zip(queries.unbind(-1), keys.unbind(-1), strict=True):
        squares = squares + keep(a[..., :, None] - b[..., None, :]).square()
    return squares.clamp(max=torch.finfo(squares.dtype).max)
