/**
 * What readers of any picture may want besides: to take it away, to have it fill the screen,
 * to see numbers under the pointer.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Boxes} Boxes
 */
import { writeAddress } from "./address.js";
import { createAside } from "./aside.js";
import { createEscape } from "./escape.js";
import { createScreen } from "./screen.js";
import { createTake } from "./take.js";
import { createTip } from "./tip.js";

/**
 * Elements of it for the row of buttons, and what follows the picture.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {object} parts
 * @param {HTMLElement} parts.el
 * @param {import("../types.js").Model} parts.model
 * @param {import("../types.js").View<N, B, L>} parts.view
 * @param {import("./frames.js").Frames<N, B, L>} parts.frames
 * @param {State} parts.initial
 * @param {() => N} parts.numbers of what is shown
 * @param {AbortSignal} parts.signal
 */
export function createExtras({ el, model, view, frames, initial, numbers, signal }) {
  const words = model.get("words");
  const bring = createAside(model);
  const escape = createEscape(el, () => view.escape?.(), signal);

  /** What is on the screen, with all that was left for later frames. */
  function read() {
    const { state, width } = frames;
    if (!state) return null;
    const { name, picture, traits } = view;
    const whole = () => picture.compute(state, true);
    return {
      ...{ el, picture, state, look: view.look(state), width, name },
      title: view.describe(state, whole()),
      hash: writeAddress("", name, traits, state, initial),
      table: () => view.table(state, whole()),
    };
  }

  const tell = (/** @type {[number, number]} */ at) =>
    frames.state && frames.boxes && view.tip(at, frames.boxes, frames.state, numbers());
  const tip = createTip(frames.nodes, tell, signal);

  return {
    nodes: [
      createTake({ words, bring, escape, read, signal }),
      ...createScreen({ el, title: words[view.name], words, bring, escape, signal }),
    ],
    /** Follow what is shown. */
    refresh: tip.refresh,
  };
}
