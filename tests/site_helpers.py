"""What the tests of the built site share: its pages, a server for it and a browser to look with."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import browser as browser_finder
import nbformat
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, BrowserContext, Playwright, Route
from playwright.sync_api import Page as Tab

from nwbook.editions import Edition, load_editions

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "site"
EDITIONS: list[Edition] = load_editions(ROOT / "editions.yml")

# No start-up traffic of the browser's own; the sandbox needs rights that containers do not give.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def _files(entry: Any) -> Iterator[str]:
    """The files named in a table of contents, in order."""
    if isinstance(entry, list):
        for part in entry:
            yield from _files(part)
    elif isinstance(entry, dict):
        for key, value in entry.items():
            if key in ("file", "root"):
                yield value
            else:
                yield from _files(value)


def page_names() -> list[str]:
    """Names of the pages, without folder and ending, from _toc.yml."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [Path(file).name for file in _files(toc)]


@dataclass(frozen=True)
class Page:
    """One page of one edition."""

    edition: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.edition}/{self.name}.html"

    @property
    def source(self) -> Path:
        return ROOT / "chapters" / self.edition / f"{self.name}.ipynb"

    @functools.cached_property
    def notebook(self) -> Any:
        return nbformat.read(self.source, as_version=4)

    @property
    def prose(self) -> str:
        """The markdown of the page without the code that it shows."""
        cells = [cell.source for cell in self.notebook.cells if cell.cell_type == "markdown"]
        text = "\n\n".join(cells)
        without_blocks = re.sub(r"^(```+)(?!\{).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
        role_or_code = r"(\{[\w:]+\})?(`+)(?!`)[^\n]*?(?<!`)\2(?!`)"
        return re.sub(role_or_code, lambda m: m[0] if m[1] else "", without_blocks)

    def __str__(self) -> str:
        return self.path.removesuffix(".html")


PAGES = [Page(edition.code, name) for edition in EDITIONS for name in page_names()]


@functools.cache
def html(path: str) -> BeautifulSoup:
    """A built file as it is served, before any script."""
    return BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def serve(folder: Path, kind: type[http.server.SimpleHTTPRequestHandler] = _Quiet) -> Iterator[str]:
    """Serve a folder on this machine; gives the address."""
    handler = functools.partial(kind, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def launch(playwright: Playwright) -> Browser:
    path = browser_finder.find(playwright)
    assert path, "no Chromium here: run `python tools/browser.py` (or `make test`)"
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


@dataclass
class Seen:
    """What went wrong, or out, while a page was open."""

    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@dataclass
class Reader:
    """A browser window on the site, which lets nothing out to another host."""

    base: str
    context: BrowserContext
    tab: Tab
    seen: Seen

    def open(self, path: str) -> int:
        """Go to a page and wait until its widgets are there; gives the HTTP status."""
        response = self.tab.goto(f"{self.base}/{path}", wait_until="load")
        assert response is not None
        self.tab.wait_for_function(
            "() => !window.nwManager || [...document.querySelectorAll('.nw-live')]"
            ".every((place) => place.dataset.nwLive)"
        )
        return response.status


@contextmanager
def reader(browser: Browser, base: str, **options: Any) -> Iterator[Reader]:
    seen = Seen()
    context = browser.new_context(**options)
    host = urlsplit(base).netloc

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
        else:
            seen.foreign.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    tab = context.new_page()
    tab.on(
        "console",
        lambda message: (
            seen.console_errors.append(message.text) if message.type == "error" else None
        ),
    )
    tab.on("pageerror", lambda error: seen.page_errors.append(str(error)))
    tab.on(
        "response",
        lambda response: (
            seen.failed.append(f"{response.status} {response.url}")
            if response.status >= 400
            else None
        ),
    )
    yield Reader(base, context, tab, seen)
    context.close()
