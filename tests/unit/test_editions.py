"""Every edition says the same as the first one, in the right words, and a new one must, too."""

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import build_book
import nbformat
import notebooks
import pytest
import translations
import yaml

from nwbook.editions import load_editions
from nwbook.paths import ROOT
from nwcore.words import read_words

CHAPTERS = ROOT / "chapters"
CODES = translations.codes()
FIRST, *OTHERS = CODES
PAGES = translations.pages()
every_edition = pytest.mark.parametrize("code", CODES)
every_translation = pytest.mark.parametrize("code", OTHERS)
every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of all that an edition consists of, to damage."""
    for folder in ("chapters", "nwcore/locale", "tools/nwbook/locale"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("editions.yml", "_toc.yml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, root: Path, *arguments: str) -> str:
    """What tools/translations.py complains of; nothing when the editions are in step."""
    read_words.cache_clear()
    command = ["translations.py", *arguments, "--root", str(root)]
    monkeypatch.setattr(sys, "argv", command)
    try:
        translations.main()
    except SystemExit as stopped:
        return str(stopped.code)
    return ""


def change_cell(root: Path, code: str, page: str, cell_id: str, old: str, new: str) -> None:
    path = translations.page_file(root, code, page)
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def change_cells(root: Path, code: str, page: str, change: Callable[[list[object]], None]) -> None:
    path = translations.page_file(root, code, page)
    notebook = nbformat.read(path, as_version=4)
    change(notebook.cells)
    nbformat.write(notebook, path)


def change_text(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


# In step ------------------------------------------------------------------------------------------


def test_there_are_pages() -> None:
    assert len(PAGES) >= 8
    assert len(CODES) >= 2


def test_the_editions_are_in_step() -> None:
    assert translations.problems() == []


def test_every_notebook_belongs_to_an_edition() -> None:
    expected = {translations.page_file(ROOT, code, page) for code in CODES for page in PAGES}
    assert set(notebooks.all_notebooks()) == expected == set(CHAPTERS.glob("*/*.ipynb"))


@every_page
@every_edition
def test_a_cell_carries_nothing_but_tags_and_a_figure(code: str, page: str) -> None:
    """What is known about a translation stands beside the notebooks, where a review sees it."""
    for cell in translations.read_cells(ROOT, code, page).values():
        assert cell.metadata.keys() <= {"tags", "mystnb"}, cell.id
        assert cell.metadata.get("mystnb", {}).keys() <= {"figure"}, cell.id
        assert translations.figure(cell).keys() in (set(), {"name", "caption"}), cell.id


@every_page
@every_edition
def test_every_picture_is_drawn_in_the_edition_language(code: str, page: str) -> None:
    """Exactly one language line in a page that draws, naming its own edition."""
    cells = translations.read_cells(ROOT, code, page).values()
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    draws = "nwcore.plotting" in source or "nwcore.explorers" in source
    assert translations.LANGUAGE_LINE.findall(source) == ([code] if draws else [])


@every_translation
def test_a_change_of_text_is_caught_on_either_side_and_named(code: str, root: Path) -> None:
    change_cell(root, code, "02-average-pooling", "how-bad", "RMSE", "RMSE ")
    (message,) = translations.differences("02-average-pooling", root)
    assert message.startswith(f"{code}/02-average-pooling#how-bad: the {code} text has changed")
    assert f"revise chapters/{FIRST}" in message


def test_a_change_of_the_first_edition_calls_for_every_translation(root: Path) -> None:
    change_cell(root, FIRST, "02-average-pooling", "how-bad", "RMSE", "RMSE ")
    found = translations.differences("02-average-pooling", root)
    assert len(found) == len(OTHERS)
    for code, message in zip(OTHERS, found, strict=True):
        assert message.startswith(
            f"{code}/02-average-pooling#how-bad: the {FIRST} text has changed"
        )
        assert f"revise chapters/{code}" in message


@every_translation
def test_recording_a_revised_cell_settles_it_and_no_other(
    code: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cell_id in ("how-bad", "problem"):
        change_cell(root, code, "02-average-pooling", cell_id, " ", "  ")
    complaint = run(monkeypatch, root, "record", f"{code}/02-average-pooling#how-bad")
    assert complaint.count("\n") == 0
    assert complaint.startswith(f"{code}/02-average-pooling#problem: ")
    assert run(monkeypatch, root, "record", f"{code}/02-average-pooling") == ""
    assert run(monkeypatch, root, "check") == ""


def test_recording_all_again_changes_no_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file: file.read_text("utf-8") for file in root.glob("chapters/*/translation/*")}
    assert len(before) == len(PAGES) * len(OTHERS)
    assert run(monkeypatch, root, "record") == ""
    assert {file: file.read_text("utf-8") for file in before} == before


@pytest.mark.parametrize("name", ["en/02", "xx", FIRST, "en/02-average-pooling#", "02-average"])
def test_recording_what_is_not_there_is_refused(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, root, "record", name) == "2"
    assert f"no such text: {name}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell_id", "old", "new", "complaint"),
    [
        ("by-hand", "dim=-1", "dim=1", "the code differs from"),
        ("setup", 'set_language("', 'set_language("x', "sets another edition's language"),
        ("formula", "(eq-attn-pooling)", "(eq-attention)", "labels and references"),
        ("formula", "nadaraya1964", "watson1964", "labels and references"),
    ],
)
@every_translation
def test_a_page_that_comes_apart_is_caught(
    code: str, cell_id: str, old: str, new: str, complaint: str, root: Path
) -> None:
    change_cell(root, code, "03-nonparametric-attention", cell_id, old, new)
    found = translations.differences("03-nonparametric-attention", root)
    assert any(f"#{cell_id}: " in message and complaint in message for message in found)


def test_the_first_edition_sets_its_own_language(root: Path) -> None:
    page = "03-nonparametric-attention"
    change_cell(root, FIRST, page, "setup", f'set_language("{FIRST}")', 'set_language("xx")')
    found = translations.differences(page, root)
    assert found == [f"{FIRST}/{page}#setup: sets another edition's language"]


def test_a_lost_language_line_is_caught(root: Path) -> None:
    page = "03-nonparametric-attention"
    change_cell(root, OTHERS[0], page, "setup", f'set_language("{OTHERS[0]}")', "")
    (message,) = translations.differences(page, root)
    assert "the code differs" in message


def test_other_tags_are_caught(root: Path) -> None:
    def tag(cells: list[object]) -> None:
        cells[0].metadata["tags"] = ["hide-input"]  # type: ignore[attr-defined]

    change_cells(root, OTHERS[0], "index", tag)
    (message,) = translations.differences("index", root)
    assert "has the tags ['hide-input']" in message


def test_another_order_and_another_kind_of_cell_are_caught(root: Path) -> None:
    def swap(cells: list[object]) -> None:
        cells[1:3] = cells[2], cells[1]

    change_cells(root, OTHERS[0], "index", swap)
    (message,) = translations.differences("index", root)
    assert "another order" in message

    def retype(cells: list[object]) -> None:
        swap(cells)
        cells[0] = nbformat.v4.new_raw_cell("", id=cells[0].id)  # type: ignore[attr-defined]

    change_cells(root, OTHERS[0], "index", retype)
    (message,) = translations.differences("index", root)
    assert "is raw, in" in message


def test_a_lost_page_of_the_first_edition_is_caught(root: Path) -> None:
    translations.page_file(root, FIRST, "index").unlink()
    assert translations.differences("index", root) == [f"{FIRST}/index: the page is missing"]


FIGURES = "03-nonparametric-attention"


def change_figure(root: Path, code: str, change: Callable[[dict[str, str]], object]) -> None:
    def apply(cells: list[object]) -> None:
        (cell,) = (cell for cell in cells if cell.id == "heatmap")  # type: ignore[attr-defined]
        change(cell.metadata["mystnb"]["figure"])  # type: ignore[attr-defined]

    change_cells(root, code, FIGURES, apply)


@pytest.mark.parametrize("code", CODES)
def test_a_change_of_a_caption_on_one_side_is_caught(code: str, root: Path) -> None:
    change_figure(root, code, lambda figure: figure.update(caption="Other."))
    found = translations.differences(FIGURES, root)
    assert found
    assert all("#heatmap: " in message and "revise" in message for message in found)


def test_another_name_of_a_figure_and_a_lost_one_are_caught(root: Path) -> None:
    change_figure(root, OTHERS[0], lambda figure: figure.update(name="fig-other"))
    (message,) = translations.differences(FIGURES, root)
    assert f"{OTHERS[0]}/{FIGURES}#heatmap: has the figure 'fig-other'" in message
    change_figure(root, OTHERS[0], lambda figure: figure.clear())
    (message,) = translations.differences(FIGURES, root)
    assert f"{OTHERS[0]}/{FIGURES}#heatmap: has the figure None" in message


# A new edition ------------------------------------------------------------------------------------

PAGE = "02-average-pooling"
STATE = f"chapters/fr/translation/{PAGE}.yml"


@pytest.fixture
def third(root: Path) -> Path:
    """A copy of the book with a third edition, put together as CONTRIBUTING.md says."""
    source = OTHERS[0]
    ignored = shutil.ignore_patterns("translation", "glossary.yml")
    shutil.copytree(CHAPTERS / source, root / "chapters" / "fr", ignore=ignored)
    for path in (root / "chapters" / "fr").glob("*.ipynb"):
        text = path.read_text("utf-8")
        path.write_text(text.replace(f'set_language(\\"{source}\\")', 'set_language(\\"fr\\")'))
    shutil.copy(root / f"nwcore/locale/{source}.toml", root / "nwcore/locale/fr.toml")
    locale = root / "tools/nwbook/locale"
    (locale / "fr/LC_MESSAGES").mkdir(parents=True)
    for name, code in (("nwbook", source), ("sphinx", FIRST), ("booktheme", FIRST)):
        own = f"LC_MESSAGES/{name}.po"
        shutil.copy(locale / code / own, locale / "fr" / own)
    with (root / "editions.yml").open("a", encoding="utf-8") as file:
        file.write("\n- code: fr\n  name: Français\n  config: {title: L'attention}\n")
    return root


def test_a_new_edition_is_refused_until_it_is_recorded(
    third: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints = run(monkeypatch, third, "check").splitlines()
    texts = [place for place in translations.places(third) if place.startswith("fr/")]
    assert sorted(complaints) == sorted(
        f"{place}: not yet recorded to say the same as {FIRST}" for place in texts
    )
    assert len(texts) >= 50
    assert run(monkeypatch, third, "record", "fr") == ""
    assert run(monkeypatch, third, "check") == ""
    assert translations.codes(third) == [*CODES, "fr"]
    assert read_words("fr", third / "nwcore/locale").pictures["truth"]


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "page in no contents": (
        lambda root: change_text(root / "_toc.yml", f"      - file: chapters/{FIRST}/{PAGE}\n", ""),
        f"_toc.yml: chapters/{FIRST}/{PAGE} is not listed",
    ),
    "words of Sphinx left in English": (
        lambda root: (root / "tools/nwbook/locale/fr/LC_MESSAGES/sphinx.po").unlink(),
        "sphinx.po: 'Important' is not translated",
    ),
    "words of the theme left in English": (
        lambda root: (root / "tools/nwbook/locale/fr/LC_MESSAGES/booktheme.po").unlink(),
        "booktheme.po: ",
    ),
    "page missing": (
        lambda root: translations.page_file(root, "fr", PAGE).unlink(),
        f"fr/{PAGE}: the page is missing",
    ),
    "page too many": (
        lambda root: translations.page_file(root, FIRST, PAGE).unlink(),
        f"{FIRST}/{PAGE}: the page is missing",
    ),
    "cell missing": (
        lambda root: change_cells(root, "fr", PAGE, lambda cells: cells.pop(0)),
        f"fr/{PAGE}#title: the cell is missing",
    ),
    "cell too many": (
        lambda root: change_cells(
            root, "fr", PAGE, lambda cells: cells.append(nbformat.v4.new_raw_cell("", id="more"))
        ),
        f"fr/{PAGE}#more: {FIRST} has no such cell",
    ),
    "code differs": (
        lambda root: change_cell(root, "fr", PAGE, "setup", "import torch", "import  torch"),
        f"fr/{PAGE}#setup: the code differs from {FIRST}",
    ),
    "another language": (
        lambda root: change_cell(root, "fr", PAGE, "setup", '("fr")', f'("{OTHERS[0]}")'),
        f"fr/{PAGE}#setup: sets another edition's language",
    ),
    "translation drifted": (
        lambda root: change_cell(root, "fr", PAGE, "how-bad", "RMSE", "RMSE "),
        f"fr/{PAGE}#how-bad: the fr text has changed",
    ),
    "original changed": (
        lambda root: change_cell(root, FIRST, PAGE, "how-bad", "RMSE", "RMSE "),
        f"fr/{PAGE}#how-bad: the {FIRST} text has changed since both were seen to say the same: "
        "revise chapters/fr",
    ),
    "never recorded": (
        lambda root: (root / STATE).unlink(),
        f"fr/{PAGE}#how-bad: not yet recorded",
    ),
    "recorded what is gone": (
        lambda root: change_text(root / STATE, "how-bad:", "gone: {}\nhow-bad:"),
        f"fr/{PAGE}#gone: recorded, but {FIRST} has no such text",
    ),
    "picture missing": (
        lambda root: (root / "chapters/fr/images/queries-keys-values.svg").unlink(),
        "fr/images/queries-keys-values.svg: the file is missing",
    ),
    "words of nwcore missing": (
        lambda root: (root / "nwcore/locale/fr.toml").unlink(),
        "nwcore/locale/fr.toml",
    ),
    "word of nwcore missing": (
        lambda root: change_text(root / "nwcore/locale/fr.toml", "put_back =", "putback ="),
        'fr.toml: "put_back" is missing in [explorers]',
    ),
    "placeholder lost": (
        lambda root: change_text(root / "nwcore/locale/fr.toml", "{rmse}", "{error}"),
        "fr.toml: \"regression_alt_error\" in [pictures] must have the placeholders ['rmse']",
    ),
    "words of the site missing": (
        lambda root: (root / "tools/nwbook/locale/fr/LC_MESSAGES/nwbook.po").unlink(),
        "locale/fr/LC_MESSAGES/nwbook.po is missing",
    ),
    "word of the site missing": (
        lambda root: change_text(
            root / "tools/nwbook/locale/fr/LC_MESSAGES/nwbook.po", 'msgid "et al."', 'msgid "usw."'
        ),
        "locale/fr/LC_MESSAGES/nwbook.po: 'et al.' is not translated",
    ),
    "entry missing": (
        lambda root: change_text(root / "editions.yml", "\n- code: fr\n  name: Français\n", "\n#"),
        "chapters/fr: editions.yml has no such edition",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_new_edition_out_of_step_is_refused(
    name: str, third: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, third, "record", "fr") == ""
    damage, complaint = DAMAGE[name]
    damage(third)
    said = run(monkeypatch, third, "check")
    assert complaint in said
    # What is damaged is all that is complained of.
    assert all("fr" in line or PAGE in line for line in said.splitlines()), said


def test_the_command_itself_refuses_and_accepts(third: Path) -> None:
    tool = [sys.executable, ROOT / "tools" / "translations.py"]

    def call(action: str) -> subprocess.CompletedProcess[str]:
        command = [*tool, action, "--root", third]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=third)

    refused = call("check")
    assert refused.returncode == 1
    assert f"fr/{PAGE}#how-bad: not yet recorded" in refused.stderr
    accepted = call("record")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert f"{len(PAGES)} pages in {', '.join([*CODES, 'fr'])}" in accepted.stdout


def test_a_new_edition_is_built_in_its_own_language(third: Path) -> None:
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, third)
    main, *_, edition = load_editions(third / "editions.yml")
    config = build_book.edition_config(third, edition, main)
    settings = config["sphinx"]["config"]
    assert config["title"] == "L'attention"
    assert (settings["language"], settings["nwbook_edition"]) == ("fr", "fr")
    assert settings["locale_dirs"] == [str(third / "tools/nwbook/locale")]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("- {code: xx, name: X}", "there is no folder .*chapters/xx"),
        ("- {code: en, name: English}", "there is another edition 'en'"),
        ("- {code: EN, name: English}", "code must be .* got 'EN'"),
        ("- {code: ../en, name: English}", "code must be"),
        ("- {code: no, name: Norsk}", "code must be .* in quotes, got False"),
        ("- {code: fr, name: ' '}", "name must be"),
        ("- {code: fr, name: 3}", "name must be what the language calls itself, got 3"),
        ("- {code: fr, name: Français, config: [a]}", "config must be settings"),
        ("- {code: fr, name: Français, title: A}", "an edition has a code, a name"),
        ("- {code: fr}", "an edition has a code, a name"),
        ("- fr", "an edition has a code, a name .* got 'fr'"),
    ],
)
def test_a_malformed_entry_is_refused_by_file_and_place(
    entry: str, complaint: str, root: Path
) -> None:
    (root / "chapters/fr").mkdir()
    file = root / "editions.yml"
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"\n{entry}\n")
    with pytest.raises(ValueError, match=complaint) as caught:
        load_editions(file)
    assert str(caught.value).startswith(f"{file}, entry {len(CODES) + 1}: ")


@pytest.mark.parametrize("text", ["", "[]", "code: vi"])
def test_no_editions_at_all_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "editions.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match="must be a list of at least one edition"):
        load_editions(file)


# Words --------------------------------------------------------------------------------------------

GLOSSARIES = {
    code: yaml.safe_load((CHAPTERS / code / "glossary.yml").read_text(encoding="utf-8"))
    for code in CODES
    if (CHAPTERS / code / "glossary.yml").is_file()
}
REFUSED = [
    (code, word, entry)
    for code, glossary in GLOSSARIES.items()
    for entry in glossary
    for word in entry.get("never", [])
]


def refused_words(code: str, text: str) -> list[str]:
    """Words that the edition's glossary refuses, as they stand in `text`."""
    text = unicodedata.normalize("NFC", text).lower()
    for allowed in (phrase for entry in GLOSSARIES[code] for phrase in entry.get("except", [])):
        text = text.replace(allowed, "")
    words = [word for glossary, word, _ in REFUSED if glossary == code]
    return [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]


