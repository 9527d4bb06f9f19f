/** Training in sight: some steps at a time, or all at once for a reader who wants nothing to move. */
import { withTraining } from "./earlier.js";

const STEPS_AT_ONCE = 3;
const PAUSE = 45; // milliseconds between them: a whole training takes less than two seconds

/**
 * Whether the model was trained, or is being trained, on the tasks of the family shown.
 *
 * @param {import("../types.js").State} state
 */
export const isTrainedHere = (state) =>
  isTrainedOnFamily(state) && state.trained_seed === state.seed;

/**
 * Whether that was on tasks of the family shown, these or others.
 *
 * @param {import("../types.js").State} state
 */
export const isTrainedOnFamily = (state) =>
  state.steps > 0 &&
  state.trained_n === state.n_context &&
  state.trained_noise === state.noise &&
  state.trained_roughness === state.roughness;

/** @param {import("./view.js").ContextShell} shell */
export function createRun(shell) {
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let timer;
  const goal = shell.ranges.steps[1];

  function stop() {
    clearInterval(timer);
    timer = undefined;
    shell.hold(false);
    shell.schedule();
  }

  /** The beginning of a training on the family shown; a finished one stays as a dot. */
  function beginning() {
    const { n_context, noise, roughness, seed, steps, trained_n, earlier } = shell.state();
    return {
      ...{ trained_n: n_context, trained_noise: noise, trained_roughness: roughness },
      ...{ trained_seed: seed, steps: 0 },
      earlier: steps === goal ? withTraining(earlier, trained_n, shell.numbers().w) : earlier,
    };
  }

  function start() {
    const isBegun = isTrainedHere(shell.state()); // and goes on
    const changes = isBegun ? {} : beginning();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shell.set({ ...changes, steps: goal });
      return;
    }
    let steps = isBegun ? shell.state().steps : 0;
    const advance = () => {
      if (steps === goal) {
        stop(); // once the last step has been noted with the others
        return;
      }
      steps = Math.min(goal, steps + STEPS_AT_ONCE);
      shell.set({ steps });
    };
    shell.hold(true); // a whole training is taken back at once
    timer = setInterval(advance, PAUSE);
    shell.set(changes);
    advance();
  }

  shell.signal.addEventListener("abort", () => clearInterval(timer));
  return { start, stop, isRunning: () => timer !== undefined };
}
