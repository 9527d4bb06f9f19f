/**
 * The data of the book: nwcore.data, to the last bit.
 *
 * Shapes: q queries, n training points.
 */
import { normal, uniform } from "./draws.js";
import { portableSine, powerFourFifths } from "./portable.js";
import { ascendingOrder, inPlaces } from "./sorting.js";

/** Inputs lie in [0, 5). */
export const X_MAX = 5;
const INPUT_STREAM = 0;
const NOISE_STREAM = 1;

/**
 * The curve to be learned, f(x) = 2 sin(x) + x^0.8.
 *
 * @param {number} x at least 0; the bits are those of Python below 2^19 · π/2
 * @returns {number}
 */
export function trueFunction(x) {
  return 2 * portableSine(x) + powerFourFifths(x);
}

/**
 * Queries 5·i/count from 0 up to, not including, 5.
 *
 * @param {number} count at least 1
 * @returns {Float64Array} (count)
 */
export function makeQueries(count) {
  const queries = new Float64Array(count);
  for (let i = 0; i < count; i++) queries[i] = (X_MAX * i) / count;
  return queries;
}

/**
 * Draw a training set y = f(x) + ε with x uniform on [0, 5) and ε ~ N(0, noise²).
 *
 * @param {number} nTrain number of points n, at least 1
 * @param {number} noise standard deviation, at least 0; it scales the same deviations
 * @param {number} seed an integer in [0, 2^32)
 * @param {Array<[number, number, number]>} moved [draw number, x, y] of points put elsewhere;
 *   those of draws that are not there are ignored
 * @returns {{x: Float64Array, y: Float64Array, order: Int32Array}} (n) each: inputs in ascending
 *   order, their outputs, and the draw number of each
 */
export function makeRegression(nTrain, noise, seed, moved = []) {
  const inputs = uniform(seed, INPUT_STREAM, nTrain);
  for (let i = 0; i < nTrain; i++) inputs[i] = X_MAX * inputs[i];
  const outputs = normal(seed, NOISE_STREAM, nTrain);
  for (let i = 0; i < nTrain; i++) outputs[i] = trueFunction(inputs[i]) + noise * outputs[i];
  for (const [draw, x, y] of moved) {
    if (draw >= nTrain) continue;
    inputs[draw] = x;
    outputs[draw] = y;
  }
  const order = ascendingOrder(inputs);
  return { x: inPlaces(inputs, order), y: inPlaces(outputs, order), order };
}
