/** What the explorers of attention pooling show, each part computed when what it depends on changes. */
import { pool, rmse } from "../engine/attention.js";
import { makeQueries, makeRegression, trueFunction } from "../engine/data.js";
import { kernelOfFormula } from "../engine/own.js";
import { leaveOneOut } from "../engine/training.js";
import { leftOut, OWN, wayNamed, weightsOf } from "../engine/ways.js";
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
 * @property {import("../engine/ways.js").Way} way how it attends
 * @property {Float64Array} weights (q · n)
 * @property {Float64Array} predictions (q); NaN where no key is in reach
 * @property {number} largest the largest weight, of either sign
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
    const { w, noise, n_train: n, seed, kernel, formula, line, n_queries: q, moved } = state;
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
    const nextWeights = [w, kernel, line, kernel === OWN ? formula : ""];
    if (!sameList(weightsKey, nextWeights)) {
      weightsKey = nextWeights;
      numbers.way = wayNamed(kernel, line, kernel === OWN ? written(formula) : null);
      attend(numbers, w);
    }
    return numbers;
  };
}

/**
 * The kernel that a reader has written.
 *
 * @param {string} formula
 */
function written(formula) {
  const { value, fault } = kernelOfFormula(formula);
  if (fault) throw new RangeError(`formula must be a kernel, got ${formula} (${fault.kind})`);
  return value;
}

/**
 * @param {Numbers} numbers
 * @param {number} w
 */
function attend(numbers, w) {
  const { queries, x, y, truth } = numbers;
  const size = queries.length * x.length;
  const buffer = numbers.weights?.length === size ? numbers.weights : undefined;
  numbers.weights = weightsOf(queries, x, w, numbers.way, buffer);
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
export function leaveOneOutError({ w, n_train: n }, numbers) {
  numbers.leaveOneOut ??= n > 1 ? leftOutError(w, numbers) : NaN;
  return numbers.leaveOneOut;
}

/**
 * @param {number} w
 * @param {Numbers} numbers
 */
function leftOutError(w, { x, y, way }) {
  // A kernel of the package has its sums pair by pair, in half the time.
  if (way.kernel && way.kernel.name !== OWN && !way.line) {
    return Math.sqrt(leaveOneOut(x, y, w, way.kernel).loss / x.length);
  }
  return rmse(leftOut(x, y, w, way), y);
}

/**
 * At which u between a query and its keys the kernel that is written is no weight; NaN if nowhere.
 *
 * @param {State} state
 * @param {Numbers} numbers
 */
export function failureOf({ w, row }, { way, queries, x }) {
  if (way.kernel?.name !== OWN) return NaN;
  const { value } = way.kernel;
  const away = x.map((key) => Math.abs(queries[row] - key) * w);
  return away.find((u) => Number.isNaN(value(u))) ?? NaN;
}

/** @param {Float64Array} weights */
function largestOf(weights) {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) {
    const size = Math.abs(weights[i]);
    if (size > largest) largest = size;
  }
  return largest;
}

/**
 * The weights of the query that is shown.
 *
 * @param {State} state
 * @param {Numbers} numbers
 */
export function rowOf({ row, n_train: n }, { weights }) {
  return weights.subarray(row * n, (row + 1) * n);
}

/**
 * Places of the largest weights, of either sign but not zero, at most `count`, largest first.
 *
 * @param {Float64Array} row
 * @param {number} count
 */
export function largestPlaces(row, count) {
  /** @type {number[]} */
  const places = [];
  const size = (/** @type {number} */ place) => Math.abs(row[place]);
  for (let place = 0; place < row.length; place++) {
    if (!(size(place) > 0)) continue;
    if (places.length === count && size(place) <= size(places[count - 1])) continue;
    if (places.length === count) places.pop();
    const before = places.findIndex((other) => size(other) < size(place));
    places.splice(before < 0 ? places.length : before, 0, place);
  }
  return places;
}
