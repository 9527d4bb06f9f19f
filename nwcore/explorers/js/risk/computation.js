/**
 * What the bias–variance explorer shows: fits to many data sets at one w, and bias² and variance at
 * every w of a grid. The grid takes many frames' time: each call goes some places on with it, coarse
 * places first.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("../engine/risk.js").Terms} Terms
 */
import { makeQueries, trueFunction } from "../engine/data.js";
import { KERNELS } from "../engine/kernels.js";
import { atNoise, drawSets, fitSets, riskTerms } from "../engine/risk.js";
import { bestW } from "../engine/tasks.js";

export const QUERIES = 50;
export const W_LIMITS = [0.1, 100];
const GRID = 61;
const MOST_POINTS = 200;
// Every so many places of the grid are a curve; those are there with the first picture.
const COARSE = 10;
// Points of a data set that are fitted in one frame besides, over places of the grid.
const POINTS_A_FRAME = 200;
const TIE = 1e-9; // errors that differ by less than this share are one

/**
 * m data sets, q test points, g places of the grid.
 *
 * @typedef {object} Numbers
 * @property {Float64Array} queries (q)
 * @property {Float64Array} truth (q)
 * @property {Float64Array} fits (m · q) at the present w, set after set; NaN where no key is in reach
 * @property {Float64Array} mean (q) of those that there are
 * @property {number} bias bias² at the present w, averaged over the test points
 * @property {number} variance
 * @property {number} error their sum
 * @property {number} missing how many of the m · q fits there are not
 * @property {Float64Array} grid (known) inverse bandwidths at which the curves are known
 * @property {Float64Array} biasCurve (known)
 * @property {Float64Array} varianceCurve (known)
 * @property {Float64Array} errorCurve (known)
 * @property {number} best the w of the least error; NaN if all have the same, or before all are known
 * @property {boolean} partial whether places of the grid are still to come
 */

/** @returns {(state: State, whole?: boolean) => Numbers} */
export function createComputation() {
  const queries = makeQueries(QUERIES);
  const truth = queries.map(trueFunction);
  const grid = Float64Array.from({ length: GRID }, (_, i) => 10 ** (-1 + (3 * i) / (GRID - 1)));
  const order = coarseFirst(GRID, COARSE);
  let seedKey = NaN;
  let setsKey = NaN;
  let methodKey = "";
  let widthKey = NaN;
  /** @type {ReturnType<typeof drawSets>} */
  let first;
  /** @type {import("../engine/risk.js").NoisySet[]} */
  let sets = [];
  /** @type {Array<Terms|undefined>} */
  let known = [];
  let count = 0;
  /** @type {import("../engine/risk.js").Fits} */
  let fits;
  /** @type {Terms} */
  let now;

  return function compute(state, whole = false) {
    const { w, noise, n_train: n, seed, degree_index: degree, kernel_index: place } = state;
    const kernel = KERNELS[place];
    if (seedKey !== seed) {
      seedKey = seed;
      setsKey = NaN;
      first = drawSets(MOST_POINTS, seed);
    }
    if (setsKey !== n) {
      setsKey = n;
      methodKey = "";
      sets = first(n);
    }
    const nextMethod = [degree, place].join();
    if (methodKey !== nextMethod) {
      methodKey = nextMethod;
      widthKey = NaN;
      known = new Array(GRID);
      count = 0;
    }
    if (widthKey !== w) {
      widthKey = w;
      fits = fitSets(sets, queries, w, degree, kernel);
      now = riskTerms(fits, truth);
    }
    const goal = whole ? GRID : goalAfter(count, n);
    for (; count < goal; count++) {
      const at = order[count];
      known[at] = riskTerms(fitSets(sets, queries, grid[at], degree, kernel), truth);
    }
    const curve = (/** @type {"bias"|"variance"} */ part) =>
      Float64Array.from(
        known.filter((terms) => terms !== undefined),
        (terms) => atNoise(terms[part], noise),
      );
    const biasCurve = curve("bias");
    const varianceCurve = curve("variance");
    const errorCurve = biasCurve.map((bias, i) => bias + varianceCurve[i]);
    const partial = count < GRID;
    const bias = atNoise(now.bias, noise);
    const variance = atNoise(now.variance, noise);
    const shown = fits.truth.map((fit, cell) => fit + noise * fits.deviations[cell]);
    return {
      ...{ queries, truth, fits: shown, mean: meanOf(shown, QUERIES) },
      ...{ bias, variance, error: bias + variance, missing: now.missing },
      ...{ grid: grid.filter((_, i) => known[i] !== undefined) },
      ...{ biasCurve, varianceCurve, errorCurve, partial },
      best: partial ? NaN : leastOf(grid, errorCurve),
    };
  };
}

/**
 * How many places are to be known after the next frame.
 *
 * @param {number} count how many are
 * @param {number} n points of each set
 */
export function goalAfter(count, n) {
  if (count === 0) return Math.ceil(GRID / COARSE);
  return Math.min(GRID, count + Math.max(1, Math.floor(POINTS_A_FRAME / n)));
}

/**
 * Places from 0 to size − 1, every so many first, then those halfway, and so on.
 *
 * @param {number} size
 * @param {number} coarse
 */
export function coarseFirst(size, coarse) {
  const places = new Set();
  for (let step = coarse; step > 1; step = Math.ceil(step / 2)) {
    for (let place = 0; place < size; place += step) places.add(place);
  }
  for (let place = 0; place < size; place++) places.add(place);
  return [...places];
}

/**
 * Means over the sets of the fits that there are; NaN where there is none.
 *
 * @param {Float64Array} fits (m · q)
 * @param {number} q
 */
function meanOf(fits, q) {
  return Float64Array.from({ length: q }, (_, j) => {
    let sum = 0;
    let count = 0;
    for (let cell = j; cell < fits.length; cell += q) {
      if (Number.isNaN(fits[cell])) continue;
      sum += fits[cell];
      count++;
    }
    return sum / count;
  });
}

/**
 * The w of the least error, the first of equals; NaN if all are equal, as without any width.
 *
 * @param {Float64Array} grid
 * @param {Float64Array} errors
 */
function leastOf(grid, errors) {
  const tied = errors.reduce((a, b) => Math.min(a, b)) * (1 + TIE);
  if (errors.every((error) => error <= tied)) return NaN;
  return bestW(
    grid,
    errors.map((error) => Math.max(error, tied)),
  );
}
