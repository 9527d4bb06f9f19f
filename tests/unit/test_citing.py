"""How to cite the book: one file says it, and the first pages show it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pybtex.database import parse_string
from site_helpers import EDITIONS

import nwcore
from nwbook.citing import (
    CITATION,
    PLACE,
    Author,
    Citation,
    as_bibtex,
    as_sentence,
    box,
    key_of,
    read_citation,
)
from nwbook.paths import ROOT

PEOPLE = (Author("Nguyễn Đức", "Văn Đô"), Author("Watson", "G. S."), Author("Vaswani", "A."))
SAID: dict[str, Any] = yaml.safe_load(CITATION.read_text("utf-8"))
# What the Citation File Format 1.2.0 asks of every file, and of a work that it refers to.
REQUIRED = {"cff-version", "message", "title", "authors"}
REQUIRED_OF_A_WORK = {"type", "title", "authors"}
KNOWN = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
    *("license", "license-url", "preferred-citation", "references", "repository"),
    *("repository-artifact", "repository-code", "type", "url", "version"),
}


def test_the_file_has_the_fields_of_its_format() -> None:
    assert REQUIRED <= SAID.keys() <= KNOWN
    assert SAID["cff-version"] == "1.2.0"
    assert SAID["type"] in ("software", "dataset")
    assert SAID["preferred-citation"].keys() >= REQUIRED_OF_A_WORK
    assert SAID["preferred-citation"]["type"] == "book"


def test_the_file_says_what_the_project_says() -> None:
    edition = next(edition for edition in EDITIONS if edition.code == "en")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    assert SAID["version"] == nwcore.__version__
    assert SAID["preferred-citation"]["title"] == edition.config["title"]
    assert read_citation().year == int(config["copyright"])
    assert SAID["license"] == "MIT"
    assert SAID["authors"] == SAID["preferred-citation"]["authors"]


def test_a_sentence() -> None:
    citation = Citation(PEOPLE, 2027, "1.2", "https://example.org/a_b")
    assert as_sentence(citation, "A & B") == (
        "Nguyễn Đức, Văn Đô, Watson, G. S. and Vaswani, A. (2027). A & B. Version 1.2. "
        "https://example.org/a_b"
    )
    alone = Citation((Author("A group"),), 2027, "1.2")
    assert as_sentence(alone, "T") == "A group (2027). T. Version 1.2."


def test_bibtex_is_read_back_as_it_was_meant() -> None:
    text = as_bibtex(Citation(PEOPLE, 2027, "1.2", "https://example.org/a_b"), "100 % chú ý & w")
    assert 'url = "https://example.org/a_b"' in text
    ((key, entry),) = parse_string(text, "bibtex").entries.items()
    assert key == "duc2027"
    assert entry.type == "book"
    names = [
        (" ".join(each.last_names), " ".join(each.first_names + each.middle_names))
        for each in entry.persons["author"]
    ]
    assert names == [("Nguyễn Đức", "Văn Đô"), ("Watson", "G. S."), ("Vaswani", "A.")]
    fields = dict(entry.fields)
    assert fields["title"] == r"{100 \% chú ý \& w}"
    assert (fields["year"], fields["note"]) == ("2027", "Version 1.2")


def test_a_group_is_one_name_in_bibtex() -> None:
    text = as_bibtex(Citation((Author("Book and Company"),), 2027, "1"), "T")
    (entry,) = parse_string(text, "bibtex").entries.values()
    assert [str(each) for each in entry.persons["author"]] == ["{Book and Company}"]
    assert "url" not in entry.fields


@pytest.mark.parametrize(
    ("family", "key"),
    [("Đặng", "dang2027"), ("The authors of this book", "book2027"), ("王", "book2027")],
)
def test_a_key_is_of_plain_letters(family: str, key: str) -> None:
    assert key_of(Citation((Author(family),), 2027, "1")) == key


def test_the_box_holds_both_and_no_markup_of_theirs() -> None:
    citation = Citation((Author("A <b> & C"),), 2027, "1")
    html = box(citation, "T < U")
    assert "<p>A &lt;b&gt; &amp; C (2027). T &lt; U. Version 1.</p>" in html
    assert "title = &quot;{T &lt; U}&quot;" in html


@pytest.mark.parametrize("code", [edition.code for edition in EDITIONS])
def test_every_first_page_has_the_place(code: str) -> None:
    text = (ROOT / "chapters" / code / "index.ipynb").read_text("utf-8")
    assert len(PLACE.findall(text)) == 1


def changed(tmp_path: Path, **fields: Any) -> Path:
    """A file whose preferred citation, or what stands beside it, says something else."""
    said = {**SAID, "preferred-citation": dict(SAID["preferred-citation"])}
    for name, value in fields.items():
        (said if name in ("version", "preferred-citation") else said["preferred-citation"])[
            name
        ] = value
    file = tmp_path / "CITATION.cff"
    file.write_text(yaml.safe_dump(said), "utf-8")
    return file


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"year": "2026"}, "year must be a whole number, got '2026'"),
        ({"year": True}, "year must be a whole number, got True"),
        ({"version": 1.0}, "version must be a text, got 1.0"),
        ({"version": ""}, "version must be a text, got ''"),
        ({"url": "example.org"}, "url must begin with https:// or http://, got 'example.org'"),
        ({"url": 7}, "url must begin with https:// or http://, got 7"),
        ({"authors": []}, "authors must be a list of at least one, got []"),
        ({"authors": ["A"]}, "an author has a name, or family-names, got 'A'"),
        ({"authors": [{"given-names": "A"}]}, "an author has a name, or family-names"),
        ({"authors": [{"family-names": "A", "given-names": 3}]}, "an author has a name"),
        ({"preferred-citation": None}, "preferred-citation must hold fields, got None"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    file = changed(tmp_path, **fields)
    with pytest.raises(ValueError, match=re.escape(f"{file}: {complaint}")):
        read_citation(file)


def test_no_fields_at_all_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "CITATION.cff"
    file.write_text("- a list", "utf-8")
    with pytest.raises(ValueError, match="must hold fields, got"):
        read_citation(file)


def test_persons_and_a_group_are_read(tmp_path: Path) -> None:
    authors = [{"family-names": "Nguyễn", "given-names": "An"}, {"name": "A group"}]
    found = read_citation(changed(tmp_path, authors=authors, url="https://example.org"))
    assert found.authors == (Author("Nguyễn", "An"), Author("A group"))
    assert found.url == "https://example.org"
