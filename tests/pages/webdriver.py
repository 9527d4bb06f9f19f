"""A browser without Playwright: the same hands on a page, over the standards that drive browsers.

`Tab` and `Locator` have the methods of Playwright's page and locator that an explorer's tests use,
so that a test is written once. Below them, a `Driver` does the few things that WebDriver (classic
or BiDi) says every browser can; what a page is asked runs in the page, as JSON in and out.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from selenium.webdriver.common.keys import Keys

# Seconds until something that should have happened counts as missing, on a busy machine, too.
PATIENCE = 120
PAUSE = 0.02  # seconds between two looks at what is waited for

# Runs `source`, an expression or a function of `given`, which may name nodes by how they are found.
RUN = """async (source, given) => {
  const named = (node) => (node.getAttribute("aria-label") ?? node.textContent).trim();
  const within = (nodes, selector) =>
    [...new Set(nodes.flatMap((node) => [...node.querySelectorAll(selector)]))];
  const step = (nodes, { css, nth, button }) =>
    css !== undefined ? within(nodes, css)
      : nth !== undefined ? nodes.slice(nth, nth + 1)
        : within(nodes, "button").filter((n) => n.checkVisibility() && named(n) === button);
  const find = (steps) => steps.reduce(step, [document]);
  const decode = (value) => {
    if (Array.isArray(value)) return value.map(decode);
    if (value === null || typeof value !== "object") return value;
    if ("$all" in value) return find(value.$all);
    if ("$one" in value) return find(value.$one)[0];
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each)]));
  };
  try {
    const meant = (0, eval)(`(${source})`);
    const all = decode(JSON.parse(given));
    const value = await (typeof meant === "function" ? meant(...all) : meant);
    return JSON.stringify({ value: value ?? null });
  } catch (error) {
    return JSON.stringify({ error: `${error}\\n${error?.stack}` });
  }
}"""

# The middle of a node that a finger would hit, once it stands still in the window; null before.
HIT = """async (node) => {
  if (!node?.checkVisibility() || node.disabled) return null;
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const box = () => node.getBoundingClientRect();
  const inside = ({ top, bottom }) => top >= 0 && bottom <= innerHeight;
  if (!inside(box())) node.scrollIntoView({ block: "center", behavior: "instant" });
  const before = box();
  await frame();
  const { left, top, width, height } = box();
  if (left !== before.left || top !== before.top) return null;
  const [x, y] = [left + width / 2, top + height / 2];
  const hit = document.elementFromPoint(x, y);
  return hit && (node.contains(hit) || hit.contains(node)) ? [x, y] : null;
}"""

CHOOSE = """(node, { label, index }) => {
  node.selectedIndex =
    index ?? [...node.options].findIndex((each) => each.label.trim() === label);
  for (const kind of ["input", "change"]) {
    node.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}"""

KEYS = {
    "ArrowDown": Keys.ARROW_DOWN,
    "ArrowLeft": Keys.ARROW_LEFT,
    "ArrowRight": Keys.ARROW_RIGHT,
    "ArrowUp": Keys.ARROW_UP,
    "Control": Keys.CONTROL,
    "Delete": Keys.DELETE,
    "End": Keys.END,
    "Enter": Keys.ENTER,
    "Space": Keys.SPACE,
    "Escape": Keys.ESCAPE,
    "Home": Keys.HOME,
    "PageDown": Keys.PAGE_DOWN,
    "PageUp": Keys.PAGE_UP,
    "Shift": Keys.SHIFT,
    "Tab": Keys.TAB,
}


DOWN = {"type": "pointerDown", "button": 0}
UP = {"type": "pointerUp", "button": 0}


class Driver(Protocol):
    """What a driver does in the windows of one browser; `window` is its name for one of them."""

    def open(self, width: int, height: int) -> str:
        """A new window, the page in it as large as this; gives its name."""

    def resize(self, window: str, width: int, height: int) -> None: ...

    def close(self, window: str) -> None: ...

    def activate(self, window: str) -> None:
        """Bring a window to the front."""

    def go(self, window: str, url: str) -> None:
        """Go to a page and wait until it has loaded."""

    def call(self, window: str, function: str, *given: str) -> str:
        """Call a function of strings in the page, and wait for the string that it promises."""

    def act(self, window: str, source: dict[str, Any]) -> None:
        """Let one input source (a mouse, a finger, a keyboard) do what WebDriver's actions say."""


def wait_until(happened: Callable[[], Any], what: str) -> Any:
    """What `happened` gives, as soon as that is not nothing."""
    end = time.monotonic() + PATIENCE
    while not (given := happened()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {PATIENCE} s for {what}")
        time.sleep(PAUSE)
    return given


@dataclass
class Mouse:
    """The mouse of a window."""

    tab: "Tab"
    at: tuple[float, float] = (0, 0)

    def _act(self, *actions: dict[str, Any]) -> None:
        source = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.tab.driver.act(self.tab.window, {**source, "actions": list(actions)})

    def move(self, x: float, y: float, *, steps: int = 1) -> None:
        (left, top), self.at = self.at, (x, y)
        shares = (step / steps for step in range(1, steps + 1))
        self._act(*(_to(left + (x - left) * share, top + (y - top) * share) for share in shares))

    def down(self) -> None:
        self._act(DOWN)

    def up(self) -> None:
        self._act(UP)

    def click(self, times: int) -> None:
        self._act(*[DOWN, UP] * times)


def _to(x: float, y: float) -> dict[str, Any]:
    where = {"x": round(x), "y": round(y), "origin": "viewport"}
    return {"type": "pointerMove", "duration": 0, **where}


@dataclass
class Keyboard:
    """The keyboard of a window."""

    tab: "Tab"

    def _act(self, *actions: dict[str, str]) -> None:
        source = {"type": "key", "id": "keyboard", "actions": list(actions)}
        self.tab.driver.act(self.tab.window, source)

    def press(self, keys: str) -> None:
        """One key, perhaps while others are held: "Shift+ArrowUp"."""
        values = [KEYS.get(key, key) for key in keys.split("+")]
        down = [{"type": "keyDown", "value": value} for value in values]
        self._act(*down, *({"type": "keyUp", "value": value} for value in reversed(values)))

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)


@dataclass
class Context:
    """The browser that a window belongs to."""

    driver: Driver
    size: tuple[int, int]

    def new_page(self) -> "Tab":
        return Tab(self.driver, self.driver.open(*self.size), self)


@dataclass
class Tab:
    """A window of a browser, as Playwright's `Page`."""

    driver: Driver
    window: str
    context: Context
    mouse: Mouse = field(init=False)
    keyboard: Keyboard = field(init=False)

    def __post_init__(self) -> None:
        self.mouse, self.keyboard = Mouse(self), Keyboard(self)

    @property
    def url(self) -> str:
        address: str = self.evaluate("location.href")
        return address

    def goto(self, url: str) -> None:
        self.driver.go(self.window, url)

    def set_viewport_size(self, size: dict[str, int]) -> None:
        self.driver.resize(self.window, size["width"], size["height"])

    def bring_to_front(self) -> None:
        self.driver.activate(self.window)

    def close(self) -> None:
        self.driver.close(self.window)

    def locator(self, selector: str) -> "Locator":
        return Locator(self, ({"css": selector},))

    def run(self, source: str, *given: Any) -> Any:
        """What an expression, or a function of these, gives in the page."""
        told = json.loads(self.driver.call(self.window, RUN, source, json.dumps(_encode(given))))
        if "error" in told:
            raise RuntimeError(f"the page says: {told['error']}")
        return told["value"]

    def evaluate(self, source: str, arg: Any = None) -> Any:
        return self.run(source, arg)

    def wait_for_function(self, source: str, *, arg: Any = None) -> None:
        wait_until(lambda: self.evaluate(source, arg), source)

    def touch(self, kind: str, *spots: tuple[float, float]) -> None:
        """What one finger does, in the words of the Chrome DevTools Protocol."""
        actions = [_to(*spot) for spot in spots]
        actions += {"touchStart": [DOWN], "touchMove": [], "touchEnd": [UP]}[kind]
        source = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}}
        self.driver.act(self.window, {**source, "actions": actions})


