"""Local regression: a constant, a line or a parabola about each query, fitted by kernel weights.

Attention pooling is the local constant. A line takes the slope of the data out of the average: at
the ends of the data, and where keys lie more densely on one side, it does not lean to that side.
Its effective weights still sum to 1, but some may be negative.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from nwcore._checks import (
    check_choice,
    check_flag,
    check_float_tensor,
    check_inputs,
    check_integer,
    check_loss,
    check_training_pairs,
    check_values,
    check_w,
    is_transformed,
)
from nwcore.kernels import get_kernel
from nwcore.methods import linear, local, nodes, numeric
from nwcore.methods.answers import Answers
from nwcore.methods.blocks import LARGEST_BLOCK
from nwcore.methods.direct import FEW_PAIRS
from nwcore.methods.local import LocalFits
from nwcore.methods.numeric import NumericProblem, without_autograd
from nwcore.methods.problem import Problem, lowering_factors, pose

Few = Literal["error", "lower", "nan"]
LocalMethod = Literal["auto", "windowed", "linear"]

METHODS: tuple[LocalMethod, ...] = ("auto", "windowed", "linear")
DEGREES = (0, 1, 2)
_SHAPES = ("constant", "line", "parabola")
# Products of four differences of inputs are safe in float64 while their range is 2 to this power.
_PLAIN_EXPONENT = 100
_LARGEST_W = 1e300


def local_regression(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float | Tensor = 1.0,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    few: Few = "error",
    method: LocalMethod = "auto",
    progress: bool = False,
) -> Tensor:
    """Predict by the value at each query of the polynomial that fits its neighbours best.

    f(x) = p(x), where p of the given degree has the least Σᵢ K((x − xᵢ)w) (yᵢ − p(xᵢ))². Degree 0
    is `attention_pooling`. A polynomial of the degree is reproduced: to 1e-12 of Σᵢ |lᵢ yᵢ|, where
    lᵢ are the `effective_weights`, as is the exact solution of any other values.

    A Gaussian query far from all keys follows the line through the nearest two, the parabola
    through the nearest three: such an extrapolation is exact, and seldom wise.

    Parameters
    ----------
    queries : Tensor, shape (q,)
    keys : Tensor, shape (k,)
    values : Tensor, shape (k,) or (k, c)
    w : float or Tensor
        Inverse bandwidth, w = 1/h, in units of 1/x. Gradients flow to a tensor.
    degree : {0, 1, 2}
        Of the polynomials: local constant, linear, quadratic.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    few : {"error", "lower", "nan"}
        What a query gets when fewer than degree + 1 different keys are in reach, which leave the
        polynomial open (R's locpoly then divides by 0): an error; the polynomial of the highest
        degree that they determine; NaN. Without any key "lower" is an error, too.
    method : {"auto", "windowed", "linear"}
        - "windowed" sums the pairs in reach, in time of those.
        - "linear" takes the Gaussian kernel and those with a polynomial, in time q + k.
        - "auto" is "windowed" for few pairs, else "linear" if that can take the kernel.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Tensor, shape (q,), or (q, c) for values with columns
        Computed in float64 and rounded last.

    Raises
    ------
    TypeError
        If a tensor is not float32 or float64, or dtypes differ.
    ValueError
        If an argument is empty, of the wrong rank or shape, or not finite; if the kernel, degree
        or method is unknown; if a query has too few keys and `few` says so; if queries, keys or
        values want a gradient; if a prediction leaves the range of floats.

    References
    ----------
    Cleveland (1979), "Robust locally weighted regression and smoothing scatterplots"; Fan and
    Gijbels (1996), "Local Polynomial Modelling and Its Applications".

    Examples
    --------
    >>> keys = torch.tensor([0.0, 1.0, 2.0, 4.0])
    >>> local_regression(torch.tensor([0.0, 3.0, 9.0]), keys, 1 + 2 * keys, w=1.0)
    tensor([ 1.,  7., 19.])
    """
    problem = _pose(queries, keys, values, w, degree, kernel)
    predictions, places = _predict(problem, degree, method, progress)
    predictions = _settle(predictions, places, degree, few, "queries", queries, w, kernel)
    return (predictions[:, 0] if values.ndim == 1 else predictions).to(queries.dtype)


def effective_weights(
    queries: Tensor,
    keys: Tensor,
    w: float | Tensor = 1.0,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    few: Few = "error",
) -> Tensor:
    """What each value weighs in each local fit: f(x) = Σᵢ lᵢ(x) yᵢ.

    For degree 0 they are the `attention_weights`.

    Parameters
    ----------
    queries, keys, w, degree, kernel, few
        As for `local_regression`. Gradients flow to `w`.

    Returns
    -------
    Tensor, shape (q, k)
        Every row sums to 1. Some may be negative for degree 1, and are for degree 2.

    Raises
    ------
    TypeError, ValueError
        As for `local_regression`.

    References
    ----------
    Hastie and Loader (1993), "Local regression: automatic kernel carpentry".

    Examples
    --------
    >>> keys = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)
    >>> effective_weights(keys[:1], keys, w=0.0).round(decimals=4)
    tensor([[ 0.8333,  0.3333, -0.1667]], dtype=torch.float64)
    """
    problem = _pose(queries, keys, keys, w, degree, kernel)
    _check_gradients(problem)
    counts = torch.ones(1, len(keys), dtype=torch.float64)
    blocks, places = [], []
    for part in torch.split(problem.queries[:, None], max(1, LARGEST_BLOCK // (8 * len(keys)))):
        nearest = problem.keys[(part - problem.keys).abs().argmin(-1, keepdim=True)]
        pairs = nodes.Pairs(part, problem.keys, counts.expand(len(part), -1), nearest)
        fit = nodes.fit_nodes(pairs, problem.w, problem.kernel, degree)
        blocks.append(fit.weights)
        places.append(fit.places)
    weights, found = torch.cat(blocks), torch.cat(places)
    weights = _settle(weights, found, degree, few, "queries", queries, w, kernel)
    return weights.to(queries.dtype)


def local_leave_one_out(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    few: Few = "error",
    method: LocalMethod = "auto",
    progress: bool = False,
) -> Tensor:
    """Predict every training output by the local fit to all the others.

    In closed form: a point's own terms, at distance 0, are taken out of the sums.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs.
    w, degree, kernel, few, method, progress
        As for `local_regression`. Gradients flow to `w`.

    Returns
    -------
    Tensor, shape (n,)

    Raises
    ------
    TypeError, ValueError
        As for `local_regression`.

    Examples
    --------
    >>> x = torch.tensor([0.0, 1.0, 2.0, 3.0])
    >>> local_leave_one_out(x, 5 - x, w=0.5)
    tensor([5., 4., 3., 2.])
    """
    predictions = _leave_out(x_train, y_train, w, degree, kernel, few, method, progress)
    return predictions.to(x_train.dtype)


def local_leave_one_out_loss(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int = 1,
    kernel: str = "gaussian",
    *,
    method: LocalMethod = "auto",
    progress: bool = False,
) -> Tensor:
    """Sum of squared errors when a local fit to all the others predicts every training output.

    Parameters
    ----------
    x_train, y_train, w, degree, kernel, method, progress
        As for `local_leave_one_out`.

    Returns
    -------
    Tensor, scalar, in units of y²

    Raises
    ------
    TypeError, ValueError
        As for `local_regression`; also if the loss is larger than the largest number.

    Examples
    --------
    >>> x = torch.tensor([0.0, 1.0, 2.0, 3.0])
    >>> float(local_leave_one_out_loss(x, 5 - x, w=0.5)) < 1e-9
    True
    """
    predictions = _leave_out(x_train, y_train, w, degree, kernel, "error", method, progress)
    loss = (predictions - y_train.detach().double()).square().sum().to(y_train.dtype)
    return check_loss(loss, y_train)


def check_degree(degree: object) -> int:
    """Return the degree of a local polynomial, 0, 1 or 2."""
    return check_integer("degree", degree, low=0, high=DEGREES[-1])


def fit_training(
    x_train: Tensor,
    values: Tensor,
    w: float | Tensor,
    degree: int,
    kernel: str,
    *,
    queries: Tensor | None = None,
) -> LocalFits:
    """Local fits with what a smoother is judged by, `squares` and `own`; no gradients.

    Parameters
    ----------
    x_train : Tensor, shape (n,)
    values : Tensor, shape (n,) or (n, c)
    w, degree, kernel
        As for `local_regression`.
    queries : Tensor, shape (q,), optional
        The training inputs themselves, by default; `own` is of those alone.
    """
    name = "x_train" if queries is None else "queries"
    places = x_train if queries is None else queries
    width = w.detach() if isinstance(w, Tensor) else w
    problem = _pose(places, x_train, values.detach(), width, degree, kernel)
    numbers = without_autograd(problem, derivatives=False, progress=False)
    fits = _FITS[_choose(problem, "auto")](numbers, degree, squares=True)
    _settle(fits.predictions.T, fits.places, degree, "error", name, places, w, kernel)
    return fits


_FITS: dict[str, Callable[..., LocalFits]] = {
    "windowed": local.fit_windowed,
    "linear": local.fit_linear,
}


def _pose(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float | Tensor,
    degree: int,
    kernel: str,
    *,
    leave_one_out: bool = False,
) -> Problem:
    """Check the arguments and put them together, in units in which the inputs' range is safe."""
    check_degree(degree)
    chosen = get_kernel(kernel)
    check_inputs(queries, keys)
    for name, inputs in (("queries", queries), ("keys", keys)):
        check_float_tensor(name, inputs, ndims=(1,))
    check_values(values, keys, queries)
    width = check_w(w)
    scale = _scale_of(keys)
    return pose(
        queries.double() * scale,
        keys.double() * scale,
        values,
        (width / scale).clamp(-_LARGEST_W, _LARGEST_W),
        chosen,
        leave_one_out=leave_one_out,
    )


