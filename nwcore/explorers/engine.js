/**
 * The computations of the book in the browser: the data, the attention weights and training.
 *
 * Pure functions of numbers and typed arrays. Each repeats a function of the Python package
 * `nwcore` in float64: the data to the last bit, everything else to rounding errors.
 *
 * Shapes: q queries, k key–value pairs, n training points; a matrix is stored row after row. The
 * inverse width w is 1/bandwidth and its sign does not matter.
 */

/** Names of the kernels K(u), as in nwcore.kernels. */
export const KERNELS = ["gaussian", "boxcar", "triangular", "epanechnikov", "constant"];

// ---------------------------------------------------------------------------------------------
// The data: nwcore.draws, nwcore.portable and nwcore.data. Only arithmetic that IEEE fixes exactly,
// in the order of the Python code: a reordered sum may change the last bit of every point.

const X_MAX = 5;
const INPUT_STREAM = 0;
const NOISE_STREAM = 1;

// Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw (2011), table 2.
const THREEFRY_ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const THREEFRY_PARITY = 0x1bd11bda;
const THREEFRY_ROUNDS = 20;

// Wichura (1988), algorithm AS 241, routine PPND16: numerator and denominator, constant first.
const QUANTILE_CENTRE = [
  [
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
    1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
    3.3430575583588128105e4, 2.5090809287301226727e3,
  ],
  [
    1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
    5.2264952788528545610e3,
  ],
];
const QUANTILE_TAIL = [
  [
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
    2.27238449892691845833e-2, 7.74545014278341407640e-4,
  ],
  [
    1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
  ],
];
const QUANTILE_FAR_TAIL = [
  [
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
    2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  [
    1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15,
  ],
];

const LN_2 = 0.6931471805599453;
const SQRT_HALF = 0.7071067811865476;
const ATANH_SERIES = Array.from({ length: 12 }, (_, k) => 1 / (2 * k + 1));

// fdlibm, e_rem_pio2.c: π/2 in three parts, the first two of 33 bits.
const TWO_OVER_PI = 6.36619772367581382433e-1;
const HALF_PI_PARTS = [
  1.57079632673412561417, 6.0771005063039659766e-11, 2.02226624879595063154e-21,
];
const LARGEST_PORTABLE_ANGLE = 2 ** 19 * 1.5707963267948966;

// fdlibm, k_sin.c and k_cos.c: (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in powers of r².
const SINE_CUBIC = -1.66666666666666324348e-1;
const SINE_SERIES = [
  8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
  -2.50507602534068634195e-8, 1.58969099521155010221e-10,
];
const COSINE_SERIES = [
  4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5,
  -2.75573143513906633035e-7, 2.0875723212981748279e-9, -1.13596475577881948265e-11,
];

// The binomial series of ((1 + e)^0.8 − 1)/e.
const FOUR_FIFTHS_SERIES = [0.8, -0.08, 0.032, -0.0176, 0.011264, -0.0078848, 0.00585728];

/**
 * Draw uniform numbers in [0, 1), each a multiple of 2^−53.
 *
 * @param {number} seed an integer in [0, 2^32)
 * @param {number} stream an integer in [0, 2^32); streams of one seed are independent
 * @param {number} count how many; the first ones do not depend on it
 * @returns {Float64Array} (count)
 */
export function uniform(seed, stream, count) {
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i++) draws[i] = threefryInteger(seed, stream, i) * 2 ** -53;
  return draws;
}

/**
 * Draw standard normal numbers by inverting the normal distribution function.
 *
 * @param {number} seed an integer in [0, 2^32)
 * @param {number} stream an integer in [0, 2^32); streams of one seed are independent
 * @param {number} count how many; the first ones do not depend on it
 * @returns {Float64Array} (count)
 */
export function normal(seed, stream, count) {
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // The middle of 2^52 equal cells: never 0 or 1, and exact in float64.
    const cell = Math.floor(threefryInteger(seed, stream, i) / 2);
    draws[i] = normalQuantile((cell + 0.5) * 2 ** -52);
  }
  return draws;
}

