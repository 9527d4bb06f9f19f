"""Parametric attention pooling as a PyTorch module: a learnable number, vector or matrix."""

import torch
from torch import Tensor, nn

from nwcore import draws
from nwcore._checks import (
    FLOAT_DTYPES,
    check_float_tensor,
    check_inputs,
    check_integer,
    check_number,
    check_values,
)
from nwcore.kernels import get_kernel
from nwcore.pooling import attention_pooling, attention_weights

_START_STREAM = 2


class NWKernelRegression(nn.Module):
    """Nadaraya–Watson regression whose inverse bandwidth `w` is learnable.

    f(x) = Σᵢ K((x − xᵢ)w) yᵢ / Σⱼ K((x − xⱼ)w);  Gaussian: Σᵢ softmaxᵢ(−½((x − xᵢ)w)²) yᵢ

    For inputs of d coordinates, with ‖W(x − xᵢ)‖ in place of (x − xᵢ)w. All
    computations are on the CPU.

    Parameters
    ----------
    w : float or Tensor, optional
        Start value: a number; for inputs of d coordinates also one each, (d,), or a matrix W,
        (r, d). When omitted, `w` is a number that starts uniformly on [0, 1).
    seed : int, optional
        Seed of that draw, in [0, 2**32); without it PyTorch's global generator draws.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    keep_weights : bool
        Whether a call keeps its weights, (n_queries, n_keys) numbers. Without, a call takes time
        and memory as `nwcore.attention_pooling` does, which grow with n_queries + n_keys.
    dtype : torch.dtype
        torch.float32 or torch.float64.

    Attributes
    ----------
    w : nn.Parameter, shape (1,), (d,) or (r, d)
        The inverse bandwidth 1/h, in units of 1/x: the larger it is, the nearer the keys a query
        attends to; at 0 all count alike. The model depends on |w| only: report that, h = 1/|w|. Of
        a matrix W it depends on WᵀW only.
    kernel : str
    keep_weights : bool
    attention_weights : Tensor, shape (..., n_queries, n_keys), or None
        The weights of the latest call that kept them, detached, for plotting.

    Raises
    ------
    TypeError, ValueError
        If `w` is not finite or not of such a shape, `seed` not in range, both are given, `kernel`
        is unknown, `keep_weights` is not a bool, or `dtype` is not allowed.

    References
    ----------
    Nadaraya (1964); Watson (1964); for `w` as an attention parameter, Zhang, Lipton, Li and Smola
    (2023), *Dive into Deep Learning*.
    """

    def __init__(
        self,
        w: float | Tensor | None = None,
        seed: int | None = None,
        *,
        kernel: str = "gaussian",
        keep_weights: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        if dtype not in FLOAT_DTYPES:
            raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")
        if w is not None and seed is not None:
            raise ValueError(f"seed must be omitted when w is given, got seed={seed} and w={w}")
        get_kernel(kernel)
        if not isinstance(keep_weights, bool):
            raise TypeError(f"keep_weights must be True or False, got {keep_weights!r}")
        if w is not None:
            if isinstance(w, Tensor):
                given = check_float_tensor("w", w, ndims=(0, 1, 2)).detach()
            else:
                given = torch.tensor(check_number("w", w), dtype=torch.float64)
            start = given.to(dtype, copy=True).reshape((1,) if given.numel() == 1 else given.shape)
            check_float_tensor("w", start)
        elif seed is not None:
            seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
            start = torch.from_numpy(draws.uniform(seed, _START_STREAM, 1)).to(dtype)
        else:
            start = torch.rand(1, dtype=dtype)
        self.w = nn.Parameter(start)  # (1,), (d,) or (r, d)
        self.kernel = kernel
        self.keep_weights = keep_weights
        self.attention_weights: Tensor | None = None

    def extra_repr(self) -> str:
        """Say in the module's description which kernel it has."""
        return f"kernel={self.kernel!r}"

    def forward(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Predict one output, or one a column of values, for each query.

        Parameters
        ----------
        queries : Tensor, shape (n_queries,) or (..., n_queries, d)
        keys : Tensor, shape (n_keys,) or (n_queries, n_keys); or (..., n_keys, d)
        values : Tensor, same shape as `keys`, or (n_keys, c); or (..., n_keys) or (..., n_keys, c)
        mask : Tensor, shape (..., n_queries, n_keys), bool, optional
            True where a query may attend to a key.

        Returns
        -------
        Tensor, shape (..., n_queries), or (..., n_queries, c) for values with columns

        Raises
        ------
        TypeError, ValueError
            As for `nwcore.attention_pooling`: among them, if a compact kernel reaches no key of a
            query, or a tensor, the parameter `w` included, is not on the CPU.
        """
        check_float_tensor("w", self.w)
        if not self.keep_weights:
            return attention_pooling(queries, keys, values, self.w, self.kernel, mask=mask)
        check_inputs(queries, keys)
        check_values(values, keys, queries)
        # (..., n_queries, n_keys)
        weights = attention_weights(queries, keys, self.w, self.kernel, mask=mask)
        self.attention_weights = weights.detach()
        if queries.ndim > 1:
            columns = values if values.ndim == keys.ndim else values[..., None]
            pooled = weights @ columns  # (..., n_queries, c)
            return pooled if values.ndim == keys.ndim else pooled[..., 0]
        if values.ndim == keys.ndim:
            values = values.expand_as(weights)  # (n_queries, n_keys)
            # (n_queries, 1, n_keys) times (n_queries, n_keys, 1): one weighted sum a query
            return torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1)).reshape(-1)
        return weights @ values  # (n_queries, c)
