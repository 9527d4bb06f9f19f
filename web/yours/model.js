/**
 * What the page shows of points, computed by the explorers' engine. Whatever the units of the data,
 * it computes with inputs of range 1 or so and outputs of size 1 or so, as nwcore.find_bandwidth
 * does: powers of 2 apart, so that no digit changes.
 *
 * Shapes: n points, q queries.
 *
 * @typedef {import("./search.js").Search} Search
 * @typedef {object} Look what depends on w alone
 * @property {number} w
 * @property {Float64Array} queries (q), evenly over the inputs
 * @property {Float64Array} curve (q), the prediction at each
 * @property {Float64Array} heat (q · columns) weights, neighbouring keys together
 * @property {number} columns
 * @property {number} loss sum of squared leave-one-out errors
 * @typedef {object} Rest what takes n² steps
 * @property {number} w
 * @property {Float64Array} fitted (n) the prediction at each input
 * @property {Float64Array} leftOut (n) the same from all other points
 */
import { attentionWeights, pool } from "../../nwcore/explorers/js/engine/attention.js";
import { ascendingOrder, inPlaces } from "../../nwcore/explorers/js/engine/sorting.js";
import { leaveOneOut } from "../../nwcore/explorers/js/engine/training.js";
import { leftOut, wayNamed } from "../../nwcore/explorers/js/engine/ways.js";
import { findBandwidth, KERNEL, lowerMedian } from "./search.js";

export const QUERIES = 201;
const MOST_COLUMNS = 150;

/**
 * @param {Float64Array} x (n), with two different inputs
 * @param {Float64Array} y (n)
 */
export function createModel(x, y) {
  const order = ascendingOrder(x);
  const [keys, values] = [inPlaces(x, order), inPlaces(y, order)];
  const [low, high] = [keys[0], keys[keys.length - 1]];
  const xScale = 2 ** -exponentOf(high - low);
  const middle = lowerMedian(values);
  const yScale =
    2 ** -exponentOf(values.reduce((most, v) => Math.max(most, Math.abs(v - middle)), 0));
  const xs = keys.map((key) => key * xScale);
  const ys = values.map((value) => (value - middle) * yScale);
  const back = (/** @type {Float64Array} */ found) => found.map((each) => each / yScale + middle);
  const lossBack = (/** @type {number} */ loss) => loss / yScale / yScale;
  const way = wayNamed("gaussian", false, null);

  return {
    keys,
    values,
    order,
    /** The inputs' range. */
    limits: [low, high],

    /**
     * @param {(done: number, all: number) => void} [progress]
     * @returns {Search} in the units of the data
     */
    search(progress) {
      const found = findBandwidth(xs, ys, progress);
      const given = (/** @type {{w: number, loss: number}} */ { w, loss }) => ({
        w: w * xScale,
        loss: lossBack(loss),
      });
      return {
        ...found,
        ...given(found),
        minima: found.minima.map(given),
        curve: found.curve.map(given),
        low: found.low * xScale,
        high: found.high * xScale,
      };
    },

    /**
     * The weights of one query.
     *
     * @param {number} query
     * @param {number} w
     * @returns {Float64Array} (n), in the order of `keys`
     */
    weights: (query, w) =>
      attentionWeights(Float64Array.of(query * xScale), xs, w / xScale, KERNEL),

    /** @param {Float64Array} weights (n) */
    predict: (weights) => back(pool(weights, ys))[0],

    /**
     * @param {number} w
     * @returns {Look}
     */
    look(w) {
      const queries = Float64Array.from({ length: QUERIES }, (_, i) => queryAt(i, low, high));
      const columns = Math.min(keys.length, MOST_COLUMNS);
      const curve = new Float64Array(QUERIES);
      const heat = new Float64Array(QUERIES * columns);
      const row = new Float64Array(keys.length);
      queries.forEach((query, i) => {
        attentionWeights(Float64Array.of(query * xScale), xs, w / xScale, KERNEL, row);
        curve[i] = pool(row, ys)[0];
        row.forEach((weight, key) => {
          heat[i * columns + columnOf(key, keys.length, columns)] += weight;
        });
      });
      const { loss } = leaveOneOut(xs, ys, w / xScale, KERNEL);
      return { w, queries, curve: back(curve), heat, columns, loss: lossBack(loss) };
    },

    /**
     * @param {number} w
     * @returns {Rest}
     */
    rest(w) {
      const row = new Float64Array(keys.length);
      const fitted = xs.map((_, i) => {
        attentionWeights(xs.subarray(i, i + 1), xs, w / xScale, KERNEL, row);
        return pool(row, ys)[0];
      });
      return { w, fitted: back(fitted), leftOut: back(leftOut(xs, ys, w / xScale, way)) };
    },
  };
}

/**
 * The place of a query among all.
 *
 * @param {number} i from 0 to QUERIES − 1
 * @param {number} low
 * @param {number} high
 */
export const queryAt = (i, low, high) =>
  i === QUERIES - 1 ? high : low + ((high - low) * i) / (QUERIES - 1);

/**
 * The column of a heatmap in which a key stands.
 *
 * @param {number} key
 * @param {number} n
 * @param {number} columns
 */
export const columnOf = (key, n, columns) => Math.floor((key * columns) / n);

/**
 * The e for which a number's size is in [2^(e − 1), 2^e); 0 for 0.
 *
 * @param {number} number
 */
function exponentOf(number) {
  if (number === 0) return 0;
  const guess = Math.floor(Math.log2(number));
  return guess + (number * 2 ** -guess < 1 ? 0 : number * 2 ** -guess < 2 ? 1 : 2);
}
