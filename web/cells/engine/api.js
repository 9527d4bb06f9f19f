/**
 * What Python calls. An error must not pass through the interpreter as an exception of JavaScript: a
 * function returns null instead, and `failed` says why.
 */
import { backward, gradients } from "./autograd.js";
import { binary, commonDtype, cut, followed, unary, where } from "./elementwise.js";
import { failure } from "./failure.js";
import { format, repr } from "./format.js";
import * as nadaraya from "./nadaraya.js";
import { print } from "./printing.js";
import { bmm, matmul, outer } from "./products.js";
import { Generator } from "./random.js";
import { cumsum, reduce, softmax, sorted, variance } from "./reduce.js";
import * as shapes from "./shapes.js";
import {
  allocate,
  dense,
  filled,
  from,
  item,
  scalar,
  settings,
  tensorOf,
  write,
} from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {import("./tensor.js").DType} DType */
/** @typedef {Iterable<any>} List a list of Python's */

const KINDS = /** @type {Record<string, DType>} */ ({ f: "float64", i: "int64", b: "bool" });

/**
 * A tensor, or a Python number of a kind: "f", "i", "b".
 *
 * @param {any} value
 * @param {string} kind
 * @returns {Tensor}
 */
const operand = (value, kind) => (kind === "t" ? value : scalar(Number(value), KINDS[kind]));

/** @param {List|null} list */
const listed = (list) => Array.from(list ?? []);

/** @param {List|null} list */
const axesOf = (list) => (list === null || list === undefined ? null : listed(list).map(Number));

/**
 * A number as Python can take it: it has no −0 and no large whole number from JavaScript.
 *
 * @param {number} x
 */
const safe = (x) =>
  Number.isInteger(x) && (Math.abs(x) >= 2 ** 31 || Object.is(x, -0)) ? repr(x) : x;

/**
 * @param {string} text parts with "|" between: n, e, i3, s1:2:1, t (the next of the tensors)
 * @param {Tensor[]} tensors
 * @returns {shapes.Part[]}
 */
function partsOf(text, tensors) {
  let next = 0;
  const bound = (/** @type {string} */ each) => (each === "" ? null : Number(each));
  return text.split("|").map((part) => {
    if (part === "n") return null;
    if (part === "e") return "...";
    if (part === "t") return tensors[next++];
    if (part[0] === "i") return Number(part.slice(1));
    const [first, to, step] = part.slice(1).split(":").map(bound);
    return { from: first, to, step: step ?? 1 };
  });
}

/** @param {Tensor} x */
function refuseFollowed(x) {
  if (x.followed && settings.gradients) {
    throw failure(
      "RuntimeError",
      x.requiresGrad
        ? "a leaf Variable that requires grad is being used in an in-place operation."
        : "writing in place into a tensor that gradients flow through is not in this page's " +
            "stand-in for PyTorch; `make lab` runs the real one",
    );
  }
}

/** @type {Generator} */
let generator = new Generator(Math.floor(Math.random() * 2 ** 32));

/**
 * @param {Tensor} x
 * @param {DType} dtype
 * @returns {Tensor}
 */
function cast(x, dtype) {
  const numbers = dense(x);
  const out = allocate(numbers.length, dtype);
  const whole = dtype === "int64";
  for (let i = 0; i < out.length; i++) {
    out[i] =
      dtype === "bool" ? Number(numbers[i] !== 0) : whole ? Math.trunc(numbers[i]) : numbers[i];
  }
  return followed(tensorOf(out, x.shape, dtype), "to", [x], (g) => [cast(g, x.dtype)]);
}

