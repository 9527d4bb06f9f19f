/**
 * Data, truth and prediction, and the query among them.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { sampleDot, sampleLine } from "../drawing/pen.js";
import { roundTicks } from "../drawing/scales.js";
import { kernelNamed } from "../engine/kernels.js";
import { rowOf } from "./computation.js";
import { scales } from "./layout.js";

const POINT = 3.2;
const LARGEST_POINT = 13;

/**
 * @param {Pen} pen
 * @param {import("./layout.js").PoolingBoxes} boxes
 * @param {State} state
 * @param {Numbers} numbers
 * @param {import("./picture.js").Look} look
 * @param {import("./picture.js").Texts} texts
 */
export function paintPlot(pen, boxes, state, numbers, look, { words, writeNumber }) {
  const { plot } = boxes;
  const limits = look.held ?? numbers.limits;
  const { x, y } = scales(plot, limits);
  const xAxis = { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String };
  const yTicks = roundTicks(limits, 5);
  pen.axes(plot, xAxis, { scale: y, ticks: yTicks, label: "y", write: (t) => writeNumber(t, 0) });
  pen.legend(plot.x, 10, plot.x + plot.width, [
    { name: words.curve, sample: sampleLine(pen, "truth") },
    { name: words.prediction, sample: sampleLine(pen, "pred", [6, 3]) },
    { name: words.example, sample: sampleDot(pen, "point", 0.45) },
  ]);
  pen.inside(plot, () => {
    paintReach(pen, plot, x, state, numbers);
    paintPoints(pen, x, y, state, numbers);
    paintRings(pen, x, y, state, numbers, look.marked);
    pen.curve(numbers.queries, numbers.truth, x, y, "truth");
    pen.curve(numbers.queries, numbers.predictions, x, y, "pred", 2.4, [7, 4]);
  });
  const at = x(numbers.queries[state.query]);
  pen.line(at, plot.y, at, boxes.bars.y + boxes.bars.height, "pred", 1, [2, 3]);
  const prediction = numbers.predictions[state.query];
  if (Number.isFinite(prediction)) {
    pen.dot(at, y(prediction), 6, "pred", { stroke: "paper", width: 2 });
  }
}

/**
 * The window of a kernel with compact support around the query.
 *
 * @param {Pen} pen
 * @param {Box} plot
 * @param {(x: number) => number} x
 * @param {State} state
 * @param {Numbers} numbers
 */
function paintReach(pen, plot, x, { w, kernel, query }, { queries }) {
  const { support } = kernelNamed(kernel);
  if (!Number.isFinite(support)) return;
  const left = x(queries[query] - support / w);
  pen.context.globalAlpha = 0.12;
  pen.context.fillStyle = pen.colours.pred;
  pen.context.fillRect(left, plot.y, x(queries[query] + support / w) - left, plot.height);
  pen.context.globalAlpha = 1;
}

/**
 * Training points, grown by their weights for the query.
 *
 * @param {Pen} pen
 * @param {(x: number) => number} x
 * @param {(y: number) => number} y
 * @param {State} state
 * @param {Numbers} numbers
 */
function paintPoints(pen, x, y, state, numbers) {
  const n = state.n_train;
  const row = rowOf(state, numbers);
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, row[i] || 0);
  const atX = (/** @type {number} */ i) => x(numbers.x[i]);
  const atY = (/** @type {number} */ i) => y(numbers.y[i]);
  const grown = (/** @type {number} */ i) => {
    const share = largest > 0 ? row[i] / largest : 0;
    if (!(share > 0.03)) return 0;
    return Math.sqrt(POINT ** 2 + share * (LARGEST_POINT ** 2 - POINT ** 2));
  };
  pen.discs(n, atX, atY, () => POINT, "point", 0.45);
  pen.discs(n, atX, atY, grown, "pred", 0.35);
}

/**
 * Rings around the points that were moved, and around the marked one.
 *
 * @param {Pen} pen
 * @param {(x: number) => number} x
 * @param {(y: number) => number} y
 * @param {State} state
 * @param {Numbers} numbers
 * @param {number|null} marked
 */
function paintRings(pen, x, y, { moved }, numbers, marked) {
  const ring = (
    /** @type {number} */ draw,
    /** @type {number} */ radius,
    /** @type {object} */ look,
  ) => {
    const place = numbers.order.indexOf(draw);
    if (place >= 0) pen.dot(x(numbers.x[place]), y(numbers.y[place]), radius, null, look);
  };
  for (const [draw] of moved) ring(draw, 5, { stroke: "accent" });
  if (marked !== null) ring(marked, 8, { stroke: "ink", width: 2.5 });
}
