"""SVG pictures become part of the page, so that their colours follow the reader's theme.

An SVG in an ``<img>`` is a document of its own: the page's CSS variables do not reach it, and a
picture drawn in dark ink disappears on a dark page. Inlined, ``fill: var(--nw-ink)`` just works.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)

# Wider than this, in its own units, a picture is not shrunk to the width of a phone.
WIDE = 600

PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
REFERENCE = re.compile(r"#([\w.:-]+)")


def _pixels(length: str) -> float | None:
    """An SVG length in CSS pixels; None for a percentage or none at all."""
    match = re.fullmatch(r"\s*([\d.]+)\s*([a-z]*)\s*", length)
    return float(match[1]) * PIXELS[match[2]] if match and match[2] in PIXELS else None


def own_label(root: ElementTree.Element) -> str:
    """The accessible name that the picture brings along."""
    return root.get("aria-label") or root.findtext(f"{{{SVG}}}title") or ""


def inline_svg(source: str, prefix: str, label: str, width: str = "") -> str:
    """HTML for one picture.

    ``prefix`` keeps the ids and styles of several pictures on one page apart; ``label`` is the
    accessible name (empty: the picture's own); ``width`` is a CSS length that overrides its size.
    """
    root = ElementTree.fromstring(source)
    label = " ".join((label or own_label(root)).split())

    # Said by aria-label; a <title> would also pop up as a tooltip.
    root.attrib.pop("aria-labelledby", None)
    for tag in ("title", "desc", "metadata"):
        for child in root.findall(f"{{{SVG}}}{tag}"):
            root.remove(child)

    ids = {element.get("id") for element in root.iter() if element.get("id")}

    def renamed(text: str) -> str:
        return REFERENCE.sub(lambda m: f"#{prefix}{m[1]}" if m[1] in ids else m[0], text)

    for element in root.iter():
        for name, value in element.attrib.items():
            element.set(name, f"{prefix}{value}" if name == "id" else renamed(value))
        if element.tag == f"{{{SVG}}}style" and element.text:
            # Nested under the picture: Matplotlib's `* {…}` would otherwise style the whole page.
            element.text = f"#{prefix}svg {{ {renamed(element.text)} }}"

    size = {name: _pixels(root.get(name, "")) for name in ("width", "height")}
    if "viewBox" not in root.attrib and size["width"] and size["height"]:
        root.set("viewBox", f"0 0 {size['width']:g} {size['height']:g}")
    for name, pixels in size.items():
        if pixels:
            root.set(name, f"{pixels:.0f}")
        else:
            root.attrib.pop(name, None)
    if width:
        root.set("style", f"width: {width}; {root.get('style', '')}")

    drawn_width = float(root.get("viewBox", "0 0 0 0").split()[2])
    if drawn_width > WIDE:
        root.set("data-wide", "")
    root.set("id", f"{prefix}svg")
    root.set("class", f"nw-svg {root.get('class', '')}".strip())
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


class InlineSvg(SphinxPostTransform):
    """Replace every local SVG image, from a figure or a cell's output, by the picture itself."""

    default_priority = 5
    formats = ("html",)

    def run(self, **_kwargs: object) -> None:
        images = [
            node
            for node in self.document.findall(nodes.image)
            if node["uri"].endswith(".svg") and "://" not in node["uri"]
        ]
        for number, node in enumerate(images, start=1):
            source = Path(self.app.srcdir, node["uri"]).read_text(encoding="utf-8")
            label = node.get("alt", "")
            if not label and not own_label(ElementTree.fromstring(source)):
                logger.warning(
                    "picture %s has no alternative text", node["uri"], location=node, type="nwbook"
                )
            html = inline_svg(source, f"nw{number}-", label, node.get("width", ""))
            reach = ' tabindex="0"' if " data-wide=" in html else ""
            frame = f'<div class="nw-picture"{reach}>{html}</div>'
            inlined = nodes.raw("", frame, format="html")
            node.replace_self(inlined)


def setup(app: Sphinx) -> None:
    app.add_post_transform(InlineSvg)
