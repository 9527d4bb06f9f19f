/** What the metric explorer shows, each part computed when what it depends on changes. */
import { effectiveCount, pool, rmse } from "../engine/attention.js";
import {
  learnPlane,
  makeSingleIndex,
  matrixOf,
  SHAPES,
  singleIndexTruth,
} from "../engine/metric.js";
import { MASKS, planeWeights, singularValues } from "../engine/plane.js";

/**
 * n training points, m test points.
 *
 * @typedef {object} Numbers
 * @property {Float64Array} x (2n) keys, in the order of drawing
 * @property {Float64Array} y (n) values
 * @property {Float64Array} testX (2m)
 * @property {Float64Array} testY (m)
 * @property {Float64Array} direction (2) u
 * @property {Array<{loss: number, values: [number, number]}>} path loss and singular values after
 *   each step, from the start
 * @property {number[]} w after the last step: one number, one an axis, or a matrix
 * @property {number[]} matrix (4) W after the last step
 * @property {[number, number]} values its singular values
 * @property {number} leading where its first right singular vector points, in degrees; NaN if W is
 *   the same in all directions
 * @property {number} tilt between that vector's line and u's, in degrees; NaN likewise
 * @property {number} loss the leave-one-out loss of W
 * @property {number[]} query (2) a training point under a mask
 * @property {number|null} place which one, in the order of drawing; null without a mask
 * @property {Float64Array} weights (n) of the query; NaN if no key is allowed
 * @property {boolean[]} hidden (n) whether the mask hides a key
 * @property {boolean} alone whether it hides all keys
 * @property {number} attended how many keys the query attends to in effect; 0 if alone
 * @property {number} prediction NaN if alone
 * @property {number} truth at the query
 * @property {number|null} error root mean squared error on the test points, null until somebody reads
 *   it
 *
 * @typedef {import("../types.js").State} State
 */

/** @returns {(state: State) => Numbers} */
export function createComputation() {
  let dataKey = "";
  let pathKey = "";
  let learnedKey = "";
  /** @type {import("../engine/metric.js").Learned[]} */
  let learned = [];
  const numbers = /** @type {Numbers} */ ({});

  return function compute(state) {
    const { angle, noise, n_train: n, seed, shape, steps, score, mask } = state;
    const nextData = [angle, noise, n, seed].join();
    if (dataKey !== nextData) {
      dataKey = nextData;
      Object.assign(numbers, makeSingleIndex(n, noise, seed, angle));
      learnedKey = "";
    }
    if (learnedKey !== shape) {
      learnedKey = shape;
      learned = [];
      pathKey = "";
    }
    const nextPath = [steps, score].join();
    if (pathKey !== nextPath) {
      pathKey = nextPath;
      learned = learnPlane(numbers.x, numbers.y, startOf(shape), steps, learned);
      takeSteps(numbers, learned.slice(0, steps + 1), angle);
      numbers.error = null;
    }
    attend(numbers, state.q1, state.q2, score, mask);
    return numbers;
  };
}

/** @param {string} shape */
const startOf = (shape) => SHAPES[/** @type {keyof typeof SHAPES} */ (shape)];

/**
 * @param {Numbers} numbers
 * @param {import("../engine/metric.js").Learned[]} steps from the start
 * @param {number} angle of u, in degrees
 */
function takeSteps(numbers, steps, angle) {
  numbers.path = steps.map(({ w, loss }) => ({
    loss,
    values: singularValues(matrixOf(w)).values,
  }));
  const { w, loss } = steps[steps.length - 1];
  const matrix = matrixOf(w);
  const { values, leading } = singularValues(matrix);
  Object.assign(numbers, { w, matrix, values, leading, loss, tilt: tiltOf(leading, angle) });
}

/**
 * The angle between two lines, in degrees, 0 to 90.
 *
 * @param {number} first where one points, in degrees
 * @param {number} second
 */
export function tiltOf(first, second) {
  const apart = Math.abs(first - second) % 180;
  return Math.min(apart, 180 - apart);
}

/**
 * @param {Numbers} numbers
 * @param {number} q1
 * @param {number} q2
 * @param {string} score
 * @param {string} mask
 */
function attend(numbers, q1, q2, score, mask) {
  const { x, y, direction, matrix } = numbers;
  const place = mask === "none" ? null : nearestPlace(x, q1, q2);
  const query = place === null ? [q1, q2] : [x[2 * place], x[2 * place + 1]];
  const allows = (/** @type {number} */ key) => MASKS[mask](key, place ?? -1);
  const weights = planeWeights(Float64Array.from(query), x, matrix, score, allows);
  const alone = Number.isNaN(weights[0]);
  Object.assign(numbers, {
    ...{ query, place, weights, alone },
    hidden: Array.from(y, (_, key) => !allows(key)),
    attended: alone ? 0 : effectiveCount(weights, y.length, 0),
    prediction: pool(weights, y)[0],
    truth: singleIndexTruth(query[0], query[1], direction),
  });
}

/**
 * The training point that is nearest to a place.
 *
 * @param {Float64Array} x (2n)
 * @param {number} x1
 * @param {number} x2
 */
export function nearestPlace(x, x1, x2) {
  let best = Infinity;
  let found = 0;
  for (let i = 0; i < x.length / 2; i++) {
    const [d1, d2] = [x[2 * i] - x1, x[2 * i + 1] - x2];
    const square = d1 * d1 + d2 * d2;
    if (square < best) [best, found] = [square, i];
  }
  return found;
}

/**
 * Root of the mean squared error on the test points, which no mask concerns; computed once for the
 * same W and score.
 *
 * @param {State} state
 * @param {Numbers} numbers
 */
export function testError({ score }, numbers) {
  if (numbers.error === null) {
    const { testX, testY, x, y, matrix } = numbers;
    numbers.error = rmse(pool(planeWeights(testX, x, matrix, score), y), testY);
  }
  return numbers.error;
}
