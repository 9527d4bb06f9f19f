/**
 * The leave-one-out loss, its derivative, and gradient descent on it: leave_one_out_loss of
 * nwcore.pooling and nwcore.training.
 *
 * Shapes: n training points.
 *
 * @typedef {import("./kernels.js").Kernel} Kernel
 * @typedef {{halves: Float64Array, outputs: Float64Array}} Points half the inputs in ascending
 *   order, and their outputs
 * @typedef {object} Sums four for each input, over all others: of K, K·Δy, K′ and K′·Δy, where Δy
 *   is the other's output less the input's own, and K′ the derivative of K by w but for a factor
 * @property {Float64Array} totals
 * @property {Float64Array} deviations
 * @property {Float64Array} rates
 * @property {Float64Array} deviationRates
 */
import { boundedProduct } from "./attention.js";
import { EXP_LIMIT, expMinus } from "./exponential.js";
import { kernelNamed } from "./kernels.js";
import { ascendingOrder, inPlaces, isAscending } from "./sorting.js";

// A row whose nearest other has exp(−s) below this is computed again, relative to that one.
const FAR_SCORE = 30;

/** What a loss can be. What the sum of squared errors is divided by, of n errors. */
export const REDUCTIONS = {
  sum: () => 1,
  mean: (/** @type {number} */ n) => n,
  half: () => 2,
};

/**
 * Predict every training output from all others: the sum of squared errors and its derivative.
 *
 * @param {Float64Array} x (n), in any order
 * @param {Float64Array} y (n)
 * @param {number} w inverse bandwidth
 * @param {Kernel} kernel
 * @returns {{loss: number, gradient: number, empty: number}} the loss, its derivative by w, and
 *   the number of inputs without another in reach; if there are any, the others are NaN
 */
export function leaveOneOut(x, y, w, kernel) {
  const points = sortedHalves(x, y);
  const sums = emptySums(x.length);
  const steepness = Math.abs(w);
  if (kernel.logDrop) {
    addPairsByLogarithms(points, steepness, kernel.logDrop, sums);
    replaceFarRows(points, steepness, kernel.logDrop, sums);
    return squaredErrors(sums, -2 * Math.sign(w)); // log K is quadratic in w
  }
  addPairsByValues(points, steepness, kernel, sums);
  return squaredErrors(sums, 2 * Math.sign(w)); // u is twice half a distance times w
}

/**
 * Gradient descent on the leave-one-out loss of the Gaussian kernel.
 *
 * @param {Float64Array} x (n), at least two
 * @param {Float64Array} y (n)
 * @param {{start: number, lr: number, reduction: string, steps: number}} options
 *   the first w, the learning rate, what the loss is (a name in REDUCTIONS: the sum of the squared
 *   errors, their mean, or half their sum) and the number of steps
 * @returns {Array<{w: number, loss: number, gradient: number}>} at most steps + 1 entries, the
 *   first at the start; it ends before the first that is not finite
 */
export function descend(x, y, { start, lr, reduction, steps }) {
  const divisor = lossDivisor(reduction, x.length);
  const kernel = kernelNamed("gaussian");
  const path = [];
  let w = start;
  while (path.length <= steps && Number.isFinite(w)) {
    const { loss, gradient } = leaveOneOut(x, y, w, kernel);
    const entry = { w, loss: loss / divisor, gradient: gradient / divisor };
    if (!Number.isFinite(entry.loss) || !Number.isFinite(entry.gradient)) break;
    path.push(entry);
    w -= lr * entry.gradient;
  }
  return path;
}

/**
 * What a loss divides the sum of n squared errors by.
 *
 * @param {string} reduction a name in REDUCTIONS
 * @param {number} n
 */
export function lossDivisor(reduction, n) {
  const names = Object.keys(REDUCTIONS);
  if (!names.includes(reduction)) {
    throw new RangeError(`reduction must be one of ${names.join(", ")}, got ${reduction}`);
  }
  return REDUCTIONS[/** @type {keyof typeof REDUCTIONS} */ (reduction)](n);
}

/**
 * @param {number} n
 * @returns {Sums}
 */
function emptySums(n) {
  const zeros = () => new Float64Array(n);
  return { totals: zeros(), deviations: zeros(), rates: zeros(), deviationRates: zeros() };
}

/**
 * @param {Float64Array} x
 * @param {Float64Array} y
 * @returns {Points}
 */
function sortedHalves(x, y) {
  const order = isAscending(x) ? null : ascendingOrder(x);
  const inputs = order === null ? x : inPlaces(x, order);
  const outputs = order === null ? y : inPlaces(y, order);
  return { halves: Float64Array.from(inputs, (input) => input / 2), outputs };
}

/**
 * Add what every pair gives to its two rows: K and K′ are the same for both, Δy is opposite.
 *
 * @param {Points} points
 * @param {number} steepness |w|
 * @param {(difference: number, sum: number) => number} logDrop
 * @param {Sums} sums
 */
