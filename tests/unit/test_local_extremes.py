"""Local fits where keys are few, far, equal or beyond the usual sizes; and bad input."""

import re
from typing import Any

import pytest
import torch
from local_problems import f64, noisy, relative_error
from torch import Tensor

from nwcore import (
    effective_weights,
    local_leave_one_out,
    local_leave_one_out_loss,
    local_regression,
)
from nwcore.kernels import Kernel, register, unregister
from nwcore.local import LocalMethod

degrees = pytest.mark.parametrize("degree", [0, 1, 2])
methods = pytest.mark.parametrize("method", ["windowed", "linear"])

# --- far from the keys ---


@degrees
@methods
@pytest.mark.parametrize("query", [-3.0, 6.0, 9.0, 40.0])
def test_far_queries_keep_their_digits(query: float, method: LocalMethod, degree: int) -> None:
    keys, values = noisy(30)
    found = local_regression(f64(query), keys, values, 2.0, degree, method=method)
    error = relative_error(
        float(found), query, keys.numpy(), values.numpy(), 2.0, "gaussian", degree
    )
    assert error < 1e-12


@methods
@pytest.mark.parametrize("query", [300.0, 1e6, -1e9])
def test_from_afar_a_line_goes_through_the_nearest_two_keys(
    query: float, method: LocalMethod
) -> None:
    keys, values = f64(0.0, 1.0, 2.5, 4.0), f64(1.0, -1.0, 2.0, 5.0)
    ends = (keys[2:], values[2:]) if query > 0 else (keys[:2], values[:2])
    slope = (ends[1][1] - ends[1][0]) / (ends[0][1] - ends[0][0])
    expected = ends[1][0] + slope * (query - ends[0][0])
    found = local_regression(f64(query), keys, values, 3.0, 1, method=method)
    assert float(found) == pytest.approx(float(expected), rel=1e-13)
    weights = effective_weights(f64(query), keys, 3.0, 1)
    assert float((weights * keys).sum()) == pytest.approx(query, rel=1e-13)


@methods
@pytest.mark.parametrize("query", [200.0, -1e5])
def test_from_afar_a_parabola_goes_through_the_nearest_three_keys(
    query: float, method: LocalMethod
) -> None:
    keys, values = f64(0.0, 1.0, 2.5, 4.0, 4.5), f64(1.0, -1.0, 2.0, 5.0, 3.0)
    near = slice(2, 5) if query > 0 else slice(0, 3)
    expected = 0.0
    x, y = keys[near].tolist(), values[near].tolist()
    for i in range(3):  # Lagrange's formula
        term = y[i]
        for j in range(3):
            if j != i:
                term *= (query - x[j]) / (x[i] - x[j])
        expected += term
    found = local_regression(f64(query), keys, values, 5.0, 2, method=method)
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_keys_near_and_far_of_the_nearest_pair_keep_their_part() -> None:
    """Two keys that nearly coincide leave the slope to others whose weights are tiny."""
    keys = f64(0.0, 1e-6, 1.0, 1.3)
    values = f64(1.0, 1.0, 2.0, -1.0)
    for degree in (1, 2):
        for query in (-0.4, 0.2):
            found = local_regression(f64(query), keys, values, 9.0, degree)
            error = relative_error(
                float(found), query, keys.numpy(), values.numpy(), 9.0, "gaussian", degree
            )
            assert error < 1e-12


def test_values_that_are_tiny_beside_far_ones_keep_their_digits() -> None:
    keys = torch.linspace(0, 3, 31, dtype=torch.float64)
    values = torch.where(keys < 1.5, 1e-30, 1.0) * (1 + keys)
    for degree in (1, 2):
        found = local_regression(f64(0.0), keys, values, 8.0, degree)
        error = relative_error(
            float(found), 0.0, keys.numpy(), values.numpy(), 8.0, "gaussian", degree
        )
        assert error < 1e-12


@degrees
@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e150])
def test_units_do_not_matter(scale: float, degree: int) -> None:
    keys, values = noisy(30)
    queries = f64(0.1, 2.2, 5.5)
    plain = local_regression(queries, keys, values, 2.0, degree)
    found = local_regression(queries * scale, keys * scale, values, 2.0 / scale, degree)
    torch.testing.assert_close(found, plain, rtol=1e-11, atol=0)


@degrees
def test_values_near_the_largest_number(degree: int) -> None:
    keys, values = noisy(30)
    values = values / float(values.abs().max())
    found = local_regression(f64(2.0), keys, values * 1.5e308, 2.0, degree)
    plain = local_regression(f64(2.0), keys, values, 2.0, degree)
    assert float(found) / 1.5e308 == pytest.approx(float(plain), rel=1e-12)


