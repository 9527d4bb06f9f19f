"""The theme's icons: the few that the pages show, bundled from ``web/src/icons.js``."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwbook.paths import WEB
from nwbook.vendor import ICONS, beside_static, bundle_version

_ICON = re.compile(r'<(?:i|span) class="([^"]*\bfa-[^"]*)"')
_STYLES = {"fa-solid", "fa-brands", "fa-lg"}  # how an icon is drawn, not which


@cache
def bundled() -> frozenset[str]:
    """Classes of the icons in the bundle: `faAngleLeft` is `fa-angle-left`."""
    imported = re.findall(r"^import \{ fa(\w+) \}", (WEB / "src/icons.js").read_text("utf-8"), re.M)
    return frozenset("fa" + re.sub(r"(?=[A-Z])", "-", name).lower() for name in imported)


def name_script(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    script = f"{beside_static(app.config, ICONS)}?v={bundle_version()}"
    context["icons_script"] = context["pathto"](f"_static/{script}", resource=True)


def check_icons(app: Sphinx, exception: Exception | None) -> None:
    """Fail over an icon that is not in the bundle, and leave out the theme's script with all."""
    if exception is not None or app.builder.format != "html":
        return
    pages = Path(app.outdir).rglob("*.html")
    shown = {
        name
        for page in pages
        for found in _ICON.findall(page.read_text("utf-8"))
        for name in found.split()
    }
    unknown = {name for name in shown if name.startswith("fa-")} - bundled() - _STYLES
    if unknown:
        raise ExtensionError(f"web/src/icons.js lacks {', '.join(sorted(unknown))}.")
    for file in Path(app.outdir, "_static", "scripts").glob("fontawesome.js*"):
        file.unlink()


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", name_script)
    app.connect("build-finished", check_icons)
