/**
 * Two plots side by side, or one below the other where there is no room for that; each with two rows
 * of a legend over it.
 *
 * @typedef {import("../types.js").Box} Box
 */

// Pixels.
const LEFT = 52;
const RIGHT = 16; // room for half of the last number of an axis
const BELOW = 40; // an axis with its numbers and its name
const BETWEEN = 66;
const WIDE = 600; // from here on the two stand side by side
export const TOP = 48; // two rows of a legend
export const LEGEND_ROW = 12;
export const LEGEND_LEFT = 30; // so far before the axis both rows begin: in any language they fit

/**
 * @param {number} width
 * @param {number} share of the width that the first takes where they stand side by side
 * @param {number} low the height of each where they do not
 * @returns {{first: Box, second: Box, height: number}}
 */
export function layoutPair(width, share, low) {
  const wide = width >= WIDE;
  const height = wide ? 300 : low;
  const inner = (wide ? Math.round(width * share) : width) - LEFT - RIGHT;
  const x = wide ? LEFT + inner + BETWEEN : LEFT;
  const y = wide ? TOP : TOP + height + BELOW + TOP;
  return {
    first: { x: LEFT, y: TOP, width: inner, height },
    second: { x, y, width: width - x - RIGHT, height },
    height: y + height + BELOW,
  };
}
