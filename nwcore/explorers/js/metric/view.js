/**
 * The view of the metric explorer.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./layout.js").MetricBoxes} MetricBoxes
 * @typedef {import("../types.js").View<Numbers, MetricBoxes, null>} MetricView
 * @typedef {import("../types.js").Shell<MetricBoxes, Numbers>} MetricShell
 */
import { SHAPES } from "../engine/metric.js";
import { MASKS, SCORES } from "../engine/plane.js";
import { make, setDisabled, write } from "../shell/dom.js";
import { makeButton, makeReadouts } from "../shell/parts.js";
import { COMMON, linear, namedIn, WHOLE } from "../shell/rules.js";
import { createRun } from "../shell/run.js";
import { openShell } from "../shell/shell.js";
import { testError } from "./computation.js";
import { measure } from "./fields.js";
import { createHandle } from "./keyboard.js";
import { createMetricPicture } from "./picture.js";
import { listenToPointer } from "./pointer.js";
import { createSentences } from "./sentences.js";
import { table } from "./table.js";
import { createTeller } from "./tip.js";

const [SHAPE_NAMES, SCORE_NAMES, MASK_NAMES] = [SHAPES, SCORES, MASKS].map(Object.keys);
const READOUTS = ["w", "first_value", "second_value", "tilt", "loss", "test_error"];
// All 150 steps in less than two seconds.
const RUN_STRIDE = 4;
const RUN_PAUSE = 40; // milliseconds

const COORDINATE = linear({ step: 0.01, arrow: 0.05, page: 0.5 });

/** @type {import("../types.js").Traits} */
export const METRIC_TRAITS = {
  angle: { address: "angle", pointer: WHOLE },
  noise: COMMON.noise,
  n_train: { address: "n", pointer: WHOLE },
  seed: { address: "seed", pointer: WHOLE },
  steps: { address: "steps", pointer: WHOLE },
  shape_index: { address: "shape", pointer: WHOLE, ...namedIn(SHAPE_NAMES) },
  score_index: { address: "score", pointer: WHOLE, ...namedIn(SCORE_NAMES) },
  mask_index: { address: "mask", pointer: WHOLE, ...namedIn(MASK_NAMES) },
  q1: { address: "q1", pointer: COORDINATE },
  q2: { address: "q2", pointer: COORDINATE },
};

/** @param {import("../types.js").State} state */
const complete = (state) => ({
  ...state,
  shape: SHAPE_NAMES[state.shape_index],
  score: SCORE_NAMES[state.score_index],
  mask: MASK_NAMES[state.mask_index],
});

/**
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @returns {() => void} what closes it
 */
export function openMetric(page) {
  const words = page.model.get("words");
  const sentences = createSentences(words);

  const shell = openShell(
    page,
    /** @type {MetricView} */ ({
      name: "metric",
      traits: METRIC_TRAITS,
      picture: createMetricPicture(words),
      complete,
      look: () => null,
      measure,
      table,
      tip: createTeller(words),
      interrupt: () => run.stop(),
      describe: sentences.describe,
      refresh(state, numbers) {
        handle.refresh();
        refreshNumbers(state, numbers);
        refreshButtons(state);
      },
    }),
  );
  const { signal, writeNumber } = shell;
  const run = createRun(shell, {
    pause: RUN_PAUSE,
    stride: RUN_STRIDE,
    most: shell.ranges.steps[1],
  });
  const handle = createHandle(shell, sentences.query);
  listenToPointer(shell);

  const button = (/** @type {string} */ label, /** @type {() => void} */ act) =>
    makeButton(
      label,
      () => {
        run.stop();
        act();
      },
      signal,
    );
  const toggle = makeButton(
    words.do_learn,
    () => (run.isRunning() ? run.stop() : run.start()),
    signal,
  );
  const step = button(words.do_step, () => shell.set({ steps: run.takenSteps() + 1 }));
  const reset = button(words.do_reset, () => shell.set({ steps: 0 }));
  const another = button(words.another, () =>
    shell.set({ seed: (shell.state().seed + 1) % 2 ** 32, steps: 0 }),
  );
  toggle.classList.add("nw-primary", "nw-play");
  const sum = make("p", { class: "nw-sum" });
  const readouts = makeReadouts(READOUTS, words);
  shell.root.append(
    make("div", { class: "nw-actions" }, toggle, step, reset, another, ...shell.actions),
    sum,
    readouts.list,
  );

  /**
   * @param {import("../types.js").State} state
   * @param {Numbers} numbers
   */
  function refreshNumbers(state, numbers) {
    const [first, second] = numbers.values;
    write(sum, sentences.query(numbers));
    readouts.set("w", sentences.w(numbers));
    readouts.set("first_value", writeNumber(first, 2));
    readouts.set("second_value", writeNumber(second, 2));
    readouts.set("tilt", Number.isNaN(numbers.tilt) ? "–" : `${writeNumber(numbers.tilt, 1)}°`);
    readouts.set("loss", writeNumber(numbers.loss, 2));
    readouts.set("test_error", writeNumber(testError(state, numbers), 3));
  }

  /** @param {import("../types.js").State} state */
  function refreshButtons({ steps }) {
    const finished = steps >= shell.ranges.steps[1];
    setDisabled(step, finished);
    setDisabled(toggle, finished && !run.isRunning());
    setDisabled(reset, steps === 0);
    write(toggle, run.isRunning() ? words.do_pause : words.do_learn);
  }

  return shell.close;
}
