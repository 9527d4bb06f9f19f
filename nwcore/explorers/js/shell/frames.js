/**
 * Frames: one at a time, the newest state, painted by a worker or the page, on a screen or paper.
 *
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Boxes} Boxes
 */
import { make } from "./dom.js";
import { createPagePainter } from "./painter.js";
import { readTheme } from "./theme.js";

const PAPER_DENSITY = 3;

/**
 * @template N
 * @template {Boxes} B
 * @template L
 */
export class Frames {
  // What the last frame showed; null before the first. A picture that tells shows it when painted.
  /** @type {State|null} */
  state = null;
  // Which frame that was.
  number = "0";
  // What the picture has told of it, if it tells.
  /** @type {N|null} */
  told = null;
  /** @type {State|null} */
  #asked = null; // what the last frame was to show
  /** @type {B|null} */
  boxes = null;
  /** @type {import("../types.js").Painter<N, L>|null} */
  #painter = null;
  /** @type {import("../types.js").Painter<N, L>|null} */
  #paper = null; // stands in for the painter while the page is printed
  /** @type {import("../types.js").Theme|null} */
  #theme = null;
  #width = 0;
  #layoutWidth = 0; // of the last frame
  #requested = 0;
  #painting = false;
  #late = false; // whether the picture that is being painted is not the last one asked for

  /**
   * @param {{el: HTMLElement, root: HTMLElement, stage: HTMLElement, canvas: HTMLCanvasElement}} nodes
   * @param {import("../types.js").View<N, B, L>} view
   * @param {() => State} readState
   * @param {(now: number) => void} shown called when a frame is under way; of a picture that tells,
   *   when it is painted
   */
  constructor(nodes, view, readState, shown) {
    this.nodes = nodes;
    this.view = view;
    this.readState = readState;
    this.shown = shown;
  }

  /** Of the last frame, in CSS pixels. */
  get width() {
    return this.#layoutWidth;
  }

  /** Ask for a frame. */
  schedule() {
    if (this.#requested || this.#width === 0 || !this.#painter) return;
    this.#requested = requestAnimationFrame((now) => this.#frame(now));
  }

  /** @param {import("../types.js").Painter<N, L>} painter */
  startWith(painter) {
    this.#painter = painter;
    this.nodes.root.dataset.painter = painter.kind;
    this.schedule();
  }

  stop() {
    cancelAnimationFrame(this.#requested);
    this.#painter?.close();
    this.#painter = null;
  }

  /**
   * Take over the stage's width.
   *
   * @param {() => void} begin called when there is room for a picture for the first time
   */
  resize(begin) {
    const width = Math.floor(this.nodes.stage.clientWidth);
    if (width === this.#width || width === 0) return;
    const first = this.#width === 0;
    this.#width = width;
    if (first) begin();
    this.schedule();
  }

  /** Paint with the page's present colours. */
  retheme() {
    this.#theme = null;
    this.schedule();
  }

  /**
   * On paper the picture is sharper, and dark on white whatever the screen was. Paper does not wait
   * for a worker.
   *
   * @param {boolean} on
   */
  print(on) {
    const { el, stage, canvas } = this.nodes;
    if (!this.boxes) return;
    el.classList.toggle("nw-print", on);
    const label = canvas.getAttribute("aria-label") ?? "";
    const sheet = on ? make("canvas", { role: "img", "aria-label": label }) : canvas;
    stage.querySelector("canvas")?.replaceWith(sheet);
    this.#paper = on ? createPagePainter(sheet, this.view.picture) : null;
    this.#setHeight(this.boxes);
    this.#theme = null;
    this.#paint();
  }

  /** @param {number} now */
  #frame(now) {
    const { root } = this.nodes;
    this.#requested = 0;
    if (this.#layoutWidth !== this.#width) {
      this.#layoutWidth = this.#width;
      this.boxes = this.view.picture.layout(this.#width);
      this.#setHeight(this.boxes);
    }
    this.#asked = this.readState();
    root.dataset.frames = String(Number(root.dataset.frames ?? 0) + 1);
    this.#paint();
    if (!this.view.picture.tell) this.#show(this.#asked, root.dataset.frames, now);
  }

  /**
   * @param {State} state
   * @param {string} number
   * @param {number} now
   */
  #show(state, number, now) {
    this.state = state;
    this.number = number;
    this.shown(now);
  }

  /** @param {Boxes} boxes */
  #setHeight({ height }) {
    const sheet = this.nodes.stage.querySelector("canvas");
    if (sheet) sheet.style.height = `${height}px`;
  }

  /** Have the present state painted; only one picture at a time, and then the newest. */
  #paint() {
    if (!this.#asked || !this.#painter) return;
    this.#theme ??= readTheme(this.nodes.el);
    const state = this.#asked;
    const look = this.view.look(state);
    const request = { state, look, width: this.#layoutWidth, theme: this.#theme };
    const number = /** @type {string} */ (this.nodes.root.dataset.frames);
    const hear = (/** @type {N|undefined} */ told) => {
      if (!told) return;
      this.told = told;
      this.#show(state, number, performance.now());
    };
    if (this.#paper) {
      this.#paper.paint({ ...request, density: PAPER_DENSITY, whole: true }, (told) => {
        this.#painted();
        hear(told);
      });
      return;
    }
    this.#late = this.#painting;
    if (this.#painting) return;
    this.#painting = true;
    this.#painter.paint({ ...request, density: densityOf(this.nodes.canvas) }, (told) => {
      this.#painting = false;
      // What a worker tells late is no longer what is on paper.
      if (!this.#paper) {
        this.#painted(number);
        hear(told);
      }
      if (this.#late || told?.partial) this.schedule();
    });
  }

  /** Take note that the picture of a frame is there; of the last one, if no number is given. */
  #painted(number = this.nodes.root.dataset.frames) {
    const { el, root } = this.nodes;
    root.dataset.painted = number;
    if (!("nwReady" in el.dataset)) el.dataset.nwReady = "";
  }
}

/**
 * Pixels of the screen for one of the picture, which a style sheet may show larger.
 *
 * @param {HTMLCanvasElement} canvas
 */
const densityOf = (canvas) => (devicePixelRatio || 1) * (canvas.currentCSSZoom ?? 1);
