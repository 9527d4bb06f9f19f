"""The explorers in Python: state that is always in range, and the tensors that are on screen."""

import json
import math
from typing import Any
from xml.etree import ElementTree

import ipywidgets as widgets
import numpy as np
import pytest
import torch
import traitlets
from explorer_starts import (
    POOLING,
    RANGES_BY_HAND,
    STARTS,
    each_explorer,
    each_pooling,
    each_range,
)
from torch import Tensor

from nwcore import attention_pooling, attention_weights, kernels, make_regression, rmse, words
from nwcore.data import draw_order, true_function
from nwcore.explorers import (
    AttentionExplorer,
    BiasVarianceExplorer,
    ContextExplorer,
    KernelExplorer,
    MetricExplorer,
    TrainingExplorer,
)
from nwcore.explorers._base import Number
from nwcore.explorers.attention import CHOICES, SHOWN_KERNELS

COMPACT = [name for name in SHOWN_KERNELS if kernels.KERNELS[name].compact]
NAN, INF = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


# State --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("view", "start"), STARTS)
def test_it_starts_with_the_data_of_the_book(view: type[Any], start: dict[str, Any]) -> None:
    explorer = view()
    assert {name: getattr(explorer, name) for name in start} == start


@pytest.mark.parametrize(
    ("view", "given"),
    [
        *[
            (
                view,
                {
                    "w": 4.9,
                    "noise": 0.0,
                    "n_train": 7,
                    "seed": 6,
                    "kernel": "boxcar",
                    "n_queries": 200,
                    "query": 199,
                    "moved": [[0, 1.5, -2.0]],
                    "name": "mine",
                },
            )
            for view in POOLING
        ],
        (
            TrainingExplorer,
            {
                "start": 0.01,
                "lr": 10.0,
                "reduction": "half",
                "steps": 3,
                "noise": 1.5,
                "n_train": 8,
                "seed": 3,
                "name": "mine",
            },
        ),
        (
            ContextExplorer,
            {
                "n_context": 10,
                "noise": 1.5,
                "roughness": 0.5,
                "task": 99,
                "seed": 3,
                "steps": 120,
                "trained_n": 400,
                "trained_noise": 0.05,
                "trained_roughness": 5.0,
                "trained_seed": 7,
                "earlier": [[10, 2.5], [400, 9.0]],
                "name": "mine",
            },
        ),
        (
            MetricExplorer,
            {
                "angle": 180,
                "noise": 1.0,
                "n_train": 10,
                "seed": 3,
                "steps": 2,
                "shape": "axes",
                "score": "dot",
                "mask": "leave_one_out",
                "q1": -2.0,
                "q2": 1.25,
                "name": "mine",
            },
        ),
        (
            BiasVarianceExplorer,
            {
                "w": 0.25,
                "noise": 0.0,
                "n_train": 200,
                "seed": 3,
                "degree": 2,
                "kernel": "triangular",
                "name": "mine",
            },
        ),
    ],
)
def test_the_start_is_what_was_asked_for(view: type[Any], given: dict[str, Any]) -> None:
    explorer = view(**given)
    assert {name: getattr(explorer, name) for name in given} == given


@pytest.mark.parametrize("view", RANGES_BY_HAND)
def test_the_ranges_are_those_that_are_documented(view: type[Any]) -> None:
    ranges = {name: list(limits) for name, limits in RANGES_BY_HAND[view].items()}
    assert view().ranges == ranges


@each_range
def test_a_range_goes_to_the_browser(view: type[Any], name: str, low: float, high: float) -> None:
    assert view().ranges[name] == [low, high]


@each_range
def test_both_ends_of_a_range_are_allowed(
    view: type[Any], name: str, low: float, high: float
) -> None:
    explorer = view(n_queries=200) if name == "query" else view()
    for value in (low, high):
        setattr(explorer, name, value)
        assert getattr(explorer, name) == value
        assert type(getattr(explorer, name)) is type(low)


