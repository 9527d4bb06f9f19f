/**
 * The page's pictures, drawn by the explorers' pen: the curve, the valley, all weights, what is left
 * over, and one query's weights. They know no page, and whether they are drawn on a screen or into SVG.
 *
 * @typedef {import("../../nwcore/explorers/js/drawing/pen.js").Pen} Pen
 * @typedef {import("../../nwcore/explorers/js/types.js").Box} Box
 * @typedef {import("../../nwcore/explorers/js/types.js").Scale} Scale
 * @typedef {object} Shown
 * @property {Float64Array} keys (n) ascending
 * @property {Float64Array} values (n)
 * @property {string[]} names of x and y
 * @property {import("./search.js").Search} search
 * @property {import("./model.js").Look} look
 * @property {import("./model.js").Rest|null} rest null until it is there
 * @property {number} query
 * @property {Float64Array} weights (n) of the query
 * @property {number} prediction at the query
 * @property {Record<string, string>} words
 * @property {(value: number, digits?: number) => string} write
 */
import { drawHeatScale } from "../../nwcore/explorers/js/drawing/heatmap.js";
import { drawLegend, sampleDot, sampleLine } from "../../nwcore/explorers/js/drawing/legend.js";
import { linearScale, logScale, roundTicks } from "../../nwcore/explorers/js/drawing/scales.js";
import { keyTicks, powersIn, TICK_GAP } from "./ticks.js";

// Pixels.
const LEFT = 58;
const RIGHT = 14;
const TOP = 40;
const BOTTOM = 46;
const NAME = 10; // the line of the name of what goes up,
const LEGEND = 27; // and the one of the legend below it
const POINT = 3.2;
const LARGEST_POINT = 13;
const SCALE = 12; // the strip of the heatmap's colours

/** Heights by name, in the order of the page. */
export const HEIGHTS = { curve: 330, valley: 250, weights: 230, heat: 390, residuals: 230 };

/** @typedef {keyof typeof HEIGHTS} Name */

/** Where a picture of some width lies. @param {Name} name @param {number} width @returns {Box} */
export function boxOf(name, width) {
  const bottom = name === "heat" ? BOTTOM + 42 : BOTTOM;
  const height = HEIGHTS[name] - TOP - bottom;
  return { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height };
}

/**
 * What a place in a picture stands for: x of the curve, the residuals and the weights, w of the valley,
 * the query of a row of the heatmap.
 *
 * @param {Name} name
 * @param {Box} box
 * @param {Shown} shown
 */
export function scaleOf(name, box, { keys, search }) {
  const across = [box.x, box.x + box.width];
  const inputs = [keys[0], keys[keys.length - 1]];
  if (name === "valley") return logScale([search.low, search.high], across);
  if (name === "heat") return linearScale(inputs, [box.y, box.y + box.height]);
  return linearScale(inputs, across);
}

