/** Legends: samples of what is drawn, with their names. */

/** @typedef {import("./pen.js").Pen} Pen */

const SAMPLE = 16; // pixels
const SAMPLE_GAP = 22;

/**
 * One line of samples and names, moved to the left where it would pass `right`.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} right
 * @param {import("../types.js").LegendEntry[]} entries
 */
export function drawLegend(pen, x, y, right, entries) {
  const { context, font } = pen;
  context.font = `12px ${font}`;
  const widths = entries.map(({ name }) => SAMPLE_GAP + context.measureText(name).width);
  const total = widths.reduce((sum, width) => sum + width) + 12 * (entries.length - 1);
  let at = Math.max(4, Math.min(x, right - total));
  entries.forEach(({ name, sample }, place) => {
    sample(at, y);
    pen.text(name, at + SAMPLE_GAP, y, { baseline: "middle" });
    at += widths[place] + 12;
  });
}

/**
 * A sample of the legend: a line.
 *
 * @param {Pen} pen
 * @param {string} colour
 * @param {number[]} [dash]
 * @returns {(x: number, y: number) => void}
 */
export const sampleLine = (pen, colour, dash) => (x, y) =>
  pen.line(x, y, x + SAMPLE, y, colour, 2.2, dash);

/**
 * A sample of the legend: a translucent disc.
 *
 * @param {Pen} pen
 * @param {string} colour
 * @param {number} alpha
 * @returns {(x: number, y: number) => void}
 */
export const sampleDot = (pen, colour, alpha) => (x, y) =>
  pen.dot(x + SAMPLE / 2, y, 4, colour, { alpha });
