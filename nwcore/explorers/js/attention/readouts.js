/** Around the picture: the prediction as a sum, numbers by name, and buttons. */
import { effectiveCount } from "../engine/attention.js";
import { make, setDisabled, write } from "../shell/dom.js";
import { makeButton, makeReadouts } from "../shell/parts.js";
import { leaveOneOutError, rowOf } from "./computation.js";

const READOUTS = ["error", "leave_one_out", "row_sum", "attended", "bandwidth"];
const PROMPT = 250; // with more points, the leave-one-out error waits until the pointer rests

/**
 * @param {import("./view.js").PoolingShell} shell
 * @param {ReturnType<typeof import("./sentences.js").createSentences>} sentences
 * @param {HTMLButtonElement} sweep
 */
export function createReadouts(shell, sentences, sweep) {
  const { words, writeNumber, signal } = shell;
  const pin = make("p", { class: "nw-pin" });
  const sum = make("p", { class: "nw-sum" });
  const readouts = makeReadouts(READOUTS, words);
  const emptyNote = make("p", { class: "nw-note" });
  const putBack = makeButton(words.put_back, () => shell.set({ moved: [] }), signal);
  const nextSeed = () => (shell.state().seed + 1) % 2 ** 32;
  const actions = make(
    "div",
    { class: "nw-actions" },
    sweep,
    putBack,
    makeButton(words.another, () => shell.set({ seed: nextSeed() }), signal),
    ...shell.actions,
  );
  shell.root.append(pin, sum, readouts.list, emptyNote, actions);

  return {
    /**
     * @param {import("../types.js").State} state
     * @param {import("./computation.js").Numbers} numbers
     */
    refresh(state, numbers) {
      const { n_train: n, row } = state;
      const reached = Number.isFinite(numbers.predictions[row]);
      if (n <= PROMPT) leaveOneOutError(state, numbers);
      const { leaveOneOut } = numbers;
      const attended = reached ? effectiveCount(numbers.weights, n, row) : 0;
      const total = rowOf(state, numbers).reduce((before, weight) => before + weight, 0);
      write(pin, sentences.pin(state, numbers));
      pin.classList.toggle("nw-pinned", state.pinned);
      shell.root.dataset.row = String(row);
      write(sum, sentences.sum(state, numbers));
      readouts.set("error", writeNumber(numbers.error, 3));
      readouts.set("leave_one_out", leaveOneOut === null ? "…" : writeNumber(leaveOneOut, 3));
      readouts.set("row_sum", writeNumber(total, 3));
      readouts.set("attended", writeNumber(attended, 1));
      readouts.set("bandwidth", writeNumber(1 / state.w, 3));
      write(emptyNote, sentences.missing(state, numbers));
      setDisabled(putBack, state.moved.length === 0);
    },
  };
}
