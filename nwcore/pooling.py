"""Attention pooling: every output is an average of the values, weighted by query and key.

Shapes, here and in the whole package: q queries, k key–value pairs. Keys and values are shared by
all queries, (k,), or given for each query, (q, k). Inputs may have d coordinates: then queries are
(..., q, d), keys (..., k, d), and leading dimensions are a batch.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from nwcore._checks import (
    FLOAT_DTYPES,
    broadcast,
    check_choice,
    check_flag,
    check_float_tensor,
    check_inputs,
    check_integer,
    check_loss,
    check_mask,
    check_none_alone,
    check_number,
    check_training_pairs,
    check_values,
    check_w,
    has_coordinates,
    is_transformed,
    transforms_active,
)
from nwcore.kernels import get_kernel
from nwcore.methods import direct, linear, near, numeric, points, sdpa, windowed
from nwcore.methods.points import PointProblem, pose_points
from nwcore.methods.problem import (
    Empty,
    Problem,
    lowering_factors,
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
    mask: Tensor | None = None,
    empty: Empty = "error",
) -> Tensor:
    """Share each query's attention among the keys: α(x, xᵢ) = K((x − xᵢ)w) / Σⱼ K((x − xⱼ)w).

    The Gaussian kernel is evaluated as softmaxᵢ(−½((x − xᵢ)w)²), from the scores and not from
    their exponentials, so that nothing is divided 0/0: a query far from all keys attends to the
    nearest. So are "logistic" and "laplace".

    Inputs of d coordinates attend by K(‖W(x − xᵢ)‖), Gaussian: softmaxᵢ(−½‖W(x − xᵢ)‖²), where W is
    w times the identity, a diagonal or any matrix.

    Parameters
    ----------
    queries : Tensor, shape (q,) or (..., q, d)
    keys : Tensor, shape (k,) or (q, k); for queries with coordinates, (..., k, d)
        Leading dimensions broadcast.
    w : float or Tensor
        Inverse bandwidth, w = 1/h, in units of 1/x; any finite number, its sign does not matter.
        For inputs with coordinates also one a coordinate, (d,), or a matrix W, (r, d). Gradients
        flow to a tensor.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    mask : Tensor, shape (q, k) or (..., q, k), bool, optional
        True where a query may attend to a key, as in PyTorch's scaled_dot_product_attention.
    empty : {"error", "nan"}
        What a query gets when a compact kernel reaches no key, or the mask leaves none: an error,
        or a row of NaN.

    Returns
    -------
    Tensor, shape (q, k) or (..., q, k)
        Non-negative, every row sums to 1. Computed in float64 and rounded last.

    Raises
    ------
    TypeError
        If a tensor is not float32 or float64, dtypes differ, or `mask` is not bool.
    ValueError
        If an argument is empty, of the wrong rank or shape, or not finite; if the kernel is
        unknown; if a query has no key in reach, or none that the mask allows, and `empty` is
        "error".

    References
    ----------
    Nadaraya (1964), "On estimating regression"; Watson (1964), "Smooth regression analysis".

    Examples
    --------
    >>> attention_weights(torch.tensor([0.0]), torch.tensor([-1.0, 0.0, 1.0]), w=100.0)
    tensor([[0., 1., 0.]])
    >>> points = torch.tensor([[0.0, 0.0], [0.0, 9.0]])
    >>> attention_weights(points[:1], points, w=torch.tensor([1.0, 0.0]))  # blind to height
    tensor([[0.5000, 0.5000]])
    """
    _check_empty(empty)
    check_inputs(queries, keys)
    unused = keys[..., :1] if has_coordinates(queries) else keys
    problem, alone = _pose(queries, keys, unused, w, kernel, mask, empty)
    if isinstance(problem, PointProblem):
        weights = points.weights(problem)  # (..., q, k)
    else:
        weights = direct.weights(problem)  # (q, k)
    if empty == "error":
        _check_reach(weights[..., 0], queries, w, kernel)
    return _set_alone(weights, alone).to(queries.dtype)


def attention_pooling(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float | Tensor = 1.0,
    kernel: str = "gaussian",
    *,
    mask: Tensor | None = None,
    empty: Empty = "error",
    method: Method = "auto",
    progress: bool = False,
) -> Tensor:
    """Predict by the attention-weighted average of the values: f(x) = Σᵢ α(x, xᵢ) yᵢ.

    Memory grows with q + k, never with q · k; so does the time, for inputs of one coordinate and
    keys that all queries share, without a mask.

    Parameters
    ----------
    queries : Tensor, shape (q,) or (..., q, d)
    keys : Tensor, shape (k,) or (q, k); for queries with coordinates, (..., k, d)
    values : Tensor, same shape as `keys`, or (k, c); for keys (..., k, d), (..., k) or (..., k, c)
        With shared keys the values may have c columns, pooled with the same weights.
    w, kernel, mask, empty
        As for `attention_weights`.
    method : {"auto", "direct", "sdpa", "windowed", "linear"}
        How to compute; the outputs agree to 1e-12 (float32: 1e-5) of Σᵢ α(x, xᵢ) |yᵢ|. All compute
        in float64 and round last.

        - "direct" takes everything, in time q · k. Gradients flow to all inputs.
        - "sdpa" takes the Gaussian kernel with a bandwidth of at least 1/60 of the inputs' range,
          and shared keys, in time q · k. Gradients flow to all inputs.
        - "windowed" takes shared keys of one coordinate and no mask, in time of the pairs in reach,
          which are all of them for "logistic" and "laplace". Gradients flow to `w`.
        - "linear" takes the Gaussian kernel and those with a polynomial, all but "cosine",
          "logistic" and "laplace"; shared keys of one coordinate and no mask; in time q + k.
          Gradients flow to `w`.
        - "auto" is "direct" for few pairs, keys of rank 2 a query and gradients to inputs other
          than `w`; for many pairs "linear" if that can take the problem, else "windowed" if the
          kernel is compact, else "direct". For inputs with coordinates and many pairs it is "sdpa"
          if that can take them, else "direct". Float64 vectors and the Gaussian kernel, without
          gradients, are summed over the keys in reach in few steps of NumPy up to 2²¹ pairs.

    progress : bool
        Whether to show a progress bar while "windowed" or "linear" works.

    Returns
    -------
    Tensor, shape (q,) or (..., q); with a last dimension (c,) for values with columns

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
    _check_empty(empty)
    check_choice("method", method, METHODS)
    check_flag("progress", progress)
    if method == "auto" and mask is None and not transforms_active():
        number = _as_number(w)
        if number is not None and near.is_plain(queries, keys, values, kernel=get_kernel(kernel)):
            answer = near.pool(queries, keys, values, number)
            if answer is not None:
                return answer
    check_inputs(queries, keys)
    check_values(values, keys, queries)
    problem, alone = _pose(queries, keys, values, w, kernel, mask, empty)
    answers = _answer(problem, method, progress=progress)  # (..., q, c), or (q,)
    single = values.ndim < keys.ndim if has_coordinates(queries) else values.ndim == 1
    if answers.ndim == 1:
        answers, single = answers[:, None], True
    if empty == "error":
        _check_reach(answers[..., 0], queries, w, kernel)
    answers = _set_alone(answers, alone)
    return (answers[..., 0] if single else answers).to(queries.dtype)


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
    mask: Tensor | None = None,
    method: Method = "auto",
    progress: bool = False,
) -> Tensor:
    """Sum of squared errors when every training output is predicted from all the others.

    Equal to pooling over `leave_one_out_pairs`, without their (n, n − 1) copies: a point's self
    term is taken out of the sums over all points.

    Parameters
    ----------
    x_train : Tensor, shape (n,) or (..., n, d)
        At least two inputs, a number or d coordinates each; leading dimensions are a batch, over
        which the loss is summed.
    y_train : Tensor, shape (n,) or (..., n)
    w : float or Tensor
        Inverse bandwidth, or one a coordinate, or a matrix, as for `attention_weights`; gradients
        flow to a tensor.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    mask : Tensor, shape (n, n) or (..., n, n), bool, optional
        True where a training input may attend to another; to itself it never does.
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
    check_choice("method", method, tuple(name for name in METHODS if name != "sdpa"))
    check_flag("progress", progress)
    if method == "auto" and mask is None and not transforms_active():
        plain = _plain_loss(x_train, y_train, w, kernel)
        if plain is not None:
            return plain
    check_training_pairs(x_train, y_train, points=True)
    return _loss(x_train, y_train, w, kernel, mask, method, progress=progress)


def leave_one_out_step(
    x_train: Tensor, y_train: Tensor, w: float, kernel: str = "gaussian"
) -> tuple[float, float]:
    """Leave-one-out loss and its derivative in w, as plain numbers.

    The numbers that `leave_one_out_loss` and autograd give for a tensor `w`, without a graph.

    Parameters
    ----------
    x_train, y_train, kernel
        As for `leave_one_out_loss`; no gradients flow to them.
    w : float
        Inverse bandwidth, in units of 1/x.

    Returns
    -------
    loss, derivative : float, in units of y² and of x y²

    Raises
    ------
    TypeError, ValueError
        As for `leave_one_out_loss`; also if `w` is no number.

    Examples
    --------
    >>> x, y = torch.tensor([0.0, 1.0, 3.0]), torch.tensor([2.0, 5.0, 11.0])
    >>> loss, derivative = leave_one_out_step(x, y, w=0.0)
    >>> loss, derivative
    (94.5, 0.0)
    """
    number = check_number("w", w)
    found = None if transforms_active() else _plain_step(x_train, y_train, number, kernel)
    if found is not None:
        return found
    check_training_pairs(x_train, y_train, points=True)
    x, y = x_train.detach(), y_train.detach()
    if x_train.requires_grad or y_train.requires_grad:  # without, few steps may do
        return leave_one_out_step(x, y, number, kernel)
    return numeric.value_and_derivative(lambda at: _loss(x, y, at, kernel), number)


def _loss(
    x: Tensor,
    y: Tensor,
    w: float | Tensor,
    kernel: str,
    mask: Tensor | None = None,
    method: Method = "auto",
    *,
    progress: bool = False,
) -> Tensor:
    """The leave-one-out loss of checked pairs, by a method that takes any."""
    problem, _ = _pose(x, x, y, w, kernel, mask, "error", leave_one_out=True)
    predictions = _answer(problem, method, progress=progress)[..., 0]  # (..., n)
    _check_reach(predictions, x, w, kernel, name="x_train")
    loss = (predictions - y.double()).square().sum().to(y.dtype)
    return check_loss(loss, y)


def _plain_step(x: Tensor, y: Tensor, w: float, kernel: str) -> tuple[float, float] | None:
    """Loss and derivative of plain arguments in few steps; None where those will not do."""
    plain = near.is_plain(x, y, kernel=get_kernel(kernel))
    return near.leave_one_out(x, y, w) if plain else None


def _plain_loss(x: Tensor, y: Tensor, w: float | Tensor, kernel: str) -> Tensor | None:
    """The loss of plain arguments in few steps; None where those will not do."""
    at = w if isinstance(w, Tensor) and w.ndim == 0 and w.dtype is torch.float64 else None
    number = _as_number(w if at is None else at.detach())
    found = None if number is None else _plain_step(x, y, number, kernel)
    if found is None:
        return None
    follow = partial(leave_one_out_loss, x, y, kernel=kernel, method="direct")
    return numeric.known(at, *found, follow)


def _pose(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    w: float | Tensor,
    kernel: str,
    mask: Tensor | None,
    empty: Empty,
    *,
    leave_one_out: bool = False,
) -> tuple[Problem | PointProblem, Tensor | None]:
    """Put checked tensors together with what else is asked, and check that.

    Also which queries (..., q) the mask leaves alone; None where it leaves none. They are given all
    keys, and their answers are to be replaced.
    """
    chosen = get_kernel(kernel)
    coordinates = has_coordinates(queries)
    alone = None
    if mask is not None:
        batch = broadcast(queries.shape[:-2], keys.shape[:-2]) if coordinates else None
        n_queries = queries.shape[-2] if coordinates else len(queries)
        check_mask(mask, n_queries, keys.shape[-2] if coordinates else keys.shape[-1], batch)
        counted = mask & ~torch.eye(n_queries, dtype=torch.bool) if leave_one_out else mask
        alone = ~counted.any(-1)  # (..., q)
        if empty == "error":
            check_none_alone(alone)
        mask = mask | alone[..., None]
    if coordinates:
        columns = values if values.ndim == keys.ndim else values[..., None]  # (..., k, c)
        projection = _as_projection(w, queries.shape[-1])
        return (
            pose_points(
                queries, keys, columns, projection, chosen, mask=mask, leave_one_out=leave_one_out
            ),
            alone,
        )
    one = check_w(w)
    return pose(queries, keys, values, one, chosen, mask=mask, leave_one_out=leave_one_out), alone


def _set_alone(answers: Tensor, alone: Tensor | None) -> Tensor:
    """NaN for the queries (..., q) without a key, in answers or weights (..., q, any)."""
    return answers if alone is None else answers.masked_fill(alone[..., None], torch.nan)


def _answer(problem: Problem | PointProblem, method: Method, *, progress: bool) -> Tensor:
    """Answer by a method, shape (..., q, c), or (q,) for keys of rank 2 that queries have alone.

    NaN for a query without a key in reach.
    """
    name = _choose(problem) if method == "auto" else method
    refusal = _refusal(problem, name)
    if refusal is not None:
        raise ValueError(f'method "{name}" {refusal}; use another method')
    factors = lowering_factors(problem.columns, problem.n_keys)
    if factors is not None:
        problem = replace(problem, values=problem.values * factors)
    if isinstance(problem, PointProblem):
        answers = points.POOL[name](problem)
    else:
        answers = _POOL[name](problem, progress)
    return answers if factors is None else raise_answers(answers, problem.columns, factors)


_POOL: dict[str, Callable[[Problem, bool], Tensor]] = {
    "direct": lambda problem, shown: direct.pool(problem),
    "sdpa": lambda problem, shown: sdpa.pool(problem),
    "windowed": lambda problem, progress: numeric.follow_w(
        problem, windowed.pool, progress=progress
    ),
    "linear": lambda problem, shown: numeric.follow_w(problem, linear.pool, progress=shown),
}


def _choose(problem: Problem | PointProblem) -> str:
    if problem.n_pairs <= direct.FEW_PAIRS:
        return "direct"
    if isinstance(problem, PointProblem):
        return "sdpa" if _refusal(problem, "sdpa") is None else "direct"
    if _refusal(problem, "linear") is None:
        return "linear"
    if problem.kernel.compact and _refusal(problem, "windowed") is None:
        return "windowed"
    return "direct"


def _refusal(problem: Problem | PointProblem, method: str) -> str | None:
    """Why a method cannot answer the problem; None if it can."""
    if method == "direct":
        return None
    if isinstance(problem, PointProblem) and method != "sdpa":
        return "is for inputs of one coordinate, shape (q,)"
    if is_transformed(*problem.tensors):
        return "computes no forward-mode derivative and takes no torch.func transform"
    if isinstance(problem, PointProblem):
        return points.sdpa_refusal(problem)
    if method == "sdpa":
        return sdpa.refusal(problem) if problem.shared else "is not for keys of rank 2"
    refusal = numeric.refusal(problem)
    return linear.refusal(problem.kernel) if refusal is None and method == "linear" else refusal


def _check_reach(
    answers: Tensor, queries: Tensor, w: float | Tensor, kernel: str, name: str = "queries"
) -> None:
    """Raise for answers (..., q) of which one is NaN: its query was left without a key."""
    alone = answers.detach().isnan()
    if bool(alone.any()):
        row = int(alone.nonzero()[0, -1])
        if isinstance(w, Tensor):
            w = float(w.detach()) if w.numel() == 1 else math.nan
        at = "this w" if math.isnan(w) else f"w = {w:g}"
        which = f"{name}[..., {row}, :]"
        if queries.ndim == 1:
            which = f"{name}[{row}] = {float(queries[row].detach()):g}"
        raise ValueError(
            f"{which} has no key within the reach of the {kernel} kernel at {at}; use a smaller w "
            f"or another kernel"
        )


def _as_number(w: object) -> float | None:
    """`w` as a plain number, None where it wants a gradient or has to be looked at with care."""
    if isinstance(w, Tensor):
        plain = w.ndim <= 1 and w.numel() == 1 and w.dtype in FLOAT_DTYPES and w.is_cpu
        return w.item() if plain and not (w.requires_grad and torch.is_grad_enabled()) else None
    return w if isinstance(w, float | int) and not isinstance(w, bool) else None


def _as_projection(w: float | Tensor, n_coordinates: int) -> Tensor:
    """Check `w` for inputs with coordinates and return it in float64: 0-d, (d,) or (r, d)."""
    if not isinstance(w, Tensor) or w.numel() == 1:
        return check_w(w.reshape(()) if isinstance(w, Tensor) else w)
    check_float_tensor("w", w)
    if w.ndim not in (1, 2) or w.shape[-1] != n_coordinates:
        raise ValueError(
            f"w must be a number or have shape ({n_coordinates},) or (r, {n_coordinates}) for "
            f"inputs of {n_coordinates} coordinates, got shape {tuple(w.shape)}"
        )
    return w.double()


def _check_empty(empty: str) -> None:
    check_choice("empty", empty, ("error", "nan"))
