"""Direct pooling: the weights of all pairs, a block of queries at a time."""

import torch
from torch import Tensor

from nwcore.methods.blocks import answer_in_blocks
from nwcore.methods.problem import Problem, excluded_pairs
from nwcore.methods.scores import (
    bounded,
    doubled_distance,
    excess_and_total,
    relative_scores,
    shares_without,
    softmax_without,
)

# Up to so many pairs of query and key, looking at them all is the fastest.
FEW_PAIRS = 2**17


def weights(problem: Problem) -> Tensor:
    """Attention weights of a problem, shape (q, k); gradients flow to queries, keys and w.

    A query without a key in reach has a row of NaN.
    """
    queries = problem.queries[:, None]  # (q, 1)
    excluded = excluded_pairs(problem)  # (q, k) or None
    if problem.kernel.squared_exponential:
        nearest = _nearest(problem, excluded)
        scores = relative_scores(queries, problem.keys, nearest, problem.w)  # (q, k)
        return softmax_without(scores, excluded)
    if problem.kernel.log_drop is not None:
        nearest = _nearest(problem, excluded)
        drop = problem.kernel.log_drop(
            *excess_and_total(queries, problem.keys, nearest, problem.w)
        )  # (q, k)
        return softmax_without(-drop, excluded)
    scaled = bounded((queries - problem.keys) * problem.w)  # (q, k)
    # A flat kernel has gradient 0, not none.
    return shares_without(problem.kernel.value(scaled) + 0 * problem.w, excluded)


def _nearest(problem: Problem, excluded: Tensor | None) -> Tensor:
    """The nearest key of each query, (q, 1), of those that count."""
    queries, keys = problem.queries.detach()[:, None], problem.keys.detach()
    left, right = keys <= queries, keys >= queries  # (q, k)
    if excluded is not None:
        left, right = left & ~excluded, right & ~excluded
    # Not by distances: of a far query, those are rounded, and several keys would look the nearest.
    below = torch.where(left, keys, -torch.inf).amax(dim=-1, keepdim=True)  # (q, 1)
    above = torch.where(right, keys, torch.inf).amin(dim=-1, keepdim=True)  # (q, 1)
    to_the_left = above.isinf() | (doubled_distance(queries, below, above) >= 0)
    return torch.where(below.isinf(), above, torch.where(to_the_left, below, above))


def pool(problem: Problem) -> Tensor:
    """Answer all queries, shape (q, c), or (q,) for values of shape (q, k).

    Gradients flow to all inputs; for more than one block the backward pass builds the weights
    again.
    """

    def answer(start: int, stop: int) -> Tensor:
        part = problem.rows(start, stop)
        block = weights(part)  # (rows, k)
        return block @ part.values if part.shared else (block * part.values).sum(dim=-1)

    return answer_in_blocks(
        answer,
        len(problem.queries),
        problem.keys.shape[-1],
        gradient=problem.wants_gradient(in_w=True),
    )
