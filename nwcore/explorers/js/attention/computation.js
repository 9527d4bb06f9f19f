/** What the explorers of attention pooling show, each part computed when what it depends on changes. */
import { attentionWeights, pool, rmse } from "../engine/attention.js";
import { makeQueries, makeRegression, trueFunction } from "../engine/data.js";
import { kernelNamed } from "../engine/kernels.js";
import { leaveOneOut } from "../engine/training.js";
import { MOST_POINTS } from "./points.js";

const Y_CALM = [-0.4, 4.2]; // room for the truth itself

/**
 * What is shown; q queries, n training points.
 *
 * @typedef {object} Numbers
 * @property {Float64Array} x (n) keys in ascending order
 * @property {Float64Array} y (n) values
 * @property {Int32Array} order (n) the draw number of each
 * @property {number[]} limits the range of y that holds every point this seed can show
 * @property {Float64Array} queries (q)
 * @property {Float64Array} truth (q)
 * @property {Float64Array} weights (q · n)
 * @property {Float64Array} predictions (q); NaN where no key is in reach
 * @property {number} largest the largest weight
 * @property {number} emptyRows how many queries have no prediction
 * @property {number} error root mean squared error against the truth; NaN if a prediction is missing
 * @property {number|null} leaveOneOut the leave-one-out error, null until somebody reads it
 * @property {object} version another object for other weights
 *
 * @typedef {import("../types.js").State} State
 */

/**
 * @param {unknown[]} a
 * @param {unknown[]} b
 */
const sameList = (a, b) => a.length === b.length && a.every((value, place) => value === b[place]);

/** @returns {(state: State) => Numbers} */
export function createComputation() {
  /** @type {unknown[]} */
  let dataKey = [];
  /** @type {unknown[]} */
  let weightsKey = [];
  const limitsOf = createLimits();
  const numbers = /** @type {Numbers} */ ({});

  return function compute(state) {
    const { w, noise, n_train: n, seed, kernel, n_queries: q, moved } = state;
    const nextData = [n, noise, seed, JSON.stringify(moved)];
    if (!sameList(dataKey, nextData)) {
      dataKey = nextData;
      Object.assign(numbers, makeRegression(n, noise, seed, moved));
      numbers.limits = limitsOf(state);
      weightsKey = [];
    }
    if (numbers.queries?.length !== q) {
      numbers.queries = makeQueries(q);
      numbers.truth = numbers.queries.map(trueFunction);
      weightsKey = [];
    }
    if (!sameList(weightsKey, [w, kernel])) {
      weightsKey = [w, kernel];
      attend(numbers, w, kernel);
    }
    return numbers;
  };
}

/**
 * @param {Numbers} numbers
 * @param {number} w
 * @param {string} kernel
 */
function attend(numbers, w, kernel) {
  const { queries, x, y, truth } = numbers;
  const size = queries.length * x.length;
  const buffer = numbers.weights?.length === size ? numbers.weights : undefined;
  numbers.weights = attentionWeights(queries, x, w, kernelNamed(kernel), buffer);
  numbers.predictions = pool(numbers.weights, y);
  numbers.largest = largestOf(numbers.weights);
  numbers.emptyRows = numbers.predictions.reduce((count, each) => count + Number(isNaN(each)), 0);
  numbers.error = numbers.emptyRows ? NaN : rmse(numbers.predictions, truth);
  numbers.leaveOneOut = null;
  numbers.version = {};
}

/** The range of y for a state: calm while n_train moves. */
function createLimits() {
  /** @type {number|null} */
  let spreadOf = null;
  /** @type {Float64Array} */
  let truth = new Float64Array();
  /** @type {Float64Array} */
  let deviation = new Float64Array();

  return (/** @type {State} */ { seed, noise, moved }) => {
    if (spreadOf !== seed) {
      spreadOf = seed;
      truth = makeRegression(MOST_POINTS, 0, seed).y;
      deviation = makeRegression(MOST_POINTS, 1, seed).y.map((y, i) => y - truth[i]);
    }
    let [low, high] = Y_CALM;
    const hold = (/** @type {number} */ y) => {
      low = Math.min(low, y);
      high = Math.max(high, y);
    };
    truth.forEach((y, i) => hold(y + noise * deviation[i]));
    for (const [, , y] of moved) hold(y);
    const margin = 0.03 * (high - low);
    return [low - margin, high + margin];
  };
}

/**
 * Root of the mean squared leave-one-out error, computed once for the same data and kernel.
 *
 * @param {State} state
 * @param {Numbers} numbers
 */
export function leaveOneOutError({ w, n_train: n, kernel }, numbers) {
  if (numbers.leaveOneOut === null) {
    const { loss } = leaveOneOut(numbers.x, numbers.y, w, kernelNamed(kernel));
    numbers.leaveOneOut = n > 1 ? Math.sqrt(loss / n) : NaN;
  }
  return numbers.leaveOneOut;
}

/** @param {Float64Array} weights */
function largestOf(weights) {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > largest) largest = weights[i];
  return largest;
}

/**
 * The weights of the chosen query.
 *
 * @param {State} state
 * @param {Numbers} numbers
 */
export function rowOf({ query, n_train: n }, { weights }) {
  return weights.subarray(query * n, (query + 1) * n);
}

/**
 * Places of the largest weights above zero, at most `count`, largest first.
 *
 * @param {Float64Array} row
 * @param {number} count
 */
export function largestPlaces(row, count) {
  /** @type {number[]} */
  const places = [];
  for (let place = 0; place < row.length; place++) {
    if (!(row[place] > 0)) continue;
    if (places.length === count && row[place] <= row[places[count - 1]]) continue;
    if (places.length === count) places.pop();
    const before = places.findIndex((other) => row[other] < row[place]);
    places.splice(before < 0 ? places.length : before, 0, place);
  }
  return places;
}
