/**
 * Sparsemax and 1.5-entmax of Gaussian scores −½w²d²: nwcore.attention.sparse, for keys on a line.
 *
 * Their weights are those of the Epanechnikov and of the biweight kernel, with a bandwidth that each
 * query gets for itself.
 *
 * @typedef {object} Sparse
 * @property {(scores: Float64Array) => number} threshold τ for scores from the largest down, the
 *   largest being 0
 * @property {(excess: number) => number} weight of a score that is so much above τ
 * @property {number} scale what scores are multiplied by first
 */

/** @type {Record<string, Sparse>} */
export const SPARSE = {
  sparsemax: { threshold: sparsemaxThreshold, weight: (excess) => excess, scale: 1 },
  entmax15: { threshold: entmax15Threshold, weight: (excess) => excess * excess, scale: 1 / 2 },
};

/**
 * What one query attends to at any place: the weight there, and how far away there is any.
 *
 * @param {number} query
 * @param {Float64Array} keys (k), in any order
 * @param {number} w inverse bandwidth
 * @param {Sparse} sparse
 * @returns {{at: (x: number) => number, reach: number}} `at` a key, its weight
 */
export function sparseProfile(query, keys, w, { threshold, weight, scale }) {
  let nearest = Infinity;
  for (let i = 0; i < keys.length; i++) nearest = Math.min(nearest, Math.abs(query - keys[i]));
  const steepness = (scale * w * w) / 2;
  // With d₀² − d² = (d₀ − d)(d₀ + d) no digit of the difference is lost to the size of d.
  const score = (/** @type {number} */ x) => {
    const distance = Math.abs(query - x);
    return steepness * (nearest - distance) * (nearest + distance);
  };
  const level = threshold(keys.map(score).sort().reverse());
  return {
    at: (x) => weight(Math.max(0, score(x) - level)),
    reach: steepness > 0 ? Math.sqrt(nearest * nearest - level / steepness) : Infinity,
  };
}

/** @param {Float64Array} scores */
function sparsemaxThreshold(scores) {
  // With the largest r in the support, τ is (their sum − 1)/r; the support is as large as it can be.
  let sum = 0;
  let found = 0;
  for (let i = 0; i < scores.length; i++) {
    sum += scores[i];
    const level = (sum - 1) / (i + 1);
    if (!(scores[i] > level)) break;
    found = level;
  }
  return found;
}

/** @param {Float64Array} scores */
function entmax15Threshold(scores) {
  let sum = 0;
  let squares = 0;
  let found = 0;
  for (let i = 0; i < scores.length; i++) {
    sum += scores[i];
    squares += scores[i] * scores[i];
    const count = i + 1;
    const mean = sum / count;
    // count · ((mean − τ)² + variance) = 1, of which the smaller root is τ.
    const inside = 1 / count - (squares / count - mean * mean);
    const level = mean - Math.sqrt(Math.max(0, inside));
    if (!(level <= scores[i])) break;
    found = level;
  }
  return found;
}