@methods
def test_a_single_key_has_a_constant(method: LocalMethod) -> None:
    found = local_regression(f64(7.0), f64(1.0), f64(3.0), 2.0, 0, method=method)
    assert found.tolist() == [3.0]


@methods
@pytest.mark.parametrize("degree", [1, 2])
def test_w_0_is_ordinary_least_squares(degree: int, method: LocalMethod) -> None:
    keys, values = noisy(30)
    basis = torch.stack([keys**j for j in range(degree + 1)], dim=1)
    solution = torch.linalg.lstsq(basis, values[:, None]).solution[:, 0]
    queries = f64(-2.0, 1.0, 8.0)
    expected = sum(c * queries**j for j, c in enumerate(solution))
    for kernel in ("gaussian", "constant", "boxcar", "epanechnikov"):
        found = local_regression(queries, keys, values, 0.0, degree, kernel, method=method)
        torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-11)


@degrees
def test_float32_is_computed_in_float64(degree: int) -> None:
    keys, values = noisy(40)
    keys, values, queries = keys.float(), values.float(), f64(0.5, 2.0).float()
    found = local_regression(queries, keys, values, 1.5, degree)
    exact = local_regression(queries.double(), keys.double(), values.double(), 1.5, degree)
    assert found.dtype == torch.float32
    assert torch.equal(found, exact.float())
    weights = effective_weights(queries, keys, 1.5, degree)
    assert weights.dtype == torch.float32


@degrees
def test_duplicates_weigh_as_often_as_they_are(degree: int) -> None:
    keys, values = f64(0.0, 1.0, 1.0, 2.0, 3.0, 1.0), f64(1.0, 2.0, 4.0, 0.0, 5.0, 9.0)
    weights = effective_weights(f64(0.7), keys, 1.0, degree)
    assert float(weights[0, 1]) == float(weights[0, 2]) == float(weights[0, 5])
    for method in ("windowed", "linear"):
        found = local_regression(f64(0.7), keys, values, 1.0, degree, method=method)
        assert float(found) == pytest.approx(float(weights[0] @ values), rel=1e-13)


# --- too few keys ---


@methods
def test_too_few_keys_in_reach_are_an_error_that_names_the_query(method: LocalMethod) -> None:
    keys, values = f64(0.0, 1.0, 1.0, 5.0), f64(1.0, 2.0, 3.0, 4.0)
    queries = f64(0.5, 5.0)
    message = re.escape(
        "queries[1] = 5 has 1 different keys within the reach of the epanechnikov kernel at "
        "w = 0.9, and a line takes 2"
    )
    with pytest.raises(ValueError, match=message):
        local_regression(queries, keys, values, 0.9, 1, "epanechnikov", method=method)
    with pytest.raises(ValueError, match="a parabola takes 3"):
        local_regression(queries, keys, values, 0.9, 2, "epanechnikov", method=method)
    with pytest.raises(ValueError, match=message):
        effective_weights(queries, keys, 0.9, 1, "epanechnikov")


@methods
def test_too_few_keys_may_have_a_lower_degree_or_nan(method: LocalMethod) -> None:
    keys, values = f64(0.0, 1.0, 1.0, 5.0), f64(1.0, 2.0, 3.0, 4.0)
    queries = f64(0.5, 5.0)

    def fit(few: Any, degree: int) -> Tensor:
        return local_regression(
            queries, keys, values, 0.9, degree, "epanechnikov", few=few, method=method
        )

    assert fit("lower", 1).tolist() == pytest.approx([1.75, 4.0])
    assert fit("lower", 2).tolist() == pytest.approx([1.75, 4.0])
    assert fit("nan", 1).isnan().tolist() == [False, True]
    assert fit("nan", 2).isnan().tolist() == [True, True]
    weights = effective_weights(queries, keys, 0.9, 2, "epanechnikov", few="lower")
    assert weights.sum(-1).tolist() == pytest.approx([1.0, 1.0])
    assert effective_weights(queries, keys, 0.9, 2, "epanechnikov", few="nan").isnan().all()


def test_without_any_key_there_is_no_lower_degree() -> None:
    with pytest.raises(ValueError, match=r"queries\[0\] = 9 has 0 different .* a constant takes 1"):
        local_regression(f64(9.0), f64(0.0, 1.0), f64(1.0, 2.0), 1.0, 1, "boxcar", few="lower")


def test_two_places_are_too_few_for_a_gaussian_parabola() -> None:
    with pytest.raises(ValueError, match=r"queries\[0\] = 0.5 has 2 different keys"):
        local_regression(f64(0.5), f64(0.0, 1.0, 1.0), f64(1.0, 2.0, 3.0), 1.0, 2)
    with pytest.raises(ValueError, match=r"x_train\[0\] = 0 has 1 different"):
        local_leave_one_out(f64(0.0, 1.0, 1.0), f64(1.0, 2.0, 3.0), 1.0, 1)
    found = local_leave_one_out(f64(0.0, 1.0, 1.0), f64(1.0, 2.0, 3.0), 1.0, 1, few="lower")
    assert found[0] == 2.5