/**
 * The curve to be learned, f(x) = 2 sin(x) + x^0.8.
 *
 * @param {number} x at least 0; the bits are those of Python below 2^19 · π/2
 * @returns {number}
 */
export function trueFunction(x) {
  return 2 * portableSine(x) + powerFourFifths(x);
}

/**
 * Queries 5·i/count from 0 up to, not including, 5.
 *
 * @param {number} count at least 1
 * @returns {Float64Array} (count)
 */
export function makeQueries(count) {
  const queries = new Float64Array(count);
  for (let i = 0; i < count; i++) queries[i] = (X_MAX * i) / count;
  return queries;
}

/**
 * Draw a training set y = f(x) + ε with x uniform on [0, 5) and ε ~ N(0, noise²).
 *
 * @param {number} nTrain number of points n, at least 1
 * @param {number} noise standard deviation, at least 0; it scales the same deviations
 * @param {number} seed an integer in [0, 2^32)
 * @param {Array<[number, number, number]>} moved [draw number, x, y] of points put elsewhere;
 *   those of draws that are not there are ignored
 * @returns {{x: Float64Array, y: Float64Array, order: Int32Array}} (n) each: inputs in ascending
 *   order, their outputs, and the draw number of each
 */
export function makeRegression(nTrain, noise, seed, moved = []) {
  const inputs = uniform(seed, INPUT_STREAM, nTrain);
  for (let i = 0; i < nTrain; i++) inputs[i] = X_MAX * inputs[i];
  const outputs = normal(seed, NOISE_STREAM, nTrain);
  for (let i = 0; i < nTrain; i++) outputs[i] = trueFunction(inputs[i]) + noise * outputs[i];
  for (const [draw, x, y] of moved) {
    if (draw >= nTrain) continue;
    inputs[draw] = x;
    outputs[draw] = y;
  }
  const order = ascendingOrder(inputs);
  return { x: inPlaces(inputs, order), y: inPlaces(outputs, order), order };
}

/** Encrypt the counter (i, 0) under the key (seed, stream): a random integer in [0, 2^53). */
function threefryInteger(seed, stream, i) {
  const keys = [seed | 0, stream | 0, seed ^ stream ^ THREEFRY_PARITY];
  let left = (i + keys[0]) | 0;
  let right = keys[1];
  for (let round = 0; round < THREEFRY_ROUNDS; round++) {
    const turn = THREEFRY_ROTATIONS[round % 8];
    left = (left + right) | 0;
    right = ((right << turn) | (right >>> (32 - turn))) ^ left;
    if (round % 4 === 3) {
      const block = (round >> 2) + 1;
      left = (left + keys[block % 3]) | 0;
      right = (right + keys[(block + 1) % 3] + block) | 0;
    }
  }
  return (left >>> 5) * 2 ** 26 + (right >>> 6);
}

function normalQuantile(probability) {
  const centred = probability - 0.5;
  if (Math.abs(centred) <= 0.425) {
    return centred * polynomialRatio(QUANTILE_CENTRE, 0.180625 - centred * centred);
  }
  const depth = Math.sqrt(-portableLog(Math.min(probability, 1 - probability)));
  const tail =
    depth <= 5
      ? polynomialRatio(QUANTILE_TAIL, depth - 1.6)
      : polynomialRatio(QUANTILE_FAR_TAIL, depth - 5);
  return centred < 0 ? -tail : tail;
}

function polynomialRatio([numerator, denominator], x) {
  return hornerSum(numerator, x) / hornerSum(denominator, x);
}

function hornerSum(coefficients, x) {
  let total = coefficients[coefficients.length - 1];
  for (let i = coefficients.length - 2; i >= 0; i--) total = total * x + coefficients[i];
  return total;
}

/** Natural logarithm of x in (0, 1), by the atanh series. */
function portableLog(x) {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  return exponent * LN_2 + 2 * s * hornerSum(ATANH_SERIES, s * s);
}

