"""The whole site as one file for a memory stick. The same site gives the same file, bit by bit."""

import zipfile
from pathlib import Path

from nwbook.editions import Edition
from nwbook.offers import FILES, SITE_ARCHIVE, write_offers

MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that the format knows
FOLDER = "attention"  # what unpacking makes
# Nothing is gained by packing these again.
PACKED = {".epub", ".pdf", ".png", ".woff2", ".zip"}
READABLE = 0o100644 << 16  # a plain file that everybody may read


def add_file(packed: zipfile.ZipFile, name: str, content: bytes, *, small: bool) -> None:
    """Add a file under a name, without the moment and the rights that it has on this machine."""
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.create_system = 3  # where rights are told as READABLE tells them
    entry.external_attr = READABLE
    entry.compress_type = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED
    packed.writestr(entry, content, compresslevel=9)


def archive(site: Path, target: Path) -> None:
    """Pack all files of a site but the archive itself, in the order of their names."""
    names = sorted(
        file.relative_to(site).as_posix()
        for file in site.rglob("*")
        if file.is_file() and file != target
    )
    target.parent.mkdir(exist_ok=True)
    draft = target.with_suffix(".draft")
    with zipfile.ZipFile(draft, "w") as packed:
        for name in names:
            small = Path(name).suffix not in PACKED
            add_file(packed, f"{FOLDER}/{name}", (site / name).read_bytes(), small=small)
    draft.replace(target)


def pack_site(site: Path, editions: list[Edition]) -> None:
    """Offer on the first pages all files that are there, and the archive of the site with them.

    In the archive the pages offer the other files alone: there the archive is not.
    """
    target = site / FILES / SITE_ARCHIVE
    target.unlink(missing_ok=True)
    write_offers(site, editions)
    archive(site, target)
    write_offers(site, editions)
