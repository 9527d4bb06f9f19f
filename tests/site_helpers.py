"""The built site without a browser: its pages, what is in their files, and a server for them."""

import functools
import http.server
import json
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from nwbook.editions import Edition, load_editions
from nwbook.words import OWN, catalogue_file, read_catalogue

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "site"
EDITIONS: list[Edition] = load_editions(ROOT / "editions.yml")
CODES = [edition.code for edition in EDITIONS]

# How a page holds its widgets: the state of all their models, and a view where each is shown.
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"

# What the site itself says in each edition's language, by its English message.
SAID = {
    code: {
        message: text
        for file in catalogue_file(code, OWN).parent.glob("*.po")
        for message, text in read_catalogue(file).items()
    }
    for code in CODES
}

# Letters that only Vietnamese has.
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


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


def english(words: Iterable[str], own: Iterable[str]) -> re.Pattern[str]:
    """Finds those of some English words that a language, of which these are texts, has not."""
    text = "\n".join(own)
    foreign = [word for word in words if not re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    return re.compile(rf"\b({'|'.join(foreign)})\b", re.IGNORECASE)


def page_names() -> list[str]:
    """Names of the pages that every edition has, without folder and ending, from _toc.yml."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    main = Path("chapters", EDITIONS[0].code)
    return [Path(file).name for file in _files(toc) if Path(file).parent == main]


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


def check_built() -> None:
    """Fail with what to do if the book has not been built."""
    if not (SITE / "index.html").is_file():
        pytest.fail("There is no built site: run `make book` first.", pytrace=False)


@functools.cache
def text(path: str) -> str:
    """A built file as it is served, before any script."""
    check_built()
    return (SITE / path).read_text(encoding="utf-8")


@functools.cache
def html(path: str) -> BeautifulSoup:
    """The same, read: which takes a third of a second for a chapter."""
    return BeautifulSoup(text(path), "html.parser")


def scripts(page: Page, kind: str) -> list[str]:
    """What stands in the scripts of a kind, in the page's order; no such script holds a `</`."""
    found = re.findall(rf'<script type="{re.escape(kind)}">(.*?)</script>', text(page.path), re.S)
    assert len(found) == text(page.path).count(kind)
    return found


def widget_state(page: Page) -> dict[str, Any]:
    """The widget models of a page by their id; empty for a page without widgets."""
    models: dict[str, Any] = {}
    for script in scripts(page, STATE):
        stored = json.loads(script)["state"]
        assert not models.keys() & stored.keys(), f"{page} holds a model twice"
        models |= stored
    return models


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