def _scale_of(keys: Tensor) -> float:
    """1, or a power of two that brings the range of the keys to where squares of it are safe."""
    ends = keys.detach().double()
    exponent = math.frexp(float(ends.max() / 2 - ends.min() / 2))[1] + 1
    return 1.0 if abs(exponent) <= _PLAIN_EXPONENT else math.ldexp(1.0, max(-exponent, -1000))


def _check_gradients(problem: Problem) -> None:
    if is_transformed(*problem.tensors):
        raise ValueError(
            "local regression computes no forward-mode derivative and takes no torch.func transform"
        )
    refusal = numeric.refusal(problem)
    if refusal is not None:
        raise ValueError(f"local regression {refusal}")


def _choose(problem: Problem, method: LocalMethod) -> str:
    """The method to take; `ValueError` where it cannot take the kernel."""
    refusal = linear.refusal(problem.kernel)
    if method == "auto":
        return "windowed" if problem.n_pairs <= FEW_PAIRS or refusal is not None else "linear"
    if method == "linear" and refusal is not None:
        raise ValueError(f'method "linear" {refusal}; use another method')
    return method


def _predict(
    problem: Problem, degree: int, method: LocalMethod, progress: bool
) -> tuple[Tensor, Tensor]:
    """Predictions (q, c), with a gradient to w, and the different places of keys in reach (q,)."""
    check_choice("method", method, METHODS)
    check_flag("progress", progress)
    _check_gradients(problem)
    fit = _FITS[_choose(problem, method)]
    factors = lowering_factors(problem.columns, problem.n_keys)
    if factors is not None:
        problem = replace(problem, values=problem.values * factors)
    places: list[Tensor] = []

    def answer(numbers: NumericProblem) -> Answers:
        fits = fit(numbers, degree)
        places.append(fits.places)
        return Answers(fits.predictions, fits.derivatives, fits.answered)

    predictions = numeric.follow_w(problem, answer, progress=progress)
    return predictions if factors is None else predictions / factors, places[0]


