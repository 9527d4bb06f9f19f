/**
 * The steps of a guided tour as data: what each shows, and what its text says of it.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {object} Step
 * @property {State} changes what it sets of the base
 * @property {string[]} marks what it is about: "control w", "part plot", "number error"
 * @property {string} text with {fields} of the state, or of what the view measures
 * @typedef {object} Tour
 * @property {State} base every trait, as the tour has it
 * @property {Step[]} steps
 * @property {Record<string, number>} digits of the fields that its texts name
 */
import { sameButForStep } from "./state.js";
import { fill } from "./text.js";

const LATER = "…"; // in the place of a number that is not there yet

/**
 * All that a step shows, whatever was on show before.
 *
 * @param {Tour} tour
 * @param {number} place
 * @returns {State}
 */
export const stateOf = ({ base, steps }, place) => ({ ...base, ...steps[place].changes });

/**
 * The place of the step of a number, which a reader counts from 1; −1 if there is none.
 *
 * @param {Tour} tour
 * @param {unknown} number
 */
export const placeOf = ({ steps = [] }, number) =>
  steps.findIndex((_, place) => place + 1 === Number(number));

/**
 * Whether a state is what a step shows.
 *
 * @param {State} state
 * @param {State} wanted
 */
export const isShown = (state, wanted) =>
  Object.entries(wanted).every(
    ([key, value]) =>
      JSON.stringify(state[key]) === JSON.stringify(value) || sameButForStep(state[key], value),
  );

/**
 * A text with its numbers, and whether all of them are there.
 *
 * @param {string} pattern
 * @param {Record<string, number>} fields
 * @param {Record<string, number>} digits
 * @param {import("../types.js").WriteNumber} writeNumber
 */
export function written(pattern, fields, digits, writeNumber) {
  const numbers = Object.entries(digits).map(([field, count]) => {
    const value = fields[field];
    return [field, Number.isFinite(value) ? writeNumber(value, count) : LATER];
  });
  const text = fill(pattern, Object.fromEntries(numbers));
  return { text, whole: !text.includes(LATER) };
}

/**
 * A number on its way between two others, slow at both ends; by equal shares where both are positive.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} share of the way, 0 to 1
 */
export function onTheWay(from, to, share) {
  const eased = (1 - Math.cos(Math.PI * share)) / 2;
  return from > 0 && to > 0 ? from * (to / from) ** eased : from + (to - from) * eased;
}
