/**
 * What the picture shows, in words.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { createWriter, fill } from "../shell/text.js";

/** @param {import("../types.js").Words} words */
export function createSentences(words) {
  const writeNumber = createWriter(words);
  const short = (/** @type {number} */ value) => writeNumber(value, 2);

  /** Where the query is, and under a mask which training point it is. */
  function place(/** @type {Numbers} */ { query, place: drawn, y }) {
    const [x1, x2] = query.map(short);
    const pattern = drawn === null ? words.query_at : words.query_is_key;
    return fill(pattern, { x1, x2, place: (drawn ?? 0) + 1, n: y.length });
  }

  /** What the query is answered. */
  function answer(/** @type {Numbers} */ { alone, prediction, truth, attended }) {
    if (alone) return words.query_alone;
    return fill(words.query_answer, {
      prediction: short(prediction),
      truth: short(truth),
      attended: writeNumber(attended, 1),
    });
  }

  /** w as it was learned, row by row; only between rows may a line break. */
  function w(/** @type {Numbers} */ { w: learned }) {
    const texts = learned.map(short);
    if (texts.length === 1) return texts[0];
    const rows = texts.length === 2 ? [texts] : [texts.slice(0, 2), texts.slice(2)];
    return `[${rows.map((row) => row.join("\u00a0")).join("; ")}]`;
  }

  const query = (/** @type {Numbers} */ numbers) => `${place(numbers)} ${answer(numbers)}`;
  return {
    query,
    w,
    /** The text alternative. */
    describe(/** @type {State} */ state, /** @type {Numbers} */ numbers) {
      const picture = fill(words.metric_alt, {
        n_train: state.n_train,
        noise: short(state.noise),
        angle: state.angle,
        shape: words[`shape_${state.shape}`],
        steps: state.steps,
        first: short(numbers.values[0]),
        second: short(numbers.values[1]),
        loss: short(numbers.loss),
        score: words[`score_${state.score}`],
        mask: words[`mask_${state.mask}`],
      });
      return `${picture} ${query(numbers)}`;
    },
  };
}
