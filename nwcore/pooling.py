"""Attention pooling: every output is an average of the values, weighted by query and key.

Shapes, here and in the whole package: q queries, k key–value pairs. Keys and values are shared by
all queries, (k,), or given for each query, (q, k).
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from nwcore._checks import (
    FLOAT_DTYPES,
    check_choice,
    check_flag,
    check_float_tensor,
    check_integer,
    check_number,
    check_queries_and_keys,
    check_training_pairs,
    check_values,
    is_transformed,
    transforms_active,
)
from nwcore.kernels import get_kernel
from nwcore.methods import direct, linear, numeric, sdpa, windowed
from nwcore.methods.problem import (
    Empty,
    Problem,
    lower_values,
    pose,
    raise_answers,
)

Method = Literal["auto", "direct", "sdpa", "windowed", "linear"]

METHODS: tuple[Method, ...] = ("auto", "direct", "sdpa", "windowed", "linear")


def average_pooling(values: Tensor, n_queries: int) -> Tensor:
    """Give every query the plain mean of the values: f(x) = (1/n) Σᵢ yᵢ.

    Parameters
    ----------
    values : Tensor, shape (k,)
    n_queries : int
        At least 1.

    Returns
    -------
    Tensor, shape (n_queries,)

    Raises
    ------
    TypeError, ValueError
        If `values` is not a finite float vector or `n_queries` is not a positive integer.

    Examples
    --------
    >>> average_pooling(torch.tensor([1.0, 2.0, 6.0]), n_queries=2)
    tensor([3., 3.])
    """
    check_float_tensor("values", values, ndims=(1,))
    n_queries = check_integer("n_queries", n_queries, low=1)
    mean = values.mean()
    if not bool(torch.isfinite(mean)):  # the sum overflowed, the mean of finite values cannot
        mean = (values / len(values)).sum()
    return mean.expand(n_queries).clone()


def attention_weights(
    queries: Tensor,
    keys: Tensor,
    w: float | Tensor = 1.0,
    kernel: str = "gaussian",
    *,
    empty: Empty = "error",
) -> Tensor:
    """Share each query's attention among the keys: α(x, xᵢ) = K((x − xᵢ)w) / Σⱼ K((x − xⱼ)w).

    The Gaussian kernel is evaluated as softmaxᵢ(−½((x − xᵢ)w)²), from the scores and not from
    their exponentials, so that nothing is divided 0/0: a query far from all keys attends to the
    nearest.

    Parameters
    ----------
    queries : Tensor, shape (q,)
    keys : Tensor, shape (k,) or (q, k)
    w : float or Tensor of one element
        Inverse bandwidth, w = 1/h, in units of 1/x; any finite number, its sign does not matter.
        Gradients flow to a tensor.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    empty : {"error", "nan"}
        What a query gets when a compact kernel reaches no key: an error, or a row of NaN.

    Returns
    -------
    Tensor, shape (q, k)
        Non-negative, every row sums to 1. Computed in float64 and rounded last.

    Raises
    ------
    TypeError
        If a tensor is not float32 or float64, or dtypes differ.
    ValueError
        If an argument is empty, of the wrong rank or length, or not finite; if the kernel is
        unknown; if a query has no key in reach and `empty` is "error".

    References
    ----------
    Nadaraya (1964), "On estimating regression"; Watson (1964), "Smooth regression analysis".

    Examples
    --------
    >>> attention_weights(torch.tensor([0.0]), torch.tensor([-1.0, 0.0, 1.0]), w=100.0)
    tensor([[0., 1., 0.]])
    """
    check_queries_and_keys(queries, keys)
    chosen = get_kernel(kernel)
    _check_empty(empty)
    problem = pose(queries, keys, keys, _as_w(w), chosen)
    weights = direct.weights(problem)  # (q, k)
    if empty == "error":
        _check_reach(weights[:, 0], queries, w, kernel)
    return weights.to(queries.dtype)


def attention_pooling(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float | Tensor = 1.0,
    kernel: str = "gaussian",
    *,
    empty: Empty = "error",
    method: Method = "auto",
    progress: bool = False,
) -> Tensor:
    """Predict by the attention-weighted average of the values: f(x) = Σᵢ α(x, xᵢ) yᵢ.

    Memory grows with q + k, never with q · k; so does the time, for keys that all queries share.

    Parameters
    ----------
    queries : Tensor, shape (q,)
    keys : Tensor, shape (k,) or (q, k)
    values : Tensor, same shape as `keys`, or (k, c)
        With shared keys the values may have c columns, pooled with the same weights.
    w, kernel, empty
        As for `attention_weights`.
    method : {"auto", "direct", "sdpa", "windowed", "linear"}
        How to compute; the outputs agree to 1e-12 (float32: 1e-5) of Σᵢ α(x, xᵢ) |yᵢ|. All compute
        in float64 and round last.

        - "direct" takes everything, in time q · k. Gradients flow to all inputs.
        - "sdpa" takes the Gaussian kernel with a bandwidth of at least 1/60 of the inputs' range,
          and shared keys, in time q · k. Gradients flow to all inputs.
        - "windowed" takes shared keys, in time of the pairs in reach. Gradients flow to `w`.
        - "linear" takes the Gaussian kernel, those with a polynomial, and shared keys, in time
          q + k. Gradients flow to `w`.
        - "auto" is "direct" for few pairs, keys of rank 2 and gradients to inputs other than `w`;
          for many pairs "linear" if that can take the kernel, else "windowed" if the kernel is
          compact, else "direct".

    progress : bool
        Whether to show a progress bar while "windowed" or "linear" works.

    Returns
    -------
    Tensor, shape (q,), or (q, c) for values with columns

    Raises
    ------
    TypeError, ValueError
        As for `attention_weights`; also if `values` and `keys` do not fit in shape or dtype, or
        the method cannot do what is asked.

    References
    ----------
    Nadaraya (1964); Watson (1964); for the methods, `nwcore.methods`.

    Examples
    --------
    >>> keys, values = torch.tensor([0.0, 1.0]), torch.tensor([3.0, 7.0])
    >>> attention_pooling(torch.tensor([5.0]), keys, values, w=0)
    tensor([5.])
    """
    chosen = get_kernel(kernel)
    _check_empty(empty)
    check_choice("method", method, METHODS)
    check_flag("progress", progress)
    if method == "auto" and not transforms_active():
        number = _as_number(w)
        if number is not None:
            answer = direct.pool_few(queries, keys, values, number, chosen)
            if answer is not None:
                return answer
    check_queries_and_keys(queries, keys)
    check_values(values, keys)
    problem = pose(queries, keys, values, _as_w(w), chosen)
    answers = _answer(problem, method, progress=progress)  # (q, c), or (q,)
    if empty == "error":
        _check_reach(answers if answers.ndim == 1 else answers[:, 0], queries, w, kernel)
    if keys.ndim == 1 and values.ndim == 1:
        answers = answers[:, 0]
    return answers.to(queries.dtype)


def leave_one_out_pairs(x_train: Tensor, y_train: Tensor) -> tuple[Tensor, Tensor]:
    """Give every training input all training pairs but its own.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs.

    Returns
    -------
    keys, values : Tensor, each of shape (n, n − 1)
        Row i is `x_train`, `y_train` without element i, order kept.

    Raises
    ------
    TypeError, ValueError
        If the inputs are not finite float vectors of one length of at least 2.

    Examples
    --------
    >>> leave_one_out_pairs(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0, 5.0, 6.0]))[0]
    tensor([[2., 3.],
            [1., 3.],
            [1., 2.]])
    """
    check_training_pairs(x_train, y_train)
    n = len(x_train)
    others = ~torch.eye(n, dtype=torch.bool, device=x_train.device)
    keys = x_train.expand(n, n)[others].reshape(n, n - 1)  # (n, n − 1)
    values = y_train.expand(n, n)[others].reshape(n, n - 1)  # (n, n − 1)
    return keys, values


def leave_one_out_loss(
    x_train: Tensor,
    y_train: Tensor,
    w: float | Tensor,
    kernel: str = "gaussian",
    *,
    method: Method = "auto",
    progress: bool = False,
) -> Tensor:
    """Sum of squared errors when every training output is predicted from all the others.

    Equal to pooling over `leave_one_out_pairs`, without their (n, n − 1) copies: a point's self
    term is taken out of the sums over all points.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs.
    w : float or Tensor of one element
        Inverse bandwidth; gradients flow to a tensor.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    method : {"auto", "direct", "windowed", "linear"}
        As for `attention_pooling`.
    progress : bool
        Whether to show a progress bar while "windowed" or "linear" works.

    Returns
    -------
    Tensor, scalar, in units of y²

    Raises
    ------
    TypeError, ValueError
        As for `leave_one_out_pairs` and `attention_weights`; also if a compact kernel leaves a
        training input without any other in reach, or the loss is larger than the largest number.

    Examples
    --------
    >>> leave_one_out_loss(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 5.0]), w=1.0)
    tensor(18.)
    """
    check_training_pairs(x_train, y_train)
    chosen = get_kernel(kernel)
    check_choice("method", method, tuple(name for name in METHODS if name != "sdpa"))
    check_flag("progress", progress)
    problem = pose(x_train, x_train, y_train, _as_w(w), chosen, leave_one_out=True)
    predictions = _answer(problem, method, progress=progress)[:, 0]  # (n,)
    _check_reach(predictions, x_train, w, kernel, name="x_train")
    loss = (predictions - y_train.double()).square().sum().to(y_train.dtype)
    if not bool(torch.isfinite(loss)):
        largest = float(y_train.detach().abs().max())
        raise ValueError(
            f"y_train must have a finite sum of squared errors in {y_train.dtype}, got values up "
            f"to {largest:g}"
        )
    return loss


def _answer(problem: Problem, method: Method, *, progress: bool) -> Tensor:
    """Answer by a method, shape (q, c), or (q,) for keys of rank 2; NaN without a key in reach."""
    name = _choose(problem) if method == "auto" else method
    refusal = _refusal(problem, name)
    if refusal is not None:
        raise ValueError(f'method "{name}" {refusal}; use another method')
    lowered, factor = lower_values(problem)
    answers = _POOL[name](lowered, progress)
    return answers if factor is None else raise_answers(answers, lowered, factor)


_POOL: dict[str, Callable[[Problem, bool], Tensor]] = {
    "direct": lambda problem, shown: direct.pool(problem),
    "sdpa": lambda problem, shown: sdpa.pool(problem),
    "windowed": lambda problem, progress: numeric.follow_w(
        problem, windowed.pool, progress=progress
    ),
    "linear": lambda problem, shown: numeric.follow_w(problem, linear.pool, progress=shown),
}


def _choose(problem: Problem) -> str:
    if problem.n_pairs > direct.FEW_PAIRS:
        if _refusal(problem, "linear") is None:
            return "linear"
        if problem.kernel.compact and _refusal(problem, "windowed") is None:
            return "windowed"
    return "direct"


def _refusal(problem: Problem, method: str) -> str | None:
    """Why a method cannot answer the problem; None if it can."""
    if method == "direct":
        return None
    if is_transformed(problem.queries, problem.keys, problem.values, problem.w):
        return "computes no forward-mode derivative and takes no torch.func transform"
    if method == "sdpa":
        return sdpa.refusal(problem) if problem.shared else "is not for keys of rank 2"
    refusal = numeric.refusal(problem)
    return linear.refusal(problem.kernel) if refusal is None and method == "linear" else refusal


def _check_reach(
    answers: Tensor, queries: Tensor, w: float | Tensor, kernel: str, name: str = "queries"
) -> None:
    """Raise for answers (q,) of which one is NaN: its query was left without a key."""
    alone = answers.detach().isnan()
    if bool(alone.any()):
        row = int(alone.nonzero()[0])
        number = float(w.detach()) if isinstance(w, Tensor) else float(w)
        raise ValueError(
            f"{name}[{row}] = {float(queries[row].detach()):g} has no key within the reach of the "
            f"{kernel} kernel at w = {number:g}; use a smaller w or another kernel"
        )


def _as_number(w: object) -> float | None:
    """`w` as a plain number, None where it wants a gradient or has to be looked at with care."""
    if isinstance(w, Tensor):
        plain = w.ndim <= 1 and w.numel() == 1 and w.dtype in FLOAT_DTYPES and w.is_cpu
        return w.item() if plain and not (w.requires_grad and torch.is_grad_enabled()) else None
    return w if isinstance(w, float | int) and not isinstance(w, bool) else None


def _as_w(w: float | Tensor) -> Tensor:
    """Check `w` and return it as a 0-d float64 tensor, gradient kept."""
    if isinstance(w, Tensor):
        check_float_tensor("w", w, ndims=(0, 1))
        if w.numel() != 1:
            raise ValueError(f"w must be a number or hold one element, got shape {tuple(w.shape)}")
        return w.reshape(()).double()
    return torch.tensor(check_number("w", w), dtype=torch.float64)


def _check_empty(empty: str) -> None:
    check_choice("empty", empty, ("error", "nan"))
