/**
 * Weights of the query at their keys; the kernel, divided by the same sum, passes through them.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { linearScale } from "../drawing/scales.js";
import { kernelNamed } from "../engine/kernels.js";
import { rowOf } from "./computation.js";
import { scales } from "./layout.js";

// Narrow kernels and sharp edges need places of their own, in parts of the support.
const SHAPE_PLACES = [-1.0001, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.0001];

/**
 * @param {Pen} pen
 * @param {import("./layout.js").PoolingBoxes} boxes
 * @param {State} state
 * @param {Numbers} numbers
 * @param {import("./picture.js").Texts} texts
 */
export function paintBars(pen, { plot, bars }, state, numbers, { words, writeNumber }) {
  const { w, query, n_train: n } = state;
  const kernel = kernelNamed(state.kernel);
  const { x } = scales(plot, numbers.limits);
  const centre = numbers.queries[query];
  const row = rowOf(state, numbers);
  const empty = Number.isNaN(row[0]);
  let total = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    total += kernel.value((centre - numbers.x[i]) * w);
    largest = Math.max(largest, row[i] || 0);
  }
  const peak = kernel.value(0) / total;
  // The kernel far from its keys can be very much higher than the weights: then it is cut off.
  const top = empty ? 1 : Math.min(Math.max(peak, largest), 3 * largest);
  const y = linearScale([0, 1.08 * top], [bars.y + bars.height, bars.y]);
  const digits = top < 0.1 ? 3 : 2;
  pen.axes(
    bars,
    { scale: x, ticks: [0, 1, 2, 3, 4, 5], label: `x (${words.keys_axis})`, write: String },
    { scale: y, ticks: empty ? [0] : [0, largest], write: (t) => writeNumber(t, t && digits) },
  );
  pen.text(words.row, bars.x + 4, bars.y - 4, { halo: true });
  pen.inside(bars, () => {
    const thick = Math.max(1, Math.min(5, (0.6 * bars.width) / n));
    const bottom = bars.y + bars.height;
    if (!empty)
      pen.bars(
        n,
        (i) => x(numbers.x[i]),
        (i) => y(row[i]),
        bottom,
        "pred",
        thick,
      );
    const factor = empty ? 1 / kernel.value(0) : 1 / total;
    const curve = kernelCurve(kernel, centre, w, factor, bars, x);
    pen.curve(curve.xs, curve.ys, x, y, "ink", 1.3, empty ? [3, 3] : []);
  });
  if (empty) {
    const [middle, half] = [bars.x + bars.width / 2, bars.y + bars.height / 2];
    pen.text("0 / 0", middle, half, {
      align: "center",
      baseline: "middle",
      bold: true,
      halo: true,
    });
  }
}

/**
 * The kernel around the query, times a factor, in ascending order of x; nothing if the factor is
 * not a number.
 *
 * @param {import("../engine/kernels.js").Kernel} kernel
 * @param {number} centre
 * @param {number} w
 * @param {number} factor
 * @param {Box} bars
 * @param {import("../types.js").Scale} x
 */
function kernelCurve(kernel, centre, w, factor, bars, x) {
  if (!Number.isFinite(factor)) return { xs: [], ys: [] };
  const reach = Number.isFinite(kernel.support) ? kernel.support : 1;
  const xs = SHAPE_PLACES.map((place) => centre + (place * reach) / w);
  for (let pixel = 0; pixel <= bars.width; pixel += 2) xs.push(x.invert(bars.x + pixel));
  xs.sort((a, b) => a - b);
  return { xs, ys: xs.map((at) => kernel.value((at - centre) * w) * factor) };
}
