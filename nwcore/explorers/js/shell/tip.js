/**
 * The numbers under a mouse or a pen, beside it: what is said of them aloud is said elsewhere. A finger
 * would cover them, and a press means something else.
 */
import { make, placeIn } from "./dom.js";

const ASIDE = 14; // pixels from the pointer

/**
 * @param {{stage: HTMLElement, canvas: HTMLCanvasElement}} nodes
 * @param {(at: [number, number]) => import("../types.js").Tip|null} tell
 * @param {AbortSignal} signal
 */
export function createTip({ stage, canvas }, tell, signal) {
  const tip = make("div", { class: "nw-tip", "aria-hidden": "true" });
  tip.hidden = true;
  stage.append(tip);
  /** @type {[number, number]|null} */
  let at = null;

  function refresh() {
    const lines = at && tell(at);
    tip.hidden = !lines;
    if (!at || !lines) return;
    tip.replaceChildren(
      ...lines.map(([name, text]) => make("div", {}, `${name}: `, make("b", {}, text))),
    );
    const [across, down] = [canvas.clientWidth, canvas.clientHeight];
    const side = (/** @type {number} */ place, /** @type {number} */ size) =>
      place < size / 2 ? [`${place + ASIDE}px`, "auto"] : ["auto", `${size - place + ASIDE}px`];
    [tip.style.left, tip.style.right] = side(at[0], across);
    [tip.style.top, tip.style.bottom] = side(at[1], down);
  }

  function hide() {
    at = null;
    refresh();
  }
  const move = (/** @type {PointerEvent} */ event) => {
    const points = event.pointerType !== "touch" && event.buttons === 0;
    at = points ? placeIn(canvas, event) : null;
    refresh();
  };
  stage.addEventListener("pointermove", move, { signal });
  for (const kind of ["pointerdown", "pointerleave", "pointercancel"]) {
    stage.addEventListener(kind, hide, { signal });
  }
  const press = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && hide();
  addEventListener("keydown", press, { signal, capture: true });
  return { refresh };
}
