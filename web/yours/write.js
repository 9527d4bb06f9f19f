/** Numbers as the page writes them: a few digits, whatever their size. */

/**
 * @param {Record<string, string>} words
 * @returns {(value: number, digits?: number) => string} with so many significant digits, four if none
 *   is said, without zeros at the end
 */
export function createNumberWriter({ decimal, undefined: none }) {
  return (value, digits = 4) => {
    if (!Number.isFinite(value)) return none;
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-4 && size < 1e6) return marked(plain(value, digits));
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const power = [...String(Number(exponent))].map((sign) => RAISED[sign]).join("");
    const factor = String(Number(mantissa));
    return `${factor === "1" ? "" : factor === "-1" ? "−" : `${marked(factor)}·`}10${power}`;
  };

  /** @param {string} text */
  function marked(text) {
    return text.replace(".", decimal).replace("-", "−");
  }
}

/** @type {Record<string, string>} */
const RAISED = Object.fromEntries([..."-0123456789"].map((sign, i) => [sign, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"[i]]));

/**
 * Without an exponent; digits before the point all count.
 *
 * @param {number} value
 * @param {number} digits
 */
function plain(value, digits) {
  const before = Math.floor(Math.log10(Math.abs(value))) + 1;
  return String(Number(value.toFixed(Math.max(0, Math.min(20, digits - before)))));
}
