"""The words of pictures, controls and the site: data, complete in every language, all in use."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import nwcore
from nwbook.editions import load_editions
from nwbook.paths import ASSETS, ROOT
from nwbook.words import LOCALE as SITE_LOCALE
from nwbook.words import OWN, catalogue_file, faults, read_catalogue
from nwcore import words

LOCALE = Path(nwcore.__file__).parent / "locale"
OTHERS = [language for language in words.languages() if language != words.REFERENCE]
# Symbols, names and words that other languages write as English does.
FORMULAS = {"x", "y", "direction", "first_input", "second_input", "score_dot_norm", "formula"}
KERNELS = {"kernel_epanechnikov", "kernel_sparsemax", "kernel_entmax15"}
THE_SAME = {*FORMULAS, *KERNELS, "gradient", "at"}


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files to damage, with one more language in it."""
    copied = Path(shutil.copytree(LOCALE, tmp_path / "locale"))
    shutil.copy(copied / "en.toml", copied / "tlh.toml")
    return copied


def damage(folder: Path, old: str, new: str, language: str = "tlh") -> None:
    file = folder / f"{language}.toml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def test_every_edition_has_its_file() -> None:
    assert sorted(edition.code for edition in load_editions()) == words.languages()


def texts(language: str) -> dict[tuple[str, str], str]:
    said = words.read_words(language)
    return {
        **{("pictures", key): text for key, text in said.pictures.items()},
        **{("explorers", key): text for key, text in said.explorers.items() if key != "decimal"},
        **{("goals", key): text for key, text in said.goals.items()},
        **{("tours", key): text for key, text in said.tours.items()},
        **{("exercises", key): text for key, text in said.exercises.items()},
        **{("guesses", key): text for key, text in said.guesses.items()},
    }


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_keeps_its_placeholders(language: str) -> None:
    reference, ours = texts(words.REFERENCE), texts(language)
    assert len(reference) >= 80
    assert ours.keys() == reference.keys()
    for key, text in ours.items():
        assert words.placeholders(text) == words.placeholders(reference[key]), key
    assert {key for (_, key), text in ours.items() if text in reference.values()} <= THE_SAME


def test_no_word_carries_a_format() -> None:
    """Numbers come with their decimal mark; a format would write its own."""
    for language in words.languages():
        for text in texts(language).values():
            assert not any({":", "!"} & set(field) for field in words.placeholders(text)), text


@pytest.mark.parametrize("key", sorted(words.read_words(words.REFERENCE).pictures))
def test_a_word_is_used(key: str) -> None:
    package = Path(nwcore.__file__).parent
    sources = [path.read_text("utf-8") for path in package.rglob("*.py") if path.stem != "words"]
    assert any(f'"{key}"' in source for source in sources)


@pytest.mark.parametrize(("language", "truth"), [("en", "truth"), ("vi", "hàm thật")])
def test_set_language_changes_every_later_word(language: str, truth: str) -> None:
    words.set_language(language)
    assert words.word("truth") == truth


def test_words_handed_out_may_be_changed_without_harm() -> None:
    words.explorer_words()["decimal"] = "?"
    assert words.number(0.5, 1) == "0.5"


@pytest.mark.parametrize(
    ("value", "digits", "english", "vietnamese"),
    [(0.3634, 3, "0.363", "0,363"), (-12.5, 2, "-12.50", "-12,50"), (30.0, 0, "30", "30")],
)
def test_numbers_have_the_decimal_mark_of_the_language(
    value: float, digits: int, english: str, vietnamese: str
) -> None:
    assert words.number(value, digits) == english
    words.set_language("vi")
    assert words.number(value, digits) == vietnamese


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    known = ", ".join(words.languages())
    with pytest.raises(ValueError, match=rf"must be one of {known}, got 'tlh'.*tlh\.toml"):
        words.set_language("tlh")
    with pytest.raises(TypeError, match="language must be a str, got list"):
        words.set_language(["vi"])  # type: ignore[arg-type]
    assert words.word("truth") == "truth"


