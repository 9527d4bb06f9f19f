"""Every edition says the same as the first one, in the right words, and a new one must, too."""

import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
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


def copy_editions(folder: Path) -> Path:
    """Copy all that an edition consists of."""
    for part in ("chapters", "nwcore/locale", "tools/nwbook/locale"):
        shutil.copytree(ROOT / part, folder / part)
    for name in ("editions.yml", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of all that an edition consists of, to damage."""
    return copy_editions(tmp_path)


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
    """Exactly one language line in a page that draws or judges, naming its own edition."""
    cells = translations.read_cells(ROOT, code, page).values()
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    speaks = re.search(r"\bnwcore\.(plotting|explorers|exercises)\b", source)
    assert translations.LANGUAGE_LINE.findall(source) == ([code] if speaks else [])


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


# A new chapter ------------------------------------------------------------------------------------

PAGE = "02-average-pooling"


@pytest.fixture
def chapter(root: Path) -> Path:
    """A copy of the book with one more page in every edition, as yet named nowhere."""
    for code in CODES:
        shutil.copy(
            translations.page_file(root, code, PAGE), translations.page_file(root, code, "09-new")
        )
    for code in OTHERS:
        translations.record("09-new", code, root=root)
    return root


def add_to_contents(root: Path, *names: str) -> None:
    last = f"      - file: chapters/{FIRST}/08-from-fifty-to-ten-million\n"
    more = "".join(f"      - file: chapters/{FIRST}/{name}\n" for name in names)
    change_text(root / "_toc.yml", last, last + more)


def add_to_index(root: Path, code: str, name: str) -> None:
    (old,) = (
        line
        for cell in translations.read_cells(root, code, "index").values()
        for line in cell.source.splitlines()
        if line.startswith("8. [](08-")
    )
    change_cell(root, code, "index", "contents", old, f"{old}\n9. []({name}.ipynb): more.")


def test_a_page_that_nobody_finds_is_caught(chapter: Path) -> None:
    assert translations.problems(chapter) == [f"_toc.yml: chapters/{FIRST}/09-new is not in it"]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["09-new", "10-gone"], f"_toc.yml: there is no page chapters/{FIRST}/10-gone"),
        (["09-new", "09-new"], f"_toc.yml: chapters/{FIRST}/09-new is in it twice"),
    ],
)
def test_contents_name_each_page_once(names: list[str], complaint: str, chapter: Path) -> None:
    add_to_contents(chapter, *names)
    assert complaint in translations.problems(chapter)


def test_every_index_leads_to_every_chapter(chapter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_to_contents(chapter, "09-new")
    lost = {code: f"{code}/index: the list of chapters does not lead to 09-new" for code in CODES}
    assert translations.problems(chapter) == list(lost.values())
    for code in CODES:
        add_to_index(chapter, code, "09-new")
        found = translations.problems(chapter)
        assert lost[code] not in found
    run(monkeypatch, chapter, "record")
    assert translations.problems(chapter) == []
    change_text(chapter / "_toc.yml", f"{FIRST}/05-training", f"{FIRST}/09-swap")
    change_text(chapter / "_toc.yml", f"{FIRST}/06-summary-and-exercises", f"{FIRST}/05-training")
    change_text(chapter / "_toc.yml", f"{FIRST}/09-swap", f"{FIRST}/06-summary-and-exercises")
    assert [line.partition(", in _toc.yml are ")[1] for line in translations.problems(chapter)] == [
        ", in _toc.yml are " for _ in CODES
    ]


# A new edition ------------------------------------------------------------------------------------

STATE = f"chapters/tlh/translation/{PAGE}.yml"


def add_edition(root: Path) -> Path:
    """Put one more edition together, as CONTRIBUTING.md says: Klingon, as nobody will add it."""
    source = OTHERS[0]
    ignored = shutil.ignore_patterns("translation", "glossary.yml")
    shutil.copytree(CHAPTERS / source, root / "chapters" / "tlh", ignore=ignored)
    for path in (root / "chapters" / "tlh").glob("*.ipynb"):
        text = path.read_text("utf-8")
        path.write_text(text.replace(f'set_language(\\"{source}\\")', 'set_language(\\"tlh\\")'))
    shutil.copy(root / f"nwcore/locale/{source}.toml", root / "nwcore/locale/tlh.toml")
    shutil.copytree(root / "tools/nwbook/locale" / FIRST, root / "tools/nwbook/locale/tlh")
    with (root / "editions.yml").open("a", encoding="utf-8") as file:
        file.write("\n- code: tlh\n  name: Klingon\n  parts: [tlhab, latlh]\n")
        file.write("  config: {title: L'attention}\n")
    return root


@pytest.fixture
def third(root: Path) -> Path:
    """A copy of the book with an edition more."""
    return add_edition(root)


@pytest.fixture(scope="module")
def recorded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with that edition recorded, for nobody to change: to record it takes a while."""
    root = add_edition(copy_editions(tmp_path_factory.mktemp("recorded")))
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert run(monkeypatch, root, "record", "tlh") == ""
    return root


@pytest.fixture
def recorded(recorded_once: Path, tmp_path: Path) -> Path:
    """A copy of that, to damage."""
    return shutil.copytree(recorded_once, tmp_path / "recorded")


def test_a_new_edition_is_refused_until_it_is_recorded(
    third: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaints = run(monkeypatch, third, "check").splitlines()
    texts = [place for place in translations.places(third) if place.startswith("tlh/")]
    assert sorted(complaints) == sorted(
        f"{place}: not yet recorded to say the same as {FIRST}" for place in texts
    )
    assert len(texts) >= 50
    assert run(monkeypatch, third, "record", "tlh") == ""
    assert run(monkeypatch, third, "check") == ""
    assert translations.codes(third) == [*CODES, "tlh"]
    assert read_words("tlh", third / "nwcore/locale").pictures["truth"]


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "page missing": (
        lambda root: translations.page_file(root, "tlh", PAGE).unlink(),
        f"tlh/{PAGE}: the page is missing",
    ),
    "page too many": (
        lambda root: translations.page_file(root, FIRST, PAGE).unlink(),
        f"{FIRST}/{PAGE}: the page is missing",
    ),
    "cell missing": (
        lambda root: change_cells(root, "tlh", PAGE, lambda cells: cells.pop(0)),
        f"tlh/{PAGE}#title: the cell is missing",
    ),
    "cell too many": (
        lambda root: change_cells(
            root, "tlh", PAGE, lambda cells: cells.append(nbformat.v4.new_raw_cell("", id="more"))
        ),
        f"tlh/{PAGE}#more: {FIRST} has no such cell",
    ),
    "code differs": (
        lambda root: change_cell(root, "tlh", PAGE, "setup", "import torch", "import  torch"),
        f"tlh/{PAGE}#setup: the code differs from {FIRST}",
    ),
    "another language": (
        lambda root: change_cell(root, "tlh", PAGE, "setup", '("tlh")', f'("{OTHERS[0]}")'),
        f"tlh/{PAGE}#setup: sets another edition's language",
    ),
    "translation drifted": (
        lambda root: change_cell(root, "tlh", PAGE, "how-bad", "RMSE", "RMSE "),
        f"tlh/{PAGE}#how-bad: the tlh text has changed",
    ),
    "original changed": (
        lambda root: change_cell(root, FIRST, PAGE, "how-bad", "RMSE", "RMSE "),
        f"tlh/{PAGE}#how-bad: the {FIRST} text has changed since both were seen to say the same: "
        "revise chapters/tlh",
    ),
    "never recorded": (
        lambda root: (root / STATE).unlink(),
        f"tlh/{PAGE}#how-bad: not yet recorded",
    ),
    "recorded what is gone": (
        lambda root: change_text(root / STATE, "how-bad:", "gone: {}\nhow-bad:"),
        f"tlh/{PAGE}#gone: recorded, but {FIRST} has no such text",
    ),
    "picture missing": (
        lambda root: (root / "chapters/tlh/images/queries-keys-values.svg").unlink(),
        "tlh/images/queries-keys-values.svg: the file is missing",
    ),
    "words of nwcore missing": (
        lambda root: (root / "nwcore/locale/tlh.toml").unlink(),
        "nwcore/locale/tlh.toml",
    ),
    "word of nwcore missing": (
        lambda root: change_text(root / "nwcore/locale/tlh.toml", "put_back =", "putback ="),
        'tlh.toml: "put_back" is missing in [explorers]',
    ),
    "placeholder lost": (
        lambda root: change_text(root / "nwcore/locale/tlh.toml", "{rmse}", "{error}"),
        "tlh.toml: \"regression_alt_error\" in [pictures] must have the placeholders ['rmse']",
    ),
    "words of the site missing": (
        lambda root: (root / "tools/nwbook/locale/tlh/LC_MESSAGES/nwbook.po").unlink(),
        "locale/tlh/LC_MESSAGES/nwbook.po is missing",
    ),
    "word of the site missing": (
        lambda root: change_text(
            root / "tools/nwbook/locale/tlh/LC_MESSAGES/nwbook.po", 'msgid "et al."', 'msgid "usw."'
        ),
        "locale/tlh/LC_MESSAGES/nwbook.po: 'et al.' is not translated",
    ),
    "words of Sphinx missing": (
        lambda root: (root / "tools/nwbook/locale/tlh/LC_MESSAGES/sphinx.po").unlink(),
        "locale/tlh/LC_MESSAGES/sphinx.po: 'Important' is not translated",
    ),
    "word of the theme missing": (
        lambda root: change_text(
            root / "tools/nwbook/locale/tlh/LC_MESSAGES/booktheme.po",
            'msgid "Show source"',
            '#, fuzzy\nmsgid "Show source"',
        ),
        "locale/tlh/LC_MESSAGES/booktheme.po: 'Show source' is not translated",
    ),
    "entry missing": (
        lambda root: change_text(root / "editions.yml", "\n- code: tlh\n  name: Klingon\n", "\n#"),
        "chapters/tlh: editions.yml has no such edition",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_new_edition_out_of_step_is_refused(
    name: str, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage, complaint = DAMAGE[name]
    damage(recorded)
    said = run(monkeypatch, recorded, "check")
    assert complaint in said
    # What is damaged is all that is complained of.
    assert all("tlh" in line or PAGE in line for line in said.splitlines()), said


def test_the_command_itself_refuses_and_accepts(third: Path) -> None:
    tool = [sys.executable, ROOT / "tools" / "translations.py"]

    def call(action: str) -> subprocess.CompletedProcess[str]:
        command = [*tool, action, "--root", third]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=third)

    refused = call("check")
    assert refused.returncode == 1
    assert f"tlh/{PAGE}#how-bad: not yet recorded" in refused.stderr
    accepted = call("record")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert f"{len(PAGES)} pages in {', '.join([*CODES, 'tlh'])}" in accepted.stdout


def test_a_new_edition_is_built_in_its_own_language(third: Path) -> None:
    shutil.copy(ROOT / "_config.yml", third)
    main, *_, edition = load_editions(third / "editions.yml")
    shutil.copy(ROOT / "_toc.yml", third)
    toc = build_book.edition_toc(third, edition, main)
    captions = [part["caption"] for part in toc["parts"] if "caption" in part]
    assert captions == ["tlhab", "latlh"]
    config = build_book.edition_config(third, edition, main)
    settings = config["sphinx"]["config"]
    assert config["title"] == "L'attention"
    assert (settings["language"], settings["nwbook_edition"]) == ("tlh", "tlh")
    assert settings["locale_dirs"] == [str(third / "tools/nwbook/locale")]


@pytest.mark.parametrize("parts", [[], ["tlhab"], ["tlhab", "latlh", "wa'DIch"]])
def test_an_edition_names_every_part(parts: list[str], third: Path) -> None:
    shutil.copy(ROOT / "_toc.yml", third)
    main, *_, edition = load_editions(third / "editions.yml")
    message = r"editions.yml must give tlh its captions of .*, .*, as parts, got \["
    with pytest.raises(ValueError, match=message):
        build_book.edition_toc(third, replace(edition, parts=parts), main)


def test_the_first_edition_keeps_the_captions_of_the_contents() -> None:
    main, *others = load_editions(ROOT / "editions.yml")
    wanted = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    found = build_book.edition_toc(ROOT, main, main)["parts"]
    assert [part.get("caption") for part in found] == [part.get("caption") for part in wanted]
    for other in others:
        there = build_book.edition_toc(ROOT, other, main)["parts"]
        captions = [part["caption"] for part in there if "caption" in part]
        assert captions == other.parts
        assert not set(captions) & {part.get("caption") for part in wanted}


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("- {code: fr, name: Français, parts: A}", "parts must be a list of captions, got 'A'"),
        ("- {code: fr, name: Français, parts: [1]}", "parts must be a list of captions"),
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
