/**
 * Pointer: dragging the query or the tip of the arrow moves it, a click or a tap elsewhere in the
 * plane puts the query there.
 *
 * @typedef {import("./layout.js").MetricBoxes} MetricBoxes
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("../types.js").State} State
 * @typedef {[number, number]} Place pixels from the canvas's corner
 */
import { isTap } from "../attention/pointer.js";
import { placeIn } from "../shell/dom.js";
import { angleTo, heldInPlane, planeScales, tipOf } from "./layout.js";

/** How far from the middle of a thing it can be taken, in pixels. @type {Record<string, number>} */
const GRIP = { mouse: 14, pen: 18, touch: 26 };

/**
 * What can be taken at a place: the nearer of the query and the arrow's tip, or nothing.
 *
 * @param {Place} at
 * @param {number} grip
 * @param {MetricBoxes} boxes
 * @param {State} state
 * @param {Numbers} numbers
 * @returns {"query"|"arrow"|null}
 */
export function thingAt(at, grip, { plane }, { angle }, { query }) {
  const { x, y } = planeScales(plane);
  const [toQuery, toTip] = [query, tipOf(angle)].map(([x1, x2]) =>
    Math.hypot(x(x1) - at[0], y(x2) - at[1]),
  );
  if (Math.min(toQuery, toTip) > grip) return null;
  return toQuery <= toTip ? "query" : "arrow";
}

/**
 * What a thing that is held at a place makes of the state.
 *
 * @param {"query"|"arrow"} thing
 * @param {Place} at
 * @param {MetricBoxes} boxes
 * @returns {State}
 */
export function takenTo(thing, at, { plane }) {
  const { x, y } = planeScales(plane);
  const [x1, x2] = [x.invert(at[0]), y.invert(at[1])];
  if (thing === "arrow") return { angle: angleTo(x1, x2) };
  return { q1: heldInPlane(x1), q2: heldInPlane(x2) };
}

/**
 * @param {Place} at
 * @param {MetricBoxes} boxes
 */
const isInPlane = ([x, y], { plane }) =>
  x >= plane.x && x <= plane.x + plane.width && y >= plane.y && y <= plane.y + plane.height;

/** @param {import("./view.js").MetricShell} shell */
export function listenToPointer(shell) {
  const { canvas, stage, signal } = shell;
  /** @type {"query"|"arrow"|null} */
  let held = null;
  /** @type {Place|null} */
  let pressed = null;
  let moved = false; // since then, and farther than a tap

  const placeOf = (/** @type {{clientX: number, clientY: number}} */ at) => placeIn(canvas, at);
  const thingUnder = (/** @type {Place} */ at, /** @type {number} */ grip) =>
    thingAt(at, grip, shell.boxes(), shell.state(), shell.numbers());

  function move(/** @type {PointerEvent} */ event) {
    if (!shell.isShown()) return;
    const at = placeOf(event);
    if (pressed && !isTap(pressed, at, event.pointerType)) moved = true;
    if (held === null) stage.style.cursor = thingUnder(at, GRIP.mouse) === null ? "" : "grab";
    else if (moved) shell.set(takenTo(held, at, shell.boxes()));
  }

  function press(/** @type {PointerEvent} */ event) {
    if (!shell.isShown() || event.button) return;
    pressed = placeOf(event);
    moved = false;
    stage.focus({ preventScroll: true });
    held = thingUnder(pressed, GRIP[event.pointerType] ?? GRIP.mouse);
    if (held === null) return;
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = "grabbing";
    event.preventDefault();
  }

  function letGo() {
    pressed = null;
    held = null;
    stage.style.cursor = "";
  }

  function release(/** @type {PointerEvent} */ event) {
    const at = placeOf(event);
    const tapped = pressed !== null && held === null && !moved;
    letGo();
    if (tapped && isInPlane(at, shell.boxes())) shell.set(takenTo("query", at, shell.boxes()));
  }

  // A finger on the query or the arrow moves it; anywhere else it may scroll the page.
  function touch(/** @type {TouchEvent} */ event) {
    if (!shell.isShown() || event.touches.length > 1) return;
    if (thingUnder(placeOf(event.touches[0]), GRIP.touch) !== null) event.preventDefault();
  }

  stage.addEventListener("pointermove", move, { signal });
  stage.addEventListener("pointerdown", press, { signal });
  stage.addEventListener("pointerup", release, { signal });
  stage.addEventListener("pointercancel", letGo, { signal });
  stage.addEventListener("touchstart", touch, { signal, passive: false });
}
