"""Checks of arguments: on both sides of every rule, and the whole of every message."""

import math
import re
import sys
from typing import Any

import pytest
import torch
from torch import Tensor

from nwcore import _checks

INF, NAN = math.inf, math.nan
LARGEST = int(sys.float_info.max)


def said(error: type[Exception], message: str) -> Any:
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def f32(*shape: int) -> Tensor:
    return torch.zeros(shape)


# --- numbers ---


@pytest.mark.parametrize(
    ("value", "rule", "message"),
    [
        (True, {}, None),
        ("1", {}, None),
        (1j, {}, None),
        (NAN, {}, "number must be finite, got nan"),
        (-INF, {}, "number must be finite, got -inf"),
        (10 * LARGEST, {}, f"number must be finite, got {10 * LARGEST}"),
        (-10 * LARGEST, {}, f"number must be finite, got {-10 * LARGEST}"),
        (0.4, {"low": 0.5}, "number must be at least 0.5, got 0.4"),
        (0.5, {"low": 0.5, "strict": True}, "number must be above 0.5, got 0.5"),
        (0.4, {"low": 0.5, "strict": True}, "number must be above 0.5, got 0.4"),
        (2.5, {"high": 2}, "number must be at most 2, got 2.5"),
    ],
)
def test_numbers_that_are_refused(value: object, rule: dict[str, Any], message: str | None) -> None:
    if message is None:
        with said(TypeError, f"number must be a real number, got {value!r}"):
            _checks.check_number("number", value, **rule)
    else:
        with said(ValueError, message):
            _checks.check_number("number", value, **rule)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (0.5, {"low": 0.5}),
        (0.6, {"low": 0.5, "strict": True}),
        (2.0, {"high": 2.0}),
        (2.0, {"high": 2.0, "strict": True}),
        (-3, {}),
        (LARGEST, {}),
        (-LARGEST, {}),
    ],
)
def test_numbers_that_are_taken(value: float, rule: dict[str, Any]) -> None:
    found = _checks.check_number("number", value, **rule)
    assert type(found) is float
    assert found == value


@pytest.mark.parametrize(
    ("value", "high", "message"),
    [
        (2, None, "count must be at least 3, got 2"),
        (2, 5, "count must be between 3 and 5, got 2"),
        (6, 5, "count must be between 3 and 5, got 6"),
        (3, None, None),
        (3, 5, None),
        (5, 5, None),
        (10**30, None, None),
    ],
)
def test_integers_at_the_ends_of_their_range(
    value: int, high: int | None, message: str | None
) -> None:
    if message is None:
        assert _checks.check_integer("count", value, low=3, high=high) == value
    else:
        with said(ValueError, message):
            _checks.check_integer("count", value, low=3, high=high)


@pytest.mark.parametrize("value", [True, 3.0, "3", None])
def test_what_is_no_integer(value: object) -> None:
    with said(TypeError, f"count must be an integer, got {value!r}"):
        _checks.check_integer("count", value, low=0)


# --- choices and flags ---


@pytest.mark.parametrize("value", ["d", "", None, 3, ("a",)])
def test_a_choice_is_one_of_those_there_are(value: object) -> None:
    with said(ValueError, f'name must be "a", "b" or "c", got {value!r}'):
        _checks.check_choice("name", value, ("a", "b", "c"))
    for choice in ("a", "b", "c"):
        _checks.check_choice("name", choice, ("a", "b", "c"))


@pytest.mark.parametrize("value", [1, 0, None, "True"])
def test_a_flag_is_true_or_false(value: object) -> None:
    with said(TypeError, f"flag must be True or False, got {value!r}"):
        _checks.check_flag("flag", value)
    for flag in (True, False):
        _checks.check_flag("flag", flag)


# --- tensors ---


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([1.0], TypeError, "x must be a torch.Tensor, got list"),
        (f32(2).to_sparse(), TypeError, "x must be a dense tensor, got layout torch.sparse_coo"),
        (f32(2).to("meta"), ValueError, "x must lie on the CPU, got device meta"),
        (
            f32(2).half(),
            TypeError,
            "x must have dtype torch.float32 or torch.float64, got torch.float16",
        ),
        (f32(), ValueError, "x must have rank 1 or 2, got shape ()"),
        (f32(1, 1, 1), ValueError, "x must have rank 1 or 2, got shape (1, 1, 1)"),
        (f32(3, 0), ValueError, "x must not be empty, got shape (3, 0)"),
        (
            torch.tensor([1.0, NAN, 2.0]),
            ValueError,
            "x must be finite, got NaN or infinity among its values",
        ),
        (
            torch.tensor([1.0, INF, -INF]),
            ValueError,
            "x must be finite, got NaN or infinity among its values",
        ),
    ],
)
def test_tensors_that_are_refused(value: object, error: type[Exception], message: str) -> None:
    with said(error, message):
        _checks.check_float_tensor("x", value, ndims=(1, 2))


