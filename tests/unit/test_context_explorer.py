"""The context explorer in Python and in the browser's engine: the same tasks, the same w."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from node import JAVASCRIPT, Node, node

from nwcore import (
    best_w,
    context_losses,
    learn_over_tasks,
    make_tasks,
    rmse,
    theoretical_w,
)
from nwcore.explorers import ContextExplorer

MODULES = ["engine/tasks", "engine/draws", "context/computation", "context/earlier", "context/view"]
FAMILIES: list[dict[str, Any]] = [
    {"n_context": 50, "noise": 0.5, "roughness": 2.0, "seed": 0},
    {"n_context": 10, "noise": 1.5, "roughness": 0.5, "seed": 6},
    {"n_context": 400, "noise": 0.05, "roughness": 5.0, "seed": 2**32 - 1},
    {"n_context": 137, "noise": 0.3, "roughness": 3.3, "seed": 7},
]
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: str(family["n_context"]))


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    with node(*(JAVASCRIPT / f"{name}.js" for name in MODULES)) as running:
        yield running
