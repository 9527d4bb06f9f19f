"""Find the browsers for the tests of the built site, or install them.

    python tools/browser.py     prints their paths, after installing those that were not there

Chromium is needed. It is looked for in this order: $CHROMIUM, a browser on PATH, Playwright's own
download. Of those on PATH the one without windows comes first: the engine is the same, and it opens
pages with less to do. Installed by Playwright, with the libraries that it needs; where its download
cannot be reached, and by root (a container, a CI machine), the system's package.

Firefox and WebKit run the explorers' main tests once more. Each is found by $FIREFOX or $WEBKIT (a
`WebKitWebDriver`) or on PATH, and installed from the system's packages by root. Without one, its
tests are not run, and that is said. $NW_ENGINES names the engines that must be there, such as
`chromium,firefox,webkit`: a missing one is an error then.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = [
    "chromium-headless-shell",
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
]
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]

TITLES = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "WebKit"}
# What drives an engine without Playwright, and the system's packages that bring it.
PROGRAMS = {"firefox": ["firefox-esr", "firefox"], "webkit": ["WebKitWebDriver"]}
BESIDES = {"firefox": [], "webkit": ["Xvfb"]}  # WebKit has no mode without a screen
PACKAGES = {"firefox": ["firefox-esr"], "webkit": ["webkit2gtk-driver", "xvfb"]}


def find(playwright: Playwright | None = None) -> str | None:
    """Path of a Chromium that is there now. Only one Playwright can run: pass it on if one does."""
    return _named("CHROMIUM") or _first(NAMES) or _playwrights_own(playwright)


def _named(variable: str) -> str | None:
    """The program that a variable of the environment names, if it is set."""
    named = os.environ.get(variable)
    if not named:
        return None
    found = shutil.which(named)
    if found is None:
        sys.exit(f"{variable} is {named}, which is not a program.")
    return found


def _first(names: list[str]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def _playwrights_own(playwright: Playwright | None) -> str | None:
    if playwright is None:
        with sync_playwright() as started:
            return _playwrights_own(started)
    path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


def demanded() -> list[str]:
    """The engines that $NW_ENGINES says must be there."""
    names = [name.strip() for name in os.environ.get("NW_ENGINES", "").split(",") if name.strip()]
    unknown = sorted(set(names) - set(TITLES))
    if unknown:
        sys.exit(f"NW_ENGINES names {', '.join(unknown)}; engines are {', '.join(TITLES)}.")
    return names


def find_engine(engine: str) -> str | None:
    """Path of what drives Firefox or WebKit, if all that it needs is there now."""
    found = _named(engine.upper()) or _first(PROGRAMS[engine])
    return found if all(map(shutil.which, BESIDES[engine])) else None


def lacks(engine: str) -> list[str]:
    """The programs that an engine's tests need and that are not here."""
    wanted = [] if _named(engine.upper()) or _first(PROGRAMS[engine]) else [PROGRAMS[engine][0]]
    return wanted + [name for name in BESIDES[engine] if shutil.which(name) is None]


def here() -> list[str]:
    """The engines that the tests run in: Chromium, and each other one that is wanted and there."""
    chosen = demanded() or list(TITLES)
    return ["chromium", *(name for name in PROGRAMS if name in chosen and not lacks(name))]


def missing() -> list[str]:
    """The engines that are wanted and not there, besides Chromium."""
    chosen = demanded() or list(TITLES)
    return [name for name in PROGRAMS if name in chosen and lacks(name)]


def absence(engine: str) -> str:
    """What is to be said of an engine that is not there."""
    return f"{TITLES[engine]}: not installed (no {' or '.join(lacks(engine))} here)"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _succeeds(*command: str) -> bool:
    """Run a command, saying which, and what became of it."""
    print("$", *command, flush=True)
    code = subprocess.run(command).returncode
    if code:
        print(f"It failed with code {code}.")
    return code == 0


def _install_packages(*packages: str) -> bool:
    """Install the system's packages, where that can be done."""
    if not (_is_root() and shutil.which("apt-get")):
        print("The system's packages can be installed here by root and apt-get alone.")
        return False
    return _succeeds("apt-get", "update") and _succeeds("apt-get", "install", "-y", *packages)


def _install_chromium() -> None:
    if _succeeds(*PLAYWRIGHT):
        print("Playwright has installed its own Chromium.")
    elif _install_packages("chromium-headless-shell") or _install_packages("chromium"):
        print("Playwright's Chromium could not be had: the system's package is installed instead.")


def main() -> int:
    chromium = find()
    if chromium is None:
        print("No Chromium is here: installing one.")
        _install_chromium()
        chromium = find()
    if chromium is None:
        print(
            "The tests of the built site need Chromium and none could be installed. Install "
            "Chromium or Chrome, or set CHROMIUM to its path."
        )
        return 1
    print(f"Browser: {chromium}")
    if packages := [package for engine in missing() for package in PACKAGES[engine]]:
        _install_packages("--no-install-recommends", *packages)
    for engine in here()[1:]:
        print(f"{TITLES[engine]}: {find_engine(engine)}")
    for engine in missing():
        print(f"{absence(engine)}: its tests are not run.")
    return 1 if set(missing()) & set(demanded()) else 0


if __name__ == "__main__":
    sys.exit(main())
