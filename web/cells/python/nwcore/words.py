"""Words of pictures, in the language of the edition."""

import _host as _host
from _nw import formatted as _formatted
from _nw import module_getattr as _module_getattr

_language = "en"


def set_language(language):
    global _language
    if not isinstance(language, str):
        raise TypeError("language must be a str, got " + type(language).__name__)
    if _host.word(language, "shared", "x") is None:
        raise ValueError("language must be one of %s, got %r" % (_host.languages(), language))
    _language = language


def _word(section, key):
    return _host.word(_language, "shared", key) or _host.word(_language, section, key)


def word(key):
    found = _word("pictures", key)
    if found is None:
        raise ValueError("%s.toml has no %r for pictures" % (_language, key))
    return found


def number(value, digits):
    return _formatted(float(value), "." + str(digits) + "f").replace(".", _host.word(_language, "marks", "decimal"))


__getattr__ = _module_getattr("nwcore.words")
