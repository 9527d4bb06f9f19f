/** nwcore's own functions on tensors, computed by the engine of the explorers. */
import { attentionWeights, pool, rmse } from "../../../nwcore/explorers/js/engine/attention.js";
import {
  makeQueries,
  makeRegression,
  trueFunction,
} from "../../../nwcore/explorers/js/engine/data.js";
import { uniform } from "../../../nwcore/explorers/js/engine/draws.js";
import { kernelNamed } from "../../../nwcore/explorers/js/engine/kernels.js";
import { leaveOneOut } from "../../../nwcore/explorers/js/engine/training.js";
import { binary, cut, followed } from "./elementwise.js";
import { failure, lacking } from "./failure.js";
import { matmul } from "./products.js";
import { reshaped } from "./shapes.js";
import { allocate, dense, from, item, scalar, settings, tensorOf } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {import("./tensor.js").DType} DType */
/** @typedef {import("../../../nwcore/explorers/js/engine/kernels.js").Kernel} Kernel */

const N_TEST = 50;
const MOST_PAIRS = 1e9; // about half a minute
const START_STREAM = 2; // of the draws of nwcore.model

const doubles = (/** @type {Tensor} */ x) => Float64Array.from(dense(x));

/**
 * Training and test pairs: x, y, x_test, y_test.
 *
 * @param {number} n
 * @param {number} noise
 * @param {number} seed
 * @param {DType} dtype
 */
export function regressionData(n, noise, seed, dtype) {
  const { x, y } = makeRegression(n, noise, seed);
  const queries = makeQueries(N_TEST);
  return [x, y, queries, queries.map(trueFunction)].map((all) => from(all, [all.length], dtype));
}

/** @param {Tensor} x */
export function truth(x) {
  if (x.followed && settings.gradients) throw lacking("the gradient of nwcore.true_function");
  return from(doubles(x).map(trueFunction), x.shape, x.dtype);
}

/**
 * The first w of a model.
 *
 * @param {number} seed
 * @param {DType} dtype
 */
export const startingW = (seed, dtype) => from(uniform(seed, START_STREAM, 1), [1], dtype);

/**
 * K(u), as nwcore's kernels are called.
 *
 * @param {string} name
 * @param {Tensor} u
 */
export function kernelValue(name, u) {
  const kernel = kernelNamed(name);
  const result = from(
    doubles(u).map((each) => kernel.value(each)),
    u.shape,
    u.dtype,
  );
  return followed(result, name, [u], (g) => {
    const slope = from(
      doubles(u).map((each) => kernel.derivative(each)),
      u.shape,
      u.dtype,
    );
    return [binary("mul", g, slope)];
  });
}

/** @param {Tensor[]} inputs */
function refuseGradients(...inputs) {
  if (settings.gradients && inputs.some((each) => each.followed)) {
    throw lacking("the gradient of attention by queries and keys (by w and values it is)");
  }
}

/**
 * Raise where only nwcore's fast methods would come to an end.
 *
 * @param {number} pairs of a query and a key
 */
function refuseMany(pairs) {
  if (pairs > MOST_PAIRS) {
    throw lacking(
      `attention to more than ${MOST_PAIRS.toLocaleString("en")} pairs of query and key`,
    );
  }
}

/**
 * Weights of one query after another, each in one array that is written over.
 *
 * @param {Tensor} queries (q)
 * @param {Tensor} keys (k) or (q, k)
 * @param {number} w
 * @param {Kernel} kernel
 * @param {(row: Float64Array, query: number, keys: Float64Array, i: number) => void} visit
 */
function eachQuery(queries, keys, w, kernel, visit) {
  refuseMany(queries.size * keys.shape[keys.shape.length - 1]);
  const all = doubles(keys);
  const k = keys.shape[keys.shape.length - 1];
  const shared = keys.shape.length === 1;
  const out = new Float64Array(k);
  doubles(queries).forEach((query, i) => {
    const own = shared ? all : all.subarray(i * k, (i + 1) * k);
    visit(attentionWeights(Float64Array.of(query), own, w, kernel, out), query, own, i);
  });
}

/**
 * Raise unless every query has a key in reach.
 *
 * @param {number} weight one of the query's
 * @param {number} query
 * @param {number} i
 * @param {number} w
 * @param {string} kernel
 * @param {boolean} nan whether NaN was asked for
 */
function checkReach(weight, query, i, w, kernel, nan) {
  if (nan || !Number.isNaN(weight)) return;
  throw failure(
    "ValueError",
    `query ${i} (x = ${query}) has no key in reach of the ${kernel} kernel with w = ${w}; ` +
      'use a smaller w, or empty="nan"',
  );
}

/**
 * dα/dw of one query.
 *
 * @param {Float64Array} weights
 * @param {number} query
 * @param {Float64Array} keys
 * @param {number} w
 * @param {Kernel} kernel
 */
