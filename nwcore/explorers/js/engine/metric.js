/**
 * Data of which one direction matters, and w learned on them: nwcore.metric, in the plane.
 *
 * Shapes: n training points, m test points. Points are stored one after the other, (2n). w is one
 * number for a multiple of the identity, two for a diagonal, or the four of a matrix, row after row.
 */
import { normal, uniform } from "./draws.js";
import { expMinus } from "./exponential.js";
import { projected } from "./plane.js";

const HALF_RANGE = 2; // inputs are uniform on [-2, 2)
const N_TEST = 500;
// Streams of draws.
const INPUTS = 20;
const DEVIATIONS = 21;
const TEST_INPUTS = 23;

// Adam, by the names of Kingma and Ba (2015), algorithm 1.
const LEARNING_RATE = 0.1;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

const FAR_DROP = 300; // ½|W(x − xᵢ)|² of the nearest other point

/** What w can be, and where learning starts; the order is that of the explorer in Python. */
export const SHAPES = {
  number: [1.5],
  axes: [1.5, 1.5],
  matrix: [1.5, 0, 0, 1.5],
};

/**
 * The truth 2 sin(3/2 · u·x) at a point.
 *
 * @param {number} x1
 * @param {number} x2
 * @param {ArrayLike<number>} direction (2) u
 */
export function singleIndexTruth(x1, x2, direction) {
  return 2 * Math.sin(1.5 * (x1 * direction[0] + x2 * direction[1]));
}

/**
 * Draw y = 2 sin(3/2 · u·x) + ε in the plane, and noise-free test points.
 *
 * @param {number} nTrain number of points n, at least 1
 * @param {number} noise standard deviation of ε, at least 0; it scales the same deviations
 * @param {number} seed an integer in [0, 2^32)
 * @param {number} angle of u, in degrees
 * @returns {{x: Float64Array, y: Float64Array, testX: Float64Array, testY: Float64Array,
 *   direction: Float64Array}} (2n), (n), (2m), (m) with m = 500, and u (2)
 */
export function makeSingleIndex(nTrain, noise, seed, angle) {
  const radians = (angle / 180) * Math.PI;
  const direction = Float64Array.of(Math.cos(radians), Math.sin(radians));
  const inputs = (/** @type {number} */ stream, /** @type {number} */ n) =>
    uniform(seed, stream, 2 * n).map((draw) => HALF_RANGE * (2 * draw - 1));
  const truth = (/** @type {Float64Array} */ x) =>
    Float64Array.from({ length: x.length / 2 }, (_, i) =>
      singleIndexTruth(x[2 * i], x[2 * i + 1], direction),
    );
  const x = inputs(INPUTS, nTrain);
  const testX = inputs(TEST_INPUTS, N_TEST);
  const deviations = normal(seed, DEVIATIONS, nTrain);
  const y = truth(x).map((value, i) => value + noise * deviations[i]);
  return { x, y, testX, testY: truth(testX), direction };
}

/**
 * W as a matrix.
 *
 * @param {ArrayLike<number>} w (1), (2) or (4)
 * @returns {number[]} (4)
 */
export function matrixOf(w) {
  if (w.length === 4) return Array.from(w);
  return [w[0], 0, 0, w[w.length - 1]];
}

/**
 * Predict every training output from all others, by distance: the sum of squared errors, and its
 * gradient.
 *
 * @param {Float64Array} x (2n), at least two points
 * @param {Float64Array} y (n)
 * @param {ArrayLike<number>} w (1), (2) or (4)
 * @returns {{loss: number, gradient: number[]}} the gradient by the numbers of w
 */
