/** What every explorer can do: start over, take back, do again. */
import { boxOf, setDisabled } from "./dom.js";
import { makeButton } from "./parts.js";
import { createPast, watchActs, wishOf } from "./undo.js";

/**
 * @param {object} parts
 * @param {HTMLElement} parts.el
 * @param {import("../types.js").Words} parts.words
 * @param {ReturnType<typeof import("./state.js").createState>} parts.state
 * @param {() => boolean} parts.interrupt called before a whole state is put back; says whether it has
 *   put one back itself, which is what was to be taken back then
 * @param {AbortSignal} parts.signal
 */
export function createActions({ el, words, state, interrupt, signal }) {
  const past = createPast();
  const acts = watchActs(signal);
  let begun = false;
  let noting = false;

  const put = (/** @type {import("../types.js").State|null} */ found) => {
    if (found) state.restore(found);
    refresh();
  };
  const wishes = {
    undo: () => {
      if (!interrupt()) put(past.undo());
    },
    redo: () => {
      if (!interrupt()) put(past.redo());
    },
  };
  const startOver = makeButton(
    words.start_over,
    () => {
      interrupt();
      state.restore({});
    },
    signal,
  );
  const undo = makeButton(words.undo, wishes.undo, signal);
  const redo = makeButton(words.redo, wishes.redo, signal);
  undo.classList.add("nw-undo");
  redo.classList.add("nw-redo");
  refresh();

  function refresh() {
    const focused = document.activeElement;
    // First what can be used: a button that is switched off would lose the focus to the page.
    if (past.canUndo()) undo.disabled = false;
    if (past.canRedo()) redo.disabled = false;
    if (focused === undo && !past.canUndo()) redo.focus();
    if (focused === redo && !past.canRedo()) undo.focus();
    setDisabled(undo, !past.canUndo());
    setDisabled(redo, !past.canRedo());
  }

  let typing = false; // in a box whose number is still to be taken: there the browser takes back
  const typed = (/** @type {Event} */ { type, target }) => {
    typing = type === "input" && target instanceof HTMLInputElement && target.type !== "range";
  };
  for (const kind of ["input", "change", "focusout"]) {
    addEventListener(kind, typed, { signal, capture: true });
  }
  // Before JupyterLab, which takes back what was done to its cells.
  const press = (/** @type {KeyboardEvent} */ event) => {
    const wish = wishOf(event);
    if (!wish || typing || !(event.target instanceof Node)) return;
    if (!boxOf(el).contains(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wishes[wish]();
  };
  addEventListener("keydown", press, { signal, capture: true });

  return {
    nodes: [startOver, undo, redo],
    /** Take a state for the first one. */
    begin(/** @type {import("../types.js").State} */ first) {
      begun = true;
      past.begin(first);
      refresh();
    },
    /** Take note of what has changed, once all that changes with it has. */
    note() {
      if (!begun || noting) return;
      noting = true;
      queueMicrotask(() => {
        noting = false;
        past.note(state.read(), acts.current());
        refresh();
      });
    },
    hold: acts.hold,
  };
}
