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
    if not bool(torch.isfinite(value).all()):
        raise ValueError(f"{name} must be finite, got NaN or infinity among its values")
    return value


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


def check_queries_and_keys(queries: Tensor, keys: Tensor) -> None:
    """Check queries (q,) and keys (k,) or (q, k)."""
    check_float_tensor("queries", queries, ndims=(1,))
    check_float_tensor("keys", keys, ndims=(1, 2))
    check_same_dtype(queries=queries, keys=keys)
    if keys.ndim == 2 and len(keys) != len(queries):
        raise ValueError(
            f"keys of rank 2 must have one row a query, got {len(keys)} rows "
            f"for {len(queries)} queries"
        )


def check_values(values: Tensor, keys: Tensor, *, columns: bool = True) -> None:
    """Check values against checked keys: one value a key, or `columns` of them for shared keys."""
    check_float_tensor("values", values, ndims=(1, 2))
    if not (columns and keys.ndim == 1 and values.ndim == 2 and len(values) == len(keys)):
        check_same_shape(keys=keys, values=values)
    check_same_dtype(keys=keys, values=values)


def check_training_pairs(x_train: Tensor, y_train: Tensor) -> None:
    """Check training pairs x_train (n,), y_train (n,): float vectors of one dtype, at least two."""
    check_float_tensor("x_train", x_train, ndims=(1,))
    check_float_tensor("y_train", y_train, ndims=(1,))
    check_same_dtype(x_train=x_train, y_train=y_train)
    check_same_shape(x_train=x_train, y_train=y_train)
    if len(x_train) < 2:
        raise ValueError("x_train must hold at least 2 inputs to leave one out, got 1")


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
