// What every explorer stands in: state that is always in range, one frame at a time, the page's
// theme and address, controls that a screen reader understands. The view brings the picture.
import { createPagePainter, openPainter } from "./painter.js";
import { createWriter } from "./text.js";

const COLOURS = ["ink", "muted", "card", "truth", "pred", "point", "accent", "paper"];
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
 * page's address), picture (see painter.js), describe(state, numbers) -> text alternative,
 * refresh(state, numbers) for the DOM; if it likes, look() for the picture, and rest(state, numbers)
 * for what can wait until the hand rests.
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
  // A worker paints from numbers of its own; the page computes them when it needs them itself.
  shell.numbers = () => view.picture.compute(current.state);
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

  let current = { state: null, boxes: null };
  let painter = null;
  let paper = null; // the canvas that stands in while the page is printed
  let theme = null;
  let width = 0;
  let requested = 0;
  let painting = false;
  let late = false; // whether the picture that is being painted is not the last one asked for
  let unsaved = false;
  let touched = false;
  let wroteAt = -Infinity;
  let wordsTimer = 0;
  let restsAt = 0;
  let restTimer = 0;

  shell.schedule = () => {
    if (!requested && width > 0 && painter) requested = requestAnimationFrame(frame);
  };

  openPainter(canvas, view.picture, words, model.get("_esm")).then((found) => {
    if (signal.aborted) {
      found.close();
      return;
    }
    painter = found;
    root.dataset.painter = painter.kind;
    signal.addEventListener("abort", painter.close);
    shell.schedule();
  });

  function frame(now) {
    requested = 0;
    if (signal.aborted) return;
    if (current.width !== width) {
      current = { width, boxes: view.picture.layout(width) };
      stage.querySelector("canvas").style.height = `${current.boxes.height}px`;
    }
    current.state = readState();
    root.dataset.frames = Number(root.dataset.frames ?? 0) + 1;
    paint();
    if (now - wroteAt >= WORDS_PAUSE) writeWords();
    else wordsTimer ||= setTimeout(writeWords, WORDS_PAUSE - (now - wroteAt));
    if (unsaved) {
      unsaved = false;
      model.save_changes();
    }
    restsAt = now + REST;
    restTimer ||= setTimeout(rest, REST);
  }

  /** Bring every number that is written up to the frame last painted. */
  function writeWords() {
    clearTimeout(wordsTimer);
    wordsTimer = 0;
    wroteAt = performance.now();
    refreshControls(current.state);
    view.refresh(current.state, shell.numbers());
    root.dataset.written = root.dataset.frames ?? 0;
  }

  /** Have the present state painted; only one picture at a time, and then the newest. */
  function paint() {
    theme ??= readTheme();
    const request = { state: current.state, look: view.look?.(), width, theme };
    if (paper) {
      paper.paint({ ...request, density: PAPER_DENSITY }, painted);
      return;
    }
    late = painting;
    if (painting) return;
    painting = true;
    const number = root.dataset.frames;
    painter.paint({ ...request, density: devicePixelRatio || 1 }, () => {
      painting = false;
      if (!paper) painted(number);
      if (late) shell.schedule();
    });
  }

  /** Take note that the picture of a frame is there; of the last one, if no number is given. */
  function painted(number = root.dataset.frames) {
    root.dataset.painted = number;
    if (!("nwReady" in el.dataset)) el.dataset.nwReady = "";
  }

  function readTheme() {
    const style = getComputedStyle(el);
    const colour = (name) => style.getPropertyValue(`--x-${name}`).trim() || "#808080";
    const colours = Object.fromEntries(COLOURS.map((name) => [name, colour(name)]));
    return { colours, font: style.fontFamily || "sans-serif" };
  }

  shell.repaint = () => {
    theme = null;
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

  // On paper the picture is sharper, and dark on white whatever the screen was. Paper does not wait
  // for a worker.
  const printing = (on) => {
    if (!current.boxes) return;
    el.classList.toggle("nw-print", on);
    const label = canvas.getAttribute("aria-label") ?? "";
    const sheet = on ? make("canvas", { role: "img", "aria-label": label }) : canvas;
    stage.querySelector("canvas").replaceWith(sheet);
    sheet.style.height = `${current.boxes.height}px`;
    paper = on ? createPagePainter(sheet, view.picture) : null;
    theme = null;
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
    view.rest?.(current.state, shell.numbers());
    const description = view.describe(current.state, shell.numbers());
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

  shell.close = () => closing.abort();
  return shell;
}
