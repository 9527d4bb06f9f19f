"""Tabs with the same step in other frameworks, beside the PyTorch cell that is run.

A code cell with the tag ``step:NAME`` becomes the first tab; in the others stand the function or
class NAME of ``frameworks/*/nadaraya_watson.py``, taken from the files themselves. ``step:imports``
stands for what those files import.
"""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx_design.shared import create_component

from nwbook.paths import ROOT

FRAMEWORKS = ROOT / "frameworks"
TAG = "tag_step:"
GROUP = "framework"


class Source(NamedTuple):
    folder: str
    title: str
    file: Path


@cache
def sources() -> tuple[Source, ...]:
    listed = yaml.safe_load((FRAMEWORKS / "frameworks.yml").read_text("utf-8"))
    return tuple(
        Source(entry["folder"], entry["title"], FRAMEWORKS / entry["folder"] / "nadaraya_watson.py")
        for entry in listed
    )


@cache
def parts(file: Path) -> dict[str, str]:
    """Functions and classes of a file by their names, and all before them as `imports`."""
    text = file.read_text("utf-8")
    lines = text.splitlines()
    found: dict[str, str] = {}
    tree = ast.parse(text)
    named = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in named:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    docstring, *_ = tree.body
    start = docstring.end_lineno or 0
    code = lines[start : named[0].lineno - 1]
    kept = [line for line in code if line != "import sys"]  # only running the file alone needs it
    found["imports"] = "\n".join(kept).replace("  # noqa: E402", "").strip()
    return found


def with_helpers(source: Source, name: str) -> list[str]:
    """A step, after what it calls that only this framework has."""
    steps = set.intersection(*(set(parts(each.file)) for each in sources()))
    available = parts(source.file)
    called = dict.fromkeys(re.findall(r"\b(\w+)\(", available[name]))
    return [each for each in called if each in available and each not in steps] + [name]


def excerpt(source: Source, names: list[str]) -> str:
    available = parts(source.file)
    missing = [name for name in names if name not in available]
    if missing:
        raise ExtensionError(f"{source.file.relative_to(ROOT)} has no {', '.join(missing)}")
    shown = (each for name in names for each in with_helpers(source, name))
    return "\n\n\n".join(available[name] for name in dict.fromkeys(shown))


def tab(identity: str, title: str, content: list[nodes.Node]) -> nodes.container:
    label = nodes.rubric(title, "", nodes.Text(title), classes=["sd-tab-label"])
    label["sync_id"], label["sync_group"] = identity, GROUP
    body = create_component("tab-content", classes=["sd-tab-content"], children=content)
    return create_component("tab-item", classes=["sd-tab-item"], children=[label, body])


class FrameworkTabs(SphinxTransform):
    """Put cells that show a step into tabs."""

    default_priority = 500

    def apply(self, **_kwargs: Any) -> None:
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            names = [name.removeprefix(TAG) for name in cell["classes"] if name.startswith(TAG)]
            if not names:
                continue
            cell["classes"] = [name for name in cell["classes"] if not name.startswith(TAG)]
            tabs = create_component("tab-set", classes=["sd-tab-set", "nw-frameworks"])
            cell.replace_self(tabs)
            tabs += tab("pytorch", "PyTorch", [cell])
            for source in sources():
                self.env.note_dependency(str(source.file))
                code = excerpt(source, names)
                block = nodes.literal_block(code, code, language="python")
                tabs += tab(source.folder, source.title, [block])


def setup(app: Sphinx) -> None:
    app.add_transform(FrameworkTabs)
