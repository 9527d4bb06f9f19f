"""Attention as Nadaraya–Watson kernel regression: every computation of the book.

Import what you need from here. It takes torch, NumPy and SciPy; pictures and explorers,
`nwcore.plotting` and `nwcore.explorers`, are imported by name and take more:
``pip install "nwcore[book]"``.
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

__version__ = "0.1.0"

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
