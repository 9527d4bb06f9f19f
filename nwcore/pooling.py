"""Attention pooling: every output is an average of the values, weighted by query and key.

Shapes, here and in the whole package: q queries, k key–value pairs. Keys and values are shared by
all queries, (k,), or given for each query, (q, k).
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from nwcore._checks import (
    FLOAT_DTYPES,
    check_choice,
    check_float_tensor,
    check_integer,
    check_number,
    check_queries_and_keys,
    check_same_dtype,
    check_same_shape,
    check_values,
)
from nwcore.kernels import get_kernel
from nwcore.scale import Pooled, pool_linear, pool_windowed, softmax

Empty = Literal["error", "nan"]
Method = Literal["auto", "direct", "sdpa", "windowed", "linear"]

METHODS: tuple[Method, ...] = ("auto", "direct", "sdpa", "windowed", "linear")

# Up to so many pairs of query and key, looking at them all is the fastest.
_FEW_PAIRS = 2**17
# Scores no lower than this have digits enough in float64 without further care.
_LOWEST_PLAIN_SCORE = -1000.0
_PLAIN_WIDTH = 1e9
# The largest (rows, k) block of weights held at once: 2**22 float64 numbers are 32 MiB.
_BLOCK_SIZE = 2**22


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
        Inverse width, 1/bandwidth, in units of 1/x; any finite number, its sign does not matter.
        Gradients flow to a tensor.
    kernel : str
        A name in `nwcore.kernels.KERNELS`.
    empty : {"error", "nan"}
        What a query gets when a compact kernel reaches no key: an error, or a row of NaN.

    Returns
    -------
    Tensor, shape (q, k)
        Non-negative, every row sums to 1.

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
    get_kernel(kernel)
    _check_empty(empty)
    return _weights(queries, keys, _as_width(w, queries), kernel, empty)


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
        How to compute; the outputs agree to 1e-12 (float32: 1e-5) of Σᵢ α(x, xᵢ) |yᵢ|.

        - "direct" builds the weights of a block of queries at a time, and in the backward pass
          builds them again. Any shapes; gradients flow to all inputs.
        - "sdpa" is PyTorch's scaled dot-product attention, for a Gaussian kernel whose width is
          at least 1/60 of the inputs' range. Gradients flow to all inputs.
        - "windowed" sorts the keys and sums those in reach of each query. Gradients flow to `w`.
        - "linear" is the fast Gauss transform or, for kernels with an edge, prefix sums, and
          windows for queries far from most keys. Gradients flow to `w`.
        - "auto" takes "direct" for few pairs, for keys of rank 2, and where inputs other than `w`
          want a gradient; "linear" otherwise.
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
    Nadaraya (1964); Watson (1964); for the methods, `nwcore.scale`.

    Examples
    --------
    >>> keys, values = torch.tensor([0.0, 1.0]), torch.tensor([3.0, 7.0])
    >>> attention_pooling(torch.tensor([5.0]), keys, values, w=0)
    tensor([5.])
    """
    if method == "auto" and kernel == "gaussian" and empty in ("error", "nan"):
        answer = _pool_plainly(queries, keys, values, w)
        if answer is not None:
            return answer
    check_queries_and_keys(queries, keys)
    check_values(values, keys)
    get_kernel(kernel)
    _check_empty(empty)
    check_choice("method", method, METHODS)
    width = _as_width(w, queries)
    if method == "auto":
        few = len(queries) * keys.shape[-1] <= _FEW_PAIRS
        plain = keys.ndim == 1 and not _wants_gradient(queries, keys, values)
        method = "linear" if plain and not few else "direct"
    if method == "direct":
        return _pool_directly(queries, keys, values, width, kernel, empty)
    if keys.ndim != 1:
        raise ValueError(f'method must be "direct" for keys of rank 2, got "{method}"')
    columns = (values if values.ndim == 2 else values[:, None]).T  # (c, k)
    if method == "sdpa":
        pooled = _pool_by_softmax(queries, keys, columns, width, kernel)
    else:
        if _wants_gradient(queries, keys, values):
            raise ValueError(
                f'method must be "direct" or "sdpa" where queries, keys or values want a '
                f'gradient, got "{method}"'
            )
        pool = pool_linear if method == "linear" else pool_windowed

        def run(number: float, slopes: bool) -> Pooled:
            return pool(queries, keys, columns, number, kernel, slopes=slopes, progress=progress)

        pooled = _follow_width(width, run)
        _check_reach(pooled, queries, width, kernel, empty)
    pooled = pooled.to(queries.dtype)  # (c, q)
    return pooled.T if values.ndim == 2 else pooled[0]


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
    _check_training_pairs(x_train, y_train)
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

    Equal to pooling over `leave_one_out_pairs`, without their (n, n − 1) copies: a point's own
    weight is taken out of the sums over all points.

    Parameters
    ----------
    x_train, y_train : Tensor, shape (n,)
        At least two pairs.
    w : float or Tensor of one element
        Inverse width; gradients flow to a tensor.
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
        training input without any other in reach.

    Examples
    --------
    >>> leave_one_out_loss(torch.tensor([0.0, 1.0]), torch.tensor([2.0, 5.0]), w=1.0)
    tensor(18.)
    """
    _check_training_pairs(x_train, y_train)
    get_kernel(kernel)
    check_choice("method", method, tuple(name for name in METHODS if name != "sdpa"))
    width = _as_width(w, x_train)
    if method == "auto":
        few = len(x_train) ** 2 <= _FEW_PAIRS
        method = "direct" if few or _wants_gradient(x_train, y_train) else "linear"
    if method == "direct":
        return _leave_one_out_directly(x_train, y_train, width, kernel)
    if _wants_gradient(x_train, y_train):
        raise ValueError(
            f'method must be "direct" where x_train or y_train want a gradient, got "{method}"'
        )
    pool = pool_linear if method == "linear" else pool_windowed

    def run(number: float, slopes: bool) -> Pooled:
        return pool(
            x_train,
            x_train,
            y_train[None],
            number,
            kernel,
            leave_out=True,
            slopes=slopes,
            progress=progress,
        )

    pooled = _follow_width(width, run)  # (1, n)
    _check_reach(pooled, x_train, width, kernel, "error", name="x_train")
    return (pooled[0] - y_train).square().sum().to(y_train.dtype)


class _PoolingInWidth(torch.autograd.Function):
    """Pooling whose derivative in the width was computed along with it."""

    @staticmethod
    def forward(ctx: Any, width: Tensor, run: Callable[[float, bool], Pooled]) -> Tensor:
        """Run the pooling for this width, shape (c, q)."""
        pooled = run(float(width), ctx.needs_input_grad[0])
        ctx.like = width.dtype
        if pooled.slopes is not None:  # an empty query, NaN, does not follow the width
            ctx.slopes = pooled.slopes.masked_fill(pooled.predictions.isnan(), 0)
        return pooled.predictions

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Chain the derivatives."""
        return (gradient * ctx.slopes).sum().to(ctx.like), None


