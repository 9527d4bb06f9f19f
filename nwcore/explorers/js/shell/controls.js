/**
 * Controls: ipywidgets beside the canvas, in the same box, given the names, values and steps that a
 * reader hears and uses.
 *
 * @typedef {{key: string, handle: Element, output: HTMLElement}} Slider
 * @typedef {{key: string, buttons: Element[]}} Choice
 */
import { make, setAttribute, write } from "./dom.js";
import { movedByKey } from "./rules.js";

/**
 * @param {object} parts
 * @param {HTMLElement} parts.el
 * @param {import("../types.js").Traits} parts.traits
 * @param {ReturnType<typeof import("./state.js").createState>} parts.state
 * @param {import("../types.js").WriteNumber} parts.writeNumber
 * @param {() => void} parts.arrived called when controls were drawn after the canvas
 * @param {AbortSignal} parts.signal
 */
export function createControls({ el, traits, state, writeNumber, arrived, signal }) {
  /** @type {Slider[]} */
  let sliders = [];
  /** @type {Choice[]} */
  let choices = [];

  function dress() {
    const box = el.closest(".nw-box");
    sliders = [];
    choices = [];
    for (const key of box ? Object.keys(traits) : []) {
      const name = key.replace(/_index$/, "").replaceAll("_", "-");
      const control = box?.querySelector(`.nw-control-${name}`);
      if (control instanceof HTMLElement) dressOne(key, control);
    }
  }

  function dressOne(/** @type {string} */ key, /** @type {HTMLElement} */ control) {
    const name = control.querySelector(".widget-label")?.textContent ?? "";
    const handle = control.querySelector(".noUi-handle");
    const buttons = [...control.querySelectorAll(".widget-toggle-button")];
    if (handle) {
      handle.setAttribute("aria-label", name);
      let output = /** @type {HTMLElement|null} */ (control.querySelector(".nw-value"));
      if (!output) {
        output = make("span", { class: "nw-value", "aria-hidden": "true" });
        control.append(output);
        holdWhilePressed(key, control);
        listenToKeys(key, control, traits[key].pointer, state, signal);
      }
      sliders.push({ key, handle, output });
    } else if (buttons.length) {
      control.setAttribute("role", "group");
      control.setAttribute("aria-label", name);
      choices.push({ key, buttons });
    }
  }

  function holdWhilePressed(/** @type {string} */ key, /** @type {HTMLElement} */ control) {
    control.addEventListener("pointerdown", () => state.hold(key), { signal, capture: true });
    const release = () => setTimeout(() => state.hold(null));
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, release, { signal });
  }

  /** Write the values of a state. */
  function refresh(/** @type {import("../types.js").State} */ shown) {
    for (const { key, buttons } of choices) {
      buttons.forEach((button, place) =>
        setAttribute(button, "aria-pressed", place === shown[key]),
      );
    }
    for (const { key, handle, output } of sliders) {
      const text = traits[key].write?.(shown[key], writeNumber) ?? String(shown[key]);
      write(output, text);
      const [low, high] = state.ranges[key];
      setAttribute(handle, "aria-valuemin", low);
      setAttribute(handle, "aria-valuemax", high);
      setAttribute(handle, "aria-valuenow", shown[key]);
      setAttribute(handle, "aria-valuetext", text);
    }
  }

  /** Dress controls that are drawn, or named by their class, after the canvas, too. */
  function watch() {
    const box = el.closest(".nw-box");
    if (!box) return;
    const observer = new MutationObserver((records) => {
      if (!records.some(bringsControl)) return;
      dress();
      arrived();
    });
    const panel = box.querySelector(".nw-controls") ?? box;
    const classes = { attributeFilter: ["class"], attributeOldValue: true };
    observer.observe(panel, { childList: true, subtree: true, ...classes });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  return { dress, refresh, watch };
}

/**
 * Whether a control was drawn, or got its name: ipywidgets gives a view its classes only when it has
 * been displayed.
 *
 * @param {MutationRecord} record
 */
function bringsControl({ type, target, oldValue, addedNodes }) {
  if (type === "childList") return [...addedNodes].some(holdsControl);
  const named = (/** @type {string|null} */ classes) => /\bnw-control-/.test(classes ?? "");
  return named(/** @type {Element} */ (target).getAttribute("class")) && !named(oldValue);
}

/** @param {Node} node */
function holdsControl(node) {
  if (!(node instanceof Element)) return false;
  return node.matches(".widget-toggle-button") || node.querySelector(".noUi-handle") !== null;
}

/**
 * Move a slider's value by keys as far as its trait's rule says, not as far as the slider would.
 *
 * @param {string} key
 * @param {HTMLElement} control
 * @param {import("../types.js").PointerRule|undefined} rule
 * @param {ReturnType<typeof import("./state.js").createState>} state
 * @param {AbortSignal} signal
 */
function listenToKeys(key, control, rule, state, signal) {
  if (!rule?.step) return;
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (!(event.target instanceof Element) || !event.target.matches(".noUi-handle")) return;
    const goal = movedByKey(rule, state.accepted(key), event.key, state.ranges[key]);
    if (goal === null) return;
    event.preventDefault();
    event.stopPropagation();
    state.set({ [key]: goal });
  };
  control.addEventListener("keydown", press, { signal, capture: true });
}
