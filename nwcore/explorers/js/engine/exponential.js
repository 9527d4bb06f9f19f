/** The exponential in an inner loop, where a call of Math.exp costs too much. */

// exp(−s) = 2^(−step/2048) · exp(r) with the nearest step.
const EXP_STEPS = 2048;
const EXP_STEP_BITS = 11;
const EXP_STEPS_PER_UNIT = 2954.639443740597;
// ln 2/2048 in two parts, the first of 30 bits: its product with a step is exact.
const EXP_STEP_HIGH = 0.0003384507713235507;
const EXP_STEP_LOW = 4.3423507025813853e-13;
const EXP_FRACTIONS = Float64Array.from({ length: EXP_STEPS }, (_, i) => 2 ** (-i / EXP_STEPS));
const EXP_HALVINGS = Float64Array.from({ length: 1023 }, (_, i) => 2 ** -i);

/** exp(−s) is taken for 0 from here on. */
export const EXP_LIMIT = 708;

/**
 * exp(−s) for s ≥ 0, to 2 units in the last place; 0 where it is less than 1e−307.
 *
 * @param {number} s
 */
export function expMinus(s) {
  if (!(s < EXP_LIMIT)) return 0;
  const step = (s * EXP_STEPS_PER_UNIT + 0.5) | 0;
  const r = step * EXP_STEP_HIGH - s + step * EXP_STEP_LOW; // |r| < 0.00017
  const head = EXP_FRACTIONS[step & (EXP_STEPS - 1)] * EXP_HALVINGS[step >> EXP_STEP_BITS];
  return head + head * (r + r * r * (1 / 2 + r * (1 / 6)));
}
