"""How far a prediction is from the truth."""

from torch import Tensor

from nwcore._checks import check_float_tensor, check_same_dtype, check_same_shape


def rmse(predicted: Tensor, truth: Tensor) -> float:
    """Root mean squared error, in units of y.

    Parameters
    ----------
    predicted, truth : Tensor, shape (n,)
        Same shape and dtype.

    Raises
    ------
    TypeError, ValueError
        If the tensors are not finite float vectors of one shape and dtype.
    """
    check_float_tensor("predicted", predicted, ndims=(1,))
    check_float_tensor("truth", truth, ndims=(1,))
    check_same_dtype(predicted=predicted, truth=truth)
    check_same_shape(predicted=predicted, truth=truth)
    errors = (predicted - truth).detach().double()
    largest = errors.abs().max()
    if largest == 0:
        return 0.0
    # Relative to the largest, so that squaring neither overflows nor underflows.
    return float(largest * (errors / largest).square().mean().sqrt())
