/** Elements, written to only where something changes: an unchanged node costs no layout. */

/**
 * An element with attributes, text and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
export function setDisabled(button, disabled) {
  if (button.disabled !== disabled) button.disabled = disabled;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string|number|boolean} value
 */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/**
 * The explorer with its controls; without any, alone.
 *
 * @param {Element} el the explorer's own
 */
export const boxOf = (el) => el.closest(".nw-box") ?? el;

/**
 * Where a pointer is, in pixels of a picture from its corner, however large it is shown.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{clientX: number, clientY: number}} pointer
 * @returns {[number, number]}
 */
export function placeIn(canvas, { clientX, clientY }) {
  const { left, top, width } = canvas.getBoundingClientRect();
  const share = canvas.clientWidth / width;
  return [(clientX - left) * share, (clientY - top) * share];
}
