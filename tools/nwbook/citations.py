"""Citations by author and year, and the bibliography, in the edition's words: "A và B (1964)"."""

from typing import Any

from pybtex.database import Entry
from pybtex.plugin import register_plugin as register_pybtex_plugin
from pybtex.richtext import Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting.plain import Style
from pybtex.style.template import Node, names, sentence
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


# What a bibliography says between what an entry says itself.
WORDS = {
    str(word): word
    for word in (
        *(_("In"), _("in"), _("of"), _("editor"), _("editors"), _("edition"), _("chapter")),
        *(_("pages"), _("volume"), _("Volume")),
    )
}


def in_our_words(template: Any) -> Any:
    """A template with its own words, which are strings in it, in the edition's language."""
    if not isinstance(template, Node):
        known = isinstance(template, str) and template in WORDS
        return str(WORDS[template]) if known else template
    ours = template()
    ours.children = [in_our_words(child) for child in template.children]
    return ours


class BookStyle(Style):  # type: ignore[misc]
    """Entries as in BibTeX's `plain`; made by the plugin system, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        one_name: Any = self.format_name
        # `and others` in a BibTeX entry is a person of that name.
        self.format_name: Any = lambda person, abbr=False: (
            Text(str(_("others"))) if str(person) == "others" else one_name(person, abbr)
        )

    def format_names(self, role: str, as_sentence: bool = True) -> Node:
        joined = names(role, sep=", ", sep2=f" {_('and')} ", last_sep=str(_(", and ")))
        return sentence[joined] if as_sentence else joined

    def format_entry(self, label: str, entry: Entry, bib_data: Any = None) -> FormattedEntry:
        template = in_our_words(getattr(self, f"get_{entry.type}_template")(entry))
        context = {"entry": entry, "style": self, "bib_data": bib_data}
        return FormattedEntry(entry.key, template.format_data(context), label)


def list_items(
    _app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Call the entries of the bibliography's list what they are: Docutils' role is deprecated."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", list_items)
    register_pybtex_plugin("pybtex.style.formatting", "nwbook", BookStyle)
    register_plugin("sphinxcontrib.bibtex.style.referencing", "nwbook", BookReferenceStyle)
