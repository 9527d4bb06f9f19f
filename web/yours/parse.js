/**
 * A table out of what a reader pastes, opens or drops: rows of cells with the lines they stand in,
 * and two of its columns as numbers. Nothing that cannot be read is left out without a word.
 *
 * @typedef {import("./numbers.js").Mark} Mark
 * @typedef {object} Fault why there is nothing to draw
 * @property {string} kind its sentence in words/: `fault_KIND`
 * @property {Record<string, string|number>} values what stands in the sentence
 * @typedef {object} Wrong a cell or row that is left out
 * @property {string} kind its sentence: `wrong_KIND`
 * @property {number} line
 * @property {Record<string, string|number>} values
 * @typedef {object} Table
 * @property {string[]} names of the columns; empty ones without a first line of names
 * @property {string[][]} rows
 * @property {number[]} lines where each row begins, from 1 on
 * @property {number[]} numeric the columns that hold numbers
 * @property {boolean} header whether the first line was taken for names
 * @property {Mark} mark the decimal mark
 * @property {string} unsure see `decimalMarkOf`
 * @property {Wrong[]} wrong rows of another length
 * @typedef {object} Points
 * @property {Float64Array} x (n), as they came
 * @property {Float64Array} y (n)
 * @property {number[]} lines (n)
 * @property {{count: number, words: Array<[string, number]>, lines: number[]}} missing rows without
 *   one of the numbers, and how often which word said so
 * @property {Wrong[]} wrong
 */
import Papa from "papaparse";
import { decimalMarkOf, isMissing, readNumber } from "./numbers.js";

export const MOST_POINTS = 5000;
export const MOST_CHARACTERS = 5_000_000;
/** Squares of larger numbers, and their sums, would leave the range of numbers. */
export const LARGEST = 1e100;
// Inputs that differ in fewer digits than that cannot be told apart in a picture.
const LEAST_RANGE = 1e-12;

const DELIMITERS = ["\t", ";", "|", ","];
const BLANKS = /[^\S\r\n]+/g;
const LOOKED_AT = 50; // lines that a guess is made from

/**
 * @param {string} text
 * @param {{header?: boolean, mark?: Mark}} [wanted] what a reader has said of it
 * @returns {{table: Table, fault: null}|{table: null, fault: Fault}}
 */
export function readTable(text, wanted = {}) {
  const content = text.replace(/^\ufeff/, "");
  const without = (/** @type {string} */ kind, values = {}) => ({
    table: null,
    fault: { kind, values },
  });
  if (content.includes("\0")) return without("binary");
  if (content.length > MOST_CHARACTERS) return without("long", { most: MOST_CHARACTERS });
  if (content.trim() === "") return without("empty");

  const { rows, lines, unclosed } = split(content);
  if (unclosed) return without("quotes", { line: unclosed });
  if (!rows.length) return without("empty");
  const width = usual(rows.map(({ length }) => length));
  if (width < 2) return without("one_column", { line: lines[0], found: shortened(rows[0][0]) });

  const even = rows.flatMap((row, i) => (row.length === width ? [i] : []));
  const wrong = rows.flatMap((row, i) =>
    row.length === width
      ? []
      : [{ kind: "fields", line: lines[i], values: { found: row.length, expected: width } }],
  );
  const body = even.slice(1).map((i) => rows[i]);
  const guess = decimalMarkOf(even.flatMap((i) => rows[i]));
  const mark = wanted.mark ?? guess.mark;
  const first = rows[even[0]];
  const header = wanted.header ?? isHeader(first, body, mark);
  const kept = header ? even.slice(1) : even;
  const data = kept.map((i) => rows[i]);
  const numeric = first.flatMap((_, column) => (isNumeric(data, column, mark) ? [column] : []));
  if (numeric.length < 2) return without(numeric.length ? "one_numeric" : "no_numbers");
  return {
    fault: null,
    table: {
      names: first.map((name) => (header ? name.trim() : "")),
      rows: data,
      lines: kept.map((i) => lines[i]),
      numeric,
      header,
      mark,
      unsure: wanted.mark ? "" : guess.unsure,
      wrong,
    },
  };
}

/**
 * Two columns of a table as numbers.
 *
 * @param {Table} table
 * @param {number} xColumn
 * @param {number} yColumn
 * @param {boolean} [logarithm] whether log₁₀ x stands for x
 * @returns {{points: Points, fault: Fault|null}}
 */
