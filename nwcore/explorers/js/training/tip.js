/** The numbers under the pointer. */
import { cellAt, nearest, within } from "../drawing/near.js";
import { linearScale, logScale } from "../drawing/scales.js";
import { W_LIMITS } from "./computation.js";
import { createTrainingWriters } from "./picture.js";

/**
 * @param {import("../types.js").Words} words
 * @returns {(at: [number, number], boxes: import("./picture.js").TrainingBoxes,
 *   state: import("../types.js").State, numbers: import("./computation.js").Numbers) =>
 *   import("../types.js").Tip|null}
 */
export function createTeller(words) {
  const { writeNumber, writeW, writeLoss } = createTrainingWriters(words);
  const query = (/** @type {number} */ x) => [`x (${words.queries_axis})`, writeNumber(x, 2)];

  return (at, { loss, plot, heat }, { n_train: n }, numbers) => {
    const { grid, losses, x, queries, truth, predictions, weights } = numbers;
    const across = ({ x: left, width } = plot) => [left, left + width];
    if (within(loss, at)) {
      const place = nearest(
        grid.map(Math.log),
        Math.log(logScale(W_LIMITS, across(loss)).invert(at[0])),
      );
      return [
        ["|w|", writeW(grid[place])],
        [words.loss, writeLoss(losses[place])],
      ];
    }
    if (within(heat, at)) {
      const [row, column] = cellAt(heat, at, queries.length, n);
      return [
        query(queries[row]),
        [`x (${words.keys_axis})`, writeNumber(x[column], 2)],
        [words.weight, writeNumber(weights[row * n + column], 4)],
      ];
    }
    if (!within(plot, at)) return null;
    const row = nearest(queries, linearScale([0, 5], across()).invert(at[0]));
    return [
      query(queries[row]),
      [words.truth, writeNumber(truth[row], 3)],
      [words.prediction, writeNumber(predictions[row], 3)],
    ];
  };
}
