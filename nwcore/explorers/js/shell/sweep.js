/**
 * A sweep: one number that goes up and down by itself, slowly, until somebody takes it in hand.
 *
 * Not for a reader who wants nothing to move, not out of sight, and not on paper. What moves by
 * itself is no act of the reader: nothing to take back, no new address, nothing said aloud.
 */
import { boxOf, write } from "./dom.js";
import { makeButton } from "./parts.js";
import { hasOwnKeys } from "./play.js";

/** From almost one average to almost one neighbour: where w goes. */
export const SWEEP_OF_W = [0.4, 25];
const PERIOD = 16_000; // ms, there and back
const LONGEST = 100; // ms from one picture to the next: after a pause it goes on where it was

/**
 * Where a sweep is, on a logarithmic way between two ends: slow at the ends, fast between them.
 *
 * @param {number} phase in turns
 * @param {number[]} ends
 */
export function placeOf(phase, [low, high]) {
  const share = (1 - Math.cos(2 * Math.PI * phase)) / 2;
  return low * (high / low) ** share;
}

/**
 * The first phase at which a sweep is where a value is, or at the end that is nearest.
 *
 * @param {number} value
 * @param {number[]} ends
 */
export function phaseOf(value, [low, high]) {
  const share = Math.log(value / low) / Math.log(high / low);
  return Math.acos(1 - 2 * Math.min(Math.max(share, 0), 1)) / (2 * Math.PI);
}

/**
 * @template {import("../types.js").Boxes} B
 * @template N
 * @param {import("../types.js").Shell<B, N>} shell
 * @param {object} way
 * @param {string} way.key of the trait that moves
 * @param {number[]} way.ends
 */
export function createSweep(shell, { key, ends }) {
  const { words, signal, root } = shell;
  let phase = 0;
  let before = 0; // the time of the last picture
  let frame = 0;
  let seen = true;
  let printing = false;
  let taken = false; // whether somebody has had it in hand
  const button = makeButton(words.sweep, () => (frame ? stop() : start()), signal);
  button.classList.add("nw-play");

  function advance(/** @type {number} */ now) {
    frame = requestAnimationFrame(advance);
    const since = Math.min(now - before, LONGEST);
    before = now;
    if (!seen || printing) return;
    phase += since / PERIOD;
    shell.drift({ [key]: placeOf(phase, ends) });
  }

  function start() {
    if (frame) return;
    phase = phaseOf(shell.state()[key], ends);
    before = performance.now();
    frame = requestAnimationFrame(advance);
    // As wide as it was: no other button goes to another line.
    button.style.minWidth = `${button.offsetWidth}px`;
    write(button, words.sweep_stop);
  }

  function stop() {
    if (!frame) return;
    cancelAnimationFrame(frame);
    frame = 0;
    write(button, words.sweep);
  }

  /** Whether the event is the key that presses the button of what is presented. */
  const playsByKey = (/** @type {Event} */ event) =>
    event instanceof KeyboardEvent &&
    event.key === " " &&
    boxOf(root).classList.contains("nw-presented") &&
    !hasOwnKeys(event);

  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting } of entries) seen = isIntersecting;
  });
  watcher.observe(root);
  // Whoever takes hold of anything here has it stand still.
  const touched = (/** @type {Event} */ event) => {
    const { target } = event;
    if (!(target instanceof Node) || target === button) return;
    if (!boxOf(root).contains(target) || playsByKey(event)) return;
    taken = true;
    stop();
  };
  for (const kind of ["pointerdown", "keydown", "focusin"]) {
    addEventListener(kind, touched, { signal, capture: true, passive: true });
  }
  addEventListener("beforeprint", () => (printing = true), { signal });
  addEventListener("afterprint", () => (printing = false), { signal });
  signal.addEventListener("abort", () => {
    stop();
    watcher.disconnect();
  });

  return {
    button,
    stop,
    /** Begin without being asked, unless the reader wants nothing to move, or was here before. */
    begin() {
      if (!taken && !matchMedia("(prefers-reduced-motion: reduce)").matches) start();
    },
  };
}
