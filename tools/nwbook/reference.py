"""The reference of nwcore: a page made of its docstrings, linked to each other.

``.. public:: MODULE`` stands for the documentation of all that a module offers. In docstrings a
name in single backticks is a link if it is the name of something public, and code otherwise.
"""

import inspect
import re
import sys
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.inspect import signature, stringify_signature

from nwbook.docstrings import prepared

PACKAGE = "nwcore"
# Modules whose names are public; the package itself first.
MODULES = (
    PACKAGE,
    "nwcore.kernels",
    "nwcore.datasets",
    "nwcore.attention",
    "nwcore.cluster",
    "nwcore.sklearn",
    "nwcore.plotting",
    "nwcore.words",
    "nwcore.exercises",
    "nwcore.explorers",
)


def public_names(module: ModuleType) -> list[str]:
    """What a module offers: its ``__all__``, or else its functions and classes.

    A package's are those of its modules that it imports.
    """
    if hasattr(module, "__all__"):
        return list(module.__all__)
    homes = (module.__name__, f"{module.__name__}.")
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and (value.__module__ == homes[0] or value.__module__.startswith(homes[1]))
    ]


_SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.DOTALL)
_LINES = {"": '<span class="nw-signature">', "/": "</span>"}


@cache
def places() -> dict[str, str]:
    """Every name by which a public object can be reached, and the one it is documented by."""
    found: dict[str, str] = {}
    for module in map(import_module, MODULES):
        for name in public_names(module):
            value, place = getattr(module, name), f"{module.__name__}.{name}"
            if place in found:  # offered by a module further up, too
                continue
            for other, home in list(sys.modules.items()):
                if other.partition(".")[0] == PACKAGE and getattr(home, name, None) is value:
                    found.setdefault(f"{other}.{name}", place)
    return found


class PublicNames(SphinxDirective):
    """``.. public:: MODULE``: document what the module offers, or what of it others define."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"defined-in": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        module = import_module(self.arguments[0])
        homes = self.options.get("defined-in", "").split()
        self.env.note_dependency(str(module.__file__))
        lines = StringList()
        for name in public_names(module):
            value, place = getattr(module, name), f"{module.__name__}.{name}"
            home = getattr(value, "__module__", None)
            if places().get(place) != place or (homes and home not in homes):
                continue
            if inspect.isclass(value):
                text = [f".. autoclass:: {place}", "   :members:", *inherited(value), ""]
            elif callable(value):
                text = [f".. autofunction:: {place}", ""]
            else:
                continue
            for line in text:
                lines.append(line, *self.get_source_info())
        if not lines:
            raise ExtensionError(f"{module.__name__} offers nothing from {', '.join(homes)}")
        parent = nodes.section()
        parent.document = self.state.document
        self.state.nested_parse(lines, self.content_offset, parent)
        return list(parent.children)


def inherited(value: type) -> list[str]:
    """The option that shows what an explorer has from a class that is not public itself."""
    names = {base.__name__ for base in value.__mro__[1:]}
    return ["   :inherited-members: Explorer"] if "Explorer" in names else []


class NameOrCode(SphinxRole):
    """The role of single backticks: a link to something public, or code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        here = self.env.ref_context.get("py:module", PACKAGE)
        asked = (self.text, f"{here}.{self.text}", f"{PACKAGE}.{self.text}")
        target = next((places()[name] for name in asked if name in places()), self.text)
        literal = nodes.literal(self.rawtext, self.text)
        if not target.startswith(f"{PACKAGE}.") and target != PACKAGE:
            return [literal], []
        link = pending_xref(
            self.rawtext,
            literal,
            refdomain="py",
            reftype="obj",
            reftarget=target,
            refdoc=self.env.docname,
            refwarn=True,
        )
        self.set_source_info(link)
        return [link], []


def find_place(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Lead an annotation to where its object is documented, not to where it is defined."""
    place = places().get(node.get("reftarget", "")) if node.get("refdomain") == "py" else None
    if place is None:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", place, node, content)


def prepare(
    _app: Sphinx, _what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Before numpydoc reads a docstring."""
    names = {place.rpartition(".")[2] for place in places().values()}
    lines[:] = prepared(lines, {name for name in names if name[0].isupper() and not name.isupper()})


def sign_by_init(
    _app: Sphinx,
    what: str,
    _name: str,
    value: Any,
    _options: object,
    _signature: str | None,
    _result: str | None,
) -> tuple[str, str] | None:
    """Widgets take what their ``__init__`` does; Sphinx asks ``__new__``, which takes anything."""
    home = getattr(getattr(value, "__init__", None), "__module__", None) or ""
    if what != "class" or value.__new__ is object.__new__ or not home.startswith(PACKAGE):
        return None
    own = signature(value.__init__, bound_method=True)
    return stringify_signature(own, show_return_annotation=False, unqualified_typehints=True), ""


def list_parameters(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Make plain lines of a signature, which Sphinx makes a list of definitions without terms."""

    def without_list(heading: re.Match[str]) -> str:
        return re.sub(r"<(/?)d[ld]>", lambda tag: _LINES[tag[1]], heading[0])

    if "body" in context:
        context["body"] = _SIGNATURE.sub(without_list, context["body"])


def skip_what_others_add(
    _app: Sphinx, _what: str, _name: str, value: object, skip: bool, _options: object
) -> bool | None:
    """Leave out the traits of a widget, which the class describes, and what a library puts into a
    class of ours, as scikit-learn does with ``set_score_request``.
    """
    if hasattr(value, "metadata") and hasattr(value, "this_class"):
        return True
    return True if inspect.isfunction(value) and not _is_ours(value.__module__) else None


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def setup(app: Sphinx) -> None:
    app.add_directive("public", PublicNames)
    app.add_role("name-or-code", NameOrCode())
    app.connect("autodoc-process-docstring", prepare, priority=400)
    app.connect("autodoc-process-signature", sign_by_init)
    app.connect("autodoc-skip-member", skip_what_others_add)
    app.connect("missing-reference", find_place)
    app.connect("html-page-context", list_parameters)
