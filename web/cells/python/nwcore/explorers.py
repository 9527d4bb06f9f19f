"""Explorers: the page makes them, with the values that a cell gives."""

import json as _json

import _host as _host
from _nw import module_getattr as _module_getattr
from nwcore import _integer, _number
from nwcore.kernels import KERNELS as _KERNELS

_SEED = ("whole", 0, 2**32 - 1)
_POOLING = {
    "w": ("number", 0.1, 100.0),
    "noise": ("number", 0.0, 2.0),
    "n_train": ("whole", 1, 500),
    "seed": _SEED,
    "kernel": ("choice",) + tuple(_KERNELS) + ("sparsemax", "entmax15", "own"),
    "formula": ("formula",),
    "line": ("flag",),
    "n_queries": ("whole", 2, 200),
    "query": ("whole", 0, 199),
    "pinned": ("flag",),
    "sweeps": ("flag",),
}
_POOLING_DEFAULTS = {
    "w": 1.0,
    "noise": 0.5,
    "n_train": 50,
    "seed": 0,
    "kernel": "gaussian",
    "formula": "exp(-abs(u))",
    "line": False,
    "n_queries": 50,
    "query": 20,
    "pinned": False,
    "sweeps": False,
}


def _checked(name, value, rule):
    kind = rule[0]
    if kind == "number":
        return _number(name, value, low=rule[1], high=rule[2])
    if kind == "whole":
        return _integer(name, value, rule[1], rule[2])
    if kind == "formula":
        fault = _host.formula_fault(value) if isinstance(value, str) else "no text"
        if fault:
            raise ValueError("%s must be a kernel in one line, got %r (%s)" % (name, value, fault))
        return value
    if kind == "flag":
        if not isinstance(value, bool):
            raise TypeError("%s must be True or False, got %r" % (name, value))
    elif value not in rule[1:]:
        raise ValueError("%s must be one of %s, got %r" % (name, ", ".join(rule[1:]), value))
    return value


class _Explorer:
    def __init__(self, controls=None, **traits):
        for name in traits:
            if name not in self._rules:
                raise TypeError("%s has no trait %s" % (type(self).__name__, name))
            value = _checked(name, traits[name], self._rules[name])
            traits[name] = value
        self._traits = dict(self._defaults)
        self._traits.update(traits)
        for name in self._traits:
            setattr(self, name, self._traits[name])
        self._controls = None if controls is None else list(controls)
        self._shown = False  # then a reader may have made it show something else

    def _show_(self):
        self._shown = True
        told = {"name": self._name, "traits": self._traits, "controls": self._controls}
        _host.show("explorer", "", _json.dumps(told))


class AttentionExplorer(_Explorer):
    _name, _rules, _defaults = "attention", _POOLING, _POOLING_DEFAULTS


class KernelExplorer(_Explorer):
    _name, _rules, _defaults = "kernels", _POOLING, _POOLING_DEFAULTS


class TrainingExplorer(_Explorer):
    _name = "training"
    _rules = {
        "start": ("number", 0.01, 100.0),
        "lr": ("number", 0.001, 10.0),
        "reduction": ("choice", "sum", "mean", "half"),
        "steps": ("whole", 0, 200),
        "noise": ("number", 0.0, 2.0),
        "n_train": ("whole", 2, 100),
        "seed": _SEED,
    }
    _defaults = {
        "start": 0.6,
        "lr": 0.5,
        "reduction": "sum",
        "steps": 0,
        "noise": 0.5,
        "n_train": 50,
        "seed": 0,
    }


__getattr__ = _module_getattr("nwcore.explorers")
