/**
 * What every explorer stands in: state that is always in range, one frame at a time, the page's
 * theme and address, controls that a screen reader understands. The view brings the picture.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Boxes} Boxes
 * @typedef {ReturnType<typeof build>} Nodes
 */
import { createActions } from "./actions.js";
import { createAddress } from "./address.js";
import { answer } from "./answer.js";
import { createControls } from "./controls.js";
import { make } from "./dom.js";
import { createExtras } from "./extras.js";
import { Frames } from "./frames.js";
import { createGoals } from "./goals.js";
import { createLink } from "./link.js";
import { createPace } from "./pace.js";
import { openPainter } from "./painter.js";
import { createReport } from "./report.js";
import { checkTraits } from "./rules.js";
import { createState } from "./state.js";
import { createWriter } from "./text.js";
import { watchTheme } from "./theme.js";
import { createTour } from "./tour.js";

/**
 * Open the shell of one explorer.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {{model: import("../types.js").Model, el: HTMLElement}} page
 * @param {import("../types.js").View<N, B, L>} view
 * @returns {import("../types.js").Shell<B, N>}
 */
export function openShell({ model, el }, view) {
  const { name, traits, picture } = view;
  checkTraits(name, traits, model.get("ranges"));
  const words = model.get("words");
  const writeNumber = createWriter(words);
  const closing = new AbortController();
  const { signal } = closing;
  const nodes = build(el, words[name], model.get("name"));
  // Whether anybody has changed what the page began with; and whether Python is still to be told.
  const changes = { touched: false, unsaved: false };

  const state = createState(model, traits, {
    signal,
    changed(key, how) {
      if (how === "set") view.changed?.(key);
      goals.note(how);
      tour.note(how);
      if (how === "drifted") return; // the frame that follows is asked for by whoever set it
      changes.touched = true;
      link?.forget();
      if (how === "set" || !tour.isOpen()) actions.note();
      frames.schedule();
    },
    wasSet() {
      changes.unsaved = true;
      frames.schedule();
    },
  });
  const readState = () => view.complete(state.read());
  const frames = new Frames(nodes, view, readState, (now) => {
    pace.frame(now);
    if (changes.unsaved) model.save_changes();
    changes.unsaved = false;
  });
  const shown = () => /** @type {State} */ (frames.state);
  // A worker paints from numbers of its own; the page computes them when it needs them itself, unless
  // it is told.
  const numbers = () => (picture.tell ? /** @type {N} */ (frames.told) : picture.compute(shown()));

  const schedule = () => frames.schedule();
  const controls = createControls({ el, traits, state, writeNumber, arrived: schedule, signal });
  const ways = openWays({
    ...{ nodes, model, view, state, writeNumber, frames, changes, signal },
    note: () => actions.note(),
  });
  const { tour, interrupt, address, link } = ways;
  const actions = createActions({ el, words, state, interrupt, signal });
  const goals = createGoals({ el, words, model, kind: name, signal });
  const extras = createExtras({ el, model, view, frames, initial: state.initial, numbers, signal });

  const report = createReport({ nodes, view, frames, numbers, controls, goals, extras, ways });
  const pace = createPace({ signal, ...report });

  answer(nodes.root, () => frames.state && view.measure?.(shown(), numbers()), signal);
  follow(nodes.stage, frames, pace.writeNow, signal, () => {
    controls.dress();
    controls.watch();
    address?.read();
    changes.touched = false;
    actions.begin(tour.kept() ?? state.read());
  });
  startOnceThere(frames, openPainter(nodes.canvas, picture, model), signal);

  return {
    ...{ words, writeNumber, signal, ranges: state.ranges },
    ...{ root: nodes.root, stage: nodes.stage, canvas: nodes.canvas },
    ...{ set: state.set, drift: state.drift, hold: actions.hold, schedule },
    actions: [...actions.nodes, ...tour.nodes, ...extras.nodes, ...(link?.nodes ?? [])],
    isShown: () => frames.state !== null,
    ...{ state: shown, numbers },
    boxes: () => /** @type {B} */ (frames.boxes),
    close: () => closing.abort(),
  };
}

