/**
 * Local fits, a constant, a line or a parabola about each query: nwcore.local with few="lower".
 *
 * A fit is made of polynomials that are orthogonal under the kernel's weights, on Newton's basis 1, d,
 * d (d − d₁): d is measured from the nearest key, d₁ is where the second nearest lies. What is summed
 * with d leaves the nearest out, what is summed with d (d − d₁) leaves both out; so weights are taken
 * relative to that of the nearest key that is left, and none vanishes beside one another
 * (nwcore/methods/nodes.py).
 *
 * Shapes: q queries, k key–value pairs.
 *
 * @typedef {import("./kernels.js").Kernel} Kernel
 */
import { expMinus } from "./exponential.js";

// A key with exp(−this) of the weight of the one that counts least is left out.
const NEGLIGIBLE = 50;

/**
 * Fit several columns of values at once: they share the weights.
 *
 * @param {Float64Array} queries (q) in ascending order
 * @param {Float64Array} keys (k) in ascending order
 * @param {Float64Array[]} columns (k) each
 * @param {number} w inverse bandwidth, not negative
 * @param {number} degree 0, 1 or 2; less where too few places of keys are in reach
 * @param {Kernel} kernel
 * @param {Float64Array[]} outs (q) each, written to: a prediction is NaN where no key is in reach
 */
export function fitLocally(queries, keys, columns, w, degree, kernel, outs) {
  const places = new Float64Array(degree + 1);
  const weights = new Float64Array(keys.length);
  const { logDrop } = kernel;
  let above = 0; // the first key that is not below the query
  for (let row = 0; row < queries.length; row++) {
    const query = queries[row];
    while (above < keys.length && keys[above] < query) above++;
    let count = findNearest(keys, above, query, places);
    if (!logDrop) {
      while (count > 0 && kernel.value(w * Math.abs(query - places[count - 1])) === 0) count--;
    }
    if (count === 0) {
      for (const out of outs) out[row] = NaN;
      continue;
    }
    const far = Math.abs(query - places[count - 1]);
    const radius = logDrop ? Math.sqrt(far * far + (2 * NEGLIGIBLE) / (w * w)) : kernel.support / w;
    let start = above;
    let stop = above;
    while (start > 0 && query - keys[start - 1] <= radius) start--;
    while (stop < keys.length && keys[stop] - query <= radius) stop++;
    writeRelative(weights, query, keys, start, stop, w, kernel, far);
    if (count === 1) weighConstant(weights, start, stop);
    else weighPolynomial(weights, query, keys, start, stop, w, kernel, places, count);
    for (let c = 0; c < columns.length; c++) {
      const values = columns[c];
      let sum = 0;
      for (let i = start; i < stop; i++) sum += weights[i] * values[i];
      outs[c][row] = sum;
    }
  }
}

/**
 * The nearest different places of keys, the nearest first; gives how many there are.
 *
 * @param {Float64Array} keys
 * @param {number} above
 * @param {number} query
 * @param {Float64Array} places as many as are wanted, written to
 */
function findNearest(keys, above, query, places) {
  let low = above - 1;
  let high = above;
  let count = 0;
  while (count < places.length && (low >= 0 || high < keys.length)) {
    const below = low >= 0 ? query - keys[low] : Infinity;
    const over = high < keys.length ? keys[high] - query : Infinity;
    const key = below <= over ? keys[low--] : keys[high++];
    const known = (count > 0 && key === places[0]) || (count > 1 && key === places[1]);
    if (!known) places[count++] = key;
  }
  return count;
}

/**
 * K(b)/K(a) of distances a ≤ b.
 *
 * @param {Kernel} kernel
 * @param {number} w
 * @param {number} a
 * @param {number} b
 */
function ratio(kernel, w, a, b) {
  if (kernel.logDrop) return expMinus(kernel.logDrop((b - a) * w, (b + a) * w));
  return kernel.value(b * w) / kernel.value(a * w);
}

/**
 * The kernel at the keys from `start` to `stop`, relative to its value at the distance `far`; for
 * keys that are nearer than that 1.
 *
 * @param {Float64Array} weights (k), written to
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} start
 * @param {number} stop
 * @param {number} w
 * @param {Kernel} kernel
 * @param {number} far
 */
