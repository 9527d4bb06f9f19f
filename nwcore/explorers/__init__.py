"""Explorers: pictures that answer while the finger moves, with a kernel or without one.

One Python file and one JavaScript view each, over one engine (``engine.js``) that computes in the
browser what `nwcore` computes in Python; the tests hold the two together.
"""

from nwcore.explorers.pooling import AttentionExplorer, KernelExplorer, PoolingResult
from nwcore.explorers.training import TrainingExplorer, TrainingResult

__all__ = [
    "AttentionExplorer",
    "KernelExplorer",
    "PoolingResult",
    "TrainingExplorer",
    "TrainingResult",
]