def bad_values(low: float, high: float) -> list[Any]:
    """What no number of this range is: not finite, just outside, or of another type."""
    whole = isinstance(low, int)
    return [
        NAN,
        INF,
        -INF,
        low - 1 if whole else math.nextafter(low, -INF),
        high + 1 if whole else math.nextafter(high, INF),
        10**400,
        "1",
        None,
        True,
        [low],
        complex(low),
        torch.tensor(low),
        *([low + 0.5, float(low)] if whole else []),
    ]


@each_range
def test_a_bad_value_is_refused_by_name_and_changes_nothing(
    view: type[Any], name: str, low: float, high: float
) -> None:
    explorer = view(n_queries=200) if name == "query" else view()
    before = explorer.get_state(), getattr(explorer, name)
    for bad in bad_values(low, high):
        with pytest.raises(traitlets.TraitError) as refused:
            setattr(explorer, name, bad)
        said = str(refused.value)
        assert said.startswith(f"{name} must be "), repr(bad)
        assert f"(allowed: {low:.15g} to {high:.15g})" in said
        assert (explorer.get_state(), getattr(explorer, name)) == before, repr(bad)


@each_range
def test_a_bad_start_is_refused_by_name(
    view: type[Any], name: str, low: float, high: float
) -> None:
    for bad in (NAN, high + 1, "1"):
        with pytest.raises(traitlets.TraitError, match=rf"^{name} must be .* \(allowed: "):
            view(**{name: bad})


@each_explorer
def test_an_unknown_trait_is_refused(view: type[Any]) -> None:
    with pytest.raises(TypeError, match=rf"^{view.__name__} has no trait speed, wide$"):
        view(wide=1, speed=2)


@pytest.mark.parametrize(
    ("view", "name", "values"),
    [
        *[(view, "kernel", list(CHOICES)) for view in POOLING],
        (TrainingExplorer, "reduction", ["sum", "mean", "half"]),
        (MetricExplorer, "shape", ["number", "axes", "matrix"]),
        (MetricExplorer, "score", ["distance", "dot", "dot_norm"]),
        (MetricExplorer, "mask", ["none", "leave_one_out", "causal"]),
        (BiasVarianceExplorer, "degree", [0, 1, 2]),
        (BiasVarianceExplorer, "kernel", list(SHOWN_KERNELS)),
    ],
)
def test_a_name_and_its_place_are_in_step_both_ways(
    view: type[Any], name: str, values: list[Any]
) -> None:
    place = f"{name}_index"
    explorer = view()
    for index, value in [*enumerate(values), *reversed(list(enumerate(values)))]:
        setattr(explorer, name, value)
        assert getattr(explorer, place) == index
        assert getattr(view(**{name: value}), place) == index
    for index, value in [*enumerate(values), *reversed(list(enumerate(values)))]:
        setattr(explorer, place, index)
        assert getattr(explorer, name) == value


@pytest.mark.parametrize(
    ("view", "name", "place", "value"),
    [
        (AttentionExplorer, "kernel", list(SHOWN_KERNELS).index("triangular"), "triangular"),
        (KernelExplorer, "kernel", len(SHOWN_KERNELS) - 1, list(SHOWN_KERNELS)[-1]),
        (TrainingExplorer, "reduction", 1, "mean"),
        (MetricExplorer, "shape", 0, "number"),
        (MetricExplorer, "mask", 2, "causal"),
        (BiasVarianceExplorer, "degree", 2, 2),
        (BiasVarianceExplorer, "kernel", 1, "boxcar"),
    ],
)
def test_it_can_start_at_a_place(view: type[Any], name: str, place: int, value: Any) -> None:
    explorer = view(**{f"{name}_index": place})
    assert (getattr(explorer, name), getattr(explorer, f"{name}_index")) == (value, place)


