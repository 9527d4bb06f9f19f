"""Settings shared by all tests, and the browser for those that stand outside its folder."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import settings
from site_helpers import SITE, check_built, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# Two files of one name cannot both be searched for doctests, and these hold none.
collect_ignore = ["conftest.py", "browser/conftest.py"]

# The tensors here are small: several threads only wait for each other.
torch.set_num_threads(1)

# Every run looks at the same examples; `pytest --hypothesis-profile search` looks for new ones.
settings.register_profile("repeat", max_examples=150, deadline=None, derandomize=True)
settings.register_profile("search", max_examples=20_000, deadline=None)
settings.load_profile("repeat")


def pytest_sessionstart() -> None:
    """A missing engine is an error where somebody has said that it must be there."""
    if "NW_ENGINES" not in os.environ:
        return
    import browser

    if absent := [browser.absence(engine) for engine in browser.missing() if browser.demanded()]:
        pytest.exit("NW_ENGINES: " + "; ".join(absent), returncode=pytest.ExitCode.USAGE_ERROR)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which engines' tests were not run, and how many they are in the main one."""
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    ran = {
        report.nodeid
        for report in reports
        if isinstance(report, pytest.TestReport)
        and report.when == "call"
        and re.search(r"[\[-]chromium[\]-]", report.nodeid)
    }
    if not ran:
        return
    import browser

    for engine in browser.missing():
        terminalreporter.line(f"{browser.absence(engine)}: its part of {len(ran)} tests is not run")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site's address, on a server of its own."""
    check_built()
    with serve(SITE) as address:
        yield address


# Playwright is imported where a test asks for it: tests/unit runs without one.


@pytest.fixture(scope="session")
def playwright() -> "Iterator[Playwright]":
    """The only one of a process: a second would find the first one's event loop running."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: "Playwright") -> "Iterator[Browser]":
    from pages.window import launch

    browser = launch(playwright)
    yield browser
    browser.close()
