// anywidget hands itself to an AMD loader. The bundler puts this `define` in its place.
/** @typedef {(base: object) => Record<string, Function>} Factory */

/** @type {Factory[]} */
export const factories = [];
export const define = (/** @type {string[]} */ _needs, /** @type {Factory} */ factory) =>
  factories.push(factory);
