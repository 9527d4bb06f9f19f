/** Escape ends what was opened last in an explorer; nothing else hears of it then. */
import { boxOf } from "./dom.js";

/**
 * @param {HTMLElement} el the explorer's own
 * @param {(() => void)|undefined} release what Escape does in the explorer while nothing is open
 * @param {AbortSignal} signal
 */
export function createEscape(el, release, signal) {
  /** @type {Array<() => void>} */
  const open = [];

  function press(/** @type {KeyboardEvent} */ event) {
    if (event.key !== "Escape") return;
    const end = open[open.length - 1];
    if (end) {
      event.preventDefault();
      event.stopImmediatePropagation();
      end();
    } else if (event.target instanceof Node && boxOf(el).contains(event.target)) {
      release?.();
    }
  }
  // Before JupyterLab, which leaves the cell.
  addEventListener("keydown", press, { signal, capture: true });

  return {
    open: (/** @type {() => void} */ end) => open.push(end),
    closed(/** @type {() => void} */ end) {
      const place = open.indexOf(end);
      if (place >= 0) open.splice(place, 1);
    },
  };
}
