"""Find a Chromium for the tests of the built site, or install one.

    python tools/browser.py     prints its path, after installing it if there was none

Looked for in this order: $CHROMIUM, a browser on PATH, Playwright's own download. Installed by
Playwright, with the libraries that it needs; where its download cannot be reached, and by root
(a container, a CI machine), the system's package.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]


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


def _succeeds(*command: str) -> bool:
    """Run a command, saying which, and what became of it."""
    print("$", *command, flush=True)
    code = subprocess.run(command).returncode
    if code:
        print(f"It failed with code {code}.")
    return code == 0


def _install() -> None:
    if _succeeds(*PLAYWRIGHT):
        print("Playwright has installed its own Chromium.")
        return
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not (root and shutil.which("apt-get")):
        print("The system's package can be installed here by root and apt-get alone.")
    elif _succeeds("apt-get", "update") and _succeeds("apt-get", "install", "-y", "chromium"):
        print("Playwright's Chromium could not be had: the system's package is installed instead.")


def main() -> int:
    browser = find()
    if browser is None:
        print("No Chromium is here: installing one.")
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
