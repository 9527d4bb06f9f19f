/**
 * A session of the small interpreter: cells are run in it one after another and share their names.
 * It knows no page: a worker runs one for the reader, Node for the tests.
 *
 * @typedef {object} Parts what it is made of
 * @property {Uint8Array} wasm MicroPython's
 * @property {Record<string, string>} files the Python layer: path and text
 * @property {Record<string, any>} words of nwcore, by language
 * @property {Record<string, string>} data files that cells read
 * @property {Record<string, Exercise>} exercises of the page, by name; read when a cell asks
 * @typedef {{name: string, kind: string, regions: any[], words: Record<string, string>}} Exercise
 * @typedef {object} Output
 * @property {"text"|"picture"|"explorer"|"value"|"judged"|"cut"} kind
 * @property {any} [id] of a picture that may be drawn again
 * @property {any} [text]
 * @property {any} [picture]
 * @typedef {{ok: boolean, error: string, line: number}} Outcome
 */
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript/micropython.mjs";
import { kernelOfFormula } from "../../nwcore/explorers/js/engine/own.js";
import { api } from "./engine/api.js";
import { settings } from "./engine/tensor.js";
import { leftBy, namesOf, neededFor } from "./needs.js";
import { showingLast, transformed } from "./source.js";

const HEAP = 2 ** 22; // bytes; it grows by itself
const MOST_TEXT = 20_000; // characters of one cell's output

/**
 * @param {Parts} parts
 */
export async function createSession({ wasm, files, words, data, exercises }) {
  /** @type {(output: Output) => void} */
  let emit = () => {};
  let room = 0;
  const say = (/** @type {string} */ text) => {
    if (room <= 0) return;
    emit({ kind: "text", text: text.slice(0, room) });
    room -= text.length;
    if (room <= 0) emit({ kind: "cut" });
  };
  const decoder = new TextDecoder();
  const python = await loadMicroPython({
    heapsize: HEAP,
    linebuffer: false,
    url: "micropython.wasm", // never asked for
    wasmBinary: wasm,
    stdout: (/** @type {Uint8Array} */ bytes) => say(decoder.decode(bytes, { stream: true })),
  });
  for (const [path, text] of Object.entries(files)) {
    const folders = `/lib/${path}`.split("/").slice(1, -1);
    folders.forEach((_, i) => {
      const folder = `/${folders.slice(0, i + 1).join("/")}`;
      if (!python.FS.analyzePath(folder).exists) python.FS.mkdir(folder);
    });
    python.FS.writeFile(`/lib/${path}`, text);
  }
  python.registerJsModule("_engine", api);
  python.registerJsModule("_host", {
    say,
    show: (/** @type {string} */ kind, /** @type {string} */ id, /** @type {string} */ json) => {
      emit(/** @type {Output} */ ({ kind, id, picture: JSON.parse(json) }));
    },
    numbers: (/** @type {any} */ tensor) => JSON.stringify(api.numbers(tensor).map(plain)),
    word: (
      /** @type {string} */ language,
      /** @type {string} */ section,
      /** @type {string} */ key,
    ) => words[language]?.[section]?.[key] ?? null,
    languages: () => Object.keys(words).sort().join(", "),
    exercise: (/** @type {string} */ name) =>
      Object.hasOwn(exercises, name) ? JSON.stringify(exercises[name]) : null,
    exercises: () => Object.keys(exercises).join(", "),
    formula_fault: (/** @type {string} */ text) => kernelOfFormula(text).fault?.kind ?? null,
    file: (/** @type {string} */ path) => data[path.replace(/^(\.\.\/)+/, "")] ?? null,
  });
  python.runPython("import sys; sys.path.insert(0, '/lib')"); // before what MicroPython brings itself
  const layer = python.pyimport("_nw");
  const runCell = layer.run_cell;

  /** @type {Map<string, number>} */
  const makers = new Map();

  /**
   * @param {string} code
   * @param {(output: Output) => void} listener
   * @returns {Outcome}
   */
  function run(code, listener) {
    emit = listener;
    room = MOST_TEXT;
    settings.bytes = 0;
    try {
      return JSON.parse(runCell(transformed(showingLast(code))));
    } catch (error) {
      return { ok: false, error: String(error), line: 0 };
    } finally {
      emit = () => {};
    }
  }

  return {
    run,
    /**
     * Run one of the cells of a page, and before it those that it needs.
     *
     * @param {string[]} codes of all cells, in their order
     * @param {number} wanted
     * @param {(cell: number, output: Output) => void} listener
     * @param {(cell: number) => void} starting
     * @returns {Outcome & {cell: number, before: number[]}} the last cell that ran
     */
    runIn(codes, wanted, listener, starting = () => {}) {
      const cells = codes.map(namesOf);
      const before = neededFor(cells, wanted, makers);
      let outcome = { ok: true, error: "", line: 0 };
      let cell = wanted;
      for (cell of [...before, wanted]) {
        starting(cell);
        const current = cell;
        outcome = run(codes[cell], (output) => listener(current, output));
        if (!outcome.ok) break;
        for (const name of leftBy(cells, cell)) makers.set(name, cell);
      }
      return { ...outcome, cell, before };
    },
    /** What the stand-in knows, by module. @returns {Record<string, string[]>} */
    names: () => JSON.parse(layer.names()),
  };
}

/** JSON knows neither NaN nor infinity. @param {number|string} value */
const plain = (value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : Number(value);