@pytest.mark.parametrize(
    ("view", "name"), [(AttentionExplorer, "kernel"), (TrainingExplorer, "reduction")]
)
@pytest.mark.parametrize("bad", ["unheard_of", "Gaussian", "", None, 0, ["sum"]])
def test_an_unknown_name_is_refused(view: type[Any], name: str, bad: Any) -> None:
    explorer = view()
    before = getattr(explorer, name)
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(explorer, name, bad)
    assert getattr(explorer, name) == before
    assert getattr(explorer, f"{name}_index") == 0
    with pytest.raises(traitlets.TraitError, match=name):
        view(**{name: bad})


# Moved points and the query -----------------------------------------------------------------------


@each_pooling
def test_another_seed_puts_points_back(view: type[Any]) -> None:
    explorer = view(seed=6, moved=[[3, 1.0, 2.0]])
    explorer.seed = 6
    assert explorer.moved == [[3, 1.0, 2.0]], "the same seed is the same data"
    for name, value in [("w", 2.0), ("noise", 0.1), ("n_train", 2), ("kernel", "boxcar")]:
        setattr(explorer, name, value)
    assert explorer.moved == [[3, 1.0, 2.0]]
    explorer.seed = 7
    assert explorer.moved == []


@each_pooling
def test_a_seed_and_its_moved_points_can_come_together(view: type[Any]) -> None:
    explorer = view(moved=[[3, 1.0, 2.0]])
    explorer.set_state({"seed": 5, "moved": [[1, 0.5, 0.25]]})  # as a browser sends it
    assert (explorer.seed, explorer.moved) == (5, [[1, 0.5, 0.25]])
    explorer.set_state({"seed": 6})
    assert explorer.moved == []


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        ([], []),
        ([[0, 0, -20]], [[0, 0.0, -20.0]]),
        ([[499, 5, 20]], [[499, 5.0, 20.0]]),
        (((1, 2, 3),), [[1, 2.0, 3.0]]),
        ([[1, 2, 3], (1, 4.5, 3)], [[1, 2.0, 3.0], [1, 4.5, 3.0]]),
        ([[np.int64(1), np.float64(2.5), np.float64(3.5)]], [[1, 2.5, 3.5]]),
    ],
)
def test_moved_points_are_lists_of_plain_numbers(points: Any, kept: list[list[float]]) -> None:
    moved = AttentionExplorer(moved=points).moved
    assert moved == kept
    assert json.loads(json.dumps(moved)) == kept
    assert all(type(point) is list for point in moved)
    assert all([type(part) for part in point] == [int, float, float] for point in moved)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([[0, 1.0]], r"moved must hold \[draw number, x, y\] for each point"),
        ([[0, 1.0, 2.0, 3.0]], r"moved must hold \[draw number, x, y\]"),
        ([5], r"moved must hold \[draw number, x, y\]"),
        (["012"], r"moved must hold \[draw number, x, y\]"),
        ([[0, 1.0, 2.0], None], r"moved must hold \[draw number, x, y\]"),
        ([[-1, 1.0, 2.0]], "a draw number in moved must be between 0 and 499, got -1"),
        ([[500, 1.0, 2.0]], "a draw number in moved must be between 0 and 499, got 500"),
        ([[1.0, 1.0, 2.0]], "a draw number in moved must be an integer, got 1.0"),
        ([[0, -0.1, 2.0]], "x in moved must be at least 0"),
        ([[0, 5.1, 2.0]], "x in moved must be at most 5"),
        ([[0, NAN, 2.0]], "x in moved must be finite"),
        ([[0, 1.0, -20.1]], "y in moved must be at least -20"),
        ([[0, 1.0, 20.1]], "y in moved must be at most 20"),
        ([[0, 1.0, INF]], "y in moved must be finite"),
        ([[0, 1.0, "2"]], "y in moved must be a real number, got '2'"),
        (None, "moved"),
        ("[]", "moved"),
        ({}, "moved"),
    ],
)
def test_unsound_moved_points_are_refused(points: Any, message: str) -> None:
    explorer = AttentionExplorer(moved=[[3, 1.0, 2.0]])
    with pytest.raises(traitlets.TraitError, match=message) as refused:
        explorer.moved = points
    assert explorer.moved == [[3, 1.0, 2.0]]
    if isinstance(points, list):
        assert "(allowed: draw number 0 to 499, x 0 to 5, y ±20)" in str(refused.value)
    with pytest.raises(traitlets.TraitError, match=message):
        AttentionExplorer(moved=points)


