// What is wider than its place scrolls sideways: then the keyboard must be able to reach it.
"use strict";

const NW_WIDE =
  ".bd-article :is(.nw-formula, pre, .cell_output, .cell_output > .output, .pst-scrollable-table-container)";

/** @param {HTMLElement} place */
function nwLetReach(place) {
  const scrolls = getComputedStyle(place).overflowX === "auto";
  if (scrolls && place.scrollWidth > place.clientWidth) place.tabIndex = 0;
  else place.removeAttribute("tabindex");
}

const nwPlaces = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(NW_WIDE));

// A place is too narrow when it is made so, or when what stands in it has grown: letters that come
// later than the text are wider.
const nwReach = new ResizeObserver((entries) => {
  const changed = entries.map(({ target }) => target.closest(NW_WIDE));
  for (const place of new Set(changed)) if (place instanceof HTMLElement) nwLetReach(place);
});
for (const place of nwPlaces) {
  nwReach.observe(place);
  for (const part of place.children) nwReach.observe(part);
}
document.fonts.addEventListener("loadingdone", () => nwPlaces.forEach(nwLetReach));
