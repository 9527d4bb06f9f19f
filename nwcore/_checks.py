"""Argument checks of the package: every message names the argument, the value and the rule."""

import math
import sys
from numbers import Integral, Real

import torch
from torch import Tensor
from torch.autograd import forward_ad

FLOAT_DTYPES = (torch.float32, torch.float64)


def check_float_tensor(name: str, value: object, *, ndims: tuple[int, ...] | None = None) -> Tensor:
    """Return `value` if it is a non-empty, finite float32/float64 tensor of an allowed rank.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What the caller gave.
    ndims : tuple of int, optional
        Allowed ranks; any rank when omitted.

    Raises
    ------
    TypeError
        If `value` is no tensor, or a sparse one, or its dtype is not float32 or float64.
    ValueError
        If it does not lie on the CPU, its rank is not allowed, it is empty, it holds NaN or
        infinity, or `torch.func.vmap` has taken a dimension from it.
    """
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(value).__name__}")
    if value.layout is not torch.strided:
        raise TypeError(f"{name} must be a dense tensor, got layout {value.layout}")
    if value.device.type != "cpu":
        raise ValueError(f"{name} must lie on the CPU, got device {value.device}")
    if transforms_active() and torch._C._functorch.is_batchedtensor(value):
        raise ValueError(f"{name} must not be batched by torch.func.vmap, got {tuple(value.shape)}")
    if value.dtype not in FLOAT_DTYPES:
        raise TypeError(f"{name} must have dtype torch.float32 or torch.float64, got {value.dtype}")
    if ndims is not None and value.ndim not in ndims:
        allowed = " or ".join(str(n) for n in ndims)
        raise ValueError(f"{name} must have rank {allowed}, got shape {tuple(value.shape)}")
    if value.numel() == 0:
        raise ValueError(f"{name} must not be empty, got shape {tuple(value.shape)}")
    if not _is_finite(value):
        raise ValueError(f"{name} must be finite, got NaN or infinity among its values")
    return value


def _is_finite(value: Tensor) -> bool:
    """Whether no element is NaN or infinite: where one is, no sum with it is finite.

    That is seen in one pass without a copy. A sum of finite numbers may overflow; only then they
    are looked at one by one.
    """
    return math.isfinite(value.detach().sum().item()) or bool(torch.isfinite(value).all())


def transforms_active() -> bool:
    """Whether a transform of `torch.func`, or forward-mode differentiation, is at work."""
    at_work: object = torch._C._functorch.peek_interpreter_stack()
    return at_work is not None or forward_ad._current_level >= 0


def is_transformed(*tensors: Tensor) -> bool:
    """Whether one of the tensors is followed by `torch.func` or carries a tangent."""
    return transforms_active() and any(
        torch._C._functorch.is_functorch_wrapped_tensor(tensor)
        or forward_ad.unpack_dual(tensor).tangent is not None  # type: ignore[no-untyped-call]
        for tensor in tensors
    )


def check_same_dtype(**tensors: Tensor) -> None:
    """Raise `TypeError` unless all named tensors have one dtype."""
    if len({tensor.dtype for tensor in tensors.values()}) > 1:
        found = ", ".join(f"{name} {tensor.dtype}" for name, tensor in tensors.items())
        raise TypeError(f"{' and '.join(tensors)} must have the same dtype, got {found}")


def check_same_shape(**tensors: Tensor) -> None:
    """Raise `ValueError` unless all named tensors have one shape."""
    if len({tensor.shape for tensor in tensors.values()}) > 1:
        found = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items())
        raise ValueError(f"{' and '.join(tensors)} must have the same shape, got {found}")


def has_coordinates(inputs: object) -> bool:
    """Whether the inputs have a dimension of coordinates behind the one that counts them."""
    return isinstance(inputs, Tensor) and inputs.ndim > 1


def check_inputs(queries: Tensor, keys: Tensor) -> None:
    """Check queries (q,) and keys (k,) or (q, k); or points, (..., q, d) and (..., k, d)."""
    if has_coordinates(queries):
        _check_points(queries, keys)
        return
    check_float_tensor("queries", queries, ndims=(1,))
    check_float_tensor("keys", keys, ndims=(1, 2))
    check_same_dtype(queries=queries, keys=keys)
    if keys.ndim == 2 and len(keys) != len(queries):
        raise ValueError(
            f"keys of rank 2 must have one row a query, got {len(keys)} rows "
            f"for {len(queries)} queries"
        )


def check_values(
    values: Tensor, keys: Tensor, queries: Tensor | None = None, *, columns: bool = True
) -> None:
    """Check values against checked keys: one a key, or `columns` of them for shared keys.

    Queries with coordinates, if they are given, say that the keys have some, too.
    """
    if has_coordinates(queries):
        check_point_values(values, keys)
        return
    check_float_tensor("values", values, ndims=(1, 2))
    if not (columns and keys.ndim == 1 and values.ndim == 2 and len(values) == len(keys)):
        check_same_shape(keys=keys, values=values)
    check_same_dtype(keys=keys, values=values)


def check_training_pairs(x_train: Tensor, y_train: Tensor, *, points: bool = False) -> None:
    """Check training pairs x_train (n,), y_train (n,): float vectors of one dtype, at least two.

    Where `points` are welcome, x_train (..., n, d) and y_train (..., n) will do, too.
    """
    coordinates = points and has_coordinates(x_train)
    ndims = None if coordinates else (1,)
    check_float_tensor("x_train", x_train, ndims=ndims)
    check_float_tensor("y_train", y_train, ndims=ndims)
    check_same_dtype(x_train=x_train, y_train=y_train)
    if not coordinates:
        check_same_shape(x_train=x_train, y_train=y_train)
    elif y_train.shape != x_train.shape[:-1]:
        raise ValueError(
            f"y_train must have one value an input, shape {tuple(x_train.shape[:-1])}, got "
            f"{tuple(y_train.shape)}"
        )
    if y_train.shape[-1] < 2:
        raise ValueError("x_train must hold at least 2 inputs to leave one out, got 1")