def test_a_parabola_that_leaves_the_range_of_floats_is_an_error() -> None:
    keys, values = f64(0.0, 1.0, 2.0), f64(0.0, 1.0, 4.0)
    with pytest.raises(ValueError, match=r"queries\[0\] = 1e\+200 must not be so far"):
        local_regression(f64(1e200), keys, values, 1.0, 2)


# --- a kernel that says little of itself ---


@pytest.fixture
def plain_kernel() -> Any:
    kernel = Kernel("plain", value=lambda u: 1 / (1 + u.clamp(-1e3, 1e3) ** 2))
    register(kernel)
    yield kernel
    unregister("plain")


def test_a_kernel_without_polynomial_or_derivative_is_summed(plain_kernel: Kernel) -> None:
    keys, values = noisy(700)
    queries = f64(0.5, 4.0)
    found = local_regression(queries, keys, values, 3.0, 2, "plain")
    expected = effective_weights(queries, keys, 3.0, 2, "plain") @ values
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    with pytest.raises(ValueError, match='method "linear" takes the gaussian kernel'):
        local_regression(queries, keys, values, 3.0, 2, "plain", method="linear")
    w = torch.tensor(3.0, requires_grad=True)
    with pytest.raises(ValueError, match="needs the derivative of the plain kernel"):
        local_regression(queries, keys, values, w, 2, "plain")


# --- bad input ---

GOOD: dict[str, Any] = {"queries": f64(0.5), "keys": f64(0, 1, 2), "values": f64(1, 2, 4)}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"degree": 3}, ValueError, "degree must be between 0 and 2, got 3"),
        ({"degree": -1}, ValueError, "degree must be between 0 and 2, got -1"),
        ({"degree": 1.0}, TypeError, "degree must be an integer, got 1.0"),
        ({"degree": True}, TypeError, "degree must be an integer"),
        ({"kernel": "cubic"}, ValueError, "kernel must be one of"),
        ({"method": "direct"}, ValueError, 'method must be "auto", "windowed" or "linear"'),
        ({"few": "zero"}, ValueError, 'few must be "error", "lower" or "nan"'),
        ({"progress": 1}, TypeError, "progress must be True or False"),
        ({"w": float("nan")}, ValueError, "w must be finite"),
        ({"w": "1"}, TypeError, "w must be a real number"),
        ({"w": f64(1.0, 2.0)}, ValueError, "w must be a number or hold one element"),
        ({"queries": f64()}, ValueError, "queries must not be empty"),
        ({"queries": f64(0.5)[None]}, ValueError, "keys must have as many coordinates"),
        ({"queries": torch.zeros(1)}, TypeError, "must have the same dtype"),
        ({"keys": f64(0, 1, 2)[None]}, ValueError, "keys must have rank 1"),
        ({"keys": f64(0, float("inf"), 2)}, ValueError, "keys must be finite"),
        ({"values": f64(1, 2)}, ValueError, "values must"),
        ({"values": f64(1, 2, float("nan"))}, ValueError, "values must be finite"),
        ({"values": [1, 2, 3]}, TypeError, "values must be a torch.Tensor"),
    ],
)
def test_bad_input_is_named(changes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        local_regression(**(GOOD | changes))


@pytest.mark.parametrize("name", ["queries", "keys", "values"])
def test_gradients_to_anything_but_w_are_refused(name: str) -> None:
    given = GOOD | {name: GOOD[name].clone().requires_grad_()}
    with pytest.raises(ValueError, match="gives no gradient to queries, keys or values"):
        local_regression(**given)
    with torch.no_grad():
        assert torch.equal(local_regression(**given), local_regression(**GOOD))


def test_transforms_are_refused() -> None:
    def fit(w: Tensor) -> Tensor:
        return local_regression(f64(0.5), f64(0, 1, 2), f64(1, 2, 4), w).sum()

    with pytest.raises(ValueError, match=r"takes no torch\.func transform"):
        torch.func.grad(fit)(torch.tensor(1.0, dtype=torch.float64))


def test_leaving_out_needs_others_and_a_loss_that_is_a_number() -> None:
    with pytest.raises(ValueError, match="at least 2 inputs"):
        local_leave_one_out(f64(1.0), f64(1.0), 1.0)
    with pytest.raises(ValueError, match="y_train must have a finite sum of squared errors"):
        local_leave_one_out_loss(f64(0, 1, 2, 3), f64(0, 1e200, 0, 1e200), 1.0)
