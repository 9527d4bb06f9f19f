"""Local constants, lines and parabolas, against exact arithmetic and other people's code."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from local_problems import exact_weights, f64, noisy, relative_error
from statsmodels.nonparametric.kernel_regression import KernelReg
from statsmodels.nonparametric.smoothers_lowess import lowess
from torch import Tensor

from nwcore import (
    KERNELS,
    attention_pooling,
    attention_weights,
    effective_weights,
    leave_one_out_loss,
    local_leave_one_out,
    local_leave_one_out_loss,
    local_regression,
    make_regression,
)
from nwcore.kernels import Kernel, register, unregister
from nwcore.local import LocalMethod

degrees = pytest.mark.parametrize("degree", [0, 1, 2])
methods = pytest.mark.parametrize("method", ["windowed", "linear"])
KERNELS_OF_LINEAR = ["gaussian", "epanechnikov", "triangular", "boxcar"]
kernels = pytest.mark.parametrize("kernel", KERNELS_OF_LINEAR)
Fit = Callable[[float], Tensor]


# --- against exact arithmetic ---


@degrees
@methods
@kernels
def test_predictions_are_those_of_rational_arithmetic(
    kernel: str, method: LocalMethod, degree: int
) -> None:
    keys, values = noisy(40)
    queries = f64(0.3, 1.0, 2.2, 4.8, float(keys[3]))
    w = 0.8
    found = local_regression(queries, keys, values, w, degree, kernel, method=method)
    for query, prediction in zip(queries.tolist(), found.tolist(), strict=True):
        error = relative_error(prediction, query, keys.numpy(), values.numpy(), w, kernel, degree)
        assert error < 1e-12


@degrees
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_many_points_are_fitted_as_few_are(kernel: str, degree: int) -> None:
    """100,000 pairs by sums, against a query's own pairs one by one."""
    keys, values = noisy(100_000)
    queries = torch.linspace(0, 5, 23, dtype=torch.float64)
    w = 20.0
    found = local_regression(queries, keys, values, w, degree, kernel)
    weights = effective_weights(queries, keys, w, degree, kernel)
    expected, size = weights @ values, weights.abs() @ values.abs()
    assert float(((found - expected).abs() / size).max()) < 1e-12


@degrees
@kernels
def test_effective_weights_are_those_of_rational_arithmetic(kernel: str, degree: int) -> None:
    keys = noisy(25)[0]
    queries = f64(0.2, 2.5, 4.9)
    found = effective_weights(queries, keys, 0.7, degree, kernel)
    for query, row in zip(queries.tolist(), found, strict=True):
        expected = torch.tensor(
            [float(x) for x in exact_weights(query, keys.numpy(), 0.7, kernel, degree)],
            dtype=torch.float64,
        )
        torch.testing.assert_close(row, expected, rtol=0, atol=1e-14)


# --- against other people's code ---


@pytest.mark.parametrize(("degree", "name"), [(0, "lc"), (1, "ll")])
@pytest.mark.parametrize("w", [0.5, 2.0, 6.0])
def test_constants_and_lines_agree_with_statsmodels(degree: int, name: str, w: float) -> None:
    data = make_regression(n_train=60, seed=2, dtype=torch.float64)
    oracle = KernelReg(
        data.y_train.numpy(), data.x_train.numpy(), var_type="c", reg_type=name, bw=[1 / w], rng=0
    )
    expected, _ = oracle.fit(data.x_test.numpy())
    found = local_regression(data.x_test, data.x_train, data.y_train, w, degree)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-9)


def test_lines_with_tricube_weights_agree_with_lowess() -> None:
    """One point at a time: lowess takes the width from the nearest so many, w is a number."""
    data = make_regression(n_train=50, seed=5, dtype=torch.float64)
    x, y = data.x_train, data.y_train
    near = 20
    expected = lowess(y.numpy(), x.numpy(), frac=near / 50, it=0, delta=0.0, return_sorted=False)
    tricube = Kernel(
        "lowess_tricube",
        value=lambda u: (1 - u.abs().clamp(max=1) ** 3) ** 3,
        support=1.0,
        polynomial=(1.0, 0, 0, -3.0, 0, 0, 3.0, 0, 0, -1.0),
    )
    register(tricube)
    try:
        for i in range(0, 50, 7):
            width = float((x - x[i]).abs().sort().values[near - 1])
            found = local_regression(x[i : i + 1], x, y, 1 / width, 1, tricube.name)
            # lowess treats what is within 0.001 of the width as at distance 0.
            assert float(found) == pytest.approx(float(expected[i]), rel=1e-6)
    finally:
        unregister(tricube.name)


