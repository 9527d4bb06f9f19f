"""Who paints, and when: a worker or the page, and nobody without a change."""

import json

import numpy as np
import pytest
from pages import scripts
from pages.engines import ENGINES, MAIN, Engines
from pages.explorer import Explorer, explorer_in
from pages.placements import FULL, every_kind, models
from pages.window import WIDE, frames_pass, reader
from playwright.sync_api import Browser

PAINTERS = "() => [...document.querySelectorAll('.nw-root')].map((n) => n.dataset.painter)"


# Browsers and pages that have no worker paint.
WITHOUT_WORKER = {
    "no workers": "delete window.Worker;",
    "forbidden": "window.Worker = class { constructor() { throw new Error('forbidden'); } };",
    "broken": """
      const Own = window.Worker;
      const code = new Blob(["throw new Error('broken')"], { type: "text/javascript" });
      window.Worker = class extends Own {
        constructor() { super(URL.createObjectURL(code), { type: "module" }); }
      };""",
    "silent": """
      const Own = window.Worker;
      const code = new Blob(["export {}"], { type: "text/javascript" });
      window.Worker = class extends Own {
        constructor() { super(URL.createObjectURL(code), { type: "module" }); }
      };""",
    "no such canvas": "delete HTMLCanvasElement.prototype.transferControlToOffscreen;",
}


@pytest.mark.parametrize(
    ("engine", "script"),
    [
        pytest.param(engine, script, id=f"{engine}-{name}")
        for engine in ENGINES
        for name, script in WITHOUT_WORKER.items()
        if engine == MAIN or name in ("broken", "no such canvas")
    ],
)
def test_without_a_worker_the_page_paints(engine: str, script: str, engines: Engines) -> None:
    # A worker that says nothing is given up after a while.
    with engines.reader(engine, script, unhurried=False, color_scheme="light") as window:
        window.open_alive(f"vi/{FULL}.html")
        assert window.tab.evaluate(PAINTERS) == ["page", "page"]
        for kind in ("attention", "kernels"):
            explorer = explorer_in(window.tab, "vi", FULL, kind)
            explorer.show()
            explorer.set(w=3.0, n_train=31)
            explorer.check_painted()
        assert window.seen.all() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_both_painters_paint_the_same(engine: str, engines: Engines) -> None:
    pictures = []
    for script in ("", WITHOUT_WORKER["no workers"]):
        with engines.reader(engine, script, color_scheme="light") as window:
            window.open_alive(f"vi/{FULL}.html")
            explorer = explorer_in(window.tab, "vi", FULL, "attention")
            explorer.show()
            explorer.set(w=3.0, query=17)
            pictures.append(explorer.look().picture.pixels.astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5


def test_a_picture_that_fails_is_followed_by_the_next(site: str, chromium: Browser) -> None:
    """An error in the worker is told, and stops nothing."""
    fail = """
      if (typeof document === "undefined") {
        const paint = OffscreenCanvasRenderingContext2D.prototype;
        const clear = paint.clearRect;
        let pictures = 0;
        paint.clearRect = function (...box) {
          if (++pictures === 3) throw new Error("no third picture");
          return clear.apply(this, box);
        };
      }"""
    with reader(chromium, site, viewport=WIDE) as window:
        window.tab.add_init_script(
            f"""const Own = window.Worker;
            const first = encodeURIComponent({json.dumps(fail)});
            window.Worker = class extends Own {{
              constructor(url, options) {{
                super(url.replace(",", `,${{first}}`), options);
              }}
            }};"""
        )
        window.open_alive(f"vi/{FULL}.html")
        explorer = explorer_in(window.tab, "vi", FULL, "attention")
        explorer.show()
        for w in (2.0, 3.0, 4.0, 3.0):
            explorer.set(w=w)
            explorer.look()
        explorer.check_painted()
        told = window.seen.page_errors + window.seen.console_errors
        assert any("no third picture" in text for text in told)


@models("attention")
def test_all_points_at_once(explorer: Explorer) -> None:
    """The leave-one-out error of very many points comes when the hand rests, and is right."""
    explorer.look()
    explorer.place.locator("[data-readout=leave_one_out]").evaluate(scripts.WATCH)
    explorer.set(n_train=500, noise=1.5)
    last = explorer.check().readouts["leave_one_out"]
    first, *_, end = explorer.tab.evaluate("window.nwTexts")[1:]
    assert first == "…"
    assert end == last


@every_kind
def test_no_frame_without_a_change(explorer: Explorer) -> None:
    before = explorer.look()
    frames_pass(explorer.tab)
    assert explorer.look().frames == before.frames
