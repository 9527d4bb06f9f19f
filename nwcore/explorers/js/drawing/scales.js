/**
 * From numbers to pixels.
 *
 * @typedef {import("../types.js").Scale} Scale
 */

/**
 * A linear scale from a domain to pixels, with its inverse.
 *
 * @param {number[]} domain
 * @param {number[]} range
 * @returns {Scale}
 */
export function linearScale(domain, range) {
  const perUnit = (range[1] - range[0]) / (domain[1] - domain[0]);
  return Object.assign((/** @type {number} */ value) => range[0] + (value - domain[0]) * perUnit, {
    invert: (/** @type {number} */ pixel) => domain[0] + (pixel - range[0]) / perUnit,
  });
}

/**
 * A logarithmic scale from a positive domain to pixels, with its inverse.
 *
 * @param {number[]} domain
 * @param {number[]} range
 * @returns {Scale}
 */
export function logScale(domain, range) {
  const scale = linearScale(domain.map(Math.log), range);
  return Object.assign((/** @type {number} */ value) => scale(Math.log(value)), {
    invert: (/** @type {number} */ pixel) => Math.exp(scale.invert(pixel)),
  });
}

/**
 * Round numbers inside a domain, some `count` of them.
 *
 * @param {number[]} domain
 * @param {number} count
 */
export function roundTicks([low, high], count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
    ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}

/**
 * The number in [low, high] that is nearest to a value.
 *
 * @param {number} value
 * @param {number[]} limits
 */
export function clamp(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}
