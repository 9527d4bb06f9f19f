"""Gaussian pooling as scaled dot-product attention: the same numbers from a Transformer's kernel.

    −½w²(x − xᵢ)² = [wx, 1] · [wxᵢ, −½w²xᵢ²] − ½w²x²,

and softmax does not see the last term, which all keys share. Memory grows with q + k, time with
q · k.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

# Scores of size s carry a rounding error of about s · 10⁻¹⁶ into the weights.
LARGEST_LENGTH = 60.0
# Queries and keys have two components and values are padded to as many: only then does PyTorch
# take, on a processor, its attention kernel that never holds all weights.
_HEAD = 2


def scaled_length(queries: Tensor, keys: Tensor, w: Tensor) -> float:
    """Distance in units of 1/w between the farthest two of all inputs."""
    low = min(float(queries.min()), float(keys.min()))
    high = max(float(queries.max()), float(keys.max()))
    return (high - low) * abs(float(w))


def pool(queries: Tensor, keys: Tensor, values: Tensor, w: Tensor) -> Tensor:
    """Pool values (c, k) for queries (q,) and keys (k,), all float64; shape (c, q).

    Gradients flow through PyTorch's own backward pass. Scores lose digits as (w · range)²: the
    caller keeps `scaled_length` to at most `LARGEST_LENGTH`.
    """
    centre = (keys.min() + keys.max()) / 2
    x, xi = w * (queries - centre), w * (keys - centre)
    query = torch.stack([x, torch.ones_like(x)], dim=-1)  # (q, 2)
    key = torch.stack([xi, -0.5 * xi * xi], dim=-1)  # (k, 2)
    heads = -(-len(values) // _HEAD)
    padded = pad(values, (0, 0, 0, heads * _HEAD - len(values)))
    value = padded.reshape(heads, _HEAD, -1).transpose(1, 2).contiguous()  # (heads, k, 2)
    pooled = scaled_dot_product_attention(
        query.expand(1, heads, -1, -1),
        key.expand(1, heads, -1, -1),
        value[None],
        scale=1.0,
    )  # (1, heads, q, 2)
    return pooled[0].transpose(1, 2).reshape(heads * _HEAD, -1)[: len(values)]
