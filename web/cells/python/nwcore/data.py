"""What of nwcore.data the stand-in has: nwcore itself offers the same."""

from _nw import module_getattr as _module_getattr
from nwcore import RegressionData, make_regression, true_function

__getattr__ = _module_getattr("nwcore.data")
