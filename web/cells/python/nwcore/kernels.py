"""Kernels K(u), computed by the engine of the explorers."""

import _engine as _e
from _nw import call as _call
from _nw import module_getattr as _module_getattr


class Kernel:
    def __init__(self, name):
        self.name = name

    def __call__(self, u):
        from nwcore import _float_tensor
        from torch import Tensor

        return Tensor(_call(_e.kernelValue, self.name, _float_tensor("u", u)._js))

    def __repr__(self):
        return "Kernel(%r)" % self.name


gaussian = Kernel("gaussian")
boxcar = Kernel("boxcar")
triangular = Kernel("triangular")
epanechnikov = Kernel("epanechnikov")
constant = Kernel("constant")
KERNELS = {each.name: each for each in (gaussian, boxcar, triangular, epanechnikov, constant)}


def get_kernel(name):
    if name not in KERNELS:
        raise ValueError("kernel must be one of %s, got %r" % (", ".join(KERNELS), name))
    return KERNELS[name]


__getattr__ = _module_getattr("nwcore.kernels")
