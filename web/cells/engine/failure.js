/** Errors on their way to Python, by the name of the exception that they become there. */

/** The exceptions of Python that the engine raises. */
const NAMES = [
  "ValueError",
  "TypeError",
  "IndexError",
  "RuntimeError",
  "MemoryError",
  "NotImplementedError",
  "FloatingPointError",
];

/**
 * @param {string} name a Python exception
 * @param {string} message
 */
export function failure(name, message) {
  if (!NAMES.includes(name)) throw new RangeError(`no Python exception ${name}`);
  return Object.assign(new Error(message), { python: name });
}

/**
 * What is said of something that PyTorch or nwcore can do and this engine cannot.
 *
 * @param {string} what
 */
export const lacking = (what) =>
  failure(
    "NotImplementedError",
    `${what} is not in this page's stand-in for PyTorch; \`make lab\` runs the real one`,
  );
