/** The numbers of the picture, to be taken away: the loss, the steps, and where they have led. */
import { rowsOf } from "../shell/table.js";

/**
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 */
export const table = ({ n_train: n }, numbers) => {
  const { grid, losses, minimum, path, x, y, queries, truth, predictions, weights } = numbers;
  return [
    ...rowsOf("training", { x, y }),
    ...rowsOf("query", { x: queries, truth, prediction: predictions }),
    ...rowsOf("weight", {
      x: weights.map((_, cell) => queries[Math.floor(cell / n)]),
      key: weights.map((_, cell) => x[cell % n]),
      weight: weights,
    }),
    ...rowsOf("loss", { w: grid, loss: losses }),
    ...rowsOf("minimum", { w: [minimum.w], loss: [minimum.loss] }),
    ...rowsOf("step", {
      step: [...path.keys()],
      w: path.map(({ w }) => w),
      loss: path.map(({ loss }) => loss),
      gradient: path.map(({ gradient }) => gradient),
    }),
  ];
};