function addPairsByLogarithms({ halves, outputs }, steepness, logDrop, sums) {
  const { totals, deviations, rates, deviationRates } = sums;
  const n = halves.length;
  for (let i = 0; i < n; i++) {
    const half = halves[i];
    const output = outputs[i];
    let total = 0;
    let deviation = 0;
    let rate = 0;
    let deviationRate = 0;
    for (let j = i + 1; j < n; j++) {
      const distance = halves[j] - half;
      const scaled = distance * steepness;
      const score = logDrop(2 * scaled, 2 * scaled);
      if (!(score < EXP_LIMIT)) break; // and so are all that follow
      const similarity = expMinus(score);
      const change = similarity * logDrop(distance, 4 * scaled);
      const difference = outputs[j] - output;
      const pull = similarity * difference;
      const turn = change * difference;
      total += similarity;
      deviation += pull;
      rate += change;
      deviationRate += turn;
      totals[j] += similarity;
      deviations[j] -= pull;
      rates[j] += change;
      deviationRates[j] -= turn;
    }
    totals[i] += total;
    deviations[i] += deviation;
    rates[i] += rate;
    deviationRates[i] += deviationRate;
  }
}

/**
 * Compute the rows again whose sums are so small that they have lost digits, or all.
 *
 * @param {Points} points
 * @param {number} steepness |w|
 * @param {(difference: number, sum: number) => number} logDrop
 * @param {Sums} sums
 */
function replaceFarRows(points, steepness, logDrop, sums) {
  const { halves } = points;
  const n = halves.length;
  if (n < 2) return;
  for (let i = 0; i < n; i++) {
    const before = i > 0 ? halves[i] - halves[i - 1] : Infinity;
    const after = i < n - 1 ? halves[i + 1] - halves[i] : Infinity;
    const scaled = Math.min(before, after) * steepness;
    if (logDrop(2 * scaled, 2 * scaled) < FAR_SCORE) continue;
    for (const sum of Object.values(sums)) sum[i] = 0;
    const nearest = before <= after ? i - 1 : i + 1;
    addShiftedRow(points, i, 1, nearest, steepness, logDrop, sums);
    addShiftedRow(points, i, -1, nearest, steepness, logDrop, sums);
  }
}

/**
 * Add the others on one side of input i, with K relative to that of its nearest: the difference of
 * two squares is taken as in attentionWeights.
 *
 * @param {Points} points
 * @param {number} i
 * @param {1|-1} side
 * @param {number} nearest which input is the nearest to i
 * @param {number} steepness |w|
 * @param {(difference: number, sum: number) => number} logDrop
 * @param {Sums} sums
 */
function addShiftedRow({ halves, outputs }, i, side, nearest, steepness, logDrop, sums) {
  const aside = (halves[nearest] - halves[i]) / 2;
  for (let j = i + side; j >= 0 && j < halves.length; j += side) {
    const excess = Math.abs(halves[j] - halves[nearest]);
    const mean = boundedProduct(Math.abs((halves[j] - halves[i]) / 2 + aside), steepness);
    const score = logDrop(2 * boundedProduct(excess, steepness), 4 * mean);
    if (!(score < EXP_LIMIT)) break;
    const similarity = expMinus(score);
    const change = similarity * logDrop(excess, 8 * mean);
    const difference = outputs[j] - outputs[i];
    sums.totals[i] += similarity;
    sums.deviations[i] += similarity * difference;
    sums.rates[i] += change;
    sums.deviationRates[i] += change * difference;
  }
}

/**
 * As addPairsByLogarithms, with K′ the derivative by u times half the distance.
 *
 * @param {Points} points
 * @param {number} steepness |w|
 * @param {Kernel} kernel
 * @param {Sums} sums
 */
function addPairsByValues({ halves, outputs }, steepness, kernel, sums) {
  const { totals, deviations, rates, deviationRates } = sums;
  const n = halves.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const distance = halves[j] - halves[i];
      const u = 2 * boundedProduct(distance, steepness);
      if (!(u <= kernel.support)) break; // and so are all that follow
      const similarity = kernel.value(u);
      const change = kernel.derivative(u) * distance;
      const difference = outputs[j] - outputs[i];
      totals[i] += similarity;
      deviations[i] += similarity * difference;
      rates[i] += change;
      deviationRates[i] += change * difference;
      totals[j] += similarity;
      deviations[j] -= similarity * difference;
      rates[j] += change;
      deviationRates[j] -= change * difference;
    }
  }
}

/**
 * Add up the squared errors Δŷ², and 2Δŷ · dŷ/dw, where dK/dw is K′ times `factor`.
 *
 * @param {Sums} sums
 * @param {number} factor
 */
function squaredErrors({ totals, deviations, rates, deviationRates }, factor) {
  let loss = 0;
  let gradient = 0;
  let empty = 0;
  for (let i = 0; i < totals.length; i++) {
    if (totals[i] === 0) {
      empty += 1;
      continue;
    }
    const error = deviations[i] / totals[i];
    loss += error * error;
    if (factor === 0) continue; // w = 0, where sums over unweighted distances may overflow
    gradient += (2 * error * factor * (deviationRates[i] - error * rates[i])) / totals[i];
  }
  return empty > 0 ? { loss: NaN, gradient: NaN, empty } : { loss, gradient, empty };
}
