/** Parts that views put together. */
import { make, write } from "./dom.js";

/**
 * @param {string} label
 * @param {() => void} act
 * @param {AbortSignal} signal
 */
export function makeButton(label, act, signal) {
  const button = make("button", { type: "button", class: "nw-button" }, label);
  button.addEventListener("click", act, { signal });
  return button;
}

/**
 * A list of named numbers, and a function that writes one of them.
 *
 * @param {string[]} names keys of words
 * @param {import("../types.js").Words} words
 */
export function makeReadouts(names, words) {
  const list = make("dl", { class: "nw-readouts" });
  /** @type {Record<string, HTMLElement>} */
  const places = {};
  for (const name of names) {
    places[name] = make("dd", { "data-readout": name });
    list.append(make("div", {}, make("dt", {}, words[name]), places[name]));
  }
  return {
    list,
    set: (/** @type {string} */ name, /** @type {string} */ text) => write(places[name], text),
  };
}
