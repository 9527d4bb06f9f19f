/** What each picture says to those who do not see it. */
import { effectiveCount } from "../../nwcore/explorers/js/engine/attention.js";
import { fill } from "../../nwcore/explorers/js/shell/text.js";

/**
 * The root of the mean squared error of n predictions.
 *
 * @param {number} loss the sum of their squares
 * @param {number} n
 */
export const rmseOf = (loss, n) => Math.sqrt(loss / n);

/**
 * @param {import("./panels.js").Name} name
 * @param {import("./panels.js").Shown} shown
 */
export function sentenceOf(name, shown) {
  const { keys, values, names, search, look, rest, query, weights, prediction, words } = shown;
  const n = keys.length;
  const heaviest = weights.reduce((best, weight, i) => (weight > weights[best] ? i : best), 0);
  const left = rest ? values.map((value, i) => value - rest.leftOut[i]) : new Float64Array();
  const numbers = {
    w: look.w,
    query,
    prediction,
    effective: effectiveCount(weights, n, 0),
    low: name === "valley" ? search.low : left.reduce((a, b) => Math.min(a, b), Infinity),
    high: name === "valley" ? search.high : left.reduce((a, b) => Math.max(a, b), -Infinity),
    least: search.loss,
    best: search.w,
    loss: look.loss,
    rmse: rmseOf(look.loss, n),
    largest: (name === "heat" ? look.heat : weights).reduce((a, b) => Math.max(a, b), 0),
    at: keys[heaviest],
  };
  if (name === "residuals" && !rest) return words.title_residuals;
  const written = Object.entries(numbers).map(([key, value]) => [key, shown.write(value)]);
  const [x, y] = names;
  const rows = look.queries.length;
  return fill(words[`say_${name}`], { ...Object.fromEntries(written), x, y, n, rows });
}
