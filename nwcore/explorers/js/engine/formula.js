/**
 * A kernel written in one line, `exp(-abs(u))`: nwcore.explorers._formula, in JavaScript.
 *
 * It is Python's arithmetic: numbers, u, pi, e, + − * / and ** (or ^), comparisons that give 0 or 1, and
 * the functions below. It is parsed by descent and becomes a function that calls functions: no text is
 * ever run as a script, which a page's policy may forbid.
 *
 * @typedef {(u: number) => number} Value
 * @typedef {object} Fault what is wrong with a line
 * @property {string} kind the name of a sentence: the word `formula_KIND`
 * @property {number} at where in the line, in characters; the length of the line after its end
 * @property {number} end where it ends there
 * @property {string} found what stands there
 * @property {number} [u] where the kernel is wrong,
 * @property {number} [value] and what it is there
 * @typedef {{kind: string, text: string, at: number}} Token
 */

/** The longest line: a formula may be nested as deep. */
export const LONGEST_FORMULA = 200;

/** @type {Record<string, number>} */
const CONSTANTS = { pi: Math.PI, e: Math.E };

// How many values each takes: exactly, or at least, so many.
/** @type {Record<string, {takes: number, more?: boolean, of: (...values: number[]) => number}>} */
const FUNCTIONS = {
  abs: { takes: 1, of: Math.abs },
  exp: { takes: 1, of: Math.exp },
  sqrt: { takes: 1, of: Math.sqrt },
  cos: { takes: 1, of: Math.cos },
  sin: { takes: 1, of: Math.sin },
  tanh: { takes: 1, of: Math.tanh },
  log: { takes: 1, of: Math.log },
  max: { takes: 2, more: true, of: Math.max },
  min: { takes: 2, more: true, of: Math.min },
  where: { takes: 3, of: (test, then, otherwise) => (test !== 0 ? then : otherwise) },
};

/** What a line may name. */
const NAMES = ["u", ...Object.keys(CONSTANTS), ...Object.keys(FUNCTIONS)];

/** @type {Record<string, (a: number, b: number) => number>} */
const OPERATIONS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
  "^": (a, b) => a ** b,
  "<": (a, b) => Number(a < b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
};
const COMPARISONS = ["<", "<=", ">", ">=", "==", "!="];

// A number as Python writes one, a name, a sign; what is none of them is one letter, to be refused.
const TOKENS =
  /\s*(?:(?<number>(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\d_]*)|(?<sign>\*\*|[<>=!]=|[-+*/^()<>,])|(?<other>\S))/uy;

class Mistake extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/**
 * Read a line: what it computes, or what is wrong with it.
 *
 * @param {string} text
 * @returns {{value: Value, fault: null}|{value: null, fault: Fault}}
 */
export function readFormula(text) {
  try {
    return { value: new Parser(text).whole(), fault: null };
  } catch (error) {
    if (error instanceof Mistake) return { value: null, fault: error.fault };
    throw error;
  }
}

/** By descent: a method for each level of precedence, the loosest first. */
class Parser {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.tokens = tokensOf(text);
    this.place = 0;
  }

  get next() {
    return this.tokens[this.place];
  }

  /** @returns {Value} */
  whole() {
    if (this.text.length > LONGEST_FORMULA) {
      throw new Mistake({
        ...{ kind: "long", at: LONGEST_FORMULA, end: this.text.length },
        found: this.text.slice(LONGEST_FORMULA),
      });
    }
    if (this.next.kind === "end") throw this.fault("empty");
    const value = this.comparison();
    if (this.next.kind !== "end") throw this.fault("unexpected");
    return value;
  }

  /** As in Python, a < b < c asks both. */
  comparison() {
    let left = this.sum();
    /** @type {Value|null} */
    let all = null;
    while (this.isSign(...COMPARISONS)) {
      const operation = this.operation();
      const right = this.sum();
      const both = joined(operation, left, right);
      all = all === null ? both : joined(OPERATIONS["*"], all, both);
      left = right;
    }
    return all ?? left;
  }

  sum() {
    let left = this.product();
    while (this.isSign("+", "-")) left = joined(this.operation(), left, this.product());
    return left;
  }

  product() {
    let left = this.signed();
    while (this.isSign("*", "/")) left = joined(this.operation(), left, this.signed());
    return left;
  }

  /** A sign binds less than a power at its right, and more than one at its left: −u**2, 2**−u. @returns {Value} */
  signed() {
    if (this.taken("+")) return this.signed();
    if (!this.taken("-")) return this.power();
    const inner = this.signed();
    return (u) => -inner(u);
  }

  /** @returns {Value} */
  power() {
    const base = this.atom();
    return this.isSign("**", "^") ? joined(this.operation(), base, this.signed()) : base;
  }

  /** @returns {Value} */
  atom() {
    const { kind, text } = this.next;
    if (kind === "number") return this.number(Number(text));
    if (kind === "name") return this.named(text);
    if (!this.taken("(")) throw this.fault(kind === "end" ? "ends" : "unexpected");
    const inner = this.comparison();
    this.expect(")");
    return inner;
  }

  /** @param {number} value */
  number(value) {
    if (!Number.isFinite(value)) throw this.fault("large");
    this.place++;
    return () => value;
  }

  /**
   * @param {string} name
   * @returns {Value}
   */
  named(name) {
    const at = this.next;
    if (!NAMES.includes(name)) throw this.fault("unknown");
    this.place++;
    if (name === "u") return (u) => u;
    if (Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name];
    const { takes, more, of } = FUNCTIONS[name];
    if (!this.isSign("(")) throw this.fault(`takes_${takes}`, at);
    const given = this.given();
    if (given.length < takes || (given.length > takes && !more)) {
      throw this.fault(`takes_${takes}`, at);
    }
    if (takes === 1) return (u) => of(given[0](u));
    return (u) => of(...given.map((each) => each(u)));
  }

  /** Values in brackets. */
  given() {
    const given = [];
    this.expect("(");
    while (!this.taken(")")) {
      given.push(this.comparison());
      if (!this.isSign(")")) this.expect(",");
    }
    return given;
  }

  operation() {
    return OPERATIONS[this.tokens[this.place++].text];
  }

  isSign(/** @type {string[]} */ ...signs) {
    return this.next.kind === "sign" && signs.includes(this.next.text);
  }

  taken(/** @type {string} */ sign) {
    const found = this.isSign(sign);
    if (found) this.place++;
    return found;
  }

  expect(/** @type {string} */ sign) {
    if (!this.taken(sign)) throw this.fault(this.next.kind === "end" ? "unclosed" : "unexpected");
  }

  /**
   * @param {string} kind
   * @param {Token} token
   */
  fault(kind, { at, text } = this.next) {
    return new Mistake({ kind, at, end: at + text.length, found: text });
  }
}

/**
 * @param {(a: number, b: number) => number} operation
 * @param {Value} left
 * @param {Value} right
 * @returns {Value}
 */
const joined = (operation, left, right) => (u) => operation(left(u), right(u));

/**
 * @param {string} text
 * @returns {Token[]} and one for the end
 */
function tokensOf(text) {
  const tokens = [];
  for (const match of text.matchAll(new RegExp(TOKENS, "guy"))) {
    const [kind, found] = Object.entries(match.groups ?? {}).find(([, each]) => each) ?? ["", ""];
    tokens.push({ kind, text: found, at: match.index + match[0].length - found.length });
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}
