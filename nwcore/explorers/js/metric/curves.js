/**
 * What learning did: the loss and the singular values of W over the steps.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").Texts} Texts
 */
import { drawLegend, sampleLine } from "../drawing/legend.js";
import { linearScale, roundTicks } from "../drawing/scales.js";

export const MOST_STEPS = 150;
const TICKS = [0, 50, 100, 150];

/**
 * @param {Pen} pen
 * @param {import("./layout.js").MetricBoxes} boxes
 * @param {Numbers} numbers
 * @param {Texts} texts
 */
export function paintCurves(pen, { loss, values }, { path }, texts) {
  const { words } = texts;
  const losses = path.map((step) => step.loss);
  paintSteps(pen, loss, words.loss, "ink", [losses], !values, texts);
  if (!values) return;
  const both = [0, 1].map((which) => path.map((step) => step.values[which]));
  paintSteps(pen, values, words.singular_values, "accent", both, true, texts);
}

/**
 * Lines over the steps so far, each with a dot at the last one.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {string} name
 * @param {string} colour
 * @param {number[][]} lines
 * @param {boolean} named whether the axis of the steps has its name here
 * @param {Texts} texts
 */
function paintSteps(pen, box, name, colour, lines, named, { words, writeNumber }) {
  const ceiling = 1.12 * Math.max(...lines.flat());
  const x = linearScale([0, MOST_STEPS], [box.x, box.x + box.width]);
  const y = linearScale([0, ceiling], [box.y + box.height, box.y]);
  const digits = ceiling < 0.5 ? 2 : ceiling < 5 ? 1 : 0;
  const label = named ? words.steps_axis : undefined;
  const write = (/** @type {number} */ tick) => writeNumber(tick, digits);
  pen.axes(
    box,
    { scale: x, ticks: TICKS, write: String, label },
    { scale: y, ticks: roundTicks([0, ceiling], 4), write },
  );
  const entry = { name, sample: sampleLine(pen, colour) };
  drawLegend(pen, box.x, box.y - 16, box.x + box.width, [entry]);
  for (const ys of lines) {
    const last = ys.length - 1;
    pen.curve(Array.from(ys.keys()), ys, x, y, colour, 2);
    pen.dot(x(last), y(ys[last]), 4.5, colour, { stroke: "paper", width: 1.5 });
  }
}
