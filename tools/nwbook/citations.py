"""Citations by author and year, joined in the edition's language: "A và B (1964)"."""

from typing import Any

from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle, PersonStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

_ = get_translation("nwbook")


class BookReferenceStyle(AuthorYearReferenceStyle):
    """Made by the plugin system without arguments, when the language is known."""

    def __init__(self) -> None:
        conjunction = " " + _("and") + " "  # not in an f-string, where gettext's tools see nothing
        round_brackets = BracketStyle(left="(", right=")")
        super().__init__(
            bracket_textual=round_brackets,
            bracket_parenthetical=round_brackets,
            person=PersonStyle(sep2=conjunction, last_sep=conjunction, other=" " + _("et al.")),
        )


def list_items(
    _app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Call the entries of the bibliography's list what they are: Docutils' role is deprecated."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", list_items)
    register_plugin("sphinxcontrib.bibtex.style.referencing", "nwbook", BookReferenceStyle)
