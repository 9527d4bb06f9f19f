"""Browser libraries, served by the book itself: no page asks another host for anything.

``web/package-lock.json`` pins them, ``tools/vendor.py`` installs them into ``web/node_modules``,
and every build copies the files listed here next to the pages.
"""

import json
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from nwbook.paths import NODE_MODULES

# Folder in the site -> folder in the package, and what of it the pages can ask for.
FILES = {
    "mathjax": (
        "mathjax/es5",
        ["tex-mml-chtml.js", "input/tex/extensions/*.js", "output/chtml/fonts/woff-v2/*.woff"],
    ),
}
MATHJAX = "vendor/mathjax/tex-mml-chtml.js"


def check_installed(node_modules: Path = NODE_MODULES) -> None:
    """Raise unless every pinned package is there in its pinned version."""
    lock = json.loads((node_modules.parent / "package-lock.json").read_text(encoding="utf-8"))
    for path, pinned in lock["packages"].items():
        if not path:  # the project itself
            continue
        manifest = node_modules.parent / path / "package.json"
        found = (
            json.loads(manifest.read_text(encoding="utf-8"))["version"]
            if manifest.is_file()
            else "nothing"
        )
        if found != pinned["version"]:
            raise ExtensionError(
                f"The pages need {path} {pinned['version']}, found {found}. "
                "Run `python tools/vendor.py` (or `make vendor`) once."
            )


def copy_vendor(site: Path, node_modules: Path = NODE_MODULES) -> None:
    """Copy what the pages need into ``site/vendor``."""
    check_installed(node_modules)
    for name, (package, patterns) in FILES.items():
        source = node_modules / package
        for pattern in patterns:
            found = list(source.glob(pattern))
            if not found:
                raise ExtensionError(f"{package} has no {pattern}: is its version right?")
            for file in found:
                target = site / "vendor" / name / file.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def use_local_libraries(app: Sphinx, config: Config) -> None:
    check_installed()
    # Sphinx takes the path from `_static`. The editions of one site share one vendor folder.
    config.mathjax_path = f"../../{MATHJAX}" if config.nwbook_edition else f"../{MATHJAX}"


def copy_beside_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html" and not app.config.nwbook_edition:
        copy_vendor(Path(app.outdir))


def setup(app: Sphinx) -> None:
    app.connect("config-inited", use_local_libraries)
    app.connect("build-finished", copy_beside_pages)
