"""Attention pooling when there are many queries and keys: memory O(q + k), then time O(q + k).

`nwcore.attention_pooling` chooses among these ways by itself:

- `gauss`: the fast Gauss transform;
- `prefix`: running totals for the kernels with an edge;
- `windowed`: sorted keys, of which each query looks at those in reach;
- `softmax`: Gaussian pooling as scaled dot-product attention.

`gauss` and `prefix` know how far they may be wrong and leave the queries that they cannot promise
anything for, such as one far from all keys, to `windowed`, which sums what it sees without
approximation. Inside, everything is float64.
"""

from nwcore.scale.pooled import pool_linear, pool_windowed
from nwcore.scale.result import Pooled

__all__ = ["Pooled", "pool_linear", "pool_windowed"]
