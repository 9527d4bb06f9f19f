/**
 * What the picture shows, in words.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { createWriter, fill } from "../shell/text.js";
import { OWN } from "../engine/ways.js";
import { failureOf, largestPlaces, rowOf } from "./computation.js";

const TERMS = 3;

/** @param {import("../types.js").Words} words */
export function createSentences(words) {
  const writeNumber = createWriter(words);
  const short = (/** @type {number} */ value) => writeNumber(value, 2);
  const queryOf = (/** @type {State} */ { row }, /** @type {Numbers} */ { queries }) =>
    short(queries[row]);
  /** The state without what the pointer only shows for a moment. */
  const atRest = (/** @type {State} */ state) => ({ ...state, row: state.query });

  /** The prediction as the weighted sum it is, largest terms first. */
  function sum(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
    const x = queryOf(state, numbers);
    const prediction = numbers.predictions[state.row];
    if (!Number.isFinite(prediction)) return without(state, numbers, x);
    const row = rowOf(state, numbers);
    const places = largestPlaces(row, TERMS);
    const terms = places.map((place) => {
      const y = short(numbers.y[place]);
      return `${writeNumber(row[place], 3)} · ${numbers.y[place] < 0 ? `(${y})` : y}`;
    });
    const rest = row.reduce((count, weight) => count + Number(weight !== 0), 0) - places.length;
    if (rest > 0) terms.push(fill(words.sum_more, { n: rest }));
    const truth = fill(words.sum_truth, { truth: short(numbers.truth[state.row]) });
    return `${fill(words.sum_at, { x })} ${short(prediction)} = ${terms.join(" + ")}; ${truth}.`;
  }

  /** Why there is no prediction. */
  function without(
    /** @type {State} */ state,
    /** @type {Numbers} */ numbers,
    /** @type {string} */ x,
  ) {
    const u = failureOf(state, numbers);
    if (!Number.isNaN(u)) return fill(words.formula_fails, { x, u: short(u) });
    return fill(state.line ? words.too_few : words.empty, { x });
  }

  /** Which query is pinned; nothing if none is. */
  const pin = (/** @type {State} */ state, /** @type {Numbers} */ numbers) =>
    state.pinned ? fill(words.pinned, { x: queryOf(atRest(state), numbers) }) : "";

  return {
    sum,
    /** Which query is pinned, or how to pin one. */
    pin: (/** @type {State} */ state, /** @type {Numbers} */ numbers) =>
      pin(state, numbers) || words.pin_hint,
    /** The text alternative. */
    describe(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
      const picture = fill(words.pooling_alt, {
        kernel: nameOf(state, words),
        w: short(state.w),
        n_train: state.n_train,
        noise: short(state.noise),
        error: writeNumber(numbers.error, 3),
      });
      const line = state.line ? words.line_alt : "";
      const rest = [sum(atRest(state), numbers), pin(state, numbers)];
      return [picture, line, ...rest].filter(Boolean).join(" ");
    },
    /** The value of the query's slider. */
    query(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
      const prediction = short(numbers.predictions[state.query]);
      const pattern = state.pinned ? words.query_value_pinned : words.query_value;
      return fill(pattern, { x: queryOf(atRest(state), numbers), prediction });
    },
    /** Where a training point is, by its place in the order of x. */
    point(/** @type {number} */ place, /** @type {Numbers} */ { x, y, order }) {
      const values = { place: place + 1, n: order.length, x: short(x[place]), y: short(y[place]) };
      return fill(words.point_value, values);
    },
    /** How many queries have no prediction; nothing if all have one. */
    missing: (
      /** @type {State} */ { n_queries: total, line },
      /** @type {Numbers} */ { emptyRows: n },
    ) => (n ? fill(line ? words.too_few_rows : words.empty_rows, { n, total }) : ""),
  };
}

/**
 * What a kernel is called, or what a reader has written.
 *
 * @param {State} state
 * @param {import("../types.js").Words} words
 */
const nameOf = ({ kernel, formula }, words) =>
  kernel === OWN ? `${words.kernel_own} ${formula}` : words[`kernel_${kernel}`];
