/** What is made of many numbers: sums, means, extremes, medians, softmax. */
import { binary, cut, followed, unary, where } from "./elementwise.js";
import { failure, lacking } from "./failure.js";
import { permuted, reshaped } from "./shapes.js";
import {
  allocate,
  dense,
  filled,
  from,
  isFloat,
  scalar,
  settings,
  sizeOf,
  tensorOf,
} from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {import("./tensor.js").Numbers} Numbers */

const BLOCK = 128; // numbers that are added one after another

/**
 * A sum whose rounding errors grow with the logarithm of the count.
 *
 * @param {Numbers} numbers
 * @param {number} start
 * @param {number} count
 * @returns {number}
 */
export function pairwiseSum(numbers, start, count) {
  if (count > BLOCK) {
    const half = count >> 1;
    return pairwiseSum(numbers, start, half) + pairwiseSum(numbers, start + half, count - half);
  }
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += numbers[i];
  return sum;
}

/**
 * @param {number} axis
 * @param {number} depth
 */
export function axisIn(axis, depth) {
  const limit = Math.max(depth, 1);
  if (axis < -limit || axis >= limit) {
    throw failure(
      "IndexError",
      `Dimension out of range (expected to be in range of [${-limit}, ${limit - 1}], but got ${axis})`,
    );
  }
  return axis < 0 ? axis + limit : axis;
}

/**
 * The numbers that fall together, one row after another, and the shapes of what comes of them.
 *
 * @param {Tensor} x
 * @param {number[]|null} axes all if null
 */
function rowsOf(x, axes) {
  const depth = x.shape.length;
  const gone = axes === null ? x.shape.map((_, i) => i) : axes.map((axis) => axisIn(axis, depth));
  const all = x.shape.map((_, i) => i);
  const kept = all.filter((i) => !gone.includes(i));
  const numbers = dense(
    depth ? permuted(cut(x), [...kept, ...all.filter((i) => gone.includes(i))]) : x,
  );
  const shape = kept.map((i) => x.shape[i]);
  const flat = x.shape.map((length, i) => (gone.includes(i) ? 1 : length));
  const count = depth ? sizeOf(x.shape.filter((_, i) => gone.includes(i))) : 1;
  return { numbers, shape, flat, count, rows: sizeOf(shape) };
}

const ROWS = /** @type {Record<string, (n: Numbers, s: number, c: number) => number>} */ ({
  sum: pairwiseSum,
  mean: (n, s, c) => pairwiseSum(n, s, c) / c,
  amax: (n, s, c) => n[bestOf(n, s, c, (a, b) => a > b)],
  amin: (n, s, c) => n[bestOf(n, s, c, (a, b) => a < b)],
  argmax: (n, s, c) => bestOf(n, s, c, (a, b) => a > b) - s,
  argmin: (n, s, c) => bestOf(n, s, c, (a, b) => a < b) - s,
  median: (n, s, c) => n[s + middleOf(n, s, c)],
  argmedian: middleOf,
  any: (n, s, c) => Number(n.subarray(s, s + c).some((value) => value !== 0)),
  all: (n, s, c) => Number(n.subarray(s, s + c).every((value) => value !== 0)),
  prod: (n, s, c) => Array.from(n.subarray(s, s + c)).reduce((a, b) => a * b, 1),
});
const EMPTY = new Set(["sum", "mean", "any", "all", "prod"]); // defined for no number, too

/**
 * The first place of the best number; of the first NaN, if there is one.
 *
 * @param {Numbers} numbers
 * @param {number} start
 * @param {number} count
 * @param {(a: number, b: number) => boolean} better
 */
function bestOf(numbers, start, count, better) {
  let best = start;
  for (let i = start; i < start + count; i++) {
    if (Number.isNaN(numbers[i])) return i;
    if (better(numbers[i], numbers[best])) best = i;
  }
  return best;
}

/**
 * Where the lower of the middle numbers is, as torch.median has it.
 *
 * @param {Numbers} numbers
 * @param {number} start
 * @param {number} count
 */
function middleOf(numbers, start, count) {
  const row = Array.from(numbers.subarray(start, start + count));
  const missing = row.findIndex(Number.isNaN);
  if (missing >= 0) return missing;
  const value = [...row].sort((a, b) => a - b)[(count - 1) >> 1];
  return row.indexOf(value);
}

/**
 * @param {string} name a name in ROWS
 * @param {Tensor} x
 * @param {number[]|null} axes
 * @param {boolean} keep whether reduced dimensions stay, of length 1
 * @returns {Tensor}
 */
export function reduce(name, x, axes, keep) {
  if (name === "mean" && !isFloat(x.dtype)) {
    throw failure(
      "RuntimeError",
      "mean(): could not infer output dtype. Input dtype must be float",
    );
  }
  const { numbers, shape, flat, count, rows } = rowsOf(x, axes);
  if (count === 0 && !EMPTY.has(name)) {
    throw failure("RuntimeError", `${name}(): the operation does not have an identity`);
  }
  const integral =
    name.startsWith("arg") || ((name === "sum" || name === "prod") && !isFloat(x.dtype));
  const dtype = name === "any" || name === "all" ? "bool" : integral ? "int64" : x.dtype;
  const out = allocate(rows, dtype);
  for (let row = 0; row < rows; row++) out[row] = ROWS[name](numbers, row * count, count);
  const result = tensorOf(out, keep ? flat : shape, dtype);
  return followed(result, name, [x], (g) => {
    const spread = binary("mul", reshaped(g, flat), filled(x.shape, x.dtype, 1));
    if (name === "sum") return [spread];
    if (name === "mean") return [binary("div", spread, scalar(count, "float32"))];
    return [slopeOfChoice(name, cut(x), reshaped(cut(result), flat), spread, axes)];
  });
}

