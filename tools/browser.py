"""Find a Chromium for the tests of the built site, or install one.

    python tools/browser.py     prints its path, after installing it if there was none

Looked for in this order: $CHROMIUM, a browser on PATH, Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def find() -> str | None:
    """Path of a browser that is there now."""
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            sys.exit(f"CHROMIUM is {named}, which is not a program.")
        return found
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


def _install() -> None:
    """As root (a container, a CI machine) by the system's packages, else by Playwright."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]):
            subprocess.run(command, check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> int:
    browser = find()
    if browser is None:
        _install()
        browser = find()
    if browser is None:
        print(
            "The tests of the built site need Chromium and none could be installed. Install "
            "Chromium or Chrome, or set CHROMIUM to its path."
        )
        return 1
    print(f"Browser: {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
