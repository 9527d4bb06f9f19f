"""Hold every edition of the book to the first one in editions.yml, cell by cell and word by word.

    python tools/translations.py check              list what is missing or out of step, and fail
    python tools/translations.py record             record that all texts say the same
    python tools/translations.py record PLACE …     record these only: en, en/PAGE or en/PAGE#CELL

The pages have the same cells with the same ids and the same code. For each page of a translation
`chapters/EDITION/translation/PAGE.yml` keeps fingerprints of both texts of every cell, its source
or the caption of its figure, as they were when somebody last saw that they say the same.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import yaml

from nwbook.editions import load_editions
from nwbook.paths import ROOT
from nwbook.shared import entries
from nwbook.words import faults
from nwcore.words import read_words

# The one line of code that may differ between the editions.
LANGUAGE_LINE = re.compile(r'^set_language\("([^"]*)"\)$', re.MULTILINE)
EQUATION_LABEL = re.compile(r"^\$\$ *\(([\w-]+)\)", re.MULTILINE)
SECTION_LABEL = re.compile(r"^\(([\w-]+)\)=$", re.MULTILINE)
FIGURE_NAME = re.compile(r"^:name: *([\w-]+)", re.MULTILINE)
LINK_TEXT = re.compile(r"^.*<|>$")
# An entry of the list of chapters in the index.
CHAPTER_LINK = re.compile(r"^\d+\. \[\]\(([\w-]+)\.ipynb\)", re.MULTILINE)
INDEX = "index"
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROLE = re.compile(r"\{(eq|numref|cite:[pt]|ref)\}`([^`]+)`")

STATE_HEAD = """\
# Written by tools/translations.py: fingerprints of the two texts of every cell, the first edition's
# and this one's, as they were when last seen to say the same.
"""

Cells = dict[
    str, Any
]  # id -> cell, in the page's order; nbformat's cells have no type of their own
State = dict[str, dict[str, str]]  # id -> edition -> fingerprint

# Written in C where PyYAML was built with it: ten times as fast, and the states are long.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def codes(root: Path = ROOT) -> list[str]:
    """The editions' codes, the first edition's first."""
    return [edition.code for edition in load_editions(root / "editions.yml")]


def pages(root: Path = ROOT) -> list[str]:
    """Names of the pages of any edition, without the ending."""
    return sorted({path.stem for path in (root / "chapters").glob("*/*.ipynb")})


def page_file(root: Path, code: str, page: str) -> Path:
    return root / "chapters" / code / f"{page}.ipynb"


def state_file(root: Path, code: str, page: str) -> Path:
    return root / "chapters" / code / "translation" / f"{page}.yml"


def read_cells(root: Path, code: str, page: str) -> Cells:
    notebook = nbformat.read(page_file(root, code, page), as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def read_state(root: Path, code: str, page: str) -> State:
    file = state_file(root, code, page)
    return yaml.load(file.read_text("utf-8"), LOADER) or {} if file.is_file() else {}


def fingerprint(source: str) -> str:
    """A short hash of a cell's text."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def figure(cell: Any) -> dict[str, str]:
    """Name and caption that a code cell's picture is given; empty without."""
    found: dict[str, str] = cell.metadata.get("mystnb", {}).get("figure", {})
    return found


def text(cell: Any) -> str | None:
    """What a cell says in its edition's language, source or caption; None for mere code."""
    return figure(cell).get("caption") if cell.cell_type == "code" else cell.source


def defined_labels(source: str) -> list[str]:
    """Labels of the equations, sections and figures in a text."""
    patterns = (EQUATION_LABEL, SECTION_LABEL, FIGURE_NAME)
    return [label for pattern in patterns for label in pattern.findall(source)]


def labels_and_references(source: str) -> list[str]:
    """What a cell defines and refers to: the same in every language, in any order."""
    # A reference may carry its own link text, "text <label>": only the label counts.
    used = [f"{role} {LINK_TEXT.sub('', target)}" for role, target in ROLE.findall(source)]
    return sorted(defined_labels(source)) + sorted(used) + sorted(LINK.findall(source))


