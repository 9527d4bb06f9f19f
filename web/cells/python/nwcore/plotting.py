"""Pictures: the page draws them with the explorers' pen, from the numbers that are handed over."""

import json as _json

import _host as _host
from _nw import module_getattr as _module_getattr
from nwcore import _float_tensor, _integer, _same, _same_shape
from nwcore import rmse as _rmse
from nwcore.words import number as _write
from nwcore.words import word as _word


class Picture:
    """What the page draws, and what it shows in words."""

    def __init__(self, kind, alt, numbers, **more):
        self.alt = alt
        self._kind = kind
        self._numbers = numbers
        self._more = more

    def _json(self, again=False):
        parts = ['"%s":%s' % (name, _host.numbers(each._js)) for name, each in self._numbers.items()]
        told = dict(self._more)
        told["alt"], told["words"] = self.alt, self._words()
        return '{"kind":%s,"numbers":{%s},"more":%s}' % (
            _json.dumps(self._kind),
            ",".join(parts),
            _json.dumps(told),
        )

    def _words(self):
        keys = (
            "x y weight loss minimum truth prediction queries keys queries_plain keys_plain epoch w steps"
        ).split()
        found = {key: _word(key) for key in keys}
        found["decimal"] = _write(0.5, 1)[1]
        return found

    def _show_(self, again=""):
        _host.show("picture", again, self._json())

    def __repr__(self):
        return "<Picture: " + self.alt + ">"


def plot_regression(data, predicted=None, title=""):
    numbers = {"x_train": data.x_train, "y_train": data.y_train, "x_test": data.x_test, "y_test": data.y_test}
    prediction = error = ""
    if predicted is not None:
        _float_tensor("predicted", predicted, (1,))
        _same_shape(("predicted", predicted), ("y_test", data.y_test))
        _same(("predicted", predicted), ("y_test", data.y_test))
        numbers["predicted"] = predicted.detach()
        prediction = _word("regression_alt_prediction")
        value = _write(_rmse(predicted.detach(), data.y_test), 3)
        error = _word("regression_alt_error").replace("{rmse}", value)
    alt = _word("regression_alt").replace("{prediction}", prediction)
    alt = alt.replace("{n_train}", str(len(data.x_train))).replace("{error}", error)
    return Picture("regression", alt, numbers, title=title)


def show_heatmaps(weights, queries=None, keys=None, titles=(), plain=False):
    from torch import Tensor

    panels = [weights] if isinstance(weights, Tensor) else list(weights)
    if not panels:
        raise ValueError("weights must hold at least one matrix, got none")
    if titles and len(titles) != len(panels):
        raise ValueError("titles must be %d, one a panel, got %d" % (len(panels), len(titles)))
    for panel in panels:
        _float_tensor("weights", panel, (2,))
        _same_shape(("weights[0]", panels[0]), ("every other panel", panel))
    numbers = {}
    for i, panel in enumerate(panels):
        numbers["panel%d" % i] = panel.detach()
    for name, inputs, axis in (("queries", queries, 0), ("keys", keys, 1)):
        if inputs is None:
            continue
        _float_tensor(name, inputs, (1,))
        if bool((inputs.diff() < 0).any()):
            raise ValueError(name + " must be in ascending order")
        if len(inputs) != panels[0].shape[axis]:
            raise ValueError(
                "%s must have shape (%d,), got %s" % (name, panels[0].shape[axis], tuple(inputs.shape))
            )
        numbers[name] = inputs.detach()
    largest = max([panel.max().item() for panel in panels])
    if largest <= 0:
        raise ValueError("weights must hold a positive weight, got at most %s" % largest)
    n_queries, n_keys = panels[0].shape
    alt = _word("heatmap_alt").replace("{n_queries}", str(n_queries)).replace("{n_keys}", str(n_keys))
    alt = alt.replace("{title}", " (" + ", ".join(titles) + ")" if titles else "")
    alt = alt.replace("{largest}", _write(largest, 3))
    shape = {"rows": n_queries, "columns": n_keys, "panels": len(panels), "largest": largest}
    return Picture("heatmaps", alt, numbers, titles=list(titles), plain=plain, shape=shape)


def plot_loss_over_w(w, losses, steps=(), title=""):
    _float_tensor("w", w, (1,))
    _float_tensor("losses", losses, (1,))
    _same_shape(("w", w), ("losses", losses))
    if bool((w <= 0).any()):
        raise ValueError("w must be positive everywhere, got %s" % w.min().item())
    if bool((w.diff() <= 0).any()):
        raise ValueError("w must ascend, got a value not above the one before")
    walked = ""
    if steps:
        walked = _word("landscape_alt_steps").replace("{w_first}", _write(abs(steps[0][0]), 2))
        walked = walked.replace("{w_last}", _write(abs(steps[-1][0]), 2)).replace("{n}", str(len(steps) - 1))
    lowest = losses.argmin().item()
    alt = _word("landscape_alt").replace("{w_min}", _write(w[lowest].item(), 2)).replace("{steps}", walked)
    path = [[float(a), float(b)] for a, b in steps]
    return Picture("landscape", alt, {"w": w.detach(), "losses": losses.detach()}, steps=path, title=title)


class LossCurve:
    """Draws the loss while training runs: each call draws one picture again."""

    _count = 0

    def __init__(self, epochs):
        self.epochs = _integer("epochs", epochs, 1)
        self.points = []
        LossCurve._count += 1
        self._id = "curve%d" % LossCurve._count

    def __call__(self, epoch, loss, w):
        self.points.append((epoch, loss))
        self.picture()._show_(self._id)

    def picture(self):
        if not self.points:
            raise ValueError("LossCurve has no points yet: call it once an epoch first")
        first, last = self.points[0], self.points[-1]
        alt = _word("loss_alt" if len(self.points) > 1 else "loss_alt_start")
        alt = alt.replace("{last}", str(last[0])).replace("{first_loss}", _write(first[1], 2))
        alt = alt.replace("{last_loss}", _write(last[1], 2))
        points = [[a, b] for a, b in self.points]
        return Picture("curve", alt, {}, points=points, epochs=self.epochs)


__getattr__ = _module_getattr("nwcore.plotting")
