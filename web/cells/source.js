/**
 * What a cell becomes before the small interpreter runs it. Lines stay where they are.
 *
 * MicroPython asks no object how it wants to be formatted, and turns whatever has __float__ into a
 * float before it asks for its own arithmetic: so f-strings become calls, and so do float() and int().
 */
import { endOfField, logicalLines, tokenize } from "./tokens.js";

/** @typedef {import("./tokens.js").Token} Token */

const CALLS = /** @type {Record<string, string>} */ ({ float: "_nw_float", int: "_nw_int" });
const PREFIX = /^([rRbBuUfF]*)("""|'''|"|')/;

/**
 * @param {string} code
 * @returns {string}
 */
export function transformed(code) {
  return withOrderedDicts(withCalls(code));
}

/** @param {string} code */
function withCalls(code) {
  const tokens = tokenize(code);
  let out = "";
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind === "string") {
      const end = endOfTexts(tokens, i);
      out += joinedTexts(tokens.slice(i, end));
      i = end - 1;
    } else if (token.kind === "name" && token.text in CALLS && isCall(tokens, i)) {
      out += CALLS[token.text];
    } else {
      out += token.text;
    }
  }
  return out;
}

/**
 * A dictionary keeps the order of its items, where MicroPython's own does not.
 *
 * @param {string} code
 */
function withOrderedDicts(code) {
  const tokens = tokenize(code);
  let at = 0;
  /** @param {string} [closing] @returns {Token[]} up to it, with what is in brackets as one piece */
  const group = (closing) => {
    /** @type {Token[]} */
    const inner = [];
    while (at < tokens.length && tokens[at].text !== closing) {
      const token = tokens[at++];
      const end = token.kind === "op" ? CLOSING[token.text] : undefined;
      if (!end) {
        inner.push(token);
        continue;
      }
      const within = group(end);
      const closed = tokens[at++]?.text ?? ""; // an unclosed bracket is for Python to complain of
      const dict = token.text === "{" && closed ? orderedDict(within) : null;
      const text = dict ?? token.text + within.map((each) => each.text).join("") + closed;
      inner.push({ kind: "space", text, at: token.at });
    }
    return inner;
  };
  return group()
    .map(({ text }) => text)
    .join("");
}

const CLOSING = /** @type {Record<string, string>} */ ({ "(": ")", "[": "]", "{": "}" });

/**
 * @param {Token[]} inner what stands between braces
 * @returns {string|null} null for a set
 */
function orderedDict(inner) {
  /** @type {Token[][]} */
  const items = [[]];
  for (const token of inner) {
    if (token.text === "," && token.kind === "op") items.push([]);
    else items[items.length - 1].push(token);
  }
  const isBlank = (/** @type {Token[]} */ item) =>
    item.every(
      ({ kind, text }) =>
        kind !== "op" && kind !== "name" && (/^\s*$/.test(text) || kind === "comment"),
    );
  const colon = (/** @type {Token[]} */ item) =>
    item.findIndex(({ kind, text }) => kind === "op" && text === ":");
  const empty = items.length === 1 && isBlank(items[0]);
  const spread = (/** @type {Token[]} */ item) =>
    item.find(({ kind }) => kind === "op")?.text === "**";
  if (!empty && colon(items[0]) < 0 && !spread(items[0])) return null;
  const write = (/** @type {Token[]} */ some) => some.map(({ text }) => text).join("");
  const parts = items.map((item) => {
    if (isBlank(item)) return write(item);
    if (spread(item)) return `${write(item).replace("**", "*_nw_items(")})`;
    const at = colon(item);
    const comprehension = item.findIndex(
      ({ kind, text }, i) => i > at && kind === "name" && text === "for",
    );
    const end = comprehension < 0 ? item.length : comprehension;
    return `(${write(item.slice(0, at))},${write(item.slice(at + 1, end))})${write(item.slice(end))}`;
  });
  if (items.some(spread)) return `_nw_dict(${parts.join(",")})`;
  return empty ? `_nw_dict(${parts[0]})` : `_nw_dict(*[${parts.join(",")}])`;
}

/**
 * @param {Token[]} tokens
 * @param {number} i
 */
function isCall(tokens, i) {
  const before = tokens.slice(0, i).findLast(({ kind }) => kind !== "space");
  return tokens[i + 1]?.text === "(" && ![".", "def", "class"].includes(before?.text ?? "");
}

/**
 * Texts beside each other are one: where the last of them ends.
 *
 * @param {Token[]} tokens
 * @param {number} start
 */
function endOfTexts(tokens, start) {
  let depth = 0; // a new line goes on only inside of brackets
  for (const { kind, text } of tokens.slice(0, start)) {
    if (kind === "op" && "([{".includes(text)) depth++;
    if (kind === "op" && ")]}".includes(text)) depth--;
  }
  let end = start + 1;
  for (let i = end; i < tokens.length; i++) {
    const { kind } = tokens[i];
    if (kind === "string") end = i + 1;
    else if (kind !== "space" && (depth === 0 || (kind !== "newline" && kind !== "comment"))) break;
  }
  return end;
}

/** @param {Token[]} tokens texts with what is between them */
function joinedTexts(tokens) {
  const filled = tokens.some(({ kind, text }) => kind === "string" && isFilled(text));
  if (!filled) return tokens.map(({ text }) => text).join("");
  const parts = tokens.map(({ kind, text }) => {
    if (kind !== "string") return text;
    return isFilled(text) ? `${partsOf(text).join(",")},` : `${text},`;
  });
  return `_nw_join(${parts.join("")})`;
}

/** @param {string} text */
const isFilled = (text) => /f/i.test(PREFIX.exec(text)?.[1] ?? "");

/**
 * The arguments that an f-string becomes.
 *
 * @param {string} text
 * @returns {string[]}
 */
function partsOf(text) {
  const [, prefix, quote] = /** @type {RegExpExecArray} */ (PREFIX.exec(text));
  const body = text.slice(prefix.length + quote.length, -quote.length);
  const plain = prefix.replace(/f/i, "");
  return fieldsOf(body, (literal) => `${plain}${quote}${literal}${quote}`);
}

/**
 * @param {string} body literal text with {fields}
 * @param {(literal: string) => string} quoted
 * @returns {string[]}
 */
function fieldsOf(body, quoted) {
  const parts = [];
  let literal = "";
  for (let i = 0; i < body.length; i++) {
    const double = body[i] === body[i + 1];
    if ((body[i] === "{" || body[i] === "}") && double) {
      literal += body[i++];
    } else if (body[i] === "{") {
      const end = endOfField(body, i);
      if (end < 0) throw new SyntaxError("f-string: expecting '}'");
      if (literal) parts.push(quoted(literal));
      literal = "";
      parts.push(fieldOf(body.slice(i + 1, end), quoted));
      i = end;
    } else {
      literal += body[i];
    }
  }
  if (literal || parts.length === 0) parts.push(quoted(literal));
  return parts;
}

/**
 * One field: an expression, perhaps "=", a conversion and a specification.
 *
 * @param {string} field
 * @param {(literal: string) => string} quoted
 */
function fieldOf(field, quoted) {
  let depth = 0;
  let [expression, conversion, spec] = [field, "", ""];
  const tokens = tokenize(field);
  for (const { kind, text, at } of tokens) {
    if (kind === "op" && "([{".includes(text)) depth++;
    else if (kind === "op" && ")]}".includes(text)) depth--;
    else if (depth === 0 && text === ":") {
      expression = field.slice(0, at);
      spec = field.slice(at + 1);
      break;
    } else if (depth === 0 && text === ":=") {
      expression = field.slice(0, at);
      spec = field.slice(at + 1);
      break;
    }
  }
  const converted = /!([rsa])\s*$/.exec(expression);
  if (converted) {
    conversion = converted[1];
    expression = expression.slice(0, converted.index);
  }
  const shown = /^(.*[^=!<>])=\s*$/s.exec(expression);
  const label = shown ? `${quoted(expression)},` : "";
  if (shown) {
    expression = shown[1];
    if (!spec && !conversion) conversion = "r";
  }
  const specification = spec ? `_nw_join(${fieldsOf(spec, quoted).join(",")})` : '""';
  return `${label}_nw_field(${transformed(`(${expression})`)},${specification},"${conversion}")`;
}

/**
 * A cell whose last line shows its value, if it is an expression.
 *
 * @param {string} code
 */
export function showingLast(code) {
  const lines = logicalLines(tokenize(code));
  const line = lines[lines.length - 1];
  if (!line || line[0].kind === "space") return code;
  const marks = line.filter(({ kind }) => kind !== "space" && kind !== "comment");
  if (!isExpression(marks)) return code;
  const { at } = line[0];
  return `${code.slice(0, at)}_nw_show((${code.slice(at)}\n))`;
}

const STATEMENTS = new Set(
  "if for while with def class try except finally else elif return raise import from pass break continue del global nonlocal assert async yield @".split(
    " ",
  ),
);
const ASSIGNMENT = /^([-+*/%@&|^]|\*\*|\/\/|<<|>>)?=$/;

/** @param {Token[]} marks of a logical line */
function isExpression(marks) {
  if (STATEMENTS.has(marks[0].text)) return false;
  let depth = 0;
  for (const { kind, text } of marks) {
    if (kind !== "op") continue;
    if ("([{".includes(text)) depth++;
    else if (")]}".includes(text)) depth--;
    else if (depth === 0 && (ASSIGNMENT.test(text) || text === ";")) return false;
    else if (depth === 0 && text === ":" && !marks.some((each) => each.text === "lambda"))
      return false;
  }
  return true;
}
