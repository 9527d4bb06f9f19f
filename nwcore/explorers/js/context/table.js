/** The numbers of the picture, to be taken away: the task with its answers, and each w. */
import { rowsOf } from "../shell/table.js";

/**
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 */
export const table = ({ earlier }, numbers) => [
  ...rowsOf("example", { x: numbers.x, y: numbers.y }),
  ...rowsOf("query", {
    x: numbers.places,
    truth: numbers.truth,
    prediction: numbers.predictions,
    best_prediction: numbers.bestPredictions,
  }),
  ...rowsOf("error", { w: [numbers.w, numbers.best], error: [numbers.error, numbers.leastError] }),
  ...rowsOf("theory", { w: [numbers.theory] }),
  ...rowsOf("step", { step: [...numbers.path.keys()], w: numbers.path }),
  ...rowsOf("earlier", {
    n_context: earlier.map((/** @type {number[]} */ [n]) => n),
    w: earlier.map((/** @type {number[]} */ [, w]) => w),
  }),
];
