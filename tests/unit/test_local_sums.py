"""Sums of several orders: exact to their bounds, and what fits are made of them."""

import numpy as np
import pytest
import torch
from local_problems import f64, noisy
from torch import Tensor

from nwcore import effective_weights
from nwcore.kernels import KERNELS
from nwcore.local import fit_training
from nwcore.methods import gauss, local
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.orders import OrderSums

degrees = pytest.mark.parametrize("degree", [0, 1, 2])
kernels = pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular", "boxcar"])


def pose(
    queries: Tensor, keys: Tensor, values: Tensor, w: float, kernel: str, derivatives: bool = False
) -> NumericProblem:
    columns = torch.stack([torch.ones_like(values), values])  # (2, k)
    return NumericProblem(queries, keys, columns, w, KERNELS[kernel], derivatives=derivatives)


def sum_slices(problem: NumericProblem, degree: int) -> list[tuple[Tensor, OrderSums]]:
    sums = local._sum(problem, degree)
    assert sums is not None
    return list(sums)


@degrees
@kernels
@pytest.mark.parametrize("n", [1500, 40_000])
def test_sums_of_all_orders_keep_their_bounds(n: int, kernel: str, degree: int) -> None:
    keys, values = noisy(n)
    values = values / 16
    queries, w = f64(0.01, 1.37, 4.93, -0.1), 8.0
    ((numbers, sums),) = sum_slices(pose(queries, keys, values, w, kernel), degree)
    assert sorted(numbers.tolist()) == [0, 1, 2, 3]
    queries = queries[numbers]
    long = np.longdouble
    u = (queries.numpy().astype(long)[:, None] - keys.numpy().astype(long)) * long(w)
    if kernel == "gaussian":
        weights = np.exp(-(u**2) / 2) * sums.peak.numpy()[:, None]
    else:
        polynomial = KERNELS[kernel].polynomial
        assert polynomial is not None
        weights = sum(long(c) * abs(u) ** j for j, c in enumerate(polynomial)) * (abs(u) <= 1)
    tolerance = 1e-15  # a sum is rounded at last, and so is the unit of the Gaussian's
    y = values.numpy().astype(long)
    for j in range(2 * degree + 1):
        exact = (weights * u**j).sum(1)
        bound = sums.key_errors[j].numpy() + tolerance * abs(weights * u**j).sum(1)
        assert (abs(sums.keys[j].numpy() - exact) <= bound).all()
        if j <= degree:
            exact = (weights * u**j * y).sum(1)
            bound = sums.value_errors[j, 0].numpy() + tolerance * abs(weights * u**j * y).sum(1)
            assert (abs(sums.values[j, 0].numpy() - exact) <= bound).all()
    assert (sums.least[0].numpy() <= weights.sum(1) * (1 + 1e-15)).all()
    assert (sums.least[1].numpy() <= (weights * abs(y)).sum(1) * (1 + 1e-15)).all()


@degrees
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular"])
def test_sums_are_trusted_where_keys_are_many(kernel: str, degree: int) -> None:
    keys, values = noisy(40_000)
    queries = torch.linspace(0.5, 4.5, 200, dtype=torch.float64)
    problem = pose(queries, keys, values / 16, 8.0, kernel)
    ((_, sums),) = sum_slices(problem, degree)
    assert bool(local.solve(problem, sums, degree, None).answered.all())


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov"])
def test_sums_are_not_trusted_where_a_window_hardly_determines_a_fit(
    kernel: str, degree: int
) -> None:
    """All keys within a hundredth of a bandwidth, half a bandwidth away from the query."""
    keys = torch.linspace(0, 0.01, 2000, dtype=torch.float64)
    problem = pose(f64(0.5), keys, torch.cos(keys), 1.0, kernel)
    ((_, sums),) = sum_slices(problem, degree)
    assert not bool(local.solve(problem, sums, degree, None).answered.any())
    ((_, sums),) = sum_slices(problem, 0)
    assert bool(local.solve(problem, sums, 0, None).answered.all())


def test_slices_of_queries_are_put_together() -> None:
    keys, values = noisy(2000)
    queries = torch.linspace(5, 0, gauss.QUERY_SLICE + 3, dtype=torch.float64)
    for kernel in ("gaussian", "epanechnikov"):
        problem = pose(queries, keys, values, 6.0, kernel)
        lengths = [len(part.peak) for _, part in sum_slices(problem, 1)]
        assert lengths == [gauss.QUERY_SLICE, 3]
        found = local.fit_linear(problem, 1)
        some = torch.arange(0, len(queries), 1500)
        expected = local.fit_windowed(problem.of(some), 1)
        torch.testing.assert_close(
            found.predictions[:, some], expected.predictions, rtol=1e-11, atol=1e-13
        )


@degrees
@kernels
@pytest.mark.parametrize("n", [60, 900])
def test_own_weights_and_squares_are_those_of_the_matrix(n: int, kernel: str, degree: int) -> None:
    x, y = noisy(n)
    x[3] = x[8]
    fits = fit_training(x, y, 2.0, degree, kernel)
    hat = effective_weights(x, x, 2.0, degree, kernel)
    torch.testing.assert_close(fits.own, hat.diagonal(), rtol=1e-11, atol=0)
    torch.testing.assert_close(fits.squares, hat.square().sum(-1), rtol=1e-10, atol=0)
    torch.testing.assert_close(fits.predictions[0], hat @ y, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2])
def test_the_inverse_of_moments(degree: int) -> None:
    moments = f64(0.3, 0.9, 0.5, 2.0)[: 2 * degree, None]
    whole = torch.cat([torch.ones(1, 1, dtype=torch.float64), moments])[:, 0]
    index = torch.arange(degree + 1)
    matrix = whole[index[:, None] + index]
    inverse, loss = local._invert(moments, degree)
    found = torch.stack([torch.cat(row) for row in inverse])
    torch.testing.assert_close(found @ matrix, torch.eye(degree + 1).double(), rtol=0, atol=1e-14)
    assert float(loss) > 1


def test_cancellation_in_a_determinant_is_counted() -> None:
    nearly = f64(1.0, 1.0 + 1e-3)[:, None]  # a variance of 0.001 beside a mean of 1
    _, loss = local._invert(nearly, 1)
    assert float(loss) == pytest.approx(2001, rel=1e-6)
    _, loss = local._invert(f64(1.0, 1.0, 1.0, 1.0)[:, None], 2)
    assert torch.isinf(loss).all()


def test_the_own_term_is_left_out_of_order_0_alone() -> None:
    keys, values = noisy(1000)
    problem = pose(keys[:5], keys, values, 6.0, "gaussian")
    ((_, sums),) = sum_slices(problem, 1)
    rest = sums.without(problem.columns[:, :5])
    torch.testing.assert_close(rest.keys[0], sums.keys[0] - sums.peak)
    torch.testing.assert_close(rest.values[0, 0], sums.values[0, 0] - values[:5] * sums.peak)
    assert torch.equal(rest.keys[1:], sums.keys[1:])
    assert torch.equal(rest.values[1:], sums.values[1:])
    assert bool((rest.least[0] <= rest.keys[0]).all())
