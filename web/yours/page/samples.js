/** Data to begin with: the book's own, and two sets that were measured (nwcore/datasets). */
import texts from "yours:samples";
import { makeRegression } from "../../../nwcore/explorers/js/engine/data.js";

/**
 * @typedef {object} Sample
 * @property {() => string} text
 * @property {number} x column
 * @property {number} y column
 * @property {boolean} logarithm
 */

/** @type {Record<string, Sample>} */
export const SAMPLES = {
  book: {
    text() {
      const { x, y } = makeRegression(50, 0.5, 6);
      return ["x,y", ...Array.from(x, (each, i) => `${each},${y[i]}`), ""].join("\n");
    },
    x: 0,
    y: 1,
    logarithm: false,
  },
  mcycle: { text: () => texts.mcycle, x: 0, y: 1, logarithm: false },
  gapminder: { text: () => texts.gapminder, x: 2, y: 1, logarithm: true },
};
