/**
 * Data, truth and prediction, and the query among them.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { drawLegend, sampleDot, sampleLine } from "../drawing/legend.js";
import { roundTicks } from "../drawing/scales.js";
import { profileOf } from "../engine/ways.js";
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
  drawLegend(pen, plot.x, 10, plot.x + plot.width, [
    { name: words.truth, sample: sampleLine(pen, "truth") },
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
  if (look.other !== null) {
    const other = x(numbers.queries[look.other]);
    pen.line(other, plot.y, other, plot.y + plot.height, "muted", 1, [2, 3]);
  }
  const at = x(numbers.queries[state.row]);
  paintQueryLine(pen, plot, at, state.pinned);
  if (state.pinned)
    pen.triangle([at - 6, plot.y - 1], [at + 6, plot.y - 1], [at, plot.y + 9], "pred");
  const prediction = numbers.predictions[state.row];
  if (Number.isFinite(prediction)) {
    pen.dot(at, y(prediction), 6, "pred", { stroke: "paper", width: 2 });
  }
}

/**
 * Where the query is, within a box: dotted while it may follow the pointer, whole when pinned.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {number} at
 * @param {boolean} pinned
 */
export function paintQueryLine(pen, box, at, pinned) {
  pen.line(at, box.y, at, box.y + box.height, "pred", pinned ? 1.5 : 1, pinned ? [] : [2, 3]);
}

/**
 * The window around the query beyond which keys have no weight.
 *
 * @param {Pen} pen
 * @param {Box} plot
 * @param {(x: number) => number} x
 * @param {State} state
 * @param {Numbers} numbers
 */
function paintReach(pen, plot, x, { w, row }, { queries, x: keys, way }) {
  const { reach } = profileOf(queries[row], keys, w, way);
  if (!Number.isFinite(reach)) return;
  const left = x(queries[row] - reach);
  pen.context.globalAlpha = 0.12;
  pen.context.fillStyle = pen.colours.pred;
  pen.context.fillRect(left, plot.y, x(queries[row] + reach) - left, plot.height);
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
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(row[i]) || 0);
  const atX = (/** @type {number} */ i) => x(numbers.x[i]);
  const atY = (/** @type {number} */ i) => y(numbers.y[i]);
  const grown = (/** @type {number} */ sign) => (/** @type {number} */ i) => {
    const share = largest > 0 ? (sign * row[i]) / largest : 0;
    if (!(share > 0.03)) return 0;
    return Math.sqrt(POINT ** 2 + share * (LARGEST_POINT ** 2 - POINT ** 2));
  };
  pen.discs(n, atX, atY, () => POINT, "point", 0.45);
  pen.discs(n, atX, atY, grown(1), "pred", 0.35);
  pen.discs(n, atX, atY, grown(-1), "truth", 0.35); // below 0, as in the heatmap
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
