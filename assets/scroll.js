// What is wider than its place scrolls sideways: then the keyboard must be able to reach it.
"use strict";

const NW_WIDE = ".bd-article :is(.nw-formula, pre, .cell_output)";

const nwReach = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const target = /** @type {HTMLElement} */ (entry.target);
    const scrolls = getComputedStyle(target).overflowX === "auto";
    if (scrolls && target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

for (const node of document.querySelectorAll(NW_WIDE)) nwReach.observe(node);
