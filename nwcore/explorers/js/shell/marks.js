/** Halos around what a step of a tour is about: controls, numbers, and parts of the picture. */
import { boxOf, make } from "./dom.js";

const ROOM = 5; // pixels between a part of the picture and its halo

/**
 * The element of a control or a number; null for a part of the picture, and for what is not there.
 *
 * @param {Element} el the explorer's own
 * @param {string} kind
 * @param {string} name
 */
function elementOf(el, kind, name) {
  if (kind === "control")
    return boxOf(el).querySelector(`.nw-control-${name.replaceAll("_", "-")}`);
  return kind === "number" ? el.querySelector(`div:has(> [data-readout="${name}"])`) : null;
}

/**
 * @param {HTMLElement} el the explorer's own
 * @param {HTMLElement} stage
 * @returns {(marks: string[], boxes: Record<string, import("../types.js").Box>) => void} marks these,
 *   and nothing else
 */
export function createMarks(el, stage) {
  /** @type {Element[]} */
  let marked = [];
  /** @type {HTMLElement[]} */
  const halos = [];

  return (marks, boxes) => {
    const named = marks.map((mark) => mark.split(" "));
    const found = named.flatMap(([kind, name]) => elementOf(el, kind, name) ?? []);
    // An attribute, as what is around controls looks out for classes.
    for (const node of marked) if (!found.includes(node)) node.removeAttribute("data-nw-mark");
    for (const node of found) node.setAttribute("data-nw-mark", "");
    marked = found;

    const parts = named.flatMap(([kind, name]) => (kind === "part" && boxes[name]) || []);
    while (halos.length > parts.length) halos.pop()?.remove();
    while (halos.length < parts.length) {
      const halo = make("div", { class: "nw-halo", "data-nw-mark": "" });
      halos.push(halo);
      stage.append(halo);
    }
    parts.forEach(({ x, y, width, height }, place) =>
      Object.assign(halos[place].style, {
        left: `${x - ROOM}px`,
        top: `${y - ROOM}px`,
        width: `${width + 2 * ROOM}px`,
        height: `${height + 2 * ROOM}px`,
      }),
    );
  };
}
