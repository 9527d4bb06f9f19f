// What is wider than its place scrolls sideways: then the keyboard must be able to reach it.
"use strict";

const nwWide = /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll(".bd-article :is(.nw-formula, pre, .cell_output)")
);

function nwReachAll() {
  for (const node of nwWide) {
    const scrolls = getComputedStyle(node).overflowX === "auto";
    if (scrolls && node.scrollWidth > node.clientWidth) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  }
}

// A place may stay as wide as it was while what is in it grows: its parts are watched, too, and
// letters that arrive late.
const nwReach = new ResizeObserver(nwReachAll);
for (const node of nwWide) for (const each of [node, ...node.children]) nwReach.observe(each);
document.fonts.addEventListener("loadingdone", nwReachAll);
