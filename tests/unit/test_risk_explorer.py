"""The bias–variance explorer, in Python and in its modules that need no page."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from node import JAVASCRIPT, Node, node
from torch import Tensor

from nwcore import KERNELS, attention_pooling, local_regression, make_regression, words
from nwcore.explorers import BiasVarianceExplorer
from nwcore.explorers.attention import SHOWN_KERNELS
from nwcore.words import number

MODULES = ["computation", "picture", "view"]


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    files = [JAVASCRIPT / "risk" / f"{name}.js" for name in MODULES]
    with node(*files, JAVASCRIPT / "drawing" / "pen.js") as running:
        yield running


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


STATES: list[dict[str, Any]] = [
    {},
    {"degree": 1, "w": 2.0, "noise": 0.0, "seed": 2**32 - 50},
    {"degree": 2, "w": 50.0, "n_train": 10, "noise": 1.3, "seed": 7},
    {"degree": 1, "kernel": "boxcar", "w": 3.0, "n_train": 31},
    {"degree": 2, "kernel": "epanechnikov", "w": 1.5},
    {"kernel": "triangular", "w": 60.0, "noise": 0.1, "n_train": 12},
    {"kernel": "constant", "degree": 1, "noise": 2.0},
]
each_state = pytest.mark.parametrize("state", STATES, ids=str)


def traits_of(explorer: BiasVarianceExplorer) -> dict[str, Any]:
    names = ("w", "noise", "n_train", "seed", "degree_index", "kernel_index")
    return {name: getattr(explorer, name) for name in names}


def fits_by_hand(explorer: BiasVarianceExplorer, w: float) -> Tensor:
    """Every data set drawn with its noise and fitted by itself, (100, 50)."""
    rows = []
    for place in range(100):
        seed = (explorer.seed + place) % 2**32
        data = make_regression(explorer.n_train, explorer.noise, seed, dtype=torch.float64)
        q, x, y, kernel = data.x_test, data.x_train, data.y_train, explorer.kernel
        row = torch.full((50,), torch.nan, dtype=torch.float64)
        near = torch.ones(50, dtype=torch.bool)
        if KERNELS[kernel].compact:
            near = (KERNELS[kernel].value((q[:, None] - x) * w) > 0).any(1)
        if bool(near.any()):
            row[near] = local_regression(q[near], x, y, w, explorer.degree, kernel, few="lower")
        rows.append(row)
    return torch.stack(rows)


def risk_by_hand(fits: Tensor, truth: Tensor) -> tuple[float, float]:
    """Bias² and variance of fits that may be missing, test point by test point."""
    bias, variance = [], []
    for column, value in zip(fits.T.tolist(), truth.tolist(), strict=True):
        there = [fit for fit in column if not math.isnan(fit)]
        if there:
            mean = math.fsum(there) / len(there)
            bias.append((mean - value) ** 2)
            variance.append(math.fsum((fit - mean) ** 2 for fit in there) / len(there))
    return math.fsum(bias) / len(bias), math.fsum(variance) / len(variance)


# What is on screen --------------------------------------------------------------------------------


@each_state
def test_the_result_is_that_of_the_package(state: dict[str, Any]) -> None:
    explorer = BiasVarianceExplorer(**state)
    result = explorer.result
    data = make_regression(dtype=torch.float64)
    assert torch.equal(result.queries, data.x_test)
    assert torch.equal(result.truth, data.y_test)
    fits = fits_by_hand(explorer, explorer.w)
    scale = float(fits.nan_to_num().abs().max())
    torch.testing.assert_close(result.fits, fits, rtol=1e-9, atol=1e-11 * scale, equal_nan=True)
    torch.testing.assert_close(result.mean, fits.nanmean(0), rtol=1e-9, atol=1e-9 * scale)
    assert result.missing == int(torch.isnan(fits).sum())
    bias, variance = risk_by_hand(fits, result.truth)
    assert result.squared_bias == pytest.approx(bias, rel=1e-9)
    assert result.variance == pytest.approx(variance, rel=1e-9)
    assert result.error == pytest.approx(bias + variance, rel=1e-9)


@pytest.mark.parametrize("state", STATES[1:4], ids=str)
def test_the_curves_are_what_each_w_gives(state: dict[str, Any]) -> None:
    explorer = BiasVarianceExplorer(**state)
    result = explorer.result
    grid = result.grid.tolist()
    assert (len(grid), grid[0], grid[-1]) == (61, pytest.approx(0.1), pytest.approx(100.0))
    for place in (0, 23, 41, 60):
        found = risk_by_hand(fits_by_hand(explorer, grid[place]), result.truth)
        curves = float(result.bias_curve[place]), float(result.variance_curve[place])
        assert curves == pytest.approx(found, rel=1e-8)
    torch.testing.assert_close(result.error_curve, result.bias_curve + result.variance_curve)


def test_the_best_w_has_the_least_error() -> None:
    for state in ({}, {"degree": 1}, {"degree": 2, "noise": 1.0}):
        best = BiasVarianceExplorer(**state).result.best
        errors = [
            BiasVarianceExplorer(**state, w=w).result.error
            for w in (best / 1.15, best, best * 1.15)
        ]
        assert errors[1] == min(errors)
    assert math.isnan(BiasVarianceExplorer(kernel="constant").result.best)
    # Wherever all keys weigh the same, the errors are the same: the first of these is named.
    wide = BiasVarianceExplorer(kernel="boxcar", degree=2, n_train=10, noise=2.0).result
    assert wide.best == pytest.approx(0.1)


def test_theory_holds_in_the_numbers() -> None:
    """A narrower window has less bias and more variance; more data have less variance."""
    results = [BiasVarianceExplorer(w=w).result for w in (1.0, 4.0, 16.0)]
    assert results[0].squared_bias > results[1].squared_bias > results[2].squared_bias
    assert results[0].variance < results[1].variance < results[2].variance
    more = BiasVarianceExplorer(n_train=200).result
    assert more.variance < results[1].variance
    assert more.best > results[1].best
    assert BiasVarianceExplorer(noise=2.0).result.best < results[1].best
    assert BiasVarianceExplorer(degree=1, w=2.0).result.squared_bias < (
        BiasVarianceExplorer(degree=0, w=2.0).result.squared_bias
    )


def test_a_constant_is_attention_pooling() -> None:
    data = make_regression(50, 0.5, 4, dtype=torch.float64)
    pooled = attention_pooling(data.x_test, data.x_train, data.y_train, 4.0)
    torch.testing.assert_close(BiasVarianceExplorer().result.fits[4], pooled)


@pytest.mark.parametrize("degree", [True, 1.0, 3, -1, "1", None])
def test_another_degree_is_refused(degree: Any) -> None:
    explorer = BiasVarianceExplorer(degree=2)
    with pytest.raises(traitlets.TraitError, match="degree"):
        explorer.degree = degree
    assert (explorer.degree, explorer.degree_index) == (2, 2)
    with pytest.raises(traitlets.TraitError, match="degree"):
        BiasVarianceExplorer(degree=degree)


# The page -----------------------------------------------------------------------------------------

CURVES = ["queries", "truth", "fits", "mean", "grid", "biasCurve", "varianceCurve", "errorCurve"]


@each_state
def test_the_page_computes_what_python_computes(state: dict[str, Any], engine: Node) -> None:
    explorer = BiasVarianceExplorer(**state)
    result = explorer.result
    found = engine(
        """const numbers = E.createComputation()(given.state, true);
        const { bias, variance, error, best, missing, partial } = numbers;
        return [given.names.map((name) => packed(numbers[name])),
          packed(bias, variance, error, best), missing, partial]""",
        state=traits_of(explorer),
        names=CURVES,
    )
    python = [
        *(result.queries, result.truth, result.fits, result.mean, result.grid),
        *(result.bias_curve, result.variance_curve, result.error_curve),
    ]
    for name, text, wanted in zip(CURVES, found[0], python, strict=True):
        numbers = engine.numbers("return given.text", text=text).reshape(wanted.shape)
        scale = float(wanted.nan_to_num().abs().max()) if name == "fits" else 0.0
        np.testing.assert_allclose(
            numbers, wanted, rtol=1e-9, atol=max(1e-12, 1e-11 * scale), err_msg=name
        )
    numbers = engine.numbers("return given.text", text=found[1])
    wanted_numbers = [result.squared_bias, result.variance, result.error, result.best]
    np.testing.assert_allclose(numbers, wanted_numbers, rtol=1e-8)
    assert found[2:] == [result.missing, False]


def test_the_page_comes_to_the_whole_curve_frame_by_frame(engine: Node) -> None:
    """Coarse first; each frame knows more places, and the last all of them, as if at once."""
    found = engine(
        """const compute = E.createComputation();
        const seen = [];
        for (;;) {
          const numbers = compute(given.state);
          seen.push([[...numbers.grid], String(numbers.best), numbers.partial]);
          if (!numbers.partial || seen.length > 99) {
            const atOnce = E.createComputation()(given.state, true);
            const told = (each) => [[...each.grid], [...each.errorCurve], each.best, each.error];
            return [seen, told(numbers), told(atOnce)];
          }
        }""",
        state=traits_of(BiasVarianceExplorer(n_train=100)),
    )
    seen, last, at_once = found
    assert last == at_once
    counts = [len(grid) for grid, _, _ in seen]
    assert counts == [7, *range(9, 62, 2)]
    np.testing.assert_allclose(seen[0][0], np.geomspace(0.1, 100, 7))
    for grid, best, partial in seen:
        assert grid == sorted(grid)
        assert partial == (len(grid) < 61)
        assert (best == "NaN") == partial


def test_work_in_one_frame_is_bounded_by_the_points_of_a_set(engine: Node) -> None:
    found = engine(
        "return [10, 50, 130, 200].map((n) => [0, 7, 59, 61].map((c) => E.goalAfter(c, n)))"
    )
    assert found == [[7, 27, 61, 61], [7, 11, 61, 61], [7, 8, 60, 61], [7, 8, 60, 61]]


def test_every_place_comes_once_and_coarse_places_first(engine: Node) -> None:
    order = engine("return E.coarseFirst(61, 10)")
    assert sorted(order) == list(range(61))
    assert order[:7] == [0, 10, 20, 30, 40, 50, 60]
    assert order[7:13] == [5, 15, 25, 35, 45, 55]


def test_the_page_keeps_what_it_knows_and_forgets_what_is_no_longer_so(engine: Node) -> None:
    """In whatever order states come, each gives what it gives alone."""
    changes = [*STATES[:4], {"w": 9.0}, {"noise": 1.0}, {"n_train": 20}, {"seed": 5}, {}]
    found = engine(
        """const told = (compute, state) => {
          const { bias, variance, error, best, mean, biasCurve } = compute(state, true);
          return [bias, variance, error, String(best), [...mean], [...biasCurve]];
        };
        const compute = E.createComputation();
        return given.states.map((state) => [told(compute, state),
          told(E.createComputation(), state)])""",
        states=[traits_of(BiasVarianceExplorer(**change)) for change in changes],
    )
    for kept, alone in found:
        assert kept == alone


def test_the_page_is_told_numbers_and_not_the_fits(engine: Node) -> None:
    found = engine(
        """const picture = E.createRiskPicture(given.words);
        const numbers = picture.compute(given.state);
        const told = structuredClone(picture.tell(numbers));
        return [told.fits.length, told.bias === numbers.bias, told.partial, numbers.fits.length]""",
        words=BiasVarianceExplorer().words,
        state=traits_of(BiasVarianceExplorer(n_train=10)),
    )
    assert found == [0, True, True, 5000]


@pytest.mark.parametrize("width", [328, 599, 600, 960])
def test_the_parts_fit_side_by_side_or_below(width: int, engine: Node) -> None:
    boxes = engine("return E.layout(given.width)", width=width)
    fits, risk = boxes["fits"], boxes["risk"]
    assert boxes["height"] == BiasVarianceExplorer.canvas_heights[width < 600]
    for box in (fits, risk):
        assert box["width"] > 150
        assert box["x"] + box["width"] < width
        assert box["y"] + box["height"] + 40 <= boxes["height"]
    beside = risk["x"] > fits["x"] + fits["width"] and risk["y"] == fits["y"]
    below = risk["x"] == fits["x"] and risk["y"] > fits["y"] + fits["height"]
    assert (beside, below) == (width >= 600, width < 600)


# A canvas that remembers where words are written.
CANVAS = """
const written = [];
const context = new Proxy({
  measureText: (text) => ({ width: 6 * text.length }),
  fillText: (text, x, y) => written.push([text, x, y]),
}, { get: (known, name) => known[name] ?? (() => {}), set: () => true });
"""


@pytest.mark.parametrize("width", [328, 960])
def test_each_part_has_its_legend_over_it(width: int, engine: Node) -> None:
    explorer = BiasVarianceExplorer()
    found = engine(
        CANVAS
        + """const picture = E.createRiskPicture(given.words);
        const pen = new E.Pen(context, { colours: {}, font: "" }, null);
        const boxes = picture.layout(given.width);
        picture.paint(pen, boxes, given.state, picture.compute(given.state, true), null);
        return [boxes, written]""",
        words=explorer.words,
        state=traits_of(explorer),
        width=width,
    )
    boxes, written = found
    said = {text: (x, y) for text, x, y in written}
    for part, names in (
        ("fits", ("fits", "truth", "mean_fit")),
        ("risk", ("squared_bias", "variance", "expected_error", "best_w")),
    ):
        box = boxes[part]
        for name in names:
            x, y = said[explorer.words[name]]
            assert box["y"] - 48 < y < box["y"]
            assert box["x"] - 30 < x < box["x"] + box["width"]


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", words.languages())
@pytest.mark.parametrize(
    "state",
    [
        {},
        {"noise": 0.75, "degree": 2, "kernel": "epanechnikov", "n_train": 20, "w": 31.25},
        {"kernel": "constant"},
        {"degree": 2, "w": 100.0, "n_train": 10, "noise": 2.0},
    ],
    ids=str,
)
def test_the_page_describes_what_python_describes(
    state: dict[str, Any], language: str, engine: Node
) -> None:
    words.set_language(language)
    explorer = BiasVarianceExplorer(**state)
    found = engine(
        """const numbers = E.createComputation()(given.state, true);
        return E.createSentences(given.words).describe(given.state, numbers)""",
        words=explorer.words,
        state=traits_of(explorer),
    )
    assert found == explorer.static_fallback().alt
    assert number(explorer.w, 2) in found


def test_errors_are_written_as_fine_as_they_are_large(engine: Node) -> None:
    found = engine(
        """const { share } = E.createSentences(given.words);
        return [0, 0.04321, 9.99994, 10, 999.994, 1000.4, 999999.4, 1e6, 1e30, NaN].map(share)""",
        words={"decimal": ",", "undefined": "?"},
    )
    assert found == [
        *("0,0000", "0,0432", "9,9999", "10,00", "999,99", "1000", "999999"),
        *("> 10⁶", "> 10⁶", "?"),
    ]


def test_fits_that_there_are_not_are_counted(engine: Node) -> None:
    body = "return [0, 3].map((missing) => E.createSentences(given.words).missing({ missing }))"
    assert engine(body, words={"no_fits": "{n} of {total}"}) == ["", "3 of 5000"]


# The static fallback ------------------------------------------------------------------------------


@each_state
def test_the_static_fallback_shows_the_result(state: dict[str, Any]) -> None:
    explorer = BiasVarianceExplorer(**state)
    result, picture = explorer.result, explorer.static_fallback()
    fits, risk = picture.figure.axes
    curves = [np.asarray(line.get_xydata()) for line in fits.lines]
    assert len(curves) == 103
    for curve, row in zip(curves[:100], result.fits, strict=True):
        np.testing.assert_array_equal(curve, torch.stack([result.queries, row], 1))
    np.testing.assert_array_equal(curves[101], torch.stack([result.queries, result.truth], 1))
    np.testing.assert_array_equal(curves[102], torch.stack([result.queries, result.mean], 1))
    lines = [np.asarray(line.get_xydata()) for line in risk.lines]
    parts = [
        (result.bias_curve, result.squared_bias),
        (result.variance_curve, result.variance),
        (result.error_curve, result.error),
    ]
    for place, (curve, now) in enumerate(parts):
        np.testing.assert_array_equal(lines[2 * place], torch.stack([result.grid, curve], 1))
        np.testing.assert_allclose(lines[2 * place + 1], [[explorer.w, now]])
    assert lines[6][:, 0].tolist() == [explorer.w] * 2
    marks = [line[:, 0].tolist() for line in lines[7:]]
    assert marks == ([] if math.isnan(result.best) else [[result.best] * 2])


@pytest.mark.parametrize("kernel", SHOWN_KERNELS)
def test_the_text_alternative_names_what_is_shown(kernel: str) -> None:
    explorer = BiasVarianceExplorer(kernel=kernel, w=1.0)
    result, alt = explorer.result, explorer.static_fallback().alt
    for said in (result.squared_bias, result.variance, result.error):
        assert number(said, 4) in alt
    best = "not defined" if kernel == "constant" else number(result.best, 2)
    assert f"Best w: {best}." in alt
    assert "100 data sets of 50 points, noise 0.50" in alt
