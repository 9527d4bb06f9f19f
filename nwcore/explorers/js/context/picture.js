/**
 * The picture of learning in context: a task with its answers, and w over the number of examples.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Words} Words
 * @typedef {import("../types.js").WriteNumber} WriteNumber
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {{task: Box, family: Box, height: number}} ContextBoxes
 */
import { drawLegend, sampleDot, sampleLine } from "../drawing/legend.js";
import { layoutPair, LEGEND_LEFT, LEGEND_ROW } from "../drawing/pair.js";
import { linearScale, roundTicks } from "../drawing/scales.js";
import { createWriter } from "../shell/text.js";
import { createComputation, MARGIN } from "./computation.js";
import { paintFamily } from "./family.js";

const BEST_DASH = [2, 3];
const FROZEN_DASH = [7, 4];
const Y_CALM = [-2.9, 2.9]; // four waves reach no further

/**
 * @param {Words} words
 * @returns {import("../types.js").Picture<Numbers, ContextBoxes, null>}
 */
export function createContextPicture(words) {
  const writeNumber = createWriter(words);
  return {
    layout,
    compute: createComputation(),
    paint(pen, boxes, state, numbers) {
      paintTask(pen, boxes.task, numbers, words, writeNumber);
      paintFamily(pen, boxes.family, state, numbers, words, writeNumber);
    },
  };
}

/**
 * @param {number} width
 * @returns {ContextBoxes}
 */
export function layout(width) {
  const { first, second, height } = layoutPair(width, 0.54, 180);
  return { task: first, family: second, height };
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Numbers} numbers
 * @param {Words} words
 * @param {WriteNumber} writeNumber
 */
function paintTask(pen, box, numbers, words, writeNumber) {
  const { x: inputs, y: outputs, places } = numbers;
  const limits = outputs.reduce(([low, high], y) => [Math.min(low, y), Math.max(high, y)], Y_CALM);
  const x = linearScale([0, 5], [box.x, box.x + box.width]);
  const y = linearScale([limits[0] - 0.15, limits[1] + 0.15], [box.y + box.height, box.y]);
  const asked = { ...box, x: x(MARGIN), width: x(5 - MARGIN) - x(MARGIN) };
  paintAsked(pen, asked);
  pen.axes(
    box,
    { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String, label: "x" },
    { scale: y, ticks: roundTicks(limits, 6), write: (tick) => writeNumber(tick, 0) },
  );
  const left = box.x - LEGEND_LEFT;
  const right = box.x + box.width;
  drawLegend(pen, left, LEGEND_ROW, right, [
    { name: words.in_context, sample: sampleDot(pen, "point", 0.45) },
    { name: words.truth, sample: sampleLine(pen, "truth") },
    {
      name: words.asked,
      sample: (at, middle) => paintAsked(pen, { x: at, y: middle - 6, width: 16, height: 12 }),
    },
  ]);
  drawLegend(pen, left, 2 * LEGEND_ROW + 6, right, [
    { name: words.frozen_model, sample: sampleLine(pen, "pred", FROZEN_DASH) },
    { name: words.task_w, sample: sampleLine(pen, "accent", BEST_DASH) },
  ]);
  pen.inside(box, () => {
    const atX = (/** @type {number} */ i) => x(inputs[i]);
    const atY = (/** @type {number} */ i) => y(outputs[i]);
    pen.discs(inputs.length, atX, atY, () => 3.2, "point", 0.4);
    pen.curve(places, numbers.truth, x, y, "truth");
    pen.curve(places, numbers.bestPredictions, x, y, "accent", 1.8, BEST_DASH);
    pen.curve(places, numbers.predictions, x, y, "pred", 2.4, FROZEN_DASH);
  });
}

/**
 * Where training asks, and where errors are taken.
 *
 * @param {Pen} pen
 * @param {Box} box
 */
function paintAsked({ context, colours }, { x, y, width, height }) {
  context.fillStyle = colours.card;
  context.fillRect(x, y, width, height);
}
