"""Root mean squared error."""

import pytest
import torch

from nwcore import rmse

FLOATS = [torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("predicted", "truth", "expected"),
    [
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0),
        ([0.0, 0.0], [1.0, -7.0], 5.0),  # √((1 + 49) / 2)
        ([2.0, 4.0, 6.0], [1.0, 2.0, 4.0], 3**0.5),  # √((1 + 4 + 4) / 3)
        ([-3.0], [4.0], 7.0),
    ],
)
def test_by_hand(
    predicted: list[float], truth: list[float], expected: float, dtype: torch.dtype
) -> None:
    result = rmse(torch.tensor(predicted, dtype=dtype), torch.tensor(truth, dtype=dtype))
    assert isinstance(result, float)
    assert result == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_error_of_any_finite_size_neither_overflows_nor_vanishes(size: float) -> None:
    result = rmse(torch.tensor([size, size, size]), torch.zeros(3))
    assert result == pytest.approx(size, rel=1e-6, abs=0)
