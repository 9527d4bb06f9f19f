"""Gaussian pooling as scaled dot-product attention: the same numbers from a Transformer's kernel.

    −½w²(x − xᵢ)² = [wx, 1] · [wxᵢ, −½w²xᵢ²] − ½w²x²,

and softmax does not see the last term, which all keys share. Memory grows with q + k, time with
q · k.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

from nwcore.methods.problem import Problem

# Scores of size s carry a rounding error of about s · 10⁻¹⁶ into the weights.
LARGEST_LENGTH = 60.0
# Queries and keys have two components and values are padded to as many: only then does PyTorch
# take, on a processor, its attention kernel that never holds all weights.
_HEAD = 2


def refusal(problem: Problem) -> str | None:
    """Why this method cannot answer the problem; None if it can."""
    if not problem.kernel.squared_exponential:
        return f"is for the gaussian kernel only, got kernel {problem.kernel.name!r}"
    if problem.leave_one_out:
        return "cannot leave a query's self term out"
    length = _scaled_length(problem)
    if not length <= LARGEST_LENGTH:
        return (
            f"keeps its digits while |w| times the range of queries and keys is at most "
            f"{LARGEST_LENGTH:g}, got {length:g}"
        )
    return None


def _scaled_length(problem: Problem) -> float:
    """Distance in bandwidths between the farthest two of all inputs."""
    queries, keys = problem.queries.detach(), problem.keys.detach()
    low = min(float(queries.min()), float(keys.min()))
    high = max(float(queries.max()), float(keys.max()))
    return (high - low) * abs(float(problem.w.detach()))


def pool(problem: Problem) -> Tensor:
    """Answer all queries, shape (q, c); gradients flow through PyTorch's own backward pass."""
    keys, w = problem.keys, problem.w
    centre = (keys.min() + keys.max()) / 2
    x, xi = w * (problem.queries - centre), w * (keys - centre)
    query = torch.stack([x, torch.ones_like(x)], dim=-1)  # (q, 2)
    key = torch.stack([xi, -0.5 * xi * xi], dim=-1)  # (k, 2)
    n_columns = problem.values.shape[1]
    heads = -(-n_columns // _HEAD)
    padded = pad(problem.values, (0, heads * _HEAD - n_columns))  # (k, heads · 2)
    value = padded.reshape(-1, heads, _HEAD).transpose(0, 1).contiguous()  # (heads, k, 2)
    pooled = scaled_dot_product_attention(
        query.expand(1, heads, -1, -1),
        key.expand(1, heads, -1, -1),
        value[None],
        scale=1.0,
    )  # (1, heads, q, 2)
    return pooled[0].transpose(0, 1).reshape(len(x), -1)[:, :n_columns]