const functions = {
  unary,
  matmul,
  bmm,
  outer,
  softmax,
  cumsum,
  variance: (
    /** @type {Tensor} */ x,
    /** @type {List} */ axes,
    /** @type {boolean} */ keep,
    /** @type {number} */ c,
  ) => variance(x, axesOf(axes), keep, c),
  binary: (
    /** @type {string} */ name,
    /** @type {any} */ a,
    /** @type {string} */ ka,
    /** @type {any} */ b,
    /** @type {string} */ kb,
  ) => binary(name, operand(a, ka), operand(b, kb)),
  where: (
    /** @type {Tensor} */ c,
    /** @type {any} */ a,
    /** @type {string} */ ka,
    /** @type {any} */ b,
    /** @type {string} */ kb,
  ) => where(c, operand(a, ka), operand(b, kb)),
  reduce: (
    /** @type {string} */ name,
    /** @type {Tensor} */ x,
    /** @type {List|null} */ axes,
    /** @type {boolean} */ keep,
  ) => reduce(name, x, axesOf(axes), keep),
  sorted: (
    /** @type {Tensor} */ x,
    /** @type {boolean} */ descending,
    /** @type {number} */ which,
  ) => sorted(x, descending)[which],
  reshape: (/** @type {Tensor} */ x, /** @type {List} */ shape) =>
    shapes.reshaped(x, listed(shape)),
  expand: (/** @type {Tensor} */ x, /** @type {List} */ shape) => shapes.expanded(x, listed(shape)),
  permute: (/** @type {Tensor} */ x, /** @type {List} */ axes) => shapes.permuted(x, listed(axes)),
  transpose: shapes.transposed,
  unsqueeze: shapes.unsqueezed,
  squeeze: shapes.squeezed,
  diff: shapes.differences,
  cat: (/** @type {List} */ tensors, /** @type {number} */ axis) =>
    shapes.joined(listed(tensors), axis),
  stack: (/** @type {List} */ tensors, /** @type {number} */ axis) =>
    shapes.stacked(listed(tensors), axis),
  index: (
    /** @type {Tensor} */ x,
    /** @type {string} */ parts,
    /** @type {Tensor[]} */ ...tensors
  ) => shapes.indexed(x, partsOf(parts, tensors)),
  assign(
    /** @type {Tensor} */ x,
    /** @type {string} */ parts,
    /** @type {any} */ value,
    /** @type {string} */ kind,
    /** @type {Tensor[]} */ ...tensors
  ) {
    const given = operand(value, kind);
    refuseFollowed(x);
    if (given.followed && settings.gradients) refuseFollowed(given);
    shapes.assigned(x, partsOf(parts, tensors), given);
    return true;
  },
  overwrite(/** @type {Tensor} */ x, /** @type {Tensor} */ values) {
    refuseFollowed(x);
    write(x, dense(shapes.stretchedInto(values, x.shape)).slice());
    return true;
  },
  places: (/** @type {Tensor} */ mask) => shapes.stacked(shapes.columnsOf(mask), 1),
  create: (/** @type {List} */ values, /** @type {List} */ shape, /** @type {DType} */ dtype) =>
    from(listed(values).map(Number), listed(shape), dtype),
  full: (/** @type {List} */ shape, /** @type {DType} */ dtype, /** @type {number} */ value) =>
    filled(listed(shape), dtype, Number(value)),
  spaced(
    /** @type {number} */ start,
    /** @type {number} */ step,
    /** @type {number} */ count,
    /** @type {DType} */ dtype,
  ) {
    return from(
      Float64Array.from({ length: count }, (_, i) => start + i * step),
      [count],
      dtype,
    );
  },
  // As PyTorch: from both ends to the middle, and powers of the base for a logarithmic one.
  between(
    /** @type {number} */ start,
    /** @type {number} */ end,
    /** @type {number} */ count,
    /** @type {number|null} */ base,
    /** @type {DType} */ dtype,
  ) {
    const step = count > 1 ? (end - start) / (count - 1) : 0;
    const places = Float64Array.from({ length: count }, (_, i) =>
      i < count / 2 ? start + step * i : end - step * (count - i - 1),
    );
    return from(base === null ? places : places.map((each) => base ** each), [count], dtype);
  },
  eye: (/** @type {number} */ n, /** @type {number} */ m, /** @type {DType} */ dtype) =>
    from(
      Float64Array.from({ length: n * m }, (_, i) => Number(Math.floor(i / m) === i % m)),
      [n, m],
      dtype,
    ),
  rand(/** @type {List} */ shape, /** @type {DType} */ dtype) {
    const tensor = filled(listed(shape), dtype, 0);
    const { numbers } = tensor.store;
    for (let i = 0; i < numbers.length; i++) {
      numbers[i] = dtype === "float32" ? generator.single() : generator.double();
    }
    return tensor;
  },
  seed(/** @type {number} */ seed) {
    generator = new Generator(Number(seed));
    return true;
  },
  cast,
  copy: (/** @type {Tensor} */ x) => {
    const copied = tensorOf(dense(x).slice(), x.shape, x.dtype);
    return followed(copied, "clone", [x], (g) => [g]);
  },
  detach: cut,
  common: (/** @type {List} */ tensors) => commonDtype(listed(tensors)),
  shape: (/** @type {Tensor} */ x) => x.shape.join(","),
  dtype: (/** @type {Tensor} */ x) => x.dtype,
  item: (/** @type {Tensor} */ x) => safe(item(x)),
  numbers: (/** @type {Tensor} */ x) => Array.from(dense(x), safe),
  print,
  follow(/** @type {Tensor} */ x, /** @type {boolean} */ wanted) {
    if (x.dtype !== "float32" && x.dtype !== "float64") {
      throw failure("RuntimeError", "only Tensors of floating point dtype can require gradients");
    }
    if (x.node && !wanted)
      throw failure("RuntimeError", "you can only change requires_grad flags of leaf variables.");
    if (!x.node) x.requiresGrad = wanted;
    return true;
  },
  followed: (/** @type {Tensor} */ x) => x.followed,
  leaf: (/** @type {Tensor} */ x) => x.node === null,
  backward(/** @type {Tensor} */ x, /** @type {boolean} */ keep) {
    backward(x, keep);
    return true;
  },
  gradient(
    /** @type {Tensor} */ x,
    /** @type {boolean} */ keep,
    /** @type {Tensor[]} */ ...inputs
  ) {
    const found = gradients(x, keep);
    return inputs.map((input) => {
      const gradient = found.get(input);
      if (gradient) return gradient;
      throw failure(
        "RuntimeError",
        "One of the differentiated Tensors appears to not have been used in the graph.",
      );
    });
  },
  /** One step of gradient descent, on a loss of one parameter. */
  descend(/** @type {Tensor} */ w, /** @type {Tensor} */ loss, /** @type {number} */ lr) {
    w.grad = null;
    backward(loss, false);
    const step = binary(
      "mul",
      /** @type {Tensor} */ (/** @type {unknown} */ (w.grad)),
      scalar(lr, "float64"),
    );
    write(w, dense(binary("sub", cut(w), step)));
    return true;
  },
  /** Whether x and y can be training pairs; the Python layer says what is wrong if not. */
  arePairs: (/** @type {Tensor} */ x, /** @type {Tensor} */ y) =>
    x.shape.length === 1 &&
    y.shape.length === 1 &&
    x.size > 1 &&
    x.size === y.size &&
    x.dtype === y.dtype &&
    x.dtype.startsWith("float") &&
    dense(x).every(Number.isFinite) &&
    dense(y).every(Number.isFinite),
  grad: (/** @type {Tensor} */ x) => x.grad ?? false,
  setGrad(/** @type {Tensor} */ x, /** @type {Tensor|null} */ gradient) {
    x.grad = gradient ?? null;
    return true;
  },
  gradients(/** @type {boolean} */ on) {
    const before = settings.gradients;
    settings.gradients = on;
    return before;
  },
  defaultDtype(/** @type {DType|null} */ dtype) {
    if (dtype) settings.defaultDtype = dtype;
    return settings.defaultDtype;
  },
  format,
  repr: (/** @type {number} */ x) => repr(Number(x)),
  ...nadaraya,
};

/** @type {(Error & {python?: string})|null} */
let error = null;

/** The functions, each of which gives null after an error. */
export const api = /** @type {Record<string, (...given: any[]) => any>} */ (
  Object.fromEntries(
    Object.entries(functions).map(([name, f]) => [
      name,
      (/** @type {any[]} */ ...given) => {
        try {
          return /** @type {any} */ (f)(...given);
        } catch (caught) {
          error = /** @type {Error} */ (caught);
          return null;
        }
      },
    ]),
  )
);

/** The exception of Python that the last error is, and its message. */
api.failed = () => {
  const { python, message } = error ?? failure("RuntimeError", "nothing failed");
  return `${python ?? "RuntimeError"}:${message}`;
};