function writeRelative(weights, query, keys, start, stop, w, kernel, far) {
  const { logDrop } = kernel;
  if (logDrop) {
    for (let i = start; i < stop; i++) {
      const distance = Math.abs(query - keys[i]);
      const beyond = distance > far ? distance - far : 0;
      weights[i] = expMinus(logDrop(beyond * w, (distance + far) * w));
    }
    return;
  }
  const share = 1 / kernel.value(far * w);
  for (let i = start; i < stop; i++) {
    weights[i] = share * kernel.value(Math.abs(query - keys[i]) * w);
  }
}

/**
 * @param {Float64Array} weights (k) of the kernel; then what each value weighs in their average
 * @param {number} start
 * @param {number} stop
 */
function weighConstant(weights, start, stop) {
  let sum = 0;
  for (let i = start; i < stop; i++) sum += weights[i];
  const share = 1 / sum;
  for (let i = start; i < stop; i++) weights[i] *= share;
}

/**
 * What each value weighs in a line, or in a parabola, at the query.
 *
 * Keys at the nearest place, of a parabola those at the two nearest, are left out of the sums, whose
 * weights g are relative to the next place; r1 = K₁/K₀ and r2 = K₂/K₁ lead from each place to the next.
 *
 * @param {Float64Array} weights (k) g; then what each value weighs
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} start
 * @param {number} stop
 * @param {number} w
 * @param {Kernel} kernel
 * @param {Float64Array} places the nearest ones
 * @param {number} count how many of them count: 2 for a line, 3 for a parabola
 */
function weighPolynomial(weights, query, keys, start, stop, w, kernel, places, count) {
  const first = places[0];
  const second = count === 3 ? places[1] : NaN; // no key is there
  const near = Math.abs(query - first);
  const next = Math.abs(query - places[1]);
  const r1 = ratio(kernel, w, near, next);
  const r2 = count === 3 ? ratio(kernel, w, next, Math.abs(query - places[2])) : 1;
  const step = count === 3 ? second - first : 0;
  let nFirst = 0;
  let nSecond = 0;
  let sum = 0;
  let sumD = 0;
  for (let i = start; i < stop; i++) {
    const key = keys[i];
    if (key === first) {
      nFirst++;
      weights[i] = 0;
    } else if (key === second) {
      nSecond++;
      weights[i] = 0;
    } else {
      sum += weights[i];
      sumD += weights[i] * (key - first);
    }
  }
  const total = nFirst + r1 * (nSecond + r2 * sum);
  const share = (nSecond * step + r2 * sumD) / total; // the mean of d, over r1
  const mean = r1 * share;
  let spread = 0;
  let tilt = 0;
  let lift = 0;
  for (let i = start; i < stop; i++) {
    const d = keys[i] - first;
    const rest = d - mean;
    const newton = weights[i] * d * (d - step);
    spread += weights[i] * rest * rest;
    tilt += newton * rest;
    lift += newton;
  }
  const atSecond = step - mean;
  const norm = r2 * spread + nSecond * atSecond * atSecond + nFirst * mean * share;
  const z = query - first;
  const slope = (z - mean) / norm;
  let ofFirst = 1 / total - slope * share;
  let ofSecond = r1 / total + slope * atSecond;
  // What a key with g weighs is g (flat + inclined (d − mean) + bend d (d − step)).
  let flat = (r1 * r2) / total;
  let inclined = r2 * slope;
  let bend = 0;
  if (count === 3) {
    tilt /= norm;
    lift /= total;
    const down = r2 * r1 * lift;
    const turn = r2 * tilt;
    const firstValue = tilt * share - lift;
    const secondValue = -tilt * atSecond - r1 * lift;
    let square = r1 * r2 * nFirst * firstValue * firstValue;
    square += r2 * nSecond * secondValue * secondValue;
    for (let i = start; i < stop; i++) {
      const d = keys[i] - first;
      const value = d * (d - step) - turn * (d - mean) - down;
      square += weights[i] * value * value;
    }
    bend = (z * (z - step) - turn * (z - mean) - down) / square;
    flat -= bend * down;
    inclined -= bend * turn;
    ofFirst += bend * firstValue;
    ofSecond += bend * secondValue;
  }
  for (let i = start; i < stop; i++) {
    const key = keys[i];
    const d = key - first;
    if (key === first) weights[i] = ofFirst;
    else if (key === second) weights[i] = ofSecond;
    else weights[i] *= flat + inclined * (d - mean) + bend * d * (d - step);
  }
}
