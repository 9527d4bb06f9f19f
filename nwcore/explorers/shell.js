// What every explorer stands in: state that is always in range, one frame at a time, the page's
// theme and address, controls that a screen reader understands. The view brings the picture.
import { createPen } from "./drawing.js";

const COLOURS = ["ink", "muted", "card", "truth", "pred", "point", "accent", "paper"];
const CURVE_SAMPLE = 16;
const PAPER_DENSITY = 3;

// Milliseconds. Numbers follow as fast as they can be read, not with every frame: each costs the
// browser a layout. What takes a sentence waits until the hand rests.
const WORDS_PAUSE = 80;
const REST = 300;

// How a hand moves a number: rounding of what it sets, and the steps of its keys.
const HANDS = {
  w: { log: true, digits: 3 },
  start: { log: true, digits: 3 },
  lr: { log: true, digits: 2 },
  noise: { log: false, step: 0.01, arrow: 0.05, page: 0.25 },
};
const ARROW_FACTOR = 1.05;
const PAGE_FACTOR = 1.5;

/** The nearest number that a hand would have meant. */
export function roundByHand(key, value) {
  const hand = HANDS[key];
  if (!hand) return value;
  if (hand.log) return Number(value.toPrecision(hand.digits));
  return Number((Math.round(value / hand.step) * hand.step).toFixed(4));
}

/** Where a key takes a value, or null for a key that does not move it. */
export function movedByKey(key, value, pressed, [low, high]) {
  const { log, arrow, page } = HANDS[key];
  const up = { ArrowRight: 1, ArrowUp: 1, PageUp: 2, ArrowLeft: -1, ArrowDown: -1, PageDown: -2 };
  if (pressed === "Home") return low;
  if (pressed === "End") return high;
  if (!(pressed in up)) return null;
  const long = Math.abs(up[pressed]) === 2;
  const sign = Math.sign(up[pressed]);
  const goal = log
    ? value * (long ? PAGE_FACTOR : ARROW_FACTOR) ** sign
    : value + sign * (long ? page : arrow);
  return Math.min(high, Math.max(low, roundByHand(key, goal)));
}

/** Write numbers with the decimal mark of the page's language. */
export function createWriter(words) {
  return (value, digits) => {
    if (!Number.isFinite(value)) return words.undefined;
    const text = value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "");
    return text.replace(".", words.decimal).replace("-", "−");
  };
}

/** Put values into the places of a pattern: "x = {x}". */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** What a part of an address says; one that nobody has encoded says itself. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An element with attributes, text and children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Write text only where it changes: an unchanged node costs no layout. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Enable or disable a button, only where that changes. */
export function setDisabled(button, disabled) {
  if (button.disabled !== disabled) button.disabled = disabled;
}

function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/**
 * Open the shell of one explorer.
 *
 * `view` has: title (key of a word), keys (traits of its state), address (trait -> its name in the
 * page's address), layout(width) -> {height, …}, compute(state) -> numbers, paint(pen, boxes, state,
 * numbers), describe(state, numbers) -> text alternative, refresh(state, numbers) for the DOM,
 * rest(state, numbers), if it likes, for what can wait until the hand rests.
 */