def _encode(value: Any) -> Any:
    """The same with each locator as the page can read it."""
    if isinstance(value, Locator):
        return {"$one": value.steps}
    if isinstance(value, dict):
        return {key: _encode(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(each) for each in value]
    return value


@dataclass(frozen=True)
class Locator:
    """How a node is found, each time anew, as Playwright's `Locator`."""

    tab: Tab
    steps: tuple[dict[str, Any], ...]

    # Which node -----------------------------------------------------------------------------------

    def _then(self, **step: Any) -> "Locator":
        return Locator(self.tab, (*self.steps, step))

    def locator(self, selector: str) -> "Locator":
        return self._then(css=selector)

    def nth(self, place: int) -> "Locator":
        return self._then(nth=place)

    @property
    def first(self) -> "Locator":
        return self.nth(0)

    def get_by_role(self, role: str, *, name: str, exact: bool) -> "Locator":
        assert (role, exact) == ("button", True), "only buttons are found by their role here"
        return self._then(button=name)

    def element_handle(self) -> "Locator":
        """What stands for the node in an argument of a function of the page."""
        return self

    # What it is -----------------------------------------------------------------------------------

    def wait_for(self) -> None:
        self.tab.wait_for_function("(node) => node?.checkVisibility()", arg=self)

    def _wait_until_there(self) -> None:
        self.tab.wait_for_function("(node) => Boolean(node)", arg=self)

    def evaluate(self, source: str, arg: Any = None) -> Any:
        self._wait_until_there()
        return self.tab.run(source, self, arg)

    def evaluate_all(self, source: str) -> Any:
        return self.tab.run(source, {"$all": self.steps})

    def count(self) -> int:
        number: int = self.evaluate_all("(all) => all.length")
        return number

    def get_attribute(self, name: str) -> str | None:
        value: str | None = self.evaluate("(node, name) => node.getAttribute(name)", name)
        return value

    def input_value(self) -> str:
        value: str = self.evaluate("(node) => node.value")
        return value

    def text_content(self) -> str:
        text: str = self.evaluate("(node) => node.textContent")
        return text

    def is_visible(self) -> bool:
        visible = "(node) => Boolean(node?.checkVisibility({ visibilityProperty: true }))"
        shown: bool = self.tab.run(visible, self)
        return shown

    def is_hidden(self) -> bool:
        return not self.is_visible()

    def bounding_box(self) -> dict[str, float]:
        box: dict[str, float] = self.evaluate("(node) => node.getBoundingClientRect().toJSON()")
        return box

    # What is done to it ---------------------------------------------------------------------------

    def _hit(self) -> tuple[float, float]:
        x, y = wait_until(lambda: self.tab.run(HIT, self), f"{self.steps} to be in reach")
        return x, y

    def scroll_into_view_if_needed(self) -> None:
        self._hit()

    def click(self, *, click_count: int = 1) -> None:
        self.tab.mouse.move(*self._hit())
        self.tab.mouse.click(click_count)

    def tap(self) -> None:
        self.tab.touch("touchStart", self._hit())
        self.tab.touch("touchEnd")

    def focus(self) -> None:
        self.evaluate("(node) => node.focus()")

    def blur(self) -> None:
        self.evaluate("(node) => node.blur()")

    def press(self, keys: str) -> None:
        self.focus()
        self.tab.keyboard.press(keys)

    def fill(self, text: str) -> None:
        """Type over what is in a box."""
        self.evaluate("(node) => { node.focus(); node.select(); }")
        self.tab.keyboard.press("Delete")
        self.tab.keyboard.type(text)

    def select_option(self, *, label: str | None = None, index: int | None = None) -> None:
        self.evaluate(CHOOSE, {"label": label, "index": index})
