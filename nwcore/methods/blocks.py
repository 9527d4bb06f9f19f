"""All queries answered a block at a time, so that memory grows with q + k and not with q · k."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

# The largest block of weights held at once: 2**22 float64 numbers are 32 MiB.
LARGEST_BLOCK = 2**22


def answer_in_blocks(
    answer: Callable[[int, int], Tensor],
    n_queries: int,
    numbers_a_query: int,
    *,
    gradient: bool,
    dim: int = 0,
) -> Tensor:
    """Put together the answers to all queries.

    Parameters
    ----------
    answer : callable
        Answers the queries from the first number to before the second.
    n_queries : int
    numbers_a_query : int
        How many numbers a query's weights are.
    gradient : bool
        Whether a gradient is wanted; the backward pass then builds each block again.
    dim : int
        The dimension of the answers that counts queries.

    Returns
    -------
    Tensor
    """
    rows = max(1, LARGEST_BLOCK // numbers_a_query)
    if rows >= n_queries:
        return answer(0, n_queries)
    bounds = [(start, min(start + rows, n_queries)) for start in range(0, n_queries, rows)]
    if gradient:
        blocks = [checkpoint(answer, *bound, use_reentrant=False) for bound in bounds]
        return torch.cat(blocks, dim=dim)
    # Written into one tensor: results kept one by one would lie in the memory that a block of
    # weights gave back, and the next block would not fit there again.
    first = answer(*bounds[0])
    shape = list(first.shape)
    shape[dim] = n_queries
    out = first.new_empty(shape)
    out.narrow(dim, 0, bounds[0][1]).copy_(first)
    for start, stop in bounds[1:]:
        out.narrow(dim, start, stop - start).copy_(answer(start, stop))
    return out
