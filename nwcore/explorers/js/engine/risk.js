/**
 * Bias and variance of local fits over many data sets of the book: nwcore.risk, without drawing noise
 * anew. A fit is linear in the values, so that of f(x) + σ ε is the fit of f plus σ times that of ε,
 * and bias² and variance are polynomials of degree 2 in σ.
 *
 * Shapes: m data sets, n training points each, q test points.
 *
 * @typedef {{x: Float64Array, truth: Float64Array, deviations: Float64Array}} NoisySet inputs in
 *   ascending order (n), the curve there, and ε
 * @typedef {{truth: Float64Array, deviations: Float64Array}} Fits (m · q) of the curve and of ε, set
 *   after set; NaN where no key is in reach
 * @typedef {object} Terms
 * @property {number[]} bias coefficients of 1, σ, σ² of bias², averaged over the test points
 * @property {number[]} variance the same of the variance
 * @property {number} missing how many of the m · q predictions there are not
 */
import { makeRegression } from "./data.js";
import { fitLocally } from "./local.js";

/** Data sets: those of a seed and of the 99 after it. */
export const SETS = 100;

/**
 * @param {number} most points of each set
 * @param {number} seed of the first, an integer in [0, 2^32)
 * @returns {(n: number) => NoisySet[]} the sets with their first n points, at most that many
 */
export function drawSets(most, seed) {
  const whole = Array.from({ length: SETS }, (_, set) => {
    const { x, y, order } = makeRegression(most, 0, (seed + set) % 2 ** 32);
    const noisy = makeRegression(most, 1, (seed + set) % 2 ** 32).y;
    return { x, truth: y, deviations: noisy.map((each, i) => each - y[i]), order };
  });
  return (n) =>
    whole.map(({ x, truth, deviations, order }) => {
      const first = (/** @type {Float64Array} */ all) => all.filter((_, i) => order[i] < n);
      return { x: first(x), truth: first(truth), deviations: first(deviations) };
    });
}

/**
 * Fit every data set at every test point.
 *
 * @param {NoisySet[]} sets
 * @param {Float64Array} queries (q) in ascending order
 * @param {number} w inverse bandwidth
 * @param {number} degree 0, 1 or 2
 * @param {import("./kernels.js").Kernel} kernel
 * @returns {Fits}
 */
export function fitSets(sets, queries, w, degree, kernel) {
  const q = queries.length;
  const fits = {
    truth: new Float64Array(sets.length * q),
    deviations: new Float64Array(sets.length * q),
  };
  sets.forEach(({ x, truth, deviations }, set) => {
    const outs = [fits.truth, fits.deviations].map((all) => all.subarray(set * q, (set + 1) * q));
    fitLocally(queries, x, [truth, deviations], w, degree, kernel, outs);
  });
  return fits;
}

/**
 * Bias² and variance, averaged over the test points, whatever the noise. At each test point the sets
 * that have a prediction there count; a test point where none has does not.
 *
 * @param {Fits} fits
 * @param {Float64Array} truth (q) at the test points
 * @returns {Terms}
 */
export function riskTerms(fits, truth) {
  const q = truth.length;
  const bias = [0, 0, 0];
  const variance = [0, 0, 0];
  let missing = 0;
  let answered = 0; // test points
  for (let j = 0; j < q; j++) {
    let count = 0;
    let meanTruth = 0;
    let meanDeviation = 0;
    for (let cell = j; cell < fits.truth.length; cell += q) {
      if (Number.isNaN(fits.truth[cell])) continue;
      count++;
      meanTruth += fits.truth[cell];
      meanDeviation += fits.deviations[cell];
    }
    missing += fits.truth.length / q - count;
    if (count === 0) continue;
    answered++;
    meanTruth /= count;
    meanDeviation /= count;
    const off = meanTruth - truth[j];
    bias[0] += off * off;
    bias[1] += 2 * off * meanDeviation;
    bias[2] += meanDeviation * meanDeviation;
    for (let cell = j; cell < fits.truth.length; cell += q) {
      if (Number.isNaN(fits.truth[cell])) continue;
      const ofTruth = fits.truth[cell] - meanTruth;
      const ofDeviation = fits.deviations[cell] - meanDeviation;
      variance[0] += (ofTruth * ofTruth) / count;
      variance[1] += (2 * ofTruth * ofDeviation) / count;
      variance[2] += (ofDeviation * ofDeviation) / count;
    }
  }
  const averaged = (/** @type {number[]} */ sums) => sums.map((sum) => sum / answered);
  return { bias: averaged(bias), variance: averaged(variance), missing };
}

/**
 * The value at a noise of a polynomial in it.
 *
 * @param {number[]} coefficients of 1, σ, σ²
 * @param {number} noise
 */
export function atNoise([constant, linear, square], noise) {
  return constant + noise * (linear + noise * square);
}
