/** The weights of all queries as a heatmap, with the chosen query's row framed. */
import { drawHeatScale } from "../drawing/heatmap.js";
import { linearScale } from "../drawing/scales.js";
import { X_LIMITS } from "./points.js";

/**
 * @param {import("../drawing/pen.js").Pen} pen
 * @param {import("./layout.js").PoolingBoxes} boxes
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @param {import("./picture.js").Texts} texts
 */
export function paintHeatmap(pen, { heat, scale }, state, numbers, { words, writeNumber }) {
  if (!heat || !scale) return;
  const { n_train: n, n_queries: q, query } = state;
  pen.heatmap.update(numbers.version, numbers.weights, q, n, numbers.largest);
  if (numbers.emptyRows) hatch(pen, heat);
  pen.heatmap.draw(pen.context, heat);
  const rowHeight = heat.height / q;
  const columns = linearScale([0, n], [heat.x, heat.x + heat.width]);
  const rows = linearScale(X_LIMITS, [heat.y, heat.y + heat.height]);
  const ticks = columnTicks(numbers.x);
  pen.axes(
    heat,
    {
      scale: columns,
      ticks: [...ticks.keys()],
      label: `x (${words.keys_axis})`,
      write: (tick) => String(ticks.get(tick)),
    },
    {
      scale: (x) => rows(x) + rowHeight / 2,
      ticks: [0, 1, 2, 3, 4],
      label: `x (${words.queries_axis})`,
      write: String,
    },
  );
  pen.context.strokeStyle = pen.colours.pred;
  pen.context.lineWidth = 2;
  const rowY = heat.y + query * rowHeight;
  pen.context.strokeRect(heat.x - 1, rowY - 1, heat.width + 2, rowHeight + 2);
  drawHeatScale(pen, scale, numbers.largest, words.heatmap, writeNumber);
}

/**
 * Columns are keys in order, not evenly spaced x: where each whole x would be among them.
 *
 * @param {Float64Array} keys
 * @returns {Map<number, number>} column -> x
 */
function columnTicks(keys) {
  const ticks = new Map();
  for (const x of [1, 2, 3, 4]) {
    const place = keys.findIndex((key) => key >= x);
    if (place >= 0) ticks.set(place + 0.5, x);
  }
  return ticks;
}

/**
 * What shows through where there are no weights.
 *
 * @param {import("../drawing/pen.js").Pen} pen
 * @param {import("../types.js").Box} box
 */
function hatch(pen, box) {
  pen.inside(box, () => {
    for (let at = box.x - box.height; at < box.x + box.width; at += 8) {
      pen.line(at, box.y + box.height, at + box.height, box.y, "muted", 1);
    }
  });
}
