/** Trainings before the present one: [n, w] each. */
import { clamp } from "../drawing/scales.js";

const N_LIMITS = [10, 400];
const W_LIMITS = [0.01, 1000];
const MOST = 20;

/**
 * Trainings as they may stand in the picture: no others reach it.
 *
 * @param {import("../types.js").Value} trainings
 * @returns {Array<[number, number]>}
 */
export function soundTrainings(trainings) {
  if (!Array.isArray(trainings)) return [];
  return trainings
    .filter((each) => Array.isArray(each) && each.length === 2 && each.every(Number.isFinite))
    .map(
      ([n, w]) =>
        /** @type {[number, number]} */ ([Math.round(clamp(n, N_LIMITS)), clamp(w, W_LIMITS)]),
    )
    .slice(-MOST);
}

/**
 * One more, to four digits; the oldest gives way.
 *
 * @param {Array<[number, number]>} trainings
 * @param {number} n
 * @param {number} w
 */
export const withTraining = (trainings, n, w) =>
  soundTrainings([...trainings, [n, Number(w.toPrecision(4))]]);

/** Trainings in the page's address: 50_4.66~200_6.1 */
export const trainingsToText = (/** @type {number[][]} */ trainings) =>
  trainings.map((each) => each.join("_")).join("~");

export const trainingsFromText = (/** @type {string} */ text) =>
  soundTrainings(text.split("~").map((each) => each.split("_").map(Number)));
