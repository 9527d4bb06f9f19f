// What a reader has done in the exercises, and in explorers: of the goals of one, under "EXPLORER/GOAL";
// and guessed, under "guess/NAME" (web/guess).
// It stays in this browser: nothing is sent anywhere.
"use strict";

/**
 * What is kept of one exercise: whether it was solved, what was typed, how many hints were opened; of a
 * guess, whether the answer was shown, and the guess.
 *
 * @typedef {{done?: boolean, text?: string, opened?: number, drawn?: (number|null)[]}} NwRecord
 */

const nwProgress = {
  key: "nw-exercises", // one for all editions: an exercise is done in every language

  /**
   * The records by the exercises' names; none if the store holds anything else.
   *
   * @returns {Record<string, NwRecord>}
   */
  all() {
    const text = localStorage.getItem(this.key) ?? "{}";
    if (!/^\{.*\}$/s.test(text)) return {};
    try {
      return JSON.parse(text);
    } catch {
      return {};
    }
  },

  /**
   * The record of one exercise.
   *
   * @param {string} name
   * @returns {NwRecord}
   */
  of(name) {
    return Object(this.all()[name]);
  },

  /**
   * Keep what is new of an exercise.
   *
   * @param {string} name
   * @param {NwRecord} changes
   */
  note(name, changes) {
    const records = { ...this.all(), [name]: { ...this.of(name), ...changes } };
    localStorage.setItem(this.key, JSON.stringify(records));
    this.tell();
  },

  /** @param {string} first what the names of all records begin with that are forgotten */
  forget(first = "") {
    const kept = Object.entries(this.all()).filter(([name]) => !name.startsWith(first));
    if (kept.length) localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(kept)));
    else localStorage.removeItem(this.key);
    this.tell();
  },

  /** Let all that shows progress on this page hear of it. */
  tell() {
    document.dispatchEvent(new Event("nw-progress"));
  },

  /** @param {() => void} show what is called now and whenever something has changed */
  follow(show) {
    document.addEventListener("nw-progress", show);
    show();
  },
};

// Another window of the book.
addEventListener("storage", (event) => {
  if (event.key === nwProgress.key || event.key === null) nwProgress.tell();
});

// <nw-progress>, a list of links <li data-exercise="NAME">…</li>: says what is done, and forgets it.
customElements.define(
  "nw-progress",
  class extends HTMLElement {
    connectedCallback() {
      const count = document.createElement("output");
      const forget = document.createElement("button");
      const row = document.createElement("p");
      forget.type = "button";
      forget.textContent = _("Forget");
      forget.addEventListener("click", () => nwProgress.forget());
      row.append(count, " ", forget);
      this.append(row);
      nwProgress.follow(() => this.show(count, forget));
    }

    /**
     * @param {HTMLOutputElement} count
     * @param {HTMLButtonElement} forget
     */
    show(count, forget) {
      const items = /** @type {NodeListOf<HTMLElement>} */ (
        this.querySelectorAll("li[data-exercise]")
      );
      let done = 0;
      for (const item of items) {
        const solved = Boolean(nwProgress.of(item.dataset.exercise ?? "").done);
        done += Number(solved);
        item.querySelector(".nw-done")?.remove();
        if (solved) item.append(nwDoneMark());
      }
      const said = _("%s of %s exercises done.")
        .replace("%s", String(done))
        .replace("%s", String(items.length));
      if (count.textContent !== said) count.textContent = said;
      // aria-disabled: who has just pressed it keeps the focus.
      forget.ariaDisabled = String(Object.keys(nwProgress.all()).length === 0);
    }
  },
);

/** What stands beside an exercise that is done. */
function nwDoneMark() {
  const mark = document.createElement("span");
  mark.className = "nw-done";
  mark.append(" ✓ ", _("done"));
  return mark;
}

nwProgress.tell(); // explorers may have been there before