/** sin x for x ≥ 0: x less the nearest multiple of π/2, then a polynomial of what is left. */
function portableSine(x) {
  if (x >= LARGEST_PORTABLE_ANGLE) return Math.sin(x);
  const turns = Math.floor(x * TWO_OVER_PI + 0.5);
  const afterFirst = x - turns * HALF_PI_PARTS[0];
  const second = turns * HALF_PI_PARTS[1];
  const afterSecond = afterFirst - second;
  const lost = afterFirst - afterSecond - second;
  const third = turns * HALF_PI_PARTS[2] - lost;
  const angle = afterSecond - third;
  const rest = afterSecond - angle - third;
  const value = turns % 2 === 1 ? cosineNearZero(angle, rest) : sineNearZero(angle, rest);
  return turns % 4 >= 2 ? -value : value;
}

function sineNearZero(angle, rest) {
  const square = angle * angle;
  const cube = square * angle;
  const series = hornerSum(SINE_SERIES, square);
  return angle - (square * (0.5 * rest - cube * series) - rest - cube * SINE_CUBIC);
}

function cosineNearZero(angle, rest) {
  const square = angle * angle;
  const series = square * square * hornerSum(COSINE_SERIES, square);
  const half = 0.5 * square;
  const head = 1 - half;
  return head + (1 - head - half + (series - angle * rest));
}

/** x^0.8 for x = t · 32^q ≥ 0, by way of a fifth root of t whose powers are exact. */
function powerFourFifths(x) {
  if (x === 0) return 0;
  let t = x;
  let scale = 1; // 16^q
  for (; t >= 16; t /= 32) scale *= 16;
  for (; t < 0.5; t *= 32) scale /= 16;
  const root = roundedFifthRoot(t);
  const fourth = root * root * (root * root);
  const fifth = fourth * root;
  const e = (t - fifth) / fifth;
  return (fourth + fourth * (e * hornerSum(FOUR_FIFTHS_SERIES, e))) * scale;
}

/** Fifth root of t in [0.5, 16), to the nearest multiple of 1/512. */
function roundedFifthRoot(t) {
  let root = 0.9 + 0.05 * t;
  for (let step = 0; step < 4; step++) {
    const square = root * root;
    root = root + (t / (square * square) - root) / 5;
  }
  return Math.floor(512 * root + 0.5) / 512;
}

/** Places of the numbers in ascending order, equal ones in the order given. */
function ascendingOrder(numbers) {
  const order = Int32Array.from(numbers, (_, i) => i);
  return order.sort((a, b) => numbers[a] - numbers[b] || a - b);
}

function inPlaces(numbers, order) {
  return Float64Array.from(order, (place) => numbers[place]);
}

// ---------------------------------------------------------------------------------------------
// Attention: nwcore.kernels, nwcore.pooling and nwcore.metrics.

// All kernels but the Gaussian: scale · (1 − linear·u − quadratic·u²) for 0 ≤ u ≤ reach, else 0.
const FLAT_KERNELS = {
  boxcar: { reach: 1, scale: 0.5, linear: 0, quadratic: 0 },
  triangular: { reach: 1, scale: 1, linear: 1, quadratic: 0 },
  epanechnikov: { reach: 1, scale: 0.75, linear: 0, quadratic: 1 },
  constant: { reach: Infinity, scale: 1, linear: 0, quadratic: 0 },
};

// Products are bounded here, so that a square of one stays finite.
const PRODUCT_LIMIT = Math.sqrt(Number.MAX_VALUE) / 4;

/**
 * The kernel K(u) at a scaled distance, normalised to integrate to 1 (but the constant one).
 *
 * @param {string} kernel a name in KERNELS
 * @param {number} u scaled distance, of either sign
 * @returns {number}
 */
export function kernelValue(kernel, u) {
  if (kernel === "gaussian") return Math.exp(-0.5 * u * u) / Math.sqrt(2 * Math.PI);
  const { reach, scale, linear, quadratic } = flatKernel(kernel);
  const distance = Math.min(Math.abs(u), Number.MAX_VALUE);
  return distance <= reach ? scale * (1 - distance * (linear + quadratic * distance)) : 0;
}

