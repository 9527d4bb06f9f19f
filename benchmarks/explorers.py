"""How fast the explorers are, how much memory they keep, and how much a page weighs.

    python benchmarks/explorers.py           everything, as Markdown, in about ten minutes
        --only frames,weight                 some parts: frames, drag, memory, risk, classical,
                                             weight, arrival, cells
        --sizes 50x50,500x200                some sizes: training points x queries
        --moves 500                          more slider events at each size than 200
        --visits 9                           more visits of each page than 5
        --json FILE                          the raw numbers, too

Needs the built site (`make book`) and a Chromium (`python tools/browser.py`). Close what else keeps
the processor busy: the report gives the load before and after.

What is measured, and why so:

frames
    A real pointer holds the handle of `w` and moves through the browser's own input path
    (`Input.dispatchMouseEvent`), the next move after the page has answered the last, so that no two
    share a frame. Time is read from a trace, as in the browser's performance panel: `RunTask`, the
    tasks that the renderer's main thread runs, the outermost ones only. A task holds everything
    that was done in it, counted once: the event's listeners, the animation frame, style, layout,
    paint, the hand-over to the compositor (Commit), collection of garbage. To add up chosen parts
    (FunctionCall, Layout, Paint and so on) would miss what lies between them.

    *frame*: from the task that handles the move, in which Chromium also runs the animation frame,
    to the one that hands the frame over, which is nearly always the same.
    *processor*: the part of *frame* in which the thread ran. The rest it waited, for the compositor
    or for a processor: the worker that paints, the browser's other processes and this script's own
    want one at the same time.
    *script*: the listeners and the animation frame in it: the explorer's and ipywidgets' own code.
    *all*: every task of the main thread until the next move; timers, collection of garbage and the
    empty frame that follows are in it, too. *work* is the part of it in which the thread ran: what
    a slider event costs the page.
    *latency*: from the time stamp of the event, which is when the browser made it, to the worker's
    word that it has painted, a change of `data-painted` that is marked in the trace. It holds the
    wait for the frame to begin, up to 16.7 ms at 60 frames a second.

    Moves before the trace starts warm up the compiler. The trace itself costs time; *untraced* is
    the mean of *all*, as processor time and without a trace, by the browser's own counter
    (`TaskDuration`). What the browser itself takes for a frame of such a page is measured with a
    canvas of the page's own on which every move of the mouse paints one pixel.
drag
    Five seconds of a mouse that reports 125 times a second, whether the page has answered or not,
    from end to end and back twice. A frame is a task that ends in Commit; a repaint is a change of
    `data-painted`, counted between one animation frame and the next. *processor* is the longest
    time in which the thread ran for one frame: no other program on the machine adds to it. *rest*
    is the longest task of the second after the hand rests: what can wait is done then.
risk
    *frames* and *drag* of the bias–variance explorer, which fits a hundred data sets for each
    picture. Its worker hands the page the numbers, so *latency* holds the fits and *work* does not.
memory
    What is in use after a forced collection of garbage, as 10,000 slider events go by.
classical
    The same two panels with ipywidgets' `interact` and inline matplotlib, in JupyterLab with a
    kernel: from the time stamp of the event to the new picture in the document.
weight
    Every file that the page asks for, as `gzip -9` leaves it.
arrival
    A first visit with a phone (360 × 740) whose processor is slowed four times, over a line of 1.6
    Mbit/s with 150 ms to the answer, as Chromium's own emulation has it (CDP, `Network` and
    `Emulation`); nothing is in the cache, the server compresses text. *first widget*: when an
    explorer that has painted (`data-nw-ready`) has taken the place of its picture. *LCP*: the
    largest contentful paint. *CLS*: the sum of all layout shifts that nobody asked for. *blocking*:
    what each task of the main thread takes over 50 ms, added up, from the start to five seconds
    after the last widget. Medians of several visits.
cells
    From the click on *Run* to the end of the run, with its output under the cell: the first run of
    a visit, which brings the interpreter, and nine that follow. Medians of several visits.
"""

import argparse
import asyncio
import gzip
import http.server
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote, urlsplit

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("tests", "tools"))

import browser as browser_finder
from lab_helpers import KERNEL_IDLE, jupyterlab
from pages.window import ALIVE, ARRIVED, CHROMIUM_FLAGS
from playwright.async_api import (
    Browser,
    CDPSession,
    FloatRect,
    Locator,
    ViewportSize,
    async_playwright,
)
from playwright.async_api import Page as Tab
from site_helpers import SITE, serve

PARTS = ("frames", "drag", "memory", "risk", "classical", "weight", "arrival", "cells")
PAGE = "en/03-nonparametric-attention.html"
RISK_PAGE = "en/07-how-good-can-it-be.html"
RISK_SIZES = (50, 200)  # points of each data set
PLAIN_PAGE = "en/01-queries-keys-values.html"  # without widgets
VISITED = ("en/index.html", PAGE, PLAIN_PAGE)  # weighed, and visited with a slow phone
CELLS = {  # pages and places of cells: numbers of a few lines, and pictures after two cells before
    "numbers of chapter 1": (PLAIN_PAGE, 0),
    "heatmap of chapter 3": (PAGE, 4),
}
RUNS = 10  # of a cell in one visit
SIZES = [(n, q) for n in (50, 200, 500) for q in (50, 100, 200)]
VIEWPORT: ViewportSize = {"width": 1280, "height": 900}

