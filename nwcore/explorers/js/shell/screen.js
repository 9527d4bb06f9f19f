/**
 * An explorer that fills the screen: as it is, or presented, large and worked by keys.
 *
 * The browser fills the screen only at once after a press; what presents may come a moment later.
 */
import { boxOf, make, write } from "./dom.js";
import { makeButton } from "./parts.js";

/**
 * @param {object} parts
 * @param {HTMLElement} parts.el
 * @param {string} parts.title
 * @param {import("../types.js").Words} parts.words
 * @param {ReturnType<typeof import("./aside.js").createAside>} parts.bring
 * @param {ReturnType<typeof import("./escape.js").createEscape>} parts.escape
 * @param {AbortSignal} parts.signal
 */
export function createScreen({ el, title, words, bring, escape, signal }) {
  /** @type {(() => void)|null} */
  let leave = null;
  let filled = false; // whether it has filled the screen
  const says = make("span", { class: "nw-take-says", role: "status" });
  const fills = () => document.fullscreenElement === boxOf(el);
  // Its place keeps its height, so that the page is as it was when it comes back.
  const keepPlace = (/** @type {boolean} */ on) => {
    const place = boxOf(el).parentElement;
    if (place) place.style.minHeight = on ? `${place.offsetHeight}px` : "";
  };
  const fill = () => {
    keepPlace(true);
    return boxOf(el).requestFullscreen();
  };

  const full = makeButton(
    words.full_screen,
    () => (fills() ? document.exitFullscreen() : fill()),
    signal,
  );
  full.hidden = !document.fullscreenEnabled;

  async function begin() {
    write(says, "");
    if (!fills()) keepPlace(true);
    // Where that is not to be had, it fills the window.
    const filling = document.fullscreenEnabled && !fills() ? fill().catch(() => {}) : null;
    try {
      const { present } = await bring();
      await filling;
      if (leave || signal.aborted) return;
      leave = present({ box: /** @type {HTMLElement} */ (boxOf(el)), title, words });
      escape.open(end);
      write(shows, words.present_leave);
    } catch (error) {
      console.error(error);
      write(says, words.aside_lost);
    }
  }

  function end() {
    escape.closed(end);
    write(shows, words.present);
    leave?.();
    leave = null;
    if (fills()) document.exitFullscreen();
    else keepPlace(false);
  }

  const shows = makeButton(words.present, () => (leave ? end() : begin()), signal);
  const changed = () => {
    if (leave && filled && !fills()) end();
    if (filled && !fills()) keepPlace(false);
    filled = fills();
    write(full, filled ? words.full_screen_leave : words.full_screen);
  };
  document.addEventListener("fullscreenchange", changed, { signal });
  signal.addEventListener("abort", () => leave && end());
  return [full, shows, says];
}
