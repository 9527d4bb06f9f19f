/** What goals and tours ask of the metric explorer. */
import { testError } from "./computation.js";

/**
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export function measure(state, numbers) {
  const { noise, n_train, shape_index } = state;
  return {
    ...{ noise, n_train, shape_index },
    tilt: numbers.tilt,
    error: testError(state, numbers),
    alone: Number(numbers.alone),
    first: numbers.values[0],
    second: numbers.values[1],
    attended: numbers.attended,
    prediction: numbers.prediction,
    truth: numbers.truth,
  };
}
