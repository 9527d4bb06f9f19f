/**
 * An explorer's state: traits of the model, always in range, whatever a slider or an address says.
 *
 * @typedef {import("../types.js").Model} Model
 * @typedef {import("../types.js").Traits} Traits
 * @typedef {"set"|"restored"|"drifted"} How a value has changed: it was set, with a whole state, or
 *   by itself
 */
import { clamp } from "../drawing/scales.js";

/**
 * A slider gives its value back rounded to its tiny step.
 *
 * @param {number} a
 * @param {number} b
 */
export const sameButForStep = (a, b) => Math.abs(a - b) <= 1e-7 * Math.max(Math.abs(b), 0.01);

/**
 * @param {Model} model
 * @param {Traits} traits
 * @param {{changed: (key: string, how: How) => void, wasSet: () => void, signal: AbortSignal}} page
 *   what to call after a change of the model, after one that Python must be told of, and until when
 */
export function createState(model, traits, { changed, wasSet, signal }) {
  const keys = Object.keys(traits);
  /** @type {Record<string, number[]>} */
  const ranges = model.get("ranges");
  /** @type {Record<string, import("../types.js").Value>} */
  const accepted = {};
  const rule = (/** @type {string} */ key) => traits[key].pointer;
  /** @type {How} */
  let how = "set";
  /** @type {string|null} */
  let held = null;

  function inRange(/** @type {string} */ key, /** @type {import("../types.js").Value} */ value) {
    const range = ranges[key];
    if (!range) return value;
    if (!Number.isFinite(value)) return accepted[key] ?? range[0];
    const bounded = clamp(value, range);
    return rule(key)?.exact ? bounded : Math.round(bounded);
  }

  function take(/** @type {string} */ key) {
    accepted[key] = inRange(key, model.get(key));
    return accepted[key];
  }

  /** Change traits; the frame that follows shows them and tells Python. */
  function set(/** @type {import("../types.js").State} */ changes) {
    for (const [key, value] of Object.entries(changes)) model.set(key, inRange(key, value));
    wasSet();
  }

  function follow(/** @type {string} */ key) {
    const value = model.get(key);
    if (held === key) {
      const meant = inRange(key, rule(key)?.round(value) ?? value);
      if (meant !== value) model.set(key, meant);
    } else if (
      rule(key)?.exact &&
      value !== accepted[key] &&
      sameButForStep(value, accepted[key])
    ) {
      model.set(key, accepted[key]);
      return;
    }
    // What a slider has rounded and gets back as it was is no change.
    if (inRange(key, model.get(key)) === accepted[key]) return;
    take(key);
    changed(key, how);
  }

  // What sliders that were drawn before the canvas have rounded.
  for (const [key, value] of Object.entries(model.get("exact"))) {
    if (rule(key)?.exact && sameButForStep(model.get(key), value)) model.set(key, value);
  }
  const initial = Object.fromEntries(keys.map((key) => [key, model.get(key)]));
  for (const key of keys) {
    take(key);
    const handler = () => follow(key);
    model.on(`change:${key}`, handler);
    signal.addEventListener("abort", () => model.off(`change:${key}`, handler));
  }

  return {
    /** The state at the start, which an address need not name. */
    initial,
    ranges,
    set,
    /** The traits as they are now. */
    read: () => Object.fromEntries(keys.map((key) => [key, take(key)])),
    /** The last value of a trait that was in range. */
    accepted: (/** @type {string} */ key) => accepted[key],
    /** Set a whole state, in which moved points and their data set come together. */
    restore(/** @type {import("../types.js").State} */ changes) {
      how = "restored";
      set({ ...initial, ...changes });
      how = "set";
    },
    /** Set what moves by itself, which is nobody's act. */
    drift(/** @type {import("../types.js").State} */ changes) {
      how = "drifted";
      set(changes);
      how = "set";
    },
    /** Round what a pointer sets for as long as it holds the control of a trait; null: none. */
    hold(/** @type {string|null} */ key) {
      held = key;
    },
  };
}
