"""Docstrings made ready for a page: formulas, which they write in Unicode, are set as code."""

import math
import re
from collections.abc import Collection, Iterator

_CODE = re.compile(r"(?<!\S)[^\s`]*(?:``.+?``|`[^`]+`)[^\s`]*", re.DOTALL)
_TOKEN = re.compile(r"\S+")
# Signs that prose does not have (a word in quotes is a value), and what may stand between them:
# numbers, letters, names, calls.
_SIGN = re.compile(
    r"[=<>≤≥≠·−+^|∈~√∂Σ½¾²³⁴-⁹ᵢⱼα-ω]|\w\*\*[\d(]|\d/|/\w\b|\w'\(|^\"[a-z_]+\"[.,;:)]*$"
)
_PART = re.compile(r"[(\[]*(-?\d[\d.]*(e-?\d+)?|[A-Za-z]|\w+_\w+|\w+\(.*|[a-z]+[)\]])[)\],]*")
_OPERATOR = re.compile(r"[=<>≤≥·−+/]")
_OPERAND = re.compile(r"[(\[]*\w+[)\]]*[.,;:]?")
# Sections that are lists of entries, and what stands below the name of a section.
_LISTS = ("Parameters", "Attributes", "Returns", "Raises", "Yields")
_UNDERLINE = re.compile(r"-{3,}")


def _depth(text: str) -> int:
    return len(re.findall(r"[(\[]", text)) - len(re.findall(r"[)\]]", text))


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where in a text parts of formulas follow each other."""
    tokens = list(_TOKEN.finditer(text))
    words = ["", *(token[0] for token in tokens), ""]
    first = None
    for token, before, after in zip(tokens, words, words[2:], strict=False):
        word = token[0]
        beside = _OPERATOR.fullmatch(before) or _OPERATOR.fullmatch(after)
        part = (
            _SIGN.search(word)
            or _OPERATOR.fullmatch(word)
            or _PART.fullmatch(word.rstrip(".;:"))
            or (beside and _OPERAND.fullmatch(word))
        )
        if part and first is None:
            first = token.start()
        if first is None:
            continue
        end = token.end()
        ends = word[-1] in ".;:" or (word[-1] == "," and _depth(text[first:end]) <= 0)
        if not part:
            yield first, token.start()
        elif ends or not after:
            yield first, end
        if not part or ends:
            first = None


def _formula(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out the mark that ends a sentence, and brackets whose partner is elsewhere."""
    while True:
        end = start + len(text[start:end].rstrip(" \n.,;:"))
        depth = _depth(text[start:end])
        if depth < 0 and text[end - 1] in ")]":
            end -= 1
        elif depth > 0 and text[start] in "([":
            start += 1
        else:
            return start, end


def _mark(text: str) -> str:
    """Put the formulas of a text without code between double backticks."""
    parts, done = [], 0
    for run in _runs(text):
        start, end = _formula(text, *run)
        formula = text[start:end]
        if _SIGN.search(formula) and not _depth(formula):
            parts += [_without_bars(text[done:start]), f"``{formula}``"]
            done = end
    return "".join([*parts, _without_bars(text[done:])])


def _without_bars(text: str) -> str:
    """A bar outside a formula would begin a substitution."""
    return re.sub(r"(?<!\\)\|", r"\|", text)


def set_formulas(text: str) -> str:
    """Put what looks like a formula between double backticks, in a paragraph of a docstring."""
    done, parts = 0, []
    for code in _CODE.finditer(text):
        parts += [_mark(text[done : code.start()]), code[0]]
        done = code.end()
    return "".join([*parts, _mark(text[done:])])


def _set_types(header: str, classes: Collection[str]) -> str:
    """In the type of a parameter or a result, link these classes and set choices as code."""
    header = re.sub(r"\{[^}]*\}", lambda choices: f"``{choices[0]}``", header)
    names = "|".join(sorted(classes))
    return re.sub(rf"(?<![\w`.])({names})(?![\w`])", r"`\1`", header) if names else header


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Lines that belong together: without a blank one between them, of one indentation."""
    paragraph: list[str] = []
    for line in lines:
        same = paragraph and paragraph[0].strip() and line.strip()
        if paragraph and not (same and _indent(line) == _indent(paragraph[0])):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def prepared(lines: list[str], classes: Collection[str]) -> list[str]:
    """The lines of a NumPy docstring with formulas as code and, in types, `classes` as links."""
    section, result = "", []
    literal = math.inf  # lines indented more than this stand behind two colons: left as they are
    for paragraph in _paragraphs(lines):
        if len(paragraph) > 1 and _UNDERLINE.fullmatch(paragraph[1].strip()):
            section = paragraph[0].strip()
            result += paragraph[:2]
            del paragraph[:2]
        if not paragraph:
            continue
        text = "\n".join(paragraph)
        if literal < math.inf and (not text.strip() or _indent(text) > literal):
            result += paragraph
            continue
        literal = _indent(text) if text.endswith("::") else math.inf
        if section in _LISTS and not _indent(paragraph[0]):
            text = _set_types(text, classes)  # the header of an entry
        elif section != "Examples":
            text = set_formulas(text)
        result += text.split("\n")
    return result
