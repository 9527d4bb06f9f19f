/**
 * The picture of attention pooling: data and prediction, the weights of one query under the kernel
 * that gave them, and, where there is room for it, the heatmap of all queries.
 *
 * @typedef {import("../types.js").Words} Words
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./layout.js").PoolingBoxes} PoolingBoxes
 * @typedef {object} Look
 * @property {number[]|null} held the range of y, if it is held
 * @property {number|null} marked the draw number of the point that a pointer or the keyboard is at
 */
import { createWriter } from "../shell/text.js";
import { paintBars } from "./bars.js";
import { createComputation } from "./computation.js";
import { paintHeatmap } from "./heatmap.js";
import { layout } from "./layout.js";
import { paintPlot } from "./plot.js";

/**
 * @param {Words} words
 * @param {boolean} withHeatmap
 * @returns {import("../types.js").Picture<Numbers, PoolingBoxes, Look>}
 */
export function createPoolingPicture(words, withHeatmap) {
  const texts = { words, writeNumber: createWriter(words) };
  return {
    layout: (width) => layout(width, withHeatmap),
    compute: createComputation(),
    paint(pen, boxes, state, numbers, look) {
      paintPlot(pen, boxes, state, numbers, look, texts);
      paintBars(pen, boxes, state, numbers, texts);
      paintHeatmap(pen, boxes, state, numbers, texts);
    },
  };
}

/** @typedef {{words: Words, writeNumber: import("../types.js").WriteNumber}} Texts */
