/**
 * The numbers under the pointer.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { cellAt, nearest, within } from "../drawing/near.js";
import { createWriter } from "../shell/text.js";
import { rowOf } from "./computation.js";
import { scales } from "./layout.js";
import { GRIP, pointAt, queryAt } from "./pointer.js";

/**
 * @param {import("../types.js").Words} words
 * @returns {(at: [number, number], boxes: import("./layout.js").PoolingBoxes, state: State,
 *   numbers: Numbers) => import("../types.js").Tip|null}
 */
export function createTeller(words) {
  const writeNumber = createWriter(words);
  const query = (/** @type {number} */ x) => [`x (${words.queries_axis})`, writeNumber(x, 2)];
  const key = (/** @type {number} */ x) => [`x (${words.keys_axis})`, writeNumber(x, 2)];
  const weight = (/** @type {number} */ value) => [words.weight, writeNumber(value, 4)];

  return (at, boxes, state, numbers) => {
    const { n_train: n, n_queries: q } = state;
    const { x, y, order, queries, limits } = numbers;
    const { plot, bars, heat } = boxes;
    if (heat && within(heat, at)) {
      const [row, column] = cellAt(heat, at, q, n);
      return [query(queries[row]), key(x[column]), weight(numbers.weights[row * n + column])];
    }
    if (within(bars, at)) {
      const place = nearest(x, scales(plot, limits).x.invert(at[0]));
      return [key(x[place]), weight(rowOf(state, numbers)[place])];
    }
    if (!within(plot, at)) return null;
    const point = pointAt(at, GRIP.mouse, boxes, numbers, limits);
    if (point !== null) {
      const place = order.indexOf(point);
      const value = [words.y, writeNumber(y[place], 2)];
      return [key(x[place]), value, weight(rowOf(state, numbers)[place])];
    }
    const row = queryAt(at, boxes, q) ?? 0;
    return [
      query(queries[row]),
      [words.truth, writeNumber(numbers.truth[row], 3)],
      [words.prediction, writeNumber(numbers.predictions[row], 3)],
    ];
  };
}
