/**
 * The w with the least leave-one-out loss: nwcore.find_bandwidth for the Gaussian kernel, which says
 * what is promised and why. The loss and its derivative are the engine's.
 *
 * @typedef {{w: number, loss: number, slope: number}} Place
 * @typedef {object} Search
 * @property {number} w of the least loss
 * @property {number} loss there
 * @property {Array<{w: number, loss: number}>} minima local ones, in ascending order of w
 * @property {number} low the range of w
 * @property {number} high
 * @property {boolean} atEdge whether the least loss is at an end of the range
 * @property {Array<{w: number, loss: number}>} curve the loss where it was computed, w ascending
 */
import { kernelNamed } from "../../nwcore/explorers/js/engine/kernels.js";
import { leaveOneOut } from "../../nwcore/explorers/js/engine/training.js";

const POINTS = 8; // of the grid, for a factor of e
const HALVINGS = 4;
const NEAR = 0.5;
const NOISE = 1e-12; // of the norm of the errors, for each √n
const PLATEAU = 1e-6;
const ROOT = 1e-12; // how near a root in log w is found

/** The kernel of this page. */
export const KERNEL = kernelNamed("gaussian");

/**
 * @param {Float64Array} x (n), ascending, of range 1 or so
 * @param {Float64Array} y (n), of size 1 or so
 * @param {(done: number, all: number) => void} [progress]
 * @returns {Search}
 */
export function findBandwidth(x, y, progress = () => {}) {
  const [low, high] = rangeOfW(x);
  const lossAt = (/** @type {number} */ w) => {
    const { loss, gradient } = leaveOneOut(x, y, w, KERNEL);
    return { w, loss, slope: gradient };
  };
  const length = Math.log(high) - Math.log(low);
  const count = Math.max(Math.ceil(length * POINTS) + 1, 3);
  const found = Array.from({ length: count }, (_, i) => {
    progress(i, count);
    const inner = i > 0 && i < count - 1;
    return lossAt(inner ? Math.exp(Math.log(low) + (length * i) / (count - 1)) : i ? high : low);
  });
  addHiddenTurns(found, lossAt);
  const turns = pairs(found).filter(([before, after]) => before.slope * after.slope < 0);
  for (const [before, after] of turns) found.push(lossAt(rootBetween(before, after, lossAt)));
  found.sort((a, b) => a.w - b.w);
  const valleys = findValleys(found, NOISE * Math.sqrt(x.length));
  const best = valleys.reduce((least, each) => (each.loss < least.loss ? each : least));
  return {
    w: best.w,
    loss: best.loss,
    minima: valleys.map(({ w, loss }) => ({ w, loss })),
    low,
    high,
    atEdge: best.left === low || best.right === high,
    curve: found.map(({ w, loss }) => ({ w, loss })),
  };
}

/**
 * From where pooling is all but the plain average to where a half of the points have their nearest
 * other one a bandwidth away.
 *
 * @param {Float64Array} x ascending, with two different inputs
 * @returns {number[]}
 */
function rangeOfW(x) {
  const gaps = x.slice(1).map((each, i) => each - x[i]);
  const nearest = x.map((_, i) => Math.min(gaps[i - 1] ?? Infinity, gaps[i] ?? Infinity));
  const typical = lowerMedian(nearest) || lowerMedian(gaps.filter((gap) => gap > 0));
  return [0.1 / (x[x.length - 1] - x[0]), 1 / typical];
}

/**
 * The middle number; of an even count the lower one of two.
 *
 * @param {Float64Array} numbers
 */
export const lowerMedian = (numbers) => numbers.slice().sort()[(numbers.length - 1) >> 1];

/**
 * Neighbours.
 *
 * @template T
 * @param {T[]} list
 * @returns {Array<[T, T]>}
 */
const pairs = (list) => list.slice(1).map((each, i) => [list[i], each]);

/**
 * Part the steps inside which the loss may turn twice.
 *
 * @param {Place[]} found in ascending order, and so they are again
 * @param {(w: number) => Place} lossAt
 */
