/**
 * What runs cells for a page, brought when a reader first asks for it.
 *
 * @typedef {import("../session.js").Output} Output
 * @typedef {object} Listener
 * @property {(cell: number, output: Output) => void} output
 * @property {(cell: number) => void} [starting]
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {string} error
 * @property {number} line
 * @property {number} cell the one that ran last: an earlier one, if that failed
 * @property {number[]} before the cells that were run first
 * @property {boolean} [stopped]
 * @typedef {object} Room what pages and exercises use, as globalThis.nwCells
 * @property {(codes: string[], wanted: number, listener: Listener) => Promise<Outcome>} run
 * @property {() => void} stop ends what runs, and all that cells have made
 * @property {() => Promise<Record<string, string[]>>} names
 * @property {(code: string) => Node[]} highlighted
 * @property {(output: Output, signal: AbortSignal, words: Record<string, string>) => Node} shown
 */
import source from "cells:worker";
import { startModule } from "../../../nwcore/explorers/js/shell/worker.js";
import { stateFor } from "./explorers.js";
import { highlighted } from "./highlight.js";
import { pictureOf } from "./pictures.js";

/** @type {{worker: Worker, names: Promise<any>}|null} */
let open = null;
let count = 0;
/** @type {Map<number, {listener: Listener, done: (outcome: Outcome) => void}>} */
const running = new Map();

const STOPPED = { ok: false, error: "", line: 0, cell: -1, before: [], stopped: true };

/** What tools/nwbook/exercises.py has written into the page. */
const exercisesOfPage = () =>
  Object.fromEntries(
    [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("nw-check"))].map(
      ({ dataset }) => {
        const exercise = JSON.parse(dataset.exercise ?? "");
        return [exercise.name, exercise];
      },
    ),
  );

function opened() {
  if (open) return open;
  const worker = startModule(source);
  const names = new Promise((resolve) => {
    worker.onmessage = ({ data }) => {
      if (data.ready) {
        resolve(data.names);
        return;
      }
      const run = running.get(data.run);
      if (!run) return;
      if ("starting" in data) run.listener.starting?.(data.starting);
      else if (data.output) run.listener.output(data.cell, data.output);
      else finish(data.run, data.outcome);
    };
  });
  worker.onerror = (event) => {
    event.preventDefault();
    end({ ...STOPPED, stopped: false, error: event.message || "the interpreter has broken off" });
  };
  worker.postMessage({ exercises: exercisesOfPage() });
  open = { worker, names };
  return open;
}

/**
 * @param {number} run
 * @param {Outcome} outcome
 */
function finish(run, outcome) {
  running.get(run)?.done(outcome);
  running.delete(run);
}

/** @param {Outcome} outcome of all that runs */
function end(outcome) {
  open?.worker.terminate();
  open = null;
  for (const run of [...running.keys()]) finish(run, outcome);
}

/**
 * @param {any} told
 * @param {Record<string, string>} words
 */
function explorerOf(told, words) {
  const stage = document.createElement("div");
  stage.className = "nw-view full-width nw-live";
  const made = globalThis.nwShowMade ? stateFor(told) : null;
  if (!made || !globalThis.nwShowMade) {
    stage.textContent = words.no_explorer;
    return stage;
  }
  const show = globalThis.nwShowMade;
  // Drawn when it is in the page: it asks how wide its column is.
  queueMicrotask(() =>
    show(made.state, made.view, stage).then(
      () => (stage.dataset.nwLive = "alive"),
      (error) => stage.replaceChildren(String(error)),
    ),
  );
  return stage;
}

/** @type {Room} */
const room = {
  run(codes, wanted, listener) {
    const run = ++count;
    opened().worker.postMessage({ run, codes, wanted });
    return new Promise((done) => running.set(run, { listener, done }));
  },
  stop: () => end(STOPPED),
  names: () => opened().names,
  highlighted,
  shown({ kind, text, picture }, signal, words) {
    if (kind === "picture") return pictureOf(picture, signal);
    if (kind === "explorer") return explorerOf(picture, words);
    const pre = document.createElement("pre");
    pre.tabIndex = 0; // a long line is scrolled by keys, too
    pre.textContent = kind === "cut" ? words.cut : (text ?? picture);
    if (kind === "cut") pre.className = "nw-cell-cut";
    return pre;
  },
};
globalThis.nwCells = room;
