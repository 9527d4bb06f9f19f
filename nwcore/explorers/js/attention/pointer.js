/**
 * Pointer: hovering previews a query, a click or a tap pins it or lets it go, dragging a training
 * point moves it.
 *
 * @typedef {import("./view.js").PoolingShell} PoolingShell
 * @typedef {import("./layout.js").PoolingBoxes} PoolingBoxes
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {[number, number]} Place pixels from the canvas's corner
 */
import { within } from "../drawing/near.js";
import { clamp } from "../drawing/scales.js";
import { placeIn } from "../shell/dom.js";
import { scales } from "./layout.js";
import { X_LIMITS } from "./points.js";

/** How far from a point it can be taken, in pixels. @type {Record<string, number>} */
export const GRIP = { mouse: 10, pen: 14, touch: 22 };

/** How far a pointer may stray in a tap, in pixels. @type {Record<string, number>} */
const STRAY = { mouse: 4, pen: 6, touch: 10 };

/**
 * Whether a pointer that was pressed at one place, and is at another, has only tapped.
 *
 * @param {Place} from
 * @param {Place} to
 * @param {string} kind of the pointer
 */
export const isTap = (from, to, kind) =>
  Math.hypot(to[0] - from[0], to[1] - from[1]) <= (STRAY[kind] ?? STRAY.mouse);

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
  if (heat && within(heat, at)) {
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
  /** @type {Place|null} */
  let pressed = null;
  let moved = false; // since then, and farther than a tap

  const placeOf = (/** @type {{clientX: number, clientY: number}} */ at) => placeIn(canvas, at);
  const pointUnder = (/** @type {Place} */ at, /** @type {number} */ reach) =>
    pointAt(at, reach, shell.boxes(), shell.numbers(), limits());

  function previewAt(/** @type {Place|null} */ at) {
    const query = at && queryAt(at, shell.boxes(), shell.state().n_queries);
    if (query === grip.preview) return;
    grip.preview = query;
    shell.schedule();
  }

  function move(/** @type {PointerEvent} */ event) {
    if (!shell.isShown()) return;
    const at = placeOf(event);
    if (pressed && !isTap(pressed, at, event.pointerType)) moved = true;
    if (grip.grabbed === null) {
      previewAt(at);
      stage.style.cursor = pointUnder(at, GRIP.mouse) === null ? "" : "grab";
      return;
    }
    if (!moved) return;
    const { x, y } = scales(shell.boxes().plot, limits());
    movePoint(grip.grabbed, x.invert(at[0]), y.invert(at[1]));
  }

  function press(/** @type {PointerEvent} */ event) {
    if (!shell.isShown() || event.button) return;
    const at = placeOf(event);
    pressed = at;
    moved = false;
    stage.focus({ preventScroll: true });
    grip.grabbed = pointUnder(at, GRIP[event.pointerType] ?? GRIP.mouse);
    if (grip.grabbed === null) return;
    grip.chosen = grip.grabbed;
    grip.held = shell.numbers().limits;
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = "grabbing";
    event.preventDefault();
    shell.schedule();
  }

  function letGo() {
    pressed = null;
    if (grip.grabbed === null) return;
    grip.grabbed = null;
    grip.held = null;
    stage.style.cursor = "";
    shell.schedule();
  }

  function release(/** @type {PointerEvent} */ event) {
    const at = placeOf(event);
    const tapped = pressed !== null && !moved && isTap(pressed, at, event.pointerType);
    letGo();
    if (!tapped) return;
    const { query: shown, n_queries: q, pinned } = shell.state();
    const query = queryAt(at, shell.boxes(), q);
    if (query !== null) shell.set({ query, pinned: !(pinned && query === shown) });
  }

  // A finger on a point moves the point; anywhere else it may scroll the page.
  function touch(/** @type {TouchEvent} */ event) {
    if (!shell.isShown() || event.touches.length > 1) return;
    if (pointUnder(placeOf(event.touches[0]), GRIP.touch) !== null) event.preventDefault();
  }

  stage.addEventListener("pointermove", move, { signal });
  stage.addEventListener("pointerdown", press, { signal });
  stage.addEventListener("pointerup", release, { signal });
  stage.addEventListener("pointercancel", letGo, { signal });
  stage.addEventListener("pointerleave", () => previewAt(null), { signal });
  stage.addEventListener("touchstart", touch, { signal, passive: false });
}
