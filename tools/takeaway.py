"""Print every edition of the built site into a PDF and offer it on the first pages.

    python tools/takeaway.py

`make book` makes all other files to take along; this one needs a browser, so that it stands apart.
"""

import argparse
import sys
from pathlib import Path

import browser as finder
from playwright.sync_api import Browser, sync_playwright

from nwbook.archive import pack_site
from nwbook.carrying import paper_of
from nwbook.editions import Edition, load_editions
from nwbook.offers import FILES, file_name
from nwbook.paths import ROOT


def print_paper(browser: Browser, page: Path, target: Path) -> None:
    """Print a page of this machine, with bookmarks of its headings and tags with text alternatives.

    Raises RuntimeError where something that the page asks for is not there.
    """
    tab = browser.new_page(color_scheme="light", java_script_enabled=False)
    lost: list[str] = []
    tab.on("requestfailed", lambda request: lost.append(request.url))
    tab.goto(page.as_uri())
    if lost:
        raise RuntimeError(f"{page} asks for what is not there: {', '.join(lost)}")
    target.parent.mkdir(exist_ok=True)
    tab.pdf(
        path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True
    )
    tab.close()


def print_edition(
    browser: Browser, root: Path, edition: Edition, main: Edition, target: Path
) -> None:
    """Print one edition of the built site."""
    work = root / "_build" / "paper"
    work.mkdir(exist_ok=True)
    page = work / f"{edition.code}.html"
    page.write_text(paper_of(root, root / "_build" / "site", edition, main), "utf-8")
    print_paper(browser, page, target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    root = parser.parse_args().root.resolve()
    site = root / "_build" / "site"
    if not (site / "index.html").is_file():
        sys.exit("There is no site yet: run `make book` first.")
    editions = load_editions(root / "editions.yml")
    with sync_playwright() as playwright:
        path = finder.find(playwright)
        if path is None:
            sys.exit("There is no Chromium here: run `python tools/browser.py`.")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for edition in editions:
            target = site / FILES / file_name(edition.code, "pdf")
            print_edition(browser, root, edition, editions[0], target)
            print(f"{edition.name}: {target}")
        browser.close()
    pack_site(site, editions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
