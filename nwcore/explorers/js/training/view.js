/**
 * The view of the training explorer.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").TrainingBoxes} TrainingBoxes
 * @typedef {import("../types.js").View<Numbers, TrainingBoxes, null>} TrainingView
 * @typedef {import("../types.js").Shell<TrainingBoxes, Numbers>} TrainingShell
 */
import { REDUCTIONS } from "../engine/training.js";
import { make, setDisabled, write } from "../shell/dom.js";
import { makeButton } from "../shell/parts.js";
import { COMMON, logarithmic, namedIn, WHOLE } from "../shell/rules.js";
import { createRun } from "../shell/run.js";
import { openShell } from "../shell/shell.js";
import { fill } from "../shell/text.js";
import { isSettled, stepsOfRun } from "./computation.js";
import { measure } from "./fields.js";
import { createTrainingPicture, createTrainingWriters } from "./picture.js";
import { createSteps } from "./steps.js";
import { table } from "./table.js";
import { createTeller } from "./tip.js";

const REDUCTION_NAMES = Object.keys(REDUCTIONS);
const RUN_STEPS = 40;
const RUN_PAUSE = 320; // milliseconds

/** @type {NonNullable<import("../types.js").Trait["write"]>} */
const short = (value, writeNumber) => writeNumber(value, value < 0.1 ? 3 : value < 10 ? 2 : 1);

/** @type {import("../types.js").Traits} */
export const TRAINING_TRAITS = {
  start: { address: "start", pointer: logarithmic(3), write: short },
  lr: { address: "lr", pointer: logarithmic(2), write: short },
  reduction_index: { address: "loss", pointer: WHOLE, ...namedIn(REDUCTION_NAMES) },
  steps: { address: "steps", pointer: WHOLE },
  noise: COMMON.noise,
  n_train: { address: "n", pointer: WHOLE },
  seed: { address: "seed", pointer: WHOLE },
};

/**
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @returns {() => void} what closes it
 */
export function openTraining(page) {
  const words = page.model.get("words");
  const writers = createTrainingWriters(words);
  const { writeNumber } = writers;

  const shell = openShell(
    page,
    /** @type {TrainingView} */ ({
      name: "training",
      traits: TRAINING_TRAITS,
      picture: createTrainingPicture(words),
      complete: (state) => ({ ...state, reduction: REDUCTION_NAMES[state.reduction_index] }),
      look: () => null,
      measure,
      table,
      tip: createTeller(words),
      interrupt: () => run.stop(),
      describe: (state, { path, now }) =>
        fill(words.training_alt, {
          steps: path.length - 1,
          lr: writeNumber(state.lr, 3),
          w_first: writeNumber(state.start, 2),
          w_last: writeNumber(Math.abs(now.w), 2),
          loss: writeNumber(now.loss, 3),
        }),
      refresh(state, numbers) {
        steps.refresh(state, numbers);
        refreshButtons(state, numbers);
      },
    }),
  );
  const { signal } = shell;
  const run = createRun(shell, {
    pause: RUN_PAUSE,
    stride: 1,
    most: RUN_STEPS,
    isOver: ({ path, diverged }) => diverged || isSettled(path),
    endOf: (goal) => stepsOfRun(shell.state(), shell.numbers(), goal),
  });
  const steps = createSteps(words, writers, signal);

  const button = (/** @type {string} */ label, /** @type {() => void} */ act) =>
    makeButton(
      label,
      () => {
        run.stop();
        act();
      },
      signal,
    );
  const step = button(words.do_step, () => shell.set({ steps: run.takenSteps() + 1 }));
  const toggle = makeButton(
    words.do_run,
    () => (run.isRunning() ? run.stop() : run.start()),
    signal,
  );
  const reset = button(words.do_reset, () => shell.set({ steps: 0 }));
  const another = button(words.another, () =>
    shell.set({ seed: (shell.state().seed + 1) % 2 ** 32, steps: 0 }),
  );
  step.classList.add("nw-primary");
  toggle.classList.add("nw-play");
  shell.root.append(
    make("div", { class: "nw-actions" }, step, toggle, reset, another, ...shell.actions),
    ...steps.nodes,
  );

  /**
   * @param {import("../types.js").State} state
   * @param {Numbers} numbers
   */
  function refreshButtons(state, numbers) {
    const finished = numbers.diverged || state.steps >= shell.ranges.steps[1];
    setDisabled(step, finished);
    setDisabled(toggle, finished && !run.isRunning());
    setDisabled(reset, state.steps === 0);
    write(toggle, run.isRunning() ? words.do_pause : words.do_run);
  }

  return shell.close;
}
