"""The stored notebooks are a reference that can be trusted."""

import copy
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest

from nwbook.paths import ROOT

CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*/*.ipynb"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_cell_was_run_in_order_without_an_error(path: Path) -> None:
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"stream", "execute_result", "display_data"}
    streams = [o.name for cell in cells for o in cell.outputs if o.output_type == "stream"]
    assert set(streams) <= {"stdout"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_figure_has_words_and_a_number_beside_it(path: Path) -> None:
    """nbval compares text: a figure says in words, with numbers, what it shows."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/svg+xml" in output.get("data", {}):
                alt = output.data["text/plain"]
                assert re.search(r"\d", alt)
                assert f'aria-label="{escape(alt, quote=False)}"' in output.data["image/svg+xml"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_no_picture_is_stored_as_pixels_alone(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            assert not {"image/png", "image/jpeg"} & set(output.get("data", {}))


# nbval -------------------------------------------------------------------------------------------


def read_cells(name: str) -> list[Any]:
    cells: list[Any] = nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4).cells
    return cells


def only(cells: list[Any]) -> Any:
    (cell,) = cells
    return copy.deepcopy(cell)


def with_wrong_number() -> Any:
    """A cell of chapter 1 with another last digit among its outputs."""
    cells = read_cells("vi/01-queries-keys-values")
    cell = only([c for c in cells if "0.5741" in str(c.get("outputs"))])
    (output,) = cell.outputs
    assert output.text.count("0.5741") == 1
    output.text = output.text.replace("0.5741", "0.5742")
    return cell


def with_moved_point() -> Any:
    """A cell of chapter 2 whose picture, which is stored as text, has one point elsewhere."""
    cells = read_cells("en/02-average-pooling")
    cell = only([c for c in cells if c.id == "data-picture"])
    drawing = cell.outputs[0].data["image/svg+xml"]
    circle = re.search(r'<use xlink:href="#[\w-]+" x="(\d+)', drawing)
    assert circle is not None
    moved = drawing[: circle.start(1)] + "9" + drawing[circle.start(1) :]
    cell.outputs[0].data["image/svg+xml"] = moved
    return cell


def that_updates(final: str) -> Any:
    """A cell that shows "first" and makes "last" of it; `final` is what is stored."""
    cell = nbformat.v4.new_code_cell(
        "from IPython.display import DisplayHandle\nhandle = DisplayHandle()\n"
        'handle.display("first")\nhandle.update("last")'
    )
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/plain": repr(final)})]
    return cell


# What is planted, and what nbval says of it where it is wrong.
PLANTED = {
    "wrong number": (with_wrong_number, ("0.5741", "0.5742")),
    "moved point": (with_moved_point, ("image/svg+xml",)),
    "first state": (lambda: that_updates("first"), ("first", "last")),
    "last state": (lambda: that_updates("last"), ()),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """What nbval says of a notebook's code cells, in their order: a name, and a complaint.

    First two chapters as they are, then what is planted: all in one kernel, which takes a while to
    start.
    """
    named = [
        (name, cell)
        for name in ("vi/01-queries-keys-values", "en/02-average-pooling")
        for cell in read_cells(name)
        if cell.cell_type == "code"
    ]
    named += [(name, plant()) for name, (plant, _) in PLANTED.items()]
    notebook = nbformat.v4.new_notebook()
    for number, (_, cell) in enumerate(named):
        cell.id, cell.execution_count = f"cell-{number}", number + 1
        notebook.cells.append(cell)
    folder = tmp_path_factory.mktemp("nbval")
    page, report = folder / "page.ipynb", folder / "report.xml"
    nbformat.write(notebook, page)
    shutil.copy(CHAPTERS / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(folder), "--junitxml", str(report)]
    done = subprocess.run(
        [*command, str(page)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    assert len(cases) == len(named)
    texts = ["".join(f"{said.tag}: {said.text}" for said in case) for case in cases]
    return [(name, text) for (name, _), text in zip(named, texts, strict=True)]


def test_what_is_stored_passes(complaints: list[tuple[str, str]]) -> None:
    right = [text for name, text in complaints if name not in PLANTED]
    assert len(right) > 15
    assert set(right) == {""}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_wrong_output_fails(name: str, complaints: list[tuple[str, str]]) -> None:
    """Of a display that is updated in place, its last state is the right one."""
    (said,) = (text for planted, text in complaints if planted == name)
    _, words = PLANTED[name]
    assert bool(said) == bool(words), said
    assert [word for word in words if word not in said] == []
