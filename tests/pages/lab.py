"""JupyterLab with explorers in a notebook, and Python behind them.

Python is asked over a connection of its own to the kernel that runs the notebook, and the screen is
read from the page; what is compared is waited for until the two agree.
"""

import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

from pages.window import Seen

TOKEN = "explorers"
PATIENCE = 120.0  # seconds until something that should have happened counts as missing

# What the screen should say, worked out from `explorer.result`, and how many digits it shows.
RESULT = """
result = explorer.result
row = result.weights[explorer.query]
answer = {
    "error": result.error,
    "leave_one_out": result.leave_one_out,
    "row_sum": float(row.sum()),
    "attended": float(1 / row.square().sum()),
    "bandwidth": 1 / explorer.w,
}
"""

DIGITS = {"error": 3, "leave_one_out": 3, "row_sum": 3, "attended": 1, "bandwidth": 3}

TABLE = """
import torch
from nwcore.pooling import leave_one_out_loss

history = training.result.history
data = training.result.data
w = torch.tensor(history.w, dtype=torch.float64).requires_grad_()
losses = torch.stack([leave_one_out_loss(data.x_train, data.y_train, one) for one in w])
scale = {"sum": 1, "mean": 1 / training.n_train, "half": 0.5}[training.reduction]
gradients = scale * torch.autograd.grad(losses.sum(), w)[0]
rows = [
    [step, history.w[step], history.losses[step], float(g), -training.lr * float(g)]
    for step, g in enumerate(gradients)
]
"""


@dataclass
class Server:
    """A JupyterLab that keeps all its files in one folder, and the notebook's kernel."""

    url: str
    log: Path
    kernel: BlockingKernelClient

    def run(self, code: str) -> str:
        """Run code in the notebook's kernel, beside the notebook; gives what it printed."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                said.append(message["content"]["text"])

        reply = self.kernel.execute_interactive(
            code, store_history=False, output_hook=hear, timeout=PATIENCE
        )["content"]
        if reply["status"] != "ok":
            pytest.fail(f"in the kernel: {reply.get('ename')}: {reply.get('evalue')}\n{code}")
        return "".join(said)

    def value(self, expression: str, before: str = "") -> Any:
        """The value of an expression in the kernel, after running what comes before it."""
        said = self.run(f"{before}\nimport json\nprint('@@' + json.dumps({expression}))")
        return json.loads(said.rpartition("@@")[2])


def ask(url: str, path: str, body: dict[str, Any]) -> Any:
    """Post to the server's own interface."""
    request = Request(f"{url}{path}", data=json.dumps(body).encode())
    request.add_header("Authorization", f"token {TOKEN}")
    with urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def until(read: Callable[[], Any], good: Callable[[Any], bool], what: str) -> Any:
    """Read until it is good; the failure says what was read last."""
    end = time.monotonic() + PATIENCE
    while True:
        last = read()
        if good(last):
            return last
        assert time.monotonic() < end, f"{what}: still {last!r} after {PATIENCE:g} s"
        time.sleep(0.02)


def shows(text: str, value: float, digits: int) -> bool:
    """Whether the text is the number, rounded to so many digits."""
    if math.isnan(value):
        return text == "not defined"
    sound = re.fullmatch(rf"−?\d+\.\d{{{digits}}}", text)
    return bool(sound) and abs(float(text.replace("−", "-")) - value) < 0.501 * 10**-digits


@dataclass
class Lab:
    """The page and the kernel behind it."""

    server: Server
    tab: Tab
    seen: Seen

    def __post_init__(self) -> None:
        self.value = self.server.value
        self.run = self.server.run
        self.attention = self.tab.locator(".nw-box", has=self.tab.locator("[data-readout=error]"))
        self.training = self.tab.locator(".nw-box", has=self.tab.locator(".nw-steps"))

    def set(self, **traits: Any) -> None:
        """Set traits of the attention explorer from Python, one after the other."""
        self.run("\n".join(f"explorer.{name} = {value!r}" for name, value in traits.items()))

    def trait(self, name: str, of: str = "explorer") -> Any:
        return self.value(f"{of}.{name}")

    def handle(self, name: str) -> Locator:
        return self.attention.locator(f".nw-control-{name} .noUi-handle")

    def screen(self) -> dict[str, str]:
        """The numbers on screen."""
        read = "nodes => nodes.map(node => [node.dataset.readout, node.textContent])"
        return dict(self.attention.locator("[data-readout]").evaluate_all(read))

    def in_step(self) -> dict[str, str]:
        """Wait until the screen shows `explorer.result`, to the digits shown; gives the screen."""
        both: dict[str, Any] = {}

        def read() -> dict[str, Any]:
            both["Python"] = self.value("answer", before=RESULT)
            both["screen"] = self.screen()
            return both

        until(
            read,
            lambda both: all(
                shows(both["screen"].get(name, ""), both["Python"][name], digits)
                for name, digits in DIGITS.items()
            ),
            "the screen does not show explorer.result",
        )
        found: dict[str, str] = both["screen"]
        return found

    def at_rest(self, *, anew: bool = False) -> None:
        """Wait until the page has drawn all it was told (`anew`: from now on) and told Python.

        That is, all is painted and written, and thirty frames of the browser bring nothing new.
        """
        still = """() => {
          const roots = [...document.querySelectorAll(".nw-root")].map((root) => root.dataset);
          const behind = (root) => root.painted !== root.frames || root.written !== root.frames;
          const frames = roots.map((root) => root.frames).join();
          if (window.nwFrames !== frames || roots.some(behind)) {
            [window.nwFrames, window.nwSteady] = [frames, 0];
          }
          return window.nwSteady++ > 30;
        }"""
        if anew:
            self.tab.evaluate("() => { window.nwFrames = null; }")
        self.tab.wait_for_function(still, polling="raf")
        self.run("pass")  # behind whatever the page has sent
