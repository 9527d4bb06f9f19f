"""What the theme says on a page, and what it must not say in an edition."""

import re

from site_helpers import SAID, VIETNAMESE, english

# The theme's own English, which no page of another edition may show.
ENGLISH = [
    "search",
    "previous",
    "next",
    "contents",
    "on this page",
    "click to",
    "copy",
    "copied",
    "toggle",
    "show",
    "hide",
    "skip",
    "back to",
    "light",
    "dark",
    "color mode",
    "system settings",
    "download",
    "built with",
    "by",
    "theme",
    "permalink",
    "link to",
    "navigation",
    "menu",
    "figure",
    "table",
    "note",
    "tip",
    "hint",
    "warning",
    "main",
    "page",
    "section",
    "index",
    "error",
    "loading",
    "results?",
    "matches",
]


def foreign_to(code: str) -> re.Pattern[str]:
    """Finds what the site must not say in an edition."""
    return VIETNAMESE if code == "en" else english(ENGLISH, SAID[code].values())


# What the theme says: all text around the article, and in it the words of buttons and titles
# that no author wrote.
THEME_WORDS = """() => {
  const names = ["title", "aria-label", "placeholder", "data-tooltip", "data-toggle-hint",
                 "data-bs-title", "data-bs-original-title"];
  const around = document.body.cloneNode(true);
  around.querySelectorAll(
    "article, script, style, noscript, nav, .prev-next-title, .nw-twin, "
    + ".navbar-brand, kbd, .copyright, .component-author"
  ).forEach((node) => node.remove());
  const words = around.textContent.split("\\n").map((line) => line.trim());
  for (const node of document.body.querySelectorAll(names.map((name) => `[${name}]`).join())) {
    const authors = node.matches("svg.nw-svg, .bibtex-citation a, .nw-twin") ||
      node.closest(".katex, .nw-live");
    if (!authors) words.push(...names.map((name) => node.getAttribute(name) ?? ""));
  }
  for (const node of document.querySelectorAll(
    "article .caption-number, article details.hide > summary, article .copybtn title")) {
    words.push(node.textContent);
  }
  for (const node of document.querySelectorAll("article .admonition")) {
    if (node.classList.length === 2) words.push(node.firstElementChild.textContent);
  }
  return [...new Set(words.map((word) => word.trim()).filter(Boolean))];
}"""