def test_tensors_that_are_taken() -> None:
    for value in (f32(1), f32(2, 3), f32(2).double()):
        assert _checks.check_float_tensor("x", value, ndims=(1, 2)) is value
    assert _checks.check_float_tensor("x", f32()).ndim == 0
    assert _checks.check_float_tensor("x", f32(1, 1, 1)).ndim == 3
    large = torch.full((3,), float(LARGEST), dtype=torch.float64)  # whose sum is infinite
    assert _checks.check_float_tensor("x", large) is large


def test_tensors_that_must_go_together() -> None:
    _checks.check_same_dtype(a=f32(1), b=f32(2))
    with said(
        TypeError,
        "a and b must have the same dtype, got a torch.float32, b torch.float64",
    ):
        _checks.check_same_dtype(a=f32(1), b=f32(1).double())
    _checks.check_same_shape(a=f32(2, 3), b=f32(2, 3).double())
    with said(ValueError, "a and b must have the same shape, got a (2, 3), b (3, 2)"):
        _checks.check_same_shape(a=f32(2, 3), b=f32(3, 2))


def test_queries_and_keys() -> None:
    _checks.check_inputs(f32(3), f32(5))
    _checks.check_inputs(f32(3), f32(3, 5))
    with said(ValueError, "queries must have rank 1, got shape ()"):
        _checks.check_inputs(f32(), f32(5))
    with said(ValueError, "keys must have rank 1 or 2, got shape ()"):
        _checks.check_inputs(f32(3), f32())
    with said(ValueError, "keys of rank 2 must have one row a query, got 5 rows for 3 queries"):
        _checks.check_inputs(f32(3), f32(5, 3))
    with pytest.raises(TypeError, match="queries and keys must have the same dtype"):
        _checks.check_inputs(f32(3), f32(5).double())


def test_values() -> None:
    _checks.check_values(f32(5), f32(5))
    _checks.check_values(f32(5, 2), f32(5))
    _checks.check_values(f32(3, 5), f32(3, 5))
    with pytest.raises(ValueError, match=r"keys and values must have the same shape, got keys \(5"):
        _checks.check_values(f32(4), f32(5))
    with pytest.raises(ValueError, match="same shape"):
        _checks.check_values(f32(4, 2), f32(5))
    with pytest.raises(ValueError, match="same shape"):
        _checks.check_values(f32(5, 2), f32(5), columns=False)
    with pytest.raises(ValueError, match="same shape"):
        _checks.check_values(f32(3, 4), f32(3, 5))
    with pytest.raises(ValueError, match="same shape"):
        _checks.check_values(f32(3), f32(3, 5))
    with pytest.raises(TypeError, match="same dtype"):
        _checks.check_values(f32(5, 2).double(), f32(5))
    with said(ValueError, "values must have rank 1 or 2, got shape (5, 1, 1)"):
        _checks.check_values(f32(5, 1, 1), f32(5))


def test_training_pairs() -> None:
    _checks.check_training_pairs(f32(2), f32(2))
    with said(ValueError, "x_train must hold at least 2 inputs to leave one out, got 1"):
        _checks.check_training_pairs(f32(1), f32(1))
    with said(ValueError, "x_train must have rank 1, got shape (2, 1)"):
        _checks.check_training_pairs(f32(2, 1), f32(2))
    with said(ValueError, "y_train must have rank 1, got shape ()"):
        _checks.check_training_pairs(f32(2), f32())
    with pytest.raises(ValueError, match="x_train and y_train must have the same shape"):
        _checks.check_training_pairs(f32(2), f32(3))
    with pytest.raises(TypeError, match="x_train and y_train must have the same dtype"):
        _checks.check_training_pairs(f32(2), f32(2).double())


def test_transforms_are_noticed() -> None:
    x = torch.ones(3)
    seen = []

    def look(x: Tensor) -> Tensor:
        seen.append((_checks.transforms_active(), _checks.is_transformed(torch.ones(2), x)))
        return x.sum()

    look(x)
    torch.func.grad(look)(x)
    torch.func.jvp(look, (x,), (x,))
    with torch.autograd.forward_ad.dual_level():
        look(x)
        look(torch.autograd.forward_ad.make_dual(x, x))
    look(x)
    active, transformed = (False, False), (True, True)
    assert seen == [active, transformed, transformed, (True, False), transformed, active]

    def check(x: Tensor) -> Tensor:
        return _checks.check_float_tensor("x", x)

    with said(ValueError, "x must not be batched by torch.func.vmap, got (3,)"):
        torch.func.vmap(check)(torch.ones(2, 3))
