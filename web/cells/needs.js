/**
 * Which cells a cell needs: those that last made, or changed, the names that it reads.
 *
 * @typedef {import("./tokens.js").Token} Token
 * @typedef {object} Names
 * @property {Set<string>} reads what a cell takes from cells before it
 * @property {Set<string>} makes what it gives a new meaning
 * @property {Set<string>} changes what it calls or writes into
 * @property {Set<string>} fixed of what it makes, the functions, classes and modules
 */
import { logicalLines, tokenize } from "./tokens.js";

const KEYWORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);
const ASSIGNMENT = /^([-+*/%@&|^]|\*\*|\/\/|<<|>>)?=$/;
const CHANGING = new Set(
  "append extend insert pop remove clear update add sort reverse setdefault step zero_grad backward copy_ fill_ zero_ add_ sub_ mul_ div_ manual_seed requires_grad_ load_state_dict".split(
    " ",
  ),
);
const TRAINING = new Set(["fit"]); // functions that change what they are given

/**
 * @param {string} code
 * @returns {Names}
 */
export function namesOf(code) {
  /** @type {Names} */
  const names = { reads: new Set(), makes: new Set(), changes: new Set(), fixed: new Set() };
  /** @type {{indent: number, own: Set<string>}|null} */
  let block = null; // of a function or a class: what is made in it stays in it
  const lines = logicalLines(tokenize(code)).map(lineOf);
  lines.forEach((line, i) => {
    if (block && line.indent <= block.indent) block = null;
    const inner = block?.own ?? new Set();
    for (const name of line.used) {
      if (!names.makes.has(name) && !inner.has(name)) names.reads.add(name);
    }
    if (block) return;
    for (const name of line.changed) names.changes.add(name);
    for (const name of line.made) {
      names.makes.add(name);
      if (line.fixed) names.fixed.add(name);
      else names.fixed.delete(name);
    }
    if (line.opens) {
      const rest = lines.slice(i + 1);
      const end = rest.findIndex(({ indent }) => indent <= line.indent);
      const body = end < 0 ? rest : rest.slice(0, end);
      const own = [...line.parameters, ...body.flatMap(({ made }) => made)];
      block = { indent: line.indent, own: new Set(own) };
    }
  });
  return names;
}

/**
 * @param {Token[]} tokens a logical line
 */
function lineOf(tokens) {
  const indent = tokens[0].kind === "space" ? tokens[0].text.length : 0;
  const marks = unfolded(tokens).filter(
    ({ kind }) => !["space", "comment", "newline"].includes(kind),
  );
  const [first, second] = marks.map(({ text }) => text);
  const opens = first === "def" || first === "class";
  if (first === "import" || first === "from") {
    const made = imported(marks);
    return { indent, fixed: true, opens, parameters: [], used: [], changed: [], made };
  }
  if (opens) {
    const inside = marks.slice(2);
    const parameters = namesIn(inside);
    const used = defaultsIn(inside);
    return { indent, fixed: true, opens, parameters, used, changed: [], made: [second] };
  }
  const [used, changed, made] = [readIn(marks), changedIn(marks), madeIn(marks)];
  return { indent, fixed: false, opens, parameters: [], used, changed, made };
}

/**
 * A line with the code that stands in the fields of its f-strings.
 *
 * @param {Token[]} tokens
 * @returns {Token[]}
 */
const unfolded = (tokens) =>
  tokens.flatMap((token) => {
    if (token.kind !== "string" || !/^[rR]?[fF]/.test(token.text)) return [token];
    const fields = [...token.text.matchAll(/\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g)];
    const code = fields.flatMap(([, field]) =>
      tokenize(`(${field.replace(/![rsa]$|:[^[\]"']*$/, "")})`),
    );
    return [token, ...unfolded(code)];
  });

/** @param {Token[]} marks of an import */
function imported(marks) {
  const from = marks.findIndex(({ text }) => text === "import") + 1;
  const list = marks.slice(from).filter(({ text }) => text !== "(" && text !== ")");
  /** @type {string[]} */
  const names = [];
  list.forEach(({ kind, text }, i) => {
    const before = list[i - 1]?.text;
    if (kind !== "name" || text === "as" || before === ".") return;
    if (before === "as") names.pop();
    names.push(text);
  });
  return names;
}

/**
 * Names that are read: not attributes, and not the names of arguments.
 *
 * @param {Token[]} marks
 */
function namesIn(marks) {
  let depth = 0;
  return marks
    .filter(({ kind, text }, i) => {
      if (kind === "op" && "([{".includes(text)) depth++;
      if (kind === "op" && ")]}".includes(text)) depth--;
      if (kind !== "name" || KEYWORDS.has(text) || marks[i - 1]?.text === ".") return false;
      const target = marks[i + 1]?.text === "=" && (depth > 0 || i === 0);
      return !target;
    })
    .map(({ text }) => text);
}

/**
 * Names that a line reads: without those that it, or a loop in brackets, makes before.
 *
 * @param {Token[]} marks
 */
