"""MicroPython has no data classes: the names may be imported, and say so."""

from _nw import module_getattr as _module_getattr

__getattr__ = _module_getattr("dataclasses")
