"""Local fits, and bias and variance over data sets, of the browser's engine against the package."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from node import JAVASCRIPT, Node, Vector, node

from nwcore import KERNELS, bias_variance, local_regression, make_regression
from nwcore.explorers.attention import SHOWN_KERNELS

MODULES = ("local", "risk")
BESIDES = ("kernels.js", "data.js")
WIDTHS = [0.0, 0.1, 0.7, 2.0, 4.9, 17.0, 100.0]


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    files = [*(f"{name}.js" for name in MODULES), *BESIDES]
    with node(*(JAVASCRIPT / "engine" / file for file in files)) as running:
        yield running


def fitted(
    engine: Node, queries: Any, keys: Any, values: Any, w: float, degree: int, kernel: str
) -> Vector:
    """Fits to the values and, as a second column, to their squares."""
    return engine.numbers(
        """const outs = [0, 1].map(() => new Float64Array(v.queries.length));
        const columns = [v.values, v.values.map((each) => each * each)];
        E.fitLocally(v.queries, v.keys, columns, given.w, given.degree, E.kernelNamed(given.kernel),
          outs);
        return packed(...outs)""",
        {"queries": queries, "keys": keys, "values": values},
        w=w,
        degree=degree,
        kernel=kernel,
    ).reshape(2, -1)


def expected(queries: Any, keys: Any, values: Any, w: float, degree: int, kernel: str) -> Vector:
    """What nwcore answers; NaN where it has no key in reach at all."""
    q, k, y = (torch.as_tensor(each, dtype=torch.float64) for each in (queries, keys, values))
    columns = torch.stack([y, y.square()], -1)  # (k, 2)
    reached = torch.ones(len(q), dtype=torch.bool)
    if KERNELS[kernel].compact:
        reached = (KERNELS[kernel].value((q[:, None] - k) * w) > 0).any(1)
    answers = torch.full((len(q), 2), torch.nan, dtype=torch.float64)
    if bool(reached.any()):
        answers[reached] = local_regression(q[reached], k, columns, w, degree, kernel, few="lower")
    return answers.T.numpy()


CASES = {
    "the book's": make_regression(50, 0.5, 6, dtype=torch.float64),
    "few": make_regression(3, 0.5, 1, dtype=torch.float64),
    "one": make_regression(1, 0.5, 1, dtype=torch.float64),
    "many": make_regression(200, 0.5, 2, dtype=torch.float64),
}


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("kernel", SHOWN_KERNELS)
@pytest.mark.parametrize("case", CASES)
def test_fits_are_those_of_python(case: str, kernel: str, degree: int, engine: Node) -> None:
    data = CASES[case]
    x, y, queries = (each.numpy() for each in (data.x_train, data.y_train, data.x_test))
    for w in WIDTHS:
        found = fitted(engine, queries, x, y, w, degree, kernel)
        wanted = expected(queries, x, y, w, degree, kernel)
        scale = np.nanmax(np.abs(wanted), initial=1.0)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11 * scale, err_msg=f"w = {w}")


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("kernel", ["gaussian", "boxcar", "epanechnikov"])
def test_keys_at_one_place_are_one_place(kernel: str, degree: int, engine: Node) -> None:
    keys = np.repeat([0.5, 1.0, 1.25, 3.0, 4.5], [3, 1, 2, 4, 1])
    values = np.sin(7 * np.arange(len(keys)))
    queries = np.array([0.0, 0.5, 0.75, 1.125, 2.0, 3.0, 4.75])
    for w in (0.3, 1.0, 4.0):
        found = fitted(engine, queries, keys, values, w, degree, kernel)
        wanted = expected(queries, keys, values, w, degree, kernel)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("degree", [1, 2])
def test_far_from_all_keys_a_fit_follows_the_nearest(degree: int, engine: Node) -> None:
    """Where every weight but that of the nearest key is less than the least float64."""
    keys = np.array([1.0, 1.5, 2.25, 3.25, 4.0])
    values = 1 + 2 * keys + (degree == 2) * 3 * keys**2
    queries = np.array([0.0, 2.75, 4.9])
    found = fitted(engine, queries, keys, values, 100.0, degree, "gaussian")[0]
    exact = 1 + 2 * queries + (degree == 2) * 3 * queries**2
    np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_sets_are_those_of_a_seed_and_the_99_after_it(engine: Node) -> None:
    seed = 2**32 - 40
    found = engine(
        """const draw = E.drawSets(60, given.seed);
        return [[0, 37, 38, 99].map((set) => {
          const { x, truth, deviations } = draw(13)[set];
          return packed(x, truth.map((each, i) => each + 0.7 * deviations[i]));
        }), E.SETS, draw(60).length]""",
        seed=seed,
    )
    assert found[1:] == [100, 100]
    for text, set_ in zip(found[0], (0, 37, 38, 99), strict=True):
        data = make_regression(13, 0.7, (seed + set_) % 2**32, dtype=torch.float64)
        numbers = engine.numbers("return given.text", text=text).reshape(2, 13)
        np.testing.assert_array_equal(numbers[0], data.x_train)
        np.testing.assert_allclose(numbers[1], data.y_train, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("kernel", "w"), [("gaussian", 4.0), ("triangular", 9.0)])
@pytest.mark.parametrize("noise", [0.0, 0.5, 2.0])
def test_risk_is_that_of_python_at_any_noise(
    noise: float, kernel: str, w: float, engine: Node
) -> None:
    found = engine(
        """const queries = E.makeQueries(50);
        const sets = E.drawSets(20, 3)(20);
        const fits = E.fitSets(sets, queries, given.w, 1, E.kernelNamed(given.kernel));
        const terms = E.riskTerms(fits, queries.map(E.trueFunction));
        return [E.atNoise(terms.bias, given.noise), E.atNoise(terms.variance, given.noise),
          terms.missing]""",
        noise=noise,
        w=w,
        kernel=kernel,
    )
    sets = [make_regression(20, noise, 3 + place, dtype=torch.float64) for place in range(100)]
    fits = np.stack([expected(s.x_test, s.x_train, s.y_train, w, 1, kernel)[0] for s in sets])
    parts = bias_variance(torch.from_numpy(fits), sets[0].y_test, missing="skip")
    wanted = [float(parts.squared_bias.nanmean()), float(parts.variance.nanmean())]
    assert found[:2] == pytest.approx(wanted, rel=1e-9)
    assert found[2] == int(np.isnan(fits).sum())
    assert (found[2] > 0) == (kernel == "triangular")


def test_a_test_point_that_no_set_answers_does_not_count(engine: Node) -> None:
    found = engine(
        """const fits = { truth: Float64Array.of(1, NaN, 3, NaN, 5, 7), deviations:
          Float64Array.of(0, NaN, 0, NaN, 1, 1) };
        const none = Float64Array.of(NaN, NaN);
        const empty = E.riskTerms({ truth: none, deviations: none }, Float64Array.of(1, 2));
        return [E.riskTerms({ truth: fits.truth.slice(0, 4), deviations: fits.deviations
          .slice(0, 4) }, Float64Array.of(1, 9)), E.riskTerms(fits, Float64Array.of(1, 9)),
          empty.missing, empty.bias.map(String)]"""
    )
    assert found[0] == {"bias": [1, 0, 0], "variance": [1, 0, 0], "missing": 2}
    # First test point: 1, 3, 5 about 1; second: 7 alone, about 9.
    assert found[1]["missing"] == 2
    assert found[1]["bias"] == pytest.approx(
        [(4 + 4) / 2, (2 * 2 / 3 - 2 * 2) / 2, (1 / 9 + 1) / 2]
    )
    assert found[1]["variance"] == pytest.approx([8 / 3 / 2, 4 / 3 / 2, 2 / 9 / 2])
    assert found[2:] == [2, ["NaN"] * 3]
