"""Nadaraya–Watson regression in TensorFlow: the steps and names of `nwcore`.

    python nadaraya_watson.py ../data.csv

Queries index rows, keys index columns: weights are (n_queries, n_keys).
"""

import sys

import keras
import numpy as np
import tensorflow as tf


def as_tensors(*arrays):
    return [tf.constant(array, dtype=tf.float32) for array in arrays]


def average_pooling(values, n_queries):
    return tf.repeat(tf.reduce_mean(values), n_queries)  # (n_queries,)


def attention_weights(queries, keys, w=1.0):
    scores = -(((queries[:, None] - keys) * w) ** 2) / 2  # (n_queries, n_keys)
    return tf.nn.softmax(scores, axis=1)


def attention_pooling(queries, keys, values, w=1.0):
    weights = attention_weights(queries, keys, w)  # (n_queries, n_keys)
    return tf.linalg.matvec(weights, values)  # (n_queries,)


def batch_products():
    first = tf.ones((2, 1, 4))
    second = tf.ones((2, 4, 6))
    weights = tf.ones((2, 10)) * 0.1
    values = tf.reshape(tf.range(20.0), (2, 10))
    # (2, 1, 10) times (2, 10, 1) gives (2, 1, 1)
    averages = tf.matmul(weights[:, None, :], values[:, :, None])
    return tf.matmul(first, second), averages


class NWKernelRegression(keras.Model):
    def __init__(self, w):
        super().__init__()
        # Keras trains its own variables; a tf.Variable would be passed over.
        start = keras.initializers.Constant(w)
        self.w = self.add_weight(shape=(1,), initializer=start, name="w")

    def call(self, queries, keys, values):
        self.attention_weights = attention_weights(queries, keys, self.w)
        rows = self.attention_weights[:, None, :]  # (n_queries, 1, n_keys)
        return tf.reshape(
            tf.matmul(rows, values[:, :, None]), (-1,)
        )  # (n_queries,)


def leave_one_out_pairs(x_train, y_train):
    n = len(x_train)
    others = ~tf.eye(n, dtype=tf.bool)  # (n, n)
    keys, values = (
        tf.reshape(
            tf.boolean_mask(tf.tile(column[None, :], (n, 1)), others),
            (n, n - 1),
        )
        for column in (x_train, y_train)
    )
    return keys, values  # (n, n − 1) each


def fit(model, x_train, y_train, lr=0.5, epochs=5):
    keys, values = leave_one_out_pairs(x_train, y_train)
    optimizer = keras.optimizers.SGD(learning_rate=lr)
    losses, inverse_bandwidths = [], []
    for epoch in range(epochs + 1):
        with tf.GradientTape() as tape:
            errors = model(x_train, keys, values) - y_train
            loss = tf.reduce_sum(errors**2)
        losses.append(float(loss))
        inverse_bandwidths.append(float(model.w[0]))
        if epoch < epochs:
            gradients = tape.gradient(loss, model.trainable_weights)
            optimizer.apply_gradients(
                zip(gradients, model.trainable_weights, strict=True)
            )
    return model, losses, inverse_bandwidths


def predict(model, queries, x_train, y_train):
    keys, values = (
        tf.repeat(column[None, :], len(queries), axis=0)
        for column in (x_train, y_train)
    )
    return model(queries, keys, values)  # (n_queries,)


def rmse(predicted, truth):
    return float(tf.sqrt(tf.reduce_mean((predicted - truth) ** 2)))


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
    trained, losses, inverse_bandwidths = fit(
        NWKernelRegression(w=0.5), x_train, y_train
    )
    for epoch, (loss, w) in enumerate(
        zip(losses, inverse_bandwidths, strict=True)
    ):
        print(f"epoch {epoch}   loss {loss:7.3f}   |w| {abs(w):7.3f}")
    print(
        "RMSE, trained:",
        rmse(predict(trained, x_test, x_train, y_train), y_test),
    )
