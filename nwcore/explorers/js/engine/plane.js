/**
 * Attention in the plane by a matrix W: attention_weights of nwcore.pooling and the scores and masks
 * of nwcore.attention.
 *
 * Shapes: q queries, k keys. Points are stored one after the other, (2q), (2k); a matrix is the four
 * numbers of its rows.
 */
import { expMinus } from "./exponential.js";

const ROUND = 1e-9; // singular values that differ by less than this share are one

/**
 * Scores of a query and a key that W has been applied to, by their names.
 *
 * @type {Record<string, (q1: number, q2: number, k1: number, k2: number) => number>}
 */
export const SCORES = {
  distance: (q1, q2, k1, k2) => -0.5 * ((q1 - k1) * (q1 - k1) + (q2 - k2) * (q2 - k2)),
  dot: (q1, q2, k1, k2) => q1 * k1 + q2 * k2,
  dot_norm: (q1, q2, k1, k2) => q1 * k1 + q2 * k2 - 0.5 * (k1 * k1 + k2 * k2),
};

/**
 * Whether the query, the training point at `place` of the order of drawing, may attend to a key.
 *
 * @type {Record<string, (key: number, place: number) => boolean>}
 */
export const MASKS = {
  none: () => true,
  leave_one_out: (key, place) => key !== place,
  causal: (key, place) => key < place,
};

/**
 * The singular values of a matrix, the larger one first, and where its first right singular vector
 * points.
 *
 * @param {ArrayLike<number>} matrix (4)
 * @returns {{values: [number, number], leading: number}} the angle in degrees, in (−90, 90]; NaN if
 *   both values are one
 */
export function singularValues(matrix) {
  const [a, b, c, d] = Array.from(matrix);
  // A matrix of the plane is a rotation with a stretch, and one of a mirror image.
  const turning = Math.hypot(a + d, c - b) / 2;
  const mirroring = Math.hypot(a - d, b + c) / 2;
  const first = turning + mirroring;
  const second = Math.abs(turning - mirroring);
  const twice = Math.atan2(2 * (a * b + c * d), a * a + c * c - b * b - d * d);
  const round = first - second <= ROUND * first;
  return { values: [first, second], leading: round ? NaN : (90 * twice) / Math.PI };
}

/**
 * W applied to points.
 *
 * @param {Float64Array} points (2n)
 * @param {ArrayLike<number>} matrix (4)
 * @returns {Float64Array} (2n)
 */
export function projected(points, matrix) {
  const result = new Float64Array(points.length);
  for (let at = 0; at < points.length; at += 2) {
    result[at] = matrix[0] * points[at] + matrix[1] * points[at + 1];
    result[at + 1] = matrix[2] * points[at] + matrix[3] * points[at + 1];
  }
  return result;
}

/**
 * Share each query's attention among the keys that it may attend to: a softmax of the scores.
 *
 * @param {Float64Array} queries (2q)
 * @param {Float64Array} keys (2k)
 * @param {ArrayLike<number>} matrix (4)
 * @param {string} score a name in SCORES
 * @param {(key: number) => boolean} [allows]
 * @returns {Float64Array} (q · k), row after row; a row is NaN where no key is allowed
 */
export function planeWeights(queries, keys, matrix, score, allows = () => true) {
  const scoreOf = SCORES[score];
  const [from, to] = [projected(queries, matrix), projected(keys, matrix)];
  const k = keys.length / 2;
  const allowed = Array.from({ length: k }, (_, key) => allows(key));
  const weights = new Float64Array((queries.length / 2) * k);
  for (let start = 0, at = 0; at < queries.length; at += 2, start += k) {
    let highest = -Infinity;
    for (let key = 0; key < k; key++) {
      if (!allowed[key]) continue;
      const value = scoreOf(from[at], from[at + 1], to[2 * key], to[2 * key + 1]);
      weights[start + key] = value;
      if (value > highest) highest = value;
    }
    let total = 0;
    for (let key = 0; key < k; key++) {
      const cell = start + key;
      weights[cell] = allowed[key] ? expMinus(highest - weights[cell]) : 0;
      total += weights[cell];
    }
    const share = total === 0 ? NaN : 1 / total;
    for (let cell = start; cell < start + k; cell++) weights[cell] *= share;
  }
  return weights;
}
