"""Run the book's notebooks and store their outputs, which are the regression reference.

    python tools/notebooks.py              run every notebook of every edition
    python tools/notebooks.py NOTEBOOK …   run these

A notebook is written only when all of its cells ran.
"""

import argparse
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from nwbook.editions import load_editions
from nwbook.paths import ROOT

# What a notebook says about itself; anything else (versions, timings, widget state with random ids)
# would change at every run without meaning anything.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def all_notebooks() -> list[Path]:
    """Every notebook of every edition, sorted by path."""
    chapters = ROOT / "chapters"
    folders = (chapters / edition.code for edition in load_editions())
    return sorted(path for folder in folders for path in folder.glob("*.ipynb"))


def execute(path: Path) -> None:
    """Run one notebook top to bottom in a fresh kernel and store its outputs in place."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False, store_widget_state=False
    )
    client.execute(cwd=str(path.parent))
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def main() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # a progress bar tells the time of one run
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tensors are small
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="all of them when omitted")
    for path in parser.parse_args().notebooks or all_notebooks():
        print(path, flush=True)
        execute(path)


if __name__ == "__main__":
    main()