/**
 * Share each query's attention among the keys: K((x − x_i)w) / Σ_j K((x − x_j)w).
 *
 * @param {Float64Array} queries (q)
 * @param {Float64Array} keys (k), in any order
 * @param {number} w inverse width
 * @param {string} kernel a name in KERNELS
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
  const width = Math.abs(w);
  const shape = kernel === "gaussian" ? null : flatKernel(kernel);
  for (let row = 0; row < queries.length; row++) {
    const start = row * keys.length;
    const nearest = writeHalfDistances(queries[row], keys, out, start);
    const total =
      shape === null
        ? gaussianSimilarities(out, start, keys.length, nearest, width)
        : flatSimilarities(out, start, keys.length, width, shape);
    shareAttention(out, start, keys.length, total);
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

function flatKernel(kernel) {
  const shape = FLAT_KERNELS[kernel];
  if (shape === undefined) {
    throw new RangeError(`kernel must be one of ${KERNELS.join(", ")}, got ${kernel}`);
  }
  return shape;
}

function boundedProduct(a, b) {
  const product = a * b;
  return product > PRODUCT_LIMIT ? PRODUCT_LIMIT : product;
}

/** Write half the distance to every key into a row, and return the least of them. */
function writeHalfDistances(query, keys, out, start) {
  const half = query / 2; // halved before subtracting: the distance may not be finite
  let nearest = Infinity;
  for (let key = 0; key < keys.length; key++) {
    const distance = Math.abs(half - keys[key] / 2);
    out[start + key] = distance;
    if (distance < nearest) nearest = distance;
  }
  return nearest;
}

/**
 * Turn half distances d/2 into exp(−½w²(d² − d_min²)), and return their sum, at least 1.
 *
 * The nearest key has 1, so that a query far from all keys divides nothing 0/0. As a product of
 * bounded factors the difference of squares loses no digits and is never inf − inf.
 */
function gaussianSimilarities(row, start, count, nearest, width) {
  let total = 0;
  for (let cell = start; cell < start + count; cell++) {
    const difference = boundedProduct(row[cell] - nearest, width);
    const mean = boundedProduct(row[cell] / 2 + nearest / 2, width);
    const similarity = expMinus(4 * difference * mean);
    row[cell] = similarity;
    total += similarity;
  }
  return total;
}

/**
 * Turn half distances into K(u), and return their sum.
 *
 * The floating-point operations are those of the Python code, so that a key exactly on the edge of
 * a kernel is in reach of both or of neither.
 */
function flatSimilarities(row, start, count, width, { reach, scale, linear, quadratic }) {
  let total = 0;
  for (let cell = start; cell < start + count; cell++) {
    const u = 2 * boundedProduct(row[cell], width);
    const similarity = u <= reach ? scale * (1 - u * (linear + quadratic * u)) : 0;
    row[cell] = similarity;
    total += similarity;
  }
  return total;
}

function shareAttention(row, start, count, total) {
  const share = total === 0 ? NaN : 1 / total;
  for (let cell = start; cell < start + count; cell++) row[cell] *= share;
}

// exp(−s) = 2^(−step/2048) · exp(r) with the nearest step. Math.exp, a call in an inner loop, costs
// too much there.
const EXP_STEPS = 2048;
const EXP_STEP_BITS = 11;
const EXP_STEPS_PER_UNIT = 2954.639443740597;
// ln 2/2048 in two parts, the first of 30 bits: its product with a step is exact.
const EXP_STEP_HIGH = 0.0003384507713235507;
const EXP_STEP_LOW = 4.3423507025813853e-13;
const EXP_FRACTIONS = Float64Array.from({ length: EXP_STEPS }, (_, i) => 2 ** (-i / EXP_STEPS));
const EXP_HALVINGS = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i);
const EXP_LIMIT = 708;

/** exp(−s) for s ≥ 0, to 2 units in the last place; 0 where it is less than 1e−307. */
function expMinus(s) {
  if (!(s < EXP_LIMIT)) return 0;
  const step = (s * EXP_STEPS_PER_UNIT + 0.5) | 0;
  const r = step * EXP_STEP_HIGH - s + step * EXP_STEP_LOW; // |r| < 0.00017
  const head = EXP_FRACTIONS[step & (EXP_STEPS - 1)] * EXP_HALVINGS[step >> EXP_STEP_BITS];
  return head + head * (r + r * r * (1 / 2 + r * (1 / 6)));
}