function addHiddenTurns(found, lossAt) {
  let steps = pairs(found);
  for (let round = 0; round < HALVINGS; round++) {
    /** @type {Array<[Place, Place]>} */
    const finer = [];
    for (const [before, after] of steps) {
      const w = hiddenTurn(before, after);
      if (w === null) continue;
      const between = lossAt(w);
      found.push(between);
      finer.push([before, between], [between, after]);
    }
    steps = finer;
  }
  found.sort((a, b) => a.w - b.w);
}

/**
 * Where between two places the loss may turn twice: where the derivative of the cubic through both
 * comes near to another sign. Null if it does not.
 *
 * @param {Place} before
 * @param {Place} after
 */
function hiddenTurn(before, after) {
  const step = Math.log(after.w) - Math.log(before.w);
  const [first, last] = [before, after].map(({ w, slope }) => w * slope * step);
  if (first * last <= 0) return null;
  const rise = after.loss - before.loss;
  const linear = 6 * rise - 4 * first - 2 * last;
  const square = 3 * (first + last) - 6 * rise;
  const place = -linear / (2 * square);
  if (square === 0 || !(place > 0 && place < 1)) return null;
  const turn = first + (linear * place) / 2;
  if (turn * Math.sign(first) > NEAR * Math.min(Math.abs(first), Math.abs(last))) return null;
  return before.w * Math.exp(place * step);
}

/**
 * A w where the derivative is 0, by false position in log w; an end that stays twice counts half
 * (Dowell and Jarratt, 1971).
 *
 * @param {Place} before
 * @param {Place} after with a derivative of the other sign
 * @param {(w: number) => Place} lossAt
 */
function rootBetween(before, after, lossAt) {
  let [left, right] = [Math.log(before.w), Math.log(after.w)];
  let [atLeft, atRight] = [before.slope, after.slope];
  while (Math.abs(right - left) > ROOT) {
    const middle = right - (atRight * (right - left)) / (atRight - atLeft);
    const { slope } = lossAt(Math.exp(middle));
    if (slope === 0 || middle === right) return Math.exp(middle);
    if (slope * atRight < 0) [left, atLeft] = [right, atRight];
    else atLeft /= 2;
    [right, atRight] = [middle, slope];
  }
  return Math.exp(right);
}

/**
 * Local minima among places between which the loss is monotone; where it is flat at its bottom, the
 * geometric middle.
 *
 * @param {Place[]} places in ascending order
 * @param {number} noise within which norms of errors, √loss, are the same
 */
export function findValleys(places, noise) {
  const norms = places.map(({ loss }) => Math.sqrt(loss));
  /** @type {Array<{left: number, right: number, w: number, loss: number}>} */
  const valleys = [];
  let bottom = [0]; // where the loss is as low as it came since it last fell
  let peak = Infinity; // how high it rose since; infinite while it falls
  for (let i = 1; i < norms.length; i++) {
    if (peak < Infinity) {
      peak = Math.max(peak, norms[i]);
      if (norms[i] < peak - noise) [bottom, peak] = [[i], Infinity];
      continue;
    }
    const least = Math.min(...bottom.map((j) => norms[j]));
    if (norms[i] > least + noise) {
      valleys.push(valleyOf(bottom.map((j) => places[j])));
      peak = norms[i];
    } else bottom = [...bottom.filter((j) => norms[j] <= norms[i] + noise), i];
  }
  if (peak === Infinity) valleys.push(valleyOf(bottom.map((j) => places[j])));
  return valleys;
}

/** @param {Place[]} bottom */
function valleyOf(bottom) {
  const least = bottom.reduce((best, each) => (each.loss < best.loss ? each : best));
  const [left, right] = [bottom[0].w, bottom[bottom.length - 1].w];
  const flat = right / left > 1 + PLATEAU;
  return { left, right, w: flat ? Math.sqrt(left) * Math.sqrt(right) : least.w, loss: least.loss };
}