def _check_points(queries: Tensor, keys: Tensor) -> None:
    """Check queries (..., q, d) and keys (..., k, d) whose leading dimensions broadcast."""
    check_float_tensor("queries", queries)
    check_float_tensor("keys", keys)
    check_same_dtype(queries=queries, keys=keys)
    if keys.ndim < 2 or keys.shape[-1] != queries.shape[-1]:
        raise ValueError(
            f"keys must have as many coordinates as queries, (..., k, {queries.shape[-1]}), got "
            f"shape {tuple(keys.shape)} for queries of shape {tuple(queries.shape)}"
        )
    check_leading("keys", keys.shape[:-2], queries.shape[:-2])


def check_point_values(values: Tensor, keys: Tensor) -> None:
    """Check values (..., k), or (..., k, c), against checked keys (..., k, d)."""
    check_float_tensor("values", values)
    shapes = [tuple(values.shape[: keys.ndim - 1]), tuple(keys.shape[:-1])]
    if values.ndim not in (keys.ndim - 1, keys.ndim) or shapes[0] != shapes[1]:
        raise ValueError(
            f"values must have shape {shapes[1]}, or that and a number of columns, for keys of "
            f"shape {tuple(keys.shape)}, got {tuple(values.shape)}"
        )
    check_same_dtype(keys=keys, values=values)


def check_mask(mask: object, n_queries: int, n_keys: int, batch: torch.Size | None) -> None:
    """Check a mask, bool: (q, k), or (..., q, k) that broadcasts with a batch, if there is one."""
    if not isinstance(mask, Tensor):
        raise TypeError(f"mask must be a torch.Tensor, got {type(mask).__name__}")
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must have dtype torch.bool, got {mask.dtype}")
    if mask.layout is not torch.strided or mask.device.type != "cpu":
        raise ValueError(f"mask must be dense and on the CPU, got {mask.layout} on {mask.device}")
    fits = mask.ndim >= 2 and tuple(mask.shape[-2:]) == (n_queries, n_keys)
    if not fits or (batch is None and mask.ndim > 2):
        leading = "" if batch is None else "..., "
        raise ValueError(
            f"mask must have one row a query and one column a key, ({leading}{n_queries}, "
            f"{n_keys}), got shape {tuple(mask.shape)}"
        )
    if batch is not None:
        check_leading("mask", mask.shape[:-2], batch)


def check_none_alone(alone: Tensor) -> None:
    """Raise `ValueError` if a mask leaves one of the queries (..., q) alone, without a key."""
    if bool(alone.any()):
        row = int(alone.nonzero()[0, -1])
        raise ValueError(f"mask must leave every query a key, leaves query {row} none")


def broadcast(*leading: torch.Size) -> torch.Size:
    """What leading dimensions that are known to fit broadcast to."""
    return torch.Size(torch.broadcast_shapes(*leading))  # type: ignore[no-untyped-call]


def check_leading(name: str, found: torch.Size, others: torch.Size) -> None:
    """Raise `ValueError` unless leading dimensions broadcast with those of the others."""
    pairs = zip(reversed(found), reversed(others), strict=False)
    if not all(a == b or 1 in (a, b) for a, b in pairs):
        raise ValueError(
            f"{name} must have leading dimensions that broadcast with {tuple(others)}, got "
            f"{tuple(found)}"
        )


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise `ValueError` unless `value` is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        allowed = ", ".join(f'"{choice}"' for choice in choices[:-1])
        raise ValueError(f'{name} must be {allowed} or "{choices[-1]}", got {value!r}')


def check_flag(name: str, value: object) -> None:
    """Raise `TypeError` unless `value` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_integer(name: str, value: object, *, low: int, high: int | None = None) -> int:
    """Return `value` as an `int` if it is an integer in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    number = int(value)
    if number < low or (high is not None and number > high):
        rule = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"{name} must be {rule}, got {number}")
    return number


def check_number(
    name: str,
    value: object,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    strict: bool = False,
) -> float:
    """Return `value` as a `float` if it is finite and in [low, high] (`strict`: above `low`)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    # An integer beyond the largest float is as good as infinite.
    beyond = isinstance(value, Integral) and abs(int(value)) > sys.float_info.max
    number = math.inf if beyond else float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value}")
    if number < low or (strict and number == low):
        raise ValueError(f"{name} must be {'above' if strict else 'at least'} {low:g}, got {value}")
    if number > high:
        raise ValueError(f"{name} must be at most {high:g}, got {value}")
    return number


def check_loss(loss: Tensor, y_train: Tensor) -> Tensor:
    """Return a sum of squared errors of the training outputs if it is a finite number."""
    if not bool(torch.isfinite(loss)):
        raise ValueError(
            f"y_train must have a finite sum of squared errors in {y_train.dtype}, got values up "
            f"to {float(y_train.detach().abs().max()):g}"
        )
    return loss


def check_w(w: float | Tensor) -> Tensor:
    """Check `w` and return it as a 0-d float64 tensor, gradient kept."""
    if isinstance(w, Tensor):
        check_float_tensor("w", w, ndims=(0, 1))
        if w.numel() != 1:
            raise ValueError(f"w must be a number or hold one element, got shape {tuple(w.shape)}")
        return w.reshape(()).double()
    return torch.tensor(check_number("w", w), dtype=torch.float64)
