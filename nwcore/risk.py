"""What a prediction is wrong by on average over data sets: its bias, and its variance."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nwcore._checks import check_choice, check_float_tensor, check_same_dtype

Missing = Literal["error", "skip"]


@dataclass(frozen=True)
class BiasVariance:
    """How the predictions for q test points scatter over data sets, and what about.

    A test point without any prediction has NaN everywhere, and 0 in `answered`.

    Attributes
    ----------
    mean : Tensor, shape (q,)
        Of the predictions.
    squared_bias : Tensor, shape (q,)
        Square of the difference of `mean` from the truth.
    variance : Tensor, shape (q,)
        Mean square of the predictions' differences from `mean`.
    answered : Tensor, shape (q,), int64
        Number of data sets that have a prediction.
    """

    mean: Tensor
    squared_bias: Tensor
    variance: Tensor
    answered: Tensor

    @property
    def error(self) -> Tensor:
        """Mean squared difference from the truth, shape (q,): bias² and variance together."""
        return self.squared_bias + self.variance


def bias_variance(
    predictions: Tensor, truth: Tensor, *, missing: Missing = "error"
) -> BiasVariance:
    """Split the mean squared error over data sets into bias² and variance.

    For each test point, mean (f̂ − f)² = (mean f̂ − f)² + mean (f̂ − mean f̂)², where means are over
    the data sets at hand. The first part of many is what all data sets have in common; with few, it
    holds 1/m of the variance, too.

    Parameters
    ----------
    predictions : Tensor, shape (m, q)
        Of m data sets for q test points.
    truth : Tensor, shape (q,)
        Noise-free values at the test points.
    missing : {"error", "skip"}
        What a prediction NaN is, such as that of a kernel without a key in reach: an error, or left
        out of the means of its test point.

    Returns
    -------
    BiasVariance
        Of the dtype of `predictions`, computed in float64.

    Raises
    ------
    TypeError
        If an argument is no tensor of float32 or float64, or the dtypes differ.
    ValueError
        If an argument is empty or of the wrong shape; if a number is not finite, but for what
        `missing` allows; if a square leaves the range of floats.

    References
    ----------
    Geman, Bienenstock and Doursat (1992), "Neural networks and the bias/variance dilemma".

    Examples
    --------
    >>> parts = bias_variance(torch.tensor([[1.0, 4.0], [3.0, 4.0]]), torch.tensor([1.0, 5.0]))
    >>> parts.squared_bias, parts.variance
    (tensor([1., 1.]), tensor([1., 0.]))
    """
    check_choice("missing", missing, ("error", "skip"))
    lacking = _lacking(predictions) if missing == "skip" else None
    known = predictions if lacking is None else predictions.masked_fill(lacking, 0)
    check_float_tensor("predictions", known, ndims=(2,))
    check_float_tensor("truth", truth, ndims=(1,))
    check_same_dtype(predictions=predictions, truth=truth)
    if predictions.shape[1] != len(truth):
        raise ValueError(
            "predictions must have a column for each value of truth, got "
            f"{tuple(predictions.shape)} and {tuple(truth.shape)}"
        )
    there = torch.ones_like(known, dtype=torch.bool) if lacking is None else ~lacking  # (m, q)
    answered = there.sum(0)
    values = known.double()
    mean = values.sum(0) / answered  # 0/0 where nobody answers
    scatter = (values - mean).square().masked_fill(~there, 0)
    variance = scatter.sum(0) / answered
    squared_bias = (mean - truth.double()).square()
    dtype = predictions.dtype
    parts = (mean.to(dtype), squared_bias.to(dtype), variance.to(dtype))
    if not all(bool(torch.isfinite(each[answered > 0]).all()) for each in parts):
        raise ValueError(
            "predictions and truth must not be so large that their squares leave the range of "
            f"{dtype}"
        )
    return BiasVariance(*parts, answered)


def _lacking(predictions: Tensor) -> Tensor | None:
    """Which predictions are NaN; what is no dense tensor is refused with the rest."""
    dense = isinstance(predictions, Tensor) and predictions.layout is torch.strided
    return torch.isnan(predictions) if dense else None
