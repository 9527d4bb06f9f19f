/**
 * The kernel of a line that a reader has written: nwcore.explorers._formula, in JavaScript.
 *
 * @typedef {import("./formula.js").Fault} Fault
 */
import { readFormula } from "./formula.js";

// Where a kernel is tried: as far as explorers show keys, at both sides of 0. First at places that a
// message should rather name than others.
const FARTHEST = 1000;
const steps = (/** @type {number} */ count, /** @type {number} */ step) =>
  Array.from({ length: count }, (_, i) => step * (i + 1));
const TRIED = [0, ...steps(8, 1), ...steps(512, 1 / 64), 1e-3, 1e-6, 1e-9];
for (let u = 8; u < FARTHEST;) TRIED.push((u *= 1.05));
const EVEN = 1e-12; // what rounding may make of two values that should be one

/**
 * The kernel of a line, or what is wrong with it: a weight is a finite number, not below 0, not 0
 * everywhere, and the same on both sides.
 *
 * Where it is no such number all the same, farther than it is tried or between two places, its value
 * is NaN, and so is every weight of the query.
 *
 * @param {string} text
 * @returns {{value: import("./kernels.js").Kernel, fault: null}|{value: null, fault: Fault}}
 */
export function kernelOfFormula(text) {
  const { value: formula, fault } = readFormula(text);
  if (!formula) return { value: null, fault };
  const wrong = failingOf(formula);
  if (wrong) return { value: null, fault: { at: 0, end: text.length, found: text, ...wrong } };
  return {
    fault: null,
    value: {
      name: "own",
      support: Infinity,
      value: (u) => {
        const value = formula(u);
        return value >= 0 && value < Infinity ? value : NaN;
      },
      derivative: () => {
        throw new RangeError("a kernel that is written in one line has no derivative here");
      },
    },
  };
}

/**
 * Why what is computed is no kernel, at the first place where it is none; null if it is one.
 *
 * @param {import("./formula.js").Value} formula
 * @returns {{kind: string, u?: number, value?: number}|null}
 */
function failingOf(formula) {
  let largest = 0;
  for (const u of TRIED) {
    const [here, there] = [formula(u), formula(-u)];
    const wrong = faultAt(u, here) ?? faultAt(-u, there);
    if (wrong) return wrong;
    largest = Math.max(largest, here);
    if (Math.abs(here - there) > EVEN * Math.max(here, there)) {
      return { kind: "uneven", u, value: here };
    }
  }
  return largest > 0 ? null : { kind: "zero" };
}

/**
 * @param {number} u
 * @param {number} value
 */
function faultAt(u, value) {
  if (!Number.isFinite(value)) return { kind: "not_finite", u, value };
  return value < 0 ? { kind: "negative", u, value } : null;
}