def _follow_width(width: Tensor, run: Callable[[float, bool], Pooled]) -> Tensor:
    pooled: Tensor = _PoolingInWidth.apply(width, run)  # type: ignore[no-untyped-call]
    return pooled


def _pool_plainly(
    queries: Tensor, keys: Tensor, values: Tensor, w: float | Tensor
) -> Tensor | None:
    """Pool a few float64 pairs in as few steps as can be, or give None where that will not do.

    For a few pairs, checking the arguments costs as much as the sums. Whatever a check would
    object to also shows in the scores or in the outputs: the careful way then says what it is.
    """
    if isinstance(w, Tensor) and w.ndim <= 1 and w.numel() == 1 and w.dtype in FLOAT_DTYPES:
        if _wants_gradient(w):
            return None
        w = w.item()
    exact = torch.float64
    if not (
        isinstance(queries, Tensor)
        and isinstance(keys, Tensor)
        and isinstance(values, Tensor)
        and queries.dtype is exact
        and keys.dtype is exact
        and values.dtype is exact
        and queries.ndim == keys.ndim == values.ndim == 1
        and keys.numel() == values.numel()
        and 0 < queries.numel() * keys.numel() <= _FEW_PAIRS
        and isinstance(w, float | int)
        and not isinstance(w, bool)
        and abs(w) < _PLAIN_WIDTH
        and not (queries.requires_grad or keys.requires_grad or values.requires_grad)
    ):
        return None
    scores = (queries.unsqueeze(1) - keys).square_().mul_(-0.5 * w * w)  # (q, k)
    if not scores.min().item() >= _LOWEST_PLAIN_SCORE:
        return None
    pooled = scores.softmax(-1).mv(values)  # (q,)
    return pooled if math.isfinite(pooled.sum().item()) else None


