/**
 * Families of regression tasks, and one inverse bandwidth trained on many of them: nwcore.tasks.
 *
 * Shapes: t tasks, n examples in the context of each, q queries to each, 4 waves; one task's numbers
 * stand after another's.
 *
 * @typedef {object} Tasks
 * @property {Float64Array} x (t · n) inputs, in ascending order within a task
 * @property {Float64Array} y (t · n) noisy outputs
 * @property {Float64Array} queries (t · q)
 * @property {Float64Array} targets (t · q) noisy outputs at the queries
 * @property {Float64Array} truth (t · q) their noise-free part
 * @property {Float64Array} speeds (t · 4) of the waves, in radians per unit of x
 * @property {Float64Array} phases (t · 4) in radians
 * @property {number} nContext n
 * @property {number} nQueries q
 *
 * @typedef {object} Step where training is after a step, and the moments that Adam keeps
 * @property {number} w
 * @property {number} loss mean squared error over tasks and queries, against the noisy targets
 * @property {number} slope its derivative by log w
 * @property {number} logW
 * @property {number} mean of slopes
 * @property {number} square mean of their squares
 */
import { X_MAX } from "./data.js";
import { normal, uniform } from "./draws.js";
import { expMinus } from "./exponential.js";

const N_WAVES = 4;
const NEGLIGIBLE = 40; // beyond it, exp(−score) is less than what rounding takes from 1
const STREAMS = { inputs: 30, deviations: 31, queries: 32, phases: 33, speeds: 34, targets: 35 };

// Adam (Kingma and Ba, 2015), with the constants of torch.optim.Adam.
const MEAN_DECAY = 0.9;
const SQUARE_DECAY = 0.999;
const TINY = 1e-8;

/**
 * Draw tasks of the endless list that a seed stands for.
 *
 * @param {object} family
 * @param {number} family.nTasks t
 * @param {number} family.nContext n
 * @param {number} family.noise standard deviation; it scales the same deviations
 * @param {number} family.roughness in radians per unit of x
 * @param {number} family.seed an integer in [0, 2^32)
 * @param {number} family.nQueries q
 * @param {number} family.margin how far queries stay from the ends
 * @param {number} [family.first] the place in the list of the first of them
 * @returns {Tasks}
 */
export function makeTasks(family) {
  const { nTasks, nContext, noise, roughness, seed, nQueries, margin, first = 0 } = family;
  const drawn = (
    /** @type {typeof uniform} */ draw,
    /** @type {number} */ stream,
    /** @type {number} */ count,
  ) => draw(seed, stream, nTasks * count, first * count);
  const speeds = drawn(uniform, STREAMS.speeds, N_WAVES).map((u) => roughness * (0.5 + u));
  const phases = drawn(uniform, STREAMS.phases, N_WAVES).map((u) => 2 * Math.PI * u);
  const x = drawn(uniform, STREAMS.inputs, nContext).map((u) => X_MAX * u);
  for (let task = 0; task < nTasks; task++) {
    x.subarray(task * nContext, (task + 1) * nContext).sort();
  }
  const queries = drawn(uniform, STREAMS.queries, nQueries);
  for (let i = 0; i < queries.length; i++) queries[i] = margin + (X_MAX - 2 * margin) * queries[i];

  const y = drawn(normal, STREAMS.deviations, nContext);
  const targets = drawn(normal, STREAMS.targets, nQueries);
  const truth = new Float64Array(nTasks * nQueries);
  for (let task = 0; task < nTasks; task++) {
    const curve = curveOf(speeds, phases, task);
    for (let i = task * nContext; i < (task + 1) * nContext; i++) y[i] = curve(x[i]) + noise * y[i];
    for (let i = task * nQueries; i < (task + 1) * nQueries; i++) {
      truth[i] = curve(queries[i]);
      targets[i] = truth[i] + noise * targets[i];
    }
  }
  return { x, y, queries, targets, truth, speeds, phases, nContext, nQueries };
}

/**
 * The noise-free curve of one task.
 *
 * @param {Tasks} tasks
 * @param {number} task
 * @returns {(x: number) => number}
 */
export const trueCurve = ({ speeds, phases }, task) => curveOf(speeds, phases, task);

/**
 * @param {Float64Array} speeds
 * @param {Float64Array} phases
 * @param {number} task
 */
function curveOf(speeds, phases, task) {
  const first = task * N_WAVES;
  return (/** @type {number} */ x) => {
    let sum = 0;
    for (let j = first; j < first + N_WAVES; j++) sum += Math.sin(speeds[j] * x + phases[j]);
    return Math.sqrt(2 / N_WAVES) * sum;
  };
}

/**
 * Answer queries from examples by attention with a Gaussian kernel.
 *
 * @param {Float64Array} queries (q)
 * @param {Float64Array} x (n) in ascending order
 * @param {Float64Array} y (n)
 * @param {number} w inverse bandwidth, above 0
 * @param {Float64Array} [slopes] (q) where the derivatives by log w are written
 * @returns {Float64Array} (q)
 */
