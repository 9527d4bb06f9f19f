"""Search in Vietnamese, for which Sphinx has no rules of its own."""

import unicodedata

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage, languages


def without_marks(word: str) -> str:
    """``trọng`` -> ``trong``, ``đường`` -> ``duong``."""
    letters = unicodedata.normalize("NFD", word.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


class SearchVietnamese(SearchLanguage):
    """Vietnamese syllables do not change their form, so nothing is stemmed.

    Every word is also listed without its marks: whoever types ``trong so`` finds ``trọng số``,
    and whoever types the marks finds exactly what they typed.
    """

    lang = "vi"
    language_name = "Vietnamese"
    # A query typed with combining marks is the same query.
    js_splitter_code = """
var splitQuery = (query) => query
    .normalize("NFC")
    .split(/[^\\p{Letter}\\p{Number}_]+/gu)
    .filter((term) => term);
"""

    def split(self, input: str) -> list[str]:
        words = super().split(unicodedata.normalize("NFC", input))
        return words + [plain for word in words if (plain := without_marks(word)) != word]


def setup(app: Sphinx) -> None:
    languages.setdefault(SearchVietnamese.lang, SearchVietnamese)
