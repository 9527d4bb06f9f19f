/** Gradients backwards through all that led to a number. */
import { binary, cut } from "./elementwise.js";
import { failure } from "./failure.js";
import { filled, settings } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */

/**
 * Everything that led to a tensor, each after all that came of it.
 *
 * @param {Tensor} root
 */
function backwards(root) {
  /** @type {Tensor[]} */
  const order = [];
  const seen = new Set();
  /** @type {Array<[Tensor, boolean]>} */
  const ahead = [[root, false]];
  while (ahead.length) {
    const [tensor, done] = /** @type {[Tensor, boolean]} */ (ahead.pop());
    if (done) {
      order.push(tensor);
      continue;
    }
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    ahead.push([tensor, true]);
    for (const input of tensor.node?.inputs ?? []) {
      if (input.followed) ahead.push([input, false]);
    }
  }
  return order.reverse();
}

/**
 * The gradients of one number by every tensor that asks for its own. The history is gone after it.
 *
 * @param {Tensor} root
 * @param {boolean} keep whether the history stays
 * @returns {Map<Tensor, Tensor>}
 */
export function gradients(root, keep) {
  if (!root.followed) {
    throw failure(
      "RuntimeError",
      "element 0 of tensors does not require grad and does not have a grad_fn",
    );
  }
  if (root.size !== 1) {
    throw failure("RuntimeError", "grad can be implicitly created only for scalar outputs");
  }
  const found = new Map([[root, filled(root.shape, root.dtype, 1)]]);
  const before = settings.gradients;
  settings.gradients = false;
  try {
    for (const tensor of backwards(root)) step(tensor, found, keep);
  } finally {
    settings.gradients = before;
  }
  return found;
}

/**
 * Hand a tensor's gradient on to what it was made of.
 *
 * @param {Tensor} tensor
 * @param {Map<Tensor, Tensor>} found
 * @param {boolean} keep
 */
function step(tensor, found, keep) {
  const { node } = tensor;
  const gradient = found.get(tensor);
  if (!node || !gradient) return;
  if (node.inputs.length === 0) {
    throw failure(
      "RuntimeError",
      "Trying to backward through the graph a second time: its history was given up",
    );
  }
  node.inputs.forEach((input, i) => {
    if (input.store.version !== node.versions[i]) {
      throw failure(
        "RuntimeError",
        "one of the variables needed for gradient computation has been modified by an inplace " +
          "operation",
      );
    }
  });
  node.backward(gradient).forEach((part, i) => {
    const input = node.inputs[i];
    if (!part || !input.followed) return;
    const sum = found.get(input);
    found.set(input, sum ? binary("add", sum, part) : part);
  });
  if (!keep) tensor.node = { ...node, inputs: [], versions: [] };
}

/**
 * @param {Tensor} root
 * @param {boolean} keep
 */
export function backward(root, keep) {
  for (const [tensor, gradient] of gradients(root, keep)) {
    if (!tensor.requiresGrad || tensor.node) continue;
    tensor.grad = tensor.grad ? binary("add", tensor.grad, gradient) : cut(gradient);
  }
}
