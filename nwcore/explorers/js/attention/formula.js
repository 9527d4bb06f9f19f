/**
 * The line in which a reader writes a kernel: the picture follows every letter that makes one, and what
 * is wrong is said at its place.
 *
 * @typedef {import("../engine/formula.js").Fault} Fault
 */
import { LONGEST_FORMULA } from "../engine/formula.js";
import { kernelOfFormula } from "../engine/own.js";
import { OWN } from "../engine/ways.js";
import { make, setAttribute, write } from "../shell/dom.js";
import { fill } from "../shell/text.js";

// The sentence of each kind of fault. Those of the line as a whole name no place in it.
/** @type {Record<string, string>} */
const OF_A_PLACE = {
  unexpected: "formula_unexpected",
  ends: "formula_ends",
  unclosed: "formula_unclosed",
  unknown: "formula_unknown",
  long: "formula_long",
  large: "formula_large",
  takes_1: "formula_takes_1",
  takes_2: "formula_takes_2",
  takes_3: "formula_takes_3",
};
/** @type {Record<string, string>} */
const OF_THE_LINE = {
  empty: "formula_empty",
  not_finite: "formula_not_finite",
  negative: "formula_negative",
  uneven: "formula_uneven",
  zero: "formula_zero",
};

/**
 * What is wrong with a line, as a sentence.
 *
 * @param {Fault} fault
 * @param {import("../types.js").Words} words
 */
export function faultSentence({ kind, at, found, u = 0, value = 0 }, words) {
  const short = (/** @type {number} */ number) =>
    String(Number(number.toPrecision(3)))
      .replace(".", words.decimal)
      .replace("-", "−");
  const given = { found, n: LONGEST_FORMULA, u: short(u), value: short(value) };
  if (kind in OF_THE_LINE) return fill(words[OF_THE_LINE[kind]], given);
  const place = fill(words.formula_at, { place: at + 1 });
  return `${place} ${fill(words[OF_A_PLACE[kind]], given)}`;
}

/** @param {import("./view.js").PoolingShell} shell */
export function createFormulaField(shell) {
  const { words, signal, root } = shell;
  const id = `nw-formula-${root.dataset.name}`; // which no other explorer of a page has
  const field = make("input", {
    ...{ id, type: "text", class: "nw-formula-line", spellcheck: "false", autocapitalize: "off" },
    ...{ autocomplete: "off", autocorrect: "off", maxlength: String(LONGEST_FORMULA) },
    "aria-describedby": `${id}-hint ${id}-fault`,
  });
  const hint = make("p", { id: `${id}-hint`, class: "nw-formula-hint" }, words.formula_hint);
  const mark = make("mark");
  const [before, after] = [document.createTextNode(""), document.createTextNode("")];
  const place = make("code", { "aria-hidden": "true" }, before, mark, after);
  const says = make("span");
  const fault = make(
    "p",
    { id: `${id}-fault`, class: "nw-formula-fault", role: "status" },
    place,
    says,
  );
  const label = make("label", { for: id }, words.formula);
  const group = make("div", { class: "nw-formula" }, label, field, fault, hint);
  group.hidden = true;
  root.prepend(group);
  /** @type {string|null} */
  let shown = null; // the kernel that the line was last written from, or for
  /** @type {Fault|null} */
  let wrong = null;
  let writing = false; // whether what is typed is one step to be taken back

  function tell() {
    const text = field.value;
    wrong = kernelOfFormula(text).fault;
    setAttribute(field, "aria-invalid", wrong !== null);
    fault.hidden = wrong === null;
    if (!wrong) {
      write(says, "");
      return;
    }
    const { at, end } = wrong;
    write(before, text.slice(0, at));
    write(mark, text.slice(at, end) || " ");
    write(after, text.slice(end));
    const kept = fill(words.formula_kept, { formula: shown ?? "" });
    write(says, `${faultSentence(wrong, words)} ${kept}`);
  }

  function typed() {
    tell();
    if (wrong) return;
    if (!writing) shell.hold(true);
    writing = true;
    shown = field.value;
    shell.set({ formula: shown });
  }

  function leave() {
    if (writing) shell.hold(false);
    writing = false;
  }
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter") return;
    leave();
    if (wrong) field.setSelectionRange(wrong.at, wrong.end);
  };
  field.addEventListener("input", typed, { signal });
  field.addEventListener("change", leave, { signal });
  field.addEventListener("blur", leave, { signal });
  field.addEventListener("keydown", press, { signal });

  return {
    /** @param {import("../types.js").State} state */
    refresh({ kernel, formula }) {
      if (group.hidden !== (kernel !== OWN)) group.hidden = kernel !== OWN;
      // What was taken back, or came with an address: not what is being written.
      if (formula === shown) return;
      shown = formula;
      field.value = formula;
      tell();
    },
  };
}
