/** The numbers of the picture, to be taken away: the keys with their weights, the query, the steps. */
import { rowsOf } from "../shell/table.js";

/**
 * @param {import("../types.js").State} _state
 * @param {import("./computation.js").Numbers} numbers
 */
export const table = (
  _state,
  { x, y, weights, hidden, query, truth, prediction, path, matrix },
) => [
  ...rowsOf("training", {
    x1: y.map((_, i) => x[2 * i]),
    x2: y.map((_, i) => x[2 * i + 1]),
    y,
    weight: weights,
    hidden: hidden.map(Number),
  }),
  ...rowsOf("query", { x1: [query[0]], x2: [query[1]], truth: [truth], prediction: [prediction] }),
  ...rowsOf("step", {
    step: [...path.keys()],
    loss: path.map(({ loss }) => loss),
    first_singular_value: path.map(({ values }) => values[0]),
    second_singular_value: path.map(({ values }) => values[1]),
  }),
  ...rowsOf("matrix", { row: [1, 1, 2, 2], column: [1, 2, 1, 2], w: matrix }),
];
