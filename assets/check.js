// <nw-check data-exercise="{…}">: where a reader has an answer to an exercise checked.
//
// tools/nwbook/exercises.py writes the table by which Python judges into the page, and the words. A
// number is typed, a place is looked up in an explorer. A program is judged by an interpreter, if the
// page has one: it dispatches an event "nw-judged" on this element.
"use strict";

/**
 * The fields of an answer, and a region of a table: its name, and [least, most] of some fields.
 *
 * @typedef {Record<string, number>} NwAnswer
 * @typedef {[string, Record<string, [number|null, number|null]>]} NwRegion
 *
 * @typedef {object} NwExercise
 * @property {string} name
 * @property {"number"|"place"|"program"} kind
 * @property {string|null} explorer the name of the explorer that is asked for a place
 * @property {NwRegion[]} regions
 * @property {Record<string, string>} words what is said of each verdict
 */

/**
 * The name of the first region that holds an answer: nwcore.exercises.judging.verdict_in.
 *
 * @param {NwRegion[]} table
 * @param {NwAnswer} answer
 */
function nwVerdictIn(table, answer) {
  const holds = (/** @type {NwRegion} */ [, fields]) =>
    Object.entries(fields).every(
      ([field, [low, high]]) =>
        !Number.isNaN(answer[field]) &&
        (low === null || answer[field] >= low) &&
        (high === null || answer[field] <= high),
    );
  return table.find(holds)?.[0] ?? "wrong";
}

/**
 * A finite number as people write it, with a decimal comma or point, or null.
 *
 * @param {string} text
 */
function nwReadNumber(text) {
  const plain = text.trim().replace(",", ".").replace("\u2212", "-");
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(number) ? number : null;
}

customElements.define(
  "nw-check",
  class extends HTMLElement {
    exercise = /** @type {NwExercise} */ (JSON.parse(this.dataset.exercise ?? ""));
    verdict = document.createElement("output");

    connectedCallback() {
      const { name, kind } = this.exercise;
      const form = document.createElement("form");
      form.append(...this.controls(kind), this.verdict);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (kind === "number") this.checkNumber();
        if (kind === "place") this.checkPlace();
      });
      this.addEventListener("nw-judged", (event) => {
        const { verdict, details = {} } = /** @type {CustomEvent} */ (event).detail;
        this.say(verdict, details);
      });
      this.replaceChildren(form);
      nwProgress.follow(() => {
        form.querySelector(".nw-done")?.remove();
        if (nwProgress.of(name).done) this.verdict.before(nwDoneMark());
      });
    }

    /** @param {NwExercise["kind"]} kind */
    controls(kind) {
      if (kind === "program") {
        const where = document.createElement("span");
        where.textContent = _("Write the function in the cell below, which checks it.");
        return [where];
      }
      const check = document.createElement("button");
      check.textContent = kind === "number" ? _("Check") : _("Check the picture");
      return kind === "number" ? [this.box(), check] : [check, this.way()];
    }

    /** The box for a number, which keeps what was typed. */
    box() {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.inputMode = "decimal";
      input.autocomplete = "off";
      input.size = 8;
      input.value = nwProgress.of(this.exercise.name).text ?? "";
      input.addEventListener("input", () => {
        nwProgress.note(this.exercise.name, { text: input.value });
      });
      document.addEventListener("nw-progress", () => {
        if (!(this.exercise.name in nwProgress.all())) input.value = "";
      });
      label.append(_("Your answer:"), " ", input);
      return label;
    }

    /** A way to the picture. */
    way() {
      const way = document.createElement("button");
      way.type = "button";
      way.textContent = _("Show the picture");
      way.addEventListener("click", () => {
        this.picture()?.closest(".nw-live")?.scrollIntoView();
        this.picture()?.querySelector("canvas")?.parentElement?.focus({ preventScroll: true });
      });
      return way;
    }

    picture() {
      return document.querySelector(`.nw-root[data-name="${this.exercise.explorer}"]`);
    }

    checkNumber() {
      const text = this.querySelector("input")?.value ?? "";
      const number = nwReadNumber(text);
      if (!text.trim()) this.say("unanswered");
      else if (number === null) this.say("expects-number", { found: text });
      else this.say(nwVerdictIn(this.exercise.regions, { answer: number }));
    }

    checkPlace() {
      const asked = { fields: null };
      this.picture()?.dispatchEvent(new CustomEvent("nw-ask", { detail: asked }));
      if (asked.fields) this.say(nwVerdictIn(this.exercise.regions, asked.fields));
      else this.verdict.textContent = _("The picture is not running here.");
    }

    /**
     * @param {string} verdict
     * @param {Record<string, string>} details
     */
    say(verdict, details = {}) {
      const { name, words } = this.exercise;
      if (verdict === "right") nwProgress.note(name, { done: true });
      this.verdict.dataset.verdict = verdict;
      this.verdict.textContent = (words[verdict] ?? words.wrong).replace(
        /\{(\w+)\}/g,
        (_whole, key) => details[key] ?? "",
      );
    }
  },
);
