/** Number by number: functions of one tensor and of two, with broadcasting and their derivatives. */
import { failure, lacking } from "./failure.js";
import { sumTo } from "./reduce.js";
import {
  allocate,
  dense,
  DTYPES,
  isFloat,
  scalar,
  settings,
  sizeOf,
  Tensor,
  tensorOf,
} from "./tensor.js";

/**
 * @template T
 * @typedef {Record<string, T|undefined>} Rules by the name of a function
 */
/**
 * @typedef {import("./tensor.js").DType} DType
 * @typedef {(gradient: Tensor, x: Tensor, result: Tensor) => Tensor} Derivative
 * @typedef {(gradient: Tensor, a: Tensor, b: Tensor, result: Tensor) => Tensor} Partial
 */

const one = (/** @type {number} */ value) => scalar(value, "float32");
const mul = (/** @type {Tensor} */ a, /** @type {Tensor} */ b) => binary("mul", a, b);
const div = (/** @type {Tensor} */ a, /** @type {Tensor} */ b) => binary("div", a, b);
const neg = (/** @type {Tensor} */ a) => unary("neg", a);

/** f, f′ as a product with the gradient, and what PyTorch calls it. */
const UNARY = /** @type {Rules<{f: (x: number) => number, d: Derivative}>} */ ({
  neg: { f: (x) => -x, d: (g) => neg(g) },
  abs: { f: Math.abs, d: (g, x) => mul(g, unary("sign", x)) },
  exp: { f: Math.exp, d: (g, x, y) => mul(g, y) },
  log: { f: Math.log, d: (g, x) => div(g, x) },
  sqrt: { f: Math.sqrt, d: (g, x, y) => div(g, mul(y, one(2))) },
  square: { f: (x) => x * x, d: (g, x) => mul(g, mul(x, one(2))) },
  sin: { f: Math.sin, d: (g, x) => mul(g, unary("cos", x)) },
  cos: { f: Math.cos, d: (g, x) => neg(mul(g, unary("sin", x))) },
  tanh: { f: Math.tanh, d: (g, x, y) => mul(g, binary("sub", one(1), unary("square", y))) },
  sigmoid: {
    f: (x) => 1 / (1 + Math.exp(-x)),
    d: (g, x, y) => mul(g, mul(y, binary("sub", one(1), y))),
  },
  relu: { f: (x) => (x > 0 ? x : x === x ? 0 : NaN), d: (g, x) => mul(g, unary("positive", x)) },
});
const SIGNED = /** @type {Rules<(x: number) => number>} */ ({
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => {
    const below = Math.floor(x);
    if (x - below !== 0.5) return Math.round(x);
    return below % 2 === 0 ? below : below + 1;
  },
});
const TESTS = /** @type {Rules<(x: number) => boolean>} */ ({
  isnan: Number.isNaN,
  isinf: (x) => Math.abs(x) === Infinity,
  isfinite: Number.isFinite,
  logical_not: (x) => x === 0,
  positive: (x) => x > 0,
});
const WHOLE = new Set(["neg", "abs", "square", "relu"]); // of integers they are integers

const BINARY =
  /** @type {Rules<{f: (a: number, b: number) => number, a: Partial, b: Partial}>} */ ({
    add: { f: (a, b) => a + b, a: (g) => g, b: (g) => g },
    sub: { f: (a, b) => a - b, a: (g) => g, b: (g) => neg(g) },
    mul: { f: (a, b) => a * b, a: (g, a, b) => mul(g, b), b: (g, a) => mul(g, a) },
    div: {
      f: (a, b) => a / b,
      a: (g, a, b) => div(g, b),
      b: (g, a, b, y) => neg(mul(g, div(y, b))),
    },
    pow: { f: power, a: powerByBase, b: powerByExponent },
    maximum: {
      f: Math.max,
      a: (g, a, b) => mul(g, shareOf("gt", a, b)),
      b: (g, a, b) => mul(g, shareOf("lt", a, b)),
    },
    minimum: {
      f: Math.min,
      a: (g, a, b) => mul(g, shareOf("lt", a, b)),
      b: (g, a, b) => mul(g, shareOf("gt", a, b)),
    },
  });
