/**
 * The view of the context explorer.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").ContextBoxes} ContextBoxes
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").View<Numbers, ContextBoxes, null>} ContextView
 * @typedef {import("../types.js").Shell<ContextBoxes, Numbers>} ContextShell
 */
import { theoreticalW } from "../engine/tasks.js";
import { make, setDisabled, write } from "../shell/dom.js";
import { makeButton, makeReadouts } from "../shell/parts.js";
import { COMMON, logarithmic, WHOLE } from "../shell/rules.js";
import { openShell } from "../shell/shell.js";
import { createWriter, fill } from "../shell/text.js";
import { soundTrainings, trainingsFromText, trainingsToText } from "./earlier.js";
import { measure } from "./fields.js";
import { createContextPicture } from "./picture.js";
import { createRun, isTrainedHere, isTrainedOnFamily } from "./run.js";
import { table } from "./table.js";
import { createTeller } from "./tip.js";

const READOUTS = ["learned_w", "theory_w", "task_w", "frozen_error", "least_error"];

/** @type {NonNullable<import("../types.js").Trait["write"]>} */
const short = (value, writeNumber) => writeNumber(value, 2);
const ROUGHNESS = logarithmic(3);

/** @type {import("../types.js").Traits} */
export const CONTEXT_TRAITS = {
  n_context: { address: "n", pointer: WHOLE },
  noise: COMMON.noise,
  roughness: { address: "roughness", pointer: ROUGHNESS, write: short },
  task: { address: "task", pointer: WHOLE },
  seed: { address: "seed", pointer: WHOLE },
  steps: { address: "steps", pointer: WHOLE },
  trained_n: { address: "tn", pointer: WHOLE },
  trained_noise: { address: "tnoise", pointer: COMMON.noise.pointer },
  trained_roughness: { address: "troughness", pointer: ROUGHNESS },
  trained_seed: { address: "tseed", pointer: WHOLE },
  earlier: { address: "before", toText: trainingsToText, fromText: trainingsFromText },
};

/**
 * What is said of the picture and beside it.
 *
 * @param {import("../types.js").Words} words
 */
export function createSentences(words) {
  const writeNumber = createWriter(words);
  return {
    describe: (/** @type {State} */ state, /** @type {Numbers} */ numbers) =>
      fill(words.context_alt, {
        task: state.task,
        n: state.n_context,
        noise: writeNumber(state.noise, 2),
        roughness: writeNumber(state.roughness, 2),
        steps: state.steps,
        w: writeNumber(numbers.w, 2),
        error: writeNumber(numbers.error, 3),
        best: writeNumber(numbers.best, 2),
        least: writeNumber(numbers.leastError, 3),
        theory: writeNumber(numbers.theory, 2),
      }),
    /** What was learned where, and whether that fits what is shown. */
    learned(/** @type {State} */ state) {
      if (state.steps === 0) return words.context_untrained;
      const trained = {
        n: state.trained_n,
        noise: writeNumber(state.trained_noise, 2),
        roughness: writeNumber(state.trained_roughness, 2),
        steps: state.steps,
      };
      if (isTrainedOnFamily(state)) return fill(words.context_here, trained);
      const { trained_n, trained_noise, trained_roughness } = state;
      const there = theoreticalW(trained_n, trained_noise, trained_roughness);
      const here = theoreticalW(state.n_context, state.noise, state.roughness);
      return fill(here > there ? words.context_too_wide : words.context_too_narrow, trained);
    },
  };
}

/**
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @returns {() => void} what closes it
 */
export function openContext(page) {
  const words = page.model.get("words");
  const sentences = createSentences(words);

  const shell = openShell(
    page,
    /** @type {ContextView} */ ({
      name: "context",
      traits: CONTEXT_TRAITS,
      picture: createContextPicture(words),
      complete: (state) => ({ ...state, earlier: soundTrainings(state.earlier) }),
      look: () => null,
      measure,
      table,
      tip: createTeller(words),
      interrupt: () => run.stop(),
      describe: sentences.describe,
      refresh(state, numbers) {
        write(learned, sentences.learned(state));
        refreshReadouts(numbers);
        refreshButtons(state);
      },
    }),
  );
  const { signal, writeNumber } = shell;
  const run = createRun(shell);
  const learned = make("p", { class: "nw-sum" });
  const readouts = makeReadouts(READOUTS, words);

  const train = makeButton(
    words.do_train,
    () => (run.isRunning() ? run.stop() : run.start()),
    signal,
  );
  const forget = makeButton(
    words.do_forget,
    () => {
      run.stop();
      shell.set({ steps: 0, earlier: [] });
    },
    signal,
  );
  const anotherTask = makeButton(
    words.another_task,
    () => shell.set({ task: (shell.state().task + 1) % (shell.ranges.task[1] + 1) }),
    signal,
  );
  train.classList.add("nw-primary", "nw-play");
  shell.root.append(
    learned,
    readouts.list,
    make("div", { class: "nw-actions" }, train, anotherTask, forget, ...shell.actions),
  );

  function refreshReadouts(/** @type {Numbers} */ numbers) {
    readouts.set("learned_w", writeNumber(numbers.w, 2));
    readouts.set("theory_w", writeNumber(numbers.theory, 2));
    readouts.set("task_w", writeNumber(numbers.best, 2));
    readouts.set("frozen_error", writeNumber(numbers.error, 3));
    readouts.set("least_error", writeNumber(numbers.leastError, 3));
  }

  function refreshButtons(/** @type {State} */ state) {
    const finished = isTrainedHere(state) && state.steps === shell.ranges.steps[1];
    setDisabled(train, finished && !run.isRunning());
    setDisabled(forget, state.steps === 0 && state.earlier.length === 0);
    write(train, run.isRunning() ? words.do_pause : words.do_train);
  }

  return shell.close;
}
