/**
 * The plane: keys coloured by their values and as large as their weights, the query with its kernel,
 * and the direction that matters over the truth that it makes.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").Texts} Texts
 * @typedef {ReturnType<typeof planeScales>} Scales
 */
import { divergingColours, drawDivergingScale } from "../drawing/diverging.js";
import { drawLegend, sampleLine } from "../drawing/legend.js";
import { singleIndexTruth } from "../engine/metric.js";
import { planeScales, tipOf } from "./layout.js";

const FAINT = 0.3; // ink of the truth behind the keys
const STRIPES = 96;
const FAR = 3; // the farthest that a corner of the plane lies along u
const LONGEST = 60; // half an ellipse, in units of x, from which on it is drawn as two lines
// Pixels.
const SMALLEST = 2.6; // radius of a key without weight
const LARGEST = 27; // and what a weight of 1 adds to it, as areas add
const CROSS = 9;
const HEAD = 11; // of the arrow
const SAMPLES = [0.01, 0.1];

/** @param {number} weight */
const radiusOf = (weight) => Math.sqrt(SMALLEST ** 2 + LARGEST ** 2 * (weight || 0));

/**
 * The value at which colours end: what keys hardly exceed.
 *
 * @param {State} state
 */
export const colourLimit = ({ noise }) => 2 + 2 * noise;

/**
 * @param {Pen} pen
 * @param {import("./layout.js").MetricBoxes} boxes
 * @param {State} state
 * @param {Numbers} numbers
 * @param {Texts} texts
 */
export function paintPlane(pen, boxes, state, numbers, { words, writeNumber }) {
  const { plane } = boxes;
  const limit = colourLimit(state);
  const colourOf = divergingColours(pen, limit);
  const scales = planeScales(plane);
  const write = (/** @type {number} */ tick) => writeNumber(tick, 0);
  const ticks = [-2, -1, 0, 1, 2];
  pen.inside(plane, () => paintTruth(pen, plane, numbers.direction, scales, colourOf));
  pen.axes(
    plane,
    { scale: scales.x, ticks, write, label: words.first_input },
    { scale: scales.y, ticks, write, label: words.second_input },
  );
  drawLegend(pen, plane.x, 10, plane.x + plane.width, [
    { name: words.direction, sample: sampleArrow(pen) },
    { name: words.query, sample: (x, y) => paintCross(pen, x + 8, y, 6) },
    { name: words.ellipse, sample: sampleLine(pen, "accent", dashOf(state)) },
  ]);
  pen.inside(plane, () => {
    paintKeys(pen, numbers, scales, colourOf);
    paintKernel(pen, plane, numbers, scales, dashOf(state));
    paintArrow(pen, scales, state.angle);
    const [x, y] = [scales.x(numbers.query[0]), scales.y(numbers.query[1])];
    if (numbers.place !== null) pen.dot(x, y, CROSS + 3, null, { stroke: "ink", width: 1.5 });
    paintCross(pen, x, y, CROSS);
  });
  if (numbers.alone) {
    const look = { align: "center", baseline: "top", bold: true, halo: true };
    const at = plane.x + plane.width / 2;
    pen.text(words.no_earlier_key, at, plane.y + 8, /** @type {object} */ (look));
  }
  drawDivergingScale(pen, boxes.bar, limit, words.y, (value) => writeNumber(value, 1));
  paintSizes(pen, boxes.sizes, words.weight, writeNumber);
}

/** The ellipse belongs to the distance: a dot product alone has none. @param {State} state */
const dashOf = ({ score }) => (score === "dot" ? [5, 4] : []);

/**
 * The truth, constant across u, as stripes.
 *
 * @param {Pen} pen
 * @param {Box} plane
 * @param {Float64Array} direction
 * @param {Scales} scales
 * @param {(value: number, alpha: number) => string} colourOf
 */
function paintTruth({ context }, plane, direction, scales, colourOf) {
  const [u1, u2] = direction;
  const ends = [-FAR, FAR].flatMap((far) => [scales.x(far * u1), scales.y(far * u2)]);
  const stripes = context.createLinearGradient(ends[0], ends[1], ends[2], ends[3]);
  for (let stripe = 0; stripe <= STRIPES; stripe++) {
    const along = FAR * ((2 * stripe) / STRIPES - 1);
    const value = singleIndexTruth(along * u1, along * u2, direction);
    stripes.addColorStop(stripe / STRIPES, colourOf(value, FAINT));
  }
  context.fillStyle = stripes;
  context.fillRect(plane.x, plane.y, plane.width, plane.height);
}

/**
 * Keys, the lightest last; rings for those that the mask hides.
 *
 * @param {Pen} pen
 * @param {Numbers} numbers
 * @param {Scales} scales
 * @param {(value: number) => string} colourOf
 */
