"""Settings and fixtures shared by all tests."""

from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, sync_playwright
from site_helpers import SITE, launch, serve

# The tensors here are small: several threads only wait for each other.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The site's address, on a server of its own."""
    if not (SITE / "index.html").is_file():
        pytest.fail("There is no built site: run `make book` first.")
    with serve(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
