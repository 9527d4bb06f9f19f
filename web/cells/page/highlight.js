/** The colours of code, by the classes that the pages' style sheet knows (Pygments'). */
import { tokenize } from "../tokens.js";

const KEYWORDS =
  /^(and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)$/;
const CONSTANTS = /^(True|False|None)$/;
const CLASSES = /** @type {Record<string, string>} */ ({
  comment: "c1",
  string: "s2",
  number: "mi",
  op: "o",
});

/**
 * @param {string} code
 * @returns {Node[]}
 */
export function highlighted(code) {
  return tokenize(code).map(({ kind, text }) => {
    const name =
      kind === "name"
        ? KEYWORDS.test(text)
          ? "k"
          : CONSTANTS.test(text)
            ? "kc"
            : ""
        : CLASSES[kind];
    if (!name) return document.createTextNode(text);
    return Object.assign(document.createElement("span"), { className: name, textContent: text });
  });
}
