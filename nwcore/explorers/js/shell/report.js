/**
 * What an explorer writes of the frame last painted, and says of it once the pointer rests.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Boxes} Boxes
 */
import { setAttribute, write } from "./dom.js";

/**
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {object} parts
 * @param {import("./shell.js").Nodes} parts.nodes
 * @param {import("../types.js").View<N, B, L>} parts.view
 * @param {import("./frames.js").Frames<N, B, L>} parts.frames
 * @param {() => N} parts.numbers
 * @param {ReturnType<typeof import("./controls.js").createControls>} parts.controls
 * @param {ReturnType<typeof import("./goals.js").createGoals>} parts.goals
 * @param {ReturnType<typeof import("./extras.js").createExtras>} parts.extras
 * @param {object} parts.ways
 * @param {ReturnType<typeof import("./tour.js").createTour>} parts.ways.tour
 * @param {() => boolean} parts.ways.leave leaves the address that shows it again, if anybody has
 *   changed what the page began with; whether that is so
 */
export function createReport({
  nodes,
  view,
  frames,
  numbers,
  controls,
  goals,
  extras,
  ways: { tour, leave },
}) {
  const shown = () => /** @type {State} */ (frames.state);
  const boxes = () => /** @type {B} */ (frames.boxes);
  const measure = () => view.measure?.(shown(), numbers());
  return {
    /** Bring every number that is written up to it. */
    write() {
      controls.refresh(shown());
      view.refresh(shown(), numbers());
      extras.refresh();
      tour.refresh(shown(), measure, { ...boxes(), ...view.parts?.(shown(), boxes()) });
      nodes.root.dataset.written = frames.number;
    },
    rest() {
      view.rest?.(shown(), numbers());
      goals.judge(measure);
      const description = view.describe(shown(), numbers());
      setAttribute(nodes.canvas, "aria-label", description);
      // In a tour its text is said.
      if (leave() && !tour.leads(shown())) write(nodes.spoken, description);
    },
  };
}