// ---------------------------------------------------------------------------------------------
// Training: leave_one_out_loss of nwcore.pooling and nwcore.training.

// A row whose nearest other has exp(−s) below this is computed again, relative to that one.
const FAR_SCORE = 30;

/**
 * Predict every training output from all others: the sum of squared errors and its derivative.
 *
 * @param {Float64Array} x (n), in any order
 * @param {Float64Array} y (n)
 * @param {number} w inverse width
 * @param {string} kernel a name in KERNELS
 * @returns {{loss: number, gradient: number, empty: number}} the loss, its derivative by w, and
 *   the number of inputs without another in reach; if there are any, the others are NaN
 */
export function leaveOneOut(x, y, w, kernel) {
  const points = sortedHalves(x, y);
  const sums = emptySums(x.length);
  const width = Math.abs(w);
  if (kernel === "gaussian") {
    addGaussianPairs(points, width, sums);
    replaceFarRows(points, width, sums);
    return squaredErrors(sums, -4 * Math.sign(w)); // score −2(hw)², h half a distance
  }
  addFlatPairs(points, width, flatKernel(kernel), sums);
  return squaredErrors(sums, 2 * Math.sign(w)); // u = 2hw
}

/**
 * Gradient descent on the leave-one-out loss of the Gaussian kernel.
 *
 * @param {Float64Array} x (n), at least two
 * @param {Float64Array} y (n)
 * @param {{start: number, lr: number, reduction: "sum"|"mean"|"half", steps: number}} options
 *   the first w, the learning rate, what the loss is (the sum of the squared errors, their mean,
 *   or half their sum) and the number of steps
 * @returns {Array<{w: number, loss: number, gradient: number}>} at most steps + 1 entries, the
 *   first at the start; it ends before the first that is not finite
 */
export function descend(x, y, { start, lr, reduction, steps }) {
  const divisor = { sum: 1, mean: x.length, half: 2 }[reduction];
  if (divisor === undefined) {
    throw new RangeError(`reduction must be sum, mean or half, got ${reduction}`);
  }
  const path = [];
  let w = start;
  while (path.length <= steps && Number.isFinite(w)) {
    const { loss, gradient } = leaveOneOut(x, y, w, "gaussian");
    const entry = { w, loss: loss / divisor, gradient: gradient / divisor };
    if (!Number.isFinite(entry.loss) || !Number.isFinite(entry.gradient)) break;
    path.push(entry);
    w -= lr * entry.gradient;
  }
  return path;
}

/**
 * Four sums for each training input, over all others: of K, K·Δy, K′ and K′·Δy, where Δy is the
 * other's output less its own and K′ the derivative of K by w but for a constant factor.
 */
function emptySums(n) {
  const zeros = () => new Float64Array(n);
  return { totals: zeros(), deviations: zeros(), slopes: zeros(), tilts: zeros() };
}

/** Half the inputs in ascending order, and their outputs. */
function sortedHalves(x, y) {
  const order = isAscending(x) ? null : ascendingOrder(x);
  const inputs = order === null ? x : inPlaces(x, order);
  const outputs = order === null ? y : inPlaces(y, order);
  return { halves: Float64Array.from(inputs, (input) => input / 2), outputs };
}

function isAscending(numbers) {
  for (let i = 1; i < numbers.length; i++) if (numbers[i] < numbers[i - 1]) return false;
  return true;
}

