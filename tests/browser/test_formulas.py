"""Formulas, as they are set when the book is built."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pages.window import reader
from playwright.sync_api import Browser
from site_helpers import PAGES, Page, html
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwbook.formulas import Formula, characters, style_sheet, typeset

every_page = pytest.mark.parametrize("page", PAGES, ids=str)

DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$([^$]+)\$(?!\$)")


def without_spaces(text: str) -> str:
    return re.sub(r"\s|>(?=\s)", "", text)


@every_page
def test_every_formula_is_set_and_has_mathml(page: Page) -> None:
    prose = re.sub(r"^\s*>", "", page.prose, flags=re.MULTILINE)
    displays = [without_spaces(tex) for tex in DISPLAY.findall(prose)]
    inlines = [without_spaces(tex) for tex in INLINE.findall(DISPLAY.sub("", prose))]
    article = html(page.path).select_one("article")
    assert article is not None
    for selector, written in (("div.math", displays), ("span.math", inlines)):
        shown = article.select(selector)
        said = [node.select("math annotation") for node in shown]
        assert all(len(each) == 1 for each in said)
        tex = [without_spaces(each[0].get_text()) for each in said]
        missing = [each for each in written if not any(each in other for other in tex)]
        assert missing == []
        assert len(tex) >= len(written)
        for node in shown:
            (eye,) = node.select(".katex-html")
            assert eye["aria-hidden"] == "true"
            assert node.select(".katex-error") == []


WORDS = "số mẫu huấn luyện ở ộ ế đ"


def test_vietnamese_words_are_whole() -> None:
    (found,) = typeset([Formula(rf"n = \text{{{WORDS}}}", display=False)]).values()
    eye = BeautifulSoup(found["html"], "html.parser").select_one(".katex-html")
    assert eye is not None
    assert WORDS in eye.get_text().replace("\xa0", " ")
    assert eye.select(".katex-accent") == []
    assert "KaTeX" not in str(
        [face for face in characters(found["html"], style_sheet([])) if "ế" in face.family]
    )


def test_vietnamese_words_take_their_height() -> None:
    """A dot below and two marks above stand clear of a fraction's line."""

    def strut(word: str) -> tuple[float, float]:
        (found,) = typeset([Formula(rf"\text{{{word}}}", display=False)]).values()
        match = re.search(
            r"katex-strut\" style=\"height:([\d.]+)em(?:;vertical-align:-([\d.]+)em)?",
            found["html"],
        )
        assert match
        return float(match[1]), float(match[2] or 0)

    plain, dotted, high = strut("o"), strut("ọ"), strut("ố")
    assert dotted[1] > plain[1]
    assert high[0] > plain[0] + 0.4


def build(folder: Path, text: str) -> Sphinx:
    (folder / "source").mkdir()
    (folder / "source" / "conf.py").write_text(
        "extensions = ['myst_parser', 'nwbook.formulas']\nmyst_enable_extensions = ['dollarmath']\n"
    )
    (folder / "source" / "index.md").write_text(text, encoding="utf-8")
    app = Sphinx(
        *(folder / name for name in ("source", "source", "out/html", "out/trees")),
        "html",
        status=None,
    )
    app.build()
    return app


def test_an_unknown_command_fails_the_build(tmp_path: Path) -> None:
    with pytest.raises(ExtensionError) as failed:
        build(tmp_path, "# Title\n\nGood: $x^2$, bad: $\\nosuch{x} + 1$\n")
    assert "index" in str(failed.value)
    assert r"\nosuch{x} + 1" in str(failed.value)
    assert "x^2" not in str(failed.value)


def test_lines_and_repeated_builds(tmp_path: Path) -> None:
    text = "# Title\n\n$$\na &= b \\\\\n&= c\n$$ (eq-lines)\n\nSee {eq}`eq-lines`.\n"
    app = build(tmp_path, text)
    page = BeautifulSoup(Path(app.outdir, "index.html").read_text("utf-8"), "html.parser")
    assert len(page.select("math mtr")) == 2
    assert page.select_one("#equation-eq-lines .eqno") is not None
    kept = json.loads(Path(app.outdir).parent.joinpath("formulas.json").read_text("utf-8"))
    assert len(kept["formulas"]) == 1


def test_a_style_sheet_has_the_letters_that_are_used_and_no_more() -> None:
    (one,) = typeset([Formula("x", display=False)]).values()
    (two,) = typeset([Formula(r"\mathcal{N}", display=False)]).values()
    small, large = style_sheet([one["html"]]), style_sheet([one["html"], two["html"]])
    assert re.findall(r'font-family:"(KaTeX_\w+)"', small) == ["KaTeX_Math"]
    assert re.findall(r'font-family:"(KaTeX_\w+)"', large) == ["KaTeX_Caligraphic", "KaTeX_Math"]


def test_a_formula_is_copied_as_tex(site: str, chromium: Browser) -> None:
    with reader(chromium, site) as window:
        window.open("en/03-nonparametric-attention.html")
        copied = window.tab.evaluate(
            """() => {
              const block = document.querySelector("#equation-eq-attn-pooling").nextElementSibling;
              getSelection().selectAllChildren(block);
              let text = null;
              const hear = ({ clipboardData }) => { text = clipboardData.getData("text/plain"); };
              document.body.addEventListener("copy", hear);
              window.addEventListener("copy", hear);
              document.execCommand("copy");
              return text;
            }"""
        )
        assert copied is not None
        assert re.search(r"\$x\$ is the query, \$\(x_i, y_i\)\$", copied), copied


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_formulas_have_the_colour_of_the_text(scheme: str, site: str, chromium: Browser) -> None:
    with reader(chromium, site, color_scheme=scheme) as window:
        window.open("vi/03-nonparametric-attention.html")
        colours: Callable[[str], str] = lambda selector: window.tab.evaluate(  # noqa: E731
            "(selector) => getComputedStyle(document.querySelector(selector)).color", selector
        )
        assert colours("article .katex-html .mord") == colours("article p")
