/**
 * Handles for the keyboard, laid over the canvas: a slider for the query, a pad for the points.
 *
 * @typedef {import("./view.js").PoolingShell} PoolingShell
 * @typedef {import("./view.js").Grip} Grip
 * @typedef {(draw: number, x: number, y: number) => void} MovePoint
 */
import { clamp } from "../drawing/scales.js";
import { make, setAttribute, write } from "../shell/dom.js";
import { createSentences } from "./sentences.js";

const FINE = 0.05;
const COARSE = 0.5; // with Shift

/**
 * Where a key takes the query, or undefined for a key that does not move it.
 *
 * @param {string} pressed name of the key
 * @param {number} query
 * @param {number} q number of queries
 * @returns {number|undefined}
 */
export function queryByKey(pressed, query, q) {
  const page = Math.max(1, Math.round(q / 10));
  /** @type {Record<string, number>} */
  const goals = {
    ArrowDown: query + 1,
    ArrowRight: query + 1,
    ArrowUp: query - 1,
    ArrowLeft: query - 1,
    PageDown: query + page,
    PageUp: query - page,
    Home: 0,
    End: q - 1,
  };
  return pressed in goals ? clamp(goals[pressed], [0, q - 1]) : undefined;
}

/**
 * What a key does to the points: choose the one at a place, move the chosen one, or put it back.
 *
 * @param {string} pressed name of the key
 * @param {boolean} shift
 * @param {number} place of the chosen point in the order of x
 * @param {number} n number of points
 * @returns {{choose: number}|{move: [number, number]}|{putBack: true}|null}
 */
export function pointByKey(pressed, shift, place, n) {
  const step = shift ? COARSE : FINE;
  /** @type {Record<string, number>} */
  const places = { PageUp: place - 1, PageDown: place + 1, Home: 0, End: n - 1 };
  /** @type {Record<string, [number, number]>} */
  const moves = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, step],
    ArrowDown: [0, -step],
  };
  if (pressed in places) return { choose: clamp(places[pressed], [0, n - 1]) };
  if (pressed in moves) return { move: moves[pressed] };
  return pressed === "Delete" || pressed === "Backspace" ? { putBack: true } : null;
}

/**
 * @param {PoolingShell} shell
 * @param {{grip: Grip, withHeatmap: boolean, movePoint: MovePoint}} parts
 */
export function createHandles(shell, { grip, withHeatmap, movePoint }) {
  const { words, stage } = shell;
  const sentences = createSentences(words);
  const query = createQueryHandle(shell, withHeatmap);
  const pad = createPad(shell, { grip, movePoint });
  stage.append(pad.node, query, pad.says);

  return {
    isAtPoints: () => document.activeElement === pad.node,
    /**
     * @param {import("../types.js").State} state
     * @param {import("./computation.js").Numbers} numbers
     */
    refresh(state, numbers) {
      const boxes = shell.boxes();
      lay(pad.node, boxes.plot);
      lay(query, boxes.heat ?? boxes.bars);
      setAttribute(query, "aria-valuemax", state.n_queries - 1);
      setAttribute(query, "aria-valuenow", state.query);
      setAttribute(query, "aria-valuetext", sentences.query(state, numbers));
    },
  };
}

/**
 * @param {PoolingShell} shell
 * @param {boolean} withHeatmap
 */
function createQueryHandle(shell, withHeatmap) {
  const { words, signal } = shell;
  const node = make("div", {
    class: "nw-handle nw-handle-query",
    role: "slider",
    tabindex: "0",
    "aria-orientation": withHeatmap ? "vertical" : "horizontal",
    "aria-label": withHeatmap ? words.query_slider : words.query_slider_curve,
    "aria-valuemin": "0",
  });
  const press = (/** @type {KeyboardEvent} */ event) => {
    const { query, n_queries: q } = shell.state();
    const goal = queryByKey(event.key, query, q);
    if (goal === undefined) return;
    event.preventDefault();
    shell.set({ query: goal });
  };
  node.addEventListener("keydown", press, { signal });
  return node;
}

/**
 * @param {PoolingShell} shell
 * @param {{grip: Grip, movePoint: MovePoint}} parts
 */
function createPad(shell, { grip, movePoint }) {
  const { words, signal } = shell;
  const sentences = createSentences(words);
  const node = make("div", {
    class: "nw-handle nw-handle-points",
    role: "application",
    tabindex: "0",
    "aria-label": words.points_pad,
  });
  const says = make("div", { class: "nw-spoken", "aria-live": "assertive" });
  const placeOf = (/** @type {Int32Array} */ order) => order.indexOf(grip.chosen ?? -1);

  function sayPoint() {
    const numbers = shell.numbers();
    const place = placeOf(numbers.order);
    if (place >= 0) write(says, sentences.point(place, numbers));
  }

  function press(/** @type {KeyboardEvent} */ event) {
    const { x, y, order } = shell.numbers();
    const place = Math.max(0, placeOf(order));
    const act = pointByKey(event.key, event.shiftKey, place, order.length);
    if (!act) return;
    const draw = order[place];
    grip.chosen = "choose" in act ? order[act.choose] : draw;
    if ("move" in act) movePoint(draw, x[place] + act.move[0], y[place] + act.move[1]);
    if ("putBack" in act)
      shell.set({
        moved: shell.state().moved.filter((/** @type {number[]} */ [each]) => each !== draw),
      });
    event.preventDefault();
    shell.schedule();
    requestAnimationFrame(() => requestAnimationFrame(sayPoint));
  }

  function choose() {
    const { order } = shell.numbers();
    if (placeOf(order) < 0) grip.chosen = order[Math.floor(order.length / 2)];
    sayPoint();
    shell.schedule();
  }

  node.addEventListener("keydown", press, { signal });
  node.addEventListener("focus", choose, { signal });
  node.addEventListener("blur", () => shell.schedule(), { signal });
  return { node, says };
}

/**
 * Lay a handle over a box of the picture.
 *
 * @param {Element} node
 * @param {import("../types.js").Box} box
 */
function lay(node, { x, y, width, height }) {
  setAttribute(node, "style", `left:${x}px;top:${y}px;width:${width}px;height:${height}px`);
}
