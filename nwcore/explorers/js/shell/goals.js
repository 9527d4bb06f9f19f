/**
 * Goals of an explorer: a folded list of what a reader may try to make it show. A goal is reached once
 * the picture shows it at rest after an act of the reader: not by what moves by itself, nor by what
 * came with the page, its address, or a step taken back.
 *
 * @typedef {Record<string, [number|null, number|null]>} Region the least and the most of some fields
 * @typedef {[string, string, Region]} Goal its name, its sentence, and where it is reached
 */
import { make, setAttribute, write } from "./dom.js";
import { makeButton } from "./parts.js";
import { fill } from "./text.js";

/**
 * Whether fields lie in a region: nwcore.exercises.judging, for one region.
 *
 * @param {Region} region
 * @param {Record<string, number>} fields
 */
export const holds = (region, fields) =>
  Object.entries(region).every(
    ([field, [least, most]]) =>
      fields[field] >= (least ?? -Infinity) && fields[field] <= (most ?? Infinity),
  );

/**
 * What is reached: with the exercises of the page (assets/progress.js), which may come after the
 * explorer; elsewhere in the model, which a kernel keeps.
 *
 * @param {import("../types.js").Model} model
 * @param {string} kind
 * @param {AbortSignal} signal
 */
function openStore(model, kind, signal) {
  const keyOf = (/** @type {string} */ name) => `${kind}/${name}`;
  if (model.widget_manager?.staticPage) {
    return {
      has: (/** @type {string} */ name) =>
        typeof nwProgress !== "undefined" && Boolean(nwProgress.of(keyOf(name)).done),
      add: (/** @type {string} */ name) => nwProgress.note(keyOf(name), { done: true }),
      forget: () => nwProgress.forget(keyOf("")),
      follow: (/** @type {() => void} */ show) =>
        document.addEventListener("nw-progress", show, { signal }),
    };
  }
  const put = (/** @type {string[]} */ reached) => {
    model.set("reached", reached);
    model.save_changes();
  };
  return {
    has: (/** @type {string} */ name) => model.get("reached").includes(name),
    add: (/** @type {string} */ name) => put([...model.get("reached"), name]),
    forget: () => put([]),
    follow(/** @type {() => void} */ show) {
      model.on("change:reached", show);
      signal.addEventListener("abort", () => model.off("change:reached", show));
    },
  };
}

/**
 * @param {object} parts
 * @param {HTMLElement} parts.el
 * @param {import("../types.js").Words} parts.words
 * @param {import("../types.js").Model} parts.model
 * @param {string} parts.kind the explorer's own name
 * @param {AbortSignal} parts.signal
 */
export function createGoals({ el, words, model, kind, signal }) {
  /** @type {Goal[]} */
  const goals = model.get("goals");
  const store = openStore(model, kind, signal);
  let acted = false;
  const count = make("summary");
  const marks = goals.map(() => make("span", { class: "nw-spoken" }));
  const items = goals.map(([, sentence], place) => make("li", {}, sentence, " ", marks[place]));
  const forget = makeButton(words.goals_forget, () => store.forget(), signal);
  // Not in the folded part, which nobody would hear.
  const spoken = make("div", { class: "nw-spoken", "aria-live": "polite" });
  const list = make("details", {}, count, make("ul", {}, ...items), forget);
  if (goals.length) el.append(make("div", { class: "nw-goals" }, list, spoken));

  function show() {
    let reached = 0;
    goals.forEach(([name], place) => {
      const done = store.has(name);
      reached += Number(done);
      items[place].classList.toggle("nw-reached", done);
      write(marks[place], done ? words.goal_reached : "");
    });
    write(count, fill(words.goals, { n: reached, total: goals.length }));
    // Not disabled: who has just pressed it keeps the focus.
    setAttribute(forget, "aria-disabled", reached === 0);
    if (!reached) write(spoken, "");
  }
  store.follow(show);
  show();

  return {
    /** Take note of how a trait has changed. */
    note(/** @type {import("./state.js").How} */ how) {
      acted = how === "set";
    },
    /** Look at what the picture shows at rest. */
    judge(/** @type {() => Record<string, number>|undefined} */ measure) {
      const left = acted ? goals.filter(([name]) => !store.has(name)) : [];
      acted = false;
      const fields = left.length ? measure() : null;
      if (!fields) return;
      const found = left.filter(([, , region]) => holds(region, fields));
      for (const [name] of found) store.add(name);
      const said = found.map(([, goal]) => fill(words.goal_said, { goal }));
      if (said.length) write(spoken, said.join(" "));
    },
  };
}
