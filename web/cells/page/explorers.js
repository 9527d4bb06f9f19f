/** Explorers that a cell makes: models like those of the page, with the values that the cell gave. */
import { WAY_NAMES } from "../../../nwcore/explorers/js/engine/ways.js";

/**
 * @param {any} state of the page's widgets
 * @param {string} name of an explorer
 */
const modelNamed = (state, name) =>
  Object.keys(state).find((id) => state[id].state.name === name && state[id].source);

/**
 * All models that one is made of, under new names.
 *
 * @param {any} all the state of the page
 * @param {string} root
 * @param {string} suffix
 */
function copied(all, root, suffix) {
  const kept = new Set([root]);
  const named = (/** @type {any} */ state) =>
    [...JSON.stringify(state).matchAll(/IPY_MODEL_(\w+)/g)].map(([, id]) => id);
  for (const id of kept) {
    for (const other of named(all[id].state)) if (all[other]) kept.add(other);
    for (const [other, { model_name: kind, state }] of Object.entries(all)) {
      if (/LinkModel$/.test(kind) && named(state).includes(id)) kept.add(other);
    }
  }
  const text = JSON.stringify(Object.fromEntries([...kept].map((id) => [id, all[id]])));
  return JSON.parse([...kept].reduce((whole, id) => whole.replaceAll(id, id + suffix), text));
}

const STATE = "script[type='application/vnd.jupyter.widget-state+json']";
const modelsIn = (/** @type {Element} */ { textContent }) => JSON.parse(textContent ?? "").state;

let count = 0;

/**
 * The state of a new explorer, and its view's model; null where the page has none to copy.
 *
 * @param {{name: string, traits: Record<string, any>, controls: string[]|null}} told
 */
export function stateFor({ name, traits, controls }) {
  const all = Object.assign({}, ...[...document.querySelectorAll(STATE)].map(modelsIn));
  const explorer = modelNamed(all, name);
  if (!explorer) return null;
  const box = Object.keys(all).find((id) => {
    const { children } = all[id].state;
    return Array.isArray(children) && children.includes(`IPY_MODEL_${explorer}`);
  });
  if (!box) return null;
  const suffix = `c${++count}`;
  const state = copied(all, box, suffix);
  const own = state[explorer + suffix].state;
  const links = Object.values(state).filter(({ model_name: kind }) => /LinkModel$/.test(kind));
  const values = { ...traits };
  // An address of its own, or both would follow one.
  own.name = `${name}-${suffix}`;
  own.words = { ...own.words, [own.name]: own.words[name] };
  if ("kernel" in values) values.kernel_index = WAY_NAMES.indexOf(values.kernel);
  if ("reduction" in values)
    values.reduction_index = ["sum", "mean", "half"].indexOf(values.reduction);
  Object.assign(own, values);
  if (own.exact) own.exact = { ...own.exact, ...pick(values, Object.keys(own.exact)) };
  if (own.moved) own.moved = [];
  for (const { state: link } of links) {
    const [[control, what], [, trait]] = [link.source, link.target];
    const model = state[control.replace("IPY_MODEL_", "")];
    if (model && trait in values) model.state[what] = values[trait];
  }
  if (controls) {
    keepControls(state, box + suffix, links, controls);
    own.goals = own.goals.filter(
      (/** @type {[string, string, object, string[]]} */ [, , , needed]) =>
        needed.every((key) => controls.includes(key)),
    );
    const needed = /** @type {string[]} */ (own.tour.controls ?? []);
    if (!needed.every((key) => controls.includes(key))) own.tour = {};
  }
  return { state, view: box + suffix };
}

/**
 * @param {Record<string, any>} values
 * @param {string[]} keys
 */
const pick = (values, keys) =>
  Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));

/**
 * @param {any} state
 * @param {string} box
 * @param {any[]} links
 * @param {string[]} controls
 */
function keepControls(state, box, links, controls) {
  const panel = state[state[box].state.children[0].replace("IPY_MODEL_", "")].state;
  const traitOf = (/** @type {string} */ child) =>
    links
      .find(({ state: { source } }) => source[0] === child)
      ?.state.target[1].replace(/_index$/, "");
  panel.children = panel.children.filter((/** @type {string} */ child) =>
    controls.includes(traitOf(child)),
  );
}