def differences(page: str, root: Path = ROOT) -> list[str]:
    """Say, a line each, where a page of some edition is not in step with the first edition's."""
    first, *others = codes(root)
    lost = [code for code in (first, *others) if not page_file(root, code, page).is_file()]
    found = [f"{code}/{page}: the page is missing" for code in lost]
    if first in lost:
        return found
    original = read_cells(root, first, page)
    found += _language_faults(first, page, original)
    for code in others:
        if code not in lost:
            cells = read_cells(root, code, page)
            found += _language_faults(code, page, cells)
            found += _page_differences(
                first, original, code, cells, page, read_state(root, code, page)
            )
    return found


def _language_faults(code: str, page: str, cells: Cells) -> list[str]:
    return [
        f"{code}/{page}#{cell_id}: sets another edition's language"
        for cell_id, cell in cells.items()
        if cell.cell_type == "code" and set(LANGUAGE_LINE.findall(cell.source)) - {code}
    ]


def _page_differences(
    first: str, original: Cells, code: str, cells: Cells, page: str, state: State
) -> list[str]:
    place = f"{code}/{page}"
    found = [f"{place}#{each}: the cell is missing" for each in original if each not in cells]
    found += [f"{place}#{each}: {first} has no such cell" for each in cells if each not in original]
    if not found and list(cells) != list(original):
        found.append(f"{place}: the cells stand in another order than in {first}")
    for cell_id, theirs in original.items():
        if cell_id in cells:
            wrong = _cell_differences(first, theirs, code, cells[cell_id], state.get(cell_id, {}))
            found += [f"{place}#{cell_id}: {what}" for what in wrong]
    found += [
        f"{place}#{each}: recorded, but {first} has no such text: record the page"
        for each in state
        if each not in original or text(original[each]) is None
    ]
    return found


def _cell_differences(
    first: str, theirs: Any, code: str, ours: Any, recorded: dict[str, str]
) -> list[str]:
    if ours.cell_type != theirs.cell_type:
        return [f"is {ours.cell_type}, in {first} {theirs.cell_type}"]
    found = []
    tags = [cell.metadata.get("tags", []) for cell in (ours, theirs)]
    if tags[0] != tags[1]:
        found.append(f"has the tags {tags[0]}, in {first} {tags[1]}")
    if ours.cell_type == "code":
        neutral = [LANGUAGE_LINE.sub("set_language()", cell.source) for cell in (ours, theirs)]
        if neutral[0] != neutral[1]:
            found.append(f"the code differs from {first} beyond the language line")
        names = [figure(cell).get("name") for cell in (ours, theirs)]
        if names[0] != names[1]:
            found.append(f"has the figure {names[0]!r}, in {first} {names[1]!r}")
    else:
        labels = [labels_and_references(cell.source) for cell in (ours, theirs)]
        if labels[0] != labels[1]:
            found.append(f"has the labels and references {labels[0]}, in {first} {labels[1]}")
    if text(ours) is None or text(theirs) is None:
        return found
    if not recorded:
        found.append(f"not yet recorded to say the same as {first}")
        return found
    for changed, cell, other in ((first, theirs, code), (code, ours, first)):
        if recorded.get(changed) != fingerprint(text(cell) or ""):
            found.append(
                f"the {changed} text has changed since both were seen to say the same: "
                f"revise chapters/{other}, then record the cell"
            )
    return found


def problems(root: Path = ROOT) -> list[str]:
    """Say, a line each, all that keeps the editions from being in step: pages, words, files."""
    first, *others = every = codes(root)
    found = []
    for folder in sorted({path.parent.name for path in (root / "chapters").glob("*/*.ipynb")}):
        if folder not in every:
            found.append(f"chapters/{folder}: editions.yml has no such edition")
    for code in every:
        try:
            read_words(code, root / "nwcore" / "locale")
        except ValueError as error:
            found += str(error).splitlines()
        found += faults(code, first, root / "tools" / "nwbook" / "locale")
    for code in others:
        found += _lost_files(root, first, code)
    found += _lost_from_contents(root, every)
    return found + [line for page in pages(root) for line in differences(page, root)]


def _lost_files(root: Path, first: str, code: str) -> list[str]:
    """Pictures that the first edition has and this one has not."""
    return [
        f"{code}/images/{path.name}: the file is missing"
        for path in sorted((root / "chapters" / first).glob("images/*"))
        if not (root / "chapters" / code / "images" / path.name).is_file()
    ]


