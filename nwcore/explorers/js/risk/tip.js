/** The numbers under the pointer. */
import { nearest, within } from "../drawing/near.js";
import { linearScale, logScale } from "../drawing/scales.js";
import { createWriter } from "../shell/text.js";
import { W_LIMITS } from "./computation.js";

/**
 * @param {import("../types.js").Words} words
 * @param {(value: number) => string} share how an averaged square is written
 * @returns {(at: [number, number], boxes: import("./picture.js").RiskBoxes,
 *   state: import("../types.js").State, numbers: import("./computation.js").Numbers) =>
 *   import("../types.js").Tip|null}
 */
export function createTeller(words, share) {
  const writeNumber = createWriter(words);
  return (at, { fits, risk }, _state, { queries, truth, mean, grid, ...curves }) => {
    if (within(fits, at)) {
      const x = linearScale([0, 5], [fits.x, fits.x + fits.width]).invert(at[0]);
      const place = nearest(queries, x);
      return [
        [words.x, writeNumber(queries[place], 2)],
        [words.truth, writeNumber(truth[place], 3)],
        [words.mean_fit, writeNumber(mean[place], 3)],
      ];
    }
    if (!within(risk, at)) return null;
    const w = logScale(W_LIMITS, [risk.x, risk.x + risk.width]).invert(at[0]);
    const place = nearest(grid.map(Math.log), Math.log(w));
    return [
      ["w", writeNumber(grid[place], 2)],
      [words.squared_bias, share(curves.biasCurve[place])],
      [words.variance, share(curves.varianceCurve[place])],
      [words.expected_error, share(curves.errorCurve[place])],
    ];
  };
}
