/**
 * Attention weights and what is made of them: nwcore.pooling and nwcore.metrics, in float64.
 *
 * Shapes: q queries, k key–value pairs; a matrix is stored row after row. The inverse bandwidth w is
 * 1/h, and its sign does not matter.
 *
 * @typedef {import("./kernels.js").Kernel} Kernel
 */
import { expMinus } from "./exponential.js";
import { isAscending } from "./sorting.js";

// Products are bounded here, so that a square of one stays finite.
const PRODUCT_LIMIT = Math.sqrt(Number.MAX_VALUE) / 4;

/**
 * Share each query's attention among the keys: K((x − x_i)w) / Σ_j K((x − x_j)w).
 *
 * @param {Float64Array} queries (q)
 * @param {Float64Array} keys (k), in any order
 * @param {number} w inverse bandwidth
 * @param {Kernel} kernel
 * @param {Float64Array} [out] (q · k), written to and returned instead of a new array
 * @returns {Float64Array} (q · k), row after row; a row is NaN where no key is in reach
 */
export function attentionWeights(
  queries,
  keys,
  w,
  kernel,
  out = new Float64Array(queries.length * keys.length),
) {
  const nearestTo = isAscending(keys) ? nearestOfAscending : nearestOfAny;
  const steepness = Math.abs(w);
  const { logDrop } = kernel;
  for (let row = 0; row < queries.length; row++) {
    const start = row * keys.length;
    const query = queries[row];
    const total = logDrop
      ? writeByLogarithms(query, keys, nearestTo(query, keys), steepness, logDrop, out, start)
      : writeByValues(query, keys, steepness, kernel, out, start);
    const share = total === 0 ? NaN : 1 / total;
    for (let cell = start; cell < start + keys.length; cell++) out[cell] *= share;
  }
  return out;
}

/**
 * Average the values by the weights of each row.
 *
 * @param {Float64Array} weights (q · k)
 * @param {Float64Array} values (k)
 * @param {Float64Array} [out] (q), written to and returned instead of a new array
 * @returns {Float64Array} (q)
 */
export function pool(weights, values, out = new Float64Array(weights.length / values.length)) {
  const k = values.length;
  for (let row = 0, cell = 0; row < out.length; row++) {
    let sum = 0;
    for (let key = 0; key < k; key++, cell++) sum += weights[cell] * values[key];
    out[row] = sum;
  }
  return out;
}

/**
 * Root mean squared difference of two vectors.
 *
 * @param {Float64Array} a (n)
 * @param {Float64Array} b (n)
 * @returns {number} NaN if one of the numbers is
 */
export function rmse(a, b) {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const relative = (a[i] - b[i]) / largest; // so that no square overflows or underflows
    sum += relative * relative;
  }
  return largest * Math.sqrt(sum / a.length);
}

/**
 * How many keys one query attends to in effect: 1/Σα², which is m for m equal weights.
 *
 * @param {Float64Array} weights (q · k)
 * @param {number} k number of keys
 * @param {number} row which query
 * @returns {number} in [1, k], or NaN
 */
export function effectiveCount(weights, k, row) {
  let sum = 0;
  for (let cell = row * k; cell < (row + 1) * k; cell++) sum += weights[cell] * weights[cell];
  return 1 / sum;
}

/**
 * The product of two numbers that are not negative, bounded.
 *
 * @param {number} a
 * @param {number} b
 */
export function boundedProduct(a, b) {
  const product = a * b;
  return product > PRODUCT_LIMIT ? PRODUCT_LIMIT : product;
}

/**
 * Write K(u)/K(u₀) of one query into a row, and return the sum; u₀ is that of the nearest key x₀.
 *
 * The nearest key has 1, so that a query far from all keys divides nothing 0/0. With
 * d² − d₀² = (x_i − x₀)((x_i − x) + (x₀ − x)) nothing of the keys' difference is lost to the size of
 * d. It is never negative: rounding keeps order, and x₀ was chosen by the same rounded sums.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} nearestKey
 * @param {number} steepness |w|
 * @param {(difference: number, sum: number) => number} logDrop
 * @param {Float64Array} out
 * @param {number} start
 */
function writeByLogarithms(query, keys, nearestKey, steepness, logDrop, out, start) {
  const half = query / 2; // halved before subtracting: the distance may not be finite
  const nearest = nearestKey / 2;
  const aside = (nearest - half) / 2;
  let total = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] / 2;
    const difference = boundedProduct(Math.abs(key - nearest), steepness);
    const mean = boundedProduct(Math.abs((key - half) / 2 + aside), steepness);
    const similarity = expMinus(logDrop(2 * difference, 4 * mean));
    out[start + i] = similarity;
    total += similarity;
  }
  return total;
}

/**
 * Write K(u) of one query into a row, and return the sum.
 *
 * u is |x − x_i| rounded once, times |w|, as in Python: a key exactly on the edge of a kernel is in
 * reach of both or of neither.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} steepness |w|
 * @param {Kernel} kernel
 * @param {Float64Array} out
 * @param {number} start
 */
function writeByValues(query, keys, steepness, kernel, out, start) {
  const half = query / 2;
  let total = 0;
  for (let i = 0; i < keys.length; i++) {
    const similarity = kernel.value(2 * boundedProduct(Math.abs(half - keys[i] / 2), steepness));
    out[start + i] = similarity;
    total += similarity;
  }
  return total;
}

/**
 * The nearest key.
 *
 * @param {number} query
 * @param {Float64Array} keys in any order
 */
function nearestOfAny(query, keys) {
  let below = -Infinity;
  let above = Infinity;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key <= query && key > below) below = key;
    if (key >= query && key < above) above = key;
  }
  return nearerOf(below, above, query);
}

/**
 * The nearest key, by halving.
 *
 * @param {number} query
 * @param {Float64Array} keys in ascending order
 */
function nearestOfAscending(query, keys) {
  let low = 0; // keys before it are less than the query,
  let high = keys.length; // those from here on are not
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < query) low = middle + 1;
    else high = middle;
  }
  const below = low > 0 ? keys[low - 1] : -Infinity;
  return nearerOf(below, low < keys.length ? keys[low] : Infinity, query);
}

/**
 * The nearer of two keys around a query, judged by the sum that the scores are made of.
 *
 * @param {number} below at most the query; −Infinity if there is none
 * @param {number} above at least the query; Infinity if there is none
 * @param {number} query
 */
function nearerOf(below, above, query) {
  if (below === -Infinity) return above;
  if (above === Infinity) return below;
  const half = query / 2;
  return (below / 2 - half) / 2 + (above / 2 - half) / 2 < 0 ? above : below;
}