@degrees
@kernels
def test_predictions_are_weighted_least_squares(kernel: str, degree: int) -> None:
    keys, values = noisy(30, seed=3)
    w = 0.5
    for query in (0.1, 2.4, 4.7):
        root = KERNELS[kernel]((keys - query) * w).sqrt().numpy()
        basis = np.vander((keys - query).numpy(), degree + 1, increasing=True)
        solution = np.linalg.lstsq(basis * root[:, None], values.numpy() * root, rcond=None)[0]
        found = local_regression(f64(query), keys, values, w, degree, kernel)
        assert float(found) == pytest.approx(float(solution[0]), rel=1e-11)


@kernels
def test_degree_0_is_attention_pooling(kernel: str) -> None:
    keys, values = noisy(50)
    queries = torch.linspace(0, 5, 20, dtype=torch.float64)
    torch.testing.assert_close(
        local_regression(queries, keys, values, 1.3, 0, kernel),
        attention_pooling(queries, keys, values, 1.3, kernel),
        rtol=1e-12,
        atol=0,
    )
    torch.testing.assert_close(
        effective_weights(queries, keys, 1.3, 0, kernel),
        attention_weights(queries, keys, 1.3, kernel),
        rtol=1e-12,
        atol=1e-16,
    )
    torch.testing.assert_close(
        local_leave_one_out_loss(keys, values, 1.3, 0, kernel),
        leave_one_out_loss(keys, values, 1.3, kernel),
        rtol=1e-12,
        atol=0,
    )


# --- what a polynomial fit keeps ---


@pytest.mark.parametrize("degree", [1, 2])
@methods
@kernels
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_a_polynomial_is_reproduced(
    shift: float, kernel: str, method: LocalMethod, degree: int
) -> None:
    keys = torch.round(noisy(300)[0] * 2**20) / 2**20 + shift
    queries = torch.round(torch.linspace(0, 5, 41, dtype=torch.float64) * 2**20) / 2**20 + shift

    def curve(x: Tensor) -> Tensor:
        u = x - shift
        return 3 - 2 * u + (degree == 2) * 0.75 * u**2

    found = local_regression(queries, keys, curve(keys), 2.0, degree, kernel, method=method)
    assert float((found - curve(queries)).abs().max()) < 1e-11  # sizes are up to 10
    sizes = effective_weights(queries, keys, 2.0, degree, kernel).abs() @ curve(keys).abs()
    assert float(((found - curve(queries)).abs() / sizes).max()) < 1e-12


@degrees
@kernels
def test_weights_sum_to_one_and_kill_the_powers_below(kernel: str, degree: int) -> None:
    keys = noisy(80)[0]
    queries = torch.linspace(0, 5, 9, dtype=torch.float64)
    weights = effective_weights(queries, keys, 1.5, degree, kernel)
    assert weights.shape == (9, 80)
    for power in range(degree + 1):
        moment = (weights * (keys - queries[:, None]) ** power).sum(-1)
        expected = torch.full_like(queries, float(power == 0))
        torch.testing.assert_close(moment, expected, rtol=0, atol=1e-13)
    assert bool((weights < 0).any()) == (degree > 0)


@given(
    st.lists(st.integers(-64, 64), min_size=4, max_size=12, unique=True),
    st.integers(-80, 80),
    st.floats(0.01, 3),
    st.sampled_from([1, 2]),
    st.integers(-3, 3),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_fit_follows_what_is_added_to_its_values(
    places: list[int], query: int, w: float, degree: int, slope: int
) -> None:
    keys = torch.tensor(places, dtype=torch.float64) / 8
    values = torch.cos(keys)
    at = f64(query / 8)
    found = local_regression(at, keys, values + slope * keys, w, degree)
    plain = local_regression(at, keys, values, w, degree)
    size = effective_weights(at, keys, w, degree).abs() @ (values.abs() + (slope * keys).abs())
    assert float((found - plain - slope * at).abs()) <= 1e-12 * float(size)


@degrees
def test_order_and_columns_do_not_matter(degree: int) -> None:
    keys, values = noisy(30)
    queries = f64(0.5, 3.0)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(1))
    both = torch.stack([values, values**2], dim=1)  # (k, 2)
    found = local_regression(queries, keys[order], both[order], 1.1, degree)
    assert found.shape == (2, 2)
    for column in (0, 1):
        expected = local_regression(queries, keys, both[:, column], 1.1, degree)
        torch.testing.assert_close(found[:, column], expected, rtol=1e-12, atol=0)


