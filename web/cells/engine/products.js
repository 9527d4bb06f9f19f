/** Products of matrices, in batches, with their gradients. */
import { broadcastShape, commonDtype, followed, stretched } from "./elementwise.js";
import { failure } from "./failure.js";
import { sumTo } from "./reduce.js";
import { reshaped, squeezed, transposed, unsqueezed } from "./shapes.js";
import { allocate, dense, sizeOf, tensorOf } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */

/**
 * a @ b: vectors, matrices and batches of them.
 *
 * @param {Tensor} a
 * @param {Tensor} b
 * @returns {Tensor}
 */
export function matmul(a, b) {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw failure("RuntimeError", "both arguments to matmul need to be at least 1D");
  }
  if (a.dtype !== b.dtype) {
    throw failure(
      "RuntimeError",
      `expected m1 and m2 to have the same dtype, got ${a.dtype} and ${b.dtype}`,
    );
  }
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const left = row ? unsqueezed(a, 0) : a;
  const right = column ? unsqueezed(b, 1) : b;
  let result = product(left, right);
  if (column) result = squeezed(result, -1);
  if (row) result = squeezed(result, column ? -1 : -2);
  return result;
}

/**
 * @param {Tensor} a (..., n, m)
 * @param {Tensor} b (..., m, p)
 * @returns {Tensor} (..., n, p)
 */
function product(a, b) {
  const [n, m] = a.shape.slice(-2);
  const [inner, p] = b.shape.slice(-2);
  if (m !== inner) {
    throw failure(
      "RuntimeError",
      `mat1 and mat2 shapes cannot be multiplied (${n}x${m} and ${inner}x${p})`,
    );
  }
  const batch = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const dtype = commonDtype([a, b]);
  const x = dense(stretched(a, [...batch, n, m]));
  const y = dense(stretched(transposed(b, -1, -2), [...batch, p, m]));
  const out = allocate(sizeOf(batch) * n * p, dtype);
  for (let matrix = 0, at = 0; matrix < sizeOf(batch); matrix++) {
    for (let i = 0; i < n; i++) {
      const start = (matrix * n + i) * m;
      for (let j = 0; j < p; j++, at++) {
        const other = (matrix * p + j) * m;
        let sum = 0;
        for (let k = 0; k < m; k++) sum += x[start + k] * y[other + k];
        out[at] = sum;
      }
    }
  }
  const result = tensorOf(out, [...batch, n, p], dtype);
  return followed(result, "matmul", [a, b], (g) => [
    a.followed ? sumTo(product(g, transposed(b, -1, -2)), a.shape) : null,
    b.followed ? sumTo(product(transposed(a, -1, -2), g), b.shape) : null,
  ]);
}

/**
 * @param {Tensor} a (b, n, m)
 * @param {Tensor} b (b, m, p)
 */
export function bmm(a, b) {
  for (const tensor of [a, b]) {
    if (tensor.shape.length !== 3)
      throw failure("RuntimeError", "batch1 and batch2 must be 3D tensors");
  }
  if (a.shape[0] !== b.shape[0]) {
    throw failure("RuntimeError", `bmm: batches of ${a.shape[0]} and ${b.shape[0]} do not fit`);
  }
  return matmul(a, b);
}

/**
 * @param {Tensor} a (n)
 * @param {Tensor} b (m)
 */
export const outer = (a, b) => matmul(reshaped(a, [-1, 1]), reshaped(b, [1, -1]));