/**
 * The gradient of a chosen number: shared by those equal to it, but a median's is one's alone.
 *
 * @param {string} name
 * @param {Tensor} x
 * @param {Tensor} result
 * @param {Tensor} spread
 * @param {number[]|null} axes
 */
function slopeOfChoice(name, x, result, spread, axes) {
  if (name !== "amax" && name !== "amin") throw lacking(`the gradient of torch.${name}`);
  const chosen = binary("eq", x, result);
  const count = reduce("sum", chosen, axes, true);
  return binary("div", binary("mul", spread, chosen), count);
}

/**
 * Sum a gradient over what broadcasting had stretched.
 *
 * @param {Tensor} gradient
 * @param {number[]} shape
 */
export function sumTo(gradient, shape) {
  const more = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((length, axis) => (axis < more || (shape[axis - more] === 1 && length !== 1) ? axis : -1))
    .filter((axis) => axis >= 0);
  if (axes.length === 0) return gradient;
  return reshaped(reduce("sum", gradient, axes, true), shape);
}

/**
 * @param {Tensor} x
 * @param {number[]|null} axes
 * @param {boolean} keep
 * @param {number} correction
 */
export function variance(x, axes, keep, correction) {
  const away = binary("sub", x, reduce("mean", x, axes, true));
  const { count } = rowsOf(x, axes);
  const sum = reduce("sum", unary("square", away), axes, keep);
  return binary("div", sum, scalar(Math.max(0, count - correction), "float32"));
}

/**
 * exp(x) over its sum along an axis, from scores relative to the largest; or its logarithm.
 *
 * @param {Tensor} x
 * @param {number} axis
 * @param {boolean} [logarithm]
 * @returns {Tensor}
 */
export function softmax(x, axis, logarithm = false) {
  if (!isFloat(x.dtype)) throw failure("RuntimeError", `softmax is not there for ${x.dtype}`);
  const before = settings.gradients;
  settings.gradients = false;
  /** @type {Tensor} */
  let share;
  try {
    const largest = reduce("amax", x, [axis], true);
    const finite = where(unary("isinf", largest), scalar(0, "float32"), largest);
    const relative = binary("sub", x, finite);
    const similarity = unary("exp", relative);
    const total = reduce("sum", similarity, [axis], true);
    share = logarithm
      ? binary("sub", relative, unary("log", total))
      : binary("div", similarity, total);
  } finally {
    settings.gradients = before;
  }
  return followed(cut(share), logarithm ? "log_softmax" : "softmax", [x], (g) => {
    if (logarithm) {
      const whole = reduce("sum", g, [axis], true);
      return [binary("sub", g, binary("mul", unary("exp", share), whole))];
    }
    const pulled = reduce("sum", binary("mul", g, share), [axis], true);
    return [binary("mul", share, binary("sub", g, pulled))];
  });
}

/**
 * @param {Tensor} x
 * @param {number} axis
 */
export function cumsum(x, axis) {
  if (x.followed && settings.gradients) throw lacking("the gradient of torch.cumsum");
  const at = axisIn(axis, x.shape.length);
  const order = x.shape.map((_, i) => i);
  const last = [...order.filter((i) => i !== at), at];
  const turned = permuted(x, last);
  const numbers = dense(turned);
  const length = x.shape[at];
  const out = new Float64Array(numbers.length);
  for (let i = 0; i < out.length; i++) out[i] = (i % length ? out[i - 1] : 0) + numbers[i];
  const dtype = x.dtype === "bool" ? "int64" : x.dtype;
  return permuted(
    from(out, turned.shape, dtype),
    order.map((i) => last.indexOf(i)),
  );
}

/**
 * Numbers in ascending order along the last axis, and where they were.
 *
 * @param {Tensor} x
 * @param {boolean} descending
 */
export function sorted(x, descending) {
  if (x.followed && settings.gradients) throw lacking("the gradient of torch.sort");
  const numbers = dense(x);
  const length = x.shape[x.shape.length - 1] ?? 1;
  const values = allocate(numbers.length, x.dtype);
  const places = allocate(numbers.length, "int64");
  const sign = descending ? -1 : 1;
  for (let start = 0; start < numbers.length; start += length) {
    const row = numbers.subarray(start, start + length);
    const order = Array.from(row, (_, i) => i).sort((i, j) => sign * (row[i] - row[j]) || i - j);
    order.forEach((from_, to) => {
      values[start + to] = row[from_];
      places[start + to] = from_;
    });
  }
  return [tensorOf(values, x.shape, x.dtype), tensorOf(places, x.shape, "int64")];
}
