/**
 * Where the parts of the picture are.
 *
 * @typedef {import("../types.js").Box} Box
 * @typedef {object} MetricBoxes
 * @property {Box} plane the keys, a square
 * @property {Box} bar what their colours mean
 * @property {Box} sizes what their sizes mean
 * @property {Box} loss the loss over the steps
 * @property {Box|null} values the singular values over the steps, where there is room for them
 * @property {number} height
 */
import { clamp, linearScale } from "../drawing/scales.js";

export const PLANE_LIMITS = [-2, 2];
export const ARROW = 1.6; // how long u is drawn, in units of x
const LEFT = 44;
const RIGHT = 16; // room for half of the last number of an axis
const TOP = 26;
const WIDE = 600; // pixels from which the curves stand beside the plane
const SIDES = { wide: 360, narrow: 286 }; // at most

/**
 * @param {number} width
 * @returns {MetricBoxes}
 */
export function layout(width) {
  const wide = width >= WIDE;
  const side = wide
    ? Math.min(SIDES.wide, Math.round(0.54 * width) - LEFT)
    : Math.min(SIDES.narrow, width - LEFT - RIGHT);
  const middle = Math.round((width - side) / 2);
  const plane = { x: wide ? LEFT : Math.max(LEFT, middle), y: TOP, width: side, height: side };
  const below = plane.y + side + 46;
  const half = Math.round(side * 0.52);
  const bar = { x: plane.x, y: below, width: half, height: 8 };
  const sizes = { x: plane.x + half + 20, y: below, width: side - half - 20, height: 8 };
  if (!wide) {
    const loss = { x: plane.x, y: TOP + SIDES.narrow + 98, width: side, height: 92 };
    return { plane, bar, sizes, loss, values: null, height: TOP + SIDES.narrow + 232 };
  }
  const x = plane.x + side + 70;
  const [inner, high] = [width - x - RIGHT, Math.round((side - 56) / 2)];
  const loss = { x, y: TOP, width: inner, height: high };
  const values = { x, y: TOP + side - high, width: inner, height: high };
  return { plane, bar, sizes, loss, values, height: TOP + SIDES.wide + 74 };
}

/**
 * Scales of the plane.
 *
 * @param {Box} plane
 */
export function planeScales(plane) {
  return {
    x: linearScale(PLANE_LIMITS, [plane.x, plane.x + plane.width]),
    y: linearScale(PLANE_LIMITS, [plane.y + plane.height, plane.y]),
  };
}

/**
 * Where the tip of u is, in the plane.
 *
 * @param {number} angle of u, in degrees
 */
export function tipOf(angle) {
  const radians = (angle / 180) * Math.PI;
  return [ARROW * Math.cos(radians), ARROW * Math.sin(radians)];
}

/**
 * The angle, a whole number of degrees from 0 to 180, at which u points to a place or, below the axis,
 * comes nearest to it.
 *
 * @param {number} x1
 * @param {number} x2
 */
export function angleTo(x1, x2) {
  const degrees = (Math.atan2(x2, x1) / Math.PI) * 180;
  return clamp(Math.round(degrees < -90 ? 180 : degrees), [0, 180]);
}

/**
 * A coordinate of the query, as a pointer or a key sets it.
 *
 * @param {number} value
 */
export const heldInPlane = (value) => clamp(Number(value.toFixed(2)), PLANE_LIMITS);