const INTEGRAL = /** @type {Rules<(a: number, b: number) => number>} */ ({
  remainder: (a, b) => a - b * Math.floor(a / b),
  floor_divide: (a, b) => Math.floor(a / b),
});
const COMPARISONS = /** @type {Rules<(a: number, b: number) => boolean>} */ ({
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
});
const LOGICAL = /** @type {Rules<(a: number, b: number) => boolean>} */ ({
  and: (a, b) => a !== 0 && b !== 0,
  or: (a, b) => a !== 0 || b !== 0,
  xor: (a, b) => (a !== 0) !== (b !== 0),
});

/** @type {(a: number, b: number) => number} */
function power(a, b) {
  if (b === 2) return a * a;
  if (b === 0.5) return Math.sqrt(a);
  return a ** b;
}

/** @type {Partial} */
function powerByBase(g, a, b) {
  const lower = binary("pow", a, binary("sub", b, one(1)));
  return mul(g, where(binary("eq", b, one(0)), one(0), mul(b, lower)));
}

/** @type {Partial} */
function powerByExponent(g, a, b, y) {
  const flat = binary("and", binary("eq", a, one(0)), binary("ge", b, one(0)));
  return mul(g, where(flat, one(0), mul(y, unary("log", a))));
}

/** Who was chosen; half of each where they are equal. @type {(n: string, a: Tensor, b: Tensor) => Tensor} */
function shareOf(name, a, b) {
  const tied = div(binary("eq", a, b), one(2));
  return binary("add", binary(name, a, b), tied);
}

/**
 * Remember where a tensor came from, if anything it came from is followed.
 *
 * @param {Tensor} result
 * @param {string} name
 * @param {Tensor[]} inputs
 * @param {(gradient: Tensor) => Array<Tensor|null>} backward
 */
export function followed(result, name, inputs, backward) {
  if (settings.gradients && isFloat(result.dtype) && inputs.some((input) => input.followed)) {
    const versions = inputs.map(({ store }) => store.version);
    result.node = { name, inputs, versions, backward };
  }
  return result;
}

/**
 * @param {string} name
 * @param {Tensor} x
 * @returns {Tensor}
 */
export function unary(name, x) {
  const test = TESTS[name];
  const rule = UNARY[name];
  const f = test ?? SIGNED[name] ?? rule?.f;
  if (!f) throw lacking(`torch.${name}`);
  const whole = name in SIGNED || WHOLE.has(name);
  const dtype = test ? "bool" : whole || isFloat(x.dtype) ? x.dtype : settings.defaultDtype;
  const numbers = dense(x);
  const out = allocate(numbers.length, dtype);
  for (let i = 0; i < out.length; i++) out[i] = Number(f(numbers[i]));
  const result = tensorOf(out, x.shape, dtype);
  if (test) return result;
  // The slope of a step is 0.
  const slope = rule?.d ?? ((/** @type {Tensor} */ g) => mul(g, one(0)));
  return followed(result, name, [x], (g) => [slope(g, x.node ? cut(x) : x, cut(result))]);
}

/** The same numbers without their history. @param {Tensor} x */
export function cut(x) {
  return new Tensor(x.store, x.shape, x.dtype, x.strides, x.offset);
}

/**
 * @param {string} name
 * @param {Tensor} a
 * @param {Tensor} b
 * @returns {Tensor}
 */
export function binary(name, a, b) {
  const test = COMPARISONS[name] ?? LOGICAL[name];
  const rule = BINARY[name];
  const f = test ?? INTEGRAL[name] ?? rule?.f;
  if (!f) throw lacking(`torch.${name}`);
  const common = commonDtype([a, b]);
  if (name in LOGICAL && common !== "bool") throw lacking("& or | of numbers that are not bool");
  const dtype = test ? "bool" : name === "div" && !isFloat(common) ? settings.defaultDtype : common;
  const result = paired(a, b, dtype, narrowed(/** @type {any} */ (f), test ? common : dtype));
  if (test) return result;
  return followed(result, name, [a, b], (g) => {
    if (!rule) throw lacking(`the gradient of torch.${name}`);
    const [x, y, z] = [cut(a), cut(b), cut(result)];
    return [
      a.followed ? sumTo(rule.a(g, x, y, z), a.shape) : null,
      b.followed ? sumTo(rule.b(g, x, y, z), b.shape) : null,
    ];
  });
}

/**
 * A number is rounded to float32 before it meets one.
 *
 * @param {(a: number, b: number) => number} f
 * @param {DType} dtype
 * @returns {(a: number, b: number) => number}
 */
