/**
 * An explorer presented: alone on the screen, in large type, worked by keys.
 *
 * It stays where it is in the document. What is around it is inert meanwhile.
 */
import { make } from "../shell/dom.js";
import { hasOwnKeys } from "../shell/play.js";
import { fill } from "../shell/text.js";

let count = 0;

/**
 * @param {object} parts
 * @param {HTMLElement} parts.box the explorer with its controls
 * @param {string} parts.title
 * @param {import("../types.js").Words} parts.words
 * @returns {() => void} what ends it
 */
export function present({ box, title, words }) {
  const closing = new AbortController();
  const came = /** @type {HTMLElement|null} */ (document.activeElement);
  const sliders = () => [.../** @type {NodeListOf<HTMLElement>} */ (handlesIn(box))];
  const play = () => /** @type {HTMLButtonElement|null} */ (box.querySelector(".nw-play"));
  const id = `nw-keys-${++count}`;
  const line = make("p", { id, class: "nw-keys" }, keysLine(words, sliders().length, !!play()));
  const quiet = around(box);
  for (const node of quiet) node.inert = true;

  box.append(line);
  box.classList.add("nw-presented");
  const said = {
    role: "dialog",
    "aria-modal": "true",
    "aria-label": title,
    "aria-describedby": id,
  };
  for (const [name, value] of Object.entries(said)) box.setAttribute(name, value);
  const raised = raise(box);
  (sliders()[0] ?? box.querySelector(".nw-stage")).focus({ preventScroll: true });

  function press(/** @type {KeyboardEvent} */ event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const slider = /^[1-9]$/.test(event.key) && sliders()[Number(event.key) - 1];
    const plays = event.key === " " && play();
    if ((!slider && !plays) || hasOwnKeys(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // JupyterLab makes headings by such keys
    if (slider) slider.focus();
    else if (plays && !event.repeat) plays.click();
  }
  addEventListener("keydown", press, { signal: closing.signal, capture: true });

  return () => {
    closing.abort();
    if (raised) box.hidePopover();
    for (const name of ["popover", ...Object.keys(said)]) box.removeAttribute(name);
    box.classList.remove("nw-presented");
    line.remove();
    for (const node of quiet) node.inert = false;
    came?.focus({ preventScroll: true });
  };
}

/** @param {HTMLElement} box */
const handlesIn = (box) => box.querySelectorAll(".noUi-handle[tabindex='0']");

/**
 * Everything that is not in a box, nor around it, and is not inert already.
 *
 * @param {HTMLElement} box
 */
function around(box) {
  /** @type {HTMLElement[]} */
  const found = [];
  for (let node = box; node.parentElement && node !== document.body; node = node.parentElement) {
    for (const other of node.parentElement.children) {
      if (other !== node && other instanceof HTMLElement && !other.inert) found.push(other);
    }
  }
  return found;
}

/**
 * Put a box over all others, whatever its place would cut off; not needed where it fills the screen.
 *
 * @param {HTMLElement} box
 */
function raise(box) {
  if (document.fullscreenElement === box || !box.showPopover) return false;
  box.setAttribute("popover", "manual");
  box.showPopover();
  return true;
}

/**
 * What keys do.
 *
 * @param {import("../types.js").Words} words
 * @param {number} n sliders
 * @param {boolean} plays
 */
function keysLine(words, n, plays) {
  const keys = n > 1 ? `1–${Math.min(9, n)}` : "1";
  const parts = [
    ...(n ? [fill(words.present_slider, { keys }), words.present_arrows] : []),
    ...(plays ? [words.present_play] : []),
    words.present_escape,
  ];
  return parts.join(" · ");
}
