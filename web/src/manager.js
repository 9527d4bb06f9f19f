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

export class PageManager extends ManagerBase {
  // Explorers read this through `model.widget_manager`: there is no Python to keep their state.
  staticPage = true;

  // Descriptions are plain text; without this, ipywidgets would hand them to a MathJax 2.
  _rendermime = { latexTypesetter: { typeset() {} } };

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
