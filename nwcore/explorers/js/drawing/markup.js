/** Numbers, texts and colours as SVG writes them. */

export const escaped = (/** @type {string} */ text) =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
export const short = (/** @type {number} */ number) => String(Math.round(number * 100) / 100);
export const attributes = (/** @type {Record<string, string|number>} */ given) =>
  Object.entries(given)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");

/**
 * A colour as attributes: older programs know no alpha within a colour.
 *
 * @param {string} name of the attribute of the colour
 * @param {string} opacity of the one of its alpha
 * @param {unknown} style
 */
export function colour(name, opacity, style) {
  const [, opaque, alpha] = /^rgba\((.*), ([\d.]+)\)$/.exec(String(style)) ?? [];
  if (!alpha) return { [name]: String(style) };
  return { [name]: `rgb(${opaque})`, ...(alpha === "1" ? {} : { [opacity]: alpha }) };
}
