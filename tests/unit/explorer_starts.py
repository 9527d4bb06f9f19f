"""What each explorer starts with, and the ranges of its state, written down by hand."""

from typing import Any

import pytest

import nwcore.explorers as package
from nwcore.explorers import (
    AttentionExplorer,
    BiasVarianceExplorer,
    ContextExplorer,
    KernelExplorer,
    MetricExplorer,
    TrainingExplorer,
)
from nwcore.explorers._base import Number, Whole
from nwcore.explorers.attention import CHOICES, SHOWN_KERNELS

POOLING: list[type[Any]] = [AttentionExplorer, KernelExplorer]
EXPLORERS: list[type[Any]] = list(package.EXPLORERS.values())

POOLING_START = {
    "w": 1.0,
    "noise": 0.5,
    "n_train": 50,
    "seed": 0,
    "kernel": "gaussian",
    "kernel_index": 0,
    "formula": "exp(-abs(u))",
    "line": False,
    "n_queries": 50,
    "query": 20,
    "moved": [],
}
TRAINING_START = {
    "start": 0.6,
    "lr": 0.5,
    "reduction": "sum",
    "reduction_index": 0,
    "steps": 0,
    "noise": 0.5,
    "n_train": 50,
    "seed": 0,
}
CONTEXT_START = {
    "n_context": 50,
    "noise": 0.5,
    "roughness": 2.0,
    "task": 0,
    "seed": 0,
    "steps": 0,
    "trained_n": 50,
    "trained_noise": 0.5,
    "trained_roughness": 2.0,
    "trained_seed": 0,
    "earlier": [],
}
POOLING_RANGES: dict[str, tuple[float, float]] = {
    "w": (0.1, 100.0),
    "noise": (0.0, 2.0),
    "n_train": (1, 500),
    "seed": (0, 4294967295),
    "kernel_index": (0, len(CHOICES) - 1),
    "n_queries": (2, 200),
    "query": (0, 199),
}
TRAINING_RANGES: dict[str, tuple[float, float]] = {
    "start": (0.01, 100.0),
    "lr": (0.001, 10.0),
    "reduction_index": (0, 2),
    "steps": (0, 200),
    "noise": (0.0, 2.0),
    "n_train": (2, 100),
    "seed": (0, 4294967295),
}
CONTEXT_RANGES: dict[str, tuple[float, float]] = {
    "n_context": (10, 400),
    "noise": (0.05, 1.5),
    "roughness": (0.5, 5.0),
    "task": (0, 99),
    "seed": (0, 4294967295),
    "steps": (0, 120),
    "trained_n": (10, 400),
    "trained_noise": (0.05, 1.5),
    "trained_roughness": (0.5, 5.0),
    "trained_seed": (0, 4294967295),
}
METRIC_START = {
    "angle": 30,
    "noise": 0.3,
    "n_train": 100,
    "seed": 0,
    "steps": 0,
    "shape": "matrix",
    "shape_index": 2,
    "score": "distance",
    "score_index": 0,
    "mask": "none",
    "mask_index": 0,
    "q1": 0.5,
    "q2": -0.5,
}
METRIC_RANGES: dict[str, tuple[float, float]] = {
    "angle": (0, 180),
    "noise": (0.0, 1.0),
    "n_train": (10, 200),
    "seed": (0, 4294967295),
    "steps": (0, 150),
    "shape_index": (0, 2),
    "score_index": (0, 2),
    "mask_index": (0, 2),
    "q1": (-2.0, 2.0),
    "q2": (-2.0, 2.0),
}
RISK_START = {
    "w": 4.0,
    "noise": 0.5,
    "n_train": 50,
    "seed": 0,
    "degree": 0,
    "degree_index": 0,
    "kernel": "gaussian",
    "kernel_index": 0,
}
RISK_RANGES: dict[str, tuple[float, float]] = {
    "w": (0.1, 100.0),
    "noise": (0.0, 2.0),
    "n_train": (10, 200),
    "seed": (0, 4294967295),
    "degree_index": (0, 2),
    "kernel_index": (0, len(SHOWN_KERNELS) - 1),
}
STARTS: list[tuple[type[Any], dict[str, Any]]] = [
    (AttentionExplorer, {"name": "attention", **POOLING_START}),
    (KernelExplorer, {"name": "kernels", **POOLING_START}),
    (TrainingExplorer, {"name": "training", **TRAINING_START}),
    (ContextExplorer, {"name": "context", **CONTEXT_START}),
    (MetricExplorer, {"name": "metric", **METRIC_START}),
    (BiasVarianceExplorer, {"name": "risk", **RISK_START}),
]
RANGES_BY_HAND = {
    AttentionExplorer: POOLING_RANGES,
    KernelExplorer: POOLING_RANGES,
    TrainingExplorer: TRAINING_RANGES,
    ContextExplorer: CONTEXT_RANGES,
    MetricExplorer: METRIC_RANGES,
    BiasVarianceExplorer: RISK_RANGES,
}
RANGES = [
    (view, name, trait.low, trait.high)
    for view in EXPLORERS
    for name, trait in view.class_traits().items()
    if isinstance(trait, Number | Whole)
]
each_range = pytest.mark.parametrize(("view", "name", "low", "high"), RANGES)
each_explorer = pytest.mark.parametrize("view", EXPLORERS)
each_pooling = pytest.mark.parametrize("view", POOLING)