def test_an_unknown_word_is_named_with_its_file() -> None:
    words.set_language("vi")
    with pytest.raises(ValueError, match=r"vi\.toml has no 'put_back' for pictures"):
        words.word("put_back")


def test_a_copied_file_is_a_new_language(folder: Path) -> None:
    damage(folder, 'truth = "truth"', 'truth = "Fonction"')
    damage(folder, 'decimal = "."', 'decimal = ","')
    assert words.languages(folder) == sorted([*words.languages(), "tlh"])
    klingon = words.read_words("tlh", folder)
    assert (klingon.pictures["truth"], klingon.decimal) == ("Fonction", ",")
    assert klingon.explorers["decimal"] == ","
    assert klingon.explorers["put_back"] == "Put points back"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('epoch = "epoch"\n', "", r'"epoch" is missing in \[pictures\]'),
        ('epoch = "epoch"\n', 'epok = "epoch"\n', r'unknown "epok" in \[pictures\]'),
        ('epoch = "epoch"\n', 'epoch = " "\n', r'"epoch" in \[pictures\] must be a text'),
        ('epoch = "epoch"\n', "epoch = 3\n", r'"epoch" in \[pictures\] must be a text, got 3'),
        ('epoch = "epoch"\n', 'epoch = "{a}"\n', r'"epoch" .* placeholders \[\], has \[\'a\'\]'),
        ("{emphasis} takes {best}", "{emphasis} takes", "'best'.*'worst'.*'worst_name'.*has"),
        ("loss now {loss}", "loss now {loss:.2f}", r"'loss',.*has.*'loss:\.2f'"),
        ("loss now {loss}", "loss now {loss!r}", r"'loss',.*has.*'loss!r'"),
        ("loss now {loss}", "loss now {loss", r'"training_alt" in \[explorers\] cannot be filled'),
        ('epoch = "epoch"\n', 'epoch = "epoch"\ny = "y"\n', r'"y" stands in \[shared\] and in'),
        ('decimal = "."', "", '"decimal" must be one mark, .* got None'),
        ('decimal = "."', 'decimal = ""', "\"decimal\" must be one mark, .* got ''"),
        ('decimal = "."', 'decimal = "0"', "\"decimal\" must be one mark, .* got '0'"),
        ('decimal = "."', 'decimal = ".,"', "\"decimal\" must be one mark, .* got '.,'"),
        ('decimal = "."', 'decimal = "."\nmark = ";"', 'unknown "mark"'),
        ("[explorers]", "[explorer]", r"there is no \[explorers\]"),
        ("[shared]", "shared = 1", r"there is no \[shared\]"),
        ("[exercises.lift]", "[exercises.lifted]", r'"lift\.title" is missing in \[exercises\]'),
        ("[exercises.lift]", "[exercises.lifted]", r'unknown "lifted\.title" in \[exercises\]'),
        ("[goals.metric]", "[goals.plane]", r'"metric\.turn" is missing in \[goals\]'),
        ("returns one of shape {found}", "returns", r'"expects-shape" .* placeholders .*found'),
        ('epoch = "epoch"\n', 'epoch = "epoch"\nepoch = "T"\n', "(?i)cannot overwrite a value"),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_key(
    folder: Path, old: str, new: str, complaint: str
) -> None:
    words.read_words("tlh", folder)
    damage(folder, old, new)
    words.read_words.cache_clear()
    with pytest.raises(ValueError, match=complaint) as caught:
        words.read_words("tlh", folder)
    assert f"{folder / 'tlh.toml'}: " in str(caught.value)


def test_everything_wrong_is_said_at_once(folder: Path) -> None:
    damage(folder, 'epoch = "epoch"\n', "")
    damage(folder, 'put_back = "Put points back"\n', "")
    with pytest.raises(ValueError, match="epoch") as caught:
        words.read_words("tlh", folder)
    assert str(caught.value).count("tlh.toml") == 2


