"""What is taken along: the site as one file, and what the first pages offer."""

import re
import zipfile
from pathlib import Path

import pytest
from site_helpers import EDITIONS

from nwbook import offers
from nwbook.archive import FOLDER, archive, pack_site
from nwbook.offers import FILES, SITE_ARCHIVE, file_name, list_of_files, size_in_words, write_offers
from nwbook.paths import ROOT

CODES = [edition.code for edition in EDITIONS]
LINK = re.compile(r'href="\.\./(files/[\w.-]+)" download>[^<]+</a> \((\d+[.,]\d) MB\)')
BEFORE = "<nw-takeaway>\n<p>nothing</p>\n</nw-takeaway>"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of few files, one of which packs well."""
    folder = tmp_path / "site"
    for code in CODES:
        (folder / code).mkdir(parents=True)
        (folder / code / "index.html").write_text(f"<h1>{code}</h1>{BEFORE}<p>end</p>", "utf-8")
    (folder / "z.css").write_text("p {}" * 1000, "utf-8")
    (folder / "a b").mkdir()
    (folder / "a b" / "chú ý.html").write_text("chú ý", "utf-8")
    return folder


def add(site: Path, code: str, kind: str, size: int) -> Path:
    file = site / FILES / file_name(code, kind)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(bytes(size))
    return file


def offered(site: Path, code: str) -> dict[str, str]:
    return dict(LINK.findall((site / code / "index.html").read_text("utf-8")))


# What is offered ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_only_what_is_there_is_offered(code: str, site: Path) -> None:
    assert list_of_files(site, code) == ""
    add(site, code, "epub", 2_340_000)
    add(site, "xx", "pdf", 10)
    mark = {"vi": ",", "en": "."}[code]
    write_offers(site, EDITIONS)
    assert offered(site, code) == {f"files/attention-{code}.epub": f"2{mark}3"}
    add(site, code, "pdf", 700_000)
    add(site, code, "zip", 10)
    write_offers(site, EDITIONS)
    assert list(offered(site, code).items()) == [
        (f"files/attention-{code}.pdf", f"0{mark}7"),
        (f"files/attention-{code}.epub", f"2{mark}3"),
        (f"files/{SITE_ARCHIVE}", f"0{mark}1"),
    ]


def test_the_notebooks_words_stay_where_nothing_is(site: Path) -> None:
    write_offers(site, EDITIONS)
    page = site / CODES[0] / "index.html"
    before = page.read_text("utf-8")
    assert BEFORE in before
    file = add(site, CODES[0], "pdf", 10)
    for _ in range(2):
        write_offers(site, EDITIONS)
        assert page.read_text("utf-8").count("<p>nothing</p>") == 1
        assert len(offered(site, CODES[0])) == 1
    file.unlink()
    write_offers(site, EDITIONS)
    assert page.read_text("utf-8") == before


@pytest.mark.parametrize("html", ["", BEFORE * 2])
def test_a_page_has_one_place_for_it(html: str, site: Path) -> None:
    page = site / CODES[-1] / "index.html"
    page.write_text(html, "utf-8")
    with pytest.raises(ValueError, match=re.escape(f"{page} must have one <nw-takeaway>")):
        write_offers(site, EDITIONS)


@pytest.mark.parametrize("code", CODES)
def test_every_first_page_has_the_place(code: str) -> None:
    text = (ROOT / "chapters" / code / "index.ipynb").read_text("utf-8")
    assert len(offers.PLACE.findall(text)) == 1
    assert "<template>" not in text


def test_sizes_are_said_in_megabytes() -> None:
    assert size_in_words(12_345_678, ",") == "12,3 MB"
    assert size_in_words(999, ".") == "0.1 MB"


# The archive --------------------------------------------------------------------------------------


def test_the_archive_holds_the_site_and_not_itself(site: Path) -> None:
    add(site, "vi", "epub", 50)
    pack_site(site, EDITIONS)
    target = site / FILES / SITE_ARCHIVE
    with zipfile.ZipFile(target) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert names == sorted(names)
        expected = [file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file()]
        assert {f"{FOLDER}/{name}" for name in expected} - set(names) == {
            f"{FOLDER}/{FILES}/{SITE_ARCHIVE}"
        }
        assert packed.read(f"{FOLDER}/a b/chú ý.html").decode() == "chú ý"
        page = packed.read(f"{FOLDER}/vi/index.html").decode()
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}
        kinds = {entry.filename: entry.compress_type for entry in packed.infolist()}
    assert dict(LINK.findall(page)).keys() == {"files/attention-vi.epub"}
    assert offered(site, "vi").keys() == {"files/attention-vi.epub", f"files/{SITE_ARCHIVE}"}
    assert kinds[f"{FOLDER}/z.css"] == zipfile.ZIP_DEFLATED
    assert kinds[f"{FOLDER}/files/attention-vi.epub"] == zipfile.ZIP_STORED
    assert target.stat().st_size < 3000, "z.css alone has 4,000 bytes"
    assert list(target.parent.glob("*.draft")) == []


def test_the_same_site_gives_the_same_archive(site: Path) -> None:
    pack_site(site, EDITIONS)
    first = (site / FILES / SITE_ARCHIVE).read_bytes()
    for file in site.rglob("*.css"):
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
        file.chmod(0o600)
    pack_site(site, EDITIONS)  # with an archive of before beside it
    assert (site / FILES / SITE_ARCHIVE).read_bytes() == first
    archive(site, site / FILES / SITE_ARCHIVE)
    assert (site / FILES / SITE_ARCHIVE).read_bytes() != first, "a page says something else"
