/**
 * The numbers of the picture, to be taken away: training points, queries, and weights, of all queries
 * or of the one that is shown.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { rowsOf } from "../shell/table.js";
import { rowOf } from "./computation.js";

/** @param {Numbers} numbers */
const tableOfPoints = ({ x, y, queries, truth, predictions }) => [
  ...rowsOf("training", { x, y }),
  ...rowsOf("query", { x: queries, truth, prediction: predictions }),
];

/** @param {State} state @param {Numbers} numbers */
export const tableOfOne = (state, numbers) => [
  ...tableOfPoints(numbers),
  ...weightsOfQuery(
    numbers.queries[state.query],
    rowOf({ ...state, row: state.query }, numbers),
    numbers,
  ),
];

/** @param {State} state @param {Numbers} numbers */
export const tableOfAll = (state, numbers) => [
  ...tableOfPoints(numbers),
  ...Array.from(numbers.queries, (query, row) =>
    weightsOfQuery(query, rowOf({ ...state, row }, numbers), numbers),
  ).flat(),
];

/**
 * @param {number} query
 * @param {Float64Array} weight (n)
 * @param {Numbers} numbers
 */
const weightsOfQuery = (query, weight, { x: key }) =>
  rowsOf("weight", { x: key.map(() => query), key, weight });
