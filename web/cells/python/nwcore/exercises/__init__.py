"""Answers are judged by the tables that the page has of its exercises, and by nwcore's own programs.

`judging` and `programs` beside this file are nwcore's, as they stand there.
"""

import json as _json

import _host as _host
from _nw import _repr
from _nw import lacking as _lacking
from _nw import module_getattr as _module_getattr
from nwcore.exercises.judging import NUMBER as _NUMBER
from nwcore.exercises.judging import read_number as _read_number
from nwcore.exercises.judging import verdict_in as _verdict_in
from nwcore.exercises.programs import PROGRAMS as _PROGRAMS


def _shortly(answer):
    text = " ".join(_repr(answer).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _judge(exercise, answer):
    kind = exercise["kind"]
    if answer is None or answer is ...:
        return "unanswered", {}
    if kind == "program":
        return _PROGRAMS[exercise["name"]].judge(answer)
    if kind == "place":
        if hasattr(answer, "_traits"):
            raise _lacking("what an explorer shows")
        return "expects-explorer", {"found": _shortly(answer)}
    number = _read_number(answer)
    if number is None:
        return "expects-number", {"found": _shortly(answer)}
    return _verdict_in(exercise["regions"], {_NUMBER: number}), {}


def check(name, answer):
    told = _host.exercise(name) if isinstance(name, str) else None
    if told is None:
        raise ValueError("name must be one of %s, got %s" % (_host.exercises(), _repr(name)))
    exercise = _json.loads(told)
    verdict, details = _judge(exercise, answer)
    _host.say(exercise["words"][verdict].format(**details) + "\n")
    _host.show("judged", "", _json.dumps({"name": name, "verdict": verdict, "details": details}))


__getattr__ = _module_getattr("nwcore.exercises")