def _pool_directly(
    queries: Tensor, keys: Tensor, values: Tensor, width: Tensor, kernel: str, empty: Empty
) -> Tensor:
    shared = keys.ndim == 1

    def pool(start: int, stop: int, width: Tensor) -> Tensor:
        own_keys = keys if shared else keys[start:stop]
        weights = _weights(queries[start:stop], own_keys, width, kernel, empty, first=start)
        # (q, k) · (k,) or (k, c) where they are shared, or row by row
        return weights @ values if shared else (weights * values[start:stop]).sum(dim=-1)

    return _in_blocks(pool, len(queries), keys.shape[-1], width, queries, keys, values)


def _pool_by_softmax(
    queries: Tensor, keys: Tensor, columns: Tensor, width: Tensor, kernel: str
) -> Tensor:
    if kernel != "gaussian":
        raise ValueError(f'method "sdpa" is for the gaussian kernel only, got kernel {kernel!r}')
    inputs = [x.double() for x in (queries, keys, columns, width)]
    length = softmax.scaled_length(*(x.detach() for x in (inputs[0], inputs[1], width)))
    if not length <= softmax.LARGEST_LENGTH:
        raise ValueError(
            f'method "sdpa" keeps its digits while |w| times the range of queries and keys is at '
            f"most {softmax.LARGEST_LENGTH:g}, got {length:g}; use another method"
        )
    return softmax.pool(*inputs)


def _leave_one_out_directly(x: Tensor, y: Tensor, width: Tensor, kernel: str) -> Tensor:
    def squared_errors(start: int, stop: int, width: Tensor) -> Tensor:
        rows = torch.arange(start, stop, device=x.device)
        itself = rows[:, None] == torch.arange(len(x), device=x.device)
        weights = _weights(
            x[start:stop], x, width, kernel, "error", first=start, excluded=itself, name="x_train"
        )
        return (weights @ y - y[start:stop]).square()

    return _in_blocks(squared_errors, len(x), len(x), width, x, y).sum()


def _weights(
    queries: Tensor,
    keys: Tensor,
    w: Tensor,
    kernel: str,
    empty: Empty,
    *,
    first: int = 0,
    excluded: Tensor | None = None,
    name: str = "queries",
) -> Tensor:
    """Weights for checked arguments.

    `excluded` (q, k) marks pairs to leave out; an error calls the queries `name` and counts them
    from `first`.
    """
    # Halved before subtracting: the distance of two finite numbers may not be finite.
    half_distance = (queries[:, None] / 2 - keys / 2).abs()  # (q, k)
    if kernel == "gaussian":
        return torch.softmax(_gaussian_scores(half_distance, w, excluded), dim=-1)
    scaled = 2 * _bounded(half_distance * w)  # (q, k), far beyond any reach where it was bounded
    similarity = get_kernel(kernel)(scaled) + 0 * w  # a flat kernel has gradient 0, not none
    if excluded is not None:
        similarity = similarity.masked_fill(excluded, 0)
    total = similarity.sum(dim=-1, keepdim=True)  # (q, 1)
    alone = total == 0
    if empty == "error" and bool(alone.any()):
        raise _out_of_reach(name, alone.squeeze(-1), queries, w, kernel, first)
    # Divided by 1 first, so that a chosen NaN stays out of the gradient of the other rows.
    return (similarity / total.masked_fill(alone, 1)).masked_fill(alone, torch.nan)


