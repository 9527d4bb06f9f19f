"""Explorers: pictures that answer while the finger moves, with a kernel or without one.

One Python file and one JavaScript view each, over one engine (``js/engine``) that computes in the
browser what `nwcore` computes in Python; the tests hold the two together. `EXPLORERS` has them by
name: a class enters it when it is imported here.
"""

try:
    from nwcore.explorers._base import EXPLORERS as EXPLORERS
    from nwcore.explorers.attention import AttentionExplorer as AttentionExplorer
    from nwcore.explorers.attention import KernelExplorer as KernelExplorer
    from nwcore.explorers.attention import PoolingResult as PoolingResult
    from nwcore.explorers.context import ContextExplorer as ContextExplorer
    from nwcore.explorers.context import ContextResult as ContextResult
    from nwcore.explorers.metric import MetricExplorer as MetricExplorer
    from nwcore.explorers.metric import MetricResult as MetricResult
    from nwcore.explorers.risk import BiasVarianceExplorer as BiasVarianceExplorer
    from nwcore.explorers.risk import BiasVarianceResult as BiasVarianceResult
    from nwcore.explorers.training import TrainingExplorer as TrainingExplorer
    from nwcore.explorers.training import TrainingResult as TrainingResult
except ImportError as error:
    raise ImportError(
        "nwcore.explorers needs Matplotlib, ipywidgets and anywidget, install them with: "
        'pip install "nwcore[book]"'
    ) from error