/**
 * The tour, and the address and the link that lead to what is shown, as a step of the tour if it is one.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {object} parts
 * @param {Nodes} parts.nodes
 * @param {import("../types.js").Model} parts.model
 * @param {import("../types.js").View<N, B, L>} parts.view
 * @param {ReturnType<typeof createState>} parts.state
 * @param {ReturnType<typeof createWriter>} parts.writeNumber
 * @param {Frames<N, B, L>} parts.frames
 * @param {{touched: boolean}} parts.changes
 * @param {() => void} parts.note keeps a picture to come back to
 * @param {AbortSignal} parts.signal
 */
function openWays({ nodes, model, view, state, writeNumber, frames, changes, note, signal }) {
  const words = model.get("words");
  const gone = () => {
    changes.touched = true;
    if (!tour.isOpen()) note(); // a picture that is kept
    frames.schedule();
  };
  const tour = createTour({
    ...{ nodes, words, traits: view.traits, state, writeNumber, gone, signal },
    ...{ tour: model.get("tour"), interrupt: () => view.interrupt?.() },
  });
  const interrupt = () => {
    view.interrupt?.();
    return tour.end();
  };
  const address = openAddress(model, view.traits, state, tour, interrupt, signal);
  const here = () => address?.write(tour.told(/** @type {State} */ (frames.state))) ?? "";
  const link = address && createLink(words, here, signal);
  return {
    ...{ tour, interrupt, address, link },
    /** Leave the address that shows it again, if anybody has changed what the page began with. */
    leave() {
      if (changes.touched) link?.lead(here());
      return changes.touched;
    },
  };
}

/**
 * Begin to paint, unless the explorer is closed before its painter is there.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {Frames<N, B, L>} frames
 * @param {Promise<import("../types.js").Painter<N, L>>} coming
 * @param {AbortSignal} signal
 */
async function startOnceThere(frames, coming, signal) {
  const painter = await coming;
  if (signal.aborted) painter.close();
  else frames.startWith(painter);
}

/**
 * The elements of an explorer.
 *
 * @param {HTMLElement} el
 * @param {string} title
 * @param {string} name
 */
function build(el, title, name) {
  el.classList.add("nw-explorer");
  const canvas = make("canvas", { role: "img" });
  // A click on the picture takes the keys there, too.
  const stage = make("div", { class: "nw-stage", tabindex: "-1" }, canvas);
  const spoken = make("div", { class: "nw-spoken", "aria-live": "polite" });
  const root = make("div", { class: "nw-root", role: "group", "aria-label": title });
  root.dataset.name = name;
  root.append(stage, spoken);
  el.append(root);
  return { el, root, stage, canvas, spoken };
}

/**
 * The page's address, where the page is nobody else's (JupyterLab keeps its own).
 *
 * @param {import("../types.js").Model} model
 * @param {import("../types.js").Traits} traits
 * @param {ReturnType<typeof createState>} state
 * @param {ReturnType<typeof createTour>} tour
 * @param {() => void} interrupt called before a whole state is put in the place of this one
 * @param {AbortSignal} signal
 */
function openAddress(model, traits, state, tour, interrupt, signal) {
  if (!model.widget_manager?.staticPage) return null;
  const restore = (/** @type {State} */ { tour: step, ...changes }) => {
    interrupt();
    state.restore(changes);
    tour.open(step);
  };
  const told = { ...traits, tour: { address: "tour" } };
  const initial = { ...state.initial, tour: 0 };
  return createAddress(model.get("name"), told, initial, restore, signal);
}

/**
 * Follow the page: its width, its theme, the printer.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {HTMLElement} stage
 * @param {Frames<N, B, L>} frames
 * @param {() => void} writeNow
 * @param {AbortSignal} signal
 * @param {() => void} begin called once there is room for a picture
 */
function follow(stage, frames, writeNow, signal, begin) {
  const resized = new ResizeObserver(() => frames.resize(begin));
  resized.observe(stage);
  watchTheme(() => frames.retheme(), signal);
  const print = (/** @type {boolean} */ on) => {
    frames.print(on);
    if (frames.state) writeNow();
  };
  addEventListener("beforeprint", () => print(true), { signal });
  addEventListener("afterprint", () => print(false), { signal });
  signal.addEventListener("abort", () => {
    resized.disconnect();
    frames.stop();
  });
}
