/**
 * The ways in which explorers of attention pooling attend: by a kernel, one that a reader has written or
 * another, or by sparsemax or 1.5-entmax; with a constant or a line fitted about each query, which is
 * nwcore.local.
 *
 * Shapes: q queries, k keys; a matrix is stored row after row. Inputs are those of explorers: no square
 * of a difference leaves the numbers.
 *
 * @typedef {import("./kernels.js").Kernel} Kernel
 * @typedef {object} Way
 * @property {Kernel|null} kernel
 * @property {import("./sparse.js").Sparse|null} sparse what it is instead of a kernel
 * @property {boolean} line
 * @typedef {object} Profile what one query attends to at any place
 * @property {(x: number) => number} at the weight; of a key, the one it has
 * @property {number} reach how far from the query there are weights
 */
import { attentionWeights } from "./attention.js";
import { EXP_LIMIT, expMinus } from "./exponential.js";
import { KERNEL_NAMES, kernelNamed } from "./kernels.js";
import { SPARSE, sparseProfile } from "./sparse.js";

/** What a reader writes is the last of the choices. */
export const OWN = "own";

/** The choices by name, in the order of CHOICES in nwcore/explorers/attention.py. */
export const WAY_NAMES = [...KERNEL_NAMES, ...Object.keys(SPARSE), OWN];

/**
 * @param {string} name of a choice
 * @param {boolean} line
 * @param {Kernel|null} own what a reader has written, if that is the choice
 * @returns {Way}
 */
export function wayNamed(name, line, own) {
  if (Object.hasOwn(SPARSE, name)) return { kernel: null, sparse: SPARSE[name], line };
  return { kernel: name === OWN && own ? own : kernelNamed(name), sparse: null, line };
}

/**
 * What each query's prediction makes of each value.
 *
 * @param {Float64Array} queries (q)
 * @param {Float64Array} keys (k), in any order
 * @param {number} w inverse bandwidth, above 0
 * @param {Way} way
 * @param {Float64Array} [out] (q · k), written to and returned instead of a new array
 * @returns {Float64Array} (q · k); a row is NaN where no key is in reach, or only one place and a line
 *   is to pass through it
 */
export function weightsOf(
  queries,
  keys,
  w,
  way,
  out = new Float64Array(queries.length * keys.length),
) {
  if (way.kernel && !way.line) return attentionWeights(queries, keys, w, way.kernel, out);
  const k = keys.length;
  for (let row = 0; row < queries.length; row++) {
    const weights = out.subarray(row * k, (row + 1) * k);
    if (way.line) writeLine(queries[row], keys, w, way, weights);
    else weights.set(keys.map(baseOf(queries[row], keys, w, way).at));
  }
  return out;
}

/**
 * The weights of one query at every place; NaN where the numbers do not say.
 *
 * @param {number} query
 * @param {Float64Array} keys (k)
 * @param {number} w
 * @param {Way} way
 * @returns {Profile}
 */
export function profileOf(query, keys, w, way) {
  const base = baseOf(query, keys, w, way);
  const { total, centre, turn } = lineThrough(query, keys, base.at, null);
  const level = 1 / total;
  if (!way.line) return { at: (x) => base.at(x) * level, reach: base.reach };
  return { at: (x) => base.at(x) * (level + turn * (x - centre)), reach: base.reach };
}

/**
 * Predict every output from all others.
 *
 * A point's own terms, at distance 0, are taken out of its sums: nothing is fitted anew.
 *
 * @param {Float64Array} x (n), at least two
 * @param {Float64Array} y (n)
 * @param {number} w
 * @param {Way} way
 * @returns {Float64Array} (n); NaN where the others give no prediction
 */
export function leftOut(x, y, w, way) {
  const others = x.slice(1);
  const weights = new Float64Array(others.length);
  return x.map((query, i) => {
    if (i > 0) others[i - 1] = x[i - 1];
    weightsOf(x.subarray(i, i + 1), others, w, way, weights);
    return weights.reduce((sum, weight, j) => sum + weight * y[j < i ? j : j + 1], 0);
  });
}

