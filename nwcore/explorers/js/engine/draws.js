/** Random numbers by counter, with the bits of nwcore.draws. */
import { normalQuantile } from "./portable.js";

// Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw (2011), table 2.
const THREEFRY_ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const THREEFRY_PARITY = 0x1bd11bda;
const THREEFRY_ROUNDS = 20;

/**
 * Draw uniform numbers in [0, 1), each a multiple of 2^−53.
 *
 * @param {number} seed an integer in [0, 2^32)
 * @param {number} stream an integer in [0, 2^32); streams of one seed are independent
 * @param {number} count how many; the first ones do not depend on it
 * @param {number} [first] how many draws of the stream are passed over
 * @returns {Float64Array} (count)
 */
export function uniform(seed, stream, count, first = 0) {
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i++) draws[i] = threefryInteger(seed, stream, first + i) * 2 ** -53;
  return draws;
}

/**
 * Draw standard normal numbers by inverting the normal distribution function.
 *
 * @param {number} seed an integer in [0, 2^32)
 * @param {number} stream an integer in [0, 2^32); streams of one seed are independent
 * @param {number} count how many; the first ones do not depend on it
 * @param {number} [first] how many draws of the stream are passed over
 * @returns {Float64Array} (count)
 */
export function normal(seed, stream, count, first = 0) {
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // The middle of 2^52 equal cells: never 0 or 1, and exact in float64.
    const cell = Math.floor(threefryInteger(seed, stream, first + i) / 2);
    draws[i] = normalQuantile((cell + 0.5) * 2 ** -52);
  }
  return draws;
}

/**
 * Encrypt the counter (i, 0) under the key (seed, stream): a random integer in [0, 2^53).
 *
 * @param {number} seed
 * @param {number} stream
 * @param {number} i
 */
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
