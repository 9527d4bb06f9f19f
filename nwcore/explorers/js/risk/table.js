/** The numbers of the picture, to be taken away: the fits with their mean, and the errors over w. */
import { rowsOf } from "../shell/table.js";

/**
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 */
export const table = ({ w }, numbers) => {
  const { queries, truth, mean, fits, grid, best } = numbers;
  const q = queries.length;
  return [
    ...rowsOf("query", { x: queries, truth, mean_fit: mean }),
    ...rowsOf("fit", {
      data_set: fits.map((_, cell) => Math.floor(cell / q) + 1),
      x: fits.map((_, cell) => queries[cell % q]),
      fit: fits,
    }),
    ...rowsOf("error", {
      w: grid,
      squared_bias: numbers.biasCurve,
      variance: numbers.varianceCurve,
      error: numbers.errorCurve,
    }),
    ...rowsOf("shown", {
      w: [w],
      squared_bias: [numbers.bias],
      variance: [numbers.variance],
      error: [numbers.error],
    }),
    ...rowsOf("best", { w: [best] }),
  ];
};