def test_the_reference_itself_is_checked(folder: Path) -> None:
    damage(folder, 'epoch = "epoch"', 'epoch = ""', words.REFERENCE)
    with pytest.raises(ValueError, match=r"en\.toml.*\"epoch\""):
        words.read_words(words.REFERENCE, folder)


# The site's --------------------------------------------------------------------------------------

CODES = [edition.code for edition in load_editions()]


def extracted(folder: Path, pattern: str, method: str, *keywords: str) -> set[str]:
    """The messages that files say, as gettext's tools find them."""
    found = extract_from_dir(folder, [(pattern, method)], keywords=dict.fromkeys(keywords))
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def said_by_the_site() -> set[str]:
    tools = ROOT / "tools" / "nwbook"
    return (
        extracted(tools, "**.py", "python", "_")
        | extracted(tools / "templates", "**.html", "jinja2.ext:babel_extract", "say")
        | extracted(ASSETS, "**.js", "javascript", "_")
    )


@pytest.mark.parametrize("code", CODES)
def test_the_site_says_what_is_in_the_catalogue_and_nothing_else(code: str) -> None:
    said = said_by_the_site()
    assert len(said) >= 25
    assert read_catalogue(catalogue_file(code, OWN)).keys() == said


@pytest.mark.parametrize("code", CODES)
def test_the_sites_words_are_complete(code: str) -> None:
    assert faults(code, CODES[0]) == []


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    """A copy of the site's catalogues to damage; French, which Sphinx knows, copies the first."""
    copied = Path(shutil.copytree(SITE_LOCALE, tmp_path / "locale"))
    shutil.rmtree(copied / "fr", ignore_errors=True)
    shutil.copytree(copied / CODES[0], copied / "fr")
    return copied


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("nwbook", 'msgid "Copy"', 'msgid "Copie"', "'Copy' is not translated"),
        ("nwbook", 'msgid "Copy"', 'msgid "Copie"', "unknown message 'Copie'"),
        ("nwbook", 'msgstr "Sao chép"', 'msgstr ""', "'Copy' is not translated"),
        ("nwbook", 'msgid "Copy"', '#, fuzzy\nmsgid "Copy"', "'Copy' is not translated"),
        ("nwbook", 'msgstr "Hình %s"', 'msgstr "Hình"', "'Figure %s' must keep its placeholders"),
        ("sphinx", 'msgstr "Sửa trên %(provider)s"', 'msgstr "Sửa"', "'Edit on %(provider)s' must"),
        ("sphinx", "Tìm thấy ${resultCount}", "Tìm thấy ${n}", "must keep its placeholders"),
    ],
)
def test_a_damaged_catalogue_is_named_with_its_message(
    catalogues: Path, name: str, old: str, new: str, complaint: str
) -> None:
    assert faults("fr", CODES[0], catalogues) == []
    file = catalogue_file("fr", name, catalogues)
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    found = faults("fr", CODES[0], catalogues)
    assert any(line.startswith(f"{file}: ") and complaint in line for line in found)


def test_a_language_without_a_catalogue_is_named(catalogues: Path) -> None:
    file = catalogue_file("de", OWN, catalogues)
    assert faults("de", CODES[0], catalogues) == [f"{file} is missing"]


def test_what_others_leave_in_english_is_listed_beforehand(catalogues: Path) -> None:
    """As the build would: neither what Sphinx's and its themes' own catalogues say, nor ours."""
    for name in ("sphinx", "booktheme"):
        catalogue_file("fr", name, catalogues).unlink()
    found = faults("fr", CODES[0], catalogues)
    sphinx, theme = (catalogue_file("fr", name, catalogues) for name in ("sphinx", "booktheme"))
    assert f"{sphinx}: 'Important' is not translated" in found
    assert f"{theme}: 'Source repositories' is not translated" in found
    said = "\n".join(found)
    assert "'Search' is not" not in said, "Sphinx says it in French"
    assert "'Back to top' is not" not in said, "the theme below the theme does"
    assert "'Next page' is not" not in said, "the theme does"
    unknown = [line for line in faults("tlh", CODES[0], catalogues) if " is missing" not in line]
    assert unknown == []
    shutil.copytree(catalogues / CODES[0], catalogues / "tlh")
    catalogue_file("tlh", "sphinx", catalogues).unlink()
    every = read_catalogue(catalogue_file(CODES[0], "sphinx", catalogues))
    assert len(faults("tlh", CODES[0], catalogues)) == len(every), "nobody else speaks it"


