/** The numbers under the pointer. */
import { nearest, within } from "../drawing/near.js";
import { linearScale, logScale } from "../drawing/scales.js";
import { theoreticalW } from "../engine/tasks.js";
import { createWriter } from "../shell/text.js";
import { N_LIMITS } from "./family.js";

/**
 * @param {import("../types.js").Words} words
 * @returns {(at: [number, number], boxes: import("./picture.js").ContextBoxes,
 *   state: import("../types.js").State, numbers: import("./computation.js").Numbers) =>
 *   import("../types.js").Tip|null}
 */
export function createTeller(words) {
  const writeNumber = createWriter(words);
  return (at, { task, family }, { noise, roughness }, numbers) => {
    if (within(task, at)) {
      const x = linearScale([0, 5], [task.x, task.x + task.width]).invert(at[0]);
      const place = nearest(numbers.places, x);
      return [
        [words.x, writeNumber(numbers.places[place], 2)],
        [words.truth, writeNumber(numbers.truth[place], 3)],
        [words.frozen_model, writeNumber(numbers.predictions[place], 3)],
        [words.task_w, writeNumber(numbers.bestPredictions[place], 3)],
      ];
    }
    if (!within(family, at)) return null;
    const n = Math.round(logScale(N_LIMITS, [family.x, family.x + family.width]).invert(at[0]));
    return [
      [words.n_context, String(n)],
      [words.theory_w, writeNumber(theoreticalW(n, noise, roughness), 2)],
    ];
  };
}
