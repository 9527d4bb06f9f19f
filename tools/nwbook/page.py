"""What every page gets: the book's own style sheet, scripts and header."""

from pathlib import Path
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.config import Config

from nwbook.paths import ASSETS


def add_own_files(app: Sphinx, config: Config) -> None:
    exercises = ("progress.js", "check.js", "hints.js")
    reading = ("edition.js", "scroll.js", "print.js", "copy.js")
    styles = ("book.css", "slides.css")
    scripts = (*reading, *exercises, "cells.js", "slides.js")
    config.html_static_path += [str(ASSETS / name) for name in (*styles, *scripts)]
    config.templates_path.insert(0, str(Path(__file__).parent / "templates"))
    for style in styles:
        app.add_css_file(style, priority=900)
    for script in scripts:
        app.add_js_file(script, priority=900)


def offer_source(app: Sphinx, config: Config) -> None:
    """Show the source, edit, issue and launch buttons where an address of the source is known."""
    options = config.html_theme_options
    known = bool(options.get("repository_url"))
    for button in ("use_repository_button", "use_edit_page_button", "use_issues_button"):
        options[button] = known
    if not known:
        options.pop("launch_buttons", None)


def name_notebook(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: document | None,
) -> None:
    """Name the notebook for the download button."""
    has_notebook = doctree is not None and context.get("page_source_suffix") == ".ipynb"
    context["notebook"] = f"_sources/{context['sourcename']}" if has_notebook else None


def offer_slides(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: document | None,
) -> None:
    """Offer slides (assets/slides.js) of the chapters, which are the pages that have a number."""
    context["slides"] = bool(app.env.toc_secnumbers.get(pagename))


def setup(app: Sphinx) -> None:
    app.connect("config-inited", add_own_files)
    app.connect("config-inited", offer_source)
    app.connect("html-page-context", name_notebook)
    app.connect("html-page-context", offer_slides)
