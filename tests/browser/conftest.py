"""The pages of the book in a browser, each opened once."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pages.drivers import driven
from pages.engines import MAIN, AnyReader, Engines, started
from pages.explorer import Explorer, explorers_in
from pages.placements import Placement
from pages.window import WIDE, Reader, reader
from playwright.sync_api import Browser
from site_helpers import Page

Visit = Callable[[Page], Reader]


@pytest.fixture
def engine() -> str:
    """The engine of a test that is not run in several."""
    return MAIN


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    with started(lambda: request.getfixturevalue("chromium"), driven) as engines:
        yield engines


@pytest.fixture(scope="session")
def visit(site: str, chromium: Browser) -> Iterator[Visit]:
    """Opens a page once and keeps it open, as tests find and leave it: wide, light and alive."""
    with ExitStack() as windows:

        @functools.cache
        def open_once(page: Page) -> Reader:
            window = windows.enter_context(
                reader(chromium, site, viewport=WIDE, color_scheme="light")
            )
            assert window.open_alive(page.path) == 200
            return window

        yield open_once


@pytest.fixture(scope="session")
def visit_in(
    request: pytest.FixtureRequest, engines: Engines
) -> Iterator[Callable[[str, Page], AnyReader]]:
    """The same in any engine."""
    with ExitStack() as windows:

        @functools.cache
        def open_once(engine: str, page: Page) -> AnyReader:
            if engine == MAIN:
                visit: Visit = request.getfixturevalue("visit")
                return visit(page)
            window = windows.enter_context(engines.reader(engine))
            window.open_alive(page.path)
            return window

        yield open_once


@pytest.fixture
def explorer(
    request: pytest.FixtureRequest, engine: str, visit_in: Callable[[str, Page], AnyReader]
) -> Iterator[Explorer]:
    """An explorer as the page opens it; whatever a test does to it is undone."""
    placement: Placement = request.param
    window = visit_in(engine, placement.page)
    window.tab.bring_to_front()
    for each in explorers_in(window.tab, placement.code, placement.page.name):
        each.button("start_over").click()
    window.tab.wait_for_function("() => location.hash === ''")  # which follows a moment later
    window.tab.evaluate("() => nwProgress.forget()")
    found = Explorer(window.tab, placement)
    found.show()
    yield found
    seen = window.seen
    wrong = seen.all()
    seen.forget()
    assert wrong == []
