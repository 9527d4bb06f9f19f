/**
 * The loss over |w|, with the steps of gradient descent on it.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Scale} Scale
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").Texts} Texts
 */
import { sampleLine } from "../drawing/pen.js";
import { clamp, linearScale, logScale, roundTicks } from "../drawing/scales.js";
import { W_LIMITS } from "./computation.js";

const NAME_GAP = 22; // pixels between the steps that have their number written

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Numbers} numbers
 * @param {Texts} texts
 */
export function paintLoss(
  pen,
  box,
  { grid, losses, minimum, path },
  { words, writeNumber, writeW },
) {
  const ceiling = losses.reduce((a, b) => Math.max(a, b)) * 1.06;
  const x = logScale(W_LIMITS, [box.x, box.x + box.width]);
  const y = linearScale([0, ceiling], [box.y + box.height, box.y]);
  const digits = ceiling < 0.5 ? 2 : ceiling < 5 ? 1 : 0;
  pen.axes(
    box,
    {
      scale: x,
      ticks: [0.01, 0.1, 1, 10, 100],
      label: "|w|",
      write: (tick) => writeNumber(tick, Math.max(0, -Math.floor(Math.log10(tick)))),
    },
    { scale: y, ticks: roundTicks([0, ceiling], 5), write: (tick) => writeNumber(tick, digits) },
  );
  pen.legend(box.x, 10, box.x + box.width, [
    { name: words.loss, sample: sampleLine(pen, "truth") },
    { name: words.minimum, sample: (at, middle) => paintMinimum(pen, at + 8, middle + 4) },
  ]);
  pen.inside({ ...box, height: box.height + 2 }, () => {
    pen.curve(grid, losses, x, y, "truth");
    paintMinimum(pen, x(minimum.w), y(minimum.loss) - 3);
  });
  const places = path.map(({ w, loss }) => [
    clamp(x(Math.max(Math.abs(w), 1e-12)), [box.x, box.x + box.width]),
    clamp(y(loss), [box.y, box.y + box.height]),
  ]);
  paintArcs(pen, box, places);
  paintSteps(pen, box, places, writeW(Math.abs(path[path.length - 1].w)));
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 */
function paintMinimum({ context, colours }, x, y) {
  context.fillStyle = colours.accent;
  context.beginPath();
  context.moveTo(x - 6, y - 9);
  context.lineTo(x + 6, y - 9);
  context.lineTo(x, y);
  context.fill();
}

/**
 * Steps as an arc from place to place, so that a jump over the valley is seen as a jump.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {number[][]} places
 */
function paintArcs({ context, colours }, box, places) {
  context.strokeStyle = colours.pred;
  context.lineWidth = 1.6;
  context.beginPath();
  for (let i = 1; i < places.length; i++) {
    const [x0, y0] = places[i - 1];
    const [x1, y1] = places[i];
    const lift = Math.min(60, Math.abs(x1 - x0) * 0.35);
    context.moveTo(x0, y0);
    context.quadraticCurveTo((x0 + x1) / 2, Math.max(box.y, Math.min(y0, y1) - lift), x1, y1);
  }
  context.stroke();
}

/**
 * Steps as dots with their numbers, where there is room for them; the last one with its |w|.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {number[][]} places
 * @param {string} reached
 */
function paintSteps(pen, box, places, reached) {
  let last = [-100, -100];
  places.forEach(([x, y], step) => {
    const newest = step === places.length - 1;
    pen.dot(x, y, newest ? 6 : 4, "pred", { stroke: "paper", width: 1.5 });
    if (!newest && Math.hypot(x - last[0], y - last[1]) < NAME_GAP) return;
    last = [x, y];
    const name = step === 0 || !newest ? String(step) : `${step}: |w| = ${reached}`;
    const align = x > box.x + 0.7 * box.width ? "right" : "left";
    const above = y - 12 > box.y ? y - 12 : y + 16;
    const look = { align, baseline: "middle", bold: newest, halo: true };
    pen.text(name, x + (align === "left" ? -3 : 3), above, /** @type {object} */ (look));
  });
}
