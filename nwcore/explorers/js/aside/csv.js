/** Tables as CSV, by RFC 4180: numbers with all their digits and a point, whatever the language. */

/** @typedef {Record<string, number|string>} Row */

/**
 * @param {string[]} head
 * @param {Array<Array<number|string>>} rows
 */
export const csvText = (head, rows) =>
  [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/**
 * Rows that need not all have the same columns: each column stands where a row first has it.
 *
 * @param {Row[]} rows
 */
export function csvOfRows(rows) {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return csvText(
    columns,
    rows.map((row) => columns.map((column) => row[column] ?? "")),
  );
}

/**
 * What is not a number is an empty cell; text that a spreadsheet would take for a formula stays text.
 *
 * @param {number|string} value
 */
function cell(value) {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  const safe = /^[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
