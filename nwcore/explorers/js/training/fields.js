/** What goals and tours ask of the training explorer. */
import { isSettled } from "./computation.js";

/**
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export function measure({ start, steps }, { now, minimum, path }) {
  const jumps = path.slice(1).map(({ loss }, place) => loss / path[place].loss);
  return {
    ...{ start, steps },
    above: now.loss / minimum.loss, // the lowest loss there is
    jump: Math.max(0, ...jumps), // of the loss, in one step
    settled: Number(isSettled(path)),
    reached: Math.abs(now.w),
    loss: now.loss,
    best: minimum.w,
    least: minimum.loss,
  };
}
