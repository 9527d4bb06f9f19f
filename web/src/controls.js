// The controls of explorers and the boxes they stand in, with the elements and class names that
// ipywidgets gives them in JupyterLab: the style sheets and the explorers know both by these.
import noUiSlider from "nouislider";

/** @typedef {import("./models.js").Model} Model */
/** @typedef {(model: Model) => HTMLElement} Draw */

let count = 0;

/**
 * @param {string} tag
 * @param {string} classes
 * @param {...(Node|string)} children
 */
function make(tag, classes, ...children) {
  const node = document.createElement(tag);
  node.className = classes;
  node.append(...children);
  return node;
}

/**
 * A control with its label.
 *
 * @param {Model} model
 * @param {string} kind
 * @param {HTMLElement} field
 */
function row(model, kind, field) {
  const label = /** @type {HTMLLabelElement} */ (make("label", "widget-label"));
  label.textContent = model.get("description");
  label.id = `nw-label-${++count}`;
  return make("div", `jupyter-widgets ${kind}`, label, field);
}

/**
 * Tie a field of a form to its label.
 *
 * @param {HTMLElement} control
 * @param {HTMLElement} field
 */
function name(control, field) {
  const label = /** @type {HTMLLabelElement} */ (control.firstElementChild);
  field.id = `nw-field-${++count}`;
  label.htmlFor = field.id;
}

/** What a value is on the slider's track, and the other way round. */
function scaleOf(/** @type {Model} */ model) {
  const same = (/** @type {number} */ value) => value;
  if (model.kind === "FloatLogSliderModel") {
    const base = model.get("base");
    return {
      toTrack: (/** @type {number} */ value) => Math.log(value) / Math.log(base),
      fromTrack: (/** @type {number} */ place) => base ** place,
    };
  }
  return { toTrack: same, fromTrack: model.kind === "IntSliderModel" ? Math.round : same };
}

/** @type {Draw} */
function slider(model) {
  const track = make("div", "slider");
  const { toTrack, fromTrack } = scaleOf(model);
  const shown = noUiSlider.create(track, {
    start: toTrack(model.get("value")),
    range: { min: model.get("min"), max: model.get("max") },
    step: model.get("step"),
    animate: false,
    format: { to: (place) => String(place), from: Number },
  });
  shown.on("slide", (_texts, _handle, [place]) => model.set("value", fromTrack(place)));
  model.on("change:value", () => {
    const place = toTrack(model.get("value"));
    shown.set(place);
    // What is beyond the ends, or no number at all, is where the handle is.
    if (!(model.get("min") <= place && place <= model.get("max"))) {
      model.set("value", fromTrack(Number(shown.get(true))));
    }
  });
  const control = row(
    model,
    "widget-inline-hbox widget-slider widget-hslider",
    make("div", "slider-container", track),
  );
  const handle = track.querySelector(".noUi-handle");
  handle?.setAttribute("aria-labelledby", /** @type {Element} */ (control.firstElementChild).id);
  return control;
}

/** @type {Draw} */
function numberBox(model) {
  const field = /** @type {HTMLInputElement} */ (make("input", ""));
  const [low, high] = [model.get("min"), model.get("max")];
  Object.assign(field, { type: "number", required: true, min: low, max: high, step: "1" });
  const show = () => (field.value = String(model.get("value")));
  field.addEventListener("change", () => {
    const typed = Number.parseInt(field.value, 10);
    if (!Number.isNaN(typed)) model.set("value", Math.min(Math.max(typed, low), high));
    show();
  });
  // Keys that undo what is typed are not the explorer's.
  field.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:value", show);
  show();
  const control = row(model, "widget-inline-hbox widget-text", field);
  name(control, field);
  return control;
}

/** @type {Draw} */
function checkbox(model) {
  const field = /** @type {HTMLInputElement} */ (make("input", ""));
  field.type = "checkbox";
  const show = () => (field.checked = model.get("value"));
  field.addEventListener("change", () => model.set("value", field.checked));
  model.on("change:value", show);
  show();
  const label = make("label", "widget-label-basic", field, ` ${model.get("description")}`);
  return make("div", "jupyter-widgets widget-inline-hbox widget-checkbox", label);
}

/** @type {Draw} */
function list(model) {
  const choices = /** @type {HTMLSelectElement} */ (make("select", ""));
  for (const text of model.get("_options_labels")) choices.add(new Option(text));
  const show = () => (choices.selectedIndex = model.get("index"));
  choices.addEventListener("change", () => model.set("index", choices.selectedIndex));
  model.on("change:index", show);
  show();
  const control = row(model, "widget-inline-hbox widget-dropdown", choices);
  name(control, choices);
  return control;
}

/** @type {Draw} */
function buttons(model) {
  const choices = model
    .get("_options_labels")
    .map((/** @type {string} */ text, /** @type {number} */ index) => {
      const button = /** @type {HTMLButtonElement} */ (
        make("button", "widget-toggle-button jupyter-button")
      );
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => model.set("index", index));
      return button;
    });
  const show = () =>
    choices.forEach((/** @type {Element} */ button, /** @type {number} */ index) => {
      const on = index === model.get("index");
      button.classList.toggle("mod-active", on);
      button.setAttribute("aria-pressed", String(on));
    });
  model.on("change:index", show);
  show();
  return row(model, "widget-toggle-buttons", make("div", "", ...choices));
}

/**
 * Those that are on this site, by the names of their models.
 *
 * @type {Record<string, Draw>}
 */
export const CONTROLS = {
  BoundedIntTextModel: numberBox,
  CheckboxModel: checkbox,
  DropdownModel: list,
  FloatLogSliderModel: slider,
  FloatSliderModel: slider,
  IntSliderModel: slider,
  ToggleButtonsModel: buttons,
};

/**
 * @param {Model} model
 * @param {HTMLElement[]} children
 */
export function box(model, children) {
  const upright = model.kind === "VBoxModel" ? "widget-vbox" : "";
  return make("div", `jupyter-widgets widget-container widget-box ${upright}`, ...children);
}
