/** A handle for the keyboard, laid over the plane: it moves the query. */
import { make, setAttribute, write } from "../shell/dom.js";
import { heldInPlane } from "./layout.js";

const FINE = 0.05;
const COARSE = 0.5; // with Shift
const ASIDE = 2; // how much farther a key seems that lies aside of where an arrow points

/** @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/**
 * Where a key takes the query, or null for a key that does not move it. Under a mask it is a training
 * point: an arrow takes it to the next one that way, a page key to the one drawn before or after.
 *
 * @param {string} pressed name of the key
 * @param {boolean} shift
 * @param {import("./computation.js").Numbers} numbers
 * @returns {{q1: number, q2: number}|null}
 */
export function queryByKey(pressed, shift, { x, y, query, place }) {
  const arrow = ARROWS[pressed];
  if (place === null) {
    const step = shift ? COARSE : FINE;
    if (!arrow) return null;
    const [q1, q2] = query.map((each, i) => heldInPlane(each + step * arrow[i]));
    return { q1, q2 };
  }
  /** @type {Record<string, number>} */
  const drawn = { PageUp: place - 1, PageDown: place + 1, Home: 0, End: y.length - 1 };
  if (!arrow && !(pressed in drawn)) return null;
  const next = arrow
    ? nextPlace(x, place, arrow)
    : Math.min(y.length - 1, Math.max(0, drawn[pressed]));
  return { q1: x[2 * next], q2: x[2 * next + 1] };
}

/**
 * The training point that comes next in a direction; the same one if there is none.
 *
 * @param {Float64Array} x (2n)
 * @param {number} place
 * @param {[number, number]} arrow
 */
function nextPlace(x, place, [a1, a2]) {
  let best = Infinity;
  let found = place;
  for (let i = 0; i < x.length / 2; i++) {
    const [d1, d2] = [x[2 * i] - x[2 * place], x[2 * i + 1] - x[2 * place + 1]];
    const along = d1 * a1 + d2 * a2;
    const cost = along + ASIDE * Math.abs(d1 * a2 - d2 * a1);
    if (along > 0 && cost < best) [best, found] = [cost, i];
  }
  return found;
}

/**
 * @param {import("./view.js").MetricShell} shell
 * @param {(numbers: import("./computation.js").Numbers) => string} sayQuery
 */
export function createHandle(shell, sayQuery) {
  const { words, stage, signal } = shell;
  const node = make("div", {
    class: "nw-handle nw-handle-plane",
    role: "application",
    tabindex: "0",
    "aria-label": words.query_pad,
  });
  const says = make("div", { class: "nw-spoken", "aria-live": "assertive" });
  const say = () => write(says, sayQuery(shell.numbers()));
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const goal = queryByKey(event.key, event.shiftKey, shell.numbers());
    if (!goal) return;
    event.preventDefault();
    shell.set(goal);
    requestAnimationFrame(() => requestAnimationFrame(say));
  };
  node.addEventListener("keydown", press, { signal });
  node.addEventListener("focus", say, { signal });
  stage.append(node, says);
  return {
    refresh() {
      const { x, y, width, height } = shell.boxes().plane;
      const style = `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
      setAttribute(node, "style", style);
    },
  };
}
