/**
 * What exercises, goals and tours ask of an explorer of attention pooling. What exercises do is also read by
 * nwcore.exercises.places, in Python.
 */
import { effectiveCount, pool } from "../engine/attention.js";
import { makeRegression } from "../engine/data.js";
import { weightsOf } from "../engine/ways.js";
import { leaveOneOutError } from "./computation.js";

/**
 * The fields of a place, at the chosen query, whatever a pointer previews.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export function measure(state, numbers) {
  const { w, noise, n_train, seed, kernel_index, line, query, moved } = state;
  const { predictions, truth, weights, queries, error, emptyRows } = numbers;
  const row = weights.subarray(query * n_train, (query + 1) * n_train);
  const attended = effectiveCount(weights, n_train, query);
  return {
    ...{ w, noise, n_train, seed, kernel_index, query, line: Number(line) },
    moved: moved.length,
    prediction: predictions[query],
    truth: truth[query],
    heaviest: Math.max(...row),
    attended,
    share: attended / n_train,
    at: queries[query],
    missing: emptyRows,
    error,
    left_out: leaveOneOutError(state, numbers),
    ...movedFrom(state, numbers),
  };
}

/**
 * How far the farthest moved point is from its own place, and by how much the prediction at the chosen
 * query is above what it would be with all points at theirs.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 */
function movedFrom({ w, noise, n_train, seed, query, moved }, { predictions, queries, way }) {
  const { x, y, order } = makeRegression(n_train, noise, seed);
  const before = pool(weightsOf(queries.subarray(query, query + 1), x, w, way), y)[0];
  const ways = moved.map((/** @type {number[]} */ [draw, toX, toY]) => {
    const place = order.indexOf(draw);
    return place < 0 ? 0 : Math.hypot(toX - x[place], toY - y[place]);
  });
  return { rise: predictions[query] - before, way: Math.max(0, ...ways) };
}
