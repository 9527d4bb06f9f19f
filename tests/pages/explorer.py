"""An explorer in an open page: its controls, its picture, its address."""

import functools
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from playwright.sync_api import CDPSession, Locator
from playwright.sync_api import Page as Tab

from nwcore.explorers import PoolingResult
from pages import scripts
from pages.expected import (
    WORDS,
    assert_as_computed,
    assert_painted_as_computed,
    pooling_limits,
    pooling_result,
)
from pages.goals import GoalsOnPage
from pages.picture import Box, Picture
from pages.placements import Control, Placement, placement_of, placements_on
from pages.tour import TourOnPage
from pages.webdriver import Tab as DrivenTab
from pages.window import PATIENCE, TAPS, frames_pass, wait_until_alive


@dataclass
class Look:
    """All that an explorer shows at one moment."""

    code: str
    kind: str
    state: dict[str, Any]
    readouts: dict[str, str]
    values: dict[str, str]
    said: dict[str, str]
    sentence: str
    note: str
    pin: str
    row: int | None  # the query whose weights are shown
    frames: int
    disabled: dict[str, bool]
    table: list[list[str]]
    text: str
    markup: str
    shown_query: int | None
    boxes: dict[str, Box]
    picture: Picture

    @functools.cached_property
    def result(self) -> PoolingResult:
        return pooling_result(self.state)

    @functools.cached_property
    def limits(self) -> tuple[float, float]:
        """The range of y: of everything this data set can show, calm while n moves."""
        return pooling_limits(self.state)

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Where on the canvas a place of the plot is."""
        plot, (low, high) = self.boxes["plot"], self.limits
        across = plot.x + plot.width * x / 5
        return across, plot.y + plot.height * (1 - (y - low) / (high - low))

    def points(self) -> list[tuple[float, float]]:
        """Where on the canvas the training points are."""
        pairs = zip(self.result.keys.tolist(), self.result.values.tolist(), strict=True)
        return [self.spot(x, y) for x, y in pairs]

    def lonely_point(self) -> tuple[int, tuple[float, float]]:
        """A training point that no other is near, well inside the plot, and where it is."""
        spots = self.points()
        inner = self.boxes["plot"].inset(40)

        def distance(i: int) -> float:
            x, y = spots[i]
            if not (inner.x < x < inner.x + inner.width and inner.y < y < inner.y + inner.height):
                return -1
            return min(math.dist(spots[i], other) for j, other in enumerate(spots) if j != i)

        best = max(range(len(spots)), key=distance)
        assert distance(best) > 8
        return best, spots[best]

    def part(self, name: str) -> bytes:
        """The pixels of a part of the picture."""
        return self.picture.part(self.boxes[name])


def _boxes(kind: str, plot: Any, handle: Any, width: float) -> dict[str, Box]:
    """The parts of the picture that tests look into."""
    if kind == "training" and width < 600:
        below = {"loss": (26, 150), "plot": (242, 110), "heat": (380, 100)}
        return {name: Box(52, y, width - 68, height) for name, (y, height) in below.items()}
    if kind == "training":
        half = round(width * 0.52) - 52 - 16
        right = 52 + half + 66
        return {
            "loss": Box(52, 26, half, 372),
            "plot": Box(right, 26, width - right - 16, 160),
            "heat": Box(right, 26 + 212, width - right - 16, 124),
        }
    if kind == "metric":
        wide = width >= 600
        side = min(360, round(0.54 * width) - 44) if wide else min(286, width - 60)
        x = 44 if wide else max(44, round((width - side) / 2))
        return {"plane": Box(x, 26, side, side)}
    if kind == "context":
        wide = width >= 600
        task = Box(52, 48, (round(width * 0.54) if wide else width) - 68, 300 if wide else 180)
        x, y = (task.x + task.width + 66, 48) if wide else (52, 316)
        return {"task": task, "family": Box(x, y, width - x - 16, task.height)}
    if kind == "risk":
        wide = width >= 600
        fits = Box(52, 48, (round(width * 0.5) if wide else width) - 68, 300 if wide else 170)
        x, y = (fits.x + fits.width + 66, 48) if wide else (52, 306)
        return {"fits": fits, "risk": Box(x, y, width - x - 16, fits.height)}
    if plot is None:
        return {}
    over = Box(*plot)
    low = kind == "attention" and width < 600
    bars = Box(over.x, over.y + over.height + 34, over.width, 54 if low else 92)
    boxes = {"plot": over, "bars": bars}
    if kind == "attention":
        boxes["heat"] = Box(*handle)
    return boxes


@dataclass
class Explorer:
    """An explorer in an open page."""

    tab: Tab
    placement: Placement

    @property
    def code(self) -> str:
        return self.placement.code

    @property
    def kind(self) -> str:
        return self.placement.kind

    @property
    def name(self) -> str:
        """What the page's address calls it."""
        return self.placement.name

    @property
    def page(self) -> str:
        return self.placement.page.name

    @property
    def words(self) -> dict[str, str]:
        """The words of its language."""
        return WORDS[self.code]

    @property
    def place(self) -> Locator:
        return self.tab.locator(".nw-live").nth(self.placement.number)

    def beside(self, kind: str) -> "Explorer":
        """Another explorer of the same page."""
        return Explorer(self.tab, placement_of(self.code, self.page, kind))

    # Looking --------------------------------------------------------------------------------------

    def look(self) -> Look:
        """What it shows once it has painted and written all that it was told."""
        told = self.place.evaluate(scripts.LOOK, PATIENCE)
        picture = Picture.of(told.pop("picture"), told.pop("colours"), told.pop("density"))
        boxes = _boxes(self.kind, told.pop("plot"), told.pop("handle"), told.pop("width"))
        state = told["state"]
        if "query" in state:  # a query that is not there is the last one
            state["query"] = min(state["query"], state["n_queries"] - 1)
        return Look(self.code, self.kind, boxes=boxes, picture=picture, **told)

    def check(self) -> Look:
        """Look, and compare every number and word with `nwcore`."""
        look = self.look()
        assert_as_computed(look)
        return look

    def check_painted(self) -> Look:
        """Look, and compare the picture with `nwcore`, too.

        What a worker has painted comes to the page when the browser brings it there, and no event
        tells: so it is looked for until it is there.
        """
        end = time.monotonic() + PATIENCE / 1000
        while True:
            look = self.check()
            try:
                assert_painted_as_computed(look)
            except AssertionError:
                if time.monotonic() > end:
                    raise
                continue
            return look

    def labels(self) -> list[str]:
        """Every word that a reader sees or hears."""
        found: list[str] = self.place.evaluate(scripts.LABELS)
        return found

    def shown_controls(self) -> list[str]:
        found: list[str] = self.place.evaluate(scripts.CONTROLS)
        return found

    def inks(self) -> tuple[int, int, int, int]:
        """Dark and pale pixels of the canvas, its width in pixels and on the page."""
        dark, pale, pixels, across = self.place.evaluate(scripts.INKS)
        return dark, pale, pixels, across

    @property
    def painter(self) -> str | None:
        return self.place.locator(".nw-root").get_attribute("data-painter")

    # Its parts ------------------------------------------------------------------------------------

    @property
    def canvas(self) -> Locator:
        return self.place.locator("canvas")

    @property
    def query(self) -> Locator:
        return self.place.locator(".nw-handle-query")

    @property
    def pad(self) -> Locator:
        return self.place.locator(".nw-handle-points")

    @property
    def link(self) -> Locator:
        return self.place.locator(".nw-link")

    @property
    def spoken(self) -> Locator:
        """What a screen reader says of the picture after a change."""
        return self.place.locator(".nw-root > .nw-spoken")

    @property
    def spoken_point(self) -> Locator:
        """What a screen reader says of the training point that the keyboard is at."""
        return self.place.locator(".nw-stage > .nw-spoken")

    @property
    def goals(self) -> GoalsOnPage:
        return GoalsOnPage(self.place.locator(".nw-view"))

    @property
    def tour(self) -> TourOnPage:
        return TourOnPage(self.place, self.words)

    def button(self, word: str) -> Locator:
        return self.place.get_by_role("button", name=self.words[word], exact=True)

    def control(self, key: str) -> Locator:
        return self.place.locator(f".nw-control-{key.replace('_', '-')}")

    def slider(self, key: str) -> Locator:
        return self.control(key).locator(".noUi-handle")

    @property
    def sum(self) -> Locator:
        """The prediction, written out as a weighted sum."""
        return self.place.locator(".nw-sum")

    @property
    def status(self) -> Locator:
        """What is said of the link."""
        return self.place.locator(".nw-status")

    def choice(self, key: str, name: str) -> Locator:
        """The button of one choice."""
        return self.control(key).get_by_role("button", name=name, exact=True)

    def pressed(self, key: str) -> list[str]:
        """Which of the buttons of a choice say that they are pressed."""
        found: list[str] = (
            self.control(key).locator("button").evaluate_all("all => all.map((n) => n.ariaPressed)")
        )
        return found

    @property
    def list_of_kernels(self) -> Locator:
        return self.control("kernel").locator("select")

    @property
    def seed_box(self) -> Locator:
        return self.control("seed").locator("input")

    # Hands ----------------------------------------------------------------------------------------

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """A place of the canvas, in the window."""
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + x, box["y"] + y

    def show(self) -> None:
        """Bring the canvas into the middle of the window, and the mouse away from it."""
        self.tab.mouse.move(1, 1)
        self.canvas.evaluate("n => n.scrollIntoView({ block: 'center', behavior: 'instant' })")

    def hover(self, x: float, y: float) -> None:
        self.tab.mouse.move(*self.on_screen(x, y))

    def click(self, x: float, y: float) -> None:
        self.tab.mouse.click(*self.on_screen(x, y))

    def grab(self, at: tuple[float, float]) -> None:
        self.hover(*at)
        self.tab.mouse.down()

    def release(self) -> None:
        self.tab.mouse.up()

    def press(self, keys: str) -> None:
        self.tab.keyboard.press(keys)

    def drag_slider(self, key: str, share: float) -> None:
        """Take a slider's handle to a share of its track, by mouse, and hold it there."""
        start, end = self._way_on_track(key, share)
        self.tab.mouse.move(*start)
        self.tab.mouse.down()
        self.tab.mouse.move(end[0], end[1] + 2, steps=4)

    def drag_slider_on(self, key: str, share: float) -> None:
        """Take the handle that is held to another share of its track."""
        _, end = self._way_on_track(key, share)
        self.tab.mouse.move(end[0], end[1] + 2, steps=4)

    def _way_on_track(
        self, key: str, share: float
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        handle = self.slider(key).bounding_box()
        track = self.control(key).locator(".noUi-base").bounding_box()
        assert handle is not None
        assert track is not None
        y = handle["y"] + handle["height"] / 2
        start = handle["x"] + handle["width"] / 2, y
        return start, (track["x"] + share * track["width"], y)

    def type_seed(self, text: str) -> None:
        self.seed_box.fill(text)
        self.seed_box.press("Enter")

    def choose_kernel(self, name: str) -> None:
        """By its name in the page's language, from the list or the row of buttons."""
        if self.list_of_kernels.count():
            self.list_of_kernels.select_option(label=name)
        else:
            self.choice("kernel", name).click()

    def swipe(self, start: tuple[float, float], across: float, down: float) -> None:
        """A finger from a place of the canvas, so far across and down."""
        x, y = self.on_screen(*start)
        with fingers(self.tab) as finger:
            finger("touchStart", (x, y))
            for step in range(1, 9):
                finger("touchMove", (x + across * step / 8, y + down * step / 8))
            finger("touchEnd")

    def tap(self, x: float, y: float) -> None:
        """A finger that touches a place of the canvas and leaves it."""
        with fingers(self.tab) as finger:
            finger("touchStart", self.on_screen(x, y))
            finger("touchEnd")

    def move_by_key(self, control: Control) -> None:
        """Move a control, whatever it is, a little, with keys alone."""
        if control.handle == "slider":
            self.slider(control.key).focus()
            at_end = self.slider(control.key).evaluate("n => n.ariaValueNow === n.ariaValueMax")
            self.press("ArrowLeft" if at_end else "ArrowRight")
        elif control.handle == "number box":
            self.control(control.key).locator("input").focus()
            self.press("ArrowUp")
            self.press("Enter")
        elif control.handle == "list":
            self.control(control.key).locator("select").focus()
            before = self.control(control.key).locator("select").input_value()
            self.press("ArrowDown")
            if self.control(control.key).locator("select").input_value() == before:
                self.press("ArrowUp")
        elif control.handle == "buttons":
            self._other_choice(control.key).focus()
            self.press("Enter")
        elif control.handle == "switch":
            self.control(control.key).locator("input").focus()
            self.press("Space")
        else:
            raise AssertionError(f"{control.key} is a control of a kind that nobody has tried")

    def move_by_mouse(self, control: Control) -> None:
        """Move a control with the mouse; a list is the browser's own, and is chosen from."""
        self.control(control.key).scroll_into_view_if_needed()
        if control.handle == "slider":
            self.drag_slider(control.key, self._far_share(control.key))
            self.release()
        elif control.handle == "number box":
            box = self.control(control.key).locator("input")
            box.click(click_count=3)
            self.tab.keyboard.type(str(int(box.input_value()) + 1))
            self.press("Enter")
        else:
            self._choose(control, "click")

    def move_by_touch(self, control: Control) -> None:
        """Move a control with a finger; the window must be one of a touch screen."""
        # To the middle: at the top, what stays there lies over it.
        self.control(control.key).evaluate(
            "n => n.scrollIntoView({ block: 'center', behavior: 'instant' })"
        )
        if control.handle == "slider":
            (x, y), (end, _) = self._way_on_track(control.key, self._far_share(control.key))
            with fingers(self.tab) as finger:
                finger("touchStart", (x, y))
                for step in range(1, 9):
                    finger("touchMove", (x + (end - x) * step / 8, y))
                finger("touchEnd")
        elif control.handle == "number box":
            box = self.control(control.key).locator("input")
            box.tap()
            # A tap that follows another one at once may count as its second half: tap again then.
            for _ in range(TAPS):
                if box.evaluate("n => n === document.activeElement"):
                    break
                frames_pass(self.tab)
                box.tap()
            assert box.evaluate("n => n === document.activeElement")
            box.fill(str(int(box.input_value()) + 1))
            self.press("Enter")
        else:
            self._choose(control, "tap")

    def _choose(self, control: Control, how: Literal["click", "tap"]) -> None:
        if control.handle == "switch":
            getattr(self.control(control.key).locator("label"), how)()
        elif control.handle == "list":
            choices = self.control(control.key).locator("select")
            getattr(choices, how)()
            self.press("Escape")  # the list of choices is a window of its own
            chosen = choices.evaluate("n => n.selectedIndex")
            choices.select_option(index=1 if chosen == 0 else 0)
        else:
            assert control.handle == "buttons", f"{control.key}: {control.handle}"
            getattr(self._other_choice(control.key), how)()

    def _other_choice(self, key: str) -> Locator:
        return self.control(key).locator("button[aria-pressed=false]").first

    def _far_share(self, key: str) -> float:
        """A place on the track that the handle is far from."""
        (x, _), (middle, _) = self._way_on_track(key, 0.5)
        return 0.25 if x > middle else 0.75

    # Programs -------------------------------------------------------------------------------------

    def set(self, **changes: Any) -> None:
        """Bring the explorer into a state, as a program would."""
        self.place.evaluate(scripts.SET, changes)

    def tell(self, key: str, told: str) -> str:
        """Tell a trait a value of JavaScript; the text that is shown two frames later."""
        shown: str = self.place.evaluate(scripts.TELL, [key, told])
        return shown

    def tell_control(self, key: str, told: str) -> None:
        self.place.evaluate(scripts.TELL_CONTROL, [key, told])

    def change(self) -> None:
        """Take one control a little on, a slider if there is one: something of it is another."""
        controls = sorted(self.placement.controls, key=lambda control: control.handle != "slider")
        self.move_by_key(controls[0])
        self.tab.evaluate("document.activeElement.blur()")
        self.tab.mouse.move(1, 1)

    def move_all(self) -> Look:
        """Take every control a little on; what is shown then."""
        for control in self.placement.controls:
            self.move_by_key(control)
        self.tab.mouse.move(1, 1)
        self.tab.evaluate("document.activeElement.blur()")
        return self.check()

    def start_over(self) -> None:
        button = self.button("start_over")
        assert button.count() == 1, f"{self.kind}: its view needs a button words.start_over"
        button.click()
        self.show()

    # The page's address ---------------------------------------------------------------------------

    def address(self, holds: str) -> str:
        """The page's address, once it says this."""
        self.tab.wait_for_function(
            "(text) => decodeURIComponent(location.hash).includes(text)", arg=holds
        )
        return self.tab.url

    def type_address(self, fragment: str) -> None:
        """Change what stands behind the #; the page has heard of it when this ends."""
        self.tab.evaluate(scripts.TYPE_ADDRESS, fragment)

    def wait_for_link(self, part: str) -> None:
        """Until the explorer has come to rest, and its link says this."""
        self.tab.wait_for_function(
            "([n, part]) => n.getAttribute('href').includes(part)",
            arg=[self.link.element_handle(), part],
        )

    def wait_for_state(self, **wanted: Any) -> None:
        """Until the explorer's state holds these values."""
        self._wait_until(scripts.HOLDS, wanted)

    def wait_for_another(self, key: str, value: Any) -> None:
        """Until a trait has this value no longer: a tap becomes a click in its own time."""
        self._wait_until(scripts.DIFFERS, [key, value])

    def comes_to_differ(self, key: str, value: Any, frames: int = 60) -> bool:
        """Whether a trait has another value before so many pictures were painted."""
        for _ in range(frames):
            if self.place.evaluate(scripts.DIFFERS, [key, value]):
                return True
            frames_pass(self.tab, 1)
        return False

    def _wait_until(self, question: str, told: Any) -> None:
        """Ask until the answer is yes.

        Not by `wait_for_function`, to which the promise of an answer is a yes.
        """
        end = time.monotonic() + PATIENCE / 1000
        while not self.place.evaluate(question, told):
            assert time.monotonic() < end, f"not there in time: {told}"
            frames_pass(self.tab, 1)

    @contextmanager
    def opened_again(self, url: str) -> Iterator["Explorer"]:
        """The same explorer in a tab of its own, where nothing was done to it."""
        tab = self.tab.context.new_page()
        try:
            tab.goto(url)
            wait_until_alive(tab)
            yield Explorer(tab, self.placement)
        finally:
            tab.close()
            self.tab.bring_to_front()


def explorer_in(tab: Tab, code: str, page: str, kind: str) -> Explorer:
    """The explorer of this kind on the page that the tab shows."""
    return Explorer(tab, placement_of(code, page, kind))


def explorers_in(tab: Tab, code: str, page: str) -> list[Explorer]:
    """All explorers of the page that the tab shows."""
    return [Explorer(tab, placement) for placement in placements_on(code, page)]


@contextmanager
def fingers(tab: Tab) -> Iterator[Any]:
    """Fingers on the screen: a function of what they do and where each of them is."""
    if isinstance(tab, DrivenTab):
        yield tab.touch
        return
    session: CDPSession = tab.context.new_cdp_session(tab)

    def touch(kind: str, *spots: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in spots]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    yield touch
    session.detach()


def settled_scroll(tab: Tab) -> float:
    """Where the page is scrolled to, once it stays there."""
    scrolled: float = tab.evaluate(scripts.SETTLED_SCROLL)
    return scrolled
