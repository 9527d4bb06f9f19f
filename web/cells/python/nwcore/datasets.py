"""Measured data: none of them is in the page."""

from _nw import module_getattr as _module_getattr

__getattr__ = _module_getattr("nwcore.datasets")