const narrowed = (f, dtype) =>
  dtype === "float32" ? (a, b) => f(Math.fround(a), Math.fround(b)) : f;

/**
 * PyTorch's rule: a tensor with dimensions decides, unless the other is of another kind of number.
 *
 * @param {Tensor[]} tensors
 * @returns {DType}
 */
export function commonDtype(tensors) {
  const kind = (/** @type {DType} */ dtype) => Math.min(2, DTYPES.indexOf(dtype));
  const widest = (/** @type {Tensor[]} */ some) =>
    some.reduce((most, { dtype }) => Math.max(most, DTYPES.indexOf(dtype)), -1);
  const ranks = [
    tensors.filter((t) => !t.weak && t.shape.length > 0),
    tensors.filter((t) => !t.weak && t.shape.length === 0),
    tensors.filter((t) => t.weak),
  ].map(widest);
  let found = ranks[0];
  for (const next of ranks.slice(1)) {
    if (found < 0 || (next >= 0 && kind(DTYPES[next]) > kind(DTYPES[found]))) found = next;
  }
  // A float among Python numbers is of the default type.
  const fromNumber = isFloat(DTYPES[found]) && ranks[0] !== found && ranks[1] !== found;
  return fromNumber ? settings.defaultDtype : DTYPES[found];
}

/** @param {number[][]} shapes */
export function broadcastShape(shapes) {
  const depth = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: depth }, (_, axis) => {
    const lengths = shapes.map((shape) => shape[axis - depth + shape.length] ?? 1);
    const length = lengths.find((each) => each !== 1) ?? 1;
    if (lengths.some((each) => each !== 1 && each !== length)) {
      const [x, y] = lengths.filter((each) => each !== 1);
      throw failure(
        "RuntimeError",
        `The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton ` +
          `dimension ${axis}`,
      );
    }
    return length;
  });
}

/**
 * A view of a shape that the tensor broadcasts to.
 *
 * @param {Tensor} x
 * @param {number[]} shape
 */
export function stretched(x, shape) {
  const more = shape.length - x.shape.length;
  const strides = shape.map((length, axis) => {
    const own = axis - more;
    return own < 0 || (x.shape[own] === 1 && length !== 1) ? 0 : x.strides[own];
  });
  return new Tensor(x.store, shape, x.dtype, strides, x.offset);
}

/**
 * @param {Tensor} a
 * @param {Tensor} b
 * @param {DType} dtype
 * @param {(a: number, b: number) => number} f
 */
function paired(a, b, dtype, f) {
  const shape = broadcastShape([a.shape, b.shape]);
  const out = allocate(sizeOf(shape), dtype);
  const [left, right] = [stretched(a, shape), stretched(b, shape)];
  const [x, y] = [a.store.numbers, b.store.numbers];
  const depth = shape.length - 1;
  const [stepX, stepY] = [left.strides[depth] ?? 0, right.strides[depth] ?? 0];
  const length = depth < 0 ? 1 : shape[depth];
  let at = 0;
  (function down(/** @type {number} */ axis, /** @type {number} */ i, /** @type {number} */ j) {
    if (axis >= depth) {
      for (let k = 0; k < length; k++) out[at++] = f(x[i + k * stepX], y[j + k * stepY]);
      return;
    }
    for (let k = 0; k < shape[axis]; k++) {
      down(axis + 1, i + k * left.strides[axis], j + k * right.strides[axis]);
    }
  })(0, left.offset, right.offset);
  return tensorOf(out, shape, dtype);
}

/**
 * @param {Tensor} condition bool
 * @param {Tensor} a
 * @param {Tensor} b
 * @returns {Tensor}
 */
export function where(condition, a, b) {
  const dtype = commonDtype([a, b]);
  const shape = broadcastShape([condition.shape, a.shape, b.shape]);
  const [c, x, y] = [condition, a, b].map((each) => dense(stretched(each, shape)));
  const out = allocate(c.length, dtype);
  for (let i = 0; i < out.length; i++) out[i] = c[i] ? x[i] : y[i];
  return followed(tensorOf(out, shape, dtype), "where", [a, b], (g) => {
    const chosen = mul(g, condition);
    return [sumTo(chosen, a.shape), sumTo(binary("sub", g, chosen), b.shape)];
  });
}
