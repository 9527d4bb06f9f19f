"""Bias and variance of predictions over data sets."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, tensor

from nwcore import bias_variance, local_regression, make_regression

FLOATS = [torch.float32, torch.float64]
NAN, INF = float("nan"), float("inf")
PREDICTIONS = [[1.0, 4.0, -2.0], [3.0, 4.0, 0.0], [2.0, 4.0, 5.0], [6.0, 4.0, 9.0]]
TRUTH = [1.0, 6.5, 3.0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_by_hand(dtype: torch.dtype) -> None:
    parts = bias_variance(tensor(PREDICTIONS, dtype=dtype), tensor(TRUTH, dtype=dtype))
    assert parts.mean.tolist() == [3.0, 4.0, 3.0]
    assert parts.squared_bias.tolist() == [4.0, 6.25, 0.0]
    assert parts.variance.tolist() == [14 / 4, 0.0, 74 / 4]
    assert parts.error.tolist() == [7.5, 6.25, 18.5]
    assert parts.answered.tolist() == [4, 4, 4]
    assert {part.dtype for part in (parts.mean, parts.squared_bias, parts.variance)} == {dtype}


def test_the_parts_add_up_to_the_mean_squared_error() -> None:
    sets = [make_regression(30, seed=seed, dtype=torch.float64) for seed in range(11)]
    queries, truth = sets[0].x_test[:7], sets[0].y_test[:7]
    fits = torch.stack([local_regression(queries, d.x_train, d.y_train, w=3.0) for d in sets])
    parts = bias_variance(fits, truth)
    assert parts.error.shape == (7,)
    torch.testing.assert_close(parts.error, (fits - truth).square().mean(0))
    torch.testing.assert_close(parts.variance, fits.var(0, correction=0))


def test_what_is_missing_is_left_out_of_its_test_point_alone() -> None:
    predictions = tensor([[1.0, NAN, NAN], [3.0, 4.0, NAN], [NAN, 8.0, NAN]])
    parts = bias_variance(predictions, tensor([1.0, 3.0, 2.0]), missing="skip")
    assert parts.answered.tolist() == [2, 2, 0]
    assert parts.mean[:2].tolist() == [2.0, 6.0]
    assert parts.squared_bias[:2].tolist() == [1.0, 9.0]
    assert parts.variance[:2].tolist() == [1.0, 4.0]
    for part in (parts.mean, parts.squared_bias, parts.variance, parts.error):
        assert math.isnan(part[2])
    with pytest.raises(ValueError, match="predictions must be finite"):
        bias_variance(predictions, tensor([1.0, 3.0, 2.0]))


def test_numbers_of_the_size_of_their_dtype_are_computed_in_float64() -> None:
    parts = bias_variance(tensor([[4097.0], [4096.0]]), tensor([0.0]))
    assert parts.variance.tolist() == [0.25]


@pytest.mark.parametrize(
    ("predictions", "truth", "missing", "kind", "message"),
    [
        (PREDICTIONS, tensor(TRUTH), "error", TypeError, "predictions must be a torch.Tensor"),
        (PREDICTIONS, tensor(TRUTH), "skip", TypeError, "predictions must be a torch.Tensor"),
        (tensor(TRUTH), tensor(TRUTH), "error", ValueError, "predictions must have rank 2"),
        (tensor(PREDICTIONS), tensor([TRUTH]), "error", ValueError, "truth must have rank 1"),
        (tensor(PREDICTIONS), TRUTH, "error", TypeError, "truth must be a torch.Tensor"),
        (
            tensor(PREDICTIONS).int(),
            tensor(TRUTH),
            "skip",
            TypeError,
            "predictions must have dtype",
        ),
        (
            tensor(PREDICTIONS).double(),
            tensor(TRUTH),
            "error",
            TypeError,
            "must have the same dtype",
        ),
        (tensor(PREDICTIONS), tensor(TRUTH[:2]), "error", ValueError, r"got \(4, 3\) and \(2,\)"),
        (tensor([[INF]]), tensor([1.0]), "skip", ValueError, "predictions must be finite"),
        (tensor([[1.0]]), tensor([NAN]), "skip", ValueError, "truth must be finite"),
        (torch.empty(0, 3), tensor(TRUTH), "skip", ValueError, "predictions must not be empty"),
        (tensor([[1e30]]), tensor([1.0]), "error", ValueError, "must not be so large"),
        (tensor([[1e30], [-1e30]]), tensor([0.0]), "error", ValueError, "must not be so large"),
        (
            tensor(PREDICTIONS),
            tensor(TRUTH),
            "nan",
            ValueError,
            'missing must be "error" or "skip"',
        ),
        (
            tensor(PREDICTIONS).to_sparse(),
            tensor(TRUTH),
            "skip",
            TypeError,
            "predictions must be a dense tensor",
        ),
    ],
)
def test_bad_input_is_named(
    predictions: Any, truth: Tensor, missing: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        bias_variance(predictions, truth, missing=missing)