@each_pooling
def test_the_query_is_one_of_the_queries(view: type[Any]) -> None:
    explorer = view()
    explorer.query = 49
    refusal = r"query must be below n_queries = 50, got 50 \(allowed: 0 to 49\)"
    with pytest.raises(traitlets.TraitError, match=refusal):
        explorer.query = 50
    assert explorer.query == 49
    with pytest.raises(traitlets.TraitError, match="query must be below n_queries = 10, got 10"):
        view(query=10, n_queries=10)
    explorer.n_queries = 51
    explorer.query = 50


@each_pooling
@pytest.mark.parametrize("n_queries", [2, 20])
def test_the_query_stays_one_of_the_queries_when_there_are_fewer(
    view: type[Any], n_queries: int
) -> None:
    for explorer in (view(n_queries=n_queries), view(query=49)):
        explorer.n_queries = n_queries
        assert explorer.query == n_queries - 1
        assert "</svg>" in explorer.static_fallback().svg


# Results ------------------------------------------------------------------------------------------


def pairs_by_hand(explorer: Any) -> tuple[Tensor, Tensor]:
    """Training pairs with moved points in their places, sorted by Python itself."""
    data = make_regression(explorer.n_train, explorer.noise, explorer.seed, dtype=torch.float64)
    draws = draw_order(explorer.n_train, explorer.seed).tolist()
    by_draw = dict(zip(draws, zip(data.x_train, data.y_train, strict=True), strict=True))
    assert sorted(by_draw) == list(range(explorer.n_train))
    for draw, x, y in explorer.moved:
        if draw in by_draw:
            by_draw[draw] = (x, y)
    pairs = sorted((float(x), draw, float(y)) for draw, (x, y) in by_draw.items())
    x, _, y = zip(*pairs, strict=True)
    return torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)


def left_out_by_hand(keys: Tensor, values: Tensor, w: float, kernel: str) -> float:
    """Root mean squared error of each output predicted from all the others."""
    errors = []
    for i in range(len(keys)):
        others = [j for j in range(len(keys)) if j != i]
        if not others:
            return NAN
        predicted = attention_pooling(
            keys[i : i + 1], keys[others], values[others], w, kernel, empty="nan"
        )
        errors.append(float(predicted - values[i]))
    return math.sqrt(sum(error**2 for error in errors) / len(errors))


EMPTY_WINDOWS: dict[str, Any] = {"w": 20.0, "n_train": 5, "seed": 4}
STATES: list[dict[str, Any]] = [
    {},
    {"w": 4.9, "noise": 0.0, "n_train": 13, "seed": 6},
    {"n_queries": 200, "query": 199, "w": 100.0, "seed": 2**32 - 1},
    {"n_queries": 2, "query": 1, "n_train": 500, "noise": 2.0},
    {"n_train": 1, "seed": 3},
    {"n_train": 2, "seed": 3, "w": 0.1},
    {"n_train": 1, "kernel": "boxcar", "w": 3.0},
    *[{"kernel": kernel, "w": 1.5, "seed": 2} for kernel in SHOWN_KERNELS],
    *[{"kernel": kernel, **EMPTY_WINDOWS} for kernel in SHOWN_KERNELS],
    {"moved": [[0, 2.5, -7.0], [11, 0.0, 20.0]], "n_train": 12, "w": 3.0},
    {"moved": [[0, 2.5, 1.0], [1, 2.5, 2.0]], "n_train": 12, "w": 30.0},  # at one place
    {"moved": [[1, 2.5, 1.0], [0, 2.5, 2.0]], "n_train": 2},
    {"moved": [[3, 1.0, 1.0], [3, 4.0, 2.0]], "n_train": 12},  # the last one counts
    {"moved": [[12, 1.0, -9.0], [499, 1.0, -9.0], [2, 4.9, 0.5]], "n_train": 12},
    {"moved": [[0, 0.05, 4.0]], "n_train": 1, "kernel": "triangular", "w": 100.0},
]