WARM_UP = 60  # moves
DRAG_SECONDS = 5.0
DRAG_TRIPS = 2  # end to end and back
MOUSE_HERTZ = 125
FRAME = 1000 / 60  # ms
LONG = 50.0  # ms
MEMORY_AT = (0, 2_500, 5_000, 10_000)  # slider events
CLASSICAL_EVENTS = 30
PHONE: ViewportSize = {"width": 360, "height": 740}
LINE_BYTES = 1.6e6 / 8  # per second
LINE_LATENCY = 150  # ms
SLOWED = 4
SETTLED = 5.0  # seconds after which a page that has arrived is taken to be at rest
COMPRESSED = (".html", ".css", ".js", ".svg", ".json")
TOKEN = "benchmark"
NOTEBOOK = "classical.ipynb"

# No user timing besides: each category makes the browser slower.
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]
MARK = "nw-clock"
REPAINT = "nw-repaint"
INSIDE = (
    "EventDispatch",
    "FireAnimationFrame",
    "UpdateLayoutTree",
    "Layout",
    "PrePaint",
    "Paint",
    "Layerize",
    "Commit",
)

Row = dict[str, Any]


# The site in a browser ----------------------------------------------------------------------------


@dataclass
class Explorer:
    """An explorer on a page of its own."""

    tab: Tab
    cdp: CDPSession
    name: str  # what the page's address calls it

    @property
    def root(self) -> str:
        """What selects its root."""
        return f'.nw-root[data-name="{self.name}"]'

    @property
    def box(self) -> Locator:
        return self.tab.locator(".nw-box", has=self.tab.locator(self.root)).first

    @property
    def handle(self) -> Locator:
        return self.box.locator(".nw-control-w .noUi-handle")

    async def repaints(self) -> int:
        return int(await self.box.locator(".nw-root").get_attribute("data-frames") or 0)

    async def metrics(self) -> dict[str, float]:
        answer = await self.cdp.send("Performance.getMetrics")
        return {metric["name"]: metric["value"] for metric in answer["metrics"]}

    async def mouse(self, kind: str, x: float, y: float) -> None:
        """One event of the pointer; returns when the page has answered it.

        Playwright's own mouse would run code of its own in the page whenever a button is down.
        """
        event = {"type": kind, "x": x, "y": y, "pointerType": "mouse"}
        button: Row = {"button": "left", "buttons": int(kind != "mouseReleased")}
        clicks = {} if kind == "mouseMoved" else {"clickCount": 1}
        await self.cdp.send("Input.dispatchMouseEvent", event | button | clicks)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Callable[[float], Awaitable[None]]]:
        """Hold the handle of w; gives what moves it to a share of the slider's length."""
        track = await rectangle(self.box.locator(".nw-control-w .noUi-base"))
        handle = await rectangle(self.handle)
        x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
        await self.mouse("mousePressed", x, y)
        yield lambda share: self.mouse("mouseMoved", track["x"] + share * track["width"], y)
        await self.mouse("mouseReleased", x, y)


async def rectangle(place: Locator) -> FloatRect:
    found = await place.bounding_box()
    if found is None:
        raise RuntimeError(f"{place} is not on screen")
    return found


@asynccontextmanager
async def explorer(
    browser: Browser, base: str, n_train: int, queries: int | None = None
) -> AsyncIterator[Explorer]:
    """The attention explorer with so many training points and queries, painted and at rest.

    Without queries, the bias–variance explorer with so many points in each data set.
    """
    page, name = (RISK_PAGE, "risk") if queries is None else (PAGE, "attention")
    state = f"n={n_train}" if queries is None else f"n={n_train};queries={queries}"
    context = await browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    try:
        tab = await context.new_page()
        await tab.goto(f"{base}/{page}#{name}:{state}")
        await tab.wait_for_function(
            "() => document.querySelector('.nw-live')"
            " && !document.querySelector('.nw-live:not([data-nw-live=alive])')"
        )
        found = Explorer(tab, await context.new_cdp_session(tab), name)
        await found.box.scroll_into_view_if_needed()
        await at_rest(found)
        shown = await found.box.locator("canvas").first.get_attribute("aria-label") or ""
        if str(n_train) not in re.findall(r"\d+", shown):
            raise RuntimeError(f"the page does not show {n_train} training points: {shown!r}")
        await found.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield found
    finally:
        await context.close()