/**
 * How alike a query and any place are, but for a factor.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} w
 * @param {Way} way
 * @returns {Profile}
 */
function baseOf(query, keys, w, { kernel, sparse }) {
  if (sparse) return sparseProfile(query, keys, w, sparse);
  const { logDrop, support, value } = /** @type {Kernel} */ (kernel);
  const reach = support / w;
  if (!logDrop) return { at: (x) => value(Math.abs(query - x) * w), reach };
  const drop = dropFrom(nearestOf(query, keys, NaN), query, w, logDrop);
  return { at: (x) => Math.exp(-drop(x)), reach };
}

/**
 * How much the logarithm of a kernel falls from one place to another that is as far or farther.
 *
 * @param {number} from
 * @param {number} query
 * @param {number} w
 * @param {(difference: number, sum: number) => number} logDrop
 */
function dropFrom(from, query, w, logDrop) {
  const nearer = Math.abs(query - from);
  return (/** @type {number} */ x) => {
    const farther = Math.abs(query - x);
    return logDrop((farther - nearer) * w, (farther + nearer) * w);
  };
}

/**
 * The effective weights of the line about a query: lᵢ with f(x) = Σᵢ lᵢ yᵢ.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} w
 * @param {Way} way
 * @param {Float64Array} out (k)
 */
function writeLine(query, keys, w, way, out) {
  const first = nearestOf(query, keys, NaN);
  const second = nearestOf(query, keys, first);
  const logDrop = way.kernel?.logDrop;
  const { at } = baseOf(query, keys, w, way);
  // A kernel that is positive everywhere determines a line however far the second place is, where the
  // kernel itself is 0 in these numbers: all but the first place are measured by the second.
  const drop = logDrop && dropFrom(second, query, w, logDrop);
  const beside = drop ? (/** @type {number} */ x) => positive(drop(x)) : at;
  const share = logDrop ? positive(dropFrom(first, query, w, logDrop)(second)) : 1;
  const line = lineThrough(query, keys, beside, { first, similarity: at(first), share });
  for (let i = 0; i < keys.length; i++) {
    const x = keys[i];
    out[i] =
      x === first
        ? at(x) * (1 / line.total - line.turn * line.pull)
        : beside(x) * (share / line.total + line.turn * (x - line.centre));
  }
}

/** exp(−s); a difference of −0 by rounding is none. @param {number} s */
const positive = (s) => (s < EXP_LIMIT ? expMinus(Math.max(0, s)) : 0);

/**
 * A line about a query by the sums over its keys: each key has the weight
 * similarity · (1/total + turn · (x − centre)).
 *
 * Places are taken from the first, and squares from their mean: nothing cancels.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {(x: number) => number} similarity
 * @param {{first: number, similarity: number, share: number}|null} apart a place whose similarity is
 *   told apart from those of all others, which are to be multiplied by `share`
 */
function lineThrough(query, keys, similarity, apart) {
  const share = apart?.share ?? 1;
  const first = apart?.first ?? nearestOf(query, keys, NaN);
  let [own, sum, moment, square] = [0, 0, 0, 0];
  for (let i = 0; i < keys.length; i++) {
    const x = keys[i];
    if (x === first) {
      own += apart ? apart.similarity : similarity(x);
      continue;
    }
    const each = similarity(x);
    sum += each;
    moment += each * (x - first);
  }
  const total = own + share * sum;
  const pull = moment / total; // the mean is so far from the first place, times share
  const mean = share * pull;
  for (let i = 0; i < keys.length; i++) {
    const aside = keys[i] - first - mean;
    if (keys[i] !== first) square += similarity(keys[i]) * aside * aside;
  }
  square += own * mean * pull;
  const turn = (query - first - mean) / square;
  return { total, centre: first + mean, turn, pull };
}

/**
 * The key nearest to a query, of those at another place than one.
 *
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} but NaN: at any place
 */
function nearestOf(query, keys, but) {
  let found = NaN;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === but) continue;
    if (!(Math.abs(query - key) >= Math.abs(query - found))) found = key;
  }
  return found;
}
