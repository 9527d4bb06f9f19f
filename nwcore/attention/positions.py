"""Where queries and keys stand: kernels over positions, added to scores or turned into angles.

A score is the logarithm of a kernel. What is added to it multiplies the kernel of the contents by
one of the positions (Tsai et al. 2019, "Transformer dissection").
"""

import torch
from torch import Tensor

from nwcore._checks import check_float_tensor, check_integer, check_number
from nwcore.attention.masks import offsets


def alibi_slopes(n_heads: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """A slope for each head: 2^(−8/n), and every further one that many times the one before.

    Parameters
    ----------
    n_heads : int
    dtype : torch.dtype

    Returns
    -------
    Tensor, shape (n_heads,)

    References
    ----------
    Press, Smith and Lewis (2022), "Train short, test long: Attention with linear biases enables
    input length extrapolation".

    Examples
    --------
    >>> alibi_slopes(4)
    tensor([0.2500, 0.0625, 0.0156, 0.0039])
    """
    n_heads = check_integer("n_heads", n_heads, low=1)
    powers = torch.arange(1, n_heads + 1, dtype=torch.float64) * (-8 / n_heads)
    return torch.exp2(powers).to(dtype)


def distance_bias(n_queries: int, n_keys: int, slopes: Tensor) -> Tensor:
    """−slope · |i − j|: the logarithm of a two-sided exponential kernel over positions.

    Parameters
    ----------
    n_queries, n_keys : int
    slopes : Tensor, shape (h,)
        One a head, in units of 1/place: inverse bandwidths.

    Returns
    -------
    Tensor, shape (h, n_queries, n_keys)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Press et al. (2022), who let a query attend to what stands before it only.
    """
    check_float_tensor("slopes", slopes, ndims=(1,))
    return -slopes[:, None, None] * offsets(n_queries, n_keys).abs()


def relative_bias(table: Tensor, n_queries: int, n_keys: int) -> Tensor:
    """Look the bias of every pair up by how far apart it stands: any kernel over positions.

    Parameters
    ----------
    table : Tensor, shape (h, 2m − 1)
        For each head the biases at i − j = −(m − 1), …, m − 1.
    n_queries, n_keys : int
        At most m.

    Returns
    -------
    Tensor, shape (h, n_queries, n_keys)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Shaw, Uszkoreit and Vaswani (2018), "Self-attention with relative position representations";
    as one number a distance, Raffel et al. (2020), "Exploring the limits of transfer learning".
    """
    check_float_tensor("table", table, ndims=(2,))
    if table.shape[1] % 2 == 0:
        raise ValueError(f"table must have 2m − 1 columns, an odd number, got {table.shape[1]}")
    m = (table.shape[1] + 1) // 2
    apart = offsets(n_queries, n_keys)
    places = max(n_queries, n_keys)
    if places > m:
        raise ValueError(f"table must have columns for {places} places, got those for {m}")
    return table[:, apart + m - 1]


def rotate(x: Tensor, positions: Tensor, base: float = 10_000.0) -> Tensor:
    """Turn pairs of components by angles that grow with the position.

    Pair j, components 2j and 2j + 1, is turned by positions · base^(−2j/d). A dot product of two
    rotated vectors depends on their positions through the difference alone.

    Parameters
    ----------
    x : Tensor, shape (..., n, d)
        Queries or keys; d even.
    positions : Tensor, shape (n,)
        In the dtype of `x`.
    base : float
        Above 0.

    Returns
    -------
    Tensor, shape (..., n, d)

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or not finite.

    References
    ----------
    Su, Lu, Pan, Murtadha, Wen and Liu (2024), "RoFormer: Enhanced transformer with rotary position
    embedding", eq. 34.

    Examples
    --------
    >>> rotate(torch.tensor([[3.0, 4.0]]), torch.tensor([torch.pi])).round(decimals=4)
    tensor([[-3., -4.]])
    """
    check_float_tensor("x", x)
    check_float_tensor("positions", positions, ndims=(1,))
    base = check_number("base", base, low=0.0, strict=True)
    if x.ndim < 2 or x.shape[-1] % 2 == 1 or x.shape[-2] != len(positions):
        raise ValueError(
            f"x must have shape (..., {len(positions)}, d) with an even d for {len(positions)} "
            f"positions, got {tuple(x.shape)}"
        )
    if positions.dtype != x.dtype:
        raise TypeError(f"positions must have the dtype of x, {x.dtype}, got {positions.dtype}")
    d = x.shape[-1]
    frequencies = base ** (-torch.arange(0, d, 2, dtype=x.dtype) / d)  # (d / 2,)
    angles = positions[:, None] * frequencies  # (n, d / 2)
    even, odd = x[..., 0::2], x[..., 1::2]  # (..., n, d / 2)
    turned = (
        even * angles.cos() - odd * angles.sin(),
        even * angles.sin() + odd * angles.cos(),
    )
    return torch.stack(turned, dim=-1).flatten(-2)
