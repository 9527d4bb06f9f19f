"""What cells run in: errors, formats, output, and the tensor that stands for torch.Tensor."""

import io
import json
import sys
from collections import OrderedDict

import _engine as engine
import _host as host

_ERRORS = {
    "ValueError": ValueError,
    "TypeError": TypeError,
    "IndexError": IndexError,
    "RuntimeError": RuntimeError,
    "MemoryError": MemoryError,
    "NotImplementedError": NotImplementedError,
}


def call(function, *given):
    """Call the engine, and raise what it says went wrong."""
    result = function(*given)
    if result is None:
        name, _, message = engine.failed().partition(":")
        raise _ERRORS.get(name, RuntimeError)(message)
    return result


def lacking(what):
    return NotImplementedError(
        what + " is not in this page's stand-in for PyTorch; `make lab` runs the real one"
    )


class Lacking:
    """A name that may be imported and not used."""

    def __init__(self, name):
        self._name = name

    def __call__(self, *given, **named):
        raise lacking(self._name)

    def __getattr__(self, name):
        raise lacking(self._name + "." + name)

    def __repr__(self):
        return "<" + self._name + ", which this page's stand-in for PyTorch lacks>"


def module_getattr(module):
    def look(name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Lacking(module + "." + name)

    return look


# Formats


def _text_of(value):
    from torch import Tensor

    if isinstance(value, float):
        return engine.repr(value)
    if isinstance(value, Tensor):
        return repr(value)
    if type(value) in (list, tuple) or isinstance(value, (dict, tuple)):
        return _repr(value)
    return str(value)


def field(value, spec, conversion):
    """One field of an f-string."""
    if conversion == "r":
        value = repr(value)
    elif conversion == "s":
        value = str(value)
    if not spec:
        return value.__format__("") if hasattr(value, "_js") else _text_of(value)
    return formatted(value, spec)


def formatted(value, spec=""):
    if isinstance(value, str):
        return call(engine.format, "str", value, spec)
    if isinstance(value, bool):
        return call(engine.format, "int", str(int(value)), spec) if spec else str(value)
    if isinstance(value, int):
        return call(engine.format, "int", str(value), spec)
    if isinstance(value, float):
        return call(engine.format, "float", _decimal(value), spec)
    if hasattr(value, "__format__"):
        return value.__format__(spec)
    raise TypeError("unsupported format string passed to " + type(value).__name__ + ".__format__")


def _decimal(value):
    text = engine.repr(value)
    return text.replace("inf", "Infinity").replace("nan", "NaN")


def join(*parts):
    return "".join(parts)


def make_dict(*items):
    """A dictionary that keeps the order of its items."""
    return OrderedDict(items)


def items_of(mapping):
    return list(mapping.items())


def to_float(value=0.0):
    from torch import Tensor

    return value.__float_value__() if isinstance(value, Tensor) else float(value)


def to_int(value=0, *base):
    from torch import Tensor

    return int(value.item()) if isinstance(value, Tensor) else int(value, *base)


# Python's own functions that MicroPython has in part


def _print(*values, sep=" ", end="\n", file=None, flush=False):
    host.say((" " if sep is None else sep).join([_text_of(each) for each in values]) + ("\n" if end is None else end))


def _zip(*lists, strict=False):
    if strict:
        lists = [list(each) for each in lists]
        if len(set(len(each) for each in lists)) > 1:
            raise ValueError("zip() arguments have different lengths")
    return _plain_zip(*lists)


_plain_zip = zip


def _input(*prompt):
    raise lacking("input()")


def show(value):
    """Show the value of a cell's last expression."""
    if value is None:
        return
    if hasattr(value, "_show_"):
        value._show_()
    else:
        host.show("value", "", json.dumps(_repr(value)))


def _repr(value):
    if isinstance(value, float):
        return engine.repr(value)
    if type(value) in (list, tuple):
        inner = ", ".join([_repr(each) for each in value])
        if isinstance(value, list):
            return "[" + inner + "]"
        return "(" + inner + (",)" if len(value) == 1 else ")")
    if isinstance(value, dict):
        return "{" + ", ".join([_repr(k) + ": " + _repr(v) for k, v in value.items()]) + "}"
    if isinstance(value, tuple):  # MicroPython would write it as a plain one
        return value.__repr__()
    return repr(value)


# Cells

CELL = "<cell>"
space = {"__name__": "__main__"}
for _name, _value in (
    ("_nw_join", join),
    ("_nw_field", field),
    ("_nw_float", to_float),
    ("_nw_int", to_int),
    ("print", _print),
    ("zip", _zip),
    ("format", formatted),
    ("input", _input),
    ("_nw_show", show),
    ("_nw_dict", make_dict),
    ("_nw_items", items_of),
):
    space[_name] = _value


def run_cell(code):
    """Run a cell; JSON with what went wrong, and in which of its lines."""
    try:
        exec(compile(code, CELL, "exec"), space)
    except SystemExit:
        pass
    except BaseException as error:
        return json.dumps(_told(error))
    return json.dumps({"ok": True, "error": "", "line": 0})


def _told(error):
    buffer = io.StringIO()
    sys.print_exception(error, buffer)
    lines = buffer.getvalue().rstrip().split("\n")
    line = 0
    for each in lines:
        if '"' + CELL + '"' in each:
            number = each.split("line ")[1].split(",")[0]
            line = int(number)
    said = str(error)
    text = type(error).__name__ + (": " + said if said else "")
    if isinstance(error, SyntaxError):
        text += " (the small interpreter of this page reads most of Python, not all of it)"
    return {"ok": False, "error": text, "line": line}


def names():
    """What there is, module by module."""
    import nwcore
    import nwcore.exercises
    import nwcore.explorers
    import nwcore.kernels
    import nwcore.plotting
    import nwcore.words
    import numpy
    import torch
    import torch.nn
    import torch.nn.functional

    found = {}
    for name, module in (
        ("torch", torch),
        ("torch.Tensor", torch.Tensor),
        ("torch.nn", torch.nn),
        ("torch.nn.functional", torch.nn.functional),
        ("torch.optim", torch.optim),
        ("torch.testing", torch.testing),
        ("torch.autograd", torch.autograd),
        ("nwcore", nwcore),
        ("nwcore.kernels", nwcore.kernels),
        ("nwcore.plotting", nwcore.plotting),
        ("nwcore.explorers", nwcore.explorers),
        ("nwcore.exercises", nwcore.exercises),
        ("nwcore.words", nwcore.words),
        ("numpy", numpy),
    ):
        listed = [each for each in module.__dict__ if each[0] != "_"]
        if name == "torch.Tensor":
            listed += list(module._methods)
        modules = [each for each in listed if type(getattr(module, each, None)) is type(json)]
        found[name] = sorted(set(listed) - set(modules))
    return json.dumps(found)