function slopesOf(weights, query, keys, w, kernel) {
  const distances = keys.map((key) => Math.abs(query - key));
  if (kernel.logDrop) {
    const scores = distances.map((distance) => -distance * distance * w);
    const mean = scores.reduce((sum, score, i) => sum + (weights[i] && weights[i] * score), 0);
    return scores.map((score, i) => weights[i] && weights[i] * (score - mean));
  }
  const steepness = Math.abs(w);
  const total = distances.reduce((sum, distance) => sum + kernel.value(distance * steepness), 0);
  const turns = distances.map((d) => kernel.derivative(d * steepness) * d * Math.sign(w));
  const turn = turns.reduce((sum, each) => sum + each, 0);
  return turns.map((each, i) => (each - weights[i] * turn) / total);
}

/**
 * @param {Tensor} queries (q)
 * @param {Tensor} keys (k) or (q, k)
 * @param {Tensor} w one number
 * @param {string} name of the kernel
 * @param {boolean} nan
 * @returns {Tensor} (q, k)
 */
export function weighed(queries, keys, w, name, nan) {
  refuseGradients(queries, keys);
  const kernel = kernelNamed(name);
  const at = item(w);
  const k = keys.shape[keys.shape.length - 1];
  const out = allocate(queries.size * k, queries.dtype);
  eachQuery(queries, keys, at, kernel, (row, query, own, i) => {
    checkReach(row[0], query, i, at, name, nan);
    out.set(row, i * k);
  });
  const result = tensorOf(out, [queries.size, k], queries.dtype);
  return followed(result, "attention_weights", [w], (g) => {
    const pulled = doubles(g);
    let slope = 0;
    eachQuery(queries, keys, at, kernel, (row, query, own, i) => {
      const slopes = slopesOf(row, query, own, at, kernel);
      slope += pool(slopes, pulled.subarray(i * k, (i + 1) * k))[0];
    });
    return [from([slope], w.shape, w.dtype)];
  });
}

/**
 * @param {Tensor} queries (q)
 * @param {Tensor} keys (k) or (q, k)
 * @param {Tensor} values as the keys, or (k, c)
 * @param {Tensor} w one number
 * @param {string} name of the kernel
 * @param {boolean} nan
 * @returns {Tensor} (q) or (q, c)
 */
export function pooled(queries, keys, values, w, name, nan) {
  const columns = values.shape.length > keys.shape.length;
  if (columns || (values.followed && settings.gradients)) {
    const all = weighed(queries, keys, w, name, nan);
    if (values.shape.length === keys.shape.length && keys.shape.length === 2) {
      const [q, k] = keys.shape;
      return reshaped(matmul(reshaped(all, [q, 1, k]), reshaped(values, [q, k, 1])), [q]);
    }
    return matmul(all, values);
  }
  refuseGradients(queries, keys);
  const kernel = kernelNamed(name);
  const at = item(w);
  const outputs = doubles(values);
  const k = keys.shape[keys.shape.length - 1];
  const ownOutputs = (/** @type {number} */ i) =>
    keys.shape.length === 1 ? outputs : outputs.subarray(i * k, (i + 1) * k);
  const out = allocate(queries.size, queries.dtype);
  eachQuery(queries, keys, at, kernel, (row, query, own, i) => {
    checkReach(row[0], query, i, at, name, nan);
    out[i] = pool(row, ownOutputs(i))[0];
  });
  return followed(tensorOf(out, [queries.size], queries.dtype), "attention_pooling", [w], (g) => {
    const pulled = dense(g);
    let slope = 0;
    eachQuery(queries, keys, at, kernel, (row, query, own, i) => {
      slope += pulled[i] * pool(slopesOf(row, query, own, at, kernel), ownOutputs(i))[0];
    });
    return [from([slope], w.shape, w.dtype)];
  });
}

/**
 * The sum of squared leave-one-out errors.
 *
 * @param {Tensor} x (n)
 * @param {Tensor} y (n)
 * @param {Tensor} w one number
 * @param {string} name of the kernel
 * @returns {Tensor} a number
 */
export function leaveOneOutLoss(x, y, w, name) {
  if (settings.gradients && (x.followed || y.followed)) {
    throw lacking("the gradient of nwcore.leave_one_out_loss by the data (by w it is)");
  }
  refuseMany(x.size ** 2);
  const { loss, gradient, empty } = leaveOneOut(doubles(x), doubles(y), item(w), kernelNamed(name));
  if (empty > 0) {
    throw failure(
      "ValueError",
      `${empty} of x_train have no other input in reach of the ${name} kernel with w = ${item(w)}; ` +
        "use a smaller w",
    );
  }
  if (!Number.isFinite(loss)) {
    throw failure("ValueError", "y_train must have a finite sum of squared errors");
  }
  return followed(from([loss], [], x.dtype), "leave_one_out_loss", [w], (g) => {
    const slope = from([gradient], w.shape, w.dtype);
    return [binary("mul", slope, cut(g))];
  });
}

/**
 * @param {Tensor} a
 * @param {Tensor} b
 */
export const errorOf = (a, b) => rmse(doubles(a), doubles(b));

/** A number that nothing follows. @param {number} w */
export const fixedW = (w) => scalar(w, "float64");
