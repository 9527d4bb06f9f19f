/**
 * Numbers as people and programs write them: with a decimal point or a decimal comma, thousands in
 * groups or not.
 *
 * @typedef {"."|","} Mark
 */

/** The words that tables use for a number that is not there, in small letters. */
const MISSING = new Set(["", "na", "n/a", "#n/a", "nan", "null", "none", "-", "–", "—", "?", "."]);

const MARKS = /** @type {const} */ ([".", ","]);
// Thousands: groups of three, all parted by the same mark, blank or apostrophe. "3." is a number, "3,"
// is one with a comma after it.
const grouped = (/** @type {string} */ parting, /** @type {string} */ decimal) =>
  new RegExp(
    `^[+-]?(?=[${decimal}]?\\d)(?:\\d*|\\d{1,3}(?:([${parting} \\u00a0\\u2009\\u202f'’])\\d{3})` +
      `(?:\\1\\d{3})*)(?:[${decimal}]\\d${decimal === "." ? "*" : "+"})?(?:e[+-]?\\d+)?$`,
    "i",
  );
const PATTERNS = { ".": grouped(",", "."), ",": grouped(".", ",") };

/**
 * Whether a cell says that there is no number.
 *
 * @param {string} cell
 */
export const isMissing = (cell) => MISSING.has(cell.trim().toLowerCase());

/**
 * The number in a cell, which may be infinite where it is too large for one; NaN if there is none.
 *
 * @param {string} cell
 * @param {Mark} mark the decimal mark
 */
export function readNumber(cell, mark) {
  const text = cell.trim().replace(/^[−–]/, "-");
  if (!PATTERNS[mark].test(text)) return NaN;
  const plain = text.replace(mark === "." ? /[^\d.e+-]/gi : /[^\d,e+-]/gi, "");
  return Number(plain.replace(",", "."));
}

/**
 * The decimal mark of some cells: the one by which more of them are numbers.
 *
 * Where all can be read both ways, "1,234" is taken for a number between 1 and 2, and so is "1.234": a
 * file that a program wrote has groups of thousands more seldom than decimals.
 *
 * @param {Iterable<string>} cells
 * @returns {{mark: Mark, unsure: string}} `unsure` is a cell that the other mark would make another
 *   number of, if nothing but the habit speaks for the one that is returned
 */
export function decimalMarkOf(cells) {
  const sure = { ".": 0, ",": 0 };
  const either = { ".": 0, ",": 0 };
  let example = "";
  for (const cell of cells) {
    const [byPoint, byComma] = MARKS.map((mark) => readNumber(cell, mark));
    if (Object.is(byPoint, byComma)) continue; // no number at all is NaN to both
    if (Number.isNaN(byComma)) sure["."] += 1;
    else if (Number.isNaN(byPoint)) sure[","] += 1;
    else {
      either[byPoint < byComma === byPoint >= 0 ? "." : ","] += 1;
      example ||= cell.trim();
    }
  }
  if (sure["."] !== sure[","]) return { mark: sure["."] > sure[","] ? "." : ",", unsure: "" };
  return { mark: either[","] > either["."] ? "," : ".", unsure: sure["."] ? "" : example };
}
