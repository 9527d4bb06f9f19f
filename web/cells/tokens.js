/**
 * Python in pieces: names, numbers, texts, marks, comments, spaces and ends of lines.
 *
 * @typedef {{kind: "name"|"number"|"string"|"op"|"comment"|"space"|"newline", text: string, at: number}} Token
 */

const PIECES =
  /(?<comment>#[^\n]*)|(?<newline>\n)|(?<space>[ \t\r\f]+|\\\n)|(?<number>(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJ]?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<op>\*\*=|\/\/=|>>=|<<=|\.\.\.|:=|->|[-+*/%@&|^=<>!]=|\*\*|\/\/|<<|>>|[^\s])/uy;
const OPENING = /([rRbBuUfF]{0,2})("""|'''|"|')/y;

/**
 * Where a text that begins here ends; −1 without an end.
 *
 * @param {string} code
 * @param {number} at of its first quote
 * @param {string} quote
 * @param {boolean} filled whether {braces} hold code, which may have quotes of its own
 * @returns {number}
 */
function endOfString(code, at, quote, filled) {
  for (let i = at + quote.length; i < code.length; i++) {
    if (code.startsWith(quote, i)) return i + quote.length;
    if (code[i] === "\\") i++;
    else if (code[i] === "\n" && quote.length === 1) return -1;
    else if (filled && code[i] === "{" && code[i + 1] === "{") i++;
    else if (filled && code[i] === "{") {
      i = endOfField(code, i);
      if (i < 0) return -1;
    }
  }
  return -1;
}

/**
 * The brace that closes a field, of an f-string; −1 without one.
 *
 * @param {string} code
 * @param {number} at of the opening brace
 * @returns {number}
 */
export function endOfField(code, at) {
  let depth = 0;
  for (let i = at; i < code.length; i++) {
    if ("([{".includes(code[i])) depth++;
    else if (")]}".includes(code[i]) && --depth === 0) return i;
    else if (code[i] === '"' || code[i] === "'") {
      const quote = code.startsWith(code[i].repeat(3), i) ? code[i].repeat(3) : code[i];
      const end = endOfString(code, i, quote, /[fF][rR]?$/.test(code.slice(0, i)));
      if (end < 0) return -1;
      i = end - 1;
    }
  }
  return -1;
}

/**
 * @param {string} code
 * @returns {Token[]}
 */
export function tokenize(code) {
  /** @type {Token[]} */
  const tokens = [];
  for (let at = 0; at < code.length;) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(code);
    if (opening) {
      const start = at + opening[1].length;
      const end = endOfString(code, start, opening[2], /f/i.test(opening[1]));
      const line = code.indexOf("\n", at);
      const stop = end > 0 ? end : line > 0 ? line : code.length;
      tokens.push({ kind: "string", text: code.slice(at, stop), at });
      at = stop;
      continue;
    }
    PIECES.lastIndex = at;
    const found = /** @type {RegExpExecArray} */ (PIECES.exec(code));
    const [kind] = /** @type {[Token["kind"], string]} */ (
      Object.entries(found.groups ?? {}).find(([, text]) => text !== undefined)
    );
    tokens.push({ kind, text: found[0], at });
    at = PIECES.lastIndex;
  }
  return tokens;
}

/**
 * The logical lines of a cell: what stands in brackets belongs to the line in which they open.
 *
 * @param {Token[]} tokens
 * @returns {Token[][]} without empty ones; spaces at the front stay
 */
export function logicalLines(tokens) {
  /** @type {Token[][]} */
  const lines = [];
  /** @type {Token[]} */
  let line = [];
  let depth = 0;
  const close = () => {
    if (line.some(({ kind }) => kind !== "space" && kind !== "comment")) lines.push(line);
    line = [];
  };
  for (const token of tokens) {
    if (token.kind === "op" && "([{".includes(token.text)) depth++;
    if (token.kind === "op" && ")]}".includes(token.text)) depth--;
    if (token.kind === "newline" && depth <= 0) close();
    else line.push(token);
  }
  close();
  return lines;
}