@each_pooling
@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_result_is_that_of_the_package(view: type[Any], state: dict[str, Any]) -> None:
    explorer = view(**state)
    result = explorer.result
    keys, values = pairs_by_hand(explorer)
    q, n = explorer.n_queries, explorer.n_train
    queries = torch.tensor([5 * i / q for i in range(q)], dtype=torch.float64)
    truth = true_function(queries)
    w, kernel = explorer.w, explorer.kernel
    weights = attention_weights(queries, keys, w, kernel, empty="nan")
    predictions = attention_pooling(queries, keys, values, w, kernel, empty="nan")
    for name, expected, shape in [
        ("queries", queries, (q,)),
        ("truth", truth, (q,)),
        ("keys", keys, (n,)),
        ("values", values, (n,)),
        ("weights", weights, (q, n)),
        ("predictions", predictions, (q,)),
    ]:
        found = getattr(result, name)
        assert found.shape == shape, name
        assert found.dtype == torch.float64, name
        torch.testing.assert_close(
            found, expected, rtol=1e-12, atol=1e-12, equal_nan=True, msg=name
        )
    gaps = bool(predictions.isnan().any())
    error = NAN if gaps else rmse(predictions, truth)
    assert result.error == pytest.approx(error, rel=1e-12, nan_ok=True)
    left_out = left_out_by_hand(keys, values, w, kernel)
    assert result.leave_one_out == pytest.approx(left_out, rel=1e-9, nan_ok=True)


def test_the_queries_are_the_test_inputs_at_the_start() -> None:
    data = make_regression(dtype=torch.float64)
    result = AttentionExplorer().result
    torch.testing.assert_close(result.queries, data.x_test, rtol=0, atol=1e-15)
    torch.testing.assert_close(result.truth, data.y_test)
    assert torch.equal(result.keys, data.x_train)
    assert torch.equal(result.values, data.y_train)


@pytest.mark.parametrize("kernel", COMPACT)
def test_a_window_without_keys_has_no_prediction(kernel: str) -> None:
    result = AttentionExplorer(kernel=kernel, **EMPTY_WINDOWS).result
    alone = result.predictions.isnan()
    assert alone.any()
    assert not alone.all()
    reach = kernels.KERNELS[kernel].support / EMPTY_WINDOWS["w"]
    distances = (result.queries[:, None] - result.keys).abs().amin(1)
    assert torch.equal(alone, distances > reach)
    assert torch.equal(result.weights.isnan().all(1), alone)
    assert torch.equal(result.weights.isnan().any(1), alone)
    assert math.isnan(result.error)
    assert math.isnan(result.leave_one_out)


def test_a_row_sums_to_one_and_one_point_gets_it_all() -> None:
    result = AttentionExplorer(n_train=1).result
    assert torch.equal(result.weights, torch.ones(50, 1, dtype=torch.float64))
    assert torch.equal(result.predictions, result.values.expand(50))
    assert math.isfinite(result.error)
    assert math.isnan(result.leave_one_out)


def test_moving_a_point_changes_that_point_alone() -> None:
    explorer = AttentionExplorer(seed=6, n_train=20)
    before = explorer.result
    draw = int(draw_order(20, 6)[8])
    pairs = list(zip(before.keys.tolist(), before.values.tolist(), strict=True))
    explorer.moved = [[draw, 4.125, -3.0]]
    after = explorer.result
    expected = sorted([*pairs[:8], *pairs[9:], (4.125, -3.0)])
    assert list(zip(after.keys.tolist(), after.values.tolist(), strict=True)) == expected
    assert before.error != after.error
    assert before.leave_one_out != after.leave_one_out
    explorer.moved = []
    assert torch.equal(explorer.result.predictions, before.predictions)


