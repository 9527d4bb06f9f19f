"""The words that pictures and controls show: one file a language, ``nwcore/locale/*.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

LOCALE = files("nwcore") / "locale"
# Spoken until another language is chosen. Its file says which words there are, and with which
# placeholders.
REFERENCE = "en"
SECTIONS = ("shared", "pictures", "explorers", "goals", "tours", "exercises", "guesses")
_OF_TABLES = ("goals", "tours", "exercises", "guesses")


@dataclass(frozen=True)
class Words:
    """What the book says in one language; keys and {placeholders} are the same in all of them."""

    decimal: str
    pictures: dict[str, str]
    explorers: dict[str, str]  # as the browser gets them, the decimal mark among them
    goals: dict[str, str]  # of explorers, as "explorer.goal"
    tours: dict[str, str]  # of explorers, as "explorer.step"
    exercises: dict[str, str]  # verdicts; those of one exercise as "exercise.verdict"
    guesses: dict[str, str]  # what is asked and said; of one guess as "guess.verdict"


def languages(folder: Traversable | None = None) -> list[str]:
    """Return the languages there is a file for, by default in nwcore, in alphabetical order."""
    names = (entry.name for entry in (folder or LOCALE).iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


@cache
def read_words(language: str, folder: Traversable | None = None) -> Words:
    """Read the file of a language, by default nwcore's, and hold it to the reference's.

    Raises
    ------
    ValueError
        Without a file for the language, and for a file that is not TOML, lacks a word, has one
        too many or names other placeholders: with the file and every key that is wrong.
    """
    folder = folder or LOCALE
    there = languages(folder)
    if language not in there:
        raise ValueError(
            f"language must be one of {', '.join(there)}, got {language!r}: "
            f"there is no {folder / f'{language}.toml'}"
        )
    found, reference = _parse(language, folder), _parse(REFERENCE, folder)
    wrong = _faults(found) + _differences(found, reference)
    if wrong:
        raise ValueError("\n".join(f"{folder / f'{language}.toml'}: {line}" for line in wrong))
    decimal = found["decimal"]
    shared, pictures, explorers, *of_tables = (found[section] for section in SECTIONS)
    said = shared | pictures, {"decimal": decimal} | shared | explorers, *of_tables
    return Words(decimal, *said)


def _parse(language: str, folder: Traversable) -> dict[str, Any]:
    file = folder / f"{language}.toml"
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from error
    lost = [section for section in SECTIONS if not isinstance(found.get(section), dict)]
    if lost:
        raise ValueError(f"{file}: there is no [{'], ['.join(lost)}]")
    return {**found, **{section: _flat(found[section]) for section in _OF_TABLES}}


def _flat(section: dict[str, Any]) -> dict[str, Any]:
    """A section whose tables give their words a first name: "table.word"."""
    flat: dict[str, Any] = {}
    for key, said in section.items():
        inner = said.items() if isinstance(said, dict) else ()
        flat |= {f"{key}.{name}": text for name, text in inner} if inner else {key: said}
    return flat


def _faults(found: dict[str, Any]) -> list[str]:
    """What is wrong with a file whatever the other languages say."""
    wrong = []
    decimal = found.get("decimal")
    if not isinstance(decimal, str) or len(decimal) != 1 or decimal.isalnum():
        wrong.append(f'"decimal" must be one mark, such as "." or ",", got {decimal!r}')
    for section in SECTIONS:
        for key, text in found[section].items():
            if not isinstance(text, str) or not text.strip():
                wrong.append(f'"{key}" in [{section}] must be a text, got {text!r}')
            elif section != "shared" and key in found["shared"]:
                wrong.append(f'"{key}" stands in [shared] and in [{section}]')
    return wrong


def _differences(found: dict[str, Any], reference: dict[str, Any]) -> list[str]:
    """Where the keys or the placeholders of a file are not those of the reference."""
    wrong = [f'unknown "{key}"' for key in sorted(found.keys() - {"decimal", *SECTIONS})]
    for section in SECTIONS:
        ours, theirs = found[section], reference[section]
        wrong += [f'"{key}" is missing in [{section}]' for key in theirs if key not in ours]
        wrong += [f'unknown "{key}" in [{section}]' for key in ours if key not in theirs]
        for key in ours.keys() & theirs.keys():
            try:
                has, wants = placeholders(ours[key]), placeholders(theirs[key])
            except (TypeError, ValueError) as error:
                wrong.append(f'"{key}" in [{section}] cannot be filled in: {error}')
                continue
            if has != wants:
                wrong.append(
                    f'"{key}" in [{section}] must have the placeholders {sorted(wants)}, '
                    f"has {sorted(has)}"
                )
    return wrong


def placeholders(pattern: str) -> set[str]:
    """Return what stands in {braces} in a pattern, with its format if it has one."""
    parts = Formatter().parse(pattern)
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, name, spec, conversion in parts
        if name is not None
    }


_language = REFERENCE


def set_language(language: str) -> None:
    """Choose the language of every later picture and control, such as "vi" or "en".

    Raises
    ------
    TypeError, ValueError
        For what is not text, and as `read_words`; the language then stays as it was.
    """
    global _language
    if not isinstance(language, str):
        raise TypeError(f"language must be a str, got {type(language).__name__}")
    read_words(language)
    _language = language


def word(key: str) -> str:
    """Return a word or sentence pattern of the pictures in the current language."""
    pictures = read_words(_language).pictures
    if key not in pictures:
        raise ValueError(f"{LOCALE / f'{_language}.toml'} has no {key!r} for pictures")
    return pictures[key]


def exercise_word(exercise: str, verdict: str) -> str:
    """Return what is said of a verdict on an exercise: its own words, or those of all exercises."""
    said = read_words(_language).exercises
    for key in (f"{exercise}.{verdict}", verdict):
        if key in said:
            return said[key]
    raise ValueError(f"{LOCALE / f'{_language}.toml'} has no {verdict!r} for {exercise!r}")


def goal_word(explorer: str, goal: str) -> str:
    """Return the sentence of a goal of an explorer, in which its bounds are to be filled in."""
    said = read_words(_language).goals
    key = f"{explorer}.{goal}"
    if key not in said:
        raise ValueError(f"{LOCALE / f'{_language}.toml'} has no {key!r} for goals")
    return said[key]


def tour_word(explorer: str, step: str) -> str:
    """Return the text of a step of an explorer's tour, in which the view fills in the numbers."""
    said = read_words(_language).tours
    key = f"{explorer}.{step}"
    if key not in said:
        raise ValueError(f"{LOCALE / f'{_language}.toml'} has no {key!r} for tours")
    return said[key]


def explorer_words() -> dict[str, str]:
    """Return all that an explorer says in the browser, in the current language."""
    return dict(read_words(_language).explorers)


def number(value: float, digits: int) -> str:
    """Write a number with the decimal mark of the current language."""
    return f"{value:.{digits}f}".replace(".", read_words(_language).decimal)
