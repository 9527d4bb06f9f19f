"""Settings and fixtures shared by all tests."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, Playwright, sync_playwright
from site_helpers import SITE, launch, serve

# The tensors here are small: several threads only wait for each other.
torch.set_num_threads(1)

# Every run looks at the same examples; `pytest --hypothesis-profile search` looks for new ones.
settings.register_profile("repeat", max_examples=150, deadline=None, derandomize=True)
settings.register_profile("search", max_examples=20_000, deadline=None)
settings.load_profile("repeat")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site's address, on a server of its own."""
    if not (SITE / "index.html").is_file():
        pytest.fail("There is no built site: run `make book` first.")
    with serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The only one of a process: a second would find the first one's event loop running."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()