# --- leaving one out ---


@degrees
@kernels
def test_leaving_out_is_fitting_the_others(kernel: str, degree: int) -> None:
    x, y = noisy(30)
    x[4] = x[9]  # a place with two points
    w = 0.6
    found = local_leave_one_out(x, y, w, degree, kernel)
    expected = torch.cat(
        [
            local_regression(x[i : i + 1], x[rest], y[rest], w, degree, kernel)
            for i in range(30)
            for rest in [torch.arange(30) != i]
        ]
    )
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=0)
    loss = local_leave_one_out_loss(x, y, w, degree, kernel)
    assert float(loss) == pytest.approx(float((expected - y).square().sum()), rel=1e-10)


@degrees
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_leaving_out_of_many_is_fitting_the_others(kernel: str, degree: int) -> None:
    x, y = noisy(3000)
    found = local_leave_one_out(x, y, 8.0, degree, kernel, method="linear")
    for i in (0, 700, int(x.argmin()), int(x.argmax())):
        rest = torch.arange(3000) != i
        expected = local_regression(x[i : i + 1], x[rest], y[rest], 8.0, degree, kernel)
        assert float(found[i]) == pytest.approx(float(expected), rel=1e-10)


@degrees
def test_leaving_out_is_dividing_the_residual_by_one_less_the_own_weight(degree: int) -> None:
    x, y = noisy(40)
    hat = effective_weights(x, x, 1.5, degree)
    expected = (y - hat @ y) / (1 - hat.diagonal())
    found = y - local_leave_one_out(x, y, 1.5, degree)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)


# --- gradients ---


@degrees
@methods
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular"])
@pytest.mark.parametrize("w", [0.9, -1.1])
def test_gradients_in_w(w: float, kernel: str, method: LocalMethod, degree: int) -> None:
    keys, values = noisy(60)
    queries = f64(0.4, 2.0, 4.9)
    width = torch.tensor(w, dtype=torch.float64, requires_grad=True)

    def predict(width: Tensor) -> Tensor:
        return local_regression(queries, keys, values, width, degree, kernel, method=method)

    def loss(width: Tensor) -> Tensor:
        return local_leave_one_out_loss(keys, values, width, degree, kernel, method=method)

    assert torch.autograd.gradcheck(predict, width, eps=1e-6, atol=1e-6)
    assert torch.autograd.gradcheck(loss, width, eps=1e-6, atol=1e-4)
    assert torch.autograd.gradcheck(
        lambda width: effective_weights(queries, keys, width, degree, kernel), width, atol=1e-6
    )


@degrees
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_methods_agree_in_derivatives(kernel: str, degree: int) -> None:
    keys, values = noisy(3000)
    queries = torch.linspace(0, 5, 31, dtype=torch.float64)
    found = []
    for method in ("windowed", "linear"):
        w = torch.tensor(9.0, dtype=torch.float64, requires_grad=True)
        predictions = local_regression(queries, keys, values, w, degree, kernel, method=method)
        predictions.square().sum().backward()  # type: ignore[no-untyped-call]
        assert w.grad is not None
        found.append(float(w.grad))
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_the_gradient_at_w_0_is_0() -> None:
    keys, values = noisy(20)
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    local_regression(f64(1.0), keys, values, w, 1).sum().backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert w.grad.tolist() == [0.0]


# --- what the book's data show ---


def test_lines_and_parabolas_err_less_at_the_end_of_the_data() -> None:
    """f is steep at 0, where all keys lie to the right: a constant leans up, a line does not."""
    errors = dict.fromkeys((0, 1, 2), 0.0)
    for seed in range(20):
        data = make_regression(seed=seed, dtype=torch.float64)
        for degree in errors:
            found = local_regression(f64(0.0), data.x_train, data.y_train, 3.0, degree)
            errors[degree] += float(found) / 20
    assert 0.4 < errors[0] < 0.9
    assert abs(errors[1]) < 0.5 * errors[0]
    assert abs(errors[2]) < 0.5 * errors[0]
