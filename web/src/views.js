// What a model looks like: a box with others in it, a control, or an explorer.
import { box, CONTROLS } from "./controls.js";

/**
 * @typedef {import("./models.js").Model} Model
 * @typedef {object} Drawn
 * @property {HTMLElement} el
 * @property {Explorer[]} explorers that stand in it
 * @typedef {{model: Model, el: HTMLElement, close?: () => void}} Explorer
 */

/** @type {Map<string, Promise<any>>} */
const modules = new Map();

/** The module of an explorer, from its text. */
function moduleOf(/** @type {string|undefined} */ text) {
  if (!text) throw new Error("the explorer's own script is not there");
  let module = modules.get(text);
  if (!module) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    module = import(url).finally(() => URL.revokeObjectURL(url));
    modules.set(text, module);
  }
  return module;
}

/**
 * @param {Model} model
 * @returns {Drawn}
 */
export function draw(model) {
  const drawn = drawnAs(model);
  drawn.el.classList.add(...(model.get("_dom_classes") ?? []));
  return drawn;
}

/**
 * @param {Model} model
 * @returns {Drawn}
 */
function drawnAs(model) {
  if (model.get("children")) {
    const parts = model.get("children").map(draw);
    return {
      el: box(
        model,
        parts.map((/** @type {Drawn} */ { el }) => el),
      ),
      explorers: parts.flatMap((/** @type {Drawn} */ { explorers }) => explorers),
    };
  }
  if (model.kind === "AnyModel") {
    const el = document.createElement("div");
    return { el, explorers: [{ model, el }] };
  }
  if (!Object.hasOwn(CONTROLS, model.kind)) throw new Error(`${model.kind} is not on this site`);
  return { el: CONTROLS[model.kind](model), explorers: [] };
}

/**
 * Begin what stands in a view, once the view is in the page.
 *
 * @param {Drawn} drawn
 */
export async function begin({ explorers }) {
  await Promise.all(
    explorers.map(async (explorer) => {
      const { model, el } = explorer;
      const { default: view } = await moduleOf(model.get("_esm"));
      explorer.close = await view.render({ model, el });
    }),
  );
}

/**
 * End what has begun.
 *
 * @param {Drawn} drawn
 */
export function end({ explorers }) {
  for (const { close } of explorers) close?.();
}
