"""What goals ask of an explorer, computed by nwcore: what the views measure."""

import math
from itertools import pairwise
from typing import Any

import torch
from scipy.optimize import minimize_scalar

from nwcore.data import draw_order, make_regression
from nwcore.exercises.judging import verdict_in
from nwcore.explorers import EXPLORERS
from nwcore.pooling import leave_one_out_loss

# The page that shows most of each explorer: what it starts with there.
HOMES: dict[str, dict[str, Any]] = {
    "attention": {"seed": 6},
    "kernels": {"kernel_index": 3, "w": 2.0, "n_queries": 200, "query": 80, "seed": 6},
    "training": {"seed": 6},
    "metric": {},
    "context": {},
    "risk": {},
}


def at_home(kind: str, changes: dict[str, Any]) -> Any:
    """An explorer as on its page, but for these traits."""
    return EXPLORERS[kind](**HOMES[kind] | changes)


def fields_of(explorer: Any) -> dict[str, float]:
    """The fields of a state by which the goals of its explorer are judged."""
    kind = explorer.traits()["name"].default_value
    measured: dict[str, float] = {
        "attention": _pooling,
        "kernels": _pooling,
        "training": _training,
        "metric": _metric,
        "context": _context,
        "risk": _risk,
    }[kind](explorer)
    return {name: float(value) for name, value in measured.items()}


def outside(region: dict[str, Any], fields: dict[str, float]) -> set[str]:
    """The fields that are not within their limits."""
    return {
        name
        for name, (least, most) in region.items()
        if verdict_in([("inside", {name: [least, most]})], fields) != "inside"
    }


def _pooling(explorer: Any) -> dict[str, float]:
    result, query = explorer.result, explorer.query
    n = explorer.n_train
    attended = 1 / float(result.weights[query].square().sum())
    moved, traits = explorer.moved, ("w", "noise", "n_train", "seed", "kernel", "formula", "line")
    kept = {name: getattr(explorer, name) for name in (*traits, "n_queries", "query")}
    before = type(explorer)(**kept).result.predictions[query]
    data = make_regression(n, explorer.noise, explorer.seed, dtype=torch.float64)
    order = draw_order(n, explorer.seed).tolist()
    ways = [0.0]
    for draw, x, y in moved:
        if draw < n:
            place = order.index(draw)
            ways.append(math.dist((x, y), (data.x_train[place], data.y_train[place])))
    return {
        "noise": explorer.noise,
        "n_train": n,
        "kernel_index": explorer.kernel_index,
        "moved": len(moved),
        "attended": attended,
        "share": attended / n,
        "at": result.queries[query],
        "missing": int(result.predictions.isnan().sum()),
        "error": result.error,
        "rise": result.predictions[query] - before,
        "way": max(ways),
    }


def _training(explorer: Any) -> dict[str, float]:
    history, data = explorer.result.history, explorer.result.data
    scale = explorer._scale()

    def loss(log_w: float) -> float:
        return float(leave_one_out_loss(data.x_train, data.y_train, math.exp(log_w)))

    grid = torch.linspace(math.log(0.01), math.log(100), 181, dtype=torch.float64).tolist()
    best = min(grid, key=loss)
    step = grid[1] - grid[0]
    bounds = (max(grid[0], best - step), min(grid[-1], best + step))
    least = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-10}).fun
    losses, w = history.losses, history.w
    settled = len(w) > 1 and abs(w[-1] - w[-2]) < 1e-4 * abs(w[-1])
    jumps = [after / before for before, after in pairwise(losses)]
    return {
        "start": explorer.start,
        "steps": explorer.steps,
        "above": losses[-1] / (scale * least),
        "jump": max([0.0, *jumps]),
        "settled": settled,
    }


def _metric(explorer: Any) -> dict[str, float]:
    result = explorer.result
    return {
        "noise": explorer.noise,
        "n_train": explorer.n_train,
        "shape_index": explorer.shape_index,
        "tilt": result.tilt,
        "error": result.error,
        "alone": math.isnan(result.prediction),
    }


def _context(explorer: Any) -> dict[str, float]:
    result = explorer.result
    return {
        "steps": explorer.steps,
        "ratio": result.w / result.theory,
        "regret": result.error / result.least_error,
    }


def _risk(explorer: Any) -> dict[str, float]:
    result = explorer.result
    return {
        "noise": explorer.noise,
        "n_train": explorer.n_train,
        "degree_index": explorer.degree_index,
        "error": result.error,
        "lean": result.variance / result.squared_bias,
    }
