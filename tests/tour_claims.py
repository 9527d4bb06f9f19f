"""What the texts of guided tours say in words, as claims about the states of their steps.

A claim is a sentence of code that must hold; a step may compare itself with others of its tour.
Numbers that texts write with digits are fields, which `fields_of` computes.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from goal_fields import fields_of as goal_fields_of
from torch import Tensor

from nwcore import find_bandwidth, true_function
from nwcore.explorers import EXPLORERS
from nwcore.explorers._tours import TOURS
from nwcore.explorers.context import TRAINING_TASKS


class Seen:
    """The steps of one tour, as `nwcore` computes them, by name."""

    def __init__(self, kind: str) -> None:
        self.kind, self._known = kind, dict[str, Any]()

    def __call__(self, name: str) -> Any:
        """The explorer as a step shows it, with its `result`, which is computed once."""
        if name not in self._known:
            self._known[name] = _Step(self.kind, name)
        return self._known[name]


class _Step:
    def __init__(self, kind: str, name: str) -> None:
        tour = TOURS[kind]
        (step,) = (each for each in tour.steps if each.name == name)
        self.explorer = EXPLORERS[kind](**tour.base | step.changes)
        self.result = self.explorer.result
        self.fields = fields_of(self.explorer, self.result)

    def __getattr__(self, field: str) -> Any:
        return self.fields[field]


def fields_of(explorer: Any, result: Any) -> dict[str, float]:
    """The fields that a text may name: the traits, what goals measure, and what tours do."""
    kind = explorer.traits()["name"].default_value
    traits = {key: getattr(explorer, key) for key in explorer.ranges}
    own: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
        "attention": _pooling,
        "kernels": _pooling,
        "training": _training,
        "metric": _metric,
        "context": _context,
        "risk": _risk,
    }
    found = traits | goal_fields_of(explorer) | own[kind](explorer, result)
    return {name: float(value) for name, value in found.items()}


def _pooling(explorer: Any, result: Any) -> dict[str, Any]:
    query = explorer.query
    return {
        "prediction": result.predictions[query],
        "truth": result.truth[query],
        "heaviest": result.weights[query].max(),
        "left_out": result.leave_one_out,
    }


def _training(explorer: Any, result: Any) -> dict[str, Any]:
    found = find_bandwidth(result.data.x_train, result.data.y_train)
    return {
        "reached": abs(result.history.w[-1]),
        "loss": result.history.losses[-1],
        "best": found.w,
        "least": explorer._scale() * found.loss,
    }


def _metric(explorer: Any, result: Any) -> dict[str, Any]:
    return {
        "first": result.singular_values[0],
        "second": result.singular_values[1],
        "attended": 1 / result.weights.square().sum(),
        "prediction": result.prediction,
        "truth": result.truth,
    }


def _context(explorer: Any, result: Any) -> dict[str, Any]:
    return {
        "learned": result.w,
        "theory": result.theory,
        "best": result.best,
        "error": result.error,
        "least": result.least_error,
    }


def _risk(explorer: Any, result: Any) -> dict[str, Any]:
    return {
        "bias": result.squared_bias,
        "variance": result.variance,
        "error": result.error,
        "best": result.best,
    }


def _spread(values: Tensor) -> float:
    return float(values.max() - values.min())


def _row(step: Any) -> Tensor:
    weights: Tensor = step.result.weights[step.explorer.query]
    return weights


def _distances(step: Any) -> Tensor:
    """From the query to the keys."""
    away: Tensor = (step.result.keys - step.at).abs()
    return away


def _jump(step: Any) -> float:
    """The largest step of the curve from one query to the next."""
    return float(step.result.predictions.diff().abs().max())


def _apart(one: Any, other: Any) -> float:
    """How far two curves are apart, root mean squared."""
    return float((one.result.predictions - other.result.predictions).square().mean().sqrt())


def _changed(step: Any, **changes: Any) -> Any:
    """The result of a step with other traits."""
    explorer = step.explorer
    kept = {key: getattr(explorer, key) for key in explorer.ranges}
    return type(explorer)(**kept | changes).result


def _closest_first(weights: Tensor, distances: Tensor) -> bool:
    """Whether no key that is farther weighs more."""
    return bool((weights[distances.argsort()].diff() <= 1e-15).all())


def _steps(step: Any) -> Tensor:
    """How far each step of training went."""
    return torch.tensor(step.result.history.w).diff().abs()


def _attention(seen: Seen, name: str) -> list[bool]:
    step, between = seen(name), seen("between")
    result, row = step.result, _row(step)
    curve = _spread(result.predictions)
    narrower = (0.99 * between.w, 1.01 * between.w)
    claims: dict[str, Callable[[], list[bool]]] = {
        "points": lambda: [
            step.noise > 0,
            len(result.keys) == step.n_train,
            curve < 0.5 * _spread(result.truth),
        ],
        "query": lambda: [_closest_first(row, _distances(step)), step.explorer.pinned],
        "wide": lambda: [
            step.w < seen("query").w,
            float(row.max() / row.min()) < 1.1,
            bool(((result.predictions - result.values.mean()).abs() < 0.05).all()),
        ],
        "narrow": lambda: [
            int(row.argmax()) == int(_distances(step).argmin()),
            step.heaviest > 0.99,
            float(result.weights.max(dim=1).values.median()) > 0.99,
        ],
        "between": lambda: [
            seen("wide").w < step.w < seen("narrow").w,
            all(_changed(step, w=w).leave_one_out > step.left_out for w in narrower),
            all(_changed(step, w=w).leave_one_out > step.left_out for w in (0.1, 0.5, 1, 2, 9, 30)),
            step.error < 0.4 * min(seen("wide").error, seen("narrow").error),
        ],
        "edge": lambda: [
            step.at == 0,
            bool((result.keys > step.at).all()),
            float(true_function(torch.tensor(0.5))) > step.truth,
            step.w < between.w,
            step.prediction > step.truth + 1,
        ],
        "noise": lambda: [
            math.isclose(step.noise, 3 * between.noise),
            step.w == between.w,
            step.error > 3 * between.error,
            _changed(step, w=step.w / 2).error < 0.6 * step.error,
        ],
        "more": lambda: [
            step.noise == between.noise,
            step.n_train == 4 * between.n_train,
            step.w == between.w,
            step.at == between.at,
            step.attended > 3 * between.attended,
            step.error < between.error,
        ],
    }
    return claims[name]()


def _kernels(seen: Seen, name: str) -> list[bool]:
    step = seen(name)
    result, row, away = step.result, _row(step), _distances(step)
    boxcar, parabola = seen("boxcar"), seen("parabola")
    inside = away * step.w < 1
    claims: dict[str, Callable[[], list[bool]]] = {
        "constant": lambda: [
            bool(torch.allclose(result.weights, torch.full_like(result.weights, step.heaviest))),
            _spread(result.predictions) < 1e-12,
        ],
        "boxcar": lambda: [
            step.attended == inside.sum(),
            bool(torch.allclose(row, _share(inside.double()))),
            _jump(step) > 0.1,
        ],
        "triangular": lambda: [
            step.w == boxcar.w,
            bool(((row > 0) == inside).all()),
            bool(torch.allclose(row / row.sum(), _share((1 - away * step.w).clamp(min=0)))),
            _jump(step) < 0.5 * _jump(boxcar),
        ],
        "parabola": lambda: [
            bool(torch.allclose(row, _share((1 - (away * step.w).square()).clamp(min=0)))),
            step.w == boxcar.w,
            _apart(step, seen("triangular")) < 0.1,
        ],
        "empty": lambda: [
            step.kernel_index == parabola.kernel_index,
            step.missing > 0,
            int(result.predictions.isnan().sum()) == step.missing,
        ],
        "gaussian": lambda: [
            step.w == seen("empty").w,
            step.missing == 0,
            _nearest_is_heaviest(result),
        ],
        "fair": lambda: [
            round(step.attended) == round(parabola.attended),
            step.kernel_index == seen("gaussian").kernel_index,
            _apart(step, parabola) < 0.1,
        ],
    }
    return claims[name]()


def _share(similarities: Tensor) -> Tensor:
    return similarities / similarities.sum()


def _nearest_is_heaviest(result: Any) -> bool:
    away = (result.queries[:, None] - result.keys).abs()  # (q, k)
    return bool((away.argmin(dim=1) == result.weights.argmax(dim=1)).all())


def _train(seen: Seen, name: str) -> list[bool]:
    step, start, slower = seen(name), seen("landscape"), seen("slower")
    history = step.result.history
    claims: dict[str, Callable[[], list[bool]]] = {
        "landscape": lambda: [step.steps == 0, step.reached == step.start],
        "slope": lambda: [step.steps == 1, step.loss < start.loss, step.reached > step.start],
        "slower": lambda: [
            bool((_steps(step).diff() < 0).all()),
            step.least <= step.loss < 1.01 * step.least,
        ],
        "leap": lambda: [
            math.isclose(step.lr, 5 * slower.lr),
            step.steps == 1,
            step.reached > 3 * step.best,
            step.loss < start.loss,
        ],
        "copies": lambda: [
            step.lr == seen("leap").lr,
            float((1 / step.result.weights.square().sum(dim=1) <= 3).double().mean()) > 0.75,
        ],
        "crawl": lambda: [
            step.lr == seen("leap").lr,
            step.reached > 1.5 * step.best,
            step.loss > 1.1 * step.least,
            float(_steps(step)[1:].max()) < 0.05 * float(_steps(step)[0]),
        ],
        "mean": lambda: [
            step.explorer.reduction == "mean",
            step.lr == slower.lr,
            math.isclose(start.loss, step.n_train * history.losses[0]),
            step.steps == slower.steps,
            step.reached < 0.5 * step.best,
        ],
        "same": lambda: [
            step.explorer.reduction == "mean",
            math.isclose(step.lr, step.n_train * slower.lr),
            step.steps == slower.steps,
            max(abs(a - b) for a, b in zip(history.w, slower.result.history.w, strict=True)) < 1e-9,
        ],
    }
    return claims[name]()


def _plane(seen: Seen, name: str) -> list[bool]:
    step, circle, turned = seen(name), seen("circle"), seen("turned")
    result = step.result
    claims: dict[str, Callable[[], list[bool]]] = {
        "plane": lambda: [
            len(result.data.x_train) == step.n_train,
            _only_along(result, step.noise),
            0 < step.angle < 90,
        ],
        "circle": lambda: [step.steps == 0, math.isclose(step.first, step.second)],
        "stretch": lambda: [step.first > 2 * step.second, step.tilt < 10],
        "turned": lambda: [
            step.explorer.shape == "matrix",
            step.tilt < 3,
            step.error < 0.4 * circle.error,
        ],
        "axes": lambda: [
            step.explorer.shape == "axes",
            0 < step.angle < 90,
            step.steps == turned.steps,
            step.error > 1.3 * turned.error,
        ],
        "aligned": lambda: [
            step.angle == 0,
            step.explorer.shape == "axes",
            step.second < 0.05,
            float(result.matrix[1, 1]) == step.second,
            step.error < seen("axes").error,
        ],
        "dot": lambda: [
            step.steps == turned.steps,
            bool(torch.equal(result.matrix, turned.result.matrix)),
            step.error > 5 * turned.error,
            _prefers_long(result, turned.result),
        ],
        "norm": lambda: [
            bool(torch.allclose(result.weights, turned.result.weights)),
            math.isclose(step.error, turned.error),
        ],
    }
    return claims[name]()


def _only_along(result: Any, noise: float) -> bool:
    """Whether what is left of the values without 2 sin(3/2 · u·x) is noise of this size."""
    along = result.data.x_train @ result.data.direction
    left = result.data.y_train - 2 * (1.5 * along).sin()
    return 0.8 * noise < float(left.std()) < 1.2 * noise


def _prefers_long(result: Any, by_distance: Any) -> bool:
    """Whether the keys attended to are longer, as W sees them, than those near the query."""
    lengths = (result.data.x_train @ result.matrix.T).norm(dim=1)
    return float(result.weights @ lengths) > 1.2 * float(by_distance.weights @ lengths)


def _tasks(seen: Seen, name: str) -> list[bool]:
    step, train = seen(name), seen("train")
    asked = (step.result.places >= 1) & (step.result.places <= 4)
    claims: dict[str, Callable[[], list[bool]]] = {
        "task": lambda: [
            step.steps == 0,
            len(step.result.x) == step.n_context,
            _spread(step.result.predictions[asked]) < 0.6 * _spread(step.result.truth[asked]),
        ],
        "train": lambda: [TRAINING_TASKS == 200, 0.85 < step.learned / step.theory < 1.15],
        "new": lambda: [
            step.learned == train.learned,
            step.task != train.task,
            step.error < 1.1 * step.least,
        ],
        "unlucky": lambda: [
            step.learned == train.learned,
            step.best < 0.7 * step.learned,
            step.error > 1.3 * step.least,
        ],
        "noise": lambda: [
            step.noise > step.explorer.trained_noise,
            step.theory < train.theory,
            step.best < step.learned,
            step.learned == train.learned,
            step.error > step.least,
        ],
        "rough": lambda: [
            step.noise == train.noise,
            step.roughness > step.explorer.trained_roughness,
            step.theory > 1.5 * step.learned,
            step.best > step.learned,
            step.error > 1.3 * step.least,
        ],
        "many": lambda: [
            step.n_context > step.explorer.trained_n,
            step.roughness == train.roughness,
            step.theory > train.theory,
            step.learned == train.learned,
        ],
        "again": lambda: [
            step.explorer.trained_n == step.n_context,
            0.9 < step.learned / step.theory < 1.1,
        ],
    }
    return claims[name]()


def _parts(seen: Seen, name: str) -> list[bool]:
    step = seen(name)
    result = step.result
    claims: dict[str, Callable[[], list[bool]]] = {
        "fits": lambda: [result.fits.shape[0] == 100],
        "wide": lambda: [step.w < seen("fits").w, step.bias > 10 * step.variance],
        "narrow": lambda: [step.w > seen("fits").w, step.variance > 10 * step.bias],
        "least": lambda: [
            step.error < 1.01 * float(result.error_curve.min()),
            0.9 < step.w / step.best < 1.1,
            result.bias_curve[0] > step.bias > result.bias_curve[-1],
            result.variance_curve[0] < step.variance < result.variance_curve[-1],
        ],
        "quiet": lambda: [
            math.isclose(5 * step.noise, seen("least").noise),
            step.variance < 0.5 * seen("least").variance,
            abs(step.bias / seen("least").bias - 1) < 0.1,
            step.best > 1.5 * seen("least").best,
        ],
        "more": lambda: [
            step.noise == seen("least").noise,
            step.n_train == 4 * seen("least").n_train,
            step.w == seen("least").w,
            step.best > 1.2 * seen("least").best,
            step.error < 0.5 * seen("least").error,
        ],
        "line": lambda: [
            step.explorer.degree == 1,
            (step.noise, step.n_train, step.seed)
            == tuple(getattr(seen("least"), key) for key in ("noise", "n_train", "seed")),
            step.error < float(seen("least").result.error_curve.min()),
            _off_at_ends(result) < 0.5 * _off_at_ends(seen("least").result),
        ],
    }
    return claims[name]()


def _off_at_ends(result: Any) -> float:
    """How far the mean of the fits is from the truth at the first and the last test point."""
    off = (result.mean - result.truth).abs()
    return float(torch.maximum(off[0], off[-1]))


CLAIMS: dict[str, Callable[[Seen, str], list[bool]]] = {
    "attention": _attention,
    "kernels": _kernels,
    "training": _train,
    "metric": _plane,
    "context": _tasks,
    "risk": _parts,
}
"""What each tour claims: of a step, sentences that must all be true."""
