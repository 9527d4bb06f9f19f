/** Rows of a table that is taken away. */

/**
 * Columns of one length as rows, each of which says what part of the table it belongs to.
 *
 * @param {string} part
 * @param {Record<string, ArrayLike<number|string>>} columns
 * @returns {import("../aside/csv.js").Row[]}
 */
export function rowsOf(part, columns) {
  const named = Object.entries(columns);
  return Array.from(named[0][1], (_, i) => ({
    part,
    ...Object.fromEntries(named.map(([name, values]) => [name, values[i]])),
  }));
}