async def at_rest(found: Explorer) -> None:
    """Wait until neither the picture nor the page's scroll position has changed for a while."""
    await found.tab.evaluate("() => { window.nwSeen = null; }")
    await found.tab.wait_for_function(
        """() => {
          const roots = [...document.querySelectorAll(".nw-root")];
          const seen = [scrollY, ...roots.map((root) => root.dataset.frames)].join();
          if (window.nwSeen !== seen) [window.nwSeen, window.nwSince] = [seen, Date.now()];
          return Date.now() - window.nwSince > 700;
        }""",
        polling=50,
    )


def to_and_fro(moves: int, trips: int = 1) -> Iterator[float]:
    """Shares of a slider's length, from one end to the other and back."""
    for i in range(moves):
        yield abs(((2 * trips * (i + 0.5) / moves + 1) % 2) - 1)


# Traces -------------------------------------------------------------------------------------------


@dataclass
class Task:
    """One task of the main thread, in milliseconds."""

    start: float
    end: float
    processor: float  # of the thread, within
    inside: dict[str, float]  # name -> time of the outermost events of that name
    moves: int = 0  # pointer moves handled
    repaints: int = 0  # pictures that were there by then

    @property
    def work(self) -> float:
        return self.end - self.start

    @property
    def script(self) -> float:
        return self.inside.get("EventDispatch", 0.0) + self.inside.get("FireAnimationFrame", 0.0)

    @property
    def renders(self) -> bool:
        return "Commit" in self.inside


@dataclass
class Trace:
    tasks: list[Task]
    moved: list[float]  # when the browser made each pointer move, as on the trace's clock
    renders: int  # animation frames

    def groups(self) -> list[list[Task]]:
        """The tasks from each pointer move to the next."""
        starts = [place for place, task in enumerate(self.tasks) if task.moves]
        return [self.tasks[a:b] for a, b in pairwise(starts)]


@asynccontextmanager
async def traced(found: Explorer) -> AsyncIterator[list[Trace]]:
    """Trace what is done inside; the trace is in the list afterwards."""
    await found.tab.evaluate(
        """([repaint, root]) => {
          window.nwMoved = [];
          window.nwHear = ({ timeStamp }) => { window.nwMoved.push(timeStamp); };
          addEventListener("pointermove", window.nwHear, { capture: true, passive: true });
          const hear = (records) => records.forEach(() => performance.mark(repaint));
          window.nwWatch = new MutationObserver(hear);
          const options = { attributes: true, attributeFilter: ["data-painted"] };
          window.nwWatch.observe(document.querySelector(root), options);
        }""",
        [REPAINT, found.root],
    )
    events: list[Row] = []
    complete = asyncio.Event()
    hear = {
        "Tracing.dataCollected": lambda said: events.extend(said["value"]),
        "Tracing.tracingComplete": lambda _: complete.set(),
    }
    for name, hearer in hear.items():
        found.cdp.on(name, hearer)
    config = {"includedCategories": TRACED}
    await found.cdp.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    await found.tab.evaluate(f"() => {{ performance.mark('{MARK}'); }}")
    result: list[Trace] = []
    yield result
    await found.cdp.send("Tracing.end")
    await asyncio.wait_for(complete.wait(), 60)
    for name, hearer in hear.items():
        found.cdp.remove_listener(name, hearer)
    moved: list[float] = await found.tab.evaluate(
        """() => {
          removeEventListener("pointermove", window.nwHear, true);
          window.nwWatch.disconnect();
          return window.nwMoved;
        }"""
    )
    result.append(read_trace(events, moved))


def read_trace(events: list[Row], moved: list[float]) -> Trace:
    mark = next(event for event in events if event["name"] == MARK)
    thread = mark["pid"], mark["tid"]  # the page's main thread: the one that ran its script
    offset = mark["ts"] / 1000 - mark["args"]["data"]["startTime"]
    mine = [event for event in events if (event["pid"], event["tid"]) == thread]
    mine.sort(key=lambda event: (event["ts"], -event.get("dur", 0)))
    tasks: list[Task] = []
    until: dict[str, float] = {}
    renders = 0
    for event in mine:
        name = event["name"]
        start = event["ts"] / 1000
        end = start + event.get("dur", 0) / 1000
        renders += name == "AnimationFrame::Render" and event["ph"] == "b"
        if name == REPAINT and tasks:
            tasks[-1].repaints += 1
        if event["ph"] != "X" or start < until.get(name, 0.0):
            continue  # not a span, or inside another of the same name
        until[name] = end
        if name == "RunTask":
            tasks.append(Task(start, end, event.get("tdur", 0) / 1000, {}))
        elif tasks and start < tasks[-1].end:
            task = tasks[-1]
            task.inside[name] = task.inside.get(name, 0.0) + end - start
            if name == "EventDispatch" and event["args"]["data"]["type"] == "pointermove":
                task.moves += 1
    if not tasks or not renders:
        raise RuntimeError("the trace has no tasks or no frames: is this Chromium too old?")
    return Trace(tasks, [stamp + offset for stamp in moved], renders)


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def middle_and_p95(name: str, values: list[float]) -> Row:
    return {name: median(values), f"{name}_p95": p95(values)}


