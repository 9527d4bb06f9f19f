"""Build every edition of the book into one static site, ``_build/site``.

    python tools/build_book.py

The site is put in place only when every edition was built without an error or a warning; until
then the previous one stays as it was.
"""

import argparse
import copy
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bundle_explorers
import yaml

from nwbook.archive import pack_site
from nwbook.carrying import address_of, write_epubs
from nwbook.editions import Edition, load_editions
from nwbook.landing import write_landing
from nwbook.paths import ROOT
from nwbook.shared import shared_edition, shared_pages
from nwbook.vendor import bundle_scripts, check_installed, copy_vendor

LOG_TAIL = 60


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` laid over it, dictionary by dictionary."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def edition_config(root: Path, edition: Edition, main: Edition) -> dict[str, Any]:
    """``_config.yml`` for a build whose source folder is ``chapters/<edition>``."""
    config = merged(yaml.safe_load((root / "_config.yml").read_text("utf-8")), edition.config)
    # Paths in the configuration are taken from the source folder, which is not the root here.
    config["logo"] = str(root / config["logo"])
    config["html"]["favicon"] = str(root / config["html"]["favicon"])
    config["bibtex_bibfiles"] = [str(root / file) for file in config["bibtex_bibfiles"]]
    local = config["sphinx"]["local_extensions"]
    config["sphinx"]["local_extensions"] = {name: str(root / local[name]) for name in local}
    settings = config["sphinx"]["config"]
    settings["locale_dirs"] = [str(root / folder) for folder in settings["locale_dirs"]]
    settings["language"] = settings["nwbook_edition"] = edition.code
    config["html"]["baseurl"] = address_of(config, edition)
    config["repository"]["path_to_book"] = f"chapters/{edition.code}"
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    settings["nwbook_shared_pages"] = shared_pages(toc, main)
    return config


def edition_toc(root: Path, edition: Edition, main: Edition) -> dict[str, Any]:
    """``_toc.yml``, which names the files of the main edition, from inside an edition's folder.

    An entry from another edition's folder is a page for all of them: that edition alone builds it,
    under the page's own title.
    """

    def inside(entry: Any) -> Any:
        if isinstance(entry, dict):
            shared = shared_edition(entry, main)
            kept = {key: value for key, value in entry.items() if not (shared and key == "title")}
            return {key: inside(value) for key, value in kept.items()}
        if isinstance(entry, list):
            here = (each for each in entry if shared_edition(each, main) in ("", edition.code))
            return [inside(each) for each in here]
        if not isinstance(entry, str):
            return entry
        return entry.removeprefix(f"chapters/{main.code}/").removeprefix(
            f"chapters/{edition.code}/"
        )

    toc: dict[str, Any] = inside(yaml.safe_load((root / "_toc.yml").read_text("utf-8")))
    captioned = [part for part in toc.get("parts", []) if "caption" in part]
    if edition != main:
        if len(edition.parts) != len(captioned):
            wanted = ", ".join(part["caption"] for part in captioned)
            raise ValueError(
                f"editions.yml must give {edition.code} its captions of {wanted}, as parts, got "
                f"{edition.parts}"
            )
        for part, caption in zip(captioned, edition.parts, strict=True):
            part["caption"] = caption
    return toc


def build_edition(root: Path, work: Path, edition: Edition, main: Edition) -> Path | None:
    """Build one edition under ``work``; its HTML folder, or None with the log's tail shown."""
    folder = work / edition.code
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in [
        ("_config.yml", edition_config(root, edition, main)),
        ("_toc.yml", edition_toc(root, edition, main)),
    ]:
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")

    # Pages are written anew each time, so that none stays whose notebook is gone. The parsed
    # sources and the executed notebooks, which take the time, are kept beside.
    html = folder / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    log = folder / "build.log"
    command = [
        *(sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build"),
        f"{root / 'chapters' / edition.code}",
        *("--path-output", f"{folder}"),
        *("--config", f"{folder / '_config.yml'}", "--toc", f"{folder / '_toc.yml'}"),
        *("--warningiserror", "--keep-going", "--nitpick"),
    ]
    with log.open("w", encoding="utf-8") as output:
        built = subprocess.run(command, cwd=root, stdout=output, stderr=subprocess.STDOUT)
    if built.returncode == 0:
        return html
    # Parsed sources that were kept would not be warned about again: the next build parses anew.
    shutil.rmtree(folder / "_build" / ".doctrees", ignore_errors=True)
    lines = log.read_text(encoding="utf-8").splitlines()
    print(f"--- {edition.name}: the build failed; the end of {log}:", *lines[-LOG_TAIL:], sep="\n")
    causes = [line for line in lines if "WARNING:" in line or "ERROR:" in line]
    print(f"--- {edition.name}: warnings and errors in it:", *causes, sep="\n")
    return None


def assemble(root: Path, build: Path, editions: list[Edition], pages: list[Path]) -> Path:
    """Put the built editions, the shared files and the landing page together, then swap."""
    fresh, site, old = build / "site.new", build / "site", build / "site.old"
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    for edition, html in zip(editions, pages, strict=True):
        shutil.copytree(html, fresh / edition.code, ignore=shutil.ignore_patterns(".buildinfo"))
    copy_vendor(fresh)
    write_landing(root, fresh, editions)
    write_epubs(root, fresh, editions)
    pack_site(fresh, editions)
    if site.exists():
        site.rename(old)
    fresh.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    return site


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    root = parser.parse_args().root.resolve()

    check_installed()
    bundle_scripts()
    bundle_explorers.bundle()
    editions = load_editions(root / "editions.yml")
    work = root / "_build" / "editions"
    with ThreadPoolExecutor() as pool:
        built = list(
            pool.map(lambda edition: build_edition(root, work, edition, editions[0]), editions)
        )
    pages = [html for html in built if html is not None]
    if len(pages) < len(editions):
        print("The site was not touched.")
        return 1
    print(f"The book is in {assemble(root, root / '_build', editions, pages)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
