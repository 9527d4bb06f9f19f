"""What axe finds on an open page, or in a part of it."""

from typing import Any

from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab
from site_helpers import ROOT

from pages.window import frames_pass

AXE = (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

# Every explorer has said what it shows, and with it all that is written when the hand rests.
DESCRIBED = (
    "() => [...document.querySelectorAll('.nw-live canvas')].every((node) => node.ariaLabel)"
)

# Rules as they come, best practices included. A page that the theme has just changed fades for a
# moment, and colours in between count for nothing. Fading is ended and not waited for: within what
# is folded away, it never ends by itself.
RUN_AXE = """async ([within, whole, options]) => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, ::before, ::after { transition: none !important }");
  document.adoptedStyleSheets = [still];
  const { violations, passes } = await axe.run(
    { include: within ?? document, exclude: whole ? [] : [".katex-html"] },
    { resultTypes: ["violations"], ...options },
  );
  document.adoptedStyleSheets = [];
  return {
    passed: passes.length,
    violations: violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, target, failureSummary }) =>
        `${id}: ${target} ${html.slice(0, 200)} | ${failureSummary.replace(/\\s+/g, " ")}`)),
  };
}"""


# The theme lets the keyboard reach a table that scrolls, a moment after the page was made narrower.
TABLES_ARE_REACHED = """() => [...document.querySelectorAll(".pst-scrollable-table-container")]
  .every((node) => node.tabIndex === 0 || node.scrollWidth <= node.clientWidth)"""


# What axe is asked: all of its rules, all but that of colours, or those whose answer the look of a
# page can change.
EVERYTHING: dict[str, Any] = {}
BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
OF_LOOKS = {"runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]}


def violations(
    tab: Tab,
    options: dict[str, Any] = EVERYTHING,
    *,
    within: Locator | None = None,
    formulas: bool = True,
) -> set[str]:
    """What axe finds, `within` parts of the page where those alone are others than at first.

    A formula as it is seen, which speech leaves out, has hundreds of parts.
    """
    if not tab.evaluate("() => Boolean(window.axe)"):
        tab.evaluate(f"() => {{ {AXE} }}")
    frames_pass(tab, 3)  # what was made narrower has seen it by then
    tab.wait_for_function(TABLES_ARE_REACHED)
    parts = within and within.element_handles()
    report = tab.evaluate(RUN_AXE, [parts, formulas, options])
    assert report["passed"] >= (1 if "runOnly" in options else 10), (
        "axe has looked at almost nothing"
    )
    return set(report["violations"])
