/**
 * The page "Your data" (chapters/EDITION/your-data.ipynb): it starts where <nw-yours> stands, with the
 * words that tools/nwbook/yours.py has put there, and asks no server for anything.
 *
 * @typedef {import("../parse.js").Points} Points
 * @typedef {import("../panels.js").Shown} Shown
 */
import { effectiveCount } from "../../../nwcore/explorers/js/engine/attention.js";
import { clamp } from "../../../nwcore/explorers/js/drawing/scales.js";
import { make, write } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { watchTheme } from "../../../nwcore/explorers/js/shell/theme.js";
import { readLink, tableOf } from "../link.js";
import { createModel, QUERIES, queryAt } from "../model.js";
import { boxOf, scaleOf } from "../panels.js";
import { choosePoints, readTable } from "../parse.js";
import { createNumberWriter } from "../write.js";
import style from "../yours.css";
import { openComputer } from "./computer.js";
import { createControls } from "./controls.js";
import { createFigures } from "./figures.js";
import { createForm, nameOf } from "./form.js";
import { faultNode, reportOf } from "./messages.js";
import { createTakeaway } from "./takeaway.js";

const FIRST = "book"; // the sample that the page opens with

/** @param {HTMLElement} host */
function start(host) {
  /** @type {Record<string, string>} */
  const words = JSON.parse(host.dataset.words ?? "");
  const written = createNumberWriter(words);
  document.head.append(make("style", {}, style));

  /** @type {Points|null} */
  let points = null;
  /** @type {ReturnType<typeof createModel>|null} */
  let model = null;
  /** @type {string[]} */
  let names = ["", ""];
  /** @type {import("../search.js").Search|null} */
  let search = null;
  /** @type {import("../model.js").Look|null} */
  let look = null;
  /** @type {import("../model.js").Rest|null} */
  let rest = null;
  /** @type {number|null} null: that of the least loss */
  let w = null;
  let place = Math.floor(QUERIES / 2); // of the query
  /** @type {ReturnType<typeof openComputer>|null} */
  let computer = null;
  /** @type {{w: number|null, query: number|null}|null} what an address asks for */
  let linked = null;

  /** @returns {Shown|null} */
  function shown() {
    if (!model || !search || !look) return null;
    const { keys, values, limits } = model;
    const query = queryAt(place, limits[0], limits[1]);
    const weights = model.weights(query, look.w);
    const prediction = model.predict(weights);
    const found = rest?.w === look.w ? rest : null;
    const seen = { keys, values, names, search, look, rest: found, query, weights, prediction };
    return { ...seen, words, write: written };
  }

  function taken() {
    const seen = shown();
    if (!seen || !points || !model) return null;
    return { shown: seen, points, order: model.order, best: seen.look.w === seen.search.w };
  }

  const form = createForm(
    words,
    () => begin(null),
    (kind) => fail({ kind, values: {} }),
  );
  const controls = createControls(words, { setW, setQuery });
  const pictures = createFigures(host, words, shown);
  const takeaway = createTakeaway(words, pictures, taken);
  const working = make("p", { class: "nwy-soft", role: "status" });
  const results = make(
    "section",
    {},
    make("h3", {}, words.result),
    ...controls.nodes,
    ...pictures.nodes,
  );
  host.replaceChildren(form.node, working, results, takeaway.node);
  host.style.minHeight = "";

  /** @param {import("../parse.js").Fault} fault */
  function fail(fault) {
    forget();
    form.status.replaceChildren(faultNode(fault, words, written));
    host.dataset.state = "fault";
  }

  function forget() {
    computer?.close();
    computer = null;
    [points, model, search, look, rest, w] = [null, null, null, null, null, null];
    results.hidden = true;
    takeaway.node.hidden = true;
    write(working, "");
  }

  /** Read the table anew. @param {typeof linked} asked what an address asks for, too */
  function begin(asked) {
    forget();
    linked = asked;
    const { table, fault } = readTable(form.text(), form.wanted());
    const [x, y] = form.show(table);
    if (!table) {
      fail(fault);
      return;
    }
    const chosen = choosePoints(table, x, y, form.logarithm());
    const report = reportOf(table, chosen.points, words, written);
    if (chosen.fault) {
      fail(chosen.fault);
      form.status.append(...report);
      return;
    }
    form.status.replaceChildren(...report);
    points = chosen.points;
    names = [x, y].map((column) => nameOf(table, column, words));
    if (form.logarithm()) names[0] = fill(words.log_name, { name: names[0] });
    model = createModel(points.x, points.y);
    place = Math.floor(QUERIES / 2);
    host.dataset.state = "searching";
    computer = openComputer(receive);
    computer.ask({ x: points.x, y: points.y });
  }

  /** @param {import("../serve.js").Answer & {broken?: string}} answer */
  function receive(answer) {
    if (answer.broken !== undefined) {
      write(working, fill(words.broken, { message: answer.broken }));
      host.dataset.state = "fault";
    } else if (answer.progress) {
      const [done, all] = answer.progress;
      write(working, fill(words.searching, { done, all }));
    } else if (answer.search && model) {
      search = answer.search;
      write(working, "");
      if (linked && linked.query !== null) place = placeOf(linked.query);
      setW(linked?.w ?? null);
    } else {
      look = answer.look ?? look;
      rest = answer.rest ?? rest;
      if (answer.rest && isCurrent()) host.dataset.state = "shown";
      refresh();
    }
  }

  const wanted = () => w ?? /** @type {import("../search.js").Search} */ (search).w;
  const isCurrent = () => look?.w === wanted() && rest?.w === look.w;

  /** @param {number|null} value */
  function setW(value) {
    if (!search) return;
    w = value === null ? null : clamp(value, [search.low, search.high]);
    host.dataset.state = "computing";
    computer?.ask({ w: wanted() });
    refresh();
  }

  /** @param {number} query */
  function placeOf(query) {
    const [low, high] = model?.limits ?? [0, 1];
    return clamp(Math.round(((query - low) / (high - low)) * (QUERIES - 1)), [0, QUERIES - 1]);
  }

  /** @param {number} value */
  function setQuery(value) {
    place = value;
    refresh();
  }

  function refresh() {
    const seen = shown();
    if (!seen) return;
    results.hidden = false;
    takeaway.node.hidden = false;
    const effective = effectiveCount(seen.weights, seen.keys.length, 0);
    controls.refresh({ shown: seen, w: wanted(), isBest: w === null, place, effective });
    takeaway.refresh();
    pictures.schedule();
  }

  for (const { name, canvas } of pictures.figures) {
    const follow = (/** @type {PointerEvent} */ event) => {
      const seen = shown();
      if (!seen) return;
      const box = boxOf(name, Math.floor(canvas.clientWidth));
      const at = name === "heat" ? event.offsetY : event.offsetX;
      const value = scaleOf(name, box, seen).invert(at);
      if (name === "valley") setW(value);
      else setQuery(placeOf(value));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) follow(event);
    });
  }

  /** What the address holds, if it is about this page; else the first sample. */
  function readHash() {
    const link = readLink(location.hash);
    if (link === null) {
      form.show(null);
      fail({ kind: "link", values: {} });
    } else if (link) {
      form.put(tableOf(link, ["x", "y"]));
      begin({ w: link.w, query: link.query });
    }
    return link !== undefined;
  }

  watchTheme(pictures.schedule, new AbortController().signal);
  addEventListener("hashchange", readHash);
  if (!readHash()) form.take(FIRST);
}

function startWhereItStands() {
  /** @type {HTMLElement|null} */
  const host = document.querySelector("nw-yours[data-words]");
  if (host) start(host);
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", startWhereItStands);
else startWhereItStands();
