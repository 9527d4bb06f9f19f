/**
 * Weights of the query at their keys; what they would be at any other place passes through them.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").State} State
 * @typedef {import("./computation.js").Numbers} Numbers
 */
import { linearScale } from "../drawing/scales.js";
import { profileOf } from "../engine/ways.js";
import { rowOf } from "./computation.js";
import { scales } from "./layout.js";
import { paintQueryLine } from "./plot.js";

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
  const { w, n_train: n } = state;
  const { way } = numbers;
  const { x } = scales(plot, numbers.limits);
  const centre = numbers.queries[state.row];
  const row = rowOf(state, numbers);
  const empty = Number.isNaN(row[0]);
  let [least, largest] = [0, 0];
  for (let i = 0; i < n; i++) {
    least = Math.min(least, row[i] || 0);
    largest = Math.max(largest, row[i] || 0);
  }
  const { at, reach } = profileOf(centre, numbers.x, w, way);
  const peak = at(centre);
  // The kernel far from its keys can be very much higher than the weights: then it is cut off.
  const most = 3 * Math.max(largest, -least);
  const top = empty ? 1 : Math.min(Math.max(Number.isNaN(peak) ? 0 : peak, largest), most);
  const bottom = bars.y + bars.height;
  const y = linearScale([1.08 * least, 1.08 * top], [bottom, bars.y]);
  const digits = top < 0.1 ? 3 : 2;
  pen.axes(
    bars,
    { scale: x, ticks: [0, 1, 2, 3, 4, 5], label: `x (${words.keys_axis})`, write: String },
    {
      scale: y,
      ticks: empty ? [0] : [...(least < 0 ? [least] : []), 0, largest],
      write: (t) => writeNumber(t, t && digits),
    },
  );
  pen.text(words.row, bars.x + 4, bars.y - 4, { halo: true });
  pen.inside(bars, () => {
    const thick = Math.max(1, Math.min(5, (0.6 * bars.width) / n));
    if (least < 0) pen.line(bars.x, y(0), bars.x + bars.width, y(0), "muted");
    if (!empty)
      pen.bars(
        n,
        (i) => x(numbers.x[i]),
        (i) => y(row[i]),
        y(0),
        "pred",
        thick,
      );
    // Where there are no weights, the kernel alone.
    const kernelAt = (/** @type {number} */ place) =>
      way.kernel ? way.kernel.value((place - centre) * w) / way.kernel.value(0) : NaN;
    const window = Number.isFinite(reach) ? reach : 1 / w;
    const curve = curveAround(centre, window, empty ? kernelAt : at, bars, x);
    pen.curve(curve.xs, curve.ys, x, y, "ink", 1.3, empty ? [3, 3] : []);
    paintQueryLine(pen, bars, x(centre), state.pinned);
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
 * What there is at places around the query, in ascending order of x.
 *
 * @param {number} centre
 * @param {number} window how far from it the shape needs places of its own
 * @param {(x: number) => number} at
 * @param {Box} bars
 * @param {import("../types.js").Scale} x
 */
function curveAround(centre, window, at, bars, x) {
  const xs = SHAPE_PLACES.map((place) => centre + place * window);
  for (let pixel = 0; pixel <= bars.width; pixel += 2) xs.push(x.invert(bars.x + pixel));
  xs.sort((a, b) => a - b);
  return { xs, ys: xs.map(at) };
}
