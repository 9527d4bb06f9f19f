"""Find a Chromium for the tests of the built site, or install one.

    python tools/browser.py     prints its path, after installing it if there was none

Looked for in this order: $CHROMIUM, a browser on PATH, Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def find(playwright: Playwright | None = None) -> str | None:
    """Path of a browser that is there now. Only one Playwright can run: pass it on if one does."""
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            sys.exit(f"CHROMIUM is {named}, which is not a program.")
        return found
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own(playwright)


def _playwrights_own(playwright: Playwright | None) -> str | None:
    if playwright is None:
        with sync_playwright() as started:
            return _playwrights_own(started)
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
