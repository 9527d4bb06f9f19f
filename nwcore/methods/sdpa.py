"""Gaussian pooling as scaled dot-product attention: the same numbers from a Transformer's kernel.

    −½‖a − b‖² = [a, 1] · [b, −½‖b‖²] − ½‖a‖²,

and softmax does not see the last term, which all keys share. In one dimension a = wx and b = wxᵢ.
Memory grows with q + k, time with q · k.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad, scaled_dot_product_attention

from nwcore._checks import broadcast
from nwcore.kernels import Kernel
from nwcore.methods.problem import Problem

# Scores of size s carry a rounding error of about s · 10⁻¹⁶ into the weights.
LARGEST_LENGTH = 60.0


def refusal(problem: Problem) -> str | None:
    """Why this method cannot answer the problem; None if it can."""
    queries, keys = problem.queries.detach(), problem.keys.detach()
    found = length(queries[:, None], keys[:, None]) * abs(float(problem.w.detach()))
    return refusal_at(found, problem.kernel, leave_one_out=problem.leave_one_out)


def refusal_at(length: float, kernel: Kernel, *, leave_one_out: bool) -> str | None:
    """Why inputs over so many bandwidths cannot be answered; None if they can."""
    if not kernel.squared_exponential:
        return f"is for the gaussian kernel only, got kernel {kernel.name!r}"
    if leave_one_out:
        return "cannot leave a query's self term out"
    if not length <= LARGEST_LENGTH:
        return (
            f"keeps its digits while |w| times the range of queries and keys is at most "
            f"{LARGEST_LENGTH:g}, got {length:g}"
        )
    return None


def pool(problem: Problem) -> Tensor:
    """Answer all queries, shape (q, c); gradients flow through PyTorch's own backward pass."""
    return attend(*_scaled(problem), problem.values, problem.mask)


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax of −½‖a − b‖² over the keys, times the values.

    Parameters
    ----------
    queries : Tensor, shape (..., q, r)
        In bandwidths, as the keys are.
    keys : Tensor, shape (..., k, r)
    values : Tensor, shape (..., k, c)
    mask : Tensor, shape (..., q, k), bool, or None
        True where a query may attend to a key.

    Returns
    -------
    Tensor, shape (..., q, c)
    """
    # Each set of keys is taken from its own middle: a batch of sets, far apart, loses fewer digits.
    centre = (keys.detach().amin(-2, keepdim=True) + keys.detach().amax(-2, keepdim=True)) / 2
    a, b = queries - centre, keys - centre
    query = torch.cat([a, torch.ones_like(a[..., :1])], dim=-1)  # (..., q, r + 1)
    key = torch.cat([b, -0.5 * b.square().sum(-1, keepdim=True)], dim=-1)  # (..., k, r + 1)
    # Values are padded to heads as wide as queries and keys: only then does PyTorch take, on a
    # processor, its attention kernel that never holds all weights.
    width, n_columns = query.shape[-1], values.shape[-1]
    heads = -(-n_columns // width)
    padded = pad(values, (0, heads * width - n_columns))  # (..., k, heads · width)
    value = padded.reshape(*padded.shape[:-1], heads, width).transpose(-3, -2)
    masks = torch.Size() if mask is None else mask.shape[:-2]
    batch = broadcast(*(side.shape[:-2] for side in (query, key, padded)), masks)

    def flat(side: Tensor, n_last: int) -> Tensor:
        """One batch dimension in front of the last ones, (size, ...)."""
        last = side.shape[-n_last:]
        return side.expand(*batch, *last).reshape(math.prod(batch), *last)

    pooled = scaled_dot_product_attention(
        flat(query, 2).unsqueeze(1).expand(-1, heads, -1, -1),
        flat(key, 2).unsqueeze(1).expand(-1, heads, -1, -1),
        flat(value, 3).contiguous(),  # (size, heads, k, width)
        attn_mask=None if mask is None else flat(mask, 2).unsqueeze(1),
        scale=1.0,
    )  # (size, heads, q, width)
    columns = pooled.transpose(1, 2).flatten(-2)[..., :n_columns]  # (size, q, c)
    return columns.reshape(*batch, *columns.shape[-2:])


def _scaled(problem: Problem) -> tuple[Tensor, Tensor]:
    """Queries (q, 1) and shared keys (k, 1) in bandwidths."""
    # Taken from the keys' middle before they are scaled, so that an offset costs no digits.
    keys, w = problem.keys.detach(), problem.w
    centre = (keys.min() + keys.max()) / 2
    return (w * (problem.queries - centre))[:, None], (w * (problem.keys - centre))[:, None]


def length(queries: Tensor, keys: Tensor) -> float:
    """Diagonal of the smallest box around all queries (..., q, r) and keys (..., k, r)."""
    sides = [points.detach().flatten(0, -2) for points in (queries, keys)]
    low = torch.minimum(*(side.amin(0) for side in sides))  # (r,)
    high = torch.maximum(*(side.amax(0) for side in sides))
    return math.hypot(*(high - low).tolist())
