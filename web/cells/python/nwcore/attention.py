"""The chapter on attention proper is beyond the stand-in: its names may be imported, and say so."""

from _nw import module_getattr as _module_getattr

__getattr__ = _module_getattr("nwcore.attention")
