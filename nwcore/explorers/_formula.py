"""A kernel written in one line of Python, such as `exp(-abs(u))`: js/engine/formula.js, in Python.

Numbers, `u`, `pi`, `e`, `+ - * /`, `**` (or `^`), comparisons that give 0 or 1, and functions.
Python's own parser reads the line, and only what is named here is computed.
"""

import ast
import math
import operator
import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor

LONGEST_FORMULA = 200
_FARTHEST = 1000.0
_EVEN = 1e-12

# A number as Python writes one, a name, a sign, and nothing else.
_TOKEN = re.compile(
    r"\s*(?P<token>(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[^\W\d]\w*"
    r"|\*\*|[<>=!]=|[-+*/^()<>,])",
    re.ASCII,
)
_CONSTANTS = {"pi": math.pi, "e": math.e}
_ONE: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": torch.abs,
    "exp": torch.exp,
    "sqrt": torch.sqrt,
    "cos": torch.cos,
    "sin": torch.sin,
    "tanh": torch.tanh,
    "log": torch.log,
}
_MANY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"max": torch.maximum, "min": torch.minimum}
_OPERATIONS: dict[type[ast.operator | ast.cmpop | ast.unaryop], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def read_formula(text: str) -> Callable[[Tensor], Tensor]:
    """What a line computes from `u`, a float64 tensor of any shape.

    Raises
    ------
    ValueError
        If the line is empty, too long, or says anything that is not listed above.
    """
    if len(text) > LONGEST_FORMULA:
        raise ValueError(f"formula must have at most {LONGEST_FORMULA} characters, got {len(text)}")
    try:
        tree = ast.parse(" ".join(_tokens(text)).replace("^", "**"), mode="eval").body
    except SyntaxError as wrong:
        raise ValueError(f"formula must be one expression, got {text!r} ({wrong.msg})") from None
    _value(tree, torch.zeros(1, dtype=torch.float64))  # names and counts, before anything is drawn
    return lambda u: _value(tree, u)


def kernel_of_formula(text: str) -> Callable[[Tensor], Tensor]:
    """The kernel that a line describes; its weights are finite, not below 0 and even in `u`.

    Where it is no such number all the same, farther than it is tried, its value is NaN.

    Raises
    ------
    ValueError
        As for `read_formula`; and if the line is no kernel.
    """
    formula = read_formula(text)
    steps = (i / 64 for i in range(1, 513))
    places = [0.0, *map(float, range(1, 9)), *steps, 1e-3, 1e-6, 1e-9, *_farther()]
    u = torch.tensor(places, dtype=torch.float64)
    values, mirrored = formula(u), formula(-u)
    for at, found in ((u, values), (-u, mirrored)):
        wrong = ~torch.isfinite(found) | (found < 0)
        if bool(wrong.any()):
            place = int(wrong.nonzero()[0])
            raise ValueError(
                f"formula must be a number that is not below 0, got {text!r}, which is "
                f"{float(found[place]):g} at u = {float(at[place]):g}"
            )
    if bool(((values - mirrored).abs() > _EVEN * torch.maximum(values, mirrored)).any()):
        raise ValueError(f"formula must be the same at u and at -u, got {text!r}")
    if not bool((values > 0).any()):
        raise ValueError(f"formula must not be 0 everywhere, got {text!r}")

    def kernel(u: Tensor) -> Tensor:
        found = formula(u)
        return torch.where((found >= 0) & torch.isfinite(found), found, torch.nan)

    return kernel


def _farther() -> list[float]:
    places = [8 * 1.05]
    while places[-1] < _FARTHEST:
        places.append(places[-1] * 1.05)
    return places


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            rest = text[place:].strip()
            raise ValueError(f"formula must not hold {rest[0]!r}, got {text!r}")
        tokens.append(found["token"])
        place = found.end()
    if not tokens:
        raise ValueError("formula must not be empty")
    return tokens


def _value(node: ast.expr, u: Tensor) -> Tensor:
    match node:
        case ast.Constant(value=int() | float() as number) if _is_finite(number):
            return torch.full_like(u, float(number))
        case ast.Name(id="u"):
            return u
        case ast.Name(id=name) if name in _CONSTANTS:
            return torch.full_like(u, _CONSTANTS[name])
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATIONS:
            return _operated(op, _value(operand, u))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _operated(op, _value(left, u), _value(right, u))
        case ast.Compare(left=left, ops=ops, comparators=others) if _are_known(ops):
            values = [_value(each, u) for each in (left, *others)]
            pairs = zip(ops, values[:-1], values[1:], strict=True)
            return reduce(operator.mul, (_operated(op, *pair).double() for op, *pair in pairs))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
            return _called(name, [_value(each, u) for each in given])
    raise ValueError(f"formula must not hold {ast.unparse(node)!r}")


def _is_finite(number: float) -> bool:
    return not isinstance(number, bool) and math.isfinite(float(number))


def _are_known(ops: list[ast.cmpop]) -> bool:
    return all(type(op) in _OPERATIONS for op in ops)


def _operated(op: ast.operator | ast.cmpop | ast.unaryop, *values: Tensor) -> Tensor:
    answer: Tensor = _OPERATIONS[type(op)](*values)
    return answer


def _called(name: str, given: list[Tensor]) -> Tensor:
    if name in _ONE and len(given) == 1:
        return _ONE[name](given[0])
    if name in _MANY and len(given) >= 2:
        return reduce(_MANY[name], given)
    if name == "where" and len(given) == 3:
        return torch.where(given[0] != 0, given[1], given[2])
    known = ", ".join((*_ONE, *_MANY, "where"))
    raise ValueError(
        f"formula must call one of {known}, with 1, 2 or more, or 3 values, got {name} "
        f"with {len(given)}"
    )
