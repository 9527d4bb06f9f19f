/**
 * How a pointer and keys move the number of a trait, and what a view must say about its traits.
 *
 * @typedef {import("../types.js").PointerRule} PointerRule
 * @typedef {import("../types.js").Traits} Traits
 */
import { clamp } from "../drawing/scales.js";

const ARROW_FACTOR = 1.05;
const PAGE_FACTOR = 1.5;

/**
 * A number on a logarithmic slider: rounded to some digits, moved by a share of itself.
 *
 * @param {number} digits
 * @returns {PointerRule}
 */
export const logarithmic = (digits) => ({
  exact: true,
  round: (value) => Number(value.toPrecision(digits)),
  step: (value, presses) =>
    value * (Math.abs(presses) === 2 ? PAGE_FACTOR : ARROW_FACTOR) ** Math.sign(presses),
});

/**
 * A number on a linear slider: rounded to a step, moved by so much with an arrow key or a page key.
 *
 * @param {{step: number, arrow: number, page: number}} steps
 * @returns {PointerRule}
 */
export const linear = ({ step, arrow, page }) => ({
  exact: true,
  round: (value) => Number((Math.round(value / step) * step).toFixed(4)),
  step: (value, presses) => value + Math.sign(presses) * (Math.abs(presses) === 2 ? page : arrow),
});

/**
 * A whole number; its control moves it.
 *
 * @type {PointerRule}
 */
export const WHOLE = { exact: false, round: Math.round };

/**
 * How a place in a list of names is written in the address: by its name.
 *
 * @param {string[]} names
 */
export function namedIn(names) {
  return {
    toText: (/** @type {number} */ place) => names[place],
    fromText: (/** @type {string} */ text) => (names.includes(text) ? names.indexOf(text) : NaN),
  };
}

/**
 * Traits that several explorers have.
 *
 * @type {Record<"w"|"noise", import("../types.js").Trait & {pointer: PointerRule}>}
 */
export const COMMON = {
  w: {
    address: "w",
    pointer: logarithmic(3),
    write: (value, writeNumber) => writeNumber(value, value >= 10 ? 1 : 2),
  },
  noise: {
    address: "noise",
    pointer: linear({ step: 0.01, arrow: 0.05, page: 0.25 }),
    write: (value, writeNumber) => writeNumber(value, 2),
  },
};

/** @type {Record<string, number>} */
const PRESSES = {
  ArrowRight: 1,
  ArrowUp: 1,
  PageUp: 2,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageDown: -2,
};

/**
 * Where a key takes a value, or null for a key that does not move it.
 *
 * @param {PointerRule} rule
 * @param {number} value
 * @param {string} pressed name of the key
 * @param {number[]} range
 */
export function movedByKey(rule, value, pressed, [low, high]) {
  if (!rule.step) return null;
  if (pressed === "Home") return low;
  if (pressed === "End") return high;
  if (!(pressed in PRESSES)) return null;
  return clamp(rule.round(rule.step(value, PRESSES[pressed])), [low, high]);
}

/**
 * Refuse a view that says too little about the traits that Python gives a range.
 *
 * @param {string} name the explorer's
 * @param {Traits} traits
 * @param {Record<string, number[]>} ranges
 */
export function checkTraits(name, traits, ranges) {
  for (const key of Object.keys(ranges)) {
    if (traits[key]?.pointer) continue;
    const missing = key in traits ? "has no pointer rule" : "is not among the view's traits";
    throw new Error(
      `${key} of the explorer ${name} ${missing}: add ${key}: { address, pointer } to the traits ` +
        `in ${name}.js, with a rule of js/shell/rules.js`,
    );
  }
}
