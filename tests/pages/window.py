"""A browser window on the built site, which lets nothing out to another host."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import browser as browser_finder
from playwright.sync_api import Browser, BrowserContext, Playwright, ViewportSize
from playwright.sync_api import Page as Tab

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}

# Milliseconds until something that should have happened counts as missing, on a busy machine, too.
PATIENCE = 120_000
TAPS = 4  # of a finger, until one is taken for what it is

# No start-up traffic of the browser's own; the sandbox needs rights that containers do not give.
# There is no other host: who asks one is found out, and gets no answer.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

# The site and its libraries give up on a worker or a widget after a while. How soon a busy machine
# starts one is not what is tested: such times are very much longer here, those of the site itself
# only for an unhurried reader. What the page has put off for less than a second is in `nwTimers`.
CLOCK = """(unhurried) => {
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const long = (delay) => (unhurried && delay >= 1000 ? 60 * delay : delay);
  const pending = (globalThis.nwTimers = new Set());
  globalThis.setTimeout = (act, delay = 0, ...given) => {
    const id = start(() => { pending.delete(id); act(...given); }, long(delay));
    if (delay < 1000) pending.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => { pending.delete(id); stop(id); };
  const abort = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (delay) => abort(60 * delay);
}"""

ALIVE = "() => !document.querySelector('.nw-live:not([data-nw-live=alive])')"
# All that will come has come. Where the widgets' script was kept away, none will.
ARRIVED = """() => {
  const places = [...document.querySelectorAll('.nw-live')];
  if (places.length && !window.nwModels) return true;
  const arriving = "nwArriving" in document.documentElement.dataset;
  return !arriving && places.every((place) => place.dataset.nwLive);
}"""
DECIDED = "() => !document.querySelector('.nw-live:not([data-nw-live])')"


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

    def all(self) -> list[str]:
        return self.page_errors + self.console_errors + self.failed + self.foreign

    def forget(self) -> None:
        for kind in vars(self).values():
            kind.clear()


def wait_until_alive(tab: Tab) -> None:
    """Until every explorer of the page has taken the place of its static fallback."""
    tab.wait_for_function(ALIVE)


def hold_still(tab: Tab) -> None:
    """As if somebody had come to each explorer: then none of them moves by itself."""
    tab.evaluate(
        """() => document.querySelectorAll(".nw-root").forEach((root) =>
          root.dispatchEvent(new FocusEvent("focusin", { bubbles: true })))"""
    )


def wait_until_at_rest(tab: Tab) -> None:
    """Until the page has done all that it had put off: descriptions, the address."""
    tab.wait_for_function("() => window.nwTimers.size === 0")


def wait_for_theme(tab: Tab, theme: str) -> None:
    tab.wait_for_function(f"() => document.documentElement.dataset.theme === '{theme}'")


def frames_pass(tab: Tab, frames: int = 60) -> None:
    """Let the browser paint so many frames: at least a second for sixty, however busy it is."""
    tab.evaluate(
        """async (frames) => {
          for (let i = 0; i < frames; i++) await new Promise((go) => requestAnimationFrame(go));
        }""",
        frames,
    )


@dataclass
class Reader:
    """Somebody who reads the site in one window."""

    base: str
    context: BrowserContext
    tab: Tab
    seen: Seen

    def open(self, path: str) -> int:
        """Go to a page and wait until formulas and widgets are there; gives the HTTP status."""
        response = self.tab.goto(f"{self.base}/{path}", wait_until="load")
        assert response is not None
        self.tab.wait_for_function(ARRIVED)
        return response.status

    def open_alive(self, path: str) -> int:
        """Go to a page and wait until its explorers are alive, and none moves by itself."""
        status = self.open(path)
        wait_until_alive(self.tab)
        hold_still(self.tab)
        return status

    def choose_theme(self, theme: Literal["light", "dark"]) -> None:
        self.tab.emulate_media(color_scheme=theme)
        wait_for_theme(self.tab, theme)

    def scroll_width(self) -> int:
        width: int = self.tab.evaluate("document.documentElement.scrollWidth")
        return width


def _leaves(url: str, host: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host


# Contexts that nobody uses, by what they were made with. A new one has empty caches.
_IDLE: WeakKeyDictionary[Browser, dict[str, list[BrowserContext]]] = WeakKeyDictionary()


@contextmanager
def _context(
    browser: Browser, base: str, unhurried: bool, options: dict[str, Any]
) -> Iterator[BrowserContext]:
    """A context that remembers nothing: new, or used for the same and emptied.

    Scripts and routes are for the tests to give to a tab, which ends with them.
    """
    idle = _IDLE.setdefault(browser, {}).setdefault(repr((unhurried, options)), [])
    if idle:
        context = idle.pop()
    else:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(f"({CLOCK})({'true' if unhurried else 'false'})")
    yield context
    if base.startswith("file:"):  # all folders are one origin
        context.close()
        return
    first, *others = context.pages or [context.new_page()]
    for tab in others:
        tab.close()
    session = context.new_cdp_session(first)
    session.send("Storage.clearDataForOrigin", {"origin": base, "storageTypes": "all"})
    first.close()
    context.clear_cookies()
    context.clear_permissions()
    context.set_offline(False)
    idle.append(context)


@contextmanager
def reader(
    browser: Browser, base: str, *, unhurried: bool = True, **options: Any
) -> Iterator[Reader]:
    """A new window on the site at `base`; `unhurried`: the site's own patience has no end."""
    with _context(browser, base, unhurried, options) as context:
        yield _open_window(context, base)


def _open_window(context: BrowserContext, base: str) -> Reader:
    seen = Seen()
    host = urlsplit(base).netloc
    tab = context.new_page()
    tab.on(
        "request",
        lambda request: seen.foreign.append(request.url) if _leaves(request.url, host) else None,
    )
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
    return Reader(base, context, tab, seen)
