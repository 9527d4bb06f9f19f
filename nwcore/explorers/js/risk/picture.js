/**
 * The picture of bias and variance: fits to many data sets with their mean and the truth, and what
 * they are wrong by over w.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Words} Words
 * @typedef {import("../types.js").WriteNumber} WriteNumber
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {{fits: Box, risk: Box, height: number}} RiskBoxes
 */
import { drawLegend, sampleLine } from "../drawing/legend.js";
import { layoutPair, LEGEND_LEFT, LEGEND_ROW, TOP } from "../drawing/pair.js";
import { clamp, linearScale, logScale } from "../drawing/scales.js";
import { createWriter } from "../shell/text.js";
import { createComputation, W_LIMITS } from "./computation.js";

const MEAN_DASH = [7, 4];
const VARIANCE_DASH = [2, 3];
const FAINT = 0.14; // of one data set's fit
const Y_LIMITS = [-1.5, 5.5];
const RISK_LIMITS = [1e-4, 10];
const W_TICKS = [0.1, 1, 10, 100];
const RISK_TICKS = [1e-4, 1e-3, 0.01, 0.1, 1, 10];

/**
 * @param {Words} words
 * @returns {import("../types.js").Picture<Numbers, RiskBoxes, null>}
 */
export function createRiskPicture(words) {
  const writeNumber = createWriter(words);
  return {
    layout,
    compute: createComputation(),
    tell: (numbers) => ({ ...numbers, fits: new Float64Array() }),
    paint(pen, boxes, state, numbers) {
      paintFits(pen, boxes.fits, numbers, words, writeNumber);
      paintRisk(pen, boxes.risk, state.w, numbers, words, writeNumber);
    },
  };
}

/**
 * @param {number} width
 * @returns {RiskBoxes}
 */
export function layout(width) {
  const { first, second, height } = layoutPair(width, 0.5, 170);
  return { fits: first, risk: second, height };
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Numbers} numbers
 * @param {Words} words
 * @param {WriteNumber} writeNumber
 */
function paintFits(pen, box, { queries, truth, fits, mean }, words, writeNumber) {
  const x = linearScale([0, 5], [box.x, box.x + box.width]);
  const y = linearScale(Y_LIMITS, [box.y + box.height, box.y]);
  const write = (/** @type {number} */ tick) => writeNumber(tick, 0);
  pen.axes(
    box,
    { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String, label: "x" },
    { scale: y, ticks: [-1, 0, 1, 2, 3, 4, 5], write },
  );
  const left = box.x - LEGEND_LEFT;
  const right = box.x + box.width;
  const top = box.y - TOP;
  drawLegend(pen, left, top + LEGEND_ROW, right, [
    { name: words.fits, sample: sampleLine(pen, "point") },
    { name: words.truth, sample: sampleLine(pen, "truth") },
  ]);
  drawLegend(pen, left, top + 2 * LEGEND_ROW + 6, right, [
    { name: words.mean_fit, sample: sampleLine(pen, "pred", MEAN_DASH) },
  ]);
  pen.inside(box, () => {
    const q = queries.length;
    pen.context.globalAlpha = FAINT;
    for (let cell = 0; cell < fits.length; cell += q) {
      pen.curve(queries, fits.subarray(cell, cell + q), x, y, "point", 1);
    }
    pen.context.globalAlpha = 1;
    pen.curve(queries, truth, x, y, "truth");
    pen.curve(queries, mean, x, y, "pred", 2.4, MEAN_DASH);
  });
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {number} w
 * @param {Numbers} numbers
 * @param {Words} words
 * @param {WriteNumber} writeNumber
 */
function paintRisk(pen, box, w, numbers, words, writeNumber) {
  const x = logScale(W_LIMITS, [box.x, box.x + box.width]);
  const inside = logScale(RISK_LIMITS, [box.y + box.height, box.y]);
  // A curve leaves the frame by so much and no more: a canvas has its limits, and log 0 has none.
  const y = (/** @type {number} */ share) => clamp(inside(Math.max(share, 1e-12)), [-1e4, 1e4]);
  const write = (/** @type {number} */ tick) =>
    writeNumber(tick, Math.max(0, -Math.round(Math.log10(tick))));
  pen.axes(
    box,
    { scale: x, ticks: W_TICKS, write, label: "w" },
    { scale: inside, ticks: RISK_TICKS, write },
  );
  const left = box.x - LEGEND_LEFT;
  const right = box.x + box.width;
  const top = box.y - TOP;
  drawLegend(pen, left, top + LEGEND_ROW, right, [
    { name: words.squared_bias, sample: sampleLine(pen, "pred", MEAN_DASH) },
    { name: words.variance, sample: sampleLine(pen, "point", VARIANCE_DASH) },
  ]);
  drawLegend(pen, left, top + 2 * LEGEND_ROW + 6, right, [
    { name: words.expected_error, sample: sampleLine(pen, "ink") },
    { name: words.best_w, sample: (at, middle) => pen.mark(at + 8, middle + 4) },
  ]);
  const { grid, biasCurve, varianceCurve, errorCurve, best } = numbers;
  pen.inside(box, () => {
    pen.line(x(w), box.y, x(w), box.y + box.height, "muted");
    pen.curve(grid, biasCurve, x, y, "pred", 2.2, MEAN_DASH);
    pen.curve(grid, varianceCurve, x, y, "point", 2.2, VARIANCE_DASH);
    pen.curve(grid, errorCurve, x, y, "ink");
    if (Number.isFinite(best)) pen.mark(x(best), y(valueAt(grid, errorCurve, best)) - 4);
  });
  for (const [share, colour] of /** @type {Array<[number, string]>} */ ([
    [numbers.bias, "pred"],
    [numbers.variance, "point"],
    [numbers.error, "ink"],
  ])) {
    if (share >= RISK_LIMITS[0] && share <= RISK_LIMITS[1]) {
      pen.dot(x(w), y(share), 4.5, colour, { stroke: "paper" });
    }
  }
}

/**
 * The value of a curve between its places, on a straight line in log w.
 *
 * @param {Float64Array} grid
 * @param {Float64Array} curve
 * @param {number} w
 */
function valueAt(grid, curve, w) {
  const after = Math.max(
    1,
    grid.findIndex((place) => place >= w),
  );
  const share = Math.log(w / grid[after - 1]) / Math.log(grid[after] / grid[after - 1]);
  return curve[after - 1] + share * (curve[after] - curve[after - 1]);
}
