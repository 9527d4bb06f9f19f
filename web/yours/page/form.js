/**
 * Where data come in: samples, a file, a field to paste into, and how the table is to be read.
 *
 * @typedef {import("../parse.js").Table} Table
 * @typedef {Record<string, string>} Words
 * @typedef {object} Wanted what a reader has said of the table; the rest is found out
 * @property {boolean} [header]
 * @property {import("../numbers.js").Mark} [mark]
 */
import { make } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { textOf } from "./file.js";
import { SAMPLES } from "./samples.js";

/** @param {string} kind @param {string} text */
const button = (kind, text) => make("button", { type: "button", class: kind }, text);

/**
 * @param {Words} words
 * @param {() => void} changed called when something else is to be read
 * @param {(kind: string) => void} failed a file could not be read
 */
export function createForm(words, changed, failed) {
  /** @type {Wanted} */
  let wanted = {};
  let sample = "";
  const samples = Object.keys(SAMPLES).map((name) => {
    const node = button("nwy-sample", words[`sample_${name}`]);
    node.addEventListener("click", () => take(name));
    return { name, node };
  });
  const source = make("p", { class: "nwy-soft" });
  const file = make("input", { type: "file", accept: ".csv,.tsv,.txt,.dat,text/*" });
  const opener = make("label", { class: "nwy-file" }, words.open, file);
  const field = make("textarea", { rows: "7", spellcheck: "false", autocomplete: "off" });
  const header = make("input", { type: "checkbox" });
  const mark = make("select", {}, option(".", words.mark_point), option(",", words.mark_comma));
  const [x, y] = [make("select"), make("select")];
  const logarithm = make("input", { type: "checkbox" });
  const options = make(
    "div",
    { class: "nwy-row" },
    labelled(words.x_column, x),
    labelled(words.y_column, y),
    labelled(words.mark, mark),
    ticked(words.header, header),
    ticked(words.logarithm, logarithm),
  );
  const status = make("div", { role: "status" });
  const node = make(
    "fieldset",
    { class: "nwy-data" },
    make("legend", {}, words.data),
    make("div", { class: "nwy-row" }, words.samples, ...samples.map((each) => each.node)),
    source,
    make("div", { class: "nwy-row" }, opener),
    make("p", { class: "nwy-soft" }, words.or_drop),
    make("label", { class: "nwy-field" }, words.paste, field),
    status,
    options,
  );

  /** Read another text from now on. @param {string} text @param {string} name of the sample */
  function put(text, name) {
    field.value = text;
    sample = name;
    wanted = {};
    logarithm.checked = name !== "" && SAMPLES[name].logarithm;
    for (const each of samples) each.node.setAttribute("aria-pressed", String(each.name === name));
    source.textContent = words[`source_${name}`] ?? "";
    source.hidden = source.textContent === "";
  }

  /** @param {string} name */
  function take(name) {
    put(SAMPLES[name].text(), name);
    choose(SAMPLES[name].x, SAMPLES[name].y);
    changed();
  }

  /** @param {File|undefined} chosen */
  async function open(chosen) {
    if (!chosen) return;
    try {
      put(await textOf(chosen), "");
    } catch {
      failed("unreadable"); // taken away, or not allowed
      return;
    }
    choose(-1, -1);
    changed();
  }

  /** Keep two columns in mind, as far as the table has them. @param {number} a @param {number} b */
  function choose(a, b) {
    x.dataset.wanted = String(a);
    y.dataset.wanted = String(b);
  }

  file.addEventListener("change", () => open(file.files?.[0]).then(() => (file.value = "")));
  field.addEventListener("input", () => {
    put(field.value, "");
    changed();
  });
  header.addEventListener("change", () => {
    wanted.header = header.checked;
    changed();
  });
  mark.addEventListener("change", () => {
    wanted.mark = mark.value === "," ? "," : ".";
    changed();
  });
  for (const select of [x, y]) {
    select.addEventListener("change", () => {
      choose(Number(x.value), Number(y.value));
      changed();
    });
  }
  logarithm.addEventListener("change", changed);
  receiveFiles(node, open);
  choose(-1, -1);

  return {
    node,
    status,
    take,
    /** Show data that came with the address. @param {string} text */
    put(text) {
      put(text, "");
      wanted = { header: true, mark: "." };
      choose(0, 1);
    },
    text: () => field.value,
    wanted: () => wanted,
    logarithm: () => logarithm.checked,
    sample: () => sample,
    /**
     * Show how a table was read; gives its columns of x and y. A table that could not be read may be by
     * another mark or without a header.
     *
     * @param {Table|null} table
     * @returns {[number, number]}
     */
    show(table) {
      for (const each of [x, y, logarithm]) each.disabled = !table;
      if (!table) return [-1, -1];
      header.checked = table.header;
      mark.value = table.mark;
      const [first, second] = table.numeric;
      const known = (/** @type {HTMLSelectElement} */ select, /** @type {number} */ otherwise) => {
        const column = Number(select.dataset.wanted);
        return table.numeric.includes(column) ? column : otherwise;
      };
      const chosen = /** @type {[number, number]} */ ([known(x, first), known(y, second)]);
      [x, y].forEach((select, i) => {
        select.replaceChildren(
          ...table.numeric.map((column) => option(String(column), nameOf(table, column, words))),
        );
        select.value = String(chosen[i]);
      });
      return chosen;
    },
  };
}

/**
 * What a column is called.
 *
 * @param {Table} table
 * @param {number} column
 * @param {Words} words
 */
export const nameOf = (table, column, words) =>
  table.names[column] || fill(words.column, { number: column + 1 });

/** @param {string} value @param {string} text */
const option = (value, text) => make("option", { value }, text);

/** @param {string} name @param {HTMLElement} control */
const labelled = (name, control) => make("label", { class: "nwy-field" }, name, control);

/** @param {string} name @param {HTMLElement} box */
const ticked = (name, box) => make("label", { class: "nwy-tick" }, box, name);

/**
 * Take files that are dropped on a place.
 *
 * @param {HTMLElement} place
 * @param {(file: File|undefined) => void} open
 */
function receiveFiles(place, open) {
  const mark = (/** @type {boolean} */ over) => place.classList.toggle("nwy-over", over);
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  place.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
  place.addEventListener("dragleave", () => mark(false));
  place.addEventListener("drop", (event) => {
    mark(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
}
