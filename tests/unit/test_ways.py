"""Kernels that a reader writes, sparsemax, local lines: the engine against the Python package."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from node import JAVASCRIPT, Node, node
from torch import Tensor

from nwcore import make_regression
from nwcore.attention import entmax15, sparsemax, support_radius
from nwcore.explorers import AttentionExplorer
from nwcore.explorers._formula import LONGEST_FORMULA, kernel_of_formula, read_formula
from nwcore.explorers.attention import CHOICES, SHOWN_KERNELS
from nwcore.local import effective_weights, local_leave_one_out

PLACES = [0.0, 0.25, -0.25, 1.0, -1.0, 1.5, -3.0, 7.0]
OWN = ["exp(-abs(u))", "where(abs(u) < 1, (1 - u*u)**2, 0)", "1/(1 + u^2)", "abs(u) + 0.1"]
FORMULA = """const { value, fault } = E.readFormula(given.text);
return fault ? fault : packed(v.u.map(value))"""


@pytest.fixture(scope="module")
def js() -> Iterator[Node]:
    modules = [JAVASCRIPT / "engine" / f"{name}.js" for name in ("formula", "own", "ways")]
    with node(*modules) as running:
        yield running


def computed(js: Node, text: str) -> np.ndarray:
    return js.numbers(FORMULA, {"u": PLACES}, text=text)


# A line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("1", "1.5", ".5", "5.", "1e3", "2.5E-3", "u", "pi", "e", " u ", "(u)", "((u))"),
        *("-u**2", "(-u)**2", "2**-u", "2**3**2", "2^3^2", "-2**2", "--u", "-+-u", "2*-u", "+u"),
        *("1 - 2 - 3", "8/4/2", "8/4*2", "1 + 2*3", "(1 + 2)*3", "2*u**2", "-u*2", "u - -1"),
        *("u < 1", "u <= 1", "u > 1", "u >= 1", "u == 1", "u != 1", "0 < u < 2", "3 > u > -1 < 5"),
        *("1 + u < 2*u", "(u < 1) + 1", "1 < 2 == 1", "-(u < 1)"),
        *("abs(u)", "exp(u)", "sqrt(abs(u))", "cos(u)", "sin(u)", "tanh(u)", "log(2 + abs(u))"),
        *("max(u, 0)", "min(u, 0, -1)", "max(u, 0,)", "where(u > 0, u, -1)", "where(u, 1, 2)"),
        *("exp(-abs(u))", "max(0, 1 - abs(u))", "exp(-u**2/2)/sqrt(2*pi)", "where(u<1,1,0)/2"),
        *("(1 - u*u)*(abs(u) <= 1)", "0.5*(abs(u) < 1)", "e**-abs(u)", "1/(1+u**2)"),
    ],
)
def test_a_line_is_what_python_computes(text: str, js: Node) -> None:
    names = {name: getattr(math, name) for name in ("exp", "sqrt", "cos", "sin", "tanh", "log")}
    names |= {"pi": math.pi, "e": math.e, "abs": abs, "max": max, "min": min}
    names["where"] = lambda test, then, otherwise: then if test else otherwise
    python = compile(text.strip().replace("^", "**"), "line", "eval")
    expected = [float(eval(python, names | {"u": u})) for u in PLACES]
    np.testing.assert_allclose(computed(js, text), expected, rtol=1e-14)
    u = torch.tensor(PLACES, dtype=torch.float64)
    np.testing.assert_allclose(read_formula(text)(u), expected, rtol=1e-14)


leaves = st.sampled_from(["u", "1", "0.5", "3", "pi", "e", "2."])


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from([*"+-*/^<>", "**", "<=", ">=", "==", "!=", " - "])
    return st.one_of(
        st.tuples(inner, signs, inner).map("".join),
        inner.map("-{}".format),
        inner.map("({})".format),
        *(inner.map((name + "({})").format) for name in ("abs", "exp", "tanh", "cos")),
        st.tuples(inner, inner).map("max({0[0]},{0[1]})".format),
        st.tuples(inner, inner).map("min({0[0]},{0[1]})".format),
        st.tuples(inner, inner, inner).map("where({0[0]},{0[1]},{0[2]})".format),
    )


@settings(deadline=None, max_examples=300)
@given(text=st.recursive(leaves, nested, max_leaves=8).filter(lambda t: len(t) < LONGEST_FORMULA))
def test_whatever_is_written_python_and_the_page_agree(js: Node, text: str) -> None:
    u = torch.tensor(PLACES, dtype=torch.float64)
    found, expected = computed(js, text), read_formula(text)(u).numpy()
    # What 1**∞ is, C and JavaScript do not agree on; no kernel may be either.
    sure = np.isfinite(expected) & (np.abs(expected) < 1e100)
    np.testing.assert_allclose(found[sure], expected[sure], rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=300)
@given(text=st.text("u1.e+-*/^()<=>, absmx_!#²", max_size=9))
def test_they_refuse_the_same_lines(js: Node, text: str) -> None:
    try:
        read_formula(text)
    except ValueError:
        refused = True
    else:
        refused = False
    assert (js("return E.readFormula(given.text).fault", text=text) is not None) == refused


@pytest.mark.parametrize(
    ("text", "kind", "at", "end"),
    [
        ("exp(-abs(v))", "unknown", 9, 10),
        ("exp(-ábs(u))", "unknown", 5, 8),
        ("1 + ", "ends", 4, 4),
        ("u *", "ends", 3, 3),
        ("(1 + u", "unclosed", 6, 6),
        ("exp(u", "unclosed", 5, 5),
        ("max(u,", "ends", 6, 6),
        ("1 2", "unexpected", 2, 3),
        ("3u", "unexpected", 1, 2),
        ("u)", "unexpected", 1, 2),
        ("u = 1", "unexpected", 2, 3),
        ("1 @ u", "unexpected", 2, 3),
        ("u 😀", "unexpected", 2, 4),
        ("01", "unexpected", 1, 2),
        ("0x1", "unexpected", 1, 3),
        ("* u", "unexpected", 0, 1),
        ("u, u", "unexpected", 1, 2),
        ("exp", "takes_1", 0, 3),
        ("1 + sin(u, 1)", "takes_1", 4, 7),
        ("max(u)", "takes_2", 0, 3),
        ("where(u, 1)", "takes_3", 0, 5),
        ("where(u, 1, 2, 3)", "takes_3", 0, 5),
        ("exp()", "takes_1", 0, 3),
        ("u(1)", "unexpected", 1, 2),
        ("u + 1e999", "large", 4, 9),
        ("  ", "empty", 2, 2),
        ("", "empty", 0, 0),
        ("1" + "+1" * 100, "long", 200, 201),
        ("constructor", "unknown", 0, 11),
        ("toString(u)", "unknown", 0, 8),
    ],
)
def test_a_mistake_is_named_at_its_place(text: str, kind: str, at: int, end: int, js: Node) -> None:
    fault = js("return E.kernelOfFormula(given.text).fault", text=text)
    assert (fault["kind"], fault["at"], fault["end"]) == (kind, at, end)
    assert fault["found"] == (text.encode("utf-16-le")[2 * at : 2 * end]).decode("utf-16-le")
    with pytest.raises(ValueError, match="formula must"):
        kernel_of_formula(text)


OTHER_PYTHON = ["u and 1", "u if u else 1", "not u", "True", "u in u", "[u]", "u_", "max(*u, u)"]


@pytest.mark.parametrize("text", OTHER_PYTHON)
def test_other_python_is_refused_by_both(text: str, js: Node) -> None:
    assert js("return E.readFormula(given.text).fault", text=text)
    with pytest.raises(ValueError, match="formula must"):
        read_formula(text)


NESTED = ["(" * 99 + "u" + ")" * 99, "-" * 199 + "u", "abs(" * 39 + "u" + ")" * 39]


@pytest.mark.parametrize("nesting", NESTED)
def test_a_line_may_be_nested_as_deep_as_it_is_long(nesting: str, js: Node) -> None:
    np.testing.assert_array_equal(
        computed(js, nesting), read_formula(nesting)(torch.tensor(PLACES, dtype=torch.float64))
    )


# A kernel ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "u"),
    [
        ("1/abs(u)", "not_finite", 0.0),
        ("log(abs(u))", "not_finite", 0.0),
        ("exp(u*u)", "not_finite", 27.0),
        ("sqrt(1 - abs(u))", "not_finite", 2.0),
        ("1 - u*u", "negative", 2.0),
        ("1 - u*u*(abs(u) > 900)", "negative", 934.0),
        ("u", "negative", -1.0),
        ("-1", "negative", 0.0),
        ("exp(-max(u, 0))", "uneven", 1.0),
        ("exp(u/1e9)", "uneven", 1.0),
        ("0*u", "zero", None),
        ("max(0, -abs(u))", "zero", None),
    ],
)
def test_what_is_no_kernel_is_said_to_be_none(
    text: str, kind: str, u: float | None, js: Node
) -> None:
    fault = js("return E.kernelOfFormula(given.text).fault", text=text)
    assert fault["kind"] == kind
    assert (fault["at"], fault["end"]) == (0, len(text))
    if u is not None:
        assert fault["u"] == pytest.approx(u, rel=0.03)
    with pytest.raises(ValueError, match="formula must"):
        kernel_of_formula(text)


def test_where_a_kernel_fails_after_all_it_is_not_a_number(js: Node) -> None:
    text = "where(abs(u) == 0.1, -1, where(abs(u) == 0.2, 1/0, 1))"
    u = [0.1, -0.1, 0.2, 0.3]
    found = js.numbers(
        "return packed(v.u.map(E.kernelOfFormula(given.text).value.value))", {"u": u}, text=text
    )
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 1])
    mine = kernel_of_formula(text)(torch.tensor(u, dtype=torch.float64))
    np.testing.assert_array_equal(mine, found)


def test_a_written_kernel_has_no_derivative(js: Node) -> None:
    with pytest.raises(RuntimeError, match="no derivative"):
        js("return E.kernelOfFormula('exp(-abs(u))').value.derivative(1)")


# Weights -----------------------------------------------------------------------------------------

WAY = """
const own = E.kernelOfFormula(given.formula).value;
const way = E.wayNamed(given.name, given.line, own);
"""


def by_way(
    js: Node,
    body: str,
    arrays: dict[str, Tensor],
    w: float,
    name: str,
    *,
    line: bool = False,
    formula: str = OWN[0],
) -> np.ndarray:
    """What JavaScript computes with a `way` of attending."""
    return js.numbers(WAY + body, arrays, w=w, name=name, line=line, formula=formula)


def weights_of(
    js: Node, queries: Tensor, keys: Tensor, w: float, name: str, **way: Any
) -> np.ndarray:
    body = "return packed(E.weightsOf(v.queries, v.keys, given.w, way))"
    found = by_way(js, body, {"queries": queries, "keys": keys}, w, name, **way)
    return found.reshape(len(queries), len(keys))


def inputs(n: int) -> tuple[Tensor, Tensor, Tensor]:
    data = make_regression(n, seed=6, dtype=torch.float64)
    queries = torch.cat([data.x_test, data.x_train[:3], torch.tensor([2.0], dtype=torch.float64)])
    return queries, data.x_train, data.y_train


each_w = pytest.mark.parametrize("w", [0.1, 1.0, 4.9, 30.0, 100.0])
each_n = pytest.mark.parametrize("n", [1, 2, 13, 50, 200])


def test_the_choices_are_those_of_python(js: Node) -> None:
    assert js("return E.WAY_NAMES") == list(CHOICES)
    assert js("return E.OWN") == CHOICES[-1]


@each_n
@each_w
@pytest.mark.parametrize(("name", "mine"), [("sparsemax", sparsemax), ("entmax15", entmax15)])
def test_sparse_weights_are_those_of_nwcore(
    name: str, mine: "type[sparsemax]", w: float, n: int, js: Node
) -> None:
    queries, keys, _ = inputs(n)
    distance = (queries[:, None] - keys).abs()
    nearest = distance.amin(1, keepdim=True)
    expected = mine(0.5 * w * w * (nearest - distance) * (nearest + distance))
    found = weights_of(js, queries, keys, w, name)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.sum(1), 1, rtol=0, atol=1e-12)
    if w < 10:  # of −½w²d² as they stand, which lose digits to their size
        plain = mine(-0.5 * (w * distance) ** 2)
        np.testing.assert_allclose(found, plain, rtol=0, atol=1e-12)
    shuffled = torch.randperm(n, generator=torch.Generator().manual_seed(n))
    again = weights_of(js, queries, keys[shuffled], w, name)
    np.testing.assert_allclose(again, found[:, shuffled.numpy()], rtol=0, atol=1e-13)


@each_w
@pytest.mark.parametrize("name", ["sparsemax", "entmax15"])
def test_their_window_is_the_support_radius(name: str, w: float, js: Node) -> None:
    queries, keys, _ = inputs(50)
    body = "return packed(v.q.map((q) => E.profileOf(q, v.keys, given.w, way).reach))"
    found = by_way(js, body, {"q": queries, "keys": keys}, w, name)
    scores = -0.5 * (w * (queries[:, None] - keys)) ** 2
    expected = support_radius(scores, w, entmax=name == "entmax15")[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@each_w
@pytest.mark.parametrize("formula", OWN)
def test_a_written_kernel_shares_by_its_values(formula: str, w: float, js: Node) -> None:
    queries, keys, _ = inputs(50)
    similarities = kernel_of_formula(formula)((queries[:, None] - keys) * w)
    expected = similarities / similarities.sum(1, keepdim=True)
    found = weights_of(js, queries, keys, w, "own", formula=formula)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_a_kernel_that_is_written_is_the_one_that_is_listed(js: Node) -> None:
    queries, keys, _ = inputs(50)
    for name, formula in [
        ("gaussian", "exp(-u**2/2)"),
        ("epanechnikov", "max(0, 1 - u*u)"),
        ("boxcar", "(abs(u) <= 1) * 7"),
    ]:
        found = weights_of(js, queries, keys, 4.9, "own", formula=formula)
        listed = weights_of(js, queries, keys, 4.9, name)
        np.testing.assert_allclose(found, listed, rtol=1e-12, atol=1e-14)


# Lines -------------------------------------------------------------------------------------------


@each_n
@each_w
@pytest.mark.parametrize("name", SHOWN_KERNELS)
def test_effective_weights_are_those_of_nwcore(name: str, w: float, n: int, js: Node) -> None:
    queries, keys, _ = inputs(n)
    found = weights_of(js, queries, keys, w, name, line=True)
    expected = effective_weights(queries, keys, w, 1, name, few="nan").numpy()
    scale = np.nan_to_num(np.abs(expected)).max(axis=1, initial=1, keepdims=True)
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=1e-10)


@each_w
@pytest.mark.parametrize("name", SHOWN_KERNELS)
def test_points_in_one_place_are_one_place(name: str, w: float, js: Node) -> None:
    keys = torch.tensor([1.0, 1.0, 1.0, 1.5, 1.5, 4.0], dtype=torch.float64)
    queries = torch.tensor([0.0, 1.0, 1.25, 1.5, 3.0, 5.0], dtype=torch.float64)
    found = weights_of(js, queries, keys, w, name, line=True)
    expected = effective_weights(queries, keys, w, 1, name, few="nan").numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("n", [2, 13, 50])
@each_w
@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("line", [False, True])
def test_leaving_one_out_is_that_of_the_explorer(
    line: bool, name: str, w: float, n: int, js: Node
) -> None:
    _, x, y = inputs(n)
    body = "return packed(E.leftOut(v.x, v.y, given.w, way))"
    found = by_way(js, body, {"x": x, "y": y}, w, name, line=line, formula=OWN[1])
    explorer = AttentionExplorer(n_train=n, seed=6, w=w, kernel=name, line=line, formula=OWN[1])
    error = math.sqrt(np.mean((found - y.numpy()) ** 2))
    assert error == pytest.approx(explorer.result.leave_one_out, rel=1e-9, nan_ok=True)
    if name in SHOWN_KERNELS and line:
        expected = local_leave_one_out(x, y, w, 1, name, few="nan").numpy()
        scale = max(1, float(np.nanmax(np.abs(expected), initial=1)))
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * scale)


@each_w
@pytest.mark.parametrize("name", CHOICES[5:])
def test_a_line_without_a_name_in_nwcore_is_the_explorers(name: str, w: float, js: Node) -> None:
    explorer = AttentionExplorer(n_train=13, seed=6, w=w, kernel=name, line=True)
    result = explorer.result
    found = weights_of(js, result.queries, result.keys, w, name, line=True)
    np.testing.assert_allclose(found, result.weights, rtol=1e-8, atol=1e-10)
    sums = result.weights.sum(1)
    assert torch.allclose(sums[~sums.isnan()], torch.ones(1, dtype=torch.float64))
    reproduced = result.weights @ result.keys
    there = ~reproduced.isnan()
    assert torch.allclose(reproduced[there], result.queries[there], atol=1e-8)


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("line", [False, True])
def test_a_profile_passes_through_the_weights(line: bool, name: str, js: Node) -> None:
    queries, keys, _ = inputs(50)
    body = """return packed(...Array.from(v.queries).reduce((all, q) => {
      const { at } = E.profileOf(q, v.keys, given.w, way);
      return [...all, v.keys.map(at)];
    }, []))"""
    arrays = {"queries": queries, "keys": keys}
    found = by_way(js, body, arrays, 3.0, name, line=line, formula=OWN[1])
    found = found.reshape(len(queries), -1)
    expected = weights_of(js, queries, keys, 3.0, name, line=line, formula=OWN[1])
    reached = ~np.isnan(expected)
    np.testing.assert_allclose(found[reached], expected[reached], rtol=1e-9, atol=1e-11)


def test_a_line_far_from_its_keys_passes_through_the_nearest_two(js: Node) -> None:
    keys = torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64)
    query = torch.tensor([5.0], dtype=torch.float64)
    found = weights_of(js, query, keys, 100.0, "gaussian", line=True)
    np.testing.assert_allclose(found, [[0, -1 / 3, 4 / 3]], rtol=1e-12, atol=1e-12)


def test_trials_go_as_far_as_keys_are_shown() -> None:
    """No u of an explorer is beyond the places where a line is tried, and none is far from them."""
    tried = [0.0]

    def note(text: str) -> None:
        with pytest.raises(ValueError, match="below 0"):
            kernel_of_formula(text)

    for low, high in pairwise([100.0, 150.0, 220.0, 330.0, 500.0, 750.0]):
        note(f"1 - 2*({low} < abs(u) < {high})")
        tried.append(high)
    assert max(tried) >= 5 * 100


# The explorer ------------------------------------------------------------------------------------


def test_an_explorer_refuses_what_is_no_kernel() -> None:
    explorer = AttentionExplorer(kernel="own", formula="1/(1 + u*u)")
    before = explorer.result.error
    for wrong in ("", "v", "-1", "u +", "0"):
        with pytest.raises(Exception, match="formula must"):
            explorer.formula = wrong
    assert explorer.formula == "1/(1 + u*u)"
    assert explorer.result.error == before


@pytest.mark.parametrize("line", [False, True])
@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_has_a_still_picture_that_names_it(name: str, line: bool) -> None:
    explorer = AttentionExplorer(kernel=name, line=line, w=3.0)
    said = explorer.static_fallback().alt
    word = explorer.words[f"kernel_{name}"]
    assert (f"{word} exp(-abs(u))" if name == "own" else word) in said
    assert (explorer.words["line_alt"] in said) == line
