"""Settings shared by all tests, and the browser for those that stand outside its folder."""

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