export function openShell({ model, el }, view) {
  const words = model.get("words");
  const ranges = model.get("ranges");
  const writeNumber = createWriter(words);
  const closing = new AbortController();
  const { signal } = closing;
  const shell = { words, writeNumber, signal };

  el.classList.add("nw-explorer");
  const canvas = make("canvas", { role: "img" });
  const stage = make("div", { class: "nw-stage" }, canvas);
  const spoken = make("div", { class: "nw-spoken", "aria-live": "polite" });
  const root = make("div", { class: "nw-root", role: "group", "aria-label": words[view.title] });
  root.dataset.name = model.get("name");
  root.append(stage, spoken);
  el.append(root);
  Object.assign(shell, { el, canvas, stage, root });

  // State ----------------------------------------------------------------------------------------

  const accepted = {};

  function inRange(key, value) {
    const range = ranges[key];
    if (!range) return value;
    const [low, high] = range;
    if (!Number.isFinite(value)) return accepted[key] ?? low;
    const bounded = Math.min(high, Math.max(low, value));
    return Number.isInteger(low) && Number.isInteger(high) && !HANDS[key]
      ? Math.round(bounded)
      : bounded;
  }

  function readState() {
    const state = {};
    for (const key of view.keys) {
      state[key] = accepted[key] = inRange(key, model.get(key));
    }
    return view.complete ? view.complete(state) : state;
  }

  /** Change traits; the frame that follows shows them and tells Python. */
  shell.set = (changes) => {
    for (const [key, value] of Object.entries(changes)) model.set(key, inRange(key, value));
    unsaved = true;
    shell.schedule();
  };

  shell.state = () => current.state;
  shell.numbers = () => current.numbers;
  shell.boxes = () => current.boxes;

  // A slider that was drawn before the canvas has given its value back, rounded to its tiny step.
  const sameButForStep = (a, b) => Math.abs(a - b) <= 1e-7 * Math.max(Math.abs(b), 0.01);
  for (const [key, value] of Object.entries(model.get("exact"))) {
    if (HANDS[key] && sameButForStep(model.get(key), value)) model.set(key, value);
  }

  const initial = Object.fromEntries(view.keys.map((key) => [key, model.get(key)]));

  /** Set a whole state, in which moved points and their data set come together. */
  shell.restore = (changes) => {
    restoring = true;
    shell.set({ ...initial, ...changes });
    restoring = false;
  };
  let restoring = false;

  let held = null;
  for (const key of view.keys) {
    accepted[key] = inRange(key, model.get(key));
    const changed = () => {
      const value = model.get(key);
      if (held === key) {
        const rounded = inRange(key, roundByHand(key, value));
        if (rounded !== value) model.set(key, rounded);
      } else if (HANDS[key]) {
        if (value !== accepted[key] && sameButForStep(value, accepted[key])) {
          model.set(key, accepted[key]);
          return;
        }
      }
      accepted[key] = inRange(key, model.get(key));
      if (!restoring) view.changed?.(key);
      touched = true;
      shell.schedule();
    };
    model.on(`change:${key}`, changed);
    signal.addEventListener("abort", () => model.off(`change:${key}`, changed));
  }

  // Frames ---------------------------------------------------------------------------------------

  const context = canvas.getContext("2d");
  let current = { state: null, numbers: null, boxes: null };
  let colours = null;
  let font = null;
  let width = 0;
  let requested = 0;
  let unsaved = false;
  let touched = false;
  let onPaper = false;
  let wroteAt = -Infinity;
  let wordsTimer = 0;
  let restsAt = 0;
  let restTimer = 0;

  shell.schedule = () => {
    if (!requested && width > 0) requested = requestAnimationFrame(frame);
  };

  function frame(now) {
    requested = 0;
    if (signal.aborted) return;
    const state = readState();
    const numbers = view.compute(state);
    if (current.width !== width) current = { width, boxes: view.layout(width) };
    Object.assign(current, { state, numbers });
    paint();
    root.dataset.frames = Number(root.dataset.frames ?? 0) + 1;
    if (now - wroteAt >= WORDS_PAUSE) writeWords();
    else wordsTimer ||= setTimeout(writeWords, WORDS_PAUSE - (now - wroteAt));
    if (unsaved) {
      unsaved = false;
      model.save_changes();
    }
    restsAt = now + REST;
    restTimer ||= setTimeout(rest, REST);
    if (root.dataset.frames === "1") el.setAttribute("data-nw-ready", "");
  }

  /** Bring every number that is written up to the frame last painted. */
  function writeWords() {
    clearTimeout(wordsTimer);
    wordsTimer = 0;
    wroteAt = performance.now();
    refreshControls(current.state);
    view.refresh(current.state, current.numbers);
    root.dataset.written = root.dataset.frames ?? 0;
  }

  function paint() {
    const { boxes, state, numbers } = current;
    const density = onPaper ? PAPER_DENSITY : devicePixelRatio || 1;
    const pixels = [Math.round(width * density), Math.round(boxes.height * density)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
      canvas.style.height = `${boxes.height}px`;
    }
    colours ??= readColours();
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, boxes.height);
    view.paint(createPen(context, colours, font), boxes, state, numbers);
  }

  function readColours() {
    const style = getComputedStyle(el);
    font = style.fontFamily || "sans-serif";
    return Object.fromEntries(
      COLOURS.map((name) => [name, style.getPropertyValue(`--x-${name}`).trim() || "#808080"]),
    );
  }

  shell.repaint = () => {
    colours = null;
    shell.schedule();
  };

  const resized = new ResizeObserver(() => {
    const now = Math.floor(stage.clientWidth);
    if (now === width || now === 0) return;
    const first = width === 0;
    width = now;
    if (first) begin();
    shell.schedule();
  });
  resized.observe(stage);

  const themed = new MutationObserver(shell.repaint);
  for (const node of [document.documentElement, document.body]) {
    const attributeFilter = ["data-theme", "data-mode", "class", "data-jp-theme-name"];
    themed.observe(node, { attributes: true, attributeFilter });
  }
  signal.addEventListener("abort", () => {
    resized.disconnect();
    themed.disconnect();
    cancelAnimationFrame(requested);
    clearTimeout(wordsTimer);
    clearTimeout(restTimer);
  });

  // On paper the picture is sharper, and dark on white whatever the screen was.
  const printing = (on) => {
    if (!current.boxes) return;
    el.classList.toggle("nw-print", on);
    onPaper = on;
    colours = null;
    paint();
    writeWords();
  };
  addEventListener("beforeprint", () => printing(true), { signal });
  addEventListener("afterprint", () => printing(false), { signal });

  // Words, once the hand rests: what the picture shows, and the address that shows it again. -------

  function rest() {
    const left = restsAt - performance.now();
    restTimer = left > 0 ? setTimeout(rest, left) : 0;
    if (restTimer) return;
    view.rest?.(current.state, current.numbers);
    const description = view.describe(current.state, current.numbers);
    setAttribute(canvas, "aria-label", description);
    if (!touched) return;
    write(spoken, description);
    address?.write();
  }

  // Controls: ipywidgets beside the canvas, in the same box. ---------------------------------------

  let controls = [];

  function dressControls() {
    const box = el.closest(".nw-box");
    controls = [];
    for (const key of box ? view.keys : []) {
      const control = box.querySelector(`.nw-control-${key.replace(/_index$/, "").replace("_", "-")}`);
      if (!control) continue;
      const name = control.querySelector(".widget-label")?.textContent ?? "";
      const handle = control.querySelector(".noUi-handle");
      const buttons = [...control.querySelectorAll(".widget-toggle-button")];
      if (handle) {
        handle.setAttribute("aria-label", name);
        let output = control.querySelector(".nw-value");
        if (!output) {
          output = make("span", { class: "nw-value", "aria-hidden": "true" });
          control.append(output);
          holdControl(key, control);
        }
        controls.push({ key, handle, output });
      } else if (buttons.length) {
        control.setAttribute("role", "group");
        control.setAttribute("aria-label", name);
        controls.push({ key, buttons });
      }
    }
  }

  function holdControl(key, control) {
    control.addEventListener("pointerdown", () => (held = key), { signal, capture: true });
    const release = () => setTimeout(() => (held = null));
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, release, { signal });
    if (!HANDS[key]) return;
    const press = (event) => {
      if (!event.target.matches(".noUi-handle")) return;
      const goal = movedByKey(key, accepted[key], event.key, ranges[key]);
      if (goal === null) return;
      event.preventDefault();
      event.stopPropagation();
      shell.set({ [key]: goal });
    };
    control.addEventListener("keydown", press, { signal, capture: true });
  }

  function refreshControls(state) {
    for (const { key, handle, output, buttons } of controls) {
      if (buttons) {
        buttons.forEach((button, place) => setAttribute(button, "aria-pressed", place === state[key]));
        continue;
      }
      const text = view.writeControl(key, state[key]);
      write(output, text);
      const [low, high] = ranges[key];
      setAttribute(handle, "aria-valuemin", low);
      setAttribute(handle, "aria-valuemax", high);
      setAttribute(handle, "aria-valuenow", state[key]);
      setAttribute(handle, "aria-valuetext", text);
    }
  }

  // The page's address, where the page is nobody else's (JupyterLab keeps its own). ----------------

  const address = model.widget_manager?.staticPage ? createAddress() : null;

  function createAddress() {
    const name = model.get("name");
    const parts = () => location.hash.slice(1).split("&").filter(Boolean);
    const mine = (part) => part.startsWith(`${name}:`);

    function write() {
      const changed = view.keys.filter(
        (key) => JSON.stringify(current.state[key]) !== JSON.stringify(initial[key]),
      );
      const fields = changed.map((key) => `${view.address[key]}=${text(key, current.state[key])}`);
      const others = parts().filter((part) => part.includes(":") && !mine(part));
      if (fields.length) others.push(`${name}:${fields.join(";")}`);
      const hash = others.length ? `#${others.join("&")}` : location.pathname + location.search;
      if (others.length || parts().some(mine)) history.replaceState(history.state, "", hash);
      shell.link?.setAttribute("href", others.length ? hash : "#");
    }

    const text = (key, value) => view.toAddress?.(key, value) ?? String(value);

    /** Take over what the address says; what it does not name is as at the start. */
    function read() {
      const part = parts().find(mine);
      if (!part) return false;
      const changes = {};
      for (const field of part.slice(name.length + 1).split(";")) {
        const [short, value] = field.split("=").map(decoded);
        const key = view.keys.find((candidate) => view.address[candidate] === short);
        if (!key || value === undefined) continue;
        const meant = view.fromAddress?.(key, value) ?? Number(value);
        if (typeof meant !== "number" || Number.isFinite(meant)) changes[key] = meant;
      }
      shell.restore(changes);
      return true;
    }

    addEventListener("hashchange", read, { signal });
    return { write, read };
  }

  function begin() {
    dressControls();
    const box = el.closest(".nw-box");
    if (box) {
      // The controls may be drawn after the canvas.
      const arrived = new MutationObserver((records) => {
        const added = records.flatMap((record) => [...record.addedNodes]);
        const drawn = (node) => node.matches?.(".widget-toggle-button") || node.querySelector?.(".noUi-handle");
        if (!added.some(drawn)) return;
        dressControls();
        shell.schedule();
      });
      const panel = box.querySelector(".nw-controls") ?? box;
      arrived.observe(panel, { childList: true, subtree: true });
      signal.addEventListener("abort", () => arrived.disconnect());
    }
    address?.read();
    touched = false;
  }

  // Parts that views put together. -------------------------------------------------------------------

  shell.button = (label, act) => {
    const button = make("button", { type: "button", class: "nw-button" }, label);
    button.addEventListener("click", act, { signal });
    return button;
  };

  /** A link that holds the present state, on a page with an address. */
  shell.linkToState = () => {
    if (!address) return "";
    shell.link = make("a", { href: "#", class: "nw-link" }, words.link);
    shell.link.addEventListener(
      "click",
      (event) => {
        event.preventDefault();
        touched = true;
        address.write();
      },
      { signal },
    );
    return shell.link;
  };

  /** A list of named numbers; gives its element and a function that writes one of them. */
  shell.readouts = (names) => {
    const list = make("dl", { class: "nw-readouts" });
    const places = {};
    for (const name of names) {
      places[name] = make("dd", { "data-readout": name });
      list.append(make("div", {}, make("dt", {}, words[name]), places[name]));
    }
    return { list, set: (name, text) => write(places[name], text) };
  };

  /** Samples of the legend. */
  shell.sampleLine = (pen, colour, dash = []) => (x, y) =>
    pen.line(x, y, x + CURVE_SAMPLE, y, colour, 2.2, dash);
  shell.sampleDot = (pen, colour, alpha) => (x, y) =>
    pen.dot(x + CURVE_SAMPLE / 2, y, 4, colour, { alpha });

  shell.close = () => closing.abort();
  return shell;
}
