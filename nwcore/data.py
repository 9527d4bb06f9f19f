"""The regression problem of the book: a known curve, observed at random places with noise."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nwcore import draws, portable
from nwcore._checks import FLOAT_DTYPES, check_float_tensor, check_integer, check_number

X_MAX = 5.0
N_TEST = 50
_INPUT_STREAM, _NOISE_STREAM = 0, 1


@dataclass(frozen=True)
class RegressionData:
    """Training pairs and noise-free test pairs.

    Attributes
    ----------
    x_train, y_train : Tensor, shape (n_train,)
        Inputs in ascending order and their noisy outputs.
    x_test, y_test : Tensor, shape (50,)
        Inputs 0, 0.1, …, 4.9 and the noise-free truth there.
    """

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor


def true_function(x: Tensor) -> Tensor:
    """Evaluate the curve to be learned, f(x) = 2 sin(x) + x^0.8.

    Every platform gives the same bits below x = 2**19 · π/2, far beyond the data of the book.

    Parameters
    ----------
    x : Tensor, any shape, float32 or float64
        Inputs, none negative (x^0.8 is not real there).

    Returns
    -------
    Tensor, same shape and dtype as `x`
        Computed in float64 and rounded last. Gradients flow to `x`; f'(0) is infinite.

    Raises
    ------
    TypeError
        If `x` is no tensor of float32 or float64.
    ValueError
        If `x` is empty, not finite or somewhere negative.

    Examples
    --------
    >>> true_function(torch.tensor([0.0, 1.0]))
    tensor([0.0000, 2.6829])
    """
    check_float_tensor("x", x)
    if bool((x < 0).any()):
        raise ValueError(f"x must be non-negative everywhere, got {float(x.min())}")
    inputs = x.detach().double().cpu().numpy()
    outputs = 2.0 * portable.sin(inputs) + portable.power_four_fifths(inputs)
    differentiable = 2 * torch.sin(x) + x**0.8
    # The second summand is 0: it lends its derivatives to a value that autograd cannot follow.
    return torch.as_tensor(np.asarray(outputs)).to(x) + (differentiable - differentiable.detach())


def make_regression(
    n_train: int = 50,
    noise: float = 0.5,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
) -> RegressionData:
    """Draw a training set y = f(x) + ε with x uniform on [0, 5) and ε ~ N(0, noise²).

    One seed stands for one endless list of points. `n_train` takes the first of them, and `noise`
    scales the same deviations: changing either moves a picture without reshuffling it.

    Parameters
    ----------
    n_train : int
        Number of training pairs, at least 1.
    noise : float
        Standard deviation of the noise, in units of y, at least 0.
    seed : int
        In [0, 2**32).
    dtype : torch.dtype
        torch.float32 or torch.float64. Points are drawn in float64 and rounded last.

    Returns
    -------
    RegressionData

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> data = make_regression(n_train=7, noise=0.0)
    >>> data.x_train.shape, data.x_test.shape
    (torch.Size([7]), torch.Size([50]))
    """
    n_train = check_integer("n_train", n_train, low=1)
    noise = check_number("noise", noise, low=0.0)
    seed = check_integer("seed", seed, low=0, high=draws.MAX_SEED)
    if dtype not in FLOAT_DTYPES:
        raise TypeError(f"dtype must be torch.float32 or torch.float64, got {dtype!r}")
    deviation = torch.from_numpy(draws.normal(seed, _NOISE_STREAM, n_train))
    x_train, order = torch.sort(_inputs(n_train, seed), stable=True)
    y_train = (true_function(x_train) + noise * deviation[order]).to(dtype)
    if not bool(torch.isfinite(y_train).all()):
        raise ValueError(f"noise must leave y_train finite in {dtype}, got {noise:g}")
    x_test = torch.arange(N_TEST, dtype=torch.float64) / 10
    return RegressionData(
        x_train=x_train.to(dtype),
        y_train=y_train,
        x_test=x_test.to(dtype),
        y_test=true_function(x_test).to(dtype),
    )


def draw_order(n_train: int, seed: int) -> Tensor:
    """Tell which draw each training point of `make_regression` is: an integer tensor (n_train,)."""
    n_train = check_integer("n_train", n_train, low=1)
    return torch.sort(_inputs(n_train, seed), stable=True).indices


def _inputs(n_train: int, seed: int) -> Tensor:
    """Draw training inputs, in the order of drawing."""
    return torch.from_numpy(X_MAX * draws.uniform(seed, _INPUT_STREAM, n_train))
