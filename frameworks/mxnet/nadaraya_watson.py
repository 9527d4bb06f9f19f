"""Nadaraya–Watson kernel regression in MXNet: the steps and names of `nwcore`.

    python nadaraya_watson.py ../data.csv

Queries index rows, keys index columns: weights are (n_queries, n_keys).
MXNet was retired in 2023.
"""

import sys

import numpy

# MXNet 1.9 asks for names that NumPy deprecated in 1.20 and removed in 1.24.
for name, kind in {
    "bool": bool,
    "int": int,
    "float": float,
    "object": object,
}.items():
    setattr(numpy, name, kind)

from mxnet import autograd, gluon, init, np, npx  # noqa: E402

npx.set_np()


def as_tensors(*arrays):
    return [np.array(array, dtype="float32") for array in arrays]


def average_pooling(values, n_queries):
    return np.repeat(values.mean(), n_queries)  # (n_queries,)


def attention_weights(queries, keys, w=1.0):
    scores = (
        -(((np.expand_dims(queries, 1) - keys) * w) ** 2) / 2
    )  # (n_queries, n_keys)
    return npx.softmax(scores, axis=1)


def attention_pooling(queries, keys, values, w=1.0):
    weights = attention_weights(queries, keys, w)  # (n_queries, n_keys)
    return np.dot(weights, values)  # (n_queries,)


def batch_products():
    first = np.ones((2, 1, 4))
    second = np.ones((2, 4, 6))
    weights = np.ones((2, 10)) * 0.1
    values = np.arange(20.0).reshape((2, 10))
    # (2, 1, 10) times (2, 10, 1) gives (2, 1, 1)
    averages = npx.batch_dot(
        np.expand_dims(weights, 1), np.expand_dims(values, -1)
    )
    return npx.batch_dot(first, second), averages


class NWKernelRegression(gluon.nn.Block):
    def __init__(self, w):
        super().__init__()
        self.w = self.params.get("w", shape=(1,))
        # By default w would start within 0.07 of zero: next to no gradient.
        self.initialize(init.Constant(w))

    def forward(self, queries, keys, values):
        self.attention_weights = attention_weights(queries, keys, self.w.data())
        rows = np.expand_dims(
            self.attention_weights, 1
        )  # (n_queries, 1, n_keys)
        return npx.batch_dot(rows, np.expand_dims(values, -1)).reshape(
            -1
        )  # (n_queries,)


def leave_one_out_pairs(x_train, y_train):
    n = len(x_train)
    others = (1 - np.eye(n)).astype("bool")  # (n, n)
    keys, values = (
        np.tile(column, (n, 1))[others].reshape((n, n - 1))
        for column in (x_train, y_train)
    )
    return keys, values  # (n, n − 1) each


def fit(model, x_train, y_train, lr=0.5, epochs=5):
    keys, values = leave_one_out_pairs(x_train, y_train)
    half_square = gluon.loss.L2Loss()  # ½(ŷ − y)², one for each example
    # Half the loss, half the gradient: equal steps need twice the rate.
    trainer = gluon.Trainer(
        model.collect_params(), "sgd", {"learning_rate": 2 * lr}
    )
    losses, inverse_bandwidths = [], []
    for epoch in range(epochs + 1):
        with autograd.record():
            loss = half_square(model(x_train, keys, values), y_train).sum()
        losses.append(2 * float(loss))
        inverse_bandwidths.append(float(model.w.data()[0]))
        if epoch < epochs:
            loss.backward()
            trainer.step(batch_size=1)
    return model, losses, inverse_bandwidths


def predict(model, queries, x_train, y_train):
    keys, values = (
        np.tile(column, (len(queries), 1)) for column in (x_train, y_train)
    )
    return model(queries, keys, values)  # (n_queries,)


def rmse(predicted, truth):
    return float(np.sqrt(((predicted - truth) ** 2).mean()))


if __name__ == "__main__":
    columns = numpy.loadtxt(sys.argv[1], delimiter=",", skiprows=1, unpack=True)
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
