"""Gradients of one number by chosen tensors."""

import _engine as _e
from _nw import call as _call
from _nw import module_getattr as _module_getattr


def grad(outputs, inputs, retain_graph=False):
    from torch import Tensor

    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    found = _call(_e.gradient, outputs._js, retain_graph, *[each._js for each in wanted])
    return tuple([Tensor(each) for each in found])


__getattr__ = _module_getattr("torch.autograd")
