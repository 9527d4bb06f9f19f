/**
 * The picture of training: the loss over w with the steps on it, curve and heatmap at the w reached.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {{loss: Box, plot: Box, heat: Box, scale: Box, height: number}} TrainingBoxes
 * @typedef {{words: import("../types.js").Words} & ReturnType<typeof createTrainingWriters>} Texts
 */
import { drawHeatAxes, drawHeatScale } from "../drawing/heatmap.js";
import { drawLegend, sampleLine } from "../drawing/legend.js";
import { linearScale, roundTicks } from "../drawing/scales.js";
import { createWriter } from "../shell/text.js";
import { createComputation, QUERIES } from "./computation.js";
import { paintLoss } from "./loss.js";

const RIGHT = 16; // room for half of the last number of an axis
const LEFT = 52;
const TOP = 26;
const WIDE = 600; // pixels from which curve and heatmap stand beside the loss
const Y_CALM = [-0.4, 4.2];

/**
 * @param {import("../types.js").Words} words
 * @returns {import("../types.js").Picture<Numbers, TrainingBoxes, null>}
 */
export function createTrainingPicture(words) {
  const texts = { words, ...createTrainingWriters(words) };
  return {
    layout,
    compute: createComputation(),
    paint(pen, boxes, state, numbers) {
      paintLoss(pen, boxes.loss, numbers, texts);
      paintCurve(pen, boxes.plot, numbers, texts);
      paintHeat(pen, boxes, state.n_train, numbers, texts);
    },
  };
}

/**
 * Inverse bandwidths and losses as they are written in the picture and beside it.
 *
 * @param {import("../types.js").Words} words
 */
export function createTrainingWriters(words) {
  const writeNumber = createWriter(words);
  return {
    writeNumber,
    writeW: (/** @type {number} */ w) => writeNumber(w, Math.abs(w) < 0.1 ? 3 : 2),
    writeLoss: (/** @type {number} */ loss) => writeNumber(loss, Math.abs(loss) < 10 ? 3 : 2),
  };
}

/**
 * @param {number} width
 * @returns {TrainingBoxes}
 */
function layout(width) {
  const wide = width >= WIDE;
  const half = wide ? Math.round(width * 0.52) - LEFT - RIGHT : width - LEFT - RIGHT;
  const loss = { x: LEFT, y: TOP, width: half, height: wide ? 372 : 150 };
  const x = wide ? LEFT + half + 66 : LEFT;
  const inner = width - x - RIGHT;
  // One below the other, and all on one screen of a telephone.
  const plot = { x, y: wide ? TOP : 242, width: inner, height: wide ? 160 : 110 };
  const heat = { x, y: wide ? TOP + 212 : 380, width: inner, height: wide ? 124 : 100 };
  const scale = { x, y: heat.y + heat.height + (wide ? 44 : 40), width: inner, height: 8 };
  return { loss, plot, heat, scale, height: scale.y + (wide ? 32 : 28) };
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Numbers} numbers
 * @param {Texts} texts
 */
function paintCurve(pen, box, numbers, { words, writeNumber }) {
  const limits = numbers.y.reduce(
    ([low, high], y) => [Math.min(low, y), Math.max(high, y)],
    Y_CALM,
  );
  const x = linearScale([0, 5], [box.x, box.x + box.width]);
  const y = linearScale([limits[0] - 0.15, limits[1] + 0.15], [box.y + box.height, box.y]);
  const xAxis = { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String };
  pen.axes(box, xAxis, { scale: y, ticks: roundTicks(limits, 4), write: (t) => writeNumber(t, 0) });
  drawLegend(pen, box.x, box.y - 16, box.x + box.width, [
    { name: words.truth, sample: sampleLine(pen, "truth") },
    { name: words.prediction, sample: sampleLine(pen, "pred", [6, 3]) },
  ]);
  pen.inside(box, () => {
    const atX = (/** @type {number} */ i) => x(numbers.x[i]);
    const atY = (/** @type {number} */ i) => y(numbers.y[i]);
    pen.discs(numbers.x.length, atX, atY, () => 3, "point", 0.45);
    pen.curve(numbers.queries, numbers.truth, x, y, "truth");
    pen.curve(numbers.queries, numbers.predictions, x, y, "pred", 2.4, [7, 4]);
  });
}

/**
 * @param {Pen} pen
 * @param {TrainingBoxes} boxes
 * @param {number} n
 * @param {Numbers} numbers
 * @param {Texts} texts
 */
function paintHeat(pen, { heat, scale }, n, numbers, { words, writeNumber }) {
  pen.heatmap.update(numbers.version, numbers.weights, QUERIES, n, numbers.largest);
  pen.heatmap.draw(pen.context, heat);
  drawHeatAxes(pen, heat, QUERIES, [0, 5], numbers.x, words);
  drawHeatScale(pen, scale, numbers.largest, words.heatmap, writeNumber);
}