# The parts ----------------------------------------------------------------------------------------


async def measure_frames(found: Explorer, moves: int) -> Row:
    """The main thread's work for one slider event, and the time until it is done."""
    async with found.held() as move:
        for share in to_and_fro(WARM_UP):
            await move(share)
        before = (await found.metrics())["TaskDuration"]
        for share in to_and_fro(moves):
            await move(share)
        untraced = 1000 * ((await found.metrics())["TaskDuration"] - before) / moves
        repaints = await found.repaints()
        async with traced(found) as traces:
            for share in to_and_fro(moves + 1):  # the last only ends the one before
                await move(share)
        repaints = await found.repaints() - repaints
    (trace,) = traces
    found_frames: list[list[Task]] = []
    every, working, latency = [], [], []
    handled = 0
    for group in trace.groups():
        stamp = trace.moved[handled]
        handled += group[0].moves
        ends = [place for place, task in enumerate(group) if task.renders]
        if not ends:
            continue
        frame = group[: ends[0] + 1]
        found_frames.append(frame)
        every.append(sum(task.work for task in group))
        working.append(sum(task.processor for task in group))
        painted = [task.end for task in group if task.repaints]
        if painted:
            latency.append(painted[0] - stamp)

    def each(read: Callable[[Task], float]) -> list[float]:
        return [sum(map(read, frame)) for frame in found_frames]

    def inside(name: str) -> float:
        return median(each(lambda task: task.inside.get(name, 0.0)))

    return {
        "events": len(found_frames),
        "repaints": repaints,
        **middle_and_p95("frame", each(lambda task: task.work)),
        **middle_and_p95("processor", each(lambda task: task.processor)),
        **middle_and_p95("script", each(lambda task: task.script)),
        **middle_and_p95("all", every),
        **middle_and_p95("work", working),
        **middle_and_p95("latency", latency),
        "untraced": untraced,
        "inside": {name: inside(name) for name in INSIDE},
    }


async def measure_empty(found: Explorer, moves: int) -> Row:
    """What a frame of this page costs in which a move of the mouse paints a single pixel."""
    spot: dict[str, float] = await found.tab.evaluate(
        """() => {
          const heading = document.querySelector(".bd-article h1");
          heading.scrollIntoView({ block: "center", behavior: "instant" });
          const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
          heading.append(canvas);
          const context = canvas.getContext("2d");
          let wanted = 0;
          let painted = 0;
          const paint = () => {
            wanted = 0;
            painted = (painted + 1) % 8;
            context.clearRect(0, 0, 8, 8);
            context.fillRect(painted, painted, 1, 1);
          };
          addEventListener("pointermove", () => { wanted ||= requestAnimationFrame(paint); });
          const { left, top, width, height } = heading.getBoundingClientRect();
          return { x: left + width / 4, y: top + height / 2, width: width / 2 };
        }"""
    )
    await at_rest(found)
    places = [spot["x"] + share * spot["width"] for share in to_and_fro(WARM_UP + moves + 1)]
    for x in places[:WARM_UP]:
        await found.mouse("mouseMoved", x, spot["y"])
    async with traced(found) as traces:
        for x in places[WARM_UP:]:
            await found.mouse("mouseMoved", x, spot["y"])
    (trace,) = traces
    frames = []
    for group in trace.groups():
        ends = [place for place, task in enumerate(group) if task.renders]
        if ends:
            frames.append(group[: ends[0] + 1])
    work = [sum(task.work for task in frame) for frame in frames]
    processor = [sum(task.processor for task in frame) for frame in frames]
    return {**middle_and_p95("frame", work), **middle_and_p95("processor", processor)}


def most_per_frame(tasks: list[Task]) -> int:
    """The most repaints between one animation frame and the next."""
    counts = [0]
    for task in tasks:
        if "FireAnimationFrame" in task.inside:
            counts.append(0)
        counts[-1] += task.repaints
    return max(counts)


async def measure_drag(found: Explorer) -> Row:
    """What five seconds of dragging do to the frames."""
    moves = round(DRAG_SECONDS * MOUSE_HERTZ)
    async with found.held() as move:
        for share in to_and_fro(WARM_UP):
            await move(share)
        async with traced(found) as traces:
            begin = time.monotonic()
            sent = []
            for i, share in enumerate(to_and_fro(moves, DRAG_TRIPS)):
                await asyncio.sleep(max(0.0, begin + i / MOUSE_HERTZ - time.monotonic()))
                sent.append(asyncio.ensure_future(move(share)))
            await asyncio.gather(*sent)
            seconds = time.monotonic() - begin
            await asyncio.sleep(1.0)  # the hand rests
    (trace,) = traces
    last = max(place for place, task in enumerate(trace.tasks) if task.moves)
    dragging, resting = trace.tasks[: last + 1], trace.tasks[last + 1 :]
    rendered = [task for task in dragging if task.renders]
    frames = [task.work for task in rendered]
    return {
        "seconds": seconds,
        "frames": len(frames),
        "animation_frames": trace.renders,
        "repaints": sum(task.repaints for task in trace.tasks),
        "most_per_frame": most_per_frame(trace.tasks),
        **middle_and_p95("frame", frames),
        "longest": max(frames),
        "longest_processor": max(task.processor for task in rendered),
        "longest_task": max(task.work for task in dragging),
        "over_frame": sum(work > FRAME for work in frames),
        "over_50": sum(work > LONG for work in frames),
        "rest": max((task.work for task in resting), default=0.0),
    }


