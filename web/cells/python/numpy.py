"""The few functions of NumPy that cells use on lists of numbers."""

import torch as _torch
from _nw import module_getattr as _module_getattr

pi = 3.141592653589793


class ndarray(_torch.Tensor):
    """An array: a tensor that answers by NumPy's rules where those differ."""

    def __repr__(self):
        return "array(" + str(self.tolist()) + ")"

    def mean(self):
        return self.double_().mean().item()

    def double_(self):
        return _torch.Tensor(self._js).to(_torch.float64)


def _wrap(result):
    return ndarray(result._js)


def _operator(name):
    inner = getattr(_torch.Tensor, name)
    return lambda self, other: _wrap(inner(self, other))


for _name in (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __pow__ "
    "__lt__ __le__ __gt__ __ge__ __eq__ __ne__ __and__ __or__"
).split():
    setattr(ndarray, _name, _operator(_name))
for _name in ("__abs__", "__neg__", "__invert__"):
    _inner = getattr(_torch.Tensor, _name)
    setattr(ndarray, _name, (lambda inner: lambda self: _wrap(inner(self)))(_inner))


def array(values):
    return _wrap(_torch.tensor(list(values), dtype=_double_if_float(values)))


asarray = array


def _double_if_float(values):
    flat = []
    _torch._flatten(list(values), flat)
    return _torch.float64 if any(isinstance(each, float) for each in flat) else None


def mean(values):
    return array(values).mean()


def median(values):
    ordered = array(values).double_().sort().values.tolist()
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


__getattr__ = _module_getattr("numpy")
