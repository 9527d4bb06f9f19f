// The controls that can be live, told to assistive technology. Dates, colours, media, tabs and
// files are left out: a widget that has them stays a picture.
import { uuid } from "@jupyter-widgets/base";
import * as floats from "@jupyter-widgets/controls/lib/widget_float";
import * as ints from "@jupyter-widgets/controls/lib/widget_int";
import { ToggleButtonView } from "@jupyter-widgets/controls/lib/widget_bool";
import { DescriptionView } from "@jupyter-widgets/controls/lib/widget_description";
import { ToggleButtonsView } from "@jupyter-widgets/controls/lib/widget_selection";

export * from "@jupyter-widgets/controls/lib/widget_bool";
export * from "@jupyter-widgets/controls/lib/widget_box";
export * from "@jupyter-widgets/controls/lib/widget_button";
export * from "@jupyter-widgets/controls/lib/widget_description";
export * from "@jupyter-widgets/controls/lib/widget_float";
export * from "@jupyter-widgets/controls/lib/widget_int";
export * from "@jupyter-widgets/controls/lib/widget_link";
export * from "@jupyter-widgets/controls/lib/widget_selection";
export * from "@jupyter-widgets/controls/lib/widget_string";

/**
 * Parts of a control's view, some of which ipywidgets declares to be its own business.
 *
 * @typedef {any} Parts
 */

/**
 * Run `after` on the view each time it has run its own `method`.
 *
 * @param {{prototype: object}} View
 * @param {string} method
 * @param {(view: Parts) => void} after
 */
function extend(View, method, after) {
  const prototype = /** @type {Record<string, Function>} */ (View.prototype);
  const own = prototype[method];
  prototype[method] = function (/** @type {unknown[]} */ ...given) {
    const result = own.apply(this, given);
    after(this);
    return result;
  };
}

function labelled(/** @type {Parts} */ view, /** @type {Element} */ element) {
  view.label.id ||= uuid();
  element.setAttribute("aria-labelledby", view.label.id);
}

// ipywidgets draws the label beside the slider without saying that it is the slider's, and reads
// out the exponent of a logarithmic one.
for (const View of Object.values({ ...ints, ...floats })) {
  if (!Object.hasOwn(View.prototype ?? {}, "createSlider")) continue;
  extend(View, "createSlider", (view) => {
    const handles = view.$slider.querySelectorAll("[role='slider']");
    handles.forEach((/** @type {Element} */ handle) => labelled(view, handle));
    view.readout.setAttribute("role", "textbox");
    labelled(view, view.readout);
    const say = () =>
      handles.forEach((/** @type {Element} */ handle) =>
        handle.setAttribute("aria-valuetext", view.readout.textContent),
      );
    view.$slider.noUiSlider.on("update.nw", say);
    view.listenTo(view.model, "change:value", () => queueMicrotask(say));
    say();
  });
}

extend(ToggleButtonsView, "update", (view) => {
  view.buttongroup.setAttribute("role", "group");
  labelled(view, view.buttongroup);
  for (const button of view.buttongroup.children) {
    button.setAttribute("aria-pressed", button.classList.contains("mod-active"));
  }
});

// Without a tooltip, ipywidgets shows one that says "null".
const dropNull = (/** @type {HTMLElement|undefined} */ element) =>
  element?.title === "null" && element.removeAttribute("title");
extend(DescriptionView, "updateTooltip", (view) => dropNull(view.label));

extend(ToggleButtonView, "update", (view) => {
  dropNull(view.el);
  view.el.setAttribute("aria-pressed", view.model.get("value"));
});