async def measure_memory(found: Explorer) -> list[Row]:
    """What is in use after so many slider events."""
    rows = []
    async with found.held() as move:
        for share in to_and_fro(4 * WARM_UP):
            await move(share)
        begin = await found.repaints()
        done = 0
        for goal in MEMORY_AT:
            for share in to_and_fro(goal - done, max(1, (goal - done) // 200)):
                await move(share)
            done = goal
            await at_rest(found)
            for _ in range(2):  # what the first has set free may hold more
                await found.cdp.send("HeapProfiler.collectGarbage")
            heap = await found.cdp.send("Runtime.getHeapUsage")
            metrics = await found.metrics()
            rows.append(
                {
                    "events": done,
                    "repaints": await found.repaints() - begin,
                    "heap": heap["usedSize"],
                    "backing": heap.get("backingStorageSize"),
                    "nodes": int(metrics["Nodes"]),
                    "listeners": int(metrics["JSEventListeners"]),
                }
            )
    return rows


CLASSICAL = """\
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import FloatLogSlider, interact
from nwcore import attention_weights, make_regression

data = make_regression(n_train=50, noise=0.5, seed=6)

def draw(w):
    weights = attention_weights(data.x_test, data.x_train, w=w)
    figure, (curve, heatmap) = plt.subplots(1, 2, figsize=(9.4, 3.6))
    curve.plot(data.x_test, data.y_test, label="truth")
    curve.plot(data.x_test, weights @ data.y_train, "--", label="prediction")
    curve.plot(data.x_train, data.y_train, "o", alpha=0.5)
    curve.legend()
    figure.colorbar(heatmap.imshow(weights, aspect="auto"))
    plt.show()

interact(draw, w=FloatLogSlider(value=1, base=10, min=-1, max=2, step=0.001));
"""

WATCH_PICTURES = """() => {
  const area = document.querySelector(".jp-OutputArea .widget-interact, .jp-OutputArea");
  const source = () => [...area.querySelectorAll("img")].at(-1)?.src;
  window.nwStart = window.nwTook = null;
  let old = source();
  const hear = ({ timeStamp }) => { window.nwStart ??= timeStamp; };
  addEventListener("pointermove", hear, { capture: true, passive: true });
  new MutationObserver(() => {
    const now = source();
    if (!now || now === old) return;
    old = now;
    if (window.nwStart !== null) window.nwTook ??= performance.now() - window.nwStart;
  }).observe(area, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
}"""


async def measure_classical(browser: Browser) -> Row:
    """From a slider event to the new picture, by way of a kernel and matplotlib."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        jupyterlab(Path(home), NOTEBOOK, [CLASSICAL], TOKEN) as lab,
    ):
        context = await browser.new_context(viewport=VIEWPORT)
        tab = await context.new_page()
        tab.set_default_timeout(120_000)
        await tab.goto(f"{lab.url}lab/tree/{NOTEBOOK}?token={TOKEN}", wait_until="commit")
        await tab.locator(KERNEL_IDLE).first.wait_for()  # until then, cells are not run
        await tab.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
        await tab.keyboard.press("Shift+Enter")
        await tab.locator(".jp-OutputArea img").first.wait_for()
        handle = await rectangle(tab.locator(".jp-OutputArea .noUi-handle").first)
        track = await rectangle(tab.locator(".jp-OutputArea .noUi-base").first)
        await tab.evaluate(WATCH_PICTURES)
        y = handle["y"] + handle["height"] / 2
        await tab.mouse.move(handle["x"] + handle["width"] / 2, y)
        await tab.mouse.down()
        took: list[float] = []
        for share in to_and_fro(CLASSICAL_EVENTS + 3):
            await asyncio.sleep(0.3)  # one picture at a time
            await tab.evaluate("() => { window.nwStart = window.nwTook = null; }")
            await tab.mouse.move(track["x"] + share * track["width"], y)
            await tab.wait_for_function("() => window.nwTook !== null", polling=20, timeout=30_000)
            took.append(await tab.evaluate("() => window.nwTook"))
        await tab.mouse.up()
        await context.close()
    took = took[3:]  # the first ones load code
    return {"events": len(took), **middle_and_p95("latency", took)}


def part_of(path: str) -> str:
    """Which part of the page's weight a file belongs to."""
    suffix = Path(path).suffix
    if suffix in (".woff", ".woff2", ".ttf"):
        return "fonts"
    if suffix in (".svg", ".png", ".ico"):
        return "images"
    if path.endswith("vendor/book/widgets.js"):
        return "widget manager"
    if path.endswith("vendor/book/icons.js"):
        return "icons"
    if path.endswith("_static/formulas.css"):
        return "formulas: rules and letters"
    if re.search(r"_static/widget-\w+\.js$", path):
        return "explorers' own JavaScript"
    if suffix == ".html":
        return "HTML with its pictures and the widgets' state"
    if suffix in (".css", ".js"):
        return "theme's CSS and JavaScript"
    return "the rest"


async def measure_weight(browser: Browser, base: str, page: str) -> list[Row]:
    """The files a page asks for, with what they weigh."""
    context = await browser.new_context(viewport=VIEWPORT)
    tab = await context.new_page()
    asked: set[str] = set()
    foreign: set[str] = set()

    def note(url: str) -> None:
        parts = urlsplit(url)
        if url.startswith(base):
            asked.add(unquote(parts.path).lstrip("/"))
        elif parts.scheme not in ("data", "blob"):
            foreign.add(url)

    tab.on("request", lambda request: note(request.url))
    await tab.goto(f"{base}/{page}", wait_until="networkidle")
    for condition in (ARRIVED, ALIVE):
        await tab.wait_for_function(condition)
    await tab.evaluate("() => document.fonts.ready.then(() => null)")
    await context.close()
    if foreign:
        raise RuntimeError(f"{page} asks other hosts: {sorted(foreign)}")
    rows = []
    for path in sorted(asked):
        file = SITE / path
        content = file.read_bytes() if file.is_file() else b""
        small = len(gzip.compress(content, compresslevel=9, mtime=0))
        rows.append({"file": path, "part": part_of(path), "bytes": len(content), "gzip": small})
    return rows


class _Compressing(http.server.SimpleHTTPRequestHandler):
    """As hosts of static pages do: text goes out compressed, over a connection that stays."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        content = gzip.compress(path.read_bytes(), compresslevel=9)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        pass


WATCH_ARRIVAL = """() => {
  const seen = (window.nwArrival = { widget: null, lcp: 0, cls: 0, blocking: 0, longest: 0 });
  const hear = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({ type, buffered: true });
  hear("largest-contentful-paint", ({ startTime }) => { seen.lcp = startTime; });
  hear("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.cls += value; });
  hear("longtask", ({ duration }) => {
    seen.blocking += Math.max(0, duration - 50);
    seen.longest = Math.max(seen.longest, duration);
  });
  const alive = "[data-nw-live=alive] [data-nw-ready]";
  new MutationObserver((_, observer) => {
    if (!document.querySelector(alive)) return;
    seen.widget = performance.now();
    observer.disconnect();
  }).observe(document, { attributes: true, childList: true, subtree: true });
}"""


async def visit_by_phone(browser: Browser, base: str, page: str) -> Row:
    context = await browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    tab = await context.new_page()
    cdp = await context.new_cdp_session(tab)
    line = {"offline": False, "latency": LINE_LATENCY}
    rates = {"downloadThroughput": LINE_BYTES, "uploadThroughput": LINE_BYTES}
    await cdp.send("Network.enable")
    await cdp.send("Network.emulateNetworkConditions", line | rates)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    await tab.add_init_script(f"({WATCH_ARRIVAL})()")
    await tab.goto(f"{base}/{page}", wait_until="load", timeout=60_000)
    for condition in (ARRIVED, ALIVE):
        await tab.wait_for_function(condition, timeout=60_000)
    await asyncio.sleep(SETTLED)
    seen: Row = await tab.evaluate("() => window.nwArrival")
    await context.close()
    return seen


async def measure_arrival(browser: Browser, page: str, visits: int) -> Row:
    """What a first visit over a slow line with a slow processor is like."""
    with serve(SITE, _Compressing) as base:
        rows = [await visit_by_phone(browser, base, page) for _ in range(visits)]
    names = [name for name, value in rows[0].items() if value is not None]
    return {"visits": rows} | {name: median(row[name] for row in rows) for name in names}


# Presses Run again and again. A run ends when the page says so; between two runs it paints.
RUN_CELL = """async ([place, runs]) => {
  const button = document.querySelectorAll(".nw-cell-run")[place];
  const cell = button.closest(".cell");
  const took = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (cell.querySelector(".nw-cell-stop") || !cell.querySelector(".nw-cell-output")) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(cell, { childList: true, subtree: true });
      button.click();
    });
    took.push(performance.now() - started);
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  }
  return took;
}"""


async def measure_cells(browser: Browser, base: str, page: str, place: int, visits: int) -> Row:
    """Milliseconds of the first run of a cell, and of those that follow."""
    rows = []
    for _ in range(visits):
        context = await browser.new_context(viewport=VIEWPORT)
        tab = await context.new_page()
        await tab.goto(f"{base}/{page}", wait_until="load")
        await tab.locator(".nw-cell-run").nth(place).wait_for(state="attached")
        rows.append(await tab.evaluate(RUN_CELL, [place, RUNS]))
        await context.close()
    return {
        "visits": rows,
        "first": median(row[0] for row in rows),
        "again": median(value for row in rows for value in row[1:]),
    }


# The report ---------------------------------------------------------------------------------------


def load() -> str:
    return ", ".join(f"{value:.2f}" for value in os.getloadavg())


def table(heads: list[str], rows: list[list[Any]]) -> str:
    def text(value: Any) -> str:
        return f"{value:.1f}" if isinstance(value, float) else str(value)

    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *[list(map(text, row)) for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def pair(row: Row, name: str) -> str:
    return f"{row[name]:.1f} / {row[f'{name}_p95']:.1f}"


def frames_report(rows: list[Row], empty: Row) -> str:
    names = ["frame", "processor", "script", "all", "work", "latency"]
    main = table(
        ["n × queries", *names, "untraced", "events", "repaints"],
        [
            [
                row["size"],
                *[pair(row, name) for name in names],
                *[row[name] for name in ("untraced", "events", "repaints")],
            ]
            for row in rows
        ],
    )
    inside = table(
        ["n × queries", *INSIDE],
        [[row["size"], *[row["inside"][name] for name in INSIDE]] for row in rows],
    )
    return (
        "## Slider event to painted frame\n\n"
        f"Main-thread time in ms, median / 95th percentile.\n\n{main}\n"
        "A frame of the same page in which a single pixel is painted: "
        f"{pair(empty, 'frame')}, of which processor {pair(empty, 'processor')}.\n\n"
        f"What *frame* is made of, medians in ms:\n\n{inside}"
    )


def drag_report(rows: list[Row]) -> str:
    heads = ["n × queries", "longest frame, ms", "processor, ms", "median / p95, ms"]
    heads += ["over 16.7 ms", "over 50 ms"]
    heads += ["frames", "repaints", "animation frames", "most repaints in one", "rest, ms"]
    names = ["over_frame", "over_50", "frames", "repaints", "animation_frames"]
    names += ["most_per_frame", "rest"]
    body = [
        [
            *[row[name] for name in ("size", "longest", "longest_processor")],
            pair(row, "frame"),
            *[row[name] for name in names],
        ]
        for row in rows
    ]
    return f"## Dragging w for {DRAG_SECONDS:g} seconds\n\n{table(heads, body)}"


def memory_report(rows: list[Row]) -> str:
    heads = [
        "slider events",
        "repaints",
        "JavaScript heap, kB",
        "buffers, kB",
        "nodes",
        "listeners",
    ]
    body = [
        [
            f"{row['events']:,}",
            row["repaints"],
            row["heap"] / 1000,
            "–" if row["backing"] is None else row["backing"] / 1000,
            row["nodes"],
            row["listeners"],
        ]
        for row in rows
    ]
    return f"## Memory\n\nAfter a forced collection of garbage.\n\n{table(heads, body)}"


def classical_report(row: Row) -> str:
    ours, theirs = row["ours"], row["classical"]
    body = [
        ["interact, kernel and matplotlib", theirs["latency"], theirs["latency_p95"]],
        ["explorer in the page", ours["latency"], ours["latency_p95"]],
        ["ratio"] + [theirs[name] / ours[name] for name in ("latency", "latency_p95")],
    ]
    heads = ["slider event to picture, n = 50, 50 queries", "median, ms", "p95, ms"]
    return f"## The classical way\n\n{table(heads, body)}"


def weight_report(weights: dict[str, list[Row]]) -> str:
    parts = sorted({row["part"] for rows in weights.values() for row in rows})
    sums = {
        page: {
            part: sum(row["gzip"] for row in rows if row["part"] == part) / 1000 for part in parts
        }
        for page, rows in weights.items()
    }
    parts.sort(key=lambda part: -max(found[part] for found in sums.values()))
    body = [[part, *[found[part] for found in sums.values()]] for part in parts]
    body.append(["**total**", *[sum(found.values()) for found in sums.values()]])
    body.append(["files", *[len(rows) for rows in weights.values()]])
    return f"## Weight of a page\n\nkB (1000 bytes) after gzip -9.\n\n{table(['', *weights], body)}"


def arrival_report(rows: dict[str, Row]) -> str:
    heads = ["", "first widget, s", "LCP, s", "CLS", "blocking, ms", "longest task, ms"]

    def cells(row: Row) -> list[str]:
        widget = f"{row['widget'] / 1000:.1f}" if "widget" in row else ""
        rest = [f"{row['blocking']:.0f}", f"{row['longest']:.0f}"]
        return [widget, f"{row['lcp'] / 1000:.1f}", f"{row['cls']:.3f}", *rest]

    body = [[page, *cells(row)] for page, row in rows.items()]
    return f"## A first visit, 1.6 Mbit/s, 150 ms, processor / {SLOWED}\n\n{table(heads, body)}"


def cells_report(rows: dict[str, Row]) -> str:
    body = [[name, round(row["first"]), round(row["again"])] for name, row in rows.items()]
    return f"## Running a cell\n\n{table(['', 'first run, ms', 'again, ms'], body)}"


def say(text: str) -> None:
    print(text, flush=True)


async def run(
    chromium: str, parts: list[str], sizes: list[tuple[int, int]], moves: int, visits: int
) -> Row:
    """Measure the parts in that browser and print what was found; gives the raw numbers."""
    result: Row = {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "load_before": os.getloadavg(),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        result["chromium"] = browser.version
        say(
            "# Explorers\n\n"
            f"{result['date']}, Chromium {browser.version} (headless), {result['cpus']} CPUs "
            f"({result['machine']}), load average {load()} before.\n"
        )
        with serve(SITE) as base:
            live: dict[str, list[Row]] = {"frames": [], "drag": []}
            for n, q in sizes if {"frames", "drag"} & set(parts) else []:
                async with explorer(browser, base, n, q) as found:
                    about = {"size": f"{n} × {q}", "load": os.getloadavg()[0]}
                    if "frames" in parts:
                        live["frames"].append(about | await measure_frames(found, moves))
                    if "drag" in parts:
                        live["drag"].append(about | await measure_drag(found))
            if live["frames"]:
                async with explorer(browser, base, 50, 50) as found:
                    result["empty"] = await measure_empty(found, moves)
                say(frames_report(live["frames"], result["empty"]))
            if live["drag"]:
                say(drag_report(live["drag"]))
            result |= {name: rows for name, rows in live.items() if rows}
            if "memory" in parts:
                async with explorer(browser, base, 50, 50) as found:
                    result["memory"] = await measure_memory(found)
                say(memory_report(result["memory"]))
            if "risk" in parts:
                risk: dict[str, list[Row]] = {"frames": [], "drag": []}
                for n in RISK_SIZES:
                    async with explorer(browser, base, n) as found:
                        about = {"size": f"100 sets of {n}", "load": os.getloadavg()[0]}
                        risk["frames"].append(about | await measure_frames(found, moves))
                        risk["drag"].append(about | await measure_drag(found))
                async with explorer(browser, base, RISK_SIZES[0]) as found:
                    empty = await measure_empty(found, moves)
                result["risk"] = risk
                say(frames_report(risk["frames"], empty))
                say(drag_report(risk["drag"]))
            if "classical" in parts:
                async with explorer(browser, base, 50, 50) as found:
                    ours = await measure_frames(found, moves)
                theirs = await measure_classical(browser)
                result["classical"] = {"ours": ours, "classical": theirs}
                say(classical_report(result["classical"]))
            if "weight" in parts:
                weights = {page: await measure_weight(browser, base, page) for page in VISITED}
                result["weight"] = weights
                say(weight_report(weights))
            if "arrival" in parts:
                arrivals = {page: await measure_arrival(browser, page, visits) for page in VISITED}
                result["arrival"] = arrivals
                say(arrival_report(arrivals))
            if "cells" in parts:
                result["cells"] = {
                    name: await measure_cells(browser, base, page, place, visits)
                    for name, (page, place) in CELLS.items()
                }
                say(cells_report(result["cells"]))
        await browser.close()
    result["load_after"] = os.getloadavg()
    say(f"Load average {load()} after.")
    return result


def listed(allowed: tuple[str, ...]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",")]
        unknown = sorted(set(names) - set(allowed))
        if unknown:
            raise argparse.ArgumentTypeError(
                f"{', '.join(unknown)}: not among {', '.join(allowed)}"
            )
        return names

    return read


def sizes_of(text: str) -> list[tuple[int, int]]:
    pattern = re.compile(r"(\d+)x(\d+)")
    found = [pattern.fullmatch(size.strip()) for size in text.split(",")]
    sizes = [(int(match[1]), int(match[2])) for match in found if match]
    if len(sizes) < len(found) or any(not (1 <= n <= 500 and 2 <= q <= 200) for n, q in sizes):
        raise argparse.ArgumentTypeError("sizes are like 50x200: 1 to 500 points, 2 to 200 queries")
    return sizes


def main() -> int:
    assert __doc__
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=listed(PARTS), default=list(PARTS), metavar="PARTS")
    parser.add_argument("--sizes", type=sizes_of, default=SIZES)
    parser.add_argument("--moves", type=int, default=200, help="slider events at each size")
    parser.add_argument("--visits", type=int, default=5, help="first visits of each page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where raw numbers go")
    options = parser.parse_args()
    needed = (*VISITED, *([RISK_PAGE] if "risk" in options.only else []))
    missing = [page for page in needed if not (SITE / page).is_file()]
    if missing:
        print(f"There is no built site ({missing[0]} is missing): run `make book` first.")
        return 1
    chromium = browser_finder.find()
    if chromium is None:
        print("No Chromium here: run `python tools/browser.py`.")
        return 1
    result = asyncio.run(run(chromium, options.only, options.sizes, options.moves, options.visits))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
