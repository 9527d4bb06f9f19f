/**
 * The loss over |w|, with the steps of gradient descent on it.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Scale} Scale
 * @typedef {import("./computation.js").Numbers} Numbers
 * @typedef {import("./picture.js").Texts} Texts
 */
import { drawLegend, sampleLine } from "../drawing/legend.js";
import { clamp, linearScale, logScale, roundTicks } from "../drawing/scales.js";
import { W_LIMITS } from "./computation.js";

// Pixels.
const NAME_GAP = 22; // between the steps that have their number written
const HEAP = 7; // within which steps lie on each other
const MOST_RINGS = 3;
// How much of the ink of an arc the one before it has, and how much is always left.
const FADING = 0.7;
const FAINTEST = 0.25;

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
  drawLegend(pen, box.x, 10, box.x + box.width, [
    { name: words.loss, sample: sampleLine(pen, "truth") },
    { name: words.minimum, sample: (at, middle) => pen.mark(at + 8, middle + 4) },
  ]);
  pen.inside({ ...box, height: box.height + 2 }, () => {
    pen.curve(grid, losses, x, y, "truth");
    pen.mark(x(minimum.w), y(minimum.loss) - 3);
  });
  const places = path.map(({ w, loss }) => [
    clamp(x(Math.max(Math.abs(w), 1e-12)), [box.x, box.x + box.width]),
    clamp(y(loss), [box.y, box.y + box.height]),
  ]);
  paintArcs(pen, box, places);
  paintSteps(pen, box, heaps(places), writeW(Math.abs(path[path.length - 1].w)));
}

/**
 * Steps by the place where they lie on each other, in the order in which each place was last come to.
 *
 * @param {number[][]} places of the steps, in pixels
 * @returns {Array<{at: number[], steps: number[]}>}
 */
export function heaps(places) {
  /** @type {Array<{at: number[], steps: number[]}>} */
  let found = [];
  places.forEach((at, step) => {
    const near = found.find((heap) => Math.hypot(at[0] - heap.at[0], at[1] - heap.at[1]) < HEAP);
    found = found.filter((heap) => heap !== near);
    found.push({ at, steps: [...(near?.steps ?? []), step] });
  });
  return found;
}

/**
 * Numbers of steps as a reader would write them: "0", "1, 3", "2–6", "1, 3, 5–9".
 *
 * @param {number[]} steps ascending
 */
export function namesOf(steps) {
  /** @type {number[][]} */
  const runs = [];
  for (const step of steps) {
    const run = runs[runs.length - 1];
    if (run && step === run[1] + 1) run[1] = step;
    else runs.push([step, step]);
  }
  const names = runs.map(([first, last]) => {
    if (first === last) return String(first);
    return last === first + 1 ? `${first}, ${last}` : `${first}–${last}`;
  });
  return names.length > 3 ? [names[0], "…", ...names.slice(-1)].join(", ") : names.join(", ");
}

/**
 * Steps as an arc from place to place, so that a jump over the valley is seen as a jump; what is
 * long past fades.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {number[][]} places
 */
function paintArcs({ context, colours }, box, places) {
  context.strokeStyle = colours.pred;
  context.lineWidth = 1.6;
  for (let i = 1; i < places.length; i++) {
    context.beginPath();
    context.globalAlpha = Math.max(FAINTEST, FADING ** (places.length - 1 - i));
    const [x0, y0] = places[i - 1];
    const [x1, y1] = places[i];
    const lift = Math.min(60, Math.abs(x1 - x0) * 0.35);
    context.moveTo(x0, y0);
    context.quadraticCurveTo((x0 + x1) / 2, Math.max(box.y, Math.min(y0, y1) - lift), x1, y1);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Steps as dots with their numbers, where there is room for them; the last one with its |w|. Where
 * several lie on each other, a ring stands for each of them, as far as rings can be counted.
 *
 * @param {Pen} pen
 * @param {Box} box
 * @param {ReturnType<typeof heaps>} found
 * @param {string} reached
 */
function paintSteps(pen, box, found, reached) {
  found.forEach(({ at: [x, y], steps }, place) => {
    const newest = place === found.length - 1;
    for (let ring = Math.min(steps.length - 1, MOST_RINGS); ring > 0; ring--) {
      pen.dot(x, y, 5 + 3 * ring, null, { stroke: "pred", width: 1 });
    }
    pen.dot(x, y, newest ? 6 : 4, "pred", { stroke: "paper", width: 1.5 });
  });
  /** @type {number[][]} */
  const named = [];
  // The last one first: older names give way.
  for (const { at, steps } of [...found].reverse()) {
    const newest = named.length === 0;
    if (named.some(([x, y]) => Math.hypot(at[0] - x, at[1] - y) < NAME_GAP)) continue;
    named.push(at);
    const [x, y] = at;
    const names = namesOf(steps);
    const name = newest && steps[0] + steps.length > 1 ? `${names}: |w| = ${reached}` : names;
    const align = x > box.x + 0.7 * box.width ? "right" : "left";
    const gap = 12 + 3 * Math.min(steps.length - 1, MOST_RINGS);
    const above = y - gap > box.y ? y - gap : y + gap + 4;
    const look = { align, baseline: "middle", bold: newest, halo: true };
    pen.text(name, x + (align === "left" ? -3 : 3), above, /** @type {object} */ (look));
  }
}
