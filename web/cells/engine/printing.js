/** Tensors in words, as torch._tensor_str writes them. */
import { format } from "./format.js";
import { cut } from "./elementwise.js";
import { indexed, joined } from "./shapes.js";
import { dense, isFloat, settings } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */

const LINE = 80;
const EDGE = 3; // what is shown at each end of a long axis
const LONG = 1000; // numbers from which on the middle is left out
const DIGITS = 4;
const BEYOND = 1e8;

const floatText = (/** @type {number} */ x, /** @type {string} */ spec) =>
  format("float", Object.is(x, -0) ? "-0" : String(x), spec);

/**
 * How every number of a tensor is written, and how wide the widest is.
 *
 * @param {Tensor} tensor
 */
function writerOf(tensor) {
  const numbers = Array.from(dense(tensor));
  if (!isFloat(tensor.dtype)) {
    const write = (/** @type {number} */ x) =>
      tensor.dtype === "bool" ? (x ? "True" : "False") : String(x);
    return { write, width: Math.max(1, ...numbers.map((x) => write(x).length)) };
  }
  const seen = numbers.filter((x) => Number.isFinite(x) && x !== 0);
  const sizes = seen.map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = seen.every(Number.isInteger);
  const wide = seen.length > 0 && (most / least > 1000 || most > BEYOND);
  const scientific = wide || (!whole && least < 1e-4);
  const spec = scientific ? `.${DIGITS}e` : whole ? ".0f" : `.${DIGITS}f`;
  const point = whole && !scientific ? "." : "";
  const width = Math.max(1, ...seen.map((x) => floatText(x, spec).length + point.length));
  const write = (/** @type {number} */ x) => floatText(x, spec) + (Number.isFinite(x) ? point : "");
  return { write, width };
}

/**
 * @param {Tensor} tensor
 * @param {number} indent
 * @param {boolean} short
 * @param {{write: (x: number) => string, width: number}} writer
 * @returns {string}
 */
function bodyOf(tensor, indent, short, writer) {
  const { shape } = tensor;
  const pad = (/** @type {number} */ x) => writer.write(x).padStart(writer.width);
  if (shape.length === 0) return pad(dense(tensor)[0]);
  const cutShort = short && shape[0] > 2 * EDGE;
  const gap = " ".repeat(indent + 1);
  const ends = (/** @type {string[]} */ all) =>
    cutShort
      ? [...all.slice(0, EDGE), shape.length === 1 ? " ..." : "...", ...all.slice(-EDGE)]
      : all;
  if (shape.length === 1) {
    const written = ends(Array.from(dense(tensor), pad));
    const each = Math.max(1, Math.floor((LINE - indent) / (writer.width + 2)));
    const lines = [];
    for (let i = 0; i < written.length; i += each)
      lines.push(written.slice(i, i + each).join(", "));
    return `[${lines.join(`,\n${gap}`)}]`;
  }
  const parts = Array.from({ length: shape[0] }, (_, i) =>
    cutShort && i >= EDGE && i < shape[0] - EDGE
      ? ""
      : bodyOf(indexed(tensor, [i]), indent + 1, short, writer),
  );
  return `[${ends(parts).join(`,${"\n".repeat(shape.length - 1)}${gap}`)}]`;
}

/**
 * What is left of a tensor when the middle of its long axes is left out.
 *
 * @param {Tensor} tensor
 * @returns {Tensor}
 */
function summary(tensor) {
  let left = tensor;
  tensor.shape.forEach((length, axis) => {
    if (length <= 2 * EDGE) return;
    const before = tensor.shape.slice(0, axis).map(() => ({ from: null, to: null, step: 1 }));
    const end = (/** @type {number|null} */ from, /** @type {number|null} */ to) =>
      indexed(left, [...before, { from, to, step: 1 }]);
    left = joined([end(null, EDGE), end(-EDGE, null)], axis);
  });
  return left;
}

/**
 * @param {Tensor} tensor
 * @returns {string}
 */
export function print(tensor) {
  const plain = cut(tensor);
  const indent = "tensor(".length;
  const short = tensor.size > LONG;
  const notes = [];
  let text = "[]";
  if (tensor.size > 0) {
    text = bodyOf(plain, indent, short, writerOf(short ? summary(plain) : plain));
  } else if (tensor.shape.length !== 1) {
    notes.push(`size=(${tensor.shape.join(", ")})`);
  }
  const usual = ["bool", "int64", settings.defaultDtype];
  if (
    !usual.includes(tensor.dtype) ||
    (tensor.size === 0 && tensor.dtype !== settings.defaultDtype)
  ) {
    notes.push(`dtype=torch.${tensor.dtype}`);
  }
  if (tensor.node) notes.push(`grad_fn=<${tensor.node.name} of the stand-in>`);
  else if (tensor.requiresGrad) notes.push("requires_grad=True");
  let whole = `tensor(${text}`;
  let last = whole.length - whole.lastIndexOf("\n") + 1;
  for (const note of notes) {
    const fits = last + note.length + 2 <= LINE;
    whole += fits ? `, ${note}` : `,\n${" ".repeat(indent)}${note}`;
    last = fits ? last + note.length + 2 : indent + note.length;
  }
  return `${whole})`;
}
