/** Numbers as Python writes them: repr, and the format specifications of f-strings, to the digit. */
import { failure } from "./failure.js";

const SPEC =
  /^(?:(.)?([<>=^]))?([+\- ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([bcdeEfFgGnosxX%])?$/su;

/**
 * A number exactly, as a whole number over a power of two.
 *
 * @param {number} x finite, not negative
 * @returns {{numerator: bigint, bits: bigint}}
 */
function exactly(x) {
  let bits = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    bits += 1;
  }
  return { numerator: BigInt(x), bits: BigInt(bits) };
}

/**
 * x · 10^digits, rounded to a whole number, halves to the even one.
 *
 * @param {number} x finite, not negative
 * @param {number} digits may be negative
 */
function scaledAndRounded(x, digits) {
  const { numerator, bits } = exactly(x);
  const top = numerator * 10n ** BigInt(Math.max(0, digits));
  const bottom = (1n << bits) * 10n ** BigInt(Math.max(0, -digits));
  const [whole, rest] = [top / bottom, top % bottom];
  const up = 2n * rest > bottom || (2n * rest === bottom && whole % 2n === 1n);
  return up ? whole + 1n : whole;
}

/**
 * @param {number} x finite, not negative
 * @param {number} digits
 */
function fixed(x, digits) {
  const text = scaledAndRounded(x, digits)
    .toString()
    .padStart(digits + 1, "0");
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * The digits of d.ddd·10^exponent.
 *
 * @param {number} x finite, not negative
 * @param {number} digits after the first
 */
function digitsOf(x, digits) {
  let exponent = x === 0 ? 0 : Number(x.toExponential().split("e")[1]);
  let text = scaledAndRounded(x, digits - exponent)
    .toString()
    .padStart(digits + 1, "0");
  if (text.length > digits + 1) {
    exponent += 1;
    text = text.slice(0, -1);
  }
  return { text, exponent };
}

/** @param {number} exponent */
const power = (exponent) => {
  const sign = exponent < 0 ? "-" : "+";
  return `e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
};

/**
 * @param {string} text digits
 * @param {number} point how many are before the decimal mark
 */
const marked = (text, point) =>
  point >= text.length ? text : `${text.slice(0, point)}.${text.slice(point)}`;

/**
 * @param {number} x finite, not negative
 * @param {number} digits
 */
function exponential(x, digits) {
  const { text, exponent } = digitsOf(x, digits);
  return marked(text, 1) + power(exponent);
}

/**
 * @param {number} x finite, not negative
 * @param {number} significant
 */
function general(x, significant) {
  const { text, exponent } = digitsOf(x, Math.max(1, significant) - 1);
  const short = text.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= Math.max(1, significant)) {
    return marked(short, 1) + power(exponent);
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${short}`;
  return marked(short.padEnd(exponent + 1, "0"), exponent + 1);
}

/**
 * The shortest digits that read back as the same number.
 *
 * @param {number} x
 */
export function repr(x) {
  if (Number.isNaN(x)) return "nan";
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}inf`;
  const [mantissa, exponent] = size.toExponential().split("e");
  if (size !== 0 && (Number(exponent) < -4 || Number(exponent) >= 16)) {
    return sign + mantissa + power(Number(exponent));
  }
  const text = Number.isInteger(size) ? `${BigInt(size)}.0` : String(size);
  return sign + (text.includes("e") ? size.toFixed(mantissa.length + 4).replace(/0+$/, "") : text);
}

/**
 * @param {number} x
 * @param {string|undefined} kind
 * @param {number|undefined} precision
 */
function written(x, kind, precision) {
  const upper = kind === "F" || kind === "E" || kind === "G";
  const how = (kind ?? "").toLowerCase();
  const size = how === "%" ? x * 100 : x;
  const digits = precision ?? 6;
  let text;
  if (!Number.isFinite(size)) text = Number.isNaN(size) ? "nan" : "inf";
  else if (how === "f" || how === "%") text = fixed(size, digits);
  else if (how === "e") text = exponential(x, digits);
  else if (how === "g" || how === "n") text = general(x, digits);
  else if (precision === undefined) text = repr(x);
  else {
    // At least one digit stays behind the decimal mark, or there is a power of ten.
    const { exponent } = digitsOf(x, Math.max(1, precision) - 1);
    text = exponent === precision - 1 ? exponential(x, precision - 1) : general(x, precision);
    text = text.replace(/\.?0+e/, "e");
    if (!/[.e]/.test(text)) text += ".0";
  }
  if (how === "%") text += "%";
  return upper ? text.toUpperCase() : text;
}

/**
 * Thousands apart.
 *
 * @param {string} text
 * @param {string|undefined} mark
 */
const grouped = (text, mark) =>
  mark ? text.replace(/^\d+/, (w) => w.replace(/\B(?=(\d{3})+$)/g, mark)) : text;

/**
 * Format as Python's format(value, spec) does.
 *
 * @param {"int"|"float"|"str"} type
 * @param {string} value the text; the digits of an int; or what a float is, in decimal
 * @param {string} spec
 */
export function format(type, value, spec) {
  const parts = SPEC.exec(spec);
  if (!parts) throw failure("ValueError", `Invalid format specifier '${spec}'`);
  const [, fill, align, sign, , , zero, width, mark, digits, kind] = parts;
  const precision = digits === undefined ? undefined : Number(digits);
  const allowed = { str: "s", int: "bcdoxXneEfFgG%", float: "neEfFgG%" }[type];
  if (kind && !allowed.includes(kind)) {
    throw failure("ValueError", `Unknown format code '${kind}' for object of type '${type}'`);
  }
  let body = type === "str" ? value.slice(0, precision) : "";
  let prefix = "";
  if (type !== "str") {
    const whole = type === "int" && !"eEfFgG%".includes(kind ?? "d");
    const negative = value.startsWith("-");
    prefix = negative ? "-" : sign === "+" || sign === " " ? sign : "";
    body = grouped(
      whole ? wholeNumber(value, kind) : written(Math.abs(Number(value)), kind, precision),
      mark,
    );
  }
  const room = Number(width ?? 0) - [...prefix, ...body].length;
  if (room <= 0) return prefix + body;
  const filler = (fill ?? (zero && !align ? "0" : " ")).repeat(room);
  const side = align ?? (type === "str" ? "<" : zero ? "=" : ">");
  if (side === "=") return prefix + filler + body;
  if (side === "<") return prefix + body + filler;
  if (side === ">") return filler + prefix + body;
  const left = room >> 1;
  return filler.slice(0, left) + prefix + body + filler.slice(left);
}

/**
 * @param {string} value
 * @param {string|undefined} kind
 */
function wholeNumber(value, kind) {
  const size = BigInt(value.replace("-", ""));
  if (kind === "c") return String.fromCodePoint(Number(size));
  const base = { b: 2, o: 8, x: 16, X: 16 }[kind ?? "d"] ?? 10;
  const text = size.toString(base);
  return kind === "X" ? text.toUpperCase() : text;
}
