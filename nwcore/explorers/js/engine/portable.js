/**
 * Arithmetic that is the same on every platform: nwcore.portable and the quantile of nwcore.draws.
 *
 * Only operations that IEEE 754 fixes exactly, in the order of the Python code: a reordered sum may
 * change the last bit of every point.
 */

// Wichura (1988), algorithm AS 241, routine PPND16: numerator and denominator, constant first.
const QUANTILE_CENTRE = [
  [
    3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4,
    2.5090809287301226727e3,
  ],
  [
    1, 4.2313330701600911252e1, 6.871870074920579083e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.930789580009271061e4, 2.8729085735721942674e4,
    5.226495278852854561e3,
  ],
];
const QUANTILE_TAIL = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2,
    7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1,
    1.4810397642748007459e-1, 1.51986665636164571966e-2, 5.475938084995344946e-4,
    1.05075007164441684324e-9,
  ],
];
const QUANTILE_FAR_TAIL = [
  [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
    2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5,
    2.01033439929228813265e-7,
  ],
  [
    1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2,
    7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
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
 * Quantile of the standard normal distribution: Wichura (1988), algorithm AS 241.
 *
 * @param {number} probability in (0, 1)
 */
export function normalQuantile(probability) {
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

/**
 * @param {number[][]} coefficients of the numerator and of the denominator, constant first
 * @param {number} x
 */
function polynomialRatio([numerator, denominator], x) {
  return hornerSum(numerator, x) / hornerSum(denominator, x);
}

/**
 * @param {number[]} coefficients constant first
 * @param {number} x
 */
function hornerSum(coefficients, x) {
  let total = coefficients[coefficients.length - 1];
  for (let i = coefficients.length - 2; i >= 0; i--) total = total * x + coefficients[i];
  return total;
}

/**
 * Natural logarithm by the atanh series.
 *
 * @param {number} x in (0, 1)
 */
export function portableLog(x) {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  return exponent * LN_2 + 2 * s * hornerSum(ATANH_SERIES, s * s);
}

/**
 * sin x: x less the nearest multiple of π/2, then a polynomial of what is left.
 *
 * @param {number} x at least 0
 */
export function portableSine(x) {
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

/**
 * @param {number} angle
 * @param {number} rest what is missing in the angle's last bits
 */
function sineNearZero(angle, rest) {
  const square = angle * angle;
  const cube = square * angle;
  const series = hornerSum(SINE_SERIES, square);
  return angle - (square * (0.5 * rest - cube * series) - rest - cube * SINE_CUBIC);
}

/**
 * @param {number} angle
 * @param {number} rest what is missing in the angle's last bits
 */
function cosineNearZero(angle, rest) {
  const square = angle * angle;
  const series = square * square * hornerSum(COSINE_SERIES, square);
  const half = 0.5 * square;
  const head = 1 - half;
  return head + (1 - head - half + (series - angle * rest));
}

/**
 * x^0.8 for x = t · 32^q, by way of a fifth root of t whose powers are exact.
 *
 * @param {number} x at least 0
 */
export function powerFourFifths(x) {
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

/**
 * Fifth root, to the nearest multiple of 1/512.
 *
 * @param {number} t in [0.5, 16)
 */
function roundedFifthRoot(t) {
  let root = 0.9 + 0.05 * t;
  for (let step = 0; step < 4; step++) {
    const square = root * root;
    root = root + (t / (square * square) - root) / 5;
  }
  return Math.floor(512 * root + 0.5) / 512;
}
