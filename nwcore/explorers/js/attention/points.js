/** Training points that a reader has moved: [draw number, x, y] each. */
import { clamp } from "../drawing/scales.js";
import { X_MAX } from "../engine/data.js";

export const X_LIMITS = [0, X_MAX];
export const MOST_POINTS = 500;
const Y_LIMITS = [-20, 20];

/**
 * Points as they may stand in the data: no others reach the picture.
 *
 * @param {import("../types.js").Value} points
 * @returns {Array<[number, number, number]>}
 */
export function soundPoints(points) {
  if (!Array.isArray(points)) return [];
  return points
    .filter((point) => Array.isArray(point) && point.length === 3 && point.every(Number.isFinite))
    .filter(([draw]) => Number.isInteger(draw) && draw >= 0 && draw < MOST_POINTS)
    .map(([draw, x, y]) => [draw, clamp(x, X_LIMITS), clamp(y, Y_LIMITS)]);
}

/**
 * Points with one of them put at another place, to two digits.
 *
 * @param {Array<[number, number, number]>} points
 * @param {number} draw
 * @param {number} x
 * @param {number} y
 * @param {number[]} yLimits
 */
export function withPointAt(points, draw, x, y, yLimits) {
  const rounded = [clamp(x, X_LIMITS), clamp(y, yLimits)].map((value) => Number(value.toFixed(2)));
  return [...points.filter(([other]) => other !== draw), [draw, ...rounded]];
}

/** Points in the page's address: 3_1.5_-2~8_0.25_3 */
export const pointsToText = (/** @type {number[][]} */ points) =>
  points.map((point) => point.join("_")).join("~");

export const pointsFromText = (/** @type {string} */ text) =>
  soundPoints(text.split("~").map((point) => point.split("_").map(Number)));
