/**
 * The view that the explorers of attention pooling share.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./layout.js").PoolingBoxes} PoolingBoxes
 * @typedef {import("./picture.js").Look} Look
 * @typedef {import("../types.js").View<Numbers, PoolingBoxes, Look>} PoolingView
 * @typedef {import("../types.js").Shell<PoolingBoxes, Numbers>} PoolingShell
 * @typedef {object} Grip what a reader is doing to the picture
 * @property {number|null} preview the query under the pointer
 * @property {number|null} chosen the draw number of the training point that the keyboard moves
 * @property {number|null} grabbed of the one that a pointer moves
 * @property {number[]|null} held the range of y while one is dragged: it must not run away from the
 *   pointer
 */
import { kernelOfFormula } from "../engine/own.js";
import { WAY_NAMES } from "../engine/ways.js";
import { COMMON, namedIn, WHOLE } from "../shell/rules.js";
import { openShell } from "../shell/shell.js";
import { createSweep, SWEEP_OF_W } from "../shell/sweep.js";
import { leaveOneOutError } from "./computation.js";
import { measure } from "./fields.js";
import { createFormulaField } from "./formula.js";
import { createHandles } from "./keyboard.js";
import { rowOf } from "./layout.js";
import { createPoolingPicture } from "./picture.js";
import { listenToPointer } from "./pointer.js";
import { pointsFromText, pointsToText, soundPoints, withPointAt } from "./points.js";
import { createReadouts } from "./readouts.js";
import { createSentences } from "./sentences.js";
import { tableOfAll, tableOfOne } from "./table.js";
import { createTeller } from "./tip.js";

const FLAG = {
  toText: (/** @type {boolean} */ on) => String(Number(on)),
  fromText: (/** @type {string} */ text) => text === "1",
};

/** @type {import("../types.js").Traits} */
export const POOLING_TRAITS = {
  w: COMMON.w,
  noise: COMMON.noise,
  n_train: { address: "n", pointer: WHOLE },
  seed: { address: "seed", pointer: WHOLE },
  kernel_index: { address: "kernel", pointer: WHOLE, ...namedIn(WAY_NAMES) },
  formula: {
    address: "formula",
    toText: encodeURIComponent,
    // What is no kernel is left out of the state, as what is no number is.
    fromText: (text) => (kernelOfFormula(text).fault ? NaN : text),
  },
  line: { address: "line", ...FLAG },
  n_queries: { address: "queries", pointer: WHOLE },
  query: { address: "q", pointer: WHOLE },
  pinned: { address: "pin", ...FLAG },
  moved: { address: "moved", toText: pointsToText, fromText: pointsFromText },
};

/**
 * Open an explorer of attention pooling on an anywidget's model and element.
 *
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @param {string} name
 * @param {boolean} withHeatmap
 * @returns {() => void} what closes it
 */
export function openPooling(page, name, withHeatmap) {
  const { model } = page;
  /** @type {Grip} */
  const grip = { preview: null, chosen: null, grabbed: null, held: null };
  let shownMoved = model.get("moved");
  let rested = false; // whether it has been described once

  const shell = openShell(
    page,
    /** @type {PoolingView} */ ({
      name,
      traits: POOLING_TRAITS,
      picture: createPoolingPicture(model.get("words"), withHeatmap),
      complete(state) {
        shownMoved = state.moved;
        const last = state.n_queries - 1;
        const query = Math.min(state.query, last);
        const shown = state.pinned ? query : Math.min(grip.preview ?? query, last);
        return {
          ...state,
          ...{ query, row: shown },
          kernel: WAY_NAMES[state.kernel_index],
          moved: soundPoints(state.moved),
        };
      },
      look: ({ pinned }) => ({
        held: grip.held,
        other: pinned ? grip.preview : null,
        marked: grip.grabbed ?? (handles.isAtPoints() ? grip.chosen : null),
      }),
      changed(key) {
        // They belonged to the other data set, unless they have come with this one.
        if (key === "seed" && model.get("moved") === shownMoved) model.set("moved", []);
      },
      interrupt: () => sweep.stop(),
      describe: (state, numbers) => sentences.describe(state, numbers),
      refresh,
      measure,
      table: withHeatmap ? tableOfAll : tableOfOne,
      tip: createTeller(model.get("words")),
      escape() {
        if (shell.isShown() && shell.state().pinned) shell.set({ pinned: false });
      },
      parts: ({ query, n_queries }, boxes) => rowOf({ query, n_queries }, boxes),
      rest(state, numbers) {
        leaveOneOutError(state, numbers);
        refresh(state, numbers);
        if (model.get("sweeps") && !rested && !location.hash) sweep.begin();
        rested = true;
      },
    }),
  );

  const sentences = createSentences(shell.words);
  const sweep = createSweep(shell, { key: "w", ends: SWEEP_OF_W });
  const readouts = createReadouts(shell, sentences, sweep.button);
  const handles = createHandles(shell, { grip, withHeatmap, movePoint });
  const field = createFormulaField(shell);
  listenToPointer(shell, { grip, movePoint });

  /**
   * @param {import("../types.js").State} state
   * @param {Numbers} numbers
   */
  function refresh(state, numbers) {
    readouts.refresh(state, numbers);
    handles.refresh(state, numbers);
    field.refresh(state);
  }

  function movePoint(/** @type {number} */ draw, /** @type {number} */ x, /** @type {number} */ y) {
    const limits = grip.held ?? shell.numbers().limits;
    shell.set({ moved: withPointAt(shell.state().moved, draw, x, y, limits) });
  }

  return shell.close;
}
