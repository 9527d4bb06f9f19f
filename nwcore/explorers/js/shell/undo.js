/**
 * What was done, to be taken back and done again: states at rest, and what counts as one step.
 *
 * @typedef {import("../types.js").State} State
 */

const MOST = 200; // steps that can be taken back

/** States one after another. */
export function createPast() {
  /** @type {string[]} */
  let before = [];
  /** @type {string[]} */
  let after = [];
  let now = "";
  /** @type {number|null} */
  let act = null; // the one that led here

  /** Go one step along, and remember the way back. */
  function step(/** @type {string[]} */ from, /** @type {string[]} */ to) {
    const goal = from.pop();
    if (goal === undefined) return null;
    to.push(now);
    now = goal;
    act = null;
    return /** @type {State} */ (JSON.parse(goal));
  }

  return {
    begin(/** @type {State} */ state) {
      now = JSON.stringify(state);
      before = [];
      after = [];
    },
    /**
     * Take note of a state.
     *
     * @param {State} state
     * @param {number|null} by the act that led to it: what one act does is one step
     */
    note(state, by) {
      const next = JSON.stringify(state);
      if (next === now) return;
      const joined = by !== null && by === act;
      if (!joined) before.push(now);
      if (before.length > MOST) before.shift();
      after = [];
      now = next;
      act = by;
      if (before[before.length - 1] !== now) return;
      before.pop(); // the act has led back to where it began
      act = null;
    },
    /** The state before the last step, or null. */
    undo: () => step(before, after),
    /** The state that was left by the last undo, or null. */
    redo: () => step(after, before),
    canUndo: () => before.length > 0,
    canRedo: () => after.length > 0,
  };
}

/**
 * The acts of a reader, by number: from a press to its release, of a pointer or of a key.
 *
 * @param {AbortSignal} signal
 */
export function watchActs(signal) {
  let count = 0;
  /** @type {number|null} */
  let pressed = null;
  /** @type {number|null} */
  let held = null;

  function begin(/** @type {Event} */ event) {
    if (event instanceof KeyboardEvent && event.repeat) return;
    // While a modifier is held, some systems never say that the other key was let go.
    const lasts =
      !(event instanceof KeyboardEvent) || !(event.ctrlKey || event.metaKey || event.altKey);
    pressed = lasts ? ++count : null;
  }

  /** What a release brings about still belongs to the act. */
  function end(/** @type {Event} */ event) {
    // A press takes the focus from something else: only when the window loses it is all let go.
    if (event.type === "blur" && event.target !== window) return;
    const ending = pressed;
    setTimeout(() => {
      if (pressed === ending) pressed = null;
    });
  }

  const look = { signal, capture: true };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, begin, look);
  for (const kind of ["pointerup", "pointercancel", "keyup", "blur"]) {
    addEventListener(kind, end, look);
  }
  return {
    /** The act that goes on now, or null: then every change is a step of its own. */
    current: () => held ?? pressed,
    /** Begin an act that lasts until it is ended here, whatever is pressed meanwhile. */
    hold(/** @type {boolean} */ on) {
      held = on ? ++count : null;
    },
  };
}

/**
 * What a key asks for: to take back, to do again, or nothing.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} event
 * @returns {"undo"|"redo"|null}
 */
export function wishOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey === metaKey || altKey) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && !shiftKey ? "redo" : null;
}
