/** What the training explorer shows: the loss over w, the steps taken on it, and where they lead. */
import { attentionWeights, pool } from "../engine/attention.js";
import { makeQueries, makeRegression, trueFunction } from "../engine/data.js";
import { kernelNamed } from "../engine/kernels.js";
import { descend, leaveOneOut, lossDivisor } from "../engine/training.js";

export const QUERIES = 50;
export const W_LIMITS = [0.01, 100];
const GRID = 181;

/**
 * n training points, q queries, g places on the axis of w.
 *
 * @typedef {object} Numbers
 * @property {Float64Array} grid (g) inverse bandwidths
 * @property {Float64Array} landscape (g) sums of squared errors there
 * @property {Float64Array} losses (g) the same as losses
 * @property {{w: number, loss: number}} least the least sum of squared errors, and where it is
 * @property {{w: number, loss: number}} minimum the same of the losses
 * @property {Float64Array} x (n)
 * @property {Float64Array} y (n)
 * @property {Array<{w: number, loss: number, gradient: number}>} path the steps, from the start
 * @property {{w: number, loss: number, gradient: number}} now the last of them
 * @property {boolean} diverged whether fewer steps were possible than were asked for
 * @property {Float64Array} queries (q)
 * @property {Float64Array} truth (q)
 * @property {Float64Array} weights (q · n)
 * @property {Float64Array} predictions (q)
 * @property {number} largest the largest weight
 * @property {object} version another object for other weights
 */

/** @returns {(state: import("../types.js").State) => Numbers} */
export function createComputation() {
  const kernel = kernelNamed("gaussian");
  let dataKey = "";
  let pathKey = "";
  const numbers = /** @type {Numbers} */ ({ queries: makeQueries(QUERIES) });
  numbers.truth = numbers.queries.map(trueFunction);
  const ratio = (W_LIMITS[1] / W_LIMITS[0]) ** (1 / (GRID - 1));
  numbers.grid = Float64Array.from({ length: GRID }, (_, i) => W_LIMITS[0] * ratio ** i);

  return function compute(state) {
    const { start, lr, reduction, steps, noise, n_train: n, seed } = state;
    const nextData = [noise, n, seed].join();
    if (dataKey !== nextData) {
      dataKey = nextData;
      const { x, y } = Object.assign(numbers, makeRegression(n, noise, seed));
      numbers.landscape = numbers.grid.map((w) => leaveOneOut(x, y, w, kernel).loss);
      numbers.least = findLeast(numbers, (w) => leaveOneOut(x, y, w, kernel));
      pathKey = "";
    }
    const nextPath = [start, lr, reduction, steps].join();
    if (pathKey !== nextPath) {
      pathKey = nextPath;
      const { x, y, queries } = numbers;
      numbers.path = descend(x, y, { start, lr, reduction, steps });
      const divisor = lossDivisor(reduction, n);
      numbers.losses = numbers.landscape.map((loss) => loss / divisor);
      numbers.minimum = { w: numbers.least.w, loss: numbers.least.loss / divisor };
      numbers.now = numbers.path[numbers.path.length - 1];
      numbers.diverged = numbers.path.length <= steps;
      numbers.weights = attentionWeights(queries, x, numbers.now.w, kernel);
      numbers.predictions = pool(numbers.weights, y);
      numbers.largest = numbers.weights.reduce((a, b) => Math.max(a, b), 0);
      numbers.version = {};
    }
    return numbers;
  };
}

const HALVINGS = 50; // of a step of the grid: to the last digit

/**
 * The least loss: beside the lowest place of the grid, where the gradient changes its sign.
 *
 * @param {{grid: Float64Array, landscape: Float64Array}} known
 * @param {(w: number) => {loss: number, gradient: number}} evaluate
 */
function findLeast({ grid, landscape }, evaluate) {
  const lowest = landscape.indexOf(landscape.reduce((a, b) => Math.min(a, b)));
  let low = grid[Math.max(0, lowest - 1)];
  let high = grid[Math.min(grid.length - 1, lowest + 1)];
  let best = { w: grid[lowest], loss: landscape[lowest] };
  for (let halving = 0; halving < HALVINGS; halving++) {
    const w = (low + high) / 2;
    const { loss, gradient } = evaluate(w);
    if (loss < best.loss) best = { w, loss };
    if (gradient < 0) low = w;
    else high = w;
  }
  return best;
}

const SETTLED = 1e-4; // a step that moves |w| by less than this share of it

/**
 * Whether the last step hardly moved.
 *
 * @param {Array<{w: number}>} path
 */
export function isSettled(path) {
  if (path.length < 2) return false;
  const [before, after] = path.slice(-2);
  return Math.abs(after.w - before.w) < SETTLED * Math.abs(after.w);
}

/**
 * How many steps a run takes at once: until it settles, at most `goal`.
 *
 * @param {import("../types.js").State} state
 * @param {Numbers} numbers
 * @param {number} goal
 */
export function stepsOfRun({ start, lr, reduction }, { x, y, path: taken }, goal) {
  const path = descend(x, y, { start, lr, reduction, steps: goal });
  const end = path.findIndex(
    (_, step) => step >= taken.length && isSettled(path.slice(0, step + 1)),
  );
  return end < 0 ? path.length - 1 : end;
}