CONF = """
extensions = ["nwbook.words", "sphinx_togglebutton", "sphinx_book_theme"]
html_theme = "sphinx_book_theme"
html_theme_options = {"logo": {}}
locale_dirs = [LOCALE]
language = "fr"
html_title = "Livre"
numfig = True
nb_code_prompt_show = nb_code_prompt_hide = ""
"""
PAGE = """Titre
=====

.. figure:: dot.svg
   :name: dot

   Point

.. note:: :numref:`dot`
"""


def test_our_words_come_before_the_themes_and_none_stays_english(tmp_path: Path) -> None:
    """By Sphinx itself, in a language that it and the theme know, all but some words."""
    tools = Path(shutil.copytree(ROOT / "tools", tmp_path / "tools"))
    locale, source = tools / "nwbook" / "locale", tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text(CONF.replace("LOCALE", repr(str(locale))), "utf-8")
    (source / "index.rst").write_text(PAGE, "utf-8")
    shutil.copy(ASSETS / "favicon.svg", source / "dot.svg")
    shutil.rmtree(locale / "fr", ignore_errors=True)  # may be an edition of the book
    catalogue_file("fr", OWN, locale).parent.mkdir(parents=True)
    for name in (OWN, "booktheme"):
        shutil.copy(catalogue_file("vi", name, locale), catalogue_file("fr", name, locale))

    def build() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "-q"]
        return subprocess.run(
            [*command, str(source), str(tmp_path / "html")],
            env={"PYTHONPATH": str(tools), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = build()
    assert refused.returncode == 1
    listed = faults("fr", CODES[0], locale)
    assert [line for line in listed if line not in refused.stderr] == []
    assert refused.stderr.count("is not translated") == len(listed)
    own = catalogue_file("fr", "sphinx", locale)
    # French writes it as English does, which only a catalogue of ours can say.
    assert f"{own}: 'Important' is not translated" in refused.stderr
    assert "'Search' is not translated" not in refused.stderr
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    assert "Recherche" in page
    assert "Tìm kiếm" not in page

    shutil.copy(catalogue_file("vi", "sphinx", locale), own)
    accepted = build()
    assert (accepted.returncode, accepted.stderr) == (0, "")
    page = (tmp_path / "html" / "index.html").read_text("utf-8")
    assert '<html lang="fr"' in page
    assert "Tìm kiếm" in page  # Sphinx's catalogue says "Recherche"
    assert "Recherche" not in page
    assert "Hình 1" in page
    assert "Tìm trong sách…" in page
    assert "Bấm để mở" in page
    assert "Livre" in page
    scripts = (tmp_path / "html" / "_static" / "translations.js").read_text("utf-8")
    assert scripts.startswith('Documentation.addTranslations({"locale": "fr"')
    for name, message in [(OWN, "Copied!"), ("sphinx", "Hide Search Matches")]:
        said = read_catalogue(catalogue_file("fr", name, locale))[message]
        assert f"{json.dumps(message)}: {json.dumps(said)}" in scripts


def test_files_are_utf_8_whatever_the_system_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def read_text(path: Path, encoding: str = "ascii", errors: str | None = None) -> str:
        return read(path, encoding, errors)

    monkeypatch.setattr(Path, "read_text", read_text)
    words.read_words.cache_clear()
    assert not words.read_words("vi").pictures["truth"].isascii()
    assert load_editions()
