"""The engines that the site is tried in: a window of each, with the same hands in it."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import browser as browser_finder
import pytest
from playwright.sync_api import Browser, ViewportSize
from site_helpers import CODES, SITE, Page, serve

from pages.placements import HOMES, Control, Placement
from pages.webdriver import Context, Driver, Tab
from pages.window import ARRIVED, CLOCK, WIDE, Reader, Seen, hold_still, reader, wait_until_alive

MAIN = "chromium"  # the engine of all tests that name none
ENGINES = browser_finder.here()

# What only some drivers can do.
TOUCH = [engine for engine in ENGINES if engine != "webkit"]

# Keeps what goes wrong in a page for whoever asks later. The resources of a page are its own.
RECORD = """() => {
  const seen = (globalThis.nwSeen = []);
  const tell = (error) => seen.push(String(error?.stack ?? error));
  addEventListener("error", (event) => {
    tell(event.message ?? `not loaded: ${event.target.outerHTML}`);
  }, true);
  addEventListener("unhandledrejection", (event) => tell(event.reason));
  const { error } = console;
  console.error = (...all) => { all.forEach(tell); error.apply(console, all); };
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      const { protocol, host } = new URL(name);
      if (protocol.startsWith("http") && host !== location.host) tell(`foreign: ${name}`);
    }
  }).observe({ type: "resource", buffered: true });
}"""


def _scripted(failed: list[str], script: str) -> type[SimpleHTTPRequestHandler]:
    """A server's handler that puts a script before all others of each page, and notes failures."""

    class Scripted(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            if path.suffix != ".html" or not path.is_file():
                super().do_GET()
                return
            before, head, after = path.read_text(encoding="utf-8").partition("<head>")
            assert head, f"{path} has no head"
            page = f"{before}{head}<script>{script}</script>{after}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_error(self, format: str, *args: Any) -> None:
            failed.append(f"{self.path}: {format % args}")

        def log_message(self, *_args: object) -> None:
            pass

    return Scripted


@dataclass
class DrivenReader:
    """Somebody who reads the site in one window of a browser that Playwright does not drive."""

    base: str
    tab: Tab
    failed: list[str]

    def open(self, path: str) -> None:
        """Go to a page and wait until formulas and widgets are there."""
        self.tab.goto(f"{self.base}/{path}")
        self.tab.wait_for_function(ARRIVED)

    def open_alive(self, path: str) -> None:
        self.open(path)
        wait_until_alive(self.tab)
        hold_still(self.tab)

    def scroll_width(self) -> int:
        width: int = self.tab.evaluate("document.documentElement.scrollWidth")
        return width

    @property
    def seen(self) -> Seen:
        """What has gone wrong since it was last asked for."""
        told = self.tab.evaluate("(globalThis.nwSeen ?? []).splice(0)")
        failed, self.failed[:] = list(self.failed), []
        return Seen(page_errors=told, failed=failed)


AnyReader = Reader | DrivenReader


@dataclass
class Engines:
    """The browsers of a session, each started when it is first asked for."""

    chromium: Callable[[], Browser]
    driver: Callable[[str], Driver]

    @contextmanager
    def reader(
        self,
        engine: str,
        *scripts: str,
        unhurried: bool = True,
        viewport: ViewportSize = WIDE,
        folder: bool = False,
        **options: Any,
    ) -> Iterator[AnyReader]:
        """A new window on the site; `scripts` run before those of each page that a server gives.

        In a `folder` there is no server. `options` of Playwright's windows are those of the main
        engine alone.
        """
        files = nullcontext("file://")
        if engine == MAIN:
            with (
                files if folder else serve(SITE) as base,
                reader(
                    self.chromium(), base, unhurried=unhurried, viewport=viewport, **options
                ) as window,
            ):
                for script in scripts:
                    window.tab.add_init_script(script)
                yield window
            return
        driver = self.driver(engine)
        own = [f"({CLOCK})({json.dumps(unhurried)});", f"({RECORD})();", *scripts]
        failed: list[str] = []
        with files if folder else serve(SITE, _scripted(failed, "\n".join(own))) as base:
            tab = Context(driver, (viewport["width"], viewport["height"])).new_page()
            yield DrivenReader(base, tab, failed)
            tab.close()


@contextmanager
def started(chromium: Callable[[], Browser], driven: Any) -> Iterator[Engines]:
    """`driven` gives the driver of an engine until the end of a block."""
    with ExitStack() as browsers:
        yield Engines(
            chromium, functools.cache(lambda engine: browsers.enter_context(driven(engine)))
        )


# One explorer that shows what its controls say, and one that runs: both by hand and by frame.
TWO = ("attention", "training")


def in_engines(
    mark: pytest.MarkDecorator,
    engines: list[str] = ENGINES,
    codes: list[str] = CODES[:1],
    kinds: tuple[str, ...] = tuple(HOMES),
) -> pytest.MarkDecorator:
    """The same tests in these engines; outside the main one, in some languages only, of some kinds
    of explorers, each only where it is at home, and of its controls one of each handle."""
    names, params = mark.args
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    indirect = mark.kwargs.get("indirect", [])
    chosen = [
        pytest.param(engine, *param.values, id=f"{engine}-{param.id}")
        for engine in engines
        for param in params
        if engine == MAIN
        or (_code(param.values) in codes and _at_home(param.values, kinds) and _first(param.values))
    ]
    return pytest.mark.parametrize(
        ("engine", *names), chosen, indirect=names if indirect is True else indirect
    )


def _at_home(values: tuple[Any, ...], kinds: tuple[str, ...]) -> bool:
    """Whether an explorer of these kinds is at home there; of a page, whether any of them is."""
    homes = {(kind, HOMES[kind]) for kind in kinds}
    return all(
        (value.kind, value.page.name) in homes
        if isinstance(value, Placement)
        else value.name in {name for _, name in homes}
        for value in values
        if isinstance(value, Placement | Page)
    )


def _first(values: tuple[Any, ...]) -> bool:
    """Whether a control is the first of its handle; what is no control is."""
    explorers = [value for value in values if isinstance(value, Placement)]
    return all(value in explorers[0].handles for value in values if isinstance(value, Control))


def _code(values: tuple[Any, ...]) -> str:
    (place,) = (value for value in values if isinstance(value, Placement | Page))
    return place.code if isinstance(place, Placement) else place.edition
