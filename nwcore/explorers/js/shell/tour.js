/**
 * A guided tour of an explorer: steps, each of which brings the picture into a state and says what is
 * seen in it. What the reader had is put back at the end, unless the picture is to stay as it is. So a
 * tour is nothing to take back; a picture that is kept is one step.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("./steps.js").Tour} Tour
 */
import { boxOf, setAttribute } from "./dom.js";
import { createGlide } from "./glide.js";
import { createMarks } from "./marks.js";
import { createPanel } from "./panel.js";
import { makeButton } from "./parts.js";
import { isShown, placeOf, stateOf, written } from "./steps.js";

/**
 * @param {object} parts
 * @param {Tour} parts.tour without steps: none
 * @param {{el: HTMLElement, root: HTMLElement, stage: HTMLElement}} parts.nodes
 * @param {import("../types.js").Words} parts.words
 * @param {import("../types.js").Traits} parts.traits
 * @param {ReturnType<typeof import("./state.js").createState>} parts.state
 * @param {import("../types.js").WriteNumber} parts.writeNumber
 * @param {() => void} parts.interrupt stops what the view does by itself
 * @param {() => void} parts.gone called when it has gone on, whether or not that changed the picture
 * @param {AbortSignal} parts.signal
 */
export function createTour(parts) {
  const { tour, words, traits, state, writeNumber, interrupt, gone, signal } = parts;
  const { el, root, stage } = parts.nodes;
  const { steps = [], digits } = tour;
  /** @type {number|null} */
  let place = null;
  /** @type {State|null} */
  let kept = null; // what the reader had before
  const glide = createGlide(state, traits, signal);
  const mark = createMarks(el, stage);
  const button = makeButton(words.tour, () => (place === null ? begin() : end(true)), signal);
  const panel = createPanel(
    words,
    stage,
    { go: (by) => show(Number(place) + by), end: () => end(true), keep: () => end(false) },
    signal,
  );
  if (steps.length) stage.after(panel.node);
  setAttribute(button, "aria-expanded", false);
  onEscape(el, () => end(true), signal);

  function begin() {
    show(0);
    panel.begin();
  }

  /** Take note of the step that is shown now, or that none is. */
  function stand(/** @type {number|null} */ next) {
    place = next;
    setAttribute(button, "aria-expanded", place !== null);
    if (place === null) delete root.dataset.tour;
    else root.dataset.tour = String(place + 1);
    panel.show(place, steps.length);
  }

  function show(/** @type {number} */ next, slowly = true) {
    interrupt();
    kept ??= state.read();
    stand(next);
    const goal = stateOf(tour, next);
    panel.write(written(steps[next].text, goal, digits, writeNumber).text);
    panel.differs(false);
    glide.to(goal, slowly);
    gone();
  }

  /** End the tour, and put back what there was before or not; whether there was a tour to end. */
  function end(/** @type {boolean} */ back) {
    if (place === null) return false;
    glide.stop();
    if (panel.holdsFocus()) button.focus();
    stand(null);
    mark([], {});
    if (back && kept) state.restore(kept);
    kept = null;
    gone();
    return true;
  }

  const isAt = (/** @type {State} */ shown) =>
    place !== null && isShown(shown, stateOf(tour, place));

  return {
    nodes: steps.length ? [button] : [],
    isOpen: () => place !== null,
    /** What the reader had before a tour, if one is on. */
    kept: () => kept,
    /** Whether the picture is what the step says. */
    isAt,
    /** Whether it is that, or on its way there. */
    leads: (/** @type {State} */ shown) => (place !== null && glide.isOn()) || isAt(shown),
    /** Begin at the step that an address asks for; what is no step is left out. */
    open(/** @type {unknown} */ number) {
      const next = placeOf(tour, number);
      if (next >= 0) show(next, false);
    },
    end: () => end(true),
    /** Take note of how a trait has changed: who takes something in hand is not led on. */
    note(/** @type {import("./state.js").How} */ how) {
      if (how === "set") glide.stop();
    },
    /**
     * What an address says: a step, and the state that it was begun in; or else what is shown.
     *
     * @param {State} shown
     * @returns {State}
     */
    told: (shown) => (isAt(shown) ? { ...kept, tour: Number(place) + 1 } : { ...shown, tour: 0 }),
    /**
     * Write and mark what the step is about.
     *
     * @param {State} shown
     * @param {() => Record<string, number>|undefined} measure
     * @param {Record<string, any>} boxes
     */
    refresh(shown, measure, boxes) {
      if (place === null) return;
      mark(steps[place].marks, boxes);
      panel.differs(!glide.isOn() && !isAt(shown));
      if (!isAt(shown)) return;
      const fields = { ...shown, ...measure() };
      const { text, whole } = written(steps[place].text, fields, digits, writeNumber);
      panel.write(text);
      if (whole) panel.say();
    },
  };
}

/**
 * Call when Escape is pressed in an explorer; if that ends something, the key means nothing else.
 *
 * @param {HTMLElement} el the explorer's own
 * @param {() => boolean} act whether it has ended something
 * @param {AbortSignal} signal
 */
function onEscape(el, act, signal) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || !(event.target instanceof Node)) return;
    if (boxOf(el).contains(event.target) && act()) event.stopImmediatePropagation();
  };
  addEventListener("keydown", press, { signal, capture: true });
}
