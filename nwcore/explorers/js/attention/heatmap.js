/** The weights of all queries as a heatmap, with the row of the query that is shown framed. */
import { drawDivergingScale } from "../drawing/diverging.js";
import { drawHeatAxes, drawHeatScale } from "../drawing/heatmap.js";
import { X_LIMITS } from "./points.js";

/**
 * @param {import("../drawing/pen.js").Pen} pen
 * @param {import("./layout.js").PoolingBoxes} boxes
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @param {import("./picture.js").Look} look
 * @param {import("./picture.js").Texts} texts
 */
export function paintHeatmap(pen, { heat, scale }, state, numbers, look, { words, writeNumber }) {
  if (!heat || !scale) return;
  const { n_train: n, n_queries: q } = state;
  const { weights, largest, version } = numbers;
  pen.heatmap.update(version, weights, q, n, largest, state.line ? pen : null);
  if (numbers.emptyRows) hatch(pen, heat);
  pen.heatmap.draw(pen.context, heat);
  const rowHeight = heat.height / q;
  drawHeatAxes(pen, heat, q, X_LIMITS, numbers.x, words);
  const top = (/** @type {number} */ row) => heat.y + row * rowHeight;
  if (look.other !== null) {
    const middle = top(look.other) + rowHeight / 2;
    pen.line(heat.x, middle, heat.x + heat.width, middle, "paper", 1, [2, 3]);
  }
  pen.context.strokeStyle = pen.colours.pred;
  pen.context.lineWidth = 2;
  pen.context.strokeRect(heat.x - 1, top(state.row) - 1, heat.width + 2, rowHeight + 2);
  if (state.pinned) {
    const [right, middle] = [heat.x + heat.width + 1, top(state.row) + rowHeight / 2];
    pen.triangle([right + 9, middle - 6], [right + 9, middle + 6], [right, middle], "pred");
  }
  if (!state.line) {
    drawHeatScale(pen, scale, largest, words.heatmap, writeNumber);
    return;
  }
  const write = (/** @type {number} */ value) => writeNumber(value, largest < 0.1 ? 3 : 2);
  drawDivergingScale(pen, scale, largest, words.heatmap, write);
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
