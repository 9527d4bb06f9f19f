"""Nadaraya–Watson kernel regression in JAX: the steps and names of `nwcore`.

    python nadaraya_watson.py ../data.csv

Queries index rows, keys index columns: weights are (n_queries, n_keys).
"""

import sys
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


def as_tensors(*arrays):
    return [jnp.asarray(array, dtype=jnp.float32) for array in arrays]


def average_pooling(values, n_queries):
    return jnp.full(n_queries, values.mean())  # (n_queries,)


def attention_weights(queries, keys, w=1.0):
    scores = -(((queries[:, None] - keys) * w) ** 2) / 2  # (n_queries, n_keys)
    return jax.nn.softmax(scores, axis=1)


def attention_pooling(queries, keys, values, w=1.0):
    weights = attention_weights(queries, keys, w)  # (n_queries, n_keys)
    return weights @ values  # (n_queries,)


def batch_products():
    first = jnp.ones((2, 1, 4))
    second = jnp.ones((2, 4, 6))
    weights = jnp.ones((2, 10)) * 0.1
    values = jnp.arange(20.0).reshape(2, 10)
    # (2, 1, 10) times (2, 10, 1) gives (2, 1, 1)
    averages = weights[:, None, :] @ values[:, :, None]
    return first @ second, averages


class NWKernelRegression(NamedTuple):
    """A tuple of parameters, which JAX differentiates by."""

    w: jax.Array  # (1,)

    def __call__(self, queries, keys, values):
        rows = attention_weights(queries, keys, self.w)[
            :, None, :
        ]  # (n_queries, 1, n_keys)
        return (rows @ values[:, :, None]).reshape(-1)  # (n_queries,)


def leave_one_out_pairs(x_train, y_train):
    n = len(x_train)
    others = ~jnp.eye(n, dtype=bool)  # (n, n)
    keys, values = (
        jnp.broadcast_to(column, (n, n))[others].reshape(n, n - 1)
        for column in (x_train, y_train)
    )
    return keys, values  # (n, n − 1) each


@jax.jit
def loss_and_gradient(model, x_train, keys, values, y_train):
    def loss(model):
        errors = model(x_train, keys, values) - y_train
        return (errors**2).sum()

    return jax.value_and_grad(loss)(model)


def fit(model, x_train, y_train, lr=0.5, epochs=5):
    keys, values = leave_one_out_pairs(x_train, y_train)
    losses, inverse_bandwidths = [], []
    for epoch in range(epochs + 1):
        loss, gradient = loss_and_gradient(
            model, x_train, keys, values, y_train
        )
        losses.append(float(loss))
        inverse_bandwidths.append(float(model.w[0]))
        if epoch < epochs:
            model = jax.tree.map(
                lambda value, derivative: value - lr * derivative,
                model,
                gradient,
            )
    return model, losses, inverse_bandwidths


def predict(model, queries, x_train, y_train):
    shape = (len(queries), len(x_train))
    keys, values = (
        jnp.broadcast_to(column, shape) for column in (x_train, y_train)
    )
    return model(queries, keys, values)  # (n_queries,)


def rmse(predicted, truth):
    return float(jnp.sqrt(((predicted - truth) ** 2).mean()))


if __name__ == "__main__":
    columns = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, unpack=True)
    x_train, y_train, x_test, y_test = as_tensors(*columns)
    print(
        "RMSE, average pooling:",
        rmse(average_pooling(y_train, len(x_test)), y_test),
    )
    print(
        "RMSE, w = 1:",
        rmse(attention_pooling(x_test, x_train, y_train), y_test),
    )
    start = NWKernelRegression(w=jnp.array([0.5]))
    trained, losses, inverse_bandwidths = fit(start, x_train, y_train)
    for epoch, (loss, w) in enumerate(
        zip(losses, inverse_bandwidths, strict=True)
    ):
        print(f"epoch {epoch}   loss {loss:7.3f}   |w| {abs(w):7.3f}")
    print(
        "RMSE, trained:",
        rmse(predict(trained, x_test, x_train, y_train), y_test),
    )
