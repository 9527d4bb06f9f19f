/** Views and copies: indexing, reshaping, putting together. Views share their store, as in PyTorch. */
import { binary, commonDtype, cut, followed, stretched } from "./elementwise.js";
import { failure } from "./failure.js";
import { axisIn } from "./reduce.js";
import {
  allocate,
  dense,
  filled,
  from,
  isDense,
  sizeOf,
  stridesOf,
  Tensor,
  tensorOf,
  write,
} from "./tensor.js";

/**
 * A view with its gradient: what flows back is put where the view looked.
 *
 * @param {Tensor} x
 * @param {string} name
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} offset
 */
function viewed(x, name, shape, strides, offset) {
  const view = new Tensor(x.store, shape, x.dtype, strides, offset);
  return followed(view, name, [x], (g) => {
    const whole = filled(x.shape, x.dtype, 0);
    const own = layoutOf(x, shape, strides, offset);
    const numbers = dense(g);
    const target = whole.store.numbers;
    for (let i = 0; i < numbers.length; i++) target[own[i]] += numbers[i];
    return [whole];
  });
}

/**
 * Where in a dense tensor of x's shape a view of x looks.
 *
 * @param {Tensor} x
 * @param {number[]} shape
 * @param {number[]} strides
 * @param {number} offset
 */
function layoutOf(x, shape, strides, offset) {
  const places = new Tensor(
    { numbers: new Float64Array(x.store.numbers.length), version: 0 },
    x.shape,
    "int64",
    x.strides,
    x.offset,
  );
  write(
    places,
    Float64Array.from({ length: x.size }, (_, i) => i),
  );
  return dense(new Tensor(places.store, shape, "int64", strides, offset));
}

/**
 * @param {Tensor} x
 * @param {number[]} wanted one may be −1
 * @returns {Tensor}
 */
export function reshaped(x, wanted) {
  const known = sizeOf(wanted.filter((length) => length !== -1));
  const shape = wanted.map((length) => (length === -1 ? x.size / known : length));
  if (sizeOf(shape) !== x.size || shape.some((length) => !Number.isInteger(length) || length < 0)) {
    throw failure(
      "RuntimeError",
      `shape '[${wanted.join(", ")}]' is invalid for input of size ${x.size}`,
    );
  }
  if (isDense(x)) {
    const view = new Tensor(x.store, shape, x.dtype, stridesOf(shape), x.offset);
    return followed(view, "view", [x], (g) => [reshaped(g, x.shape)]);
  }
  return followed(tensorOf(dense(x), shape, x.dtype), "view", [x], (g) => [reshaped(g, x.shape)]);
}

/**
 * @param {Tensor} x
 * @param {number[]} order of the axes
 * @returns {Tensor}
 */
export function permuted(x, order) {
  const axes = order.map((axis) => axisIn(axis, x.shape.length));
  const pick = (/** @type {number[]} */ list) => axes.map((axis) => list[axis]);
  const view = new Tensor(x.store, pick(x.shape), x.dtype, pick(x.strides), x.offset);
  const back = axes.map((_, axis) => axes.indexOf(axis));
  return followed(view, "permute", [x], (g) => [permuted(g, back)]);
}

/**
 * @param {Tensor} x
 * @param {number} first
 * @param {number} second
 */
export function transposed(x, first, second) {
  const order = x.shape.map((_, axis) => axis);
  const [a, b] = [axisIn(first, order.length), axisIn(second, order.length)];
  [order[a], order[b]] = [b, a];
  return permuted(x, order);
}

/**
 * @param {Tensor} x
 * @param {number[]} wanted −1 keeps a length
 */
export function expanded(x, wanted) {
  const more = wanted.length - x.shape.length;
  const shape = wanted.map((length, axis) => (length === -1 ? x.shape[axis - more] : length));
  const fits =
    more >= 0 && x.shape.every((length, i) => length === 1 || length === shape[i + more]);
  if (!fits) {
    throw failure(
      "RuntimeError",
      `a tensor of shape [${x.shape.join(", ")}] cannot be expanded to [${wanted.join(", ")}]`,
    );
  }
  const { strides, offset } = stretched(x, shape);
  return viewed(x, "expand", shape, strides, offset);
}

/**
 * @param {Tensor} x
 * @param {number} axis
 */
export function unsqueezed(x, axis) {
  const at = axisIn(axis, x.shape.length + 1);
  return reshapedView(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)], at);
}

/**
 * @param {Tensor} x
 * @param {number|null} axis all of length 1 if null
 */