def contents(part: Any) -> Iterator[str]:
    """The files that a part of `_toc.yml` names, in its order."""
    for entry in entries(part):
        if isinstance(entry, dict):
            yield from (entry[key] for key in ("root", "file") if key in entry)


def _lost_from_contents(root: Path, every: list[str]) -> list[str]:
    """Pages that no reader finds: not in `_toc.yml`, or a chapter not in an edition's index."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    home = f"chapters/{every[0]}/"
    listed = [file.removeprefix(home) for file in contents(toc) if file.startswith(home)]
    there = pages(root)
    found = [f"_toc.yml: {home}{page} is not in it" for page in there if page not in listed]
    found += [f"_toc.yml: there is no page {home}{page}" for page in listed if page not in there]
    found += [f"_toc.yml: {home}{page} is in it twice" for page in there if listed.count(page) > 1]
    chapters = [
        file.removeprefix(home)
        for part in toc.get("parts", [])
        if part.get("numbered")
        for file in contents(part)
    ]
    for code in every:
        if not page_file(root, code, INDEX).is_file():
            continue  # said among the pages
        links = [
            link
            for cell in read_cells(root, code, INDEX).values()
            if cell.cell_type == "markdown"
            for link in CHAPTER_LINK.findall(cell.source)
        ]
        if links != chapters:
            missing = [page for page in chapters if page not in links]
            what = (
                f"does not lead to {', '.join(missing)}"
                if missing
                else (f"leads to {', '.join(links)}, in _toc.yml are {', '.join(chapters)}")
            )
            found.append(f"{code}/{INDEX}: the list of chapters {what}")
    return found


def record(page: str, code: str, only: set[str] | None = None, root: Path = ROOT) -> None:
    """Store that all cells of a page of an edition, or `only` some, say the same as the first's.

    A cell that only one of them has is not recorded, and what was recorded of it is dropped.
    """
    first = codes(root)[0]
    ours, before = read_cells(root, code, page), read_state(root, code, page)
    state: State = {}
    for cell_id, cell in read_cells(root, first, page).items():
        said = text(cell), text(ours[cell_id]) if cell_id in ours else None
        if said[0] is None or said[1] is None:
            continue
        if only is None or cell_id in only:
            prints = (fingerprint(said[0]), fingerprint(said[1]))
            state[cell_id] = dict(zip((first, code), prints, strict=True))
        elif cell_id in before:
            state[cell_id] = before[cell_id]
    file = state_file(root, code, page)
    file.parent.mkdir(exist_ok=True)
    lines = yaml.safe_dump(state, default_flow_style=None, sort_keys=False, width=100)
    file.write_text(STATE_HEAD + lines, encoding="utf-8")


def places(root: Path = ROOT) -> list[str]:
    """What can be recorded: EDITION/PAGE#CELL of all text cells that both editions have."""
    first, *others = codes(root)
    found = []
    for page in pages(root):
        files = {code: page_file(root, code, page) for code in (first, *others)}
        there = [code for code, file in files.items() if file.is_file()]
        original = read_cells(root, first, page) if first in there else {}
        for code in there:
            if code != first:
                common = original.keys() & read_cells(root, code, page).keys()
                texts = [each for each in original if text(original[each]) is not None]
                found += [f"{code}/{page}#{each}" for each in texts if each in common]
    return found


def within(place: str, name: str) -> bool:
    """Whether the place EDITION/PAGE#CELL is, or is in, what `name` names."""
    return place == name or place.startswith((f"{name}/", f"{name}#"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("check", "record"))
    parser.add_argument("places", nargs="*", metavar="PLACE", help="for record; default all")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    if arguments.action == "record":
        known, names = places(root), arguments.places
        unknown = [name for name in names if not any(within(place, name) for place in known)]
        if unknown:
            parser.error(f"no such text: {', '.join(unknown)}")
        chosen = [place for place in known if not names or any(within(place, n) for n in names)]
        for where in dict.fromkeys(place.partition("#")[0] for place in chosen):
            code, _, page = where.partition("/")
            cells = {place.partition("#")[2] for place in chosen if within(place, where)}
            record(page, code, cells, root)
    found = problems(root)
    if found:
        sys.exit("\n".join(found))
    print(f"{len(pages(root))} pages in {', '.join(codes(root))}: the editions are in step")


if __name__ == "__main__":
    main()
