/**
 * Tensors on the CPU: a store of numbers, and a view of it by shape and strides, as PyTorch has them.
 *
 * @typedef {"bool"|"int64"|"float32"|"float64"} DType
 * @typedef {Uint8Array|Float32Array|Float64Array} Numbers
 * @typedef {{numbers: Numbers, version: number}} Store version counts what was written in place
 * @typedef {object} Node how a tensor came about
 * @property {string} name of the function
 * @property {Tensor[]} inputs
 * @property {number[]} versions of the inputs' stores, when they were read
 * @property {(gradient: Tensor) => Array<Tensor|null>} backward gradients of the inputs
 */
import { failure } from "./failure.js";

/** From the narrowest: of two types the later is that of their sum. Integers are exact to 2^53. */
export const DTYPES = /** @type {DType[]} */ (["bool", "int64", "float32", "float64"]);
const STORES = {
  bool: Uint8Array,
  int64: Float64Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** What the tensors of one run of a cell may take: MicroPython frees nothing before its end. */
const MOST_BYTES = 1.5e9;

export const settings = {
  defaultDtype: /** @type {DType} */ ("float32"),
  gradients: true,
  bytes: 0,
};

export class Tensor {
  /** @type {Node|null} */
  node = null;
  /** @type {Tensor|null} */
  grad = null;
  requiresGrad = false;
  /** Whether it is a Python number, which gives way to the type of a tensor. */
  weak = false;

  /**
   * @param {Store} store
   * @param {number[]} shape
   * @param {DType} dtype
   * @param {number[]} strides
   * @param {number} offset
   */
  constructor(store, shape, dtype, strides = stridesOf(shape), offset = 0) {
    this.store = store;
    this.shape = shape;
    this.dtype = dtype;
    this.strides = strides;
    this.offset = offset;
  }

  get size() {
    return sizeOf(this.shape);
  }

  get followed() {
    return this.requiresGrad || this.node !== null;
  }
}

/** @param {number[]} shape */
export const sizeOf = (shape) => shape.reduce((product, length) => product * length, 1);

/** @param {DType} dtype */
export const isFloat = (dtype) => dtype === "float32" || dtype === "float64";

/** @param {number[]} shape */
export function stridesOf(shape) {
  const strides = new Array(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/**
 * @param {number} size
 * @param {DType} dtype
 * @returns {Numbers}
 */
export function allocate(size, dtype) {
  const Kind = STORES[dtype];
  settings.bytes += size * Kind.BYTES_PER_ELEMENT;
  if (settings.bytes > MOST_BYTES) {
    throw failure(
      "MemoryError",
      `the tensors of this run take more than ${MOST_BYTES / 1e9} GB, which is what the small ` +
        "interpreter of this page gives them; `make lab` runs the real PyTorch",
    );
  }
  return new Kind(size);
}

/**
 * A new tensor around numbers in row-major order.
 *
 * @param {Numbers} numbers
 * @param {number[]} shape
 * @param {DType} dtype
 */
export const tensorOf = (numbers, shape, dtype) =>
  new Tensor({ numbers, version: 0 }, shape, dtype);

/**
 * A tensor of one number in every place.
 *
 * @param {number[]} shape
 * @param {DType} dtype
 * @param {number} value
 */
export function filled(shape, dtype, value) {
  return tensorOf(allocate(sizeOf(shape), dtype).fill(value), shape, dtype);
}

/**
 * A tensor of numbers that are given as any list.
 *
 * @param {ArrayLike<number>} values
 * @param {number[]} shape
 * @param {DType} dtype
 */
export function from(values, shape, dtype) {
  const numbers = allocate(sizeOf(shape), dtype);
  numbers.set(values);
  return tensorOf(numbers, shape, dtype);
}

/**
 * A Python number beside a tensor.
 *
 * @param {number} value
 * @param {DType} dtype
 */
export function scalar(value, dtype) {
  const tensor = from([value], [], dtype);
  tensor.weak = true;
  return tensor;
}

/**
 * Go through the rows of a view: where in the store each begins, in row-major order.
 *
 * @param {Tensor} tensor
 * @param {(start: number) => void} visit
 */
export function eachRow({ shape, strides, offset }, visit) {
  const depth = shape.length - 1;
  (function down(/** @type {number} */ axis, /** @type {number} */ start) {
    if (axis >= depth) {
      visit(start);
      return;
    }
    for (let i = 0; i < shape[axis]; i++) down(axis + 1, start + i * strides[axis]);
  })(0, offset);
}

/**
 * The numbers of a view in row-major order: its own store where they lie so, else a copy.
 *
 * @param {Tensor} tensor
 * @returns {Numbers}
 */
export function dense(tensor) {
  const { store, shape, strides, offset, size } = tensor;
  if (isDense(tensor)) {
    const whole = offset === 0 && size === store.numbers.length;
    return whole ? store.numbers : store.numbers.subarray(offset, offset + size);
  }
  const numbers = allocate(size, tensor.dtype);
  const length = shape[shape.length - 1];
  const step = strides[strides.length - 1];
  let at = 0;
  if (size > 0) {
    eachRow(tensor, (start) => {
      for (let i = 0; i < length; i++) numbers[at++] = store.numbers[start + i * step];
    });
  }
  return numbers;
}

/** @param {Tensor} tensor */
export function isDense({ shape, strides }) {
  const wanted = stridesOf(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === wanted[axis]);
}

/**
 * Write numbers, in row-major order, into the places of a view.
 *
 * @param {Tensor} tensor
 * @param {ArrayLike<number>} values one for all places, or one each
 */
export function write(tensor, values) {
  const { store, shape, strides, size } = tensor;
  store.version += 1;
  const step = values.length === 1 ? 0 : 1;
  if (shape.length === 0) {
    store.numbers[tensor.offset] = values[0];
    return;
  }
  if (size === 0) return;
  let at = 0;
  eachRow(tensor, (start) => {
    for (let i = 0; i < shape[shape.length - 1]; i++, at += step) {
      store.numbers[start + i * strides[strides.length - 1]] = values[at];
    }
  });
}

/**
 * The one number of a tensor.
 *
 * @param {Tensor} tensor
 */
export function item(tensor) {
  if (tensor.size !== 1) {
    throw failure(
      "RuntimeError",
      `a Tensor with ${tensor.size} elements cannot be converted to Scalar`,
    );
  }
  return tensor.store.numbers[tensor.offset];
}
