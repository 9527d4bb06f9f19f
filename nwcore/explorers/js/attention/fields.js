/** What exercises ask of an explorer of attention pooling: nwcore.exercises.places, in JavaScript. */
import { effectiveCount } from "../engine/attention.js";

/**
 * The fields of a place, at the chosen query, whatever a pointer previews.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export function measure(state, { predictions, weights }) {
  const { w, noise, n_train, seed, kernel_index, line, query, moved } = state;
  return {
    ...{ w, noise, n_train, seed, kernel_index, query, line: Number(line) },
    moved: moved.length,
    prediction: predictions[query],
    attended: effectiveCount(weights, n_train, query),
  };
}
