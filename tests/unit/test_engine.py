"""The browser's engine against the Python package: the same data to the bit, the same results."""

import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from node import JAVASCRIPT, Node, Vector, node

import nwcore
from nwcore import (
    draws,
    make_regression,
    portable,
    true_function,
)
from nwcore.explorers.attention import SHOWN_KERNELS

ENGINE = JAVASCRIPT / "engine"
API = {
    "attention": {"attentionWeights", "boundedProduct", "effectiveCount", "pool", "rmse"},
    "data": {"X_MAX", "makeQueries", "makeRegression", "trueFunction"},
    "draws": {"normal", "uniform"},
    "exponential": {"EXP_LIMIT", "expMinus"},
    "formula": {"LONGEST_FORMULA", "readFormula"},
    "own": {"kernelOfFormula"},
    "kernels": {"KERNELS", "KERNEL_NAMES", "kernelNamed"},
    "local": {"fitLocally"},
    "metric": {
        "SHAPES",
        "learnPlane",
        "makeSingleIndex",
        "matrixOf",
        "planeLoss",
        "singleIndexTruth",
    },
    "plane": {"MASKS", "SCORES", "planeWeights", "projected", "singularValues"},
    "portable": {"normalQuantile", "portableLog", "portableSine", "powerFourFifths"},
    "risk": {"SETS", "atNoise", "drawSets", "fitSets", "riskTerms"},
    "sparse": {"SPARSE", "sparseProfile"},
    "sorting": {"ascendingOrder", "inPlaces", "isAscending"},
    "tasks": {
        *("answers", "bestW", "contextLoss", "firstStep", "makeTasks", "nextStep"),
        *("theoreticalW", "trueCurve"),
    },
    "ways": {"OWN", "WAY_NAMES", "leftOut", "profileOf", "wayNamed", "weightsOf"},
    "training": {"REDUCTIONS", "descend", "leaveOneOut", "lossDivisor"},
}
SEEDS = [0, 1, 6, 2**31, 2**32 - 1]
WIDTHS = [0.0, 1e-6, 0.1, 1.0, 4.9, 30.0, 1e3, 1e6]
KERNELS = list(SHOWN_KERNELS)


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    with node(*(ENGINE / f"{name}.js" for name in API)) as running:
        yield running


def same_bits(found: Vector, expected: Any) -> bool:
    return found.tobytes() == np.ascontiguousarray(expected, dtype="<f8").tobytes()


# The module


def test_exports_are_the_api(engine: Node) -> None:
    assert {path.stem for path in ENGINE.glob("*.js")} == API.keys()
    assert set(engine("return Object.keys(E)")) == set().union(*API.values())
    assert engine("return E.KERNEL_NAMES") == KERNELS


