/** What the page says of a guess. */
import { scoreOf } from "./judge.js";

/**
 * A number with the language's decimal mark.
 *
 * @param {number} value
 * @param {number} digits
 * @param {import("./judge.js").Task} task
 */
export const number = (value, digits, { words }) =>
  value
    .toFixed(digits)
    .replace(/^-(?=[0.]*$)/, "") // no minus before zeros alone
    .replace("-", "−")
    .replace(".", words.decimal);

/** @param {string} sentence @param {Record<string, string>} fields */
const fill = (sentence, fields) => sentence.replace(/\{(\w+)\}/g, (_whole, field) => fields[field]);

/**
 * Where the pencil stands.
 *
 * @param {import("./pencil.js").Pencil} pencil
 * @param {import("./judge.js").Task} task
 */
export function whereabouts({ drawn, column }, task) {
  const { words, names, digits } = task;
  const height = drawn[column];
  const fields = { along: words.along, up: words.up, x: names[column] };
  if (height === null) return fill(words.empty, fields);
  return fill(words.at, { ...fields, y: number(height, digits, task) });
}

/**
 * How large the gap is, and what it means.
 *
 * @param {import("./judge.js").Drawn} drawn
 * @param {import("./judge.js").Task} task
 */
export function sentencesOn(drawn, task) {
  const { words, names, losses, best, least, digits } = task;
  const { gap, verdict } = scoreOf(drawn, task);
  const place = Number(drawn[0]);
  /** @type {Record<string, string>} */
  const fields =
    task.kind === "w"
      ? {
          w: names[place],
          loss: number(losses[place], digits, task),
          least: number(least, digits, task),
          best,
          factor: number(2 ** gap, 1, task),
        }
      : { gap: number(gap, 2, task) };
  return `${fill(words.score, fields)} ${words[verdict]}`;
}