def test_a_result_follows_every_trait() -> None:
    explorer = AttentionExplorer()
    seen = [explorer.result.error]
    for name, value in [
        ("w", 3.0),
        ("noise", 0.4),
        ("n_train", 60),
        ("seed", 2),
        ("kernel", "epanechnikov"),
        ("kernel_index", 4),
        ("kernel", "own"),
        ("formula", "1/(1 + u*u)"),
        ("line", True),
        ("n_queries", 99),
        ("moved", [[0, 1.0, -5.0]]),
    ]:
        setattr(explorer, name, value)
        seen.append(explorer.result.error)
    assert len(set(seen)) == len(seen)


# Controls -----------------------------------------------------------------------------------------


def is_choice(control: Any) -> bool:
    return isinstance(control, widgets.Dropdown | widgets.ToggleButtons)


CONTROLS: dict[type[Any], list[str]] = {
    AttentionExplorer: ["w", "noise", "n_train", "seed", "kernel", "line"],
    KernelExplorer: ["kernel", "w", "noise", "n_train", "seed"],
    TrainingExplorer: ["start", "lr", "reduction"],
    ContextExplorer: ["noise", "roughness", "n_context", "task", "seed"],
    BiasVarianceExplorer: ["w", "n_train", "noise", "degree", "kernel"],
}


@pytest.mark.parametrize(("view", "names"), CONTROLS.items(), ids=lambda part: str(part)[:60])
def test_the_controls_are_in_their_order(view: type[Any], names: list[str]) -> None:
    assert list(view().controls) == names


@each_explorer
def test_every_control_is_there_unless_chosen(view: type[Any]) -> None:
    explorer = view()
    assert explorer.controls
    panel, canvas = explorer.box.children
    assert list(panel.children) == list(explorer.controls.values())
    assert canvas is explorer


@pytest.mark.parametrize("view", POOLING)
@pytest.mark.parametrize("chosen", [[], ["w"], ("noise", "w"), ["kernel", "seed", "n_train"]])
def test_only_chosen_controls_are_shown_in_a_fixed_order(view: type[Any], chosen: Any) -> None:
    explorer = view(controls=chosen, w=3.0)
    expected = [name for name in CONTROLS[view] if name in chosen]
    assert list(explorer.controls) == expected
    assert list(explorer.box.children[0].children) == [explorer.controls[k] for k in expected]
    explorer.noise = 0.0
    assert explorer.result.error == view(noise=0.0, w=3.0).result.error


@each_explorer
@pytest.mark.parametrize("bad", [["speed"], ("speed", "w"), ["moved"], ["n_queries", "speed"]])
def test_an_unknown_control_is_refused(view: type[Any], bad: Any) -> None:
    names = ", ".join(view().controls)
    with pytest.raises(ValueError, match=rf"^controls must be among {names}, got .*\w"):
        view(controls=bad)


POOLED = {"w": 4.9, "noise": 1.25, "n_train": 7, "seed": 9, "kernel": "boxcar"}


@each_explorer
def test_a_control_has_the_range_of_its_trait(view: type[Any]) -> None:
    explorer = view()
    for name, control in explorer.controls.items():
        if is_choice(control):
            assert [value for _, value in control.options] == list(explorer.traits()[name].values)
        elif isinstance(control, widgets.FloatLogSlider):
            limits = [control.base**control.min, control.base**control.max]
            assert limits == pytest.approx(explorer.ranges[name], rel=1e-12)
        elif not isinstance(control, widgets.Checkbox):
            assert [control.min, control.max] == explorer.ranges[name]
        if isinstance(explorer.traits()[name], Number):
            assert control.step <= 1e-9, "the step shows in what a program sets"


