/** A glide from one state to another: numbers on sliders take a moment, all else is there at once. */
import { onTheWay } from "./steps.js";

const LASTS = 600; // milliseconds

/**
 * @param {ReturnType<typeof import("./state.js").createState>} state
 * @param {import("../types.js").Traits} traits
 * @param {AbortSignal} signal
 */
export function createGlide(state, traits, signal) {
  let frame = 0;

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
  }

  function start(/** @type {import("../types.js").State} */ goal) {
    const from = state.read();
    const moving = Object.keys(goal).filter(
      (key) => traits[key].pointer?.exact && from[key] !== goal[key],
    );
    const begun = performance.now();
    const advance = (/** @type {number} */ now) => {
      const share = Math.max(0, (now - begun) / LASTS);
      frame = 0;
      if (moving.length === 0 || share >= 1) {
        state.restore(goal);
        return;
      }
      frame = requestAnimationFrame(advance);
      const there = moving.map((key) => [key, onTheWay(from[key], goal[key], share)]);
      state.drift({ ...goal, ...Object.fromEntries(there) });
    };
    advance(begun);
  }

  signal.addEventListener("abort", stop);
  return {
    stop,
    isOn: () => frame !== 0,
    /** Go to a state; at once for a reader who wants nothing to move. */
    to(/** @type {import("../types.js").State} */ goal, slowly = true) {
      stop();
      if (slowly && !matchMedia("(prefers-reduced-motion: reduce)").matches) start(goal);
      else state.restore(goal);
    },
  };
}
