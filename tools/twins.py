"""Keep the Vietnamese and the English edition in step, cell by cell.

Every text, a markdown cell or the caption of a code cell's figure, stores, as `twin` in its cell's
metadata, a fingerprint of the same text in the other edition as it was when the two were last seen
to say the same.

    python tools/twins.py check            list the cells whose twin has changed since, and fail
    python tools/twins.py record           record all twins as they are now, after revising them
    python tools/twins.py record PAGE#CELL …   record these cells only
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

from nwbook.paths import ROOT

CHAPTERS = ROOT / "chapters"
EDITIONS = ("vi", "en")

# The one line of code that may differ between the editions.
LANGUAGE_LINE = re.compile(r'^set_language\("(vi|en)"\)$', re.MULTILINE)
EQUATION_LABEL = re.compile(r"^\$\$ *\(([\w-]+)\)", re.MULTILINE)
SECTION_LABEL = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)
FIGURE_NAME = re.compile(r"^:name: *([\w-]+)", re.MULTILINE)
LINK_TEXT = re.compile(r"^.*<|>$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROLE = re.compile(r"\{(eq|numref|cite:[pt]|ref)\}`([^`]+)`")

Notebook = Any  # nbformat's NotebookNode has no type of its own


def fingerprint(source: str) -> str:
    """A short hash of a cell's text."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def figure(cell: Notebook) -> dict[str, str]:
    """Name and caption that a code cell's picture is given; empty without."""
    found: dict[str, str] = cell.metadata.get("mystnb", {}).get("figure", {})
    return found


def text(cell: Notebook) -> str | None:
    """What a cell says in its edition's language, source or caption; None for mere code."""
    return cell.source if cell.cell_type == "markdown" else figure(cell).get("caption")


def pages(chapters: Path = CHAPTERS) -> list[str]:
    """Names of the pages of any edition, without the ending."""
    return sorted({path.stem for path in chapters.glob("*/*.ipynb")})


def defined_labels(source: str) -> list[str]:
    """Labels of the equations, sections and figures in a text."""
    patterns = (EQUATION_LABEL, SECTION_LABEL, FIGURE_NAME)
    return [label for pattern in patterns for label in pattern.findall(source)]


def labels_and_references(source: str) -> list[str]:
    """What a cell defines and refers to: the same in both languages, in any order."""
    # A reference may carry its own link text, "text <label>": only the label counts.
    used = [f"{role} {LINK_TEXT.sub('', target)}" for role, target in ROLE.findall(source)]
    return sorted(defined_labels(source)) + sorted(used) + sorted(LINK.findall(source))


def differences(page: str, chapters: Path = CHAPTERS) -> list[str]:
    """Say, a line each, where the two editions of a page have come apart."""
    paths = [chapters / edition / f"{page}.ipynb" for edition in EDITIONS]
    missing = [path for path in paths if not path.exists()]
    if missing:
        return [f"{path.parent.name}/{path.name} is missing" for path in missing]
    vi, en = (nbformat.read(path, as_version=4) for path in paths)
    ids = [[cell.id for cell in notebook.cells] for notebook in (vi, en)]
    if ids[0] != ids[1]:
        return [f"{page}: cell ids differ: vi {ids[0]}, en {ids[1]}"]
    found: list[str] = []
    for cells in zip(vi.cells, en.cells, strict=True):
        found += [f"{page}#{cells[0].id}: {what}" for what in _cell_differences(*cells)]
    return found


def _cell_differences(vi: Notebook, en: Notebook) -> list[str]:
    if vi.cell_type != en.cell_type:
        return [f"vi is {vi.cell_type}, en is {en.cell_type}"]
    found = []
    if vi.metadata.get("tags") != en.metadata.get("tags"):
        found.append(f"tags differ: vi {vi.metadata.get('tags')}, en {en.metadata.get('tags')}")
    if vi.cell_type == "code":
        for edition, cell in zip(EDITIONS, (vi, en), strict=True):
            if set(LANGUAGE_LINE.findall(cell.source)) - {edition}:
                found.append(f"{edition} sets another edition's language")
        neutral = [LANGUAGE_LINE.sub("", cell.source) for cell in (vi, en)]
        if neutral[0] != neutral[1]:
            found.append("code differs beyond the language line")
        names = [figure(cell).get("name") for cell in (vi, en)]
        if names[0] != names[1] or (text(vi) is None) != (text(en) is None):
            found.append(f"figures differ: vi {figure(vi)}, en {figure(en)}")
        if text(vi) is None or text(en) is None:
            return found
    elif labels_and_references(vi.source) != labels_and_references(en.source):
        found.append(
            f"labels or references differ: vi {labels_and_references(vi.source)}, "
            f"en {labels_and_references(en.source)}"
        )
    for edition, other, cell, twin in (("vi", "en", vi, en), ("en", "vi", en, vi)):
        if cell.metadata.get("twin") != fingerprint(text(twin) or ""):
            found.append(
                f"the {other} text has changed since the {edition} text was matched to it: revise "
                f"chapters/{edition}, then record the cell"
            )
    return found


def record(page: str, only: set[str] | None = None, chapters: Path = CHAPTERS) -> None:
    """Store the twins' fingerprints in both editions of a page, for all cells or `only` some."""
    paths = {edition: chapters / edition / f"{page}.ipynb" for edition in EDITIONS}
    notebooks = {edition: nbformat.read(path, as_version=4) for edition, path in paths.items()}
    cells = {
        edition: {cell.id: cell for cell in notebook.cells if text(cell) is not None}
        for edition, notebook in notebooks.items()
    }
    for edition, other in (EDITIONS, EDITIONS[::-1]):
        for cell_id, cell in cells[edition].items():
            if only is None or cell_id in only:
                cell.metadata["twin"] = fingerprint(text(cells[other][cell_id]) or "")
    for edition, path in paths.items():
        path.write_text(nbformat.writes(notebooks[edition]) + "\n", encoding="utf-8")


def chosen_cells(page: str, names: list[str]) -> set[str] | None:
    """Ids of the cells of `page` among `names` (PAGE#CELL); None, for all, without names."""
    split = [name.split("#") for name in names]
    return {cell_id for own_page, cell_id in split if own_page == page} if names else None


def known_cells() -> set[str]:
    """Names PAGE#CELL of all cells with a text."""
    return {
        f"{page}#{cell.id}"
        for page in pages()
        for cell in nbformat.read(CHAPTERS / EDITIONS[0] / f"{page}.ipynb", as_version=4).cells
        if text(cell) is not None
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("check", "record"))
    parser.add_argument("cells", nargs="*", metavar="PAGE#CELL", help="for record; default all")
    arguments = parser.parse_args()
    unknown = set(arguments.cells) - known_cells()
    if unknown:
        parser.error(f"no such text cell: {', '.join(sorted(unknown))}")
    if arguments.action == "record":
        for page in pages():
            chosen = chosen_cells(page, arguments.cells)
            if chosen is None or chosen:
                record(page, chosen)
    found = [line for page in pages() for line in differences(page)]
    if found:
        sys.exit("\n".join(found))
    print(f"{len(pages())} pages: the editions are in step")


if __name__ == "__main__":
    main()