def _gaussian_scores(half_distance: Tensor, w: Tensor, excluded: Tensor | None) -> Tensor:
    """Scores −½w²(d² − d_min²): softmax does not see the shift, and nothing becomes inf − inf."""
    candidates = half_distance.detach()
    if excluded is not None:
        candidates = candidates.masked_fill(excluded, torch.inf)
    nearest = candidates.amin(dim=-1, keepdim=True)  # (q, 1)
    # d² − d_min² as a product keeps its small differences. Each factor is bounded by itself, so
    # that the nearest key scores 0 · finite = 0 where the other factor overflows. For any other
    # key the two factors are too near in size for the bound to change a weight above 0.
    difference = _bounded((half_distance - nearest) * w)
    mean = _bounded((half_distance / 2 + nearest / 2) * w)  # halved: the sum may not be finite
    scores = -4 * difference * mean
    return scores if excluded is None else scores.masked_fill(excluded, -torch.inf)


def _bounded(x: Tensor) -> Tensor:
    limit = math.sqrt(torch.finfo(x.dtype).max) / 4
    return x.clamp(-limit, limit)


def _out_of_reach(
    name: str, alone: Tensor, queries: Tensor, w: Tensor, kernel: str, first: int = 0
) -> ValueError:
    row = int(alone.nonzero()[0])
    return ValueError(
        f"{name}[{first + row}] = {float(queries[row].detach()):g} has no key within the reach of "
        f"the {kernel} kernel at w = {float(w.detach()):g}; use a smaller w or another kernel"
    )


def _check_reach(
    pooled: Tensor, queries: Tensor, w: Tensor, kernel: str, empty: Empty, name: str = "queries"
) -> None:
    """Raise for pooled (c, q) where a query was left without a key, unless NaN is chosen."""
    if empty == "error":
        alone = pooled.detach()[0].isnan()
        if bool(alone.any()):
            raise _out_of_reach(name, alone, queries, w, kernel)


def _wants_gradient(*tensors: Tensor) -> bool:
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


def _in_blocks(
    compute: Callable[[int, int, Tensor], Tensor],
    n_rows: int,
    row_length: int,
    width: Tensor,
    *inputs: Tensor,
) -> Tensor:
    """Concatenate `compute(start, stop, width)` over blocks of rows of bounded size."""
    rows = max(1, _BLOCK_SIZE // row_length)
    if rows >= n_rows:
        return compute(0, n_rows, width)
    bounds = [(start, min(start + rows, n_rows)) for start in range(0, n_rows, rows)]
    if _wants_gradient(width, *inputs):
        return torch.cat(
            [checkpoint(compute, *bound, width, use_reentrant=False) for bound in bounds]
        )
    # Written into one tensor: results kept one by one would lie in the memory that a block of
    # weights gave back, and the next block would not fit there again.
    first = compute(*bounds[0], width)
    out = first.new_empty((n_rows, *first.shape[1:]))
    out[: len(first)] = first
    for start, stop in bounds[1:]:
        out[start:stop] = compute(start, stop, width)
    return out


def _as_width(w: float | Tensor, like: Tensor) -> Tensor:
    """Check `w` and return it as a 0-d tensor of `like`'s dtype, gradient kept."""
    if isinstance(w, Tensor):
        check_float_tensor("w", w, ndims=(0, 1))
        if w.numel() != 1:
            raise ValueError(f"w must be a number or hold one element, got shape {tuple(w.shape)}")
        width = w.reshape(())
    else:
        width = torch.tensor(check_number("w", w), dtype=torch.float64)
    limit = torch.finfo(like.dtype).max
    return width.double().clamp(-limit, limit).to(like)  # a float64 may lie beyond float32


def _check_training_pairs(x_train: Tensor, y_train: Tensor) -> None:
    check_float_tensor("x_train", x_train, ndims=(1,))
    check_float_tensor("y_train", y_train, ndims=(1,))
    check_same_dtype(x_train=x_train, y_train=y_train)
    check_same_shape(x_train=x_train, y_train=y_train)
    if len(x_train) < 2:
        raise ValueError("x_train must hold at least 2 inputs to leave one out, got 1")


def _check_empty(empty: str) -> None:
    check_choice("empty", empty, ("error", "nan"))
