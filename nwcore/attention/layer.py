"""Multi-head attention as a PyTorch module: the parameters of `heads.multi_head_attention`."""

import torch
from torch import Tensor, nn

from nwcore._checks import FLOAT_DTYPES, check_flag, check_integer
from nwcore.attention.heads import multi_head_attention


class MultiHeadAttention(nn.Module):
    """Attention by several learned kernels: W_o [head₁; …; head_h].

    Parameters
    ----------
    d_model : int
        Components of queries, keys, values and outputs.
    n_heads : int
        A divisor of `d_model`.
    bias : bool
        Whether projections have something added to them.
    dtype : torch.dtype
        torch.float32 or torch.float64.

    Attributes
    ----------
    w_q, w_k, w_v, w_o : nn.Parameter, shape (d_model, d_model)
        Start uniformly on ±√(3/d_model), variance 1/d_model, drawn by PyTorch's global generator.
    b_q, b_k, b_v, b_o : nn.Parameter, shape (d_model,), or None
        Start at 0.
    n_heads : int
    attention_weights : Tensor, shape (..., n_heads, q, k), or None
        Of the latest call, detached.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    Vaswani et al. (2017), section 3.2.2.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        *,
        bias: bool = True,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        d_model = check_integer("d_model", d_model, low=1)
        n_heads = check_integer("n_heads", n_heads, low=1)
        if d_model % n_heads:
            raise ValueError(f"n_heads must divide d_model = {d_model}, got {n_heads}")
        check_flag("bias", bias)
        if dtype not in FLOAT_DTYPES:
            raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")
        bound = (3 / d_model) ** 0.5

        def matrix() -> nn.Parameter:
            return nn.Parameter(torch.empty(d_model, d_model, dtype=dtype).uniform_(-bound, bound))

        def zeros() -> nn.Parameter | None:
            return nn.Parameter(torch.zeros(d_model, dtype=dtype)) if bias else None

        self.w_q, self.w_k, self.w_v, self.w_o = matrix(), matrix(), matrix(), matrix()
        self.b_q, self.b_k, self.b_v, self.b_o = zeros(), zeros(), zeros(), zeros()
        self.n_heads = n_heads
        self.attention_weights: Tensor | None = None

    @classmethod
    def from_torch(cls, module: nn.MultiheadAttention) -> "MultiHeadAttention":
        """The layer with the weights of PyTorch's: the same outputs, from the book's own parts.

        Raises
        ------
        TypeError, ValueError
            If `module` is none, or has keys or values of another size, or extra keys.
        """
        if not isinstance(module, nn.MultiheadAttention):
            raise TypeError(f"module must be an nn.MultiheadAttention, got {type(module).__name__}")
        if module.in_proj_weight is None or module.bias_k is not None or module.add_zero_attn:
            raise ValueError("module must have keys and values of its own size, and no extra keys")
        weight = module.in_proj_weight
        bias = module.in_proj_bias
        layer = cls(module.embed_dim, module.num_heads, bias=bias is not None, dtype=weight.dtype)
        with torch.no_grad():
            for name, part in zip(("w_q", "w_k", "w_v"), weight.chunk(3), strict=True):
                getattr(layer, name).copy_(part)
            layer.w_o.copy_(module.out_proj.weight)
            if bias is not None:
                for name, part in zip(("b_q", "b_k", "b_v"), bias.chunk(3), strict=True):
                    getattr(layer, name).copy_(part)
                assert layer.b_o is not None
                layer.b_o.copy_(module.out_proj.bias)
        return layer

    def forward(
        self,
        queries: Tensor,
        keys: Tensor | None = None,
        values: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        bias: Tensor | None = None,
    ) -> Tensor:
        """Attend.

        Parameters
        ----------
        queries : Tensor, shape (..., q, d_model)
        keys : Tensor, shape (..., k, d_model), optional
            The queries themselves when omitted: self-attention.
        values : Tensor, shape (..., k, d_model), optional
            The keys when omitted.
        mask, bias
            As for `multi_head_attention`.

        Returns
        -------
        Tensor, shape (..., q, d_model)
        """
        keys = queries if keys is None else keys
        values = keys if values is None else values
        outputs, weights = multi_head_attention(
            queries,
            keys,
            values,
            (self.w_q, self.w_k, self.w_v, self.w_o),
            self.n_heads,
            offsets=(self.b_q, self.b_k, self.b_v, self.b_o),
            mask=mask,
            bias=bias,
        )
        self.attention_weights = weights.detach()
        return outputs
