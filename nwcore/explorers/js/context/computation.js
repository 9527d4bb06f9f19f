/**
 * What the context explorer shows: the w that training has reached, a task that was no part of it, and
 * what this w and the best one make of that task.
 *
 * @typedef {import("../engine/tasks.js").Step} Step
 * @typedef {import("../engine/tasks.js").Tasks} Tasks
 * @typedef {import("../types.js").State} State
 */
import { rmse } from "../engine/attention.js";
import {
  answers,
  bestW,
  firstStep,
  makeTasks,
  nextStep,
  theoreticalW,
  trueCurve,
} from "../engine/tasks.js";

/** How far queries stay from the ends. */
export const MARGIN = 1;
// Tasks that are trained on; those shown come after them in the list of their seed.
const TRAINING_TASKS = 200;
const FORM = { nQueries: 8, margin: MARGIN };
const START = 1;
const RATE = 0.1;
// Places on [0, 5] where curves are drawn; on [1, 4], where training asks too, errors are taken.
const PER_UNIT = 20;
const PLACES = 5 * PER_UNIT + 1;
const ASKED = [MARGIN * PER_UNIT, (5 - MARGIN) * PER_UNIT + 1];
const GRID_LIMITS = [0.1, 100];
const GRID = 61;

/**
 * n examples, p places, g inverse bandwidths.
 *
 * @typedef {object} Numbers
 * @property {Float64Array} places (p)
 * @property {Float64Array} grid (g)
 * @property {Float64Array} x (n) the context of the task shown
 * @property {Float64Array} y (n)
 * @property {Float64Array} truth (p)
 * @property {Float64Array} predictions (p) at the w learned
 * @property {Float64Array} bestPredictions (p) at the best w of this task
 * @property {number} error root mean squared, of `predictions` where training asks
 * @property {number} leastError the same of `bestPredictions`
 * @property {number[]} path w after each step of training, from the start
 * @property {number} w the last of them
 * @property {number} best the best w of this task
 * @property {number} theory the w that theory gives the family shown
 */

/** @returns {(state: State) => Numbers} */
export function createComputation() {
  let taskKey = "";
  let shownKey = "";
  const train = createTraining();
  const numbers = /** @type {Numbers} */ ({});
  numbers.places = Float64Array.from({ length: PLACES }, (_, i) => i / PER_UNIT);
  const ratio = (GRID_LIMITS[1] / GRID_LIMITS[0]) ** (1 / (GRID - 1));
  numbers.grid = Float64Array.from({ length: GRID }, (_, i) => GRID_LIMITS[0] * ratio ** i);

  return function compute(state) {
    const { n_context: nContext, noise, roughness, seed, task } = state;
    const nextTask = [nContext, noise, roughness, seed, task].join();
    if (taskKey !== nextTask) {
      taskKey = nextTask;
      const family = { ...FORM, nContext, noise, roughness, seed };
      Object.assign(numbers, lookAtTask(family, TRAINING_TASKS + task, numbers));
      numbers.theory = theoreticalW(nContext, noise, roughness);
      shownKey = "";
    }
    numbers.path = train(state);
    numbers.w = numbers.path[numbers.path.length - 1];
    if (shownKey !== String(numbers.w)) {
      shownKey = String(numbers.w);
      const { places, x, y, truth, w } = numbers;
      numbers.predictions = answers(places, x, y, w);
      numbers.error = rmse(asked(numbers.predictions), asked(truth));
    }
    return numbers;
  };
}

/** @param {Float64Array} curve (p) */
const asked = (curve) => curve.subarray(ASKED[0], ASKED[1]);

/**
 * A task, and what the best w makes of it.
 *
 * @param {Omit<Parameters<typeof makeTasks>[0], "nTasks"|"first">} family
 * @param {number} first
 * @param {{places: Float64Array, grid: Float64Array}} known
 */
function lookAtTask(family, first, { places, grid }) {
  const tasks = makeTasks({ ...family, nTasks: 1, first });
  const { x, y } = tasks;
  const truth = places.map(trueCurve(tasks, 0));
  const losses = grid.map((w) => rmse(answers(asked(places), x, y, w), asked(truth)) ** 2);
  const best = bestW(grid, losses);
  const bestPredictions = answers(places, x, y, best);
  const leastError = rmse(asked(bestPredictions), asked(truth));
  return { x, y, truth, best, bestPredictions, leastError };
}

/** Training that is kept, as far as it was asked for: a next step costs one step. */
function createTraining() {
  let familyKey = "";
  /** @type {Tasks|null} */
  let tasks = null;
  /** @type {Step[]} */
  let taken = [];

  return (/** @type {State} */ state) => {
    const {
      steps,
      trained_n: nContext,
      trained_noise: noise,
      trained_roughness: roughness,
    } = state;
    if (steps === 0) return [START];
    const nextFamily = [nContext, noise, roughness, state.trained_seed].join();
    if (familyKey !== nextFamily || tasks === null) {
      familyKey = nextFamily;
      const family = { ...FORM, nContext, noise, roughness, seed: state.trained_seed };
      tasks = makeTasks({ ...family, nTasks: TRAINING_TASKS });
      taken = [firstStep(tasks, START)];
    }
    while (taken.length <= steps) {
      taken.push(nextStep(tasks, taken[taken.length - 1], taken.length, RATE));
    }
    return taken.slice(0, steps + 1).map(({ w }) => w);
  };
}
