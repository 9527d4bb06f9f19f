"""Explorers: pictures that answer while the finger moves, with a kernel or without one.

One Python file and one JavaScript view each, over one engine (``engine.js``) that computes in the
browser what `nwcore` computes in Python; the tests hold the two together.
"""

try:
    from nwcore.explorers.pooling import AttentionExplorer, KernelExplorer, PoolingResult
    from nwcore.explorers.training import TrainingExplorer, TrainingResult
except ImportError as error:
    raise ImportError(
        "nwcore.explorers needs Matplotlib, ipywidgets and anywidget, install them with: "
        'pip install "nwcore[book]"'
    ) from error

__all__ = [
    "AttentionExplorer",
    "KernelExplorer",
    "PoolingResult",
    "TrainingExplorer",
    "TrainingResult",
]
