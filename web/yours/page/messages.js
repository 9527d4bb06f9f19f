/**
 * What the page says of a table: how many points, what was left out and why, line by line.
 *
 * @typedef {import("../parse.js").Points} Points
 * @typedef {import("../parse.js").Table} Table
 * @typedef {import("../parse.js").Fault} Fault
 */
import { make } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { readNumber } from "../numbers.js";
import { nameOf } from "./form.js";

const MOST = 5; // of which lines are named one by one

/**
 * @param {Fault} fault
 * @param {Record<string, string>} words
 * @param {(value: number) => string} write
 */
export function faultNode({ kind, values }, words, write) {
  const written = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "number" && key === "x" ? write(value) : value,
  ]);
  const text = fill(words[`fault_${kind}`], Object.fromEntries(written));
  return make("p", { class: "nwy-fault" }, text);
}

/**
 * @param {Table} table
 * @param {Points} points
 * @param {Record<string, string>} words
 * @param {(value: number) => string} write
 * @returns {Node[]}
 */
export function reportOf(table, points, words, write) {
  const { missing, wrong } = points;
  const nodes = [make("p", {}, fill(words.read, { count: points.x.length }))];
  if (missing.count) {
    const said = missing.words.map(([found, count]) =>
      fill(words.missing_word, { word: found || words.missing_empty, count }),
    );
    const lines = linesOf(missing.lines, words);
    const values = { count: missing.count, words: said.join(", "), lines };
    nodes.push(make("p", {}, fill(words.missing, values)));
  }
  if (table.unsure) {
    const number = write(readNumber(table.unsure, table.mark));
    nodes.push(make("p", {}, fill(words.unsure, { found: table.unsure, number })));
  }
  if (wrong.length) {
    const items = wrong.slice(0, MOST).map(({ kind, line, values }) => {
      const column = nameOf(table, Number(values.column) - 1, words);
      return make("li", {}, fill(words[`wrong_${kind}`], { ...values, line, column }));
    });
    const rest = wrong.length - MOST;
    if (rest > 0) items.push(make("li", {}, fill(words.and_more, { count: rest })));
    const said = fill(words.left_out, { count: wrong.length });
    nodes.push(make("div", { class: "nwy-fault" }, make("p", {}, said), make("ul", {}, ...items)));
  }
  return nodes;
}

/** @param {number[]} lines @param {Record<string, string>} words */
function linesOf(lines, words) {
  const named = fill(lines.length > 1 ? words.lines : words.line, {
    lines: lines.slice(0, MOST).join(", "),
  });
  const rest = lines.length - MOST;
  return rest > 0 ? `${named} ${fill(words.and_more, { count: rest })}` : named;
}
