"""The words of the site in the edition's language, from ``locale/<language>/LC_MESSAGES/*.po``.

``nwbook.po`` holds the book's own words, in every language; ``sphinx.po`` and ``booktheme.po`` what
Sphinx and its theme leave in English or say badly. The configuration's ``locale_dirs`` leads here,
and this extension stands before the theme's, so that our words come before theirs.
"""

import gettext
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sphinx
import sphinx_book_theme
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import get_translation, get_translator
from sphinx.util import logging
from sphinx.util.i18n import CatalogRepository

LOCALE = Path(__file__).parent / "locale"
OWN = "nwbook"
# The catalogues of others, and where they come from.
OTHERS = {
    "sphinx": Path(sphinx.package_dir, "locale"),
    "booktheme": Path(sphinx_book_theme.__file__).parent / "theme/sphinx_book_theme/static/locales",
}
# The language of the messages' own names, ours as everybody's: there nothing needs translating.
WRITTEN_IN = "en"
PLACEHOLDER = re.compile(r"\$\{\w+\}|%\(\w+\)s|%s")

_ = get_translation(OWN)
logger = logging.getLogger(__name__)


def catalogue_file(language: str, name: str, locale: Path = LOCALE) -> Path:
    return locale / language / "LC_MESSAGES" / f"{name}.po"


def read_catalogue(file: Path) -> dict[str, str]:
    """The translated messages of a file; unfinished ones (empty or fuzzy) do not count.

    Nor do those with plural forms: no text of the site counts anything.
    """
    with file.open("rb") as opened:
        catalogue: Catalog = read_po(opened)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and isinstance(message.string, str)
        if message.id and message.string and not message.fuzzy
    }


def faults(language: str, reference: str, locale: Path = LOCALE) -> list[str]:
    """Say, a line each, what a language's files lack beside those of the reference language."""
    file = catalogue_file(language, OWN, locale)
    if not file.is_file():
        return [f"{file} is missing"]
    ours = read_catalogue(file)
    theirs = read_catalogue(catalogue_file(reference, OWN, locale))
    found = [f"{file}: {message!r} is not translated" for message in theirs if message not in ours]
    found += [f"{file}: unknown message {message!r}" for message in ours if message not in theirs]
    for name, folder in OTHERS.items():
        translate = gettext.translation(name, folder, [language], fallback=True).gettext
        found += left_in_english(language, name, translate, locale)
    for each in sorted(file.parent.glob("*.po")):
        found += [
            f"{each}: {message!r} must keep its placeholders, got {said!r}"
            for message, said in read_catalogue(each).items()
            if set(PLACEHOLDER.findall(message)) != set(PLACEHOLDER.findall(said))
        ]
    return found


def left_in_english(
    language: str, name: str, translate: Callable[[str], str], locale: Path = LOCALE
) -> list[str]:
    """Say, a line each, what another's catalogue leaves in English.

    Of the messages that some edition translates, those which neither the language's own file nor
    `translate` do.
    """
    if language == WRITTEN_IN:
        return []
    own = catalogue_file(language, name, locale)
    ours = read_catalogue(own) if own.is_file() else {}
    messages = {
        message: None
        for file in sorted(locale.glob(f"*/LC_MESSAGES/{name}.po"))
        for message in read_catalogue(file)
    }
    return [
        f"{own}: {message!r} is not translated"
        for message in messages
        if message not in ours and translate(message) == message
    ]


def load_catalogues(app: Sphinx) -> None:
    """Compile our catalogues and load those that Sphinx has not loaded itself."""
    config = app.config
    repository = CatalogRepository(
        app.srcdir, config.locale_dirs, config.language, config.source_encoding
    )
    for catalogue in repository.catalogs:
        if catalogue.is_outdated():
            catalogue.write_mo(config.language)
        if catalogue.domain != "sphinx":
            app.add_message_catalog(catalogue.domain, str(Path(catalogue.base_dir).parents[1]))


def set_words(_app: Sphinx, config: Config) -> None:
    """Say in the edition's language what extensions take from the configuration."""
    config.numfig_format = {
        "figure": _("Figure %s"),
        "table": _("Table %s"),
        "code-block": _("Listing %s"),
        "section": _("Section %s"),
    }
    config.nb_code_prompt_show = _("Show the code")
    config.nb_code_prompt_hide = _("Hide the code")
    config.togglebutton_hint = _("Click to open")
    config.togglebutton_hint_hide = _("Click to close")
    config.html_theme_options["search_bar_text"] = _("Search this book…")
    config.html_theme_options["toc_title"] = _("On this page")
    config.html_theme_options["logo"]["text"] = config.html_title


def write_script_catalogue(app: Sphinx, config: Config) -> None:
    """Give scripts, ours and Sphinx's, the same words: theirs, with ours on top."""
    theirs = Path(sphinx.package_dir, "locale", config.language, "LC_MESSAGES", "sphinx.js")
    call = "Documentation.addTranslations("
    catalogue: dict[str, Any] = {"locale": config.language, "plural_expr": "0", "messages": {}}
    if theirs.is_file():
        text = theirs.read_text(encoding="utf-8").strip()
        catalogue = json.loads(text.removeprefix(call).removesuffix(");"))
    for name in ("sphinx", OWN):
        file = catalogue_file(config.language, name)
        if file.is_file():
            catalogue["messages"].update(read_catalogue(file))
    locale = Path(app.outdir).parent / "locale"
    written = locale / config.language / "LC_MESSAGES" / "sphinx.js"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(f"{call}{json.dumps(catalogue)});", encoding="utf-8")
    config.locale_dirs = [*config.locale_dirs, str(locale)]


def script_words() -> dict[str, str]:
    """What scripts of others say, in the edition's language; nwbook.delivery hands them these."""
    said = (
        *(_("Copy"), _("Copy to clipboard"), _("Copied!"), _("Failed to copy")),
        _("Show or hide"),
    )
    names = ("copy", "copy_to_clipboard", "copy_success", "copy_failure", "toggle")
    return dict(zip(names, map(str, said), strict=True))


def warn_of_english(app: Sphinx) -> None:
    """Warn of messages that some edition translates and that this one would show in English."""
    for name in OTHERS:
        translate = get_translator(name).gettext
        for line in left_in_english(app.config.language, name, translate):
            logger.warning("%s", line)


def add_translator(
    _app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object
) -> None:
    context["say"] = _


def setup(app: Sphinx) -> dict[str, bool]:
    load_catalogues(app)
    app.connect("config-inited", set_words, priority=100)  # before extensions read their settings
    app.connect("config-inited", write_script_catalogue)
    app.connect("builder-inited", warn_of_english)
    app.connect("html-page-context", add_translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