/** Add what every pair gives to its two rows: K and K′ are the same for both, Δy is opposite. */
function addGaussianPairs({ halves, outputs }, width, { totals, deviations, slopes, tilts }) {
  const n = halves.length;
  for (let i = 0; i < n; i++) {
    const half = halves[i];
    const output = outputs[i];
    let total = 0;
    let deviation = 0;
    let slope = 0;
    let tilt = 0;
    for (let j = i + 1; j < n; j++) {
      const distance = halves[j] - half;
      const scaled = distance * width;
      const score = 2 * scaled * scaled;
      if (!(score < EXP_LIMIT)) break; // and so are all that follow
      const similarity = expMinus(score);
      const change = similarity * scaled * distance;
      const difference = outputs[j] - output;
      const pull = similarity * difference;
      const turn = change * difference;
      total += similarity;
      deviation += pull;
      slope += change;
      tilt += turn;
      totals[j] += similarity;
      deviations[j] -= pull;
      slopes[j] += change;
      tilts[j] -= turn;
    }
    totals[i] += total;
    deviations[i] += deviation;
    slopes[i] += slope;
    tilts[i] += tilt;
  }
}

/** Compute the rows again whose sums are so small that they have lost digits, or all. */
function replaceFarRows(points, width, sums) {
  const { halves } = points;
  const n = halves.length;
  if (n < 2) return;
  for (let i = 0; i < n; i++) {
    const before = i > 0 ? halves[i] - halves[i - 1] : Infinity;
    const after = i < n - 1 ? halves[i + 1] - halves[i] : Infinity;
    const nearest = Math.min(before, after);
    const scaled = nearest * width;
    if (2 * scaled * scaled < FAR_SCORE) continue;
    for (const sum of Object.values(sums)) sum[i] = 0;
    addShiftedRow(points, i, 1, nearest, width, sums);
    addShiftedRow(points, i, -1, nearest, width, sums);
  }
}

/** Add the others on one side of input i, with scores relative to that of its nearest. */
function addShiftedRow({ halves, outputs }, i, side, nearest, width, sums) {
  for (let j = i + side; j >= 0 && j < halves.length; j += side) {
    const distance = Math.abs(halves[j] - halves[i]);
    const excess = distance - nearest;
    const mean = boundedProduct(distance / 2 + nearest / 2, width);
    const score = 4 * boundedProduct(excess, width) * mean;
    if (!(score < EXP_LIMIT)) break;
    const similarity = expMinus(score);
    const change = similarity * 2 * excess * mean;
    const difference = outputs[j] - outputs[i];
    sums.totals[i] += similarity;
    sums.deviations[i] += similarity * difference;
    sums.slopes[i] += change;
    sums.tilts[i] += change * difference;
  }
}

/** As addGaussianPairs, with K′ the derivative by u times half the distance. */
function addFlatPairs({ halves, outputs }, width, shape, { totals, deviations, slopes, tilts }) {
  const { reach, scale, linear, quadratic } = shape;
  const n = halves.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const distance = halves[j] - halves[i];
      const u = 2 * boundedProduct(distance, width);
      if (!(u <= reach)) break; // and so are all that follow
      const similarity = scale * (1 - u * (linear + quadratic * u));
      // On the edge this is the slope from inside, as autograd has it.
      const change = -scale * (linear + 2 * quadratic * u) * distance;
      const difference = outputs[j] - outputs[i];
      totals[i] += similarity;
      deviations[i] += similarity * difference;
      slopes[i] += change;
      tilts[i] += change * difference;
      totals[j] += similarity;
      deviations[j] -= similarity * difference;
      slopes[j] += change;
      tilts[j] -= change * difference;
    }
  }
}

/** Add up the squared errors Δŷ², and 2Δŷ · dŷ/dw, where dK/dw is K′ times `factor`. */
function squaredErrors({ totals, deviations, slopes, tilts }, factor) {
  let loss = 0;
  let gradient = 0;
  let empty = 0;
  for (let i = 0; i < totals.length; i++) {
    if (totals[i] === 0) {
      empty += 1;
      continue;
    }
    const error = deviations[i] / totals[i];
    loss += error * error;
    if (factor === 0) continue; // w = 0, where sums over unweighted distances may overflow
    gradient += (2 * error * factor * (tilts[i] - error * slopes[i])) / totals[i];
  }
  return empty > 0 ? { loss: NaN, gradient: NaN, empty } : { loss, gradient, empty };
}
