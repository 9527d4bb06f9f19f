/**
 * The view of the bias–variance explorer.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").RiskBoxes} RiskBoxes
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").View<Numbers, RiskBoxes, null>} RiskView
 */
import { KERNEL_NAMES } from "../engine/kernels.js";
import { SETS } from "../engine/risk.js";
import { make, write } from "../shell/dom.js";
import { makeButton, makeReadouts } from "../shell/parts.js";
import { COMMON, namedIn, WHOLE } from "../shell/rules.js";
import { openShell } from "../shell/shell.js";
import { createSweep, SWEEP_OF_W } from "../shell/sweep.js";
import { createWriter, fill } from "../shell/text.js";
import { QUERIES } from "./computation.js";
import { measure } from "./fields.js";
import { createRiskPicture } from "./picture.js";
import { table } from "./table.js";
import { createTeller } from "./tip.js";

const DEGREES = ["0", "1", "2"];
const READOUTS = ["squared_bias", "variance", "expected_error", "best_w"];
const LARGEST = 1e6; // errors above it are written as that

/** @type {import("../types.js").Traits} */
export const RISK_TRAITS = {
  w: COMMON.w,
  noise: COMMON.noise,
  n_train: { address: "n", pointer: WHOLE },
  seed: { address: "seed", pointer: WHOLE },
  degree_index: { address: "degree", pointer: WHOLE, ...namedIn(DEGREES) },
  kernel_index: { address: "kernel", pointer: WHOLE, ...namedIn(KERNEL_NAMES) },
};

/**
 * What is said of the picture and beside it.
 *
 * @param {import("../types.js").Words} words
 */
export function createSentences(words) {
  const writeNumber = createWriter(words);
  /** An averaged square. */
  const share = (/** @type {number} */ value) => {
    if (value >= LARGEST) return "> 10⁶";
    return writeNumber(value, value < 10 ? 4 : value < 1000 ? 2 : 0);
  };
  return {
    share,
    describe: (/** @type {State} */ state, /** @type {Numbers} */ numbers) =>
      fill(words.risk_alt, {
        degree: words[`degree_${DEGREES[state.degree_index]}`],
        kernel: words[`kernel_${KERNEL_NAMES[state.kernel_index]}`],
        n: state.n_train,
        noise: writeNumber(state.noise, 2),
        w: writeNumber(state.w, 2),
        bias: share(numbers.bias),
        variance: share(numbers.variance),
        error: share(numbers.error),
        best: writeNumber(numbers.best, 2),
      }),
    /** The fits that there are not, if any. */
    missing: (/** @type {Numbers} */ { missing }) =>
      missing === 0 ? "" : fill(words.no_fits, { n: missing, total: SETS * QUERIES }),
  };
}

/**
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @returns {() => void} what closes it
 */
export function openRisk(page) {
  const words = page.model.get("words");
  const sentences = createSentences(words);

  const shell = openShell(
    page,
    /** @type {RiskView} */ ({
      name: "risk",
      traits: RISK_TRAITS,
      picture: createRiskPicture(words),
      complete: (state) => state,
      look: () => null,
      interrupt: () => sweep.stop(),
      measure,
      table,
      tip: createTeller(words, sentences.share),
      describe: sentences.describe,
      refresh(_, numbers) {
        readouts.set("squared_bias", sentences.share(numbers.bias));
        readouts.set("variance", sentences.share(numbers.variance));
        readouts.set("expected_error", sentences.share(numbers.error));
        readouts.set("best_w", numbers.partial ? "…" : shell.writeNumber(numbers.best, 2));
        write(note, sentences.missing(numbers));
      },
    }),
  );
  const { signal } = shell;
  const readouts = makeReadouts(READOUTS, words);
  const note = make("p", { class: "nw-note" });
  const sweep = createSweep(shell, { key: "w", ends: SWEEP_OF_W });
  const others = makeButton(
    words.other_sets,
    // What was asked for last, though it may not be painted yet.
    () => shell.set({ seed: (page.model.get("seed") + SETS) % 2 ** 32 }),
    signal,
  );
  shell.root.append(
    readouts.list,
    note,
    make("div", { class: "nw-actions" }, sweep.button, others, ...shell.actions),
  );
  return shell.close;
}