/** @type {Record<Name, (pen: Pen, box: Box, shown: Shown) => void>} */
export const PAINT = {
  curve(pen, box, shown) {
    const { keys, values, look, weights, words } = shown;
    const x = scaleOf("curve", box, shown);
    const y = upright(box, [values, look.curve]);
    frame(pen, box, shown, x, y, shown.names[1]);
    drawLegend(pen, box.x, LEGEND, box.x + box.width, [
      { name: words.legend_curve, sample: sampleLine(pen, "pred", [6, 3]) },
      { name: words.legend_points, sample: sampleDot(pen, "point", 0.45) },
    ]);
    const largest = most(weights);
    pen.inside(grown(box), () => {
      const at = (/** @type {number} */ i) => x(keys[i]);
      const up = (/** @type {number} */ i) => y(values[i]);
      pen.discs(keys.length, at, up, () => POINT, "point", keys.length > 500 ? 0.25 : 0.45);
      const radius = (/** @type {number} */ i) => {
        const share = weights[i] / largest;
        return share > 0.03 ? Math.sqrt(POINT ** 2 + share * (LARGEST_POINT ** 2 - POINT ** 2)) : 0;
      };
      pen.discs(keys.length, at, up, radius, "pred", keys.length > 500 ? 0.08 : 0.3);
      pen.curve(look.queries, look.curve, x, y, "pred", 2.4, [7, 4]);
    });
    queryLine(pen, box, x(shown.query));
    pen.dot(x(shown.query), y(shown.prediction), 6, "pred", { stroke: "paper", width: 2 });
  },

  valley(pen, box, shown) {
    const { search, look, words, write } = shown;
    const x = scaleOf("valley", box, shown);
    const { w, losses } = {
      w: search.curve.map((p) => p.w),
      losses: search.curve.map((p) => p.loss),
    };
    const y = upright(box, [losses, [0]]);
    pen.axes(
      box,
      { scale: x, ticks: powersIn(search.low, search.high, box.width), label: "w", write },
      vertical(y, box, write),
    );
    pen.text(words.loss, 4, NAME, { baseline: "middle" });
    drawLegend(pen, box.x, LEGEND, box.x + box.width, [
      { name: words.legend_loss, sample: sampleLine(pen, "truth") },
      { name: words.legend_least, sample: (at, middle) => pen.mark(at + 8, middle + 4) },
    ]);
    pen.inside(grown(box), () => pen.curve(w, losses, x, y, "truth"));
    pen.mark(x(search.w), y(search.loss) - 4);
    queryLine(pen, box, x(look.w));
    pen.dot(x(look.w), y(look.loss), 6, "pred", { stroke: "paper", width: 2 });
  },

  weights(pen, box, shown) {
    const { keys, weights, words, write } = shown;
    const x = scaleOf("weights", box, shown);
    const top = most(weights);
    const y = linearScale([0, top], [box.y + box.height, box.y]);
    pen.axes(box, horizontal(x, box, shown), {
      ...vertical(y, box, write),
      ticks: roundTicks([0, top], 3),
    });
    pen.text(words.weights_axis, 4, NAME, { baseline: "middle" });
    const thick = Math.max(1, Math.min(5, (0.5 * box.width) / keys.length));
    const at = (/** @type {number} */ i) => x(keys[i]);
    const up = (/** @type {number} */ i) => y(weights[i]);
    pen.bars(keys.length, at, up, box.y + box.height, "pred", thick);
    queryLine(pen, box, x(shown.query));
  },

  heat(pen, box, shown) {
    const { keys, names, look, words, write } = shown;
    const { heat, columns, queries } = look;
    const rows = queries.length;
    const largest = most(heat);
    pen.heatmap.update(look, heat, rows, columns, largest);
    pen.heatmap.draw(pen.context, box);
    const down = scaleOf("heat", box, shown);
    const across = linearScale([0, keys.length], [box.x, box.x + box.width]);
    const limits = [keys[0], keys[keys.length - 1]];
    const ticks = keyTicks(keys, roundTicks(limits, 8), across, TICK_GAP / 2);
    pen.axes(
      box,
      {
        scale: across,
        ticks: [...ticks.keys()],
        label: `${names[0]} (${words.keys})`,
        write: (tick) => write(/** @type {number} */ (ticks.get(tick))),
      },
      { scale: down, ticks: roundTicks(limits, 5), write },
    );
    pen.text(`${names[0]} (${words.queries})`, 4, NAME, { baseline: "middle" });
    const row = down(shown.query);
    pen.line(box.x, row, box.x + box.width, row, "paper", 3);
    pen.line(box.x, row, box.x + box.width, row, "pred", 1.5);
    pen.triangle(
      [box.x + box.width + 9, row - 6],
      [box.x + box.width + 9, row + 6],
      [box.x + box.width, row],
      "pred",
    );
    const strip = { x: box.x, y: box.y + box.height + BOTTOM + 4, width: box.width, height: SCALE };
    drawHeatScale(pen, strip, largest, words.heat_scale, (value) => write(value, 2));
  },

  residuals(pen, box, shown) {
    const { keys, values, rest, words, write } = shown;
    const x = scaleOf("residuals", box, shown);
    const left = rest ? values.map((value, i) => value - rest.leftOut[i]) : new Float64Array(1);
    const y = upright(box, [left, [0]]);
    pen.axes(box, horizontal(x, box, shown), vertical(y, box, write));
    pen.text(`${shown.names[1]}: ${words.residuals_axis}`, 4, NAME, { baseline: "middle" });
    pen.line(box.x, y(0), box.x + box.width, y(0), "muted");
    if (!rest) return;
    const alpha = keys.length > 500 ? 0.25 : 0.5;
    pen.inside(grown(box), () =>
      pen.discs(
        keys.length,
        (i) => x(keys[i]),
        (i) => y(left[i]),
        () => POINT,
        "truth",
        alpha,
      ),
    );
  },
};

/** The largest of some numbers that are not negative. @param {Float64Array} numbers */
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);

/**
 * A scale that has room for all numbers of some lists, and a little more.
 *
 * @param {Box} box
 * @param {Array<ArrayLike<number>>} lists
 */
function upright(box, lists) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      low = Math.min(low, list[i]);
      high = Math.max(high, list[i]);
    }
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  const room = Math.max(0.06 * (high - low), 1e-6 * size) || 1;
  return linearScale([low - room, high + room], [box.y + box.height, box.y]);
}

/**
 * Axes of x and y with the name of what goes up.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {Shown} shown
 * @param {Scale} x
 * @param {Scale} y
 * @param {string} name
 */
function frame(pen, box, shown, x, y, name) {
  pen.axes(box, horizontal(x, box, shown), vertical(y, box, shown.write));
  pen.text(name, 4, NAME, { baseline: "middle" });
}

/** @param {Scale} x @param {Box} box @param {Shown} shown */
function horizontal(x, box, { keys, names, write }) {
  const ticks = roundTicks(
    [keys[0], keys[keys.length - 1]],
    Math.max(2, box.width / (1.5 * TICK_GAP)),
  );
  return { scale: x, ticks, label: names[0], write };
}

/** @param {Scale} y @param {Box} box @param {(value: number) => string} write */
function vertical(y, box, write) {
  const limits = [y.invert(box.y + box.height), y.invert(box.y)];
  return { scale: y, ticks: roundTicks(limits, 5), write };
}

/** Room for discs at the edge of a box. @param {Box} box @returns {Box} */
const grown = ({ x, y, width, height }) => ({
  x: x - LARGEST_POINT,
  y: y - 2,
  width: width + 2 * LARGEST_POINT,
  height: height + 4,
});

/** @param {Pen} pen @param {Box} box @param {number} at */
const queryLine = (pen, box, at) => pen.line(at, box.y, at, box.y + box.height, "pred", 1, [2, 3]);
