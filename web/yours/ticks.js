/** Where numbers stand on axes that are not even: logarithms, and keys in order. */

/** Pixels that a number on an axis takes. */
export const TICK_GAP = 58;

/**
 * Powers of 10 in a range, or, where there is none but one, also twice and five times those.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} width in pixels
 */
export function powersIn(low, high, width) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const inside = (/** @type {number} */ tick) => tick >= low && tick <= high;
  const whole = powers.filter(inside);
  if (whole.length < 2) return powers.flatMap((p) => [p, 2 * p, 5 * p]).filter(inside);
  const each = Math.ceil((whole.length * TICK_GAP) / width);
  return whole.filter((_, i) => i % each === 0);
}

/**
 * Columns of a heatmap are keys in order, not evenly spaced: where each round x would be among them,
 * as far apart as they can be read.
 *
 * @param {Float64Array} keys ascending
 * @param {number[]} ticks
 * @param {(place: number) => number} across
 * @param {number} gap
 * @returns {Map<number, number>} place -> x
 */
export function keyTicks(keys, ticks, across, gap) {
  const places = new Map();
  let last = -Infinity;
  for (const tick of ticks) {
    const place = keys.findIndex((key) => key >= tick);
    if (place < 0 || across(place + 0.5) - last < gap) continue;
    places.set(place + 0.5, tick);
    last = across(place + 0.5);
  }
  return places;
}
