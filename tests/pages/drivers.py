"""Firefox and WebKit, each driven by the standard that it speaks itself: WebDriver BiDi or classic.

Neither needs more than the browser's own package: Firefox listens for BiDi, and WebKit's
`WebKitWebDriver` comes with it.
"""

import os
import queue
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import browser as browser_finder
from pyvirtualdisplay.display import Display
from selenium import webdriver
from selenium.webdriver.common.bidi.browsing_context import BrowsingContext
from selenium.webdriver.common.bidi.input import Input
from selenium.webdriver.common.bidi.script import Script
from selenium.webdriver.common.bidi.session import Session
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from pages.webdriver import PATIENCE, Driver

POLL = 0.002  # seconds between two looks for an answer

# The light theme whatever the desktop has, fingers on any screen, and no start-up traffic.
FIREFOX_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "dom.w3c_touch_events.enabled": 1,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "layout.css.prefers-color-scheme.content-override": 1,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class Firefox:
    """A `Driver` over WebDriver BiDi."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._contexts = BrowsingContext(connection)
        self._scripts = Script(connection)
        self._input = Input(connection)
        Session(connection).new({})

    def open(self, width: int, height: int) -> str:
        window: str = self._contexts.create(type="window")
        self.resize(window, width, height)
        return window

    def resize(self, window: str, width: int, height: int) -> None:
        self._contexts.set_viewport(context=window, viewport={"width": width, "height": height})

    def close(self, window: str) -> None:
        self._contexts.close(context=window)

    def activate(self, window: str) -> None:
        self._contexts.activate(context=window)

    def go(self, window: str, url: str) -> None:
        self._contexts.navigate(context=window, url=url, wait="complete")

    def call(self, window: str, function: str, *given: str) -> str:
        answer = self._scripts.call_function(
            function_declaration=function,
            await_promise=True,
            target={"context": window},
            arguments=[{"type": "string", "value": each} for each in given],
            user_activation=True,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        value: str = answer["result"]["value"]
        return value

    def act(self, window: str, source: dict[str, Any]) -> None:
        self._input.perform_actions(context=window, actions=[source])


class WebKit:
    """A `Driver` over WebDriver as it was first."""

    def __init__(self, driver: webdriver.WebKitGTK) -> None:
        self._driver = driver
        self._first = self._now = driver.current_window_handle
        driver.set_script_timeout(PATIENCE)
        driver.set_page_load_timeout(PATIENCE)

    def _in(self, window: str) -> webdriver.WebKitGTK:
        if self._now != window:
            self._driver.switch_to.window(window)
            self._now = window
        return self._driver

    def open(self, width: int, height: int) -> str:
        self._in(self._first).switch_to.new_window("window")
        self._now = self._driver.current_window_handle
        self.resize(self._now, width, height)
        return self._now

    def resize(self, window: str, width: int, height: int) -> None:
        driver = self._in(window)
        wide, high = driver.execute_script("return [innerWidth, innerHeight]")
        outer = driver.get_window_size()
        driver.set_window_size(outer["width"] + width - wide, outer["height"] + height - high)

    def close(self, window: str) -> None:
        self._in(window).close()
        self._in(self._first)  # a driver in a closed window does nothing more

    def activate(self, window: str) -> None:
        self._in(window)

    def go(self, window: str, url: str) -> None:
        self._in(window).get(url)

    def call(self, window: str, function: str, *given: str) -> str:
        called = f"({function})(...[...arguments].slice(0, -1)).then([...arguments].at(-1));"
        value: str = self._in(window).execute_async_script(called, *given)
        return value

    def act(self, window: str, source: dict[str, Any]) -> None:
        self._in(window).execute(Command.W3C_ACTIONS, {"actions": [source]})


def _keep(told: IO[str], lines: queue.Queue[str]) -> None:
    for line in told:  # to the end, or the browser waits for a reader
        lines.put(line)


def _address(lines: queue.Queue[str]) -> str:
    """Where Firefox listens, which it says on a line of its own."""
    heard: list[str] = []
    while True:
        try:
            heard.append(lines.get(timeout=PATIENCE))
        except queue.Empty:
            raise TimeoutError(f"Firefox listens nowhere: {heard}") from None
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", heard[-1]):
            return found[1]


@contextmanager
def firefox(program: str) -> Iterator[Driver]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        Path(profile, "user.js").write_text(
            "".join(
                f'user_pref("{key}", {_javascript(value)});\n'
                for key, value in FIREFOX_PREFERENCES.items()
            )
        )
        command = [program, "--headless", "--no-remote", "--profile", profile]
        with subprocess.Popen(
            [*command, "--remote-debugging-port", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            lines: queue.Queue[str] = queue.Queue()
            reader = threading.Thread(target=_keep, args=(process.stderr, lines), daemon=True)
            reader.start()
            try:
                address = f"{_address(lines)}/session"
                connection = WebSocketConnection(address, PATIENCE, POLL)
                yield Firefox(connection)
                connection.close()
            finally:
                process.terminate()
                process.wait()
                reader.join()


def _javascript(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


@contextmanager
def webkit(program: str) -> Iterator[Driver]:
    with Display(visible=False, size=(1600, 1200)):
        # There may be no graphics card to compose the page with.
        plain = {**os.environ, "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        driver = webdriver.WebKitGTK(options=Options(), service=Service(program, env=plain))
        try:
            yield WebKit(driver)
        finally:
            driver.quit()


DRIVERS = {"firefox": firefox, "webkit": webkit}


@contextmanager
def driven(engine: str) -> Iterator[Driver]:
    """A browser of this engine, until the end of the block."""
    program = browser_finder.find_engine(engine)
    assert program, f"no {engine} here: run `python tools/browser.py` (or `make test`)"
    with DRIVERS[engine](program) as driver:
        yield driver