export function squeezed(x, axis) {
  const only = axis === null ? null : axisIn(axis, x.shape.length);
  const kept = x.shape
    .map((_, i) => i)
    .filter((i) => x.shape[i] !== 1 || (only !== null && i !== only));
  const pick = (/** @type {number[]} */ list) => kept.map((i) => list[i]);
  return viewed(x, "squeeze", pick(x.shape), pick(x.strides), x.offset);
}

/**
 * @param {Tensor} x
 * @param {number[]} shape
 * @param {number} at where the new axis is
 */
function reshapedView(x, shape, at) {
  const strides = [...x.strides.slice(0, at), 0, ...x.strides.slice(at)];
  return viewed(x, "unsqueeze", shape, strides, x.offset);
}

/**
 * Index as Python does. Each part is null (a new axis), an ellipsis, a place, a slice or a tensor.
 *
 * @typedef {null|"..."|number|{from: number|null, to: number|null, step: number}|Tensor} Part
 * @param {Tensor} x
 * @param {Part[]} parts
 * @returns {Tensor}
 */
export function indexed(x, parts) {
  const { view, lists } = basicIndex(x, parts);
  if (lists.length === 0) return view;
  const { places, shape } = gathered(view, lists);
  const numbers = dense(view);
  const out = allocate(places.length, x.dtype);
  for (let i = 0; i < out.length; i++) out[i] = numbers[places[i]];
  return followed(tensorOf(out, shape, x.dtype), "index", [view], (g) => {
    const whole = filled(view.shape, x.dtype, 0);
    const pulled = dense(g);
    for (let i = 0; i < places.length; i++) whole.store.numbers[places[i]] += pulled[i];
    return [whole];
  });
}

/**
 * Write into the places that an index names.
 *
 * @param {Tensor} x
 * @param {Part[]} parts
 * @param {Tensor} values
 */
export function assigned(x, parts, values) {
  const { view, lists } = basicIndex(cut(x), parts);
  if (lists.length === 0) {
    write(view, dense(stretchedInto(values, view.shape)));
    return;
  }
  const { places, shape } = gathered(view, lists);
  const numbers = dense(view).slice();
  const given = dense(stretchedInto(values, shape));
  for (let i = 0; i < places.length; i++) numbers[places[i]] = given[i];
  write(view, numbers);
}

/**
 * @param {Tensor} values
 * @param {number[]} shape
 */
export function stretchedInto(values, shape) {
  const extra = values.shape.length - shape.length;
  const squeezedValues =
    extra > 0 && values.shape.slice(0, extra).every((length) => length === 1)
      ? reshaped(cut(values), values.shape.slice(extra))
      : cut(values);
  return cut(expanded(squeezedValues, shape));
}

/**
 * Numbers, slices and new axes make a view; tensors among the parts are left for later.
 *
 * @param {Tensor} x
 * @param {Part[]} parts
 */
function basicIndex(x, parts) {
  const used = (/** @type {Part} */ part) =>
    part instanceof Tensor && part.dtype === "bool"
      ? part.shape.length
      : Number(part !== null && part !== "...");
  const taken = parts.reduce((/** @type {number} */ sum, part) => sum + used(part), 0);
  if (taken > x.shape.length) {
    throw failure("IndexError", `too many indices for tensor of dimension ${x.shape.length}`);
  }
  const full = parts.includes("...") ? parts : [...parts, /** @type {Part} */ ("...")];
  /** @type {number[]} */
  const shape = [];
  /** @type {number[]} */
  const strides = [];
  /** @type {Array<{axis: number, list: Tensor}>} */
  const lists = [];
  let { offset } = x;
  let axis = 0;
  for (const part of full) {
    const keep = (/** @type {number} */ count) => {
      for (; count > 0; count--, axis++) {
        shape.push(x.shape[axis]);
        strides.push(x.strides[axis]);
      }
    };
    if (part === null) {
      shape.push(1);
      strides.push(0);
    } else if (part === "...") {
      keep(x.shape.length - taken);
    } else if (part instanceof Tensor) {
      lists.push({ axis: shape.length, list: part });
      keep(used(part));
    } else if (typeof part === "number") {
      offset += placeIn(part, x.shape[axis], axis) * x.strides[axis];
      axis++;
    } else {
      const { start, length } = sliced(part, x.shape[axis]);
      offset += start * x.strides[axis];
      shape.push(length);
      strides.push(part.step * x.strides[axis]);
      axis++;
    }
  }
  return { view: viewed(x, "slice", shape, strides, offset), lists };
}

