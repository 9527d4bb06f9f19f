"""The parts of a Transformer's attention, each a pure function, and the layer that they make.

- `scores`: how alike a query and a key are, as a dot product or a distance, and softmax over it;
- `sparse`: sparsemax and 1.5-entmax, the softmax of kernels with compact support;
- `masks`: who may attend to whom;
- `positions`: what is added to scores, or done to queries and keys, for where they stand;
- `heads`: several kernels side by side, each with projections of its own;
- `layer`: all of it as a PyTorch module.
"""

from nwcore.attention.heads import merge_heads, multi_head_attention, split_heads
from nwcore.attention.layer import MultiHeadAttention
from nwcore.attention.masks import causal_mask, leave_one_out_mask, padding_mask, window_mask
from nwcore.attention.positions import alibi_slopes, distance_bias, relative_bias, rotate
from nwcore.attention.scores import (
    distance_scores,
    dot_product_scores,
    key_norm_bias,
    scaled_dot_product,
    softmax_where,
)
from nwcore.attention.sparse import entmax15, sparsemax, support_radius

__all__ = [
    "MultiHeadAttention",
    "alibi_slopes",
    "causal_mask",
    "distance_bias",
    "distance_scores",
    "dot_product_scores",
    "entmax15",
    "key_norm_bias",
    "leave_one_out_mask",
    "merge_heads",
    "multi_head_attention",
    "padding_mask",
    "relative_bias",
    "rotate",
    "scaled_dot_product",
    "softmax_where",
    "sparsemax",
    "split_heads",
    "support_radius",
    "window_mask",
]