@pytest.mark.parametrize("name", API)
def test_a_module_has_no_state_and_knows_no_page(name: str) -> None:
    source = (ENGINE / f"{name}.js").read_text(encoding="utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    exports = re.findall(r"^export (?:function|const) (\w+)", code, flags=re.MULTILINE)
    assert set(exports) == API[name]
    assert len(re.findall(r"\bexport\b", code)) == len(API[name])
    assert not re.search(r"\b(document|window|globalThis|self|Math\.random|Date)\b", code)
    assert not re.search(r"^(let|var)\b", code, flags=re.MULTILINE)
    imported = re.findall(r'from "([^"]*)"', code)
    assert all(re.fullmatch(r"\./\w+\.js", path) for path in imported)


# The data


@pytest.mark.parametrize("draw", [draws.uniform, draws.normal], ids=["uniform", "normal"])
def test_draws_have_the_bits_of_python(draw: Callable[..., Vector], engine: Node) -> None:
    lists = [(seed, stream, 1009) for seed in SEEDS for stream in (0, 1, 2, 2**32 - 1)]
    lists += [(6, 1, 1), (6, 1, 0), (3, 1, 100_003)]
    found = engine.numbers(
        "return packed(...given.lists.map((list) => E[given.draw](...list)))",
        draw=draw.__name__,
        lists=lists,
    )
    assert same_bits(found, np.concatenate([draw(*each) for each in lists]))


def test_rare_branches_have_the_bits_of_python(engine: Node) -> None:
    tiny = 2.0 ** -np.arange(2, 54)  # no seed at hand draws one below exp(−25)
    probability = np.concatenate([tiny, 3 / 4 * tiny, 1 - tiny, np.linspace(0.01, 0.99, 981)])
    quarters = np.arange(1, 2**19, 97) * (np.pi / 2)  # the hardest angles, where sin is about 0
    angles = np.concatenate([quarters, np.nextafter(quarters, 0), np.nextafter(quarters, 1e9)])
    powers = 10.0 ** np.linspace(-323, 308, 5003)
    expected: dict[str, tuple[Vector, Callable[[Vector], Vector]]] = {
        "normalQuantile": (probability, draws._normal_quantile),
        "portableLog": (probability, portable.log),
        "portableSine": (angles, portable.sin),
        "powerFourFifths": (powers, portable.power_four_fifths),
    }
    for name, (x, function) in expected.items():
        found = engine.numbers("return packed(v.x.map(E[given.name]))", {"x": x}, name=name)
        assert same_bits(found, function(x)), name


def test_the_exponential_is_accurate_to_two_units_in_the_last_place(engine: Node) -> None:
    s = np.concatenate([np.linspace(0, 709, 5003), 10.0 ** np.linspace(-18, 2.8, 503)])
    found = engine.numbers("return packed(v.s.map(E.expMinus))", {"s": s})
    with mpmath.workdps(30):
        exact = np.array([float(mpmath.exp(-mpmath.mpf(float(each)))) for each in s])
    np.testing.assert_array_max_ulp(found[s < 708], exact[s < 708], maxulp=2)
    assert np.all(found[s >= 708] == 0)


def test_the_curve_has_the_bits_of_python(engine: Node) -> None:
    grid = np.arange(20_001) / 4000
    drawn = 5 * draws.uniform(1, 0, 20_011)
    elsewhere = 10.0 ** (-320 + 325.9 * draws.uniform(2, 0, 5003))  # below 2**19 · π/2
    quarters = np.arange(1, 2000) * (np.pi / 2)
    special = np.array([0.0, 5e-324, 1e-308, 0.5, 16.0, 32.0, np.nextafter(16.0, 0)])
    x = np.concatenate([grid, drawn, elsewhere, quarters, special])
    found = engine.numbers("return packed(v.x.map(E.trueFunction))", {"x": x})
    assert same_bits(found, true_function(torch.from_numpy(x)))


def test_the_curve_goes_on_for_huge_inputs(engine: Node) -> None:
    x = np.array([8.3e5, 1e9, 1e22, 1.7e308])
    found = engine.numbers("return packed(v.x.map(E.trueFunction))", {"x": x})
    np.testing.assert_allclose(found, true_function(torch.from_numpy(x)), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_data_sets_have_the_bits_of_python(seed: int, engine: Node) -> None:
    settings = [(n, noise) for n in (1, 2, 50, 500) for noise in (0.0, 0.1, 0.5, 2.0)]
    found = engine.numbers(
        """return packed(...given.settings.flatMap(([n, noise]) => {
          const { x, y, order } = E.makeRegression(n, noise, given.seed);
          return [x, y, order];
        }))""",
        seed=seed,
        settings=settings,
    )
    expected = []
    for n, noise in settings:
        data = make_regression(n, noise, seed, dtype=torch.float64)
        order = np.argsort(draws.uniform(seed, 0, n), kind="stable")
        expected += [data.x_train.numpy(), data.y_train.numpy(), order]
    assert same_bits(found, np.concatenate(expected))


def test_arrays_have_the_types_that_are_promised(engine: Node) -> None:
    names = """
      const { x, y, order } = E.makeRegression(3, 0.5, 0, [[1, 2, 3]]);
      return [x, y, order, E.uniform(0, 0, 2), E.normal(0, 0, 2), E.makeQueries(2)]
        .map((array) => array.constructor.name)"""
    floats = "Float64Array"
    assert engine(names) == [floats, floats, "Int32Array", floats, floats, floats]


def test_moved_points_are_put_where_they_belong(engine: Node) -> None:
    x = 5 * draws.uniform(6, 0, 7)
    y = true_function(torch.from_numpy(x)).numpy() + 0.5 * draws.normal(6, 1, 7)
    moved = [[2, 4.999, -1.5], [5, x[0], 2.0], [7, 0.1, 9.0], [400, 0.2, 9.0]]
    x[[2, 5]], y[[2, 5]] = [4.999, x[0]], [-1.5, 2.0]
    order = np.argsort(x, kind="stable")  # draws 0 and 5 share an input: 0 comes first
    found = engine.numbers(
        """const { x, y, order } = E.makeRegression(7, 0.5, 6, given.moved);
        return packed(x, y, order)""",
        moved=moved,
    )
    assert same_bits(found, np.concatenate([x[order], y[order], order]))


def test_queries_are_the_test_inputs_of_python(engine: Node) -> None:
    assert same_bits(
        engine.numbers("return packed(E.makeQueries(50))"),
        torch.arange(50, dtype=torch.float64) / 10,
    )
    assert same_bits(
        engine.numbers("return packed(E.makeQueries(200))"), 5.0 * np.arange(200) / 200
    )


# Attention


def data_of(n: int, seed: int = 6) -> tuple[Vector, Vector]:
    data = make_regression(n, 0.5, seed, dtype=torch.float64)
    return data.x_train.numpy(), data.y_train.numpy()


def neighbours(x: Vector) -> Vector:
    """Numbers with the next floating-point numbers below and above."""
    return np.concatenate([np.nextafter(x, -np.inf), x, np.nextafter(x, np.inf)])


FAR = np.array([1e3, 1e150, 1.7e308])
QUERIES: dict[str, Callable[[Vector, float], Vector]] = {
    "50 test inputs": lambda _keys, _w: np.arange(50) / 10,
    "200 queries": lambda _keys, _w: 5.0 * np.arange(200) / 200,
    "far away": lambda _keys, _w: np.concatenate([-FAR, FAR]),
    "on keys": lambda keys, _w: keys[:: 1 + len(keys) // 50],
    "on the edge": lambda keys, w: neighbours(
        np.concatenate([keys[:: 1 + len(keys) // 9] + side / (w or 1) for side in (-1, 1)])
    ),
}
X50, Y50 = data_of(50)
EIGHTHS = np.arange(0, 41) / 8  # with w = 4 or ½, keys lie exactly on edges
SHUFFLED = np.random.default_rng(0).permutation(50)
KEYS: dict[str, tuple[Vector, Vector]] = {
    **{f"{n} keys": data_of(n) for n in (1, 2, 3, 50, 200, 500)},
    "duplicates": (np.repeat(X50[::5], [1, 2, 3, 1, 4, 1, 1, 5, 2, 1]), Y50[:21]),
    "all equal": (np.full(7, 2.5), Y50[:7]),
    "unsorted": (X50[SHUFFLED], Y50[SHUFFLED]),
    "descending": (X50[::-1].copy(), Y50[::-1].copy()),
    "eighths": (EIGHTHS, np.sin(7 * EIGHTHS)),
    "far apart": (np.array([-1.7e308, -1e150, -3.0, 0.0, 2.0, 1e150, 1.7e308]), Y50[:7]),
    "with an outlier": (np.append(X50, [17.0, 60.0]), np.append(Y50, [-9.0, 4.0])),
}


def widths_for(keys: Vector) -> list[float]:
    if len(keys) == len(EIGHTHS):
        return [*WIDTHS, 0.5, 2.0, 4.0, 8.0]
    return [*WIDTHS, -4.9] if len(keys) < 10 else WIDTHS


def exact_weights(queries: Vector, keys: Vector, w: float) -> Vector:
    """Gaussian weights without rounding: rational scores, exponentials to 40 digits."""
    scale = Fraction(w) ** 2 / 2
    exact_keys = [Fraction(float(key)) for key in keys]
    rows = []
    for query in queries:
        squares = [(Fraction(float(query)) - key) ** 2 for key in exact_keys]
        scores = [scale * (square - min(squares)) for square in squares]
        with mpmath.workdps(40):
            parts = [
                mpmath.exp(-mpmath.mpf(score.numerator) / score.denominator) if score < 800 else 0
                for score in scores
            ]
            total = mpmath.fsum(parts)
            rows.append([float(part / total) for part in parts])
    return np.array(rows)


def assert_same_weights(found: Vector, expected: Vector) -> None:
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("queried", QUERIES)
@pytest.mark.parametrize("named", KEYS)
def test_weights_and_predictions_agree(named: str, queried: str, engine: Node) -> None:
    keys, values = KEYS[named]
    cases = []
    for w in widths_for(keys):
        queries = QUERIES[queried](keys, w)
        cases += [(kernel, w, queries) for kernel in KERNELS]
    # Not all of the largest matrices: the predictions tell of the other rows.
    step = 1 + len(cases[0][2]) * len(keys) // 10_000
    found = engine.numbers(
        """const k = v.keys.length;
        return packed(...given.cases.flatMap(([kernel, w], i) => {
          const weights = E.attentionWeights(v[i], v.keys, w, E.kernelNamed(kernel));
          const shown = weights.filter((_, cell) => Math.floor(cell / k) % given.step === 0);
          return [shown, E.pool(weights, v.values)];
        }))""",
        {"keys": keys, "values": values} | {str(i): case[2] for i, case in enumerate(cases)},
        cases=[case[:2] for case in cases],
        step=step,
    )
    tensors = torch.from_numpy(keys), torch.from_numpy(values)
    scale = np.abs(values).max()
    for kernel, w, queries in cases:
        weights = nwcore.attention_weights(
            torch.from_numpy(queries), tensors[0], w, kernel, empty="nan"
        )
        expected = weights[::step].numpy()
        shown, predicted, found = np.split(found, [expected.size, expected.size + len(queries)])
        assert_same_weights(shown.reshape(expected.shape), expected)
        pooled = nwcore.attention_pooling(
            torch.from_numpy(queries), *tensors, w, kernel, empty="nan"
        )
        np.testing.assert_allclose(predicted, pooled.numpy(), rtol=0, atol=1e-12 * scale)
    assert found.size == 0


@pytest.mark.parametrize(
    ("query", "keys", "w"),
    [
        (1e6, [0.1, 0.1000001], 1.0),
        (-1e6, [0.1, 0.1000001], 1.0),
        (1e6, [0.1000001, 0.1], 1.0),
        (-1e6, [0.1000001, 0.1], 1.0),
        (1e9, [0.1, 0.1 + 1e-9, 0.1 - 2e-9, 0.1 + 1e-10], 0.5),
        (1e15, [0.1, 0.1 + 1e-15, 0.1 - 1e-15], 0.1),  # at one distance, when that is rounded
        (1e15, [0.11, 0.1, 0.12], 1e-8),
        (0.5, [0.5 - 2e5, 0.5 + 2e5 + 1e-10], 0.3),  # on both sides
    ],
)
def test_far_queries_lose_no_digits(
    query: float, keys: list[float], w: float, engine: Node
) -> None:
    found = engine.numbers(
        "return packed(E.attentionWeights(v.query, v.keys, given.w, E.kernelNamed('gaussian')))",
        {"query": [query], "keys": keys},
        w=w,
    )
    expected = exact_weights(np.array([query]), np.array(keys), w)[0]
    assert 1e-9 < expected.min() < 0.999, "this case tells nothing"
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_a_key_on_the_very_edge_is_judged_alike(engine: Node) -> None:
    # The boxcar gives the key at distance exactly 1/w its weight, the others nothing.
    def weights(*keys: float) -> dict[str, list[float]]:
        found = engine.numbers(
            """const on = Float64Array.of(2.25);
            const weights = (kernel) => E.attentionWeights(on, v.keys, 4, kernel);
            return packed(...E.KERNELS.map(weights))""",
            {"keys": keys},
        )
        return dict(zip(KERNELS, found.reshape(len(KERNELS), -1).tolist(), strict=True))

    found = weights(2, 2.125, 2.5)
    assert found["boxcar"] == [1 / 3, 1 / 3, 1 / 3]
    assert found["triangular"] == found["epanechnikov"] == [0, 1, 0]
    alone = weights(2)
    for keys, here in (((2, 2.125, 2.5), found), ((2,), alone)):
        given = torch.tensor([2.25]).double(), torch.tensor(keys).double()
        for kernel in KERNELS:
            expected = nwcore.attention_weights(*given, 4.0, kernel, empty="nan")[0]
            np.testing.assert_allclose(here[kernel], expected, rtol=1e-12)
    assert alone["gaussian"] == alone["boxcar"] == alone["constant"] == [1]
    assert np.isnan([alone["triangular"], alone["epanechnikov"]]).all()


def test_buffers_are_written_to_and_returned(engine: Node) -> None:
    assert engine(
        """const gaussian = E.kernelNamed("gaussian");
        const queries = E.makeQueries(4), keys = E.uniform(0, 0, 3), values = E.uniform(0, 1, 3);
        const weights = new Float64Array(12).fill(7), pooled = new Float64Array(4).fill(7);
        return E.attentionWeights(queries, keys, 2, gaussian, weights) === weights
          && E.pool(weights, values, pooled) === pooled
          && weights.every((value, i) =>
            value === E.attentionWeights(queries, keys, 2, gaussian)[i])
          && pooled.every((value, i) => value === E.pool(weights, values)[i])"""
    )


def test_kernel_values_agree(engine: Node) -> None:
    edges = neighbours(np.array([-1.0, 0.0, 1.0]))
    u = np.concatenate([np.linspace(-3, 3, 601), edges, [1e154, -1e300, 100.5, np.inf, -np.inf]])
    found = engine.numbers(
        "return packed(...E.KERNELS.map((kernel) => v.u.map(kernel.value)))",
        {"u": u},
    ).reshape(len(KERNELS), -1)
    for row, kernel in zip(found, KERNELS, strict=True):
        expected = nwcore.KERNELS[kernel](torch.from_numpy(u))
        np.testing.assert_allclose(row, expected, rtol=1e-14, atol=1e-300)


# Every kernel of the table inherits this contract.
each_kernel = pytest.mark.parametrize("kernel", KERNELS)


def kernel_numbers(engine: Node, kernel: str, function: str, u: Vector) -> Vector:
    body = "return packed(v.u.map(E.kernelNamed(given.kernel)[given.function]))"
    return engine.numbers(body, {"u": u}, kernel=kernel, function=function)


def support_of(engine: Node, kernel: str) -> float:
    body = "return packed(E.kernelNamed(given.kernel).support)"
    return float(engine.numbers(body, kernel=kernel)[0])


@each_kernel
def test_a_kernel_has_the_values_of_python(kernel: str, engine: Node) -> None:
    u = np.concatenate([np.linspace(-6, 6, 4801), neighbours(np.array([-1.0, 1.0]))])
    expected = nwcore.KERNELS[kernel](torch.from_numpy(u)).numpy()
    found = kernel_numbers(engine, kernel, "value", u)
    np.testing.assert_allclose(found, expected, rtol=4e-15, atol=0)


@each_kernel
def test_a_kernel_is_symmetric_and_its_derivative_is_not(kernel: str, engine: Node) -> None:
    u = np.linspace(0.01, 40, 997)
    values, derivatives = (
        [kernel_numbers(engine, kernel, function, side * u) for side in (1, -1)]
        for function in ("value", "derivative")
    )
    np.testing.assert_array_equal(*values)
    np.testing.assert_array_equal(derivatives[0], -derivatives[1])
    assert np.all(values[0] >= 0)


@each_kernel
def test_a_kernel_is_zero_beyond_its_support(kernel: str, engine: Node) -> None:
    support = support_of(engine, kernel)
    if np.isinf(support):
        assert np.all(kernel_numbers(engine, kernel, "value", np.linspace(-30, 30, 601)) > 0)
        return
    beyond = np.array([np.nextafter(support, np.inf), 2 * support, 1e200, np.inf])
    for function in ("value", "derivative"):
        assert not kernel_numbers(engine, kernel, function, np.append(beyond, -beyond)).any()
    inner = np.linspace(0, support, 501)[:-1]
    assert np.all(kernel_numbers(engine, kernel, "value", inner) > 0)


@each_kernel
def test_a_kernel_integrates_to_one(kernel: str, engine: Node) -> None:
    support = support_of(engine, kernel)
    reach = 12.0 if np.isinf(support) else support
    nodes, shares = np.polynomial.legendre.leggauss(200)
    half = reach / 2  # from 0 to the edge: no kink inside
    integral = 2 * half * shares @ kernel_numbers(engine, kernel, "value", half * (nodes + 1))
    assert integral == pytest.approx(2 * reach if kernel == "constant" else 1, rel=1e-12)


@each_kernel
def test_a_kernel_has_the_derivative_of_its_values(kernel: str, engine: Node) -> None:
    support = support_of(engine, kernel)
    reach = 4.0 if np.isinf(support) else support
    u = np.linspace(-reach, reach, 204)[
        1:-1
    ]  # neither the edges nor 0, where a kernel may have kinks
    step = 1e-6
    assert np.abs(u).min() > step
    assert np.abs(np.abs(u) - reach).min() > step
    above, below = (kernel_numbers(engine, kernel, "value", u + side) for side in (step, -step))
    found = kernel_numbers(engine, kernel, "derivative", u)
    np.testing.assert_allclose(found, (above - below) / (2 * step), rtol=1e-7, atol=1e-9)


@each_kernel
def test_the_derivative_at_an_edge_is_that_from_inside(kernel: str, engine: Node) -> None:
    support = support_of(engine, kernel)
    if np.isinf(support):
        assert not kernel_numbers(engine, kernel, "derivative", np.array([np.inf, 1e200])).any()
        return
    found = kernel_numbers(
        engine, kernel, "derivative", np.array([support, np.nextafter(support, 0)])
    )
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)


@each_kernel
def test_a_logarithm_is_that_of_the_values(kernel: str, engine: Node) -> None:
    given = engine("return Boolean(E.kernelNamed(given.kernel).logDrop)", kernel=kernel)
    assert given == (kernel == "gaussian")
    if not given:
        return
    u, v = np.meshgrid(np.linspace(-5, 5, 41), np.linspace(-5, 5, 41))
    found = engine.numbers(
        "const { logDrop } = E.kernelNamed(given.kernel);"
        "return packed(v.u.map((u, i) => logDrop(u - v.v[i], u + v.v[i])))",
        {"u": u.ravel(), "v": v.ravel()},
        kernel=kernel,
    )
    values = [kernel_numbers(engine, kernel, "value", each.ravel()) for each in (u, v)]
    np.testing.assert_allclose(found, np.log(values[1] / values[0]), rtol=1e-12, atol=1e-13)


def test_the_effective_count_is_the_inverse_of_the_sum_of_squares(engine: Node) -> None:
    x = torch.from_numpy(X50)
    weights = nwcore.attention_weights(x, x, 3.0).numpy()
    found = engine.numbers(
        """const rows = Array.from({ length: 50 }, (_, row) => row);
        return packed(...rows.map((row) => E.effectiveCount(v.weights, 50, row)))""",
        {"weights": weights},
    )
    np.testing.assert_allclose(found, 1 / (weights**2).sum(axis=1), rtol=1e-13)


def test_rmse_agrees(engine: Node) -> None:
    pairs = [(X50, Y50), (Y50, Y50), (Y50, -Y50), (1e200 * X50, Y50), (1e-200 * X50, 1e-200 * Y50)]
    found = [engine("return E.rmse(v.a, v.b)", {"a": a, "b": b}) for a, b in pairs]
    expected = [nwcore.rmse(torch.from_numpy(a), torch.from_numpy(b)) for a, b in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    broken = np.where(np.arange(50) == 3, np.nan, Y50)
    assert engine("return Number.isNaN(E.rmse(v.a, v.b))", {"a": broken, "b": Y50})


@pytest.mark.parametrize(
    "call",
    [
        'E.kernelNamed("unheard_of")',
        'E.lossDivisor("median", 2)',
        'E.descend(E.makeQueries(2), E.makeQueries(2), { reduction: "median" })',
    ],
)
def test_an_unknown_name_is_refused(call: str, engine: Node) -> None:
    message = engine(f"try {{ {call}; }} catch (error) {{ return [error.message]; }}")[0]
    assert re.match(r"(kernel|reduction) must be .*, got (unheard_of|median)$", message)


# Training


def autograd_loss(x: Vector, y: Vector, w: float, kernel: str) -> tuple[float, float]:
    """Loss and gradient of the Python package."""
    width = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    loss = nwcore.leave_one_out_loss(torch.from_numpy(x), torch.from_numpy(y), width, kernel)
    (gradient,) = torch.autograd.grad(loss, width)
    return float(loss.detach()), float(gradient)


def inputs_alone(x: Vector, y: Vector, w: float, kernel: str) -> int:
    keys, _ = nwcore.leave_one_out_pairs(torch.from_numpy(x), torch.from_numpy(y))
    weights = nwcore.attention_weights(torch.from_numpy(x), keys, w, kernel, empty="nan")
    return int(weights.isnan().any(dim=1).sum())


@pytest.mark.parametrize("named", [name for name in KEYS if name != "1 keys"])
def test_leave_one_out_losses_and_gradients_agree(named: str, engine: Node) -> None:
    x, y = KEYS[named]
    cases = [(kernel, w) for kernel in KERNELS for w in widths_for(x)]
    found = engine.numbers(
        """return packed(...given.cases.flatMap(([kernel, w]) => {
          const { loss, gradient, empty } = E.leaveOneOut(v.x, v.y, w, E.kernelNamed(kernel));
          return [loss, gradient, empty];
        }))""",
        {"x": x, "y": y},
        cases=cases,
    ).reshape(-1, 3)
    for (kernel, w), (loss, gradient, empty) in zip(cases, found, strict=True):
        alone = inputs_alone(x, y, w, kernel)
        assert empty == alone
        if alone:
            assert np.isnan(loss)
            assert np.isnan(gradient)
            with pytest.raises(ValueError, match="no key within the reach"):
                autograd_loss(x, y, w, kernel)
            continue
        expected_loss, expected_gradient = autograd_loss(x, y, w, kernel)
        np.testing.assert_allclose(loss, expected_loss, rtol=1e-11)
        # A prediction's derivative is a covariance of y and the scores' derivatives, which are w d²
        # and not above about 1/w where a weight matters. Where they cancel, 15 digits of their
        # size are left and not of the difference.
        with np.errstate(over="ignore"):
            spread = np.ptp(y) * min(1 / abs(w), abs(w) * np.ptp(x) ** 2) if w else 0
        rounding = 1e-14 * 2 * np.sqrt(len(x) * loss) * spread
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=rounding)


def test_one_point_has_no_other(engine: Node) -> None:
    for kernel in KERNELS:
        found = engine.numbers(
            """const kernel = E.kernelNamed(given.kernel);
            const { loss, gradient, empty } = E.leaveOneOut(v.x, v.x, 1, kernel);
            return packed(loss, gradient, empty)""",
            {"x": [1.0]},
            kernel=kernel,
        )
        np.testing.assert_array_equal(found, [np.nan, np.nan, 1])


def descent(engine: Node, x: Vector, y: Vector, **options: Any) -> Vector:
    """Rows w, loss, gradient."""
    found: Vector = engine.numbers(
        """return packed(...E.descend(v.x, v.y, given.options).flatMap(
          ({ w, loss, gradient }) => [w, loss, gradient]))""",
        {"x": x, "y": y},
        options=options,
    )
    return found.reshape(-1, 3)


@pytest.mark.parametrize("n", [2, 50, 200])
@pytest.mark.parametrize("start", [0.3, 2.0, -1.0])
@pytest.mark.parametrize(("reduction", "divisor"), [("sum", 1), ("mean", None), ("half", 2)])
def test_descent_is_the_training_of_python(
    reduction: str, divisor: int | None, start: float, n: int, engine: Node
) -> None:
    x, y = data_of(n)
    divisor = divisor or n
    lr = 0.4 / n * divisor
    found = descent(engine, x, y, start=start, lr=lr, reduction=reduction, steps=10)
    model = nwcore.NWKernelRegression(w=start, dtype=torch.float64)
    history = nwcore.fit(model, torch.from_numpy(x), torch.from_numpy(y), lr / divisor, epochs=10)
    assert found.shape == (11, 3)
    np.testing.assert_allclose(found[:, 0], history.w, rtol=1e-9)
    np.testing.assert_allclose(found[:, 1], np.array(history.losses) / divisor, rtol=1e-9)
    gradients = [autograd_loss(x, y, w, "gaussian")[1] / divisor for w in history.w]
    largest = np.abs(gradients).max()
    np.testing.assert_allclose(found[:, 2], gradients, rtol=1e-9, atol=1e-12 * largest)


def test_a_descent_ends_before_what_is_not_finite(engine: Node) -> None:
    options = {"start": 1.0, "lr": 1e308, "reduction": "sum", "steps": 9}
    assert descent(engine, X50, Y50, **options).shape == (1, 3)  # w leaves the numbers
    assert descent(engine, X50, 1e200 * Y50, **options).shape == (0, 3)  # no loss at all
    assert descent(engine, X50[:1], Y50[:1], **options).shape == (0, 3)  # none left out
    model = nwcore.NWKernelRegression(w=1.0, dtype=torch.float64)
    with pytest.raises(FloatingPointError, match="in epoch 1 of 9"):
        nwcore.fit(model, torch.from_numpy(X50), torch.from_numpy(Y50), lr=1e308, epochs=9)


def test_zero_steps_give_the_start_alone(engine: Node) -> None:
    found = descent(engine, X50, Y50, start=2.0, lr=0.5, reduction="sum", steps=0)
    np.testing.assert_allclose(found, [[2.0, *autograd_loss(X50, Y50, 2.0, "gaussian")]], rtol=1e-9)


# Tasks


FAMILIES: list[dict[str, Any]] = [
    {"n_context": 50, "noise": 0.5, "roughness": 2.0, "seed": 0},
    {"n_context": 10, "noise": 1.5, "roughness": 0.5, "seed": 6},
    {"n_context": 400, "noise": 0.05, "roughness": 5.0, "seed": 2**32 - 1},
    {"n_context": 1, "noise": 0.3, "roughness": 3.3, "seed": 2**31},
]
each_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda each: str(each["n_context"]))
FAMILY = """
const { n_context: nContext, noise, roughness, seed } = given.family;
const family = { nContext, noise, roughness, seed, nQueries: 3, margin: given.margin ?? 1 };
"""


def test_draws_can_begin_anywhere(engine: Node) -> None:
    for name in ("uniform", "normal"):
        found = engine.numbers("return packed(E[given.name](7, 31, 20, 1000))", name=name)
        assert same_bits(found, getattr(draws, name)(7, 31, 1020)[1000:])
        assert engine("return E[given.name](7, 31, 0, 5).length", name=name) == 0


@pytest.mark.parametrize("margin", [1.0, 0.25])
@each_family
def test_tasks_are_those_of_python(family: dict[str, Any], margin: float, engine: Node) -> None:
    tasks = nwcore.make_tasks(5, **family, n_queries=3, margin=margin)
    for name in ("x", "queries", "y", "targets", "truth", "speeds", "phases"):
        found, later = (
            engine.numbers(
                FAMILY + "return packed(E.makeTasks({ ...family, ...given.which })[given.name])",
                family=family,
                margin=margin,
                name=name,
                which=which,
            )
            for which in ({"nTasks": 5}, {"nTasks": 2, "first": 3})
        )
        expected = getattr(tasks, name).numpy()
        if name in ("x", "queries"):
            assert same_bits(found, expected)
        np.testing.assert_allclose(found, expected.ravel(), rtol=0, atol=1e-12, err_msg=name)
        assert same_bits(later, found[-2 * expected.shape[1] :]), "tasks of one list"


@each_family
def test_a_curve_is_that_of_python(family: dict[str, Any], engine: Node) -> None:
    x = np.linspace(0, 5, 101)
    found = engine.numbers(
        FAMILY
        + """const tasks = E.makeTasks({ ...family, nTasks: 3 });
        return packed(...[0, 1, 2].map((task) => v.x.map(E.trueCurve(tasks, task))))""",
        {"x": x},
        family=family,
    )
    curves = nwcore.make_tasks(3, **family).true_curves(torch.from_numpy(x))
    np.testing.assert_allclose(found, curves.ravel(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("w", [0.01, 1.0, 7.7, 1000.0])
@each_family
def test_answers_are_attention_pooling(family: dict[str, Any], w: float, engine: Node) -> None:
    tasks = nwcore.make_tasks(1, **family)
    x, y = tasks.x[0], tasks.y[0]
    queries = torch.cat([torch.linspace(-1, 6, 71, dtype=torch.float64), x])
    found = engine.numbers(
        "return packed(E.answers(v.queries, v.x, v.y, given.w))",
        {"queries": queries, "x": x, "y": y},
        w=w,
    )
    expected = nwcore.attention_pooling(queries, x, y, w)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("w", [0.3, 1.0, 7.7, 40.0])
@each_family
def test_losses_and_slopes_are_those_of_autograd(
    family: dict[str, Any], w: float, engine: Node
) -> None:
    found = engine.numbers(
        FAMILY
        + """const { loss, slope } = E.contextLoss(E.makeTasks({ ...family, nTasks: 20 }), given.w);
        return packed(loss, slope)""",
        family=family,
        w=w,
    )
    log_w = torch.tensor([math.log(w)], dtype=torch.float64, requires_grad=True)
    loss = nwcore.context_losses(nwcore.make_tasks(20, **family, n_queries=3), log_w.exp()).mean()
    (slope,) = torch.autograd.grad(loss, log_w)
    np.testing.assert_allclose(found, [float(loss.detach()), float(slope)], rtol=1e-9, atol=1e-12)


@each_family
def test_training_is_that_of_python(family: dict[str, Any], engine: Node) -> None:
    found = engine.numbers(
        FAMILY
        + """const tasks = E.makeTasks({ ...family, nTasks: 20 });
        const path = [E.firstStep(tasks, 2)];
        for (let i = 1; i <= 60; i++) path.push(E.nextStep(tasks, path[i - 1], i, 0.1));
        return packed(...path.flatMap(({ w, loss }) => [w, loss]))""",
        family=family,
    ).reshape(-1, 2)
    history = nwcore.learn_over_tasks(nwcore.make_tasks(20, **family, n_queries=3), 2.0, steps=60)
    if family["n_context"] > 1:  # one example is the answer, whatever w
        np.testing.assert_allclose(found[:, 0], history.w, rtol=1e-6)
    np.testing.assert_allclose(found[:, 1], history.losses, rtol=1e-6)


@pytest.mark.parametrize("lowest", [1e-3, 0.1, 0.5, 4.44, 99.0, 1e4])
def test_the_best_w_is_that_of_python(lowest: float, engine: Node) -> None:
    grid = torch.logspace(-1, 2, 61, dtype=torch.float64)
    curves = [
        (grid / lowest).log().square() + 0.3 * (grid / lowest).log().sin(),
        (grid / lowest).log().abs(),
        torch.ones_like(grid),
    ]
    for losses in curves:
        found = engine("return E.bestW(v.grid, v.losses)", {"grid": grid, "losses": losses})
        assert found == pytest.approx(float(nwcore.best_w(grid, losses)), rel=1e-9)


@each_family
def test_theory_is_that_of_python(family: dict[str, Any], engine: Node) -> None:
    numbers = [family[name] for name in ("n_context", "noise", "roughness")]
    found = engine("return E.theoreticalW(...given.numbers)", numbers=numbers)
    assert found == pytest.approx(nwcore.theoretical_w(*numbers), rel=1e-13)
