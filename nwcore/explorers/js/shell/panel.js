/** The panel of a guided tour: which step, its text, and the buttons that lead on. */
import { make, setDisabled, write } from "./dom.js";
import { makeButton } from "./parts.js";
import { fill } from "./text.js";

/**
 * @param {import("../types.js").Words} words
 * @param {HTMLElement} stage
 * @param {{go: (by: number) => void, end: () => void, keep: () => void}} acts
 * @param {AbortSignal} signal
 */
export function createPanel(words, stage, { go, end, keep }, signal) {
  const back = makeButton(words.tour_back, () => go(-1), signal);
  const next = makeButton(words.tour_next, () => go(1), signal);
  const over = makeButton(words.tour_end, end, signal);
  const kept = makeButton(words.tour_keep, keep, signal);
  const again = makeButton(words.tour_again, () => go(0), signal);
  next.classList.add("nw-primary");
  const count = make("p", { class: "nw-tour-count" });
  const text = make("p", { class: "nw-tour-text" });
  const other = make("p", { class: "nw-tour-other" }, words.tour_other, " ", again);
  const buttons = make("div", { class: "nw-tour-buttons" }, back, next, over, kept);
  const panel = make("div", { class: "nw-tour-panel", role: "group", "aria-label": words.tour });
  panel.append(count, text, other, buttons);
  panel.hidden = true;
  // Not in the panel, which is hidden when it begins to speak.
  const spoken = make("div", { class: "nw-spoken", "aria-live": "polite" });
  let said = "";

  return {
    node: make("div", { class: "nw-tour" }, panel, spoken),
    holdsFocus: () => panel.contains(document.activeElement),
    /** Bring the picture and the panel into sight, and the keys to the button that leads on. */
    begin() {
      for (const node of [stage, panel]) node.scrollIntoView({ block: "nearest" });
      next.focus({ preventScroll: true });
    },
    /** Show a step, whose text is not written yet; null: none. */
    show(/** @type {number|null} */ place, /** @type {number} */ total) {
      panel.hidden = place === null;
      said = "";
      if (place === null) {
        write(spoken, "");
        return;
      }
      write(count, fill(words.tour_step, { n: place + 1, total }));
      const [first, last] = [place === 0, place === total - 1];
      const focused = document.activeElement;
      // First where it goes: a button that is switched off would lose the focus to the page.
      if (focused === back && first) next.focus();
      if (focused === next && last) over.focus();
      setDisabled(back, first);
      setDisabled(next, last);
    },
    write: (/** @type {string} */ words_) => write(text, words_),
    /** Say the text aloud, once. */
    say() {
      if (said === text.textContent) return;
      said = text.textContent ?? "";
      write(spoken, `${count.textContent}. ${said}`);
    },
    /** Whether the picture is another than the text is about. */
    differs(/** @type {boolean} */ on) {
      if (!on && again === document.activeElement) next.focus();
      other.hidden = !on;
    },
  };
}
