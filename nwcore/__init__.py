"""Attention as Nadaraya–Watson kernel regression: every computation of the book.

Import what you need from here; `nwcore.plotting` and `nwcore.explorers`, which need a screen, are
imported by name.
"""

from nwcore.bandwidth import (
    BandwidthSearch,
    LeaveOneOutCurve,
    find_bandwidth,
    leave_one_out_curve,
    scott_bandwidth,
    silverman_bandwidth,
)
from nwcore.data import RegressionData, make_regression, true_function
from nwcore.kernels import KERNELS
from nwcore.metrics import rmse
from nwcore.model import NWKernelRegression
from nwcore.pooling import (
    attention_pooling,
    attention_weights,
    average_pooling,
    leave_one_out_loss,
    leave_one_out_pairs,
)
from nwcore.training import FitHistory, fit

__all__ = [
    "KERNELS",
    "BandwidthSearch",
    "FitHistory",
    "LeaveOneOutCurve",
    "NWKernelRegression",
    "RegressionData",
    "attention_pooling",
    "attention_weights",
    "average_pooling",
    "find_bandwidth",
    "fit",
    "leave_one_out_curve",
    "leave_one_out_loss",
    "leave_one_out_pairs",
    "make_regression",
    "rmse",
    "scott_bandwidth",
    "silverman_bandwidth",
    "true_function",
]
