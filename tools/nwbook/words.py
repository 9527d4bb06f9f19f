"""The theme's words in the edition's language, where the theme itself leaves them in English.

``locale/<language>/<catalogue>.po`` holds ours. They go in front of the catalogues of Sphinx and
its themes, which stay in use for everything ours does not say.
"""

import gettext
import json
from io import BytesIO
from pathlib import Path

import sphinx
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import get_translation, translators

LOCALE = Path(__file__).parent / "locale"

# Said by scripts that know no Vietnamese; nwbook.delivery hands them these.
SCRIPT_WORDS = ["Copy", "Copy to clipboard", "Copied!", "Failed to copy", "Show or hide"]


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def install_words(app: Sphinx) -> None:
    """Put our translations in front of the ones already loaded."""
    for path in sorted((LOCALE / app.config.language).glob("*.po")):
        compiled = BytesIO()
        write_mo(compiled, _catalogue(path))
        compiled.seek(0)
        ours = gettext.GNUTranslations(compiled)
        key = ("general", path.stem)
        ours.add_fallback(translators.get(key, gettext.NullTranslations()))
        translators[key] = ours
    app.translator = translators["general", "sphinx"]


def write_script_catalogue(app: Sphinx, config: Config) -> None:
    """Give Sphinx's scripts (the search) the same words: theirs, with ours on top."""
    path = LOCALE / config.language / "sphinx.po"
    if not path.is_file():
        return
    theirs = Path(sphinx.package_dir, "locale", config.language, "LC_MESSAGES", "sphinx.js")
    call = "Documentation.addTranslations("
    catalogue = json.loads(
        theirs.read_text(encoding="utf-8").strip().removeprefix(call).removesuffix(");")
    )
    catalogue["messages"].update(
        {message.id: message.string for message in _catalogue(path) if message.id}
    )
    locale = Path(app.outdir).parent / "locale"
    file = locale / config.language / "LC_MESSAGES" / "sphinx.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{call}{json.dumps(catalogue)});", encoding="utf-8")
    config.locale_dirs = [str(locale)]


def script_words() -> dict[str, str]:
    translate = get_translation("nwbook")
    return {word: str(translate(word)) for word in SCRIPT_WORDS}


def add_translator(
    _app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object
) -> None:
    context["say"] = get_translation("nwbook")


def setup(app: Sphinx) -> None:
    install_words(app)
    app.connect("config-inited", write_script_catalogue)
    app.connect("html-page-context", add_translator)
