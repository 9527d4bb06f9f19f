"""Cells that are run in the page: where the script is that runs them (``web/cells``)."""

import json
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx

from nwbook.vendor import CELLS, beside_static, bundle_version


def name_script(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: document | None,
) -> None:
    """Tell a page with code cells where to find what runs them, when somebody asks for it."""
    if doctree is None or 'class="cell_input' not in context.get("body", ""):
        return
    shared = f"{beside_static(app.config, CELLS)}?v={bundle_version()}"
    content = json.dumps({"src": context["pathto"](f"_static/{shared}", resource=True)})
    context["body"] += f'<script type="application/json" id="nw-cells">{content}</script>\n'


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", name_script, priority=910)