@pytest.mark.parametrize(
    ("view", "state"),
    [
        (AttentionExplorer, POOLED | {"line": True}),
        (KernelExplorer, {"w": 0.1, "noise": 2.0, "n_train": 1, "seed": 0, "kernel": "constant"}),
        (TrainingExplorer, {"start": 100.0, "lr": 0.001, "reduction": "half"}),
        (
            ContextExplorer,
            {"n_context": 400, "noise": 0.05, "roughness": 5.0, "task": 99, "seed": 9},
        ),
        (
            BiasVarianceExplorer,
            {"w": 0.1, "n_train": 200, "noise": 2.0, "degree": 2, "kernel": "constant"},
        ),
    ],
)
def test_a_control_starts_where_its_trait_does(view: type[Any], state: dict[str, Any]) -> None:
    explorer = view(**state)
    assert {name: control.value for name, control in explorer.controls.items()} == state


@pytest.mark.parametrize(
    ("view", "state"),
    [
        (AttentionExplorer, POOLED | {"line": True}),
        (KernelExplorer, {"w": 0.1, "noise": 2.0, "n_train": 1, "seed": 0, "kernel": "constant"}),
        (TrainingExplorer, {"start": 100.0, "lr": 0.001, "reduction": "half"}),
        (
            ContextExplorer,
            {"n_context": 400, "noise": 0.05, "roughness": 5.0, "task": 99, "seed": 9},
        ),
        (
            BiasVarianceExplorer,
            {"w": 0.1, "n_train": 200, "noise": 2.0, "degree": 2, "kernel": "constant"},
        ),
    ],
)
def test_a_control_is_where_its_trait_is_when_shown(view: type[Any], state: dict[str, Any]) -> None:
    explorer = view()
    for name, value in state.items():
        setattr(explorer, name, value)
    explorer._repr_mimebundle_()
    # Its link gives the control's value to the trait when a page is opened without a kernel.
    assert {name: control.value for name, control in explorer.controls.items()} == state


@each_explorer
def test_a_link_joins_each_control_to_its_trait_in_the_browser(view: type[Any]) -> None:
    explorer = view()
    ends = {link.source[0]: (link.source[1], *link.target) for link in explorer._links}
    assert len(ends) == len(explorer._links) == len(explorer.controls)
    assert {link._model_name for link in explorer._links} == {"LinkModel"}  # both ways
    for name, control in explorer.controls.items():
        ours, theirs = ("index", f"{name}_index") if is_choice(control) else ("value", name)
        assert ends[control] == (ours, explorer, theirs)
        css = f"nw-control-{name.replace('_', '-')}"
        assert css in control._dom_classes
    assert "nw-box" in explorer.box._dom_classes
    assert "nw-controls" in explorer.box.children[0]._dom_classes


@each_explorer
@pytest.mark.parametrize("language", words.languages())
def test_controls_speak_the_language(view: type[Any], language: str) -> None:
    words.set_language(language)
    explorer = view()
    said = words.read_words(language).explorers
    others = [words.read_words(each).explorers for each in words.languages() if each != language]
    for name, control in explorer.controls.items():
        assert control.description == said[name]
        assert all(said[name] != other[name] for other in others)
        if is_choice(control):
            texts = [words.explorer_words()[f"{name}_{value}"] for _, value in control.options]
            assert [text for text, _ in control.options] == texts
    assert explorer.words == words.explorer_words()
    assert explorer.words["decimal"] == words.read_words(language).decimal


# What a notebook gets -----------------------------------------------------------------------------