export function choosePoints(table, xColumn, yColumn, logarithm = false) {
  const columns = [xColumn, yColumn];
  /** @type {Points} */
  const points = {
    x: new Float64Array(),
    y: new Float64Array(),
    lines: [],
    missing: { count: 0, words: [], lines: [] },
    wrong: [...table.wrong],
  };
  const words = new Map();
  const pairs = table.rows.flatMap((row, i) => {
    const line = table.lines[i];
    const absent = columns.map((column) => row[column].trim()).filter(isMissing);
    if (absent.length) {
      for (const word of absent) words.set(word, (words.get(word) ?? 0) + 1);
      points.missing.lines.push(line);
      return [];
    }
    const pair = columns.map((column) => readNumber(row[column], table.mark));
    const bad = pair.findIndex((number) => !(Math.abs(number) <= LARGEST));
    const notPositive = logarithm && !(pair[0] > 0);
    if (bad >= 0 || notPositive) {
      const column = columns[Math.max(bad, 0)];
      const kind = bad < 0 ? "not_positive" : Number.isNaN(pair[bad]) ? "number" : "large";
      const values = { found: shortened(row[column]), column: column + 1, most: "10^100" };
      points.wrong.push({ kind, line, values });
      return [];
    }
    points.lines.push(line);
    return [[logarithm ? Math.log10(pair[0]) : pair[0], pair[1]]];
  });
  points.x = Float64Array.from(pairs, ([x]) => x);
  points.y = Float64Array.from(pairs, ([, y]) => y);
  points.missing.count = points.missing.lines.length;
  points.missing.words = [...words];
  points.wrong.sort((a, b) => a.line - b.line);
  return { points, fault: faultOf(points) };
}

/**
 * Why nothing can be made of points.
 *
 * @param {Points} points
 * @returns {Fault|null}
 */
function faultOf({ x, lines }) {
  if (x.length < 2) return { kind: "too_few", values: { count: x.length } };
  if (x.length > MOST_POINTS) {
    const values = { count: x.length, most: MOST_POINTS, line: lines[MOST_POINTS] };
    return { kind: "too_many", values };
  }
  const [low, high] = [x.reduce((a, b) => Math.min(a, b)), x.reduce((a, b) => Math.max(a, b))];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (low === high) return { kind: "constant", values: { count: x.length, x: low } };
  if (high - low < Math.max(size * LEAST_RANGE, 1 / LARGEST)) return { kind: "close", values: {} };
  return null;
}

/**
 * Rows of cells; a line of blanks and one that begins with # are none.
 *
 * @param {string} text
 */
function split(text) {
  const plain = text.replace(/\r\n?/g, "\n");
  const delimiter = delimiterOf(plain);
  const even = delimiter === " " ? plain.replace(BLANKS, " ").replace(/^ | $/gm, "") : plain;
  /** @type {string[][]} */
  const rows = [];
  /** @type {number[]} */
  const lines = [];
  let unclosed = 0;
  let line = 1;
  let cursor = 0;
  Papa.parse(even, {
    delimiter,
    newline: "\n",
    step({ data, errors, meta }) {
      const passed = even.slice(cursor, meta.cursor);
      const comment = data[0].startsWith("#");
      if (!comment && (data.length > 1 || data[0].trim() !== "")) {
        rows.push(data);
        lines.push(line);
      }
      if (errors.some(({ type }) => type === "Quotes")) unclosed ||= line;
      line += passed.split("\n").length - 1;
      cursor = meta.cursor;
    },
  });
  return { rows, lines, unclosed };
}

/**
 * What parts the cells: the sign that most lines have, of several the rarer one; blanks where each
 * line is numbers with blanks between. A comma comes last, as it may be in a number.
 *
 * @param {string} text
 */
function delimiterOf(text) {
  const lines = text
    .split("\n", LOOKED_AT)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/"(?:[^"]|"")*"/g, ""));
  const numbers = lines.slice(1).map((line) => line.trim().split(BLANKS));
  const isNumber = (/** @type {string} */ cell) =>
    isMissing(cell) || !Number.isNaN(readNumber(cell, ".")) || !Number.isNaN(readNumber(cell, ","));
  for (const delimiter of DELIMITERS.slice(0, -1)) {
    if (lines.filter((line) => line.includes(delimiter)).length > lines.length / 2)
      return delimiter;
  }
  const blanks = numbers.length > 0 && numbers.every((cells) => cells.length > 1);
  return blanks && numbers.every((cells) => cells.every(isNumber)) ? " " : ",";
}

/**
 * Whether a first row holds names: over some column of numbers there stands something else.
 *
 * @param {string[]} first
 * @param {string[][]} body
 * @param {Mark} mark
 */
const isHeader = (first, body, mark) =>
  first.some(
    (cell, column) =>
      !isMissing(cell) && Number.isNaN(readNumber(cell, mark)) && isNumeric(body, column, mark),
  );

/**
 * Whether at least half of what a column says are numbers.
 *
 * @param {string[][]} rows
 * @param {number} column
 * @param {Mark} mark
 */
function isNumeric(rows, column, mark) {
  const said = rows.map((row) => row[column]).filter((cell) => !isMissing(cell));
  const numbers = said.filter((cell) => !Number.isNaN(readNumber(cell, mark)));
  return numbers.length > 0 && 2 * numbers.length >= said.length;
}

/**
 * The number that occurs most often, the first of several.
 *
 * @param {number[]} numbers
 */
function usual(numbers) {
  const counts = new Map();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** A cell as a message quotes it. @param {string} cell */
const shortened = (cell) => (cell.length > 30 ? `${cell.slice(0, 29)}…` : cell);
