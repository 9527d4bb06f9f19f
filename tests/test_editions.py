"""The Vietnamese and the English edition say the same, in the right words."""

import re
import shutil
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import twins
import yaml

from nwbook.paths import ROOT

CHAPTERS = twins.CHAPTERS
PAGES = twins.pages()
GLOSSARY = yaml.safe_load((CHAPTERS / "glossary.yml").read_text(encoding="utf-8"))
REFUSED = [(word, entry) for entry in GLOSSARY for word in entry.get("never", [])]


def refused_words(text: str) -> list[str]:
    """Words that the glossary refuses, as they stand in `text`."""
    text = unicodedata.normalize("NFC", text).lower()
    for allowed in (phrase for entry in GLOSSARY for phrase in entry.get("except", [])):
        text = text.replace(allowed, "")
    return [word for word, _ in REFUSED if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the chapters to damage."""
    return Path(shutil.copytree(CHAPTERS, tmp_path / "chapters"))


def change_cell(chapters: Path, page: str, edition: str, cell_id: str, old: str, new: str) -> None:
    path = chapters / edition / f"{page}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def test_there_are_pages() -> None:
    assert len(PAGES) >= 8


@pytest.mark.parametrize("page", PAGES)
def test_editions_are_in_step(page: str) -> None:
    assert twins.differences(page) == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("edition", twins.EDITIONS)
def test_every_picture_is_drawn_in_the_edition_language(edition: str, page: str) -> None:
    """Exactly one language line in a page that draws, naming its own edition."""
    notebook = nbformat.read(CHAPTERS / edition / f"{page}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    draws = "nwcore.plotting" in code or "nwcore.explorers" in code
    assert twins.LANGUAGE_LINE.findall(code) == ([edition] if draws else [])


@pytest.mark.parametrize("edition", twins.EDITIONS)
def test_a_change_of_text_on_one_side_is_caught_and_named(copied: Path, edition: str) -> None:
    change_cell(copied, "02-average-pooling", edition, "how-bad", "RMSE", "RMSE ")
    (other,) = set(twins.EDITIONS) - {edition}
    (message,) = twins.differences("02-average-pooling", copied)
    assert "02-average-pooling#how-bad" in message
    assert f"revise chapters/{other}" in message


def test_recording_a_revised_cell_settles_it(copied: Path) -> None:
    change_cell(copied, "02-average-pooling", "en", "how-bad", "RMSE", "RMSE ")
    twins.record("02-average-pooling", {"how-bad"}, copied)
    assert twins.differences("02-average-pooling", copied) == []


@pytest.mark.parametrize(
    ("cell_id", "old", "new", "complaint"),
    [
        ("by-hand", "dim=-1", "dim=1", "code differs"),
        ("setup", 'set_language("en")', 'set_language("vi")', "another edition's language"),
        ("formula", "(eq-attn-pooling)", "(eq-attention)", "labels or references differ"),
        ("formula", "nadaraya1964", "watson1964", "labels or references differ"),
    ],
)
def test_a_page_that_comes_apart_is_caught(
    copied: Path, cell_id: str, old: str, new: str, complaint: str
) -> None:
    change_cell(copied, "03-nonparametric-attention", "en", cell_id, old, new)
    found = twins.differences("03-nonparametric-attention", copied)
    assert any(f"#{cell_id}: " in message and complaint in message for message in found)


@pytest.mark.parametrize(("part", "complaint"), [("name", "figures differ"), ("caption", "revise")])
def test_a_change_of_a_figure_on_one_side_is_caught(
    copied: Path, part: str, complaint: str
) -> None:
    path = copied / "en" / "03-nonparametric-attention.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == "heatmap")
    cell.metadata.mystnb.figure[part] += "-other"
    nbformat.write(notebook, path)
    found = twins.differences("03-nonparametric-attention", copied)
    assert found
    assert all("#heatmap: " in message and complaint in message for message in found)


def test_a_lost_caption_is_caught(copied: Path) -> None:
    path = copied / "vi" / "03-nonparametric-attention.ipynb"
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == "heatmap")
    del cell.metadata["mystnb"]
    nbformat.write(notebook, path)
    (message,) = twins.differences("03-nonparametric-attention", copied)
    assert "#heatmap: figures differ" in message


def test_a_lost_cell_is_caught(copied: Path) -> None:
    path = copied / "en" / "index.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[2]
    nbformat.write(notebook, path)
    (message,) = twins.differences("index", copied)
    assert "cell ids differ" in message


def test_a_lost_page_is_caught(copied: Path) -> None:
    (copied / "vi" / "index.ipynb").unlink()
    assert twins.differences("index", copied) == ["vi/index.ipynb is missing"]


@pytest.mark.parametrize("page", PAGES)
def test_vietnamese_uses_the_glossary(page: str) -> None:
    notebook = nbformat.read(CHAPTERS / "vi" / f"{page}.ipynb", as_version=4)
    found = {
        cell.id: refused_words(f"{cell.source}\n{twins.text(cell) or ''}")
        for cell in notebook.cells
    }
    assert {cell_id: words for cell_id, words in found.items() if words} == {}


VIETNAMESE_FILES = [
    *sorted((twins.CHAPTERS / "vi" / "images").glob("*.svg")),
    *sorted((ROOT / "tools" / "nwbook" / "locale" / "vi").glob("*.po")),
    ROOT / "nwcore" / "words.py",
    ROOT / "_config.yml",
    ROOT / "assets" / "check.js",
    ROOT / "assets" / "landing" / "index.html",
]


@pytest.mark.parametrize("path", VIETNAMESE_FILES, ids=[path.name for path in VIETNAMESE_FILES])
def test_vietnamese_outside_the_chapters_uses_the_glossary(path: Path) -> None:
    assert refused_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("edition", twins.EDITIONS)
def test_every_label_is_referred_to(edition: str) -> None:
    cells = [
        cell
        for page in PAGES
        for cell in nbformat.read(CHAPTERS / edition / f"{page}.ipynb", as_version=4).cells
    ]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    labels = set(twins.defined_labels(text))
    labels |= {twins.figure(cell)["name"] for cell in cells if twins.figure(cell)}
    used = {target for _, target in twins.ROLE.findall(text)} | set(twins.LINK.findall(text))
    assert len(labels) >= 20
    assert labels <= used


@pytest.mark.parametrize(("word", "entry"), REFUSED)
def test_every_refused_word_would_be_found(word: str, entry: dict[str, object]) -> None:
    assert word in refused_words(f"Trong câu này, {word.capitalize()} là từ sai.")
    assert refused_words(str(entry["vi"])) == []


def test_a_refused_word_may_stand_in_a_longer_right_one() -> None:
    assert refused_words("gõ trên bàn phím") == []


@pytest.mark.parametrize("page", PAGES)
def test_vietnamese_text_is_composed_unicode(page: str) -> None:
    """Search and fonts treat decomposed letters as different ones."""
    text = (CHAPTERS / "vi" / f"{page}.ipynb").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)


def test_figures_are_the_same_drawing() -> None:
    """Geometry and colours agree; only the words differ."""

    def drawing(edition: str) -> list[tuple[str, dict[str, str]]]:
        tree = ElementTree.parse(CHAPTERS / edition / "images" / "queries-keys-values.svg")
        return [(element.tag, element.attrib) for element in tree.iter()]

    assert drawing("vi") == drawing("en")
