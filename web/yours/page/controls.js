/** Two sliders, w and the query, by pointer and keys as the browser has them, and what is read off. */
import { make, setAttribute, setDisabled, write } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { QUERIES, queryAt } from "../model.js";
import { rmseOf } from "../sentences.js";

const STEPS = 400; // of w, over its range

/**
 * @param {Record<string, string>} words
 * @param {{setW: (w: number|null) => void, setQuery: (place: number) => void}} change
 */
export function createControls(words, { setW, setQuery }) {
  const w = slider(words.w, STEPS);
  const query = slider(words.query, QUERIES - 1);
  const best = make("button", { type: "button" }, words.best);
  const edge = make("p", { class: "nwy-fault" });
  const minima = make("p", { class: "nwy-soft" });
  const readings = ["points", "w", "h", "rmse", "prediction", "effective"].map((name) => {
    const value = make("dd", { "data-reading": name });
    const node = make("div", {}, make("dt", {}, words[`readout_${name}`]), value);
    return { name, value, node };
  });
  let range = [1, 2];
  w.input.addEventListener("input", () => {
    const share = Number(w.input.value) / STEPS;
    setW(range[0] * Math.exp(share * Math.log(range[1] / range[0])));
  });
  query.input.addEventListener("input", () => setQuery(Number(query.input.value)));
  best.addEventListener("click", () => setW(null));

  return {
    nodes: [
      make("div", { class: "nwy-sliders" }, w.node, query.node),
      make("div", { class: "nwy-row" }, best),
      edge,
      minima,
      make("dl", {}, ...readings.map(({ node }) => node)),
    ],

    /**
     * @param {object} state
     * @param {import("../panels.js").Shown} state.shown
     * @param {number} state.w
     * @param {boolean} state.isBest
     * @param {number} state.place of the query
     * @param {number} state.effective
     */
    refresh({ shown, w: present, isBest, place, effective }) {
      const { search, keys, names, look, prediction, write: written } = shown;
      range = [search.low, search.high];
      const share = Math.log(present / range[0]) / Math.log(range[1] / range[0]);
      const said = { w: written(present), h: written(1 / present) };
      show(w, Math.round(STEPS * share), fill(words.w_value, said));
      const x = queryAt(place, keys[0], keys[keys.length - 1]);
      show(query, place, fill(words.query_value, { name: names[0], x: written(x) }));
      setDisabled(best, isBest);
      edge.hidden = !search.atEdge;
      const ends = { low: written(range[0]), high: written(range[1]) };
      write(edge, fill(words.edge, ends));
      minima.hidden = search.minima.length < 2;
      const list = search.minima.map((each) => written(each.w)).join("; ");
      write(minima, fill(words.minima, { count: search.minima.length, list }));
      const values = {
        points: String(keys.length),
        w: said.w,
        h: said.h,
        rmse: written(rmseOf(look.loss, keys.length)),
        prediction: written(prediction),
        effective: written(effective),
      };
      for (const { name, value } of readings) {
        write(value, values[/** @type {keyof typeof values} */ (name)]);
      }
    },
  };
}

/** @param {string} name @param {number} most */
function slider(name, most) {
  const input = make("input", { type: "range", min: "0", max: String(most), step: "1" });
  const value = make("span", { class: "nwy-value" }); // the slider itself says it, as its value
  const title = make("span", { class: "nwy-name" }, make("span", {}, name), value);
  input.setAttribute("aria-label", name);
  return { input, value, node: make("label", {}, title, input) };
}

/**
 * @param {ReturnType<typeof slider>} control
 * @param {number} place
 * @param {string} text
 */
function show({ input, value }, place, text) {
  if (Number(input.value) !== place) input.value = String(place);
  setAttribute(input, "aria-valuetext", text);
  write(value, text);
}
