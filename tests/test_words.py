"""The words of pictures and controls: the same ones in both languages, all of them in use."""

from pathlib import Path
from string import Formatter

import pytest

import nwcore
from nwcore import words

SHARED = {"x", "y"}  # symbols, the same in every language


def fields(pattern: str) -> dict[str, str]:
    """Name and format of every placeholder."""
    return {name: spec or "" for _, name, spec, _ in Formatter().parse(pattern) if name}


@pytest.fixture(autouse=True)
def _language_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


def test_languages() -> None:
    assert set(words.LANGUAGES) == set(words._WORDS) == {"en", "vi"}


def test_both_languages_have_the_same_keys() -> None:
    assert words._WORDS["en"].keys() == words._WORDS["vi"].keys()


@pytest.mark.parametrize("key", sorted(words._WORDS["en"]))
def test_a_word_is_translated_and_keeps_its_placeholders(key: str) -> None:
    english, vietnamese = words._WORDS["en"][key], words._WORDS["vi"][key]
    assert english.strip()
    assert vietnamese.strip()
    assert fields(english) == fields(vietnamese)
    assert (english == vietnamese) == (key in SHARED)


@pytest.mark.parametrize("key", sorted(words._WORDS["en"]))
def test_a_word_is_used(key: str) -> None:
    package = Path(nwcore.__file__).parent
    sources = [path.read_text("utf-8") for path in package.rglob("*.py") if path.stem != "words"]
    assert any(f'"{key}"' in source for source in sources)


@pytest.mark.parametrize(("language", "truth"), [("en", "Truth"), ("vi", "Hàm thật")])
def test_set_language_changes_every_later_word(language: words.Language, truth: str) -> None:
    words.set_language(language)
    assert words.word("truth") == truth


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
    with pytest.raises(ValueError, match="language must be one of vi, en, got 'fr'"):
        words.set_language("fr")  # type: ignore[arg-type]
    assert words.word("truth") == "Truth"