@every_page
@pytest.mark.parametrize("code", GLOSSARIES)
def test_the_text_uses_the_glossary(code: str, page: str) -> None:
    cells = translations.read_cells(ROOT, code, page)
    found = {
        cell_id: refused_words(code, f"{cell.source}\n{translations.text(cell) or ''}")
        for cell_id, cell in cells.items()
    }
    assert {cell_id: words for cell_id, words in found.items() if words} == {}


FILES = [
    (code, path)
    for code in GLOSSARIES
    for path in [
        *sorted((CHAPTERS / code / "images").glob("*.svg")),
        *sorted((ROOT / "tools" / "nwbook" / "locale" / code).rglob("*.po")),
        ROOT / "nwcore" / "locale" / f"{code}.toml",
        *([ROOT / "_config.yml", ROOT / "assets" / "landing" / "index.html"] * (code == FIRST)),
    ]
]


@pytest.mark.parametrize(("code", "path"), FILES, ids=[f"{code}-{p.name}" for code, p in FILES])
def test_words_outside_the_chapters_use_the_glossary(code: str, path: Path) -> None:
    assert refused_words(code, path.read_text(encoding="utf-8")) == []


@every_edition
def test_every_label_is_referred_to(code: str) -> None:
    cells = [cell for page in PAGES for cell in translations.read_cells(ROOT, code, page).values()]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    labels = set(translations.defined_labels(text))
    labels |= {translations.figure(cell)["name"] for cell in cells if translations.figure(cell)}
    used = {target for _, target in translations.ROLE.findall(text)}
    used |= set(translations.LINK.findall(text))
    assert len(labels) >= 20
    assert labels <= used


@pytest.mark.parametrize(("code", "word", "entry"), REFUSED)
def test_every_refused_word_would_be_found(code: str, word: str, entry: dict[str, str]) -> None:
    assert word in refused_words(code, f"Trong câu này, {word.capitalize()} là từ sai.")
    assert refused_words(code, entry[code]) == []


def test_a_refused_word_may_stand_in_a_longer_right_one() -> None:
    assert refused_words("vi", "gõ trên bàn phím") == []


@every_page
@every_edition
def test_text_is_composed_unicode(code: str, page: str) -> None:
    """Search and fonts treat decomposed letters as different ones."""
    text = translations.page_file(ROOT, code, page).read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)


@every_translation
def test_figures_are_the_same_drawing(code: str) -> None:
    """Geometry and colours agree; only the words differ."""

    def drawing(code: str) -> list[tuple[str, dict[str, str]]]:
        tree = ElementTree.parse(CHAPTERS / code / "images" / "queries-keys-values.svg")
        return [(element.tag, element.attrib) for element in tree.iter()]

    assert drawing(code) == drawing(FIRST)
