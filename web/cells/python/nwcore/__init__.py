"""nwcore on the engine of the explorers: what the cells of the core chapters call."""

import _engine as _e
import torch as _torch
from _nw import call as _call
from _nw import lacking as _lacking
from _nw import module_getattr as _module_getattr
from nwcore.kernels import KERNELS
from nwcore.kernels import get_kernel as _get_kernel

_FLOATS = (_torch.float32, _torch.float64)


def _float_tensor(name, value, ndims=None):
    if not isinstance(value, _torch.Tensor):
        raise TypeError("%s must be a torch.Tensor, got %s" % (name, type(value).__name__))
    if value.dtype not in _FLOATS:
        raise TypeError("%s must have dtype torch.float32 or torch.float64, got %s" % (name, value.dtype))
    shape = tuple(value.shape)
    if ndims is not None and value.ndim not in ndims:
        allowed = " or ".join([str(n) for n in ndims])
        raise ValueError("%s must have rank %s, got shape %s" % (name, allowed, shape))
    if value.numel() == 0:
        raise ValueError("%s must not be empty, got shape %s" % (name, shape))
    if not bool(value.isfinite().all()):
        raise ValueError("%s must be finite, got NaN or infinity among its values" % name)
    return value


def _same(*named):
    (first, a), (second, b) = named
    if a.dtype is not b.dtype:
        raise TypeError(
            "%s and %s must have the same dtype, got %s %s, %s %s" % (first, second, first, a.dtype, second, b.dtype)
        )


def _same_shape(*named):
    (first, a), (second, b) = named
    if a.shape != b.shape:
        shapes = (first, second, first, tuple(a.shape), second, tuple(b.shape))
        raise ValueError("%s and %s must have the same shape, got %s %s, %s %s" % shapes)


def _integer(name, value, low, high=None):
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("%s must be an integer, got %r" % (name, value))
    if value < low or (high is not None and value > high):
        rule = "at least %d" % low if high is None else "between %d and %d" % (low, high)
        raise ValueError("%s must be %s, got %d" % (name, rule, value))
    return value


def _number(name, value, low=None, above=None, high=None):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("%s must be a real number, got %r" % (name, value))
    if not abs(value) < float("inf"):
        raise ValueError("%s must be finite, got %s" % (name, value))
    if low is not None and value < low:
        raise ValueError("%s must be at least %s, got %s" % (name, _e.repr(low).replace(".0", ""), value))
    if above is not None and not value > above:
        raise ValueError("%s must be above %s, got %s" % (name, above, value))
    if high is not None and value > high:
        raise ValueError("%s must be at most %s, got %s" % (name, high, value))
    return float(value)


def _as_w(w):
    """The engine's tensor of an inverse bandwidth."""
    if isinstance(w, _torch.Tensor):
        _float_tensor("w", w)
        if w.numel() != 1:
            raise _lacking("w of more than one number")
        return w._js
    return _call(_e.fixedW, _number("w", w))


def _vector_inputs(queries, keys):
    for name, value in (("queries", queries), ("keys", keys)):
        if isinstance(value, _torch.Tensor) and value.ndim > (1 if name == "queries" else 2):
            raise _lacking("attention to inputs with several coordinates")
    _float_tensor("queries", queries, (1,))
    _float_tensor("keys", keys, (1, 2))
    _same(("queries", queries), ("keys", keys))
    if keys.ndim == 2 and len(keys) != len(queries):
        raise ValueError(
            "keys of rank 2 must have one row a query, got %d rows for %d queries" % (len(keys), len(queries))
        )


def _options(mask, empty, method="auto"):
    if mask is not None:
        raise _lacking("mask=")
    if empty not in ("error", "nan"):
        raise ValueError('empty must be "error" or "nan", got %r' % (empty,))
    if method not in ("auto", "direct"):
        raise _lacking("method=%r" % (method,))


class _Record:
    """Named values that cannot be changed."""

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)
        self._names = tuple(values)

    def __repr__(self):
        inner = ", ".join(["%s=%r" % (name, getattr(self, name)) for name in self._names])
        return "%s(%s)" % (type(self).__name__, inner)


class RegressionData(_Record):
    pass


class FitHistory(_Record):
    pass


def true_function(x):
    _float_tensor("x", x)
    if bool((x < 0).any()):
        raise ValueError("x must be non-negative everywhere, got %s" % x.min().item())
    return _torch.Tensor(_call(_e.truth, x._js))


def make_regression(n_train=50, noise=0.5, seed=0, dtype=_torch.float32):
    _integer("n_train", n_train, 1)
    noise = _number("noise", noise, low=0.0)
    _integer("seed", seed, 0, 2**32 - 1)
    if dtype not in _FLOATS:
        raise TypeError("dtype must be torch.float32 or torch.float64, got %r" % (dtype,))
    drawn = _call(_e.regressionData, n_train, noise, float(seed), dtype._name)
    x, y, x_test, y_test = [_torch.Tensor(each) for each in drawn]
    if not bool(y.isfinite().all()):
        raise ValueError("noise must leave y_train finite in %s, got %s" % (dtype, noise))
    return RegressionData(x_train=x, y_train=y, x_test=x_test, y_test=y_test)


def rmse(predicted, truth):
    _float_tensor("predicted", predicted, (1,))
    _float_tensor("truth", truth, (1,))
    _same(("predicted", predicted), ("truth", truth))
    _same_shape(("predicted", predicted), ("truth", truth))
    return float(_call(_e.errorOf, predicted._js, truth._js))


def average_pooling(values, n_queries):
    _float_tensor("values", values, (1,))
    _integer("n_queries", n_queries, 1)
    return values.mean().expand(n_queries).clone()


