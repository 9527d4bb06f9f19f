"""Faults for tools/mutants.py to plant in an ECMAScript module: the same few as in Python."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_javascript.language()))
_COMPARISONS = {
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "===": ("!==",),
    "!==": ("===",),
}
_ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "%": "*",
    "**": "*",
    "<<": ">>",
    ">>": "<<",
    ">>>": "<<",
    "&": "|",
    "|": "&",
    "^": "&",
}
_PAIRS = (("min", "max"), ("floor", "ceil"), ("some", "every"), ("indexOf", "lastIndexOf"))
_OPPOSITE = {name: other for pair in _PAIRS for name, other in (pair, pair[::-1])}
# The words of messages stay as they are, and what is thrown.
_KEPT = {"comment", "import_statement", "regex", "string", "template_string", "throw_statement"}


class Change(NamedTuple):
    """A fault: other text from `start` to before `stop`, in bytes of UTF-8."""

    operator: str
    start: int
    stop: int
    text: str


def is_sound(source: bytes) -> bool:
    """Whether a module can be parsed."""
    return not _PARSER.parse(source).root_node.has_error


def find_changes(source: bytes) -> Iterator[Change]:
    """Every change that can be made, those of a node before those inside it."""
    yield from _changes(_PARSER.parse(source).root_node)


def _changes(node: Node) -> Iterator[Change]:
    yield from _of(node)
    if node.type not in _KEPT:
        for child in node.named_children:
            yield from _changes(child)


def _of(node: Node) -> Iterator[Change]:
    match node.type:
        case "binary_expression":
            yield from _of_binary(node)
        case "unary_expression":
            sign = _child(node, "operator")
            if sign.type in ("!", "-", "~"):
                yield _replace("not" if sign.type == "!" else "sign", sign, " ")
        case "update_expression":
            sign = _child(node, "operator")
            yield _replace("arithmetic", sign, "--" if sign.type == "++" else "++")
        case "augmented_assignment_expression":
            sign = _child(node, "operator")
            if other := _ARITHMETIC.get(sign.type.removesuffix("=")):
                yield _replace("arithmetic", sign, f"{other}=")
        case "if_statement" | "ternary_expression":
            test = _child(node, "condition")
            yield _replace("condition", test, f"(!({_text(test)}))")
        case "number":
            yield from _of_number(node)
        case "true" | "false":
            yield _replace("constant", node, "false" if node.type == "true" else "true")
        case "call_expression":
            called = _child(node, "function").child_by_field_name("property")
            if called is not None and _text(called) in _OPPOSITE:
                yield _replace("opposite", called, _OPPOSITE[_text(called)])
        case "expression_statement" | "throw_statement":
            yield _replace("statement", node, ";")
        case "return_statement" if node.named_children:
            yield _replace("return", node, "return;")
        case "arrow_function":
            body = _child(node, "body")
            if body.type != "statement_block":
                yield _replace("return", body, "undefined")


def _of_binary(node: Node) -> Iterator[Change]:
    sign = _child(node, "operator")
    for other in _COMPARISONS.get(sign.type, ()):
        yield _replace("comparison", sign, other)
    if sign.type in _ARITHMETIC:
        yield _replace("arithmetic", sign, _ARITHMETIC[sign.type])
    if sign.type in ("&&", "||"):
        # Each beside the other needs no parentheses; && binds its operands first.
        yield _replace("and/or", sign, "||" if sign.type == "&&" else "&&")
    if sign.type == "??":
        yield _replace("and/or", node, f"({_text(_child(node, 'left'))})")


def _of_number(node: Node) -> Iterator[Change]:
    text = _text(node)
    if node.parent is not None and node.parent.child_by_field_name("key") == node:
        return
    if re.fullmatch(r"(?:0x)?[\da-fA-F_]+n?", text) and not re.fullmatch(r"\d+e\d+", text):
        one = "1n" if text.endswith("n") else "1"
        yield _replace("constant", node, f"({text} + {one})")
        yield _replace("constant", node, f"({text} - {one})")
    elif float(text.replace("_", "")):
        yield _replace("bound", node, f"({text} * 10)")
        yield _replace("bound", node, f"({text} / 10)")


def _child(node: Node, field: str) -> Node:
    child = node.child_by_field_name(field)
    if child is None:
        raise ValueError(f"{node.type} has no {field}: {_text(node)!r}")
    return child


def _text(node: Node) -> str:
    if node.text is None:
        raise ValueError(f"{node.type} has no text")
    return node.text.decode()


def _replace(operator: str, node: Node, text: str) -> Change:
    return Change(operator, node.start_byte, node.end_byte, text)