function paintKeys(pen, { x, y, weights, hidden }, scales, colourOf) {
  const { context, colours } = pen;
  const order = Array.from(y.keys()).sort((a, b) => weights[b] - weights[a]);
  for (const key of order) {
    const [across, down] = [scales.x(x[2 * key]), scales.y(x[2 * key + 1])];
    if (hidden[key]) {
      pen.dot(across, down, SMALLEST, "paper", { stroke: "muted", width: 1.2 });
      continue;
    }
    context.beginPath();
    context.arc(across, down, radiusOf(weights[key]), 0, 2 * Math.PI);
    context.fillStyle = colourOf(y[key]);
    context.fill();
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.55;
    context.lineWidth = 0.8;
    context.stroke();
    context.globalAlpha = 1;
  }
}

/**
 * Where |W(x − query)| = 1: an ellipse, or two lines where W hardly sees one direction.
 *
 * @param {Pen} pen
 * @param {Box} plane
 * @param {Numbers} numbers
 * @param {Scales} scales
 * @param {number[]} dash
 */
function paintKernel(pen, plane, { query, values, leading }, scales, dash) {
  const { context, colours } = pen;
  const perUnit = plane.width / 4;
  const reaches = values.map((value) => 1 / value);
  context.save();
  context.translate(scales.x(query[0]), scales.y(query[1]));
  context.rotate((-(leading || 0) / 180) * Math.PI);
  context.strokeStyle = colours.accent;
  context.lineWidth = 2.4;
  context.setLineDash(dash);
  context.beginPath();
  if (reaches[1] < LONGEST) {
    context.ellipse(0, 0, reaches[0] * perUnit, reaches[1] * perUnit, 0, 0, 2 * Math.PI);
  } else if (reaches[0] < LONGEST) {
    for (const side of [-1, 1]) {
      context.moveTo(side * reaches[0] * perUnit, -2 * plane.width);
      context.lineTo(side * reaches[0] * perUnit, 2 * plane.width);
    }
  }
  context.stroke();
  context.restore();
}

/**
 * @param {Pen} pen
 * @param {Scales} scales
 * @param {number} angle
 */
function paintArrow(pen, scales, angle) {
  const [tip1, tip2] = tipOf(angle);
  const from = [scales.x(0), scales.y(0)];
  const to = [scales.x(tip1), scales.y(tip2)];
  for (const [colour, width] of /** @type {Array<[string, number]>} */ ([
    ["paper", 6],
    ["ink", 2.4],
  ])) {
    arrow(pen, from, to, colour, width);
  }
  pen.dot(from[0], from[1], 3, "ink", { stroke: "paper", width: 1.5 });
}

/**
 * @param {Pen} pen
 * @param {number[]} from
 * @param {number[]} to
 * @param {string} colour
 * @param {number} width
 * @param {number} [head]
 */
function arrow(pen, from, to, colour, width, head = HEAD) {
  const turn = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const barb = (/** @type {number} */ side) => [
    to[0] - head * Math.cos(turn + side * 0.45),
    to[1] - head * Math.sin(turn + side * 0.45),
  ];
  pen.line(from[0], from[1], to[0], to[1], colour, width);
  for (const side of [-1, 1]) {
    const [x, y] = barb(side);
    pen.line(x, y, to[0], to[1], colour, width);
  }
}

/**
 * A sample of the legend: an arrow.
 *
 * @param {Pen} pen
 * @returns {(x: number, y: number) => void}
 */
const sampleArrow = (pen) => (x, y) => arrow(pen, [x, y], [x + 16, y], "ink", 1.8, 6);

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} arm
 */
function paintCross(pen, x, y, arm) {
  for (const [colour, width] of /** @type {Array<[string, number]>} */ ([
    ["paper", 5.5],
    ["ink", 2.4],
  ])) {
    pen.line(x - arm, y, x + arm, y, colour, width);
    pen.line(x, y - arm, x, y + arm, colour, width);
  }
}

/**
 * What the size of a key means.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {string} label
 * @param {import("../types.js").WriteNumber} writeNumber
 */
function paintSizes(pen, box, label, writeNumber) {
  const middle = box.y; // the largest sample does not reach the label
  const step = box.width / SAMPLES.length;
  SAMPLES.forEach((weight, place) => {
    const radius = radiusOf(weight);
    const x = box.x + place * step + step / 2 - 14;
    pen.dot(x, middle, radius, null, { stroke: "ink", width: 1 });
    const digits = weight < 0.1 ? 2 : 1;
    pen.text(writeNumber(weight, digits), x + radius + 5, middle, { baseline: "middle" });
  });
  const below = box.y + box.height + 4;
  pen.text(label, box.x + box.width / 2, below, { align: "center", baseline: "top" });
}
