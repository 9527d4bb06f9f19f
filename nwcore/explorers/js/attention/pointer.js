/**
 * Pointer: hovering selects the query, dragging a training point moves it.
 *
 * @typedef {import("./view.js").PoolingShell} PoolingShell
 * @typedef {import("./layout.js").PoolingBoxes} PoolingBoxes
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {[number, number]} Place pixels from the canvas's corner
 */
import { clamp } from "../drawing/scales.js";
import { scales } from "./layout.js";
import { X_LIMITS } from "./points.js";

/** How far from a point it can be taken, in pixels. @type {Record<string, number>} */
const GRIP = { mouse: 10, pen: 14, touch: 22 };

/**
 * @param {import("../types.js").Box} box
 * @param {Place} at
 * @param {number} margin
 */
const within = (box, [x, y], margin) =>
  x >= box.x - margin &&
  x <= box.x + box.width + margin &&
  y >= box.y - margin &&
  y <= box.y + box.height + margin;

/**
 * The draw number of the training point at a place, or null.
 *
 * @param {Place} at
 * @param {number} grip
 * @param {PoolingBoxes} boxes
 * @param {Numbers} numbers
 * @param {number[]} limits the range of y
 */
export function pointAt(at, grip, { plot }, numbers, limits) {
  if (!within(plot, at, grip)) return null;
  const { x, y } = scales(plot, limits);
  let best = grip;
  /** @type {number|null} */
  let found = null;
  numbers.x.forEach((key, i) => {
    const distance = Math.hypot(x(key) - at[0], y(numbers.y[i]) - at[1]);
    if (distance < best) {
      best = distance;
      found = numbers.order[i];
    }
  });
  return found;
}

/**
 * The query at a place, or null.
 *
 * @param {Place} at
 * @param {PoolingBoxes} boxes
 * @param {number} q number of queries
 */
export function queryAt(at, { plot, bars, heat }, q) {
  if (heat && within(heat, at, 0)) {
    return clamp(Math.floor(((at[1] - heat.y) / heat.height) * q), [0, q - 1]);
  }
  if (!within(plot, at, 2) && !within(bars, at, 2)) return null;
  const x = X_LIMITS[1] * ((at[0] - plot.x) / plot.width);
  return clamp(Math.round((x * q) / X_LIMITS[1]), [0, q - 1]);
}

/**
 * @param {PoolingShell} shell
 * @param {{grip: import("./view.js").Grip, movePoint: import("./keyboard.js").MovePoint}} parts
 */
export function listenToPointer(shell, { grip, movePoint }) {
  const { canvas, stage, signal } = shell;
  const limits = () => grip.held ?? shell.numbers().limits;

  /** @returns {Place} */
  function placeOf(/** @type {{clientX: number, clientY: number}} */ { clientX, clientY }) {
    const bounds = canvas.getBoundingClientRect();
    return [clientX - bounds.left, clientY - bounds.top];
  }

  const pointUnder = (/** @type {Place} */ at, /** @type {number} */ reach) =>
    pointAt(at, reach, shell.boxes(), shell.numbers(), limits());

  function selectAt(/** @type {Place} */ at) {
    const { query: shown, n_queries: q } = shell.state();
    const query = queryAt(at, shell.boxes(), q);
    if (query !== null && query !== shown) shell.set({ query });
  }

  function move(/** @type {PointerEvent} */ event) {
    if (!shell.isShown()) return;
    const at = placeOf(event);
    if (grip.grabbed === null) {
      selectAt(at);
      stage.style.cursor = pointUnder(at, GRIP.mouse) === null ? "" : "grab";
      return;
    }
    const { x, y } = scales(shell.boxes().plot, limits());
    movePoint(grip.grabbed, x.invert(at[0]), y.invert(at[1]));
  }

  function press(/** @type {PointerEvent} */ event) {
    if (!shell.isShown() || event.button) return;
    const at = placeOf(event);
    grip.grabbed = pointUnder(at, GRIP[event.pointerType] ?? GRIP.mouse);
    if (grip.grabbed === null) {
      selectAt(at);
      return;
    }
    grip.chosen = grip.grabbed;
    grip.held = shell.numbers().limits;
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = "grabbing";
    event.preventDefault();
    shell.schedule();
  }

  function release() {
    if (grip.grabbed === null) return;
    grip.grabbed = null;
    grip.held = null;
    stage.style.cursor = "";
    shell.schedule();
  }

  // A finger on a point moves the point; anywhere else it may scroll the page.
  function touch(/** @type {TouchEvent} */ event) {
    if (!shell.isShown() || event.touches.length > 1) return;
    if (pointUnder(placeOf(event.touches[0]), GRIP.touch) !== null) event.preventDefault();
  }

  stage.addEventListener("pointermove", move, { signal });
  stage.addEventListener("pointerdown", press, { signal });
  stage.addEventListener("pointerup", release, { signal });
  stage.addEventListener("pointercancel", release, { signal });
  stage.addEventListener("touchstart", touch, { signal, passive: false });
}
