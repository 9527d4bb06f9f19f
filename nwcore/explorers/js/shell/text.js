/**
 * How explorers write: numbers with the decimal mark of the page's language, and sentences from
 * patterns.
 */

/**
 * Write numbers with the decimal mark of the page's language.
 *
 * @param {import("../types.js").Words} words
 * @returns {import("../types.js").WriteNumber}
 */
export function createWriter(words) {
  return (value, digits) => {
    if (!Number.isFinite(value)) return words.undefined;
    const text = value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "");
    return text.replace(".", words.decimal).replace("-", "−");
  };
}

/**
 * Put values into the places of a pattern: "x = {x}".
 *
 * @param {string} pattern
 * @param {Record<string, string|number>} values
 */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
