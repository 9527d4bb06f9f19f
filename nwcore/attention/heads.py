"""Several kernels side by side, each with projections of its own."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import linear

from nwcore._checks import check_float_tensor, check_integer
from nwcore.attention.scores import scaled_dot_product


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """Deal the components out to heads: the first d/h to the first, and so on.

    Parameters
    ----------
    x : Tensor, shape (..., n, d)
    n_heads : int
        A divisor of d.

    Returns
    -------
    Tensor, shape (..., h, n, d / h)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    """
    n_heads = check_integer("n_heads", n_heads, low=1)
    if x.ndim < 2 or x.shape[-1] % n_heads:
        raise ValueError(
            f"n_heads must divide the last dimension of (..., n, d), got {n_heads} heads for shape "
            f"{tuple(x.shape)}"
        )
    width = x.shape[-1] // n_heads
    return x.reshape(*x.shape[:-1], n_heads, width).transpose(-3, -2)


def merge_heads(x: Tensor) -> Tensor:
    """Lay the heads' components side by side again.

    Parameters
    ----------
    x : Tensor, shape (..., h, n, c)

    Returns
    -------
    Tensor, shape (..., n, h · c)

    Raises
    ------
    ValueError
        If `x` has fewer than three dimensions.
    """
    if x.ndim < 3:
        raise ValueError(f"x must have shape (..., h, n, c), got {tuple(x.shape)}")
    side_by_side = x.transpose(-3, -2)  # (..., n, h, c)
    return side_by_side.reshape(*side_by_side.shape[:-2], -1)


def multi_head_attention(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    projections: Sequence[Tensor],
    n_heads: int,
    *,
    offsets: Sequence[Tensor | None] = (None, None, None, None),
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Attend by several kernels at once: W_o [head₁; …; head_h], each of its own part of W x.

    Parameters
    ----------
    queries : Tensor, shape (..., q, d_q)
    keys : Tensor, shape (..., k, d_k)
    values : Tensor, shape (..., k, d_v)
    projections : four Tensors
        W_q (h · d, d_q), W_k (h · d, d_k), W_v (h · c, d_v) and W_o (any, h · c), applied as W x.
    n_heads : int
    offsets : four Tensors or None
        What is added to each projection, as long as it has rows.
    mask : Tensor, shape (q, k) or (..., q, k), bool, optional
        True where a query may attend to a key, in every head.
    bias : Tensor, optional
        Added to the scores, to whose shape (..., h, q, k) it broadcasts.

    Returns
    -------
    outputs : Tensor, shape (..., q, rows of W_o)
    weights : Tensor, shape (..., h, q, k)

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, an argument is not finite, or a query has no key left.

    References
    ----------
    Vaswani et al. (2017), section 3.2.2.
    """
    inputs = {"queries": queries, "keys": keys, "values": values}
    names = ("W_q", "W_k", "W_v", "W_o")
    if len(projections) != 4 or len(offsets) != 4:
        raise ValueError(
            f"projections and offsets must be four tensors each, {', '.join(names)}, got "
            f"{len(projections)} and {len(offsets)}"
        )
    split = []
    for (name, x), matrix, offset, which in zip(
        inputs.items(), projections, offsets, names, strict=False
    ):
        _check_projection(name, x, which, matrix, offset)
        split.append(split_heads(linear(x, matrix, offset), n_heads))  # (..., h, n, d)
    if mask is not None and mask.ndim > 2:
        mask = mask.unsqueeze(-3)  # (..., 1, q, k)
    pooled, weights = scaled_dot_product(*split, mask=mask, bias=bias)
    merged = merge_heads(pooled)  # (..., q, h · c)
    _check_projection("the heads' outputs", merged, names[3], projections[3], offsets[3])
    return linear(merged, projections[3], offsets[3]), weights


def _check_projection(
    name: str, x: Tensor, which: str, matrix: Tensor, offset: Tensor | None
) -> None:
    check_float_tensor(name, x)
    check_float_tensor(which, matrix, ndims=(2,))
    if x.ndim < 2 or x.shape[-1] != matrix.shape[1]:
        raise ValueError(
            f"{which} must have as many columns as {name} have components, (..., n, "
            f"{matrix.shape[1]}), got {name} of shape {tuple(x.shape)}"
        )
    if offset is not None:
        check_float_tensor(f"the offset of {which}", offset, ndims=(1,))
        if len(offset) != len(matrix):
            raise ValueError(
                f"the offset of {which} must have one number a row, {len(matrix)}, got "
                f"{len(offset)}"
            )
    if x.dtype != matrix.dtype:
        raise TypeError(
            f"{name} and {which} must have the same dtype, got {x.dtype} and {matrix.dtype}"
        )