def attention_weights(queries, keys, w=1.0, kernel="gaussian", mask=None, empty="error"):
    _options(mask, empty)
    _vector_inputs(queries, keys)
    _get_kernel(kernel)
    js = _call(_e.weighed, queries._js, keys._js, _as_w(w), kernel, empty == "nan")
    return _torch.Tensor(js)


def attention_pooling(
    queries, keys, values, w=1.0, kernel="gaussian", mask=None, empty="error", method="auto", progress=False
):
    _options(mask, empty, method)
    _vector_inputs(queries, keys)
    _float_tensor("values", values, (1, 2))
    if not (keys.ndim == 1 and values.ndim == 2 and len(values) == len(keys)):
        _same_shape(("keys", keys), ("values", values))
    _same(("keys", keys), ("values", values))
    _get_kernel(kernel)
    js = _call(_e.pooled, queries._js, keys._js, values._js, _as_w(w), kernel, empty == "nan")
    return _torch.Tensor(js)


def _training_pairs(x_train, y_train):
    both = isinstance(x_train, _torch.Tensor) and isinstance(y_train, _torch.Tensor)
    if both and _call(_e.arePairs, x_train._js, y_train._js):
        return
    if isinstance(x_train, _torch.Tensor) and x_train.ndim > 1:
        raise _lacking("training inputs with several coordinates")
    _float_tensor("x_train", x_train, (1,))
    _float_tensor("y_train", y_train, (1,))
    _same(("x_train", x_train), ("y_train", y_train))
    _same_shape(("x_train", x_train), ("y_train", y_train))
    if len(x_train) < 2:
        raise ValueError("x_train must hold at least 2 inputs to leave one out, got 1")


def leave_one_out_pairs(x_train, y_train):
    _training_pairs(x_train, y_train)
    n = len(x_train)
    others = _torch.eye(n) == 0
    return tuple([each.expand(n, n)[others].reshape(n, n - 1) for each in (x_train, y_train)])


def leave_one_out_loss(x_train, y_train, w, kernel="gaussian", mask=None, method="auto", progress=False):
    _options(mask, "error", method)
    _training_pairs(x_train, y_train)
    _get_kernel(kernel)
    return _torch.Tensor(_call(_e.leaveOneOutLoss, x_train._js, y_train._js, _as_w(w), kernel))


class NWKernelRegression(_torch.nn.Module):
    def __init__(self, w=None, seed=None, kernel="gaussian", keep_weights=True, dtype=_torch.float32):
        super().__init__()
        if dtype not in _FLOATS:
            raise TypeError("dtype must be torch.float32 or torch.float64, got %r" % (dtype,))
        if w is not None and seed is not None:
            raise ValueError("seed must be omitted when w is given, got seed=%s and w=%s" % (seed, w))
        _get_kernel(kernel)
        if isinstance(w, _torch.Tensor):
            start = _torch.Tensor(_as_w(w)).detach().to(dtype).reshape(1).clone()
        elif w is not None:
            start = _torch.tensor([_number("w", w)], dtype=dtype)
        elif seed is not None:
            _integer("seed", seed, 0, 2**32 - 1)
            start = _torch.Tensor(_call(_e.startingW, float(seed), dtype._name))
        else:
            start = _torch.rand(1, dtype=dtype)
        self.w = _torch.nn.Parameter(start)
        self.kernel = kernel
        self.keep_weights = keep_weights
        self.attention_weights = None

    def __repr__(self):
        return "NWKernelRegression(kernel=%r)" % self.kernel

    def forward(self, queries, keys, values, mask=None):
        if not self.keep_weights:
            return attention_pooling(queries, keys, values, self.w, self.kernel, mask=mask)
        weights = attention_weights(queries, keys, self.w, self.kernel, mask=mask)
        self.attention_weights = weights.detach()
        if values.ndim == keys.ndim == 2:
            _same_shape(("keys", keys), ("values", values))
            return _torch.bmm(weights.unsqueeze(1), values.unsqueeze(-1)).reshape(-1)
        return weights @ values


def fit(model, x_train, y_train, lr=0.5, epochs=5, on_epoch=None):
    if not isinstance(model, NWKernelRegression):
        raise TypeError("model must be an NWKernelRegression, got " + type(model).__name__)
    if model.kernel in ("boxcar", "constant"):
        raise ValueError("model.kernel must not be flat, got %r" % model.kernel)
    lr = _number("lr", lr, above=0.0)
    _integer("epochs", epochs, 1)
    _training_pairs(x_train, y_train)
    if model.w.dtype is not x_train.dtype:
        raise TypeError(
            "model and x_train must have the same dtype, got %s and %s" % (model.w.dtype, x_train.dtype)
        )
    x, y = x_train.detach(), y_train.detach()
    start = model.w.item()
    losses, history = [], []
    for epoch in range(epochs + 1):
        w = float(_call(_e.item, model.w._js))
        if not abs(w) < float("inf"):
            with _torch.no_grad():
                model.w.fill_(start)
            raise FloatingPointError(
                "training diverged in epoch %d of %d with lr=%s: w = %s has no finite loss; use a "
                "smaller lr (w was put back to %s)" % (epoch, epochs, lr, w, start)
            )
        before = _e.gradients(True)
        loss = _call(_e.leaveOneOutLoss, x._js, y._js, model.w._js, model.kernel)
        _e.gradients(before)
        losses.append(float(_call(_e.item, loss)))
        history.append(w)
        if on_epoch is not None:
            on_epoch(epoch, losses[-1], w)
        if epoch < epochs:
            _call(_e.descend, model.w._js, loss, lr)
    return FitHistory(losses=tuple(losses), w=tuple(history))


__getattr__ = _module_getattr("nwcore")
