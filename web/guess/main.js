/**
 * <nw-guess data-guess="{…}">: a reader guesses, then sees. Picture, words and buttons are in the page
 * (tools/nwbook/guesses.py), with the answer, which the style sheet hides while it is asked for.
 */
import { isEnough, isGuess } from "./judge.js";
import { newPencil, press, stroke } from "./pencil.js";
import { sentencesOn, whereabouts } from "./sentences.js";

/** @typedef {import("./judge.js").Drawn} Drawn */

class NwGuess extends HTMLElement {
  task = /** @type {import("./judge.js").Task} */ (JSON.parse(this.dataset.guess ?? ""));
  key = `guess/${this.task.name}`;
  plot = this.find("svg");
  line = this.find(".nw-guess-drawn");
  cursor = this.find(".nw-guess-cursor");
  said = this.find(".nw-guess-said");
  spoken = this.find(".nw-spoken");
  main = this.find("button");
  skip = this.find("button + button");
  slider = /** @type {HTMLInputElement|null} */ (this.querySelector("input"));
  told = this.plot.getAttribute("aria-label") ?? ""; // what the picture shows with its answer
  pencil = newPencil(this.task);
  /** @type {import("./pencil.js").Place|null} */
  last = null;

  /** @param {string} selector */
  find(selector) {
    return /** @type {HTMLElement} */ (this.querySelector(selector));
  }

  connectedCallback() {
    this.main.addEventListener("click", () => {
      if (this.dataset.state === "asked") this.commit();
      else nwProgress.forget(this.key);
    });
    this.skip.addEventListener("click", () => {
      this.main.focus(); // the other button goes
      nwProgress.note(this.key, { done: true });
      this.speak();
    });
    if (this.slider) this.slider.addEventListener("input", () => this.set());
    else this.listen();
    nwProgress.follow(() => this.recall());
  }

  listen() {
    const { plot } = this;
    plot.addEventListener("keydown", (event) => {
      const { key, altKey, ctrlKey, metaKey } = event;
      const moved =
        this.dataset.state === "asked" && !altKey && !ctrlKey && !metaKey
          ? press(this.pencil, key, this.task)
          : null;
      if (!moved) return;
      event.preventDefault();
      this.pencil = moved;
      this.paint(moved.drawn);
      this.spoken.textContent = whereabouts(moved, this.task);
    });
    plot.addEventListener("pointerdown", (event) => {
      if (this.dataset.state !== "asked" || !event.isPrimary || event.button) return;
      plot.setPointerCapture(event.pointerId);
      this.last = null;
      this.draw(event);
    });
    plot.addEventListener("pointermove", (event) => {
      if (event.isPrimary && plot.hasPointerCapture(event.pointerId)) this.draw(event);
    });
  }

  /** Draw on to where a pointer is. @param {PointerEvent} event */
  draw({ clientX, clientY }) {
    const { at, frame, limits } = this.task;
    const box = this.plot.getBoundingClientRect();
    const scale = Number(this.plot.dataset.width) / box.width;
    const share = (clientY - box.top) * scale;
    const down = Math.min(1, Math.max(0, (share - frame[0]) / (frame[1] - frame[0])));
    const x = Math.min(at[at.length - 1], Math.max(at[0], (clientX - box.left) * scale));
    const right = Math.max(
      1,
      at.findIndex((each) => each >= x),
    );
    /** @type {import("./pencil.js").Place} */
    const to = [
      right - 1 + (x - at[right - 1]) / (at[right] - at[right - 1]),
      limits[1] + down * (limits[0] - limits[1]),
    ];
    this.pencil = stroke(this.pencil, this.last ?? to, to);
    this.last = to;
    this.paint(this.pencil.drawn);
  }

  /** Take what the slider is set to. */
  set() {
    const place = Number(this.slider?.value);
    this.pencil = { drawn: [place], column: place, level: this.task.losses[place] };
    this.paint([place]);
  }

  /** Show what is remembered of this guess, or ask. */
  recall() {
    const { done, drawn } = nwProgress.of(this.key);
    if (done) this.reveal(isGuess(drawn, this.task) ? drawn : null);
    else if (this.dataset.state !== "asked") this.ask();
  }

  ask() {
    const { words, kind } = this.task;
    this.dataset.state = "asked";
    this.pencil = newPencil(this.task);
    if (this.slider) this.slider.value = this.slider.defaultValue;
    this.paint([]);
    if (kind === "curve") {
      this.plot.setAttribute("role", "application");
      this.plot.setAttribute("tabindex", "0");
    }
    this.plot.setAttribute("aria-label", `${words.title}. ${words.how}`);
    this.main.textContent = words.show;
    this.skip.hidden = false;
    this.said.textContent = words.how;
    this.spoken.textContent = "";
  }

  commit() {
    const { words } = this.task;
    const { drawn } = this.pencil;
    if (isEnough(drawn, this.task)) nwProgress.note(this.key, { done: true, drawn });
    else this.said.textContent = words.few;
    this.speak();
  }

  /** @param {Drawn|null} drawn the guess, if it was not skipped */
  reveal(drawn) {
    const { words } = this.task;
    this.dataset.state = "seen";
    this.plot.setAttribute("role", "img");
    this.plot.removeAttribute("tabindex");
    this.plot.setAttribute("aria-label", this.told);
    this.main.textContent = words.again;
    this.skip.hidden = true;
    if (drawn && this.slider) this.slider.value = String(drawn[0]);
    this.paint(drawn ?? []);
    this.said.textContent = drawn ? sentencesOn(drawn, this.task) : words.skipped;
  }

  speak() {
    this.spoken.textContent = this.said.textContent;
  }

  /** @param {Drawn} drawn */
  paint(drawn) {
    const { at, frame, limits, names, losses } = this.task;
    const [low, high] = limits;
    const up = (/** @type {number} */ height) =>
      (frame[1] + ((height - low) / (high - low)) * (frame[0] - frame[1])).toFixed(1);
    this.toggleAttribute(
      "data-drawn",
      drawn.some((height) => height !== null),
    );
    let { column, level } = this.pencil;
    if (this.slider) {
      column = Number(this.slider.value);
      level = losses[column];
      const said = `w = ${names[column]}`;
      this.slider.setAttribute("aria-valuetext", said);
      this.find("output").textContent = said;
      const skipped = this.dataset.state === "seen" && !drawn.length;
      this.line.setAttribute("d", skipped ? "" : `M${at[column]} ${frame[0]}V${frame[1]}`);
    } else {
      const parts = drawn.map((height, i) => {
        if (height === null) return "";
        const begins = i === 0 || drawn[i - 1] === null;
        return begins ? `M${at[i]} ${up(height)}h0` : `L${at[i]} ${up(height)}`;
      });
      this.line.setAttribute("d", parts.join(""));
    }
    this.cursor.setAttribute("cx", String(at[column]));
    this.cursor.setAttribute("cy", up(level));
  }
}

// The store of what was done (assets/progress.js) comes when the page has been read, and with it the
// parts of the element; before this script, or after it.
const start = () => customElements.define("nw-guess", NwGuess);
if (typeof nwProgress === "undefined") {
  document.addEventListener("nw-progress", start, { once: true });
} else start();
