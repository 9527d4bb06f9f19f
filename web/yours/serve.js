/**
 * What computes for the page: a search for w when points come, then what each w shows. Of several w
 * that were asked for meanwhile only the last is computed, and what takes n² steps only when no other
 * waits. The same in a worker and, where there is none, in the page.
 *
 * @typedef {{x: Float64Array, y: Float64Array}|{w: number}} Question
 * @typedef {object} Answer
 * @property {[number, number]} [progress]
 * @property {import("./search.js").Search} [search]
 * @property {import("./model.js").Look} [look]
 * @property {import("./model.js").Rest} [rest]
 */
import { createModel } from "./model.js";

const EVERY = 5; // places of the search between two words of how far it is

/**
 * @param {(answer: Answer) => void} post
 * @returns {(question: Question) => void}
 */
export function serve(post) {
  /** @type {ReturnType<typeof createModel>|null} */
  let model = null;
  /** @type {Array<() => void>} */
  let waiting = [];
  let timer = false;

  function go() {
    timer = false;
    waiting.shift()?.();
    later();
  }

  function later() {
    if (timer || !waiting.length) return;
    timer = true;
    setTimeout(go, 0); // what has come meanwhile is taken note of first
  }

  return (question) => {
    if ("x" in question) {
      model = createModel(question.x, question.y);
      const search = model.search((done, all) => {
        if (done % EVERY === 0) post({ progress: [done, all] });
      });
      post({ search });
      return;
    }
    const { w } = question;
    const asked = /** @type {ReturnType<typeof createModel>} */ (model);
    waiting = [() => post({ look: asked.look(w) }), () => post({ rest: asked.rest(w) })];
    later();
  };
}