export function planeLoss(x, y, w) {
  const n = y.length;
  const [a, b, c, d] = matrixOf(w);
  const { similarities, totals, deviations } = similaritiesOf(projected(x, [a, b, c, d]), y);
  const errors = deviations.map((deviation, i) => deviation / totals[i]);
  const factors = errors.map((error, i) => (2 * error) / totals[i]);
  // M = Σᵢ 2eᵢ Σⱼ αᵢⱼ (yⱼ − ŷᵢ) (xᵢ − xⱼ)(xᵢ − xⱼ)ᵀ, pair by pair; the gradient by W is −W M.
  let [m11, m12, m22] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const difference = y[j] - y[i];
      const change =
        similarities[i * n + j] * factors[i] * (difference - errors[i]) -
        similarities[j * n + i] * factors[j] * (difference + errors[j]);
      const d1 = x[2 * i] - x[2 * j];
      const d2 = x[2 * i + 1] - x[2 * j + 1];
      m11 += change * d1 * d1;
      m12 += change * d1 * d2;
      m22 += change * d2 * d2;
    }
  }
  const loss = errors.reduce((sum, error) => sum + error * error, 0);
  if (w.length === 1) return { loss, gradient: [-a * (m11 + m22)] };
  if (w.length === 2) return { loss, gradient: [-a * m11, -d * m22] };
  const gradient = [
    -(a * m11 + b * m12),
    -(a * m12 + b * m22),
    -(c * m11 + d * m12),
    -(c * m12 + d * m22),
  ];
  return { loss, gradient };
}

/**
 * K of each pair, its sum over all others, and the sum of K·Δy, where Δy is the other's output less
 * the point's own.
 *
 * @param {Float64Array} places (2n)
 * @param {Float64Array} y (n)
 */
function similaritiesOf(places, y) {
  const n = y.length;
  const similarities = new Float64Array(n * n);
  const nearest = new Float64Array(n).fill(Infinity);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const d1 = places[2 * i] - places[2 * j];
      const d2 = places[2 * i + 1] - places[2 * j + 1];
      const drop = 0.5 * (d1 * d1 + d2 * d2);
      similarities[i * n + j] = drop; // until all are known
      if (drop < nearest[i]) nearest[i] = drop;
      if (drop < nearest[j]) nearest[j] = drop;
    }
  }
  // A pair has one K, unless a point is so far from all others that its own are relative to the
  // nearest: their sum must not be 0.
  const lifts = nearest.map((drop) => (drop > FAR_DROP ? drop : 0));
  const totals = new Float64Array(n);
  const deviations = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const drop = similarities[i * n + j];
      const mine = expMinus(drop - lifts[i]);
      const others = lifts[i] === lifts[j] ? mine : expMinus(drop - lifts[j]);
      const difference = y[j] - y[i];
      similarities[i * n + j] = mine;
      similarities[j * n + i] = others;
      totals[i] += mine;
      totals[j] += others;
      deviations[i] += mine * difference;
      deviations[j] -= others * difference;
    }
  }
  return { similarities, totals, deviations };
}

/**
 * A step of learning, with all that the next one needs.
 *
 * @typedef {object} Learned
 * @property {number[]} w
 * @property {number} loss
 * @property {number[]} gradient
 * @property {number[]} mean the running mean of gradients
 * @property {number[]} square that of their squares
 */

/**
 * Learn w by Adam on the leave-one-out loss.
 *
 * @param {Float64Array} x (2n)
 * @param {Float64Array} y (n)
 * @param {number[]} start (1), (2) or (4)
 * @param {number} steps
 * @param {Learned[]} [known] what a call with fewer steps has returned: it goes on from there
 * @returns {Learned[]} (steps + 1), the first at the start; or all that is known, if that is more
 */
export function learnPlane(x, y, start, steps, known = []) {
  const path = [...known];
  if (path.length === 0) {
    const zeros = start.map(() => 0);
    path.push({ w: start, ...planeLoss(x, y, start), mean: zeros, square: zeros });
  }
  while (path.length <= steps) {
    const { w, gradient, mean: oldMean, square: oldSquare } = path[path.length - 1];
    const mean = oldMean.map((each, i) => each + (1 - BETA_1) * (gradient[i] - each));
    const square = oldSquare.map((each, i) => BETA_2 * each + (1 - BETA_2) * gradient[i] ** 2);
    const rate = LEARNING_RATE / (1 - BETA_1 ** path.length);
    const shrink = Math.sqrt(1 - BETA_2 ** path.length);
    const next = w.map(
      (each, i) => each - (rate * mean[i]) / (Math.sqrt(square[i]) / shrink + EPSILON),
    );
    path.push({ w: next, ...planeLoss(x, y, next), mean, square });
  }
  return path;
}