/**
 * @param {number} place
 * @param {number} length
 * @param {number} axis
 */
function placeIn(place, length, axis) {
  if (place < -length || place >= length) {
    throw failure(
      "IndexError",
      `index ${place} is out of bounds for dimension ${axis} with size ${length}`,
    );
  }
  return place < 0 ? place + length : place;
}

/**
 * @param {{from: number|null, to: number|null, step: number}} slice
 * @param {number} length
 */
function sliced({ from: first, to, step }, length) {
  if (step < 1) throw failure("ValueError", "step must be greater than zero");
  const bound = (/** @type {number} */ at) =>
    Math.min(length, Math.max(0, at < 0 ? at + length : at));
  const start = bound(first ?? 0);
  return { start, length: Math.max(0, Math.ceil((bound(to ?? length) - start) / step)) };
}

/**
 * Which places of a view, in row-major order, lists of indices or a mask name.
 *
 * @param {Tensor} view
 * @param {Array<{axis: number, list: Tensor}>} lists side by side
 */
function gathered(view, lists) {
  const first = lists[0].axis;
  const columns = lists.flatMap(({ list }) => (list.dtype === "bool" ? columnsOf(list) : [list]));
  const common = columns.reduce(
    (shape, { shape: own }) => (own.length > shape.length ? own : shape),
    /** @type {number[]} */ ([]),
  );
  const indices = columns.map((column) => dense(stretchedInto(column, common)));
  const count = sizeOf(common);
  const [lead, tail] = [view.shape.slice(0, first), view.shape.slice(first + columns.length)];
  const [outer, inner] = [sizeOf(lead), sizeOf(tail)];
  const own = view.shape.slice(first, first + columns.length);
  const places = new Float64Array(outer * count * inner);
  let at = 0;
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < count; j++) {
      const row = own.reduce(
        (sum, length, k) => sum * length + placeIn(indices[k][j], length, first + k),
        0,
      );
      for (let k = 0; k < inner; k++) places[at++] = (i * sizeOf(own) + row) * inner + k;
    }
  }
  return { places, shape: [...lead, ...common, ...tail] };
}

/** The places where a mask is true, a list for each of its axes. @param {Tensor} mask */
export function columnsOf(mask) {
  const numbers = dense(mask);
  const steps = stridesOf(mask.shape);
  const found = Array.from(numbers.keys()).filter((i) => numbers[i]);
  return mask.shape.map((length, axis) =>
    from(
      found.map((i) => Math.floor(i / steps[axis]) % length),
      [found.length],
      "int64",
    ),
  );
}

/**
 * @param {Tensor[]} tensors
 * @param {number} axis
 */
export function joined(tensors, axis) {
  const at = axisIn(axis, tensors[0].shape.length);
  const dtype = commonDtype(tensors);
  const shape = [...tensors[0].shape];
  for (const { shape: other } of tensors) {
    if (
      other.length !== shape.length ||
      other.some((length, i) => i !== at && length !== shape[i])
    ) {
      throw failure("RuntimeError", "Sizes of tensors must match except in the dimension of cat");
    }
  }
  shape[at] = tensors.reduce((sum, tensor) => sum + tensor.shape[at], 0);
  const whole = filled(shape, dtype, 0);
  let start = 0;
  const ranges = tensors.map((tensor) => {
    const range = { from: start, to: start + tensor.shape[at], step: 1 };
    const parts = [...shape.slice(0, at).map(() => ({ from: null, to: null, step: 1 })), range];
    if (tensor.size) assigned(whole, parts, tensor);
    start = range.to;
    return parts;
  });
  whole.store.version = 0;
  return followed(whole, "cat", tensors, (g) => ranges.map((parts) => indexed(g, parts)));
}

/**
 * @param {Tensor[]} tensors of one shape
 * @param {number} axis
 */
export function stacked(tensors, axis) {
  if (tensors.length === 0) throw failure("RuntimeError", "stack expects a non-empty TensorList");
  return joined(
    tensors.map((tensor) => unsqueezed(tensor, axisIn(axis, tensors[0].shape.length + 1))),
    axis,
  );
}

/**
 * Differences of neighbours along the last axis.
 *
 * @param {Tensor} x
 */
export function differences(x) {
  const end = (/** @type {number|null} */ first, /** @type {number|null} */ to) =>
    indexed(x, ["...", { from: first, to, step: 1 }]);
  return binary("sub", end(1, null), end(null, -1));
}