def _leave_out(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    degree: int,
    kernel: str,
    few: Few,
    method: LocalMethod,
    progress: bool,
) -> Tensor:
    """Predictions without each point's own pair, (n,), float64."""
    check_training_pairs(x_train, y_train)
    problem = _pose(x_train, x_train, y_train, w, degree, kernel, leave_one_out=True)
    predictions, places = _predict(problem, degree, method, progress)
    return _settle(predictions, places, degree, few, "x_train", x_train, w, kernel)[:, 0]


def _settle(
    answers: Tensor,
    places: Tensor,
    degree: int,
    few: Few,
    name: str,
    queries: Tensor,
    w: float | Tensor,
    kernel: str,
) -> Tensor:
    """Answers (q, any) with what is said for queries with too few places of keys in reach, (q,)."""
    check_choice("few", few, ("error", "lower", "nan"))
    short = places < (1 if few == "lower" else degree + 1)
    if few == "nan":
        answers = answers.masked_fill(short[:, None], torch.nan)
    elif bool(short.any()):
        row = int(short.nonzero()[0])
        takes = _SHAPES[0 if few == "lower" else degree]
        number = float(check_w(w).detach())
        raise ValueError(
            f"{name}[{row}] = {float(queries[row].detach()):g} has {int(places[row])} different "
            f"keys within the reach of the {kernel} kernel at w = {number:g}, and a {takes} takes "
            f"{1 if few == 'lower' else degree + 1}; use a smaller w, another kernel, a lower "
            f'degree or few="lower"'
        )
    wrong = ~torch.isfinite(answers.detach()).all(-1) & ~short
    if bool(wrong.any()):
        row = int(wrong.nonzero()[0])
        raise ValueError(
            f"{name}[{row}] = {float(queries[row].detach()):g} must not be so far from all keys, "
            f"nor values so large, that a {_SHAPES[degree]} through them leaves the range of floats"
        )
    return answers
