"""The stored notebooks are a reference that can be trusted."""

import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path

import nbformat
import pytest

from nwbook.paths import ROOT

CHAPTERS = ROOT / "chapters"
NOTEBOOKS = sorted(CHAPTERS.glob("*/*.ipynb"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in NOTEBOOKS]


def run_nbval(notebook: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(CHAPTERS / "conftest.py", notebook.parent)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(notebook.parent), str(notebook)]
    return subprocess.run(command, cwd=notebook.parent, capture_output=True, text=True, check=False)


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


def test_a_right_number_passes_and_a_planted_wrong_one_fails(tmp_path: Path) -> None:
    source = (CHAPTERS / "vi" / "01-queries-keys-values.ipynb").read_text(encoding="utf-8")
    page = tmp_path / "page.ipynb"

    page.write_text(source, encoding="utf-8")
    assert run_nbval(page).returncode == 0

    assert source.count("0.5741") == 1
    page.write_text(source.replace("0.5741", "0.5742"), encoding="utf-8")
    result = run_nbval(page)
    assert result.returncode == 1
    assert "0.5742" in result.stdout
    assert "1 failed" in result.stdout


def test_a_picture_is_compared_too(tmp_path: Path) -> None:
    """The curve of a figure is stored as text, so one displaced point is seen."""
    source = (CHAPTERS / "en" / "02-average-pooling.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(source, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == "data-picture")
    drawing = cell.outputs[0].data["image/svg+xml"]
    circle = re.search(r'<use xlink:href="#[\w-]+" x="(\d+)', drawing)
    assert circle is not None
    moved = drawing[: circle.start(1)] + "9" + drawing[circle.start(1) :]
    cell.outputs[0].data["image/svg+xml"] = moved
    page = tmp_path / "page.ipynb"
    nbformat.write(notebook, page)
    result = run_nbval(page)
    assert result.returncode == 1
    assert "1 failed" in result.stdout


@pytest.mark.parametrize(("final", "code"), [("last", 0), ("first", 1)])
def test_a_display_updated_in_place_is_compared_in_its_last_state(
    tmp_path: Path, final: str, code: int
) -> None:
    cell = nbformat.v4.new_code_cell(
        "from IPython.display import DisplayHandle\nhandle = DisplayHandle()\n"
        'handle.display("first")\nhandle.update("last")',
        execution_count=1,
    )
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/plain": repr(final)})]
    page = tmp_path / "page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), page)
    assert run_nbval(page).returncode == code
