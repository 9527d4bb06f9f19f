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
import { make, setAttribute, write } from "./dom.js";
import { createExtras } from "./extras.js";
import { Frames } from "./frames.js";
import { createGoals } from "./goals.js";
import { createLink } from "./link.js";
import { createPace } from "./pace.js";
import { openPainter } from "./painter.js";
import { checkTraits } from "./rules.js";
import { createState } from "./state.js";
import { createWriter } from "./text.js";
import { watchTheme } from "./theme.js";

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
  let touched = false; // whether anybody has changed what the page began with
  let unsaved = false; // whether Python is still to be told of a change

  const state = createState(model, traits, {
    signal,
    changed(key, how) {
      if (how === "set") view.changed?.(key);
      goals.note(how);
      if (how === "drifted") return; // the frame that follows is asked for by whoever set it
      touched = true;
      link?.forget();
      actions.note();
      frames.schedule();
    },
    wasSet() {
      unsaved = true;
      frames.schedule();
    },
  });
  const readState = () => view.complete(state.read());
  const frames = new Frames(nodes, view, readState, (now) => {
    pace.frame(now);
    if (unsaved) model.save_changes();
    unsaved = false;
  });
  const shown = () => /** @type {State} */ (frames.state);
  // A worker paints from numbers of its own; the page computes them when it needs them itself, unless
  // it is told.
  const numbers = () => (picture.tell ? /** @type {N} */ (frames.told) : picture.compute(shown()));

  const schedule = () => frames.schedule();
  const controls = createControls({ el, traits, state, writeNumber, arrived: schedule, signal });
  const interrupt = () => view.interrupt?.();
  const address = openAddress(model, traits, state, interrupt, signal);
  const link = address && createLink(words, () => address.write(shown()), signal);
  const actions = createActions({ el, words, state, interrupt, signal });
  const goals = createGoals({ el, words, model, kind: name, signal });
  const extras = createExtras({ el, model, view, frames, initial: state.initial, numbers, signal });

  const pace = createPace({
    signal,
    /** Bring every number that is written up to the frame last painted. */
    write() {
      controls.refresh(shown());
      view.refresh(shown(), numbers());
      extras.refresh();
      nodes.root.dataset.written = frames.number;
    },
    /** Say what the picture shows, and leave the address that shows it again. */
    rest() {
      view.rest?.(shown(), numbers());
      goals.judge(() => view.measure?.(shown(), numbers()));
      const description = view.describe(shown(), numbers());
      setAttribute(nodes.canvas, "aria-label", description);
      if (!touched) return;
      write(nodes.spoken, description);
      if (address) link?.lead(address.write(shown()));
    },
  });

  answer(nodes.root, () => frames.state && view.measure?.(shown(), numbers()), signal);
  follow(nodes.stage, frames, pace.writeNow, signal, () => {
    controls.dress();
    controls.watch();
    address?.read();
    touched = false;
    actions.begin();
  });
  startOnceThere(frames, openPainter(nodes.canvas, picture, model), signal);

  return {
    ...{ words, writeNumber, signal, ranges: state.ranges },
    ...{ root: nodes.root, stage: nodes.stage, canvas: nodes.canvas },
    ...{ set: state.set, drift: state.drift, hold: actions.hold },
    actions: [...actions.nodes, ...extras.nodes, ...(link?.nodes ?? [])],
    isShown: () => frames.state !== null,
    ...{ state: shown, numbers, schedule },
    boxes: () => /** @type {B} */ (frames.boxes),
    close: () => closing.abort(),
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
 * @param {() => void} interrupt called before a whole state is put in the place of this one
 * @param {AbortSignal} signal
 */
function openAddress(model, traits, state, interrupt, signal) {
  if (!model.widget_manager?.staticPage) return null;
  const restore = (/** @type {State} */ changes) => {
    interrupt();
    state.restore(changes);
  };
  return createAddress(model.get("name"), traits, state.initial, restore, signal);
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
