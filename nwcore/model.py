"""Parametric attention pooling as a PyTorch module with one learnable number."""

import torch
from torch import Tensor, nn

from nwcore import draws
from nwcore._checks import (
    FLOAT_DTYPES,
    check_float_tensor,
    check_integer,
    check_number,
    check_queries_and_keys,
    check_values,
)
from nwcore.pooling import attention_weights

_START_STREAM = 2


class NWKernelRegression(nn.Module):
    """Nadaraya–Watson regression with a Gaussian kernel and a learnable inverse width `w`.

    f(x) = Σᵢ softmaxᵢ(−½((x − xᵢ)w)²) yᵢ

    Parameters
    ----------
    w : float, optional
        Start value. When omitted, `w` starts uniformly on [0, 1).
    seed : int, optional
        Seed of that draw, in [0, 2**32); without it PyTorch's global generator draws.
    dtype : torch.dtype
        torch.float32 or torch.float64.

    Attributes
    ----------
    w : nn.Parameter, shape (1,)
        In units of 1/x. The model depends on `w` squared only: report its absolute value.
    attention_weights : Tensor, shape (n_queries, n_keys), or None before the first call
        The weights of the latest call, detached, for plotting.

    Raises
    ------
    TypeError, ValueError
        If `w` is not a finite number, `seed` not in range, both are given, or `dtype` is not
        allowed.

    References
    ----------
    Nadaraya (1964); Watson (1964); for `w` as an attention parameter, Zhang, Lipton, Li and Smola
    (2023), *Dive into Deep Learning*.
    """

    def __init__(
        self,
        w: float | None = None,
        seed: int | None = None,
        *,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        if dtype not in FLOAT_DTYPES:
            raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")
        if w is not None and seed is not None:
            raise ValueError(f"seed must be omitted when w is given, got seed={seed} and w={w}")
        if w is not None:
            start = torch.tensor([check_number("w", w)], dtype=torch.float64).to(dtype)
            check_float_tensor("w", start)
        elif seed is not None:
            seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
            start = torch.from_numpy(draws.uniform(seed, _START_STREAM, 1)).to(dtype)
        else:
            start = torch.rand(1, dtype=dtype)
        self.w = nn.Parameter(start)  # (1,)
        self.attention_weights: Tensor | None = None

    def forward(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Predict one output for each query.

        Parameters
        ----------
        queries : Tensor, shape (n_queries,)
        keys : Tensor, shape (n_keys,) or (n_queries, n_keys)
        values : Tensor, same shape as `keys`

        Returns
        -------
        Tensor, shape (n_queries,)

        Raises
        ------
        TypeError, ValueError
            As for `nwcore.attention_pooling`.
        """
        check_queries_and_keys(queries, keys)
        check_values(values, keys, columns=False)
        weights = attention_weights(queries, keys, self.w)  # (n_queries, n_keys)
        self.attention_weights = weights.detach()
        values = values.expand_as(weights)  # (n_queries, n_keys)
        # (n_queries, 1, n_keys) times (n_queries, n_keys, 1): one weighted sum a query
        return torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1)).reshape(-1)