@each_explorer
def test_a_live_notebook_gets_controls_and_canvas(view: type[Any]) -> None:
    explorer = view()
    data, metadata = explorer._repr_mimebundle_()
    shown = data["application/vnd.jupyter.widget-view+json"]
    assert shown["model_id"] == explorer.box.model_id
    assert metadata == {}
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("view", CONTROLS)
@pytest.mark.parametrize("language", words.languages())
def test_a_page_without_a_kernel_gets_a_picture_and_its_words(
    view: type[Any], language: str
) -> None:
    words.set_language(language)
    explorer = view(seed=6)
    data, _ = explorer._repr_mimebundle_()
    root = ElementTree.fromstring(data["image/svg+xml"])
    assert root.get("role") == "img"
    assert root.get("aria-label") == data["text/plain"]
    if view is TrainingExplorer:
        said = words.number(explorer.result.history.losses[-1], 3)
    else:
        digits = 4 if view is BiasVarianceExplorer else 3
        said = words.number(explorer.result.error, digits)
    assert said in data["text/plain"]
    assert "{" not in data["text/plain"]
    assert "".join(root.itertext()).strip()


FALLBACKS = [state for state in STATES if "kernel" not in state or state.get("w") == 20.0]


@each_pooling
@pytest.mark.parametrize("state", FALLBACKS, ids=str)
def test_a_static_fallback_shows_the_result(view: type[Any], state: dict[str, Any]) -> None:
    explorer = view(**state)
    result = explorer.result
    picture = explorer.static_fallback()
    curve = picture.figure.axes[0]
    for found, ys, xs in [
        (curve.lines[0].get_xydata(), result.truth, result.queries),
        (curve.lines[1].get_xydata(), result.predictions, result.queries),
        (curve.collections[0].get_offsets(), result.values, result.keys),
    ]:
        np.testing.assert_allclose(np.asarray(found), torch.stack([xs, ys], 1))
    if view is AttentionExplorer:
        image = picture.figure.axes[1].images[0]
        shown: Any = image.get_array()
        assert image.get_clim() == (0.0, float(result.weights.nan_to_num().max()))
        np.testing.assert_allclose(np.ma.filled(shown, np.nan), result.weights, rtol=1e-12)
    else:
        bottom = picture.figure.axes[1]
        labels = (explorer.words["x"], explorer.words["weight"])
        assert (bottom.get_xlabel(), bottom.get_ylabel()) == labels
        drawn: Any = bottom.collections[0]
        bars: Any = drawn.get_segments()
        heights = result.weights[explorer.query].nan_to_num()
        ends = torch.stack([result.keys, heights], 1)
        np.testing.assert_allclose(np.array([bar[1] for bar in bars]), ends)
    ElementTree.fromstring(picture.svg)
    assert ("not defined" in picture.alt) == math.isnan(result.error)
    low, high = curve.get_ylim()
    assert low <= float(result.values.min())
    assert high >= float(result.values.max())


@each_pooling
@pytest.mark.parametrize("kernel", COMPACT)
def test_a_static_fallback_without_any_prediction_can_be_drawn(
    view: type[Any], kernel: str
) -> None:
    explorer = view(kernel=kernel, w=100.0, n_train=1, n_queries=2, query=1, moved=[[0, 1.25, 1.0]])
    assert explorer.result.predictions.isnan().all()
    picture = explorer.static_fallback()
    ElementTree.fromstring(picture.svg)
    assert "not defined" in picture.alt


def test_the_static_fallback_of_training_shows_landscape_and_steps() -> None:
    explorer = TrainingExplorer(steps=4, reduction="mean")
    history = explorer.result.history
    alt = explorer.static_fallback().alt
    for end in (explorer.start, abs(history.w[-1])):
        assert words.number(end, 2) in alt
    landscape, curve = explorer.static_fallback().figure.axes
    lines: list[Any] = list(landscape.lines)
    loss, minimum, path = lines
    steps = np.stack([np.abs(history.w), history.losses], 1)
    np.testing.assert_allclose(path.get_xydata(), steps)
    lowest = np.asarray(loss.get_xydata())[np.argmin(loss.get_ydata())]
    np.testing.assert_allclose(minimum.get_xydata()[0], lowest)
    assert float(np.min(loss.get_ydata())) <= min(history.losses) + 1e-3
    prediction: Any = curve.lines[1].get_ydata()
    np.testing.assert_allclose(prediction, explorer.result.predictions)
