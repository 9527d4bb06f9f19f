// A formula that is copied in whole is copied as the TeX that it was written in.
"use strict";

addEventListener("copy", (event) => {
  const selection = getSelection();
  const inField = event.target instanceof Element && event.target.closest("input, textarea");
  if (!selection || selection.isCollapsed || !event.clipboardData || inField) return;
  const taken = selection.getRangeAt(0).cloneContents();
  const formulas = taken.querySelectorAll(".katex");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const tex = formula.querySelector("annotation")?.textContent ?? formula.textContent;
    const sign = formula.closest(".katex-display") ? "$$" : "$";
    formula.replaceWith(sign + tex + sign);
  }
  // Blocks stand on lines of their own.
  for (const block of taken.querySelectorAll("p, div, li, h1, h2, h3, h4")) block.append("\n");
  event.clipboardData.setData(
    "text/plain",
    taken.textContent.replace(/\n\s*\n\s*/g, "\n\n").trim(),
  );
  event.preventDefault();
});
