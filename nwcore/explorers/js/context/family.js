/**
 * The inverse bandwidth over the number of examples in context, on logarithmic axes.
 *
 * @typedef {import("../drawing/pen.js").Pen} Pen
 * @typedef {import("../types.js").Box} Box
 */
import { drawLegend, sampleDot, sampleLine } from "../drawing/legend.js";
import { LEGEND_LEFT, LEGEND_ROW, TOP } from "../drawing/pair.js";
import { clamp, logScale } from "../drawing/scales.js";
import { theoreticalW } from "../engine/tasks.js";

// Pixels.
const REACH = 9; // of the mark of this task's best w, to both sides
const NAME = [14, 15]; // from the w learned to where it is written
export const N_LIMITS = [9, 445];
const W_LIMITS = [0.4, 60];
const N_TICKS = [10, 20, 50, 100, 200, 400];
const W_TICKS = [0.5, 1, 2, 5, 10, 20, 50];

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @param {import("../types.js").Words} words
 * @param {import("../types.js").WriteNumber} writeNumber
 */
export function paintFamily(pen, box, state, numbers, words, writeNumber) {
  const { w: learned, best, theory, path } = numbers;
  const x = logScale(N_LIMITS, [box.x, box.x + box.width]);
  const inside = logScale(W_LIMITS, [box.y + box.height, box.y]);
  const y = (/** @type {number} */ w) => inside(clamp(w, W_LIMITS));
  const now = x(state.n_context);
  const trained = path.length > 1;
  const at = trained ? x(state.trained_n) : now;

  pen.axes(
    box,
    { scale: x, ticks: N_TICKS, write: String, label: words.n_context },
    { scale: inside, ticks: W_TICKS, label: "w", write: (w) => writeNumber(w, w < 1 ? 1 : 0) },
  );
  paintLegends(pen, box, words, state.earlier.length > 0);
  pen.inside(box, () => {
    const [low, high] = N_TICKS.filter((_, place) => place % (N_TICKS.length - 1) === 0);
    const theoryAt = (/** @type {number} */ n) =>
      inside(theoreticalW(n, state.noise, state.roughness));
    pen.line(x(low), theoryAt(low), x(high), theoryAt(high), "truth", 2.2);
    // Frozen: the same w whatever the number of examples.
    if (trained) pen.line(box.x, y(learned), box.x + box.width, y(learned), "pred", 1.2, [2, 4]);
  });
  for (const [n, w] of state.earlier) pen.dot(x(n), y(w), 5, "pred", { alpha: 0.4 });
  if (trained) paintTrail(pen, at, path.map(y));
  pen.dot(now, y(theory), 8, null, { stroke: "truth", width: 2 });
  pen.line(now - REACH, y(best), now + REACH, y(best), "accent", 3);
  pen.dot(at, y(learned), 5.5, trained ? "pred" : "paper", { stroke: trained ? "paper" : "pred" });
  const align = at > box.x + 0.6 * box.width ? "right" : "left";
  const beside = at + (align === "left" ? NAME[0] : -NAME[0]);
  pen.text(`w = ${writeNumber(learned, 2)}`, beside, y(learned) + NAME[1], {
    ...{ align, baseline: "middle", bold: true, halo: true },
  });
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {import("../types.js").Words} words
 * @param {boolean} withEarlier
 */
function paintLegends(pen, box, words, withEarlier) {
  const right = box.x + box.width;
  const top = box.y - TOP;
  const learned = sampleDot(pen, "pred", 1);
  const best = (/** @type {number} */ x, /** @type {number} */ y) =>
    pen.line(x, y, x + 16, y, "accent", 3);
  const earlier = { name: words.earlier, sample: sampleDot(pen, "pred", 0.4) };
  drawLegend(pen, box.x - LEGEND_LEFT, top + LEGEND_ROW, right, [
    { name: words.theory_w, sample: sampleLine(pen, "truth") },
    ...(withEarlier ? [earlier] : []),
  ]);
  drawLegend(pen, box.x - LEGEND_LEFT, top + 2 * LEGEND_ROW + 6, right, [
    { name: words.learned_w, sample: learned },
    { name: words.task_w, sample: best },
  ]);
}

/**
 * The way from the first w to the last, with a dot for each step.
 *
 * @param {Pen} pen
 * @param {number} x
 * @param {number[]} ys
 */
function paintTrail(pen, x, ys) {
  const end = ys[ys.length - 1];
  pen.line(x, ys[0], x, end, "pred", 1.2);
  pen.discs(
    ys.length,
    () => x,
    (i) => ys[i],
    () => 2,
    "pred",
    0.6,
  );
  pen.dot(x, ys[0], 3.5, "paper", { stroke: "pred" });
}
