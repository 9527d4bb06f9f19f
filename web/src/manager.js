// The widget manager of a page: models and views as in JupyterLab, and no kernel behind them.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager";
import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { factories } from "./amd.js";
import "anywidget";
import * as controls from "./controls.js";

/** @type {Record<string, any>} */
const MODULES = {
  "@jupyter-widgets/base": base,
  "@jupyter-widgets/controls": controls,
  anywidget: factories[0](base),
};

// What a model may say to a kernel, said to nobody.
const NOBODY = { on_msg() {}, on_close() {}, send() {}, open() {}, close() {} };

const SLICE = 8; // ms of work after which the page gets its turn

let begun = 0;
/** @type {Promise<void> | null} */
let turn = null;

/** Let the page scroll and paint between the making of one model or view and the next. */
async function breathe() {
  const now = performance.now();
  if (turn === null && now - begun < SLICE) return;
  turn ??= new Promise((/** @type {(nothing: void) => void} */ resolve) => {
    setTimeout(() => {
      begun = performance.now();
      turn = null;
      resolve();
    });
  });
  await turn;
}

export class PageManager extends ManagerBase {
  // Explorers read this through `model.widget_manager`: there is no Python to keep their state.
  staticPage = true;

  #views = new Set();

  constructor() {
    super();
    window.addEventListener("resize", () => {
      for (const view of this.#views) {
        MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize);
      }
    });
  }

  /**
   * @param {base.DOMWidgetModel} model
   * @param {object} [options]
   */
  async create_view(model, options) {
    const view = await super.create_view(model, options);
    this.#views.add(view);
    view.once("remove", () => this.#views.delete(view));
    return view;
  }

  /**
   * @param {string} className
   * @param {string} moduleName
   */
  async loadClass(className, moduleName) {
    await breathe();
    const found = MODULES[moduleName]?.[className];
    if (!found) throw new Error(`${className} of ${moduleName} is not on this site`);
    return found;
  }

  async _get_comm_info() {
    return {};
  }

  /**
   * @param {string} target
   * @param {string} [id]
   * @returns {Promise<any>}
   */
  async _create_comm(target, id) {
    return { ...NOBODY, comm_id: id, target_name: target };
  }

  // HTML in a description is shown as it is written.
  inline_sanitize(/** @type {string} */ text) {
    return Object.assign(document.createElement("p"), { textContent: text }).innerHTML;
  }
}
