/**
 * What is seldom asked for is in a script of its own (../aside), brought at the first press: from the
 * site, where the model holds its address, or from the text that a kernel has sent.
 *
 * @typedef {typeof import("../aside/aside.js")} Aside
 */
import { make } from "./dom.js";

/**
 * @param {import("../types.js").Model} model
 * @returns {() => Promise<Aside>} rejects where the script cannot be had; another press asks again
 */
export function createAside(model) {
  /** @type {Promise<Aside>|null} */
  let coming = null;
  return () => {
    coming ??= bring(model.get("_aside"), Boolean(model.widget_manager?.staticPage));
    coming.catch(() => (coming = null));
    return coming;
  };
}

/**
 * A classic script, which works from a folder, too.
 *
 * @param {string} told its address on a static page, its text elsewhere
 * @param {boolean} isStatic
 * @returns {Promise<Aside>}
 */
function bring(told, isStatic) {
  const text = () => new Blob([told], { type: "text/javascript" });
  const src = isStatic ? told : URL.createObjectURL(text());
  const script = make("script", { src });
  return new Promise((resolve, reject) => {
    script.onload = () => resolve(/** @type {Aside} */ (nwAside));
    script.onerror = () => reject(new Error(`${src} could not be loaded`));
    document.head.append(script);
  }).finally(() => {
    script.remove();
    if (!isStatic) URL.revokeObjectURL(src);
  });
}
