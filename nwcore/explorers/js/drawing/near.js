/**
 * What is at a place of a picture.
 *
 * @typedef {[number, number]} Place pixels from the canvas's corner
 * @typedef {import("../types.js").Box} Box
 */

/**
 * @param {Box} box
 * @param {Place} at
 * @param {number} [margin]
 */
export const within = ({ x, y, width, height }, at, margin = 0) =>
  at[0] >= x - margin &&
  at[0] <= x + width + margin &&
  at[1] >= y - margin &&
  at[1] <= y + height + margin;

/**
 * The place of the number that is nearest to a value.
 *
 * @param {ArrayLike<number>} numbers at least one
 * @param {number} value
 */
export function nearest(numbers, value) {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) {
    if (Math.abs(numbers[i] - value) < Math.abs(numbers[best] - value)) best = i;
  }
  return best;
}

/**
 * Row and column of the cell at a place within a box.
 *
 * @param {Box} box
 * @param {Place} at
 * @param {number} rows
 * @param {number} columns
 */
export const cellAt = ({ x, y, width, height }, at, rows, columns) => [
  Math.min(rows - 1, Math.floor(((at[1] - y) / height) * rows)),
  Math.min(columns - 1, Math.floor(((at[0] - x) / width) * columns)),
];
