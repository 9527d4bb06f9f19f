/**
 * The kernels K(u) at a scaled distance u of either sign: those of nwcore.kernels that explorers show,
 * in the order of SHOWN_KERNELS in nwcore/explorers/attention.py.
 *
 * A kernel is shown by a line in that list, an object here and its name in the words of each language
 * (`kernel_NAME`); the engine and the views ask this table and know no kernel by its name.
 *
 * @typedef {object} Kernel
 * @property {string} name as in nwcore.kernels
 * @property {number} support K(u) is 0 where |u| is larger; Infinity if it never is
 * @property {(u: number) => number} value K(u), which integrates to 1 (but the constant kernel)
 * @property {(u: number) => number} derivative K′(u); at the edge of the support that from inside
 * @property {(difference: number, sum: number) => number} [logDrop] log K(v) − log K(u) of a kernel
 *   that is positive everywhere, from u − v and u + v, linear in each: attention then divides no
 *   0/0 however far a query is
 */

const inside = (/** @type {number} */ u) => Math.abs(u) <= 1;
const GAUSSIAN_PEAK = 1 / Math.sqrt(2 * Math.PI);
const gaussianValue = (/** @type {number} */ u) => GAUSSIAN_PEAK * Math.exp(-0.5 * u * u);

// A class each, not object literals: V8 then sees which `value` an inner loop calls, and inlines it.

/** @implements {Kernel} */
class Gaussian {
  name = "gaussian";
  support = Infinity;
  value(/** @type {number} */ u) {
    return gaussianValue(u);
  }
  // Beyond 100 the value is 0 already; without the bound its product with u could be 0 · ∞.
  derivative(/** @type {number} */ u) {
    return -Math.max(-100, Math.min(100, u)) * gaussianValue(u);
  }
  logDrop(/** @type {number} */ difference, /** @type {number} */ sum) {
    return 0.5 * difference * sum;
  }
}

/** @implements {Kernel} */
class Boxcar {
  name = "boxcar";
  support = 1;
  value(/** @type {number} */ u) {
    return inside(u) ? 0.5 : 0;
  }
  derivative() {
    return 0;
  }
}

/** @implements {Kernel} */
class Triangular {
  name = "triangular";
  support = 1;
  value(/** @type {number} */ u) {
    return inside(u) ? 1 - Math.abs(u) : 0;
  }
  derivative(/** @type {number} */ u) {
    return inside(u) ? -Math.sign(u) : 0;
  }
}

/** @implements {Kernel} */
class Epanechnikov {
  name = "epanechnikov";
  support = 1;
  value(/** @type {number} */ u) {
    return inside(u) ? 0.75 * (1 - u * u) : 0;
  }
  derivative(/** @type {number} */ u) {
    return inside(u) ? -1.5 * u : 0;
  }
}

/** @implements {Kernel} */
class Constant {
  name = "constant";
  support = Infinity;
  value() {
    return 1;
  }
  derivative() {
    return 0;
  }
}

/** @type {readonly Kernel[]} */
export const KERNELS = [
  new Gaussian(),
  new Boxcar(),
  new Triangular(),
  new Epanechnikov(),
  new Constant(),
];

export const KERNEL_NAMES = KERNELS.map(({ name }) => name);

/**
 * Look a kernel up by its name.
 *
 * @param {string} name
 * @returns {Kernel}
 */
export function kernelNamed(name) {
  const kernel = KERNELS.find((candidate) => candidate.name === name);
  if (!kernel)
    throw new RangeError(`kernel must be one of ${KERNEL_NAMES.join(", ")}, got ${name}`);
  return kernel;
}
