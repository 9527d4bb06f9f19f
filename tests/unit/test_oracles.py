"""Somebody else's well-tested code, asked the same question."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from kernel_contract import SMOOTH
from scipy import integrate, special
from statsmodels.nonparametric.kernel_regression import KernelReg
from torch import Tensor

from nwcore import (
    NWKernelRegression,
    attention_pooling,
    attention_weights,
    fit,
    leave_one_out_loss,
    leave_one_out_pairs,
    make_regression,
    true_function,
)

FLOATS = [torch.float32, torch.float64]
N_QUERIES, N_KEYS = 5, 7


def problem(own_keys: bool = False, dtype: torch.dtype = torch.float64) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(4)
    shape = (N_QUERIES, N_KEYS) if own_keys else (N_KEYS,)
    return tuple(
        3 * torch.rand(size, generator=generator, dtype=dtype)
        for size in ((N_QUERIES,), shape, shape)
    )


# --- statsmodels ---


@pytest.mark.parametrize("w", [0.5, 1.0, 4.0, 11.0])
def test_predictions_agree_with_statsmodels(w: float) -> None:
    data = make_regression(n_train=47, seed=3, dtype=torch.float64)
    x, y = data.x_train.numpy(), data.y_train.numpy()
    oracle = KernelReg(endog=y, exog=x, var_type="c", reg_type="lc", bw=[1 / w])
    expected, _ = oracle.fit(data.x_test.numpy())
    predicted = attention_pooling(data.x_test, data.x_train, data.y_train, w)
    np.testing.assert_allclose(predicted.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("w", [0.5, 4.0])
def test_leave_one_out_loss_agrees_with_statsmodels_refitted(w: float) -> None:
    data = make_regression(n_train=13, seed=3, dtype=torch.float64)
    x, y = data.x_train.numpy(), data.y_train.numpy()
    expected = 0.0
    for i in range(13):
        others = np.arange(13) != i
        oracle = KernelReg(y[others], x[others], var_type="c", reg_type="lc", bw=[1 / w])
        expected += float(oracle.fit(x[[i]])[0][0] - y[i]) ** 2
    loss = leave_one_out_loss(data.x_train, data.y_train, w)
    assert float(loss) == pytest.approx(expected, rel=1e-9)


# --- softmax ---


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("own_keys", [False, True])
@pytest.mark.parametrize("w", [0.0, 0.4, -1.0, 6.0])
def test_gaussian_weights_are_the_softmax_of_the_scores(
    w: float, own_keys: bool, dtype: torch.dtype
) -> None:
    queries, keys, _ = problem(own_keys, dtype)
    scores = -0.5 * ((queries.double()[:, None] - keys.double()) * w) ** 2
    weights = attention_weights(queries, keys, w)
    assert weights.shape == (N_QUERIES, N_KEYS)
    precision = {torch.float32: 1e-4, torch.float64: 1e-12}[dtype]
    for expected in (torch.softmax(scores, dim=-1), special.softmax(scores.numpy(), axis=1)):
        smallest = torch.finfo(dtype).tiny  # below it, digits are lost by design
        np.testing.assert_allclose(weights, expected, rtol=precision, atol=smallest)


@pytest.mark.parametrize("w", [0.4, 30.0, 300.0])
def test_gaussian_weights_keep_their_precision_at_large_scores(w: float) -> None:
    queries, keys, _ = problem()
    wide = np.longdouble
    distance = queries.numpy().astype(wide)[:, None] - keys.numpy().astype(wide)
    scores = -0.5 * (distance * wide(w)) ** 2
    similarity = np.exp(scores - scores.max(axis=1, keepdims=True))
    expected = (similarity / similarity.sum(axis=1, keepdims=True)).astype(float)
    np.testing.assert_allclose(attention_weights(queries, keys, w), expected, rtol=1e-9, atol=1e-99)


# --- quadrature ---


@pytest.mark.parametrize("w", [1.0, 4.0])
@pytest.mark.parametrize("x", [0.0, 2.0, 4.9])
def test_many_noise_free_points_approach_the_ratio_of_integrals(x: float, w: float) -> None:
    def kernel(t: float) -> float:
        return float(np.exp(-0.5 * ((x - t) * w) ** 2))

    def weighted(t: float) -> float:
        return kernel(t) * (2 * np.sin(t) + t**0.8)

    expected = integrate.quad(weighted, 0, 5)[0] / integrate.quad(kernel, 0, 5)[0]
    keys = (torch.arange(4001, dtype=torch.float64) + 0.5) * (5 / 4001)
    query = torch.tensor([x], dtype=torch.float64)
    predicted = attention_pooling(query, keys, true_function(keys), w)
    assert float(predicted) == pytest.approx(expected, abs=1e-5)


# --- autograd against finite differences ---


def checked(compute: Callable[..., Tensor], *inputs: Tensor) -> bool:
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    return torch.autograd.gradcheck(compute, leaves)


@pytest.mark.parametrize("kernel", SMOOTH)
@pytest.mark.parametrize("own_keys", [False, True])
@pytest.mark.parametrize("w", [0.21, -0.27])
def test_gradients_of_pooling(kernel: str, own_keys: bool, w: float) -> None:
    def compute(q: Tensor, k: Tensor, v: Tensor, width: Tensor) -> Tensor:
        return attention_pooling(q, k, v, width, kernel)

    assert checked(compute, *problem(own_keys), torch.tensor(w, dtype=torch.float64))


def test_gradients_of_pooling_at_a_large_w() -> None:
    assert checked(attention_pooling, *problem(), torch.tensor([5.0], dtype=torch.float64))


@pytest.mark.parametrize("kernel", ["gaussian", "logistic"])  # both smooth at 0
def test_gradients_of_pooling_when_a_query_is_a_key(kernel: str) -> None:
    _, keys, values = problem()

    def compute(q: Tensor, k: Tensor, v: Tensor, w: Tensor) -> Tensor:
        return attention_pooling(q, k, v, w, kernel)

    w = torch.tensor(0.9, dtype=torch.float64)
    assert checked(compute, keys[:3].clone(), keys, values, w)


@pytest.mark.parametrize("kernel", SMOOTH)
def test_gradients_of_the_leave_one_out_loss(kernel: str) -> None:
    data = make_regression(n_train=7, seed=1, dtype=torch.float64)

    def compute(x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        return leave_one_out_loss(x, y, w, kernel)

    w = torch.tensor([0.17], dtype=torch.float64)
    assert checked(compute, data.x_train, data.y_train, w)


def test_training_agrees_with_a_plain_torch_loop() -> None:
    data = make_regression(n_train=17, seed=1, dtype=torch.float64)
    keys, values = leave_one_out_pairs(data.x_train, data.y_train)
    w = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    widths = [0.4]
    for _ in range(5):
        scores = -0.5 * ((data.x_train[:, None] - keys) * w) ** 2
        loss = ((scores.softmax(dim=-1) * values).sum(dim=-1) - data.y_train).square().sum()
        (slope,) = torch.autograd.grad(loss, w)
        w = (w - 0.5 * slope).detach().requires_grad_()
        widths.append(float(w.detach()))
    history = fit(NWKernelRegression(w=0.4, dtype=torch.float64), data.x_train, data.y_train)
    assert history.w == pytest.approx(widths, rel=1e-9)
