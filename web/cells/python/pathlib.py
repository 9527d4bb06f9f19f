"""Paths of the files that cells read: those of the book alone."""

import _host as _host


class Path:
    def __init__(self, *parts):
        self._path = "/".join([str(each) for each in parts])

    def __truediv__(self, part):
        return Path(self._path, part)

    def __str__(self):
        return self._path

    def __repr__(self):
        return "Path('" + self._path + "')"

    def read_text(self, encoding="utf-8"):
        found = _host.file(self._path)
        if found is None:
            raise OSError("this page brings no file " + self._path + "; `make lab` has all of them")
        return found
