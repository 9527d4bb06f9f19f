/**
 * The picture of a learned W: the plane that it measures, and what learning did to it.
 *
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./layout.js").MetricBoxes} MetricBoxes
 * @typedef {{words: import("../types.js").Words, writeNumber: import("../types.js").WriteNumber}} Texts
 */
import { createWriter } from "../shell/text.js";
import { createComputation } from "./computation.js";
import { paintCurves } from "./curves.js";
import { layout } from "./layout.js";
import { paintPlane } from "./plane.js";

/**
 * @param {import("../types.js").Words} words
 * @returns {import("../types.js").Picture<Numbers, MetricBoxes, null>}
 */
export function createMetricPicture(words) {
  const texts = { words, writeNumber: createWriter(words) };
  return {
    layout,
    compute: createComputation(),
    paint(pen, boxes, state, numbers) {
      paintPlane(pen, boxes, state, numbers, texts);
      paintCurves(pen, boxes, numbers, texts);
    },
  };
}