function readIn(marks) {
  let depth = 0;
  const equals = marks.findLastIndex(({ kind, text }) => {
    if (kind === "op" && ")]}".includes(text)) depth++;
    if (kind === "op" && "([{".includes(text)) depth--;
    return kind === "op" && depth === 0 && text === "=";
  });
  const targets = new Set(equals > 0 ? targetsIn(marks.slice(0, equals)) : []);
  marks.forEach(({ text }, i) => {
    if (text !== "for") return;
    const end = marks.findIndex((mark, j) => j > i && mark.text === "in");
    for (const name of targetsIn(marks.slice(i + 1, end))) targets.add(name);
  });
  const given = namesIn(marks.slice(0, Math.max(0, equals))).filter((name) => !targets.has(name));
  const loops = marks.some(({ text }) => text === "for");
  const read = namesIn(marks.slice(Math.max(0, equals)));
  return [...given, ...(loops ? read.filter((name) => !targets.has(name)) : read)];
}

/** What the defaults of parameters, and the parents of a class, read. @param {Token[]} marks */
function defaultsIn(marks) {
  return marks
    .filter(({ kind, text }, i) => {
      const value = ["=", "@"].includes(marks[i - 1]?.text) || marks[i + 1]?.text === ".";
      return kind === "name" && !KEYWORDS.has(text) && value && marks[i - 1]?.text !== ".";
    })
    .map(({ text }) => text);
}

/**
 * Names that a line makes: what is before an "=", after "for" and "as", before ":=".
 *
 * @param {Token[]} marks
 */
function madeIn(marks) {
  /** @type {string[]} */
  const made = [];
  let depth = 0;
  let last = -1;
  marks.forEach(({ kind, text }, i) => {
    if (kind !== "op") return;
    if ("([{".includes(text)) depth++;
    else if (")]}".includes(text)) depth--;
    else if (text === ":=") made.push(marks[i - 1].text);
    else if (depth === 0 && ASSIGNMENT.test(text)) last = i;
  });
  if (last > 0) made.push(...targetsIn(marks.slice(0, last)));
  const [first] = marks;
  if (first.text === "for")
    made.push(
      ...targetsIn(
        marks.slice(
          1,
          marks.findIndex(({ text }) => text === "in"),
        ),
      ),
    );
  if (first.text === "with" || first.text === "except") {
    marks.forEach(
      ({ text }, i) => text === "as" && made.push(...targetsIn(marks.slice(i + 1, i + 2))),
    );
  }
  return made;
}

/** @param {Token[]} marks */
function targetsIn(marks) {
  let depth = 0;
  return marks
    .filter(({ kind, text }, i) => {
      if (text === "[") depth++;
      if (text === "]") depth--;
      const part = marks[i - 1]?.text === "." || [".", "["].includes(marks[i + 1]?.text);
      return kind === "name" && depth === 0 && !part && !KEYWORDS.has(text);
    })
    .map(({ text }) => text);
}

/**
 * Names whose objects a line changes: x[i] = …, x.y = …, x.append(…), a call of x itself, fit(x).
 *
 * @param {Token[]} marks
 */
function changedIn(marks) {
  /** @type {string[]} */
  const changed = [];
  const assigns = marks.findIndex(({ text }) => ASSIGNMENT.test(text));
  marks.forEach(({ kind, text }, i) => {
    if (kind !== "name" || KEYWORDS.has(text) || marks[i - 1]?.text === ".") return;
    const [next, method] = [marks[i + 1]?.text, marks[i + 2]?.text];
    if (next === "." && CHANGING.has(method)) changed.push(text);
    if ((next === "." || next === "[") && i === 0 && assigns > 0) changed.push(text);
    if (next === "(" && !TRAINING.has(text)) changed.push(text);
    if (marks[i - 1]?.text === "(" && TRAINING.has(marks[i - 2]?.text)) changed.push(text);
  });
  return changed;
}

/**
 * Whether a cell makes a name, or changes what it stands for. A call may change an object, but not a
 * function, a class or a module.
 *
 * @param {Names[]} cells
 * @param {number} cell
 * @param {string} name
 */
function leaves(cells, cell, name) {
  if (cells[cell].makes.has(name)) return true;
  if (!cells[cell].changes.has(name)) return false;
  const maker = cells.slice(0, cell).findLast(({ makes }) => makes.has(name));
  return maker !== undefined && !maker.fixed.has(name);
}

/**
 * The names that a cell leaves to later ones.
 *
 * @param {Names[]} cells
 * @param {number} cell
 */
export const leftBy = (cells, cell) =>
  [...cells[cell].makes, ...cells[cell].changes].filter((name) => leaves(cells, cell, name));

/**
 * Which cells have to run, in their order, before one of them can.
 *
 * @param {Names[]} cells
 * @param {number} wanted
 * @param {Map<string, number>} makers which cell last left each name that is there now
 * @returns {number[]} without the wanted one
 */
export function neededFor(cells, wanted, makers) {
  /** @type {Set<number>} */
  const needed = new Set();
  (function look(/** @type {number} */ cell) {
    for (const name of cells[cell].reads) {
      let maker = cell - 1;
      while (maker >= 0 && !leaves(cells, maker, name)) maker--;
      if (maker < 0 || needed.has(maker) || makers.get(name) === maker) continue;
      needed.add(maker);
      look(maker);
    }
  })(wanted);
  return [...needed].sort((a, b) => a - b);
}