export function answers(queries, x, y, w, slopes) {
  const found = new Float64Array(queries.length);
  for (let i = 0; i < queries.length; i++) {
    const nearest = nearestOf(queries[i], x);
    const least = scoreOf(queries[i], x[nearest], w);
    let total = 0;
    let sum = 0;
    let scores = 0;
    let scoredSum = 0;
    // Outwards from the nearest, which has a similarity of 1, on one side and on the other.
    for (const side of [-1, 1]) {
      for (let j = side < 0 ? nearest : nearest + 1; j >= 0 && j < x.length; j += side) {
        const score = scoreOf(queries[i], x[j], w) - least;
        if (!(score < NEGLIGIBLE)) break; // and so are all that follow
        const similarity = expMinus(score);
        const pull = similarity * y[j];
        total += similarity;
        sum += pull;
        scores += similarity * score;
        scoredSum += pull * score;
      }
    }
    found[i] = sum / total;
    // Each score grows by twice itself with log w: a covariance of outputs and scores.
    if (slopes) slopes[i] = (-2 * (scoredSum - found[i] * scores)) / total;
  }
  return found;
}

/**
 * @param {number} query
 * @param {number} key
 * @param {number} w
 */
function scoreOf(query, key, w) {
  const scaled = (query - key) * w;
  return 0.5 * scaled * scaled;
}

/**
 * The place of the nearest key, by halving.
 *
 * @param {number} query
 * @param {Float64Array} keys in ascending order
 */
function nearestOf(query, keys) {
  let low = 0; // keys before it are less than the query,
  let high = keys.length; // those from here on are not
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < query) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return 0;
  return low === keys.length || query - keys[low - 1] <= keys[low] - query ? low - 1 : low;
}

/**
 * Mean squared error of one w over all tasks and queries, against the noisy targets.
 *
 * @param {Tasks} tasks
 * @param {number} w inverse bandwidth, above 0
 * @returns {{loss: number, slope: number}} the error, and its derivative by log w
 */
export function contextLoss({ x, y, queries, targets, nContext: n, nQueries: q }, w) {
  const slopes = new Float64Array(q);
  let loss = 0;
  let slope = 0;
  for (let task = 0; task * q < queries.length; task++) {
    const asked = queries.subarray(task * q, (task + 1) * q);
    const inputs = x.subarray(task * n, (task + 1) * n);
    const found = answers(asked, inputs, y.subarray(task * n, (task + 1) * n), w, slopes);
    for (let i = 0; i < q; i++) {
      const error = found[i] - targets[task * q + i];
      loss += error * error;
      slope += 2 * error * slopes[i];
    }
  }
  return { loss: loss / queries.length, slope: slope / queries.length };
}

/**
 * Where training begins.
 *
 * @param {Tasks} tasks
 * @param {number} w
 * @returns {Step}
 */
export const firstStep = (tasks, w) => ({
  ...{ w, logW: Math.log(w), mean: 0, square: 0 },
  ...contextLoss(tasks, w),
});

/**
 * Go on with training by one step of Adam on log w.
 *
 * @param {Tasks} tasks
 * @param {Step} before
 * @param {number} count how many steps there are with this one
 * @param {number} lr about how far log w moves
 * @returns {Step}
 */
export function nextStep(tasks, before, count, lr) {
  const { slope } = before;
  const mean = MEAN_DECAY * before.mean + (1 - MEAN_DECAY) * slope;
  const square = SQUARE_DECAY * before.square + (1 - SQUARE_DECAY) * slope * slope;
  const spread = Math.sqrt(square / (1 - SQUARE_DECAY ** count)) + TINY;
  const logW = before.logW - (lr * mean) / (1 - MEAN_DECAY ** count) / spread;
  const w = Math.exp(logW);
  return { ...{ w, logW, mean, square }, ...contextLoss(tasks, w) };
}

/**
 * Where a curve of a loss over log w is least: the lowest place, and a parabola beside it.
 *
 * @param {Float64Array} grid (g) inverse bandwidths, evenly spaced in their logarithms, at least 3
 * @param {Float64Array} losses (g)
 */
export function bestW(grid, losses) {
  const last = grid.length - 1;
  const lowest = losses.indexOf(losses.reduce((a, b) => Math.min(a, b)));
  if (lowest === 0 || lowest === last) return grid[lowest];
  const [before, here, after] = losses.subarray(lowest - 1, lowest + 2);
  const bend = before - 2 * here + after;
  const shift = bend > 0 ? (before - after) / (2 * bend) : 0;
  return grid[lowest] * (grid[last] / grid[0]) ** (shift / last);
}

/**
 * The w that balances bias and variance in a family, for many examples.
 *
 * @param {number} nContext
 * @param {number} noise above 0
 * @param {number} roughness
 */
export function theoreticalW(nContext, noise, roughness) {
  const fourthMoment = (1.5 ** 5 - 0.5 ** 5) / 5; // of speeds, but for the roughness
  const roundness = 1 / (2 * Math.sqrt(Math.PI)); // the integral of the squared kernel
  const curvature = roughness ** 4 * fourthMoment;
  return ((nContext * curvature) / (X_MAX * noise * noise * roundness)) ** 0.2;
}
