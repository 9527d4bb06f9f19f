/**
 * What the picture shows, in words.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { createWriter, fill } from "../shell/text.js";
import { largestPlaces, rowOf } from "./computation.js";

const TERMS = 3;

/** @param {import("../types.js").Words} words */
export function createSentences(words) {
  const writeNumber = createWriter(words);
  const short = (/** @type {number} */ value) => writeNumber(value, 2);
  const queryOf = (/** @type {State} */ { query }, /** @type {Numbers} */ { queries }) =>
    short(queries[query]);

  /** The prediction as the weighted sum it is, largest terms first. */
  function sum(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
    const x = queryOf(state, numbers);
    const prediction = numbers.predictions[state.query];
    if (!Number.isFinite(prediction)) return fill(words.empty, { x });
    const row = rowOf(state, numbers);
    const places = largestPlaces(row, TERMS);
    const terms = places.map((place) => {
      const y = short(numbers.y[place]);
      return `${writeNumber(row[place], 3)} · ${numbers.y[place] < 0 ? `(${y})` : y}`;
    });
    const rest = row.reduce((count, weight) => count + Number(weight > 0), 0) - places.length;
    if (rest > 0) terms.push(fill(words.sum_more, { n: rest }));
    const truth = fill(words.sum_truth, { truth: short(numbers.truth[state.query]) });
    return `${fill(words.sum_at, { x })} ${short(prediction)} = ${terms.join(" + ")}; ${truth}.`;
  }

  return {
    sum,
    /** The text alternative. */
    describe(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
      const picture = fill(words.pooling_alt, {
        kernel: words[`kernel_${state.kernel}`],
        w: short(state.w),
        n_train: state.n_train,
        noise: short(state.noise),
        error: writeNumber(numbers.error, 3),
      });
      return `${picture} ${sum(state, numbers)}`;
    },
    /** The value of the query's slider. */
    query(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
      const prediction = short(numbers.predictions[state.query]);
      return fill(words.query_value, { x: queryOf(state, numbers), prediction });
    },
    /** Where a training point is, by its place in the order of x. */
    point(/** @type {number} */ place, /** @type {Numbers} */ { x, y, order }) {
      const values = { place: place + 1, n: order.length, x: short(x[place]), y: short(y[place]) };
      return fill(words.point_value, values);
    },
    /** How many queries have no prediction; nothing if all have one. */
    missing: (
      /** @type {State} */ { n_queries: total },
      /** @type {Numbers} */ { emptyRows: n },
    ) => (n ? fill(words.empty_rows, { n, total }) : ""),
  };
}
