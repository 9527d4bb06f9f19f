"""Attention as Nadaraya–Watson kernel regression: every computation of the book.

Import what you need from here. It takes torch, NumPy and SciPy; pictures and explorers,
`nwcore.plotting` and `nwcore.explorers`, are imported by name and take more:
``pip install "nwcore[book]"``.
"""

from nwcore.accuracy import Risk, asymptotic_risk, leave_one_out_losses, measure_risk
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
from nwcore.local import (
    effective_weights,
    local_leave_one_out,
    local_leave_one_out_loss,
    local_regression,
)
from nwcore.metric import MetricHistory, SingleIndexData, learn_metric, make_single_index
from nwcore.metrics import rmse
from nwcore.model import NWKernelRegression
from nwcore.neighbours import adaptive_pooling, adaptive_weights, nearest_neighbour_w
from nwcore.pooling import (
    attention_pooling,
    attention_weights,
    average_pooling,
    leave_one_out_loss,
    leave_one_out_pairs,
    leave_one_out_step,
)
from nwcore.risk import BiasVariance, bias_variance
from nwcore.smoother import (
    ConfidenceBand,
    Smooth,
    aicc,
    confidence_band,
    find_bandwidth_by,
    gcv,
    k_fold_loss,
    noise_from_differences,
    plug_in_bandwidth,
    smooth,
    smoother_matrix,
)
from nwcore.tasks import (
    Tasks,
    best_w,
    bootstrap_best_w,
    context_losses,
    learn_over_tasks,
    make_tasks,
    theoretical_w,
)
from nwcore.training import FitHistory, fit

__version__ = "0.1.0"

__all__ = [
    "KERNELS",
    "BandwidthSearch",
    "BiasVariance",
    "ConfidenceBand",
    "FitHistory",
    "LeaveOneOutCurve",
    "MetricHistory",
    "NWKernelRegression",
    "RegressionData",
    "Risk",
    "SingleIndexData",
    "Smooth",
    "Tasks",
    "adaptive_pooling",
    "adaptive_weights",
    "aicc",
    "asymptotic_risk",
    "attention_pooling",
    "attention_weights",
    "average_pooling",
    "best_w",
    "bias_variance",
    "bootstrap_best_w",
    "confidence_band",
    "context_losses",
    "effective_weights",
    "find_bandwidth",
    "find_bandwidth_by",
    "fit",
    "gcv",
    "k_fold_loss",
    "learn_metric",
    "learn_over_tasks",
    "leave_one_out_curve",
    "leave_one_out_loss",
    "leave_one_out_losses",
    "leave_one_out_pairs",
    "leave_one_out_step",
    "local_leave_one_out",
    "local_leave_one_out_loss",
    "local_regression",
    "make_regression",
    "make_single_index",
    "make_tasks",
    "measure_risk",
    "nearest_neighbour_w",
    "noise_from_differences",
    "plug_in_bandwidth",
    "rmse",
    "scott_bandwidth",
    "silverman_bandwidth",
    "smooth",
    "smoother_matrix",
    "theoretical_w",
    "true_function",
]
