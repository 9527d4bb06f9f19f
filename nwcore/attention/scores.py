"""How alike a query and a key are, and the weights that softmax makes of it.

Shapes: q queries and k keys of d components, behind any leading dimensions, (...).
"""

import math

import torch
from torch import Tensor

from nwcore._checks import (
    broadcast,
    check_float_tensor,
    check_inputs,
    check_leading,
    check_mask,
    check_none_alone,
    check_number,
    check_point_values,
    check_same_dtype,
)


def dot_product_scores(queries: Tensor, keys: Tensor, scale: float | None = None) -> Tensor:
    """Score pairs by the dot product: s(q, kᵢ) = scale · q · kᵢ.

    Parameters
    ----------
    queries : Tensor, shape (..., q, d)
    keys : Tensor, shape (..., k, d)
        Leading dimensions broadcast.
    scale : float, optional
        When omitted 1/√d, which keeps the scores of components with variance 1 at variance 1.

    Returns
    -------
    Tensor, shape (..., q, k)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or not finite.

    References
    ----------
    Vaswani et al. (2017), "Attention is all you need", eq. 1.

    Examples
    --------
    >>> dot_product_scores(torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0, 0.0]]), scale=1.0)
    tensor([[3.]])
    """
    _check(queries, keys)
    if scale is None:
        scale = 1 / math.sqrt(queries.shape[-1])
    return check_number("scale", scale) * (queries @ keys.transpose(-2, -1))


def distance_scores(queries: Tensor, keys: Tensor) -> Tensor:
    """Score pairs by the Gaussian kernel's exponent: s(q, kᵢ) = −½‖q − kᵢ‖².

    Computed as q · kᵢ − ½‖kᵢ‖² − ½‖q‖²: a dot product, a bias that belongs to the key
    (`key_norm_bias`), and a term that all keys of a query share and softmax does not see.

    Parameters
    ----------
    queries : Tensor, shape (..., q, d)
    keys : Tensor, shape (..., k, d)

    Returns
    -------
    Tensor, shape (..., q, k)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or not finite.

    Examples
    --------
    >>> distance_scores(torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 0.0]]))
    tensor([[-12.5000]])
    """
    _check(queries, keys)
    own = -0.5 * queries.square().sum(dim=-1, keepdim=True)  # (..., q, 1)
    return dot_product_scores(queries, keys, scale=1.0) + key_norm_bias(keys) + own


def key_norm_bias(keys: Tensor) -> Tensor:
    """What a Gaussian kernel adds to a dot product for each key: −½‖kᵢ‖².

    Parameters
    ----------
    keys : Tensor, shape (..., k, d)

    Returns
    -------
    Tensor, shape (..., 1, k)
        One row, the same for all queries.

    Raises
    ------
    TypeError, ValueError
        If `keys` is not as described, or not finite.
    """
    _check_rows("keys", keys, "(..., k, d)")
    return -0.5 * keys.square().sum(dim=-1).unsqueeze(-2)


def softmax_where(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Softmax over the keys that a mask allows.

    Parameters
    ----------
    scores : Tensor, shape (..., q, k)
    mask : Tensor, shape (..., q, k), bool, optional
        True where a query may attend to a key; at least once in each row.

    Returns
    -------
    Tensor, shape (..., q, k)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, the scores are not finite, or a query has no key left.

    Examples
    --------
    >>> softmax_where(torch.zeros(1, 3), torch.tensor([[True, False, True]]))
    tensor([[0.5000, 0.0000, 0.5000]])
    """
    _check_rows("scores", scores, "(..., q, k)")
    if mask is not None:
        check_mask(mask, scores.shape[-2], scores.shape[-1], scores.shape[:-2])
        check_none_alone(~mask.any(-1))
        scores = scores.masked_fill(~mask, -torch.inf)
    return torch.softmax(scores, dim=-1)


def scaled_dot_product(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    scale: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Attend by dot products: softmax(scale · Q Kᵀ + bias) V.

    Parameters
    ----------
    queries : Tensor, shape (..., q, d)
    keys : Tensor, shape (..., k, d)
    values : Tensor, shape (..., k, c)
    mask : Tensor, shape (..., q, k), bool, optional
        True where a query may attend to a key.
    bias : Tensor, optional
        Added to the scores, to whose shape (..., q, k) it broadcasts.
    scale : float, optional
        When omitted 1/√d.

    Returns
    -------
    outputs : Tensor, shape (..., q, c)
    weights : Tensor, shape (..., q, k)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described or not finite, or a query has no key left.

    References
    ----------
    Vaswani et al. (2017), eq. 1. The outputs are those of PyTorch's
    ``scaled_dot_product_attention``.
    """
    scores = dot_product_scores(queries, keys, scale)  # (..., q, k)
    check_point_values(values, keys)
    if values.ndim != keys.ndim:
        raise ValueError(f"values must have columns, (..., k, c), got {tuple(values.shape)}")
    if bias is not None:
        check_float_tensor("bias", bias)
        check_same_dtype(queries=queries, bias=bias)
        check_leading("bias", bias.shape, scores.shape)
        scores = scores + bias
    if mask is not None and mask.ndim > scores.ndim:
        scores = scores.expand(*broadcast(scores.shape[:-2], mask.shape[:-2]), *scores.shape[-2:])
    weights = softmax_where(scores, mask)
    return weights @ values, weights


def _check(queries: Tensor, keys: Tensor) -> None:
    _check_rows("queries", queries, "(..., q, d)")
    check_inputs(queries, keys)


def _check_rows(name: str, x: Tensor, shape: str) -> None:
    check_float_tensor(name, x)
    if x.ndim < 2:
        raise ValueError(f"{name} must have shape {shape}, got {tuple(x.shape)}")
