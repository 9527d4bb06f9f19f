// Every code cell can be run and changed in place. What runs it is brought when it is first asked for.
"use strict";

(() => {
  const told = document.getElementById("nw-cells");
  if (!told) return;
  const { src } = JSON.parse(told.textContent ?? "");
  // `_` is Sphinx's: it says a message of our catalogues in the edition's language.
  const words = {
    run: _("Run"),
    stop: _("Stop"),
    edit: _("Edit"),
    restore: _("Restore"),
    own: _("Your output"),
    code: _("Code of this cell"),
    hint: _("Tab indents; Escape, then Tab, leaves the code. Shift+Enter runs it."),
    running: _("Running…"),
    done: _("Done."),
    first: _("Cells above that this one needs were run first: %s."),
    stopped: _("Stopped. What the cells had made is gone; the next run begins anew."),
    failed: _("Line %s:"),
    above: _("A cell above that this one needs failed:"),
    missing: _("What runs the cells could not be loaded."),
    cut: _("… The output is cut here."),
    no_explorer: _("This page has no explorer of this kind to copy; `make lab` shows all of them."),
    names: _("What it knows"),
    note: _(
      "A small interpreter in this page runs the code, with the book's own stand-in for the parts of PyTorch that it needs; the stored outputs come from PyTorch itself, and `make lab` runs the real thing.",
    ),
  };
  /** @type {Promise<import("../web/cells/page/run.js").Room>|null} */
  let loading = null;
  const load = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => resolve(/** @type {any} */ (globalThis.nwCells));
      script.onerror = () => {
        loading = null;
        reject(new Error(words.missing));
      };
      document.head.append(script);
    }));
  /** @type {(tag: string, properties: object, ...children: Array<Node|string>) => any} */
  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  class Cell {
    /** @type {any} */
    area = null;
    /** @type {any} */
    hint = null;
    /** @type {any} */
    own = null;
    /** @type {AbortController|null} */
    shown = null;
    busy = false;

    /**
     * @param {any} node
     * @param {number} place
     */
    constructor(node, place) {
      this.node = node;
      this.place = place;
      this.input = node.querySelector(".cell_input");
      this.pre = this.input.querySelector("pre");
      this.stored = [...this.pre.childNodes];
      this.original = this.pre.textContent.replace(/\n$/, "");
      this.output = node.querySelector(":scope > .cell_output, :scope > details > .cell_output");
      this.runs = this.button("run", () => this.run());
      this.edits = this.button("edit", () => this.edit());
      this.restores = this.button("restore", () => this.restore());
      this.restores.hidden = true;
      this.bar = make("div", { className: "nw-cell-bar" }, this.edits, this.restores, this.runs);
      this.input.append(this.bar);
      node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || !event.shiftKey) return;
        event.preventDefault();
        this.run();
      });
    }

    /**
     * @param {"run"|"edit"|"restore"|"stop"} name
     * @param {() => void} act
     */
    button(name, act) {
      const button = make("button", { type: "button", textContent: words[name] });
      button.className = `nw-cell-${name}`;
      button.addEventListener("click", act);
      return button;
    }

    get code() {
      return this.area ? this.area.value : this.original;
    }

    async edit() {
      if (this.area) {
        this.area.focus();
        return;
      }
      const area = make("textarea", { value: this.original, spellcheck: false });
      const hint = make("p", { className: "nw-cell-hint", textContent: words.hint });
      hint.id = `nw-cell-hint-${this.place}`;
      area.setAttribute("aria-label", words.code);
      area.setAttribute("aria-describedby", hint.id);
      for (const name of ["autocapitalize", "autocomplete", "autocorrect"])
        area.setAttribute(name, "off");
      this.area = area;
      this.hint = hint;
      this.pre.parentElement.classList.add("nw-cell-editor");
      this.pre.setAttribute("aria-hidden", "true");
      const { font, padding, letterSpacing, tabSize } = getComputedStyle(this.pre);
      Object.assign(area.style, { font, padding, letterSpacing, tabSize });
      this.pre.after(area);
      this.input.append(hint);
      this.restores.hidden = false;
      let leaving = false;
      area.addEventListener("input", () => this.paint());
      area.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        const other = event.shiftKey || event.ctrlKey || event.altKey || event.metaKey;
        if (event.key === "Tab" && !leaving && !other) {
          event.preventDefault();
          area.setRangeText("    ", area.selectionStart, area.selectionEnd, "end");
          this.paint();
        }
        leaving = event.key === "Escape";
      });
      this.paint();
      area.focus();
      await load().then(
        () => this.paint(),
        () => {},
      );
    }

    paint() {
      const room = globalThis.nwCells;
      const code = this.area.value;
      this.pre.replaceChildren(...(room ? room.highlighted(code) : [code]), "\n");
      this.area.style.width = `${this.pre.offsetWidth}px`;
      this.area.style.height = `${this.pre.offsetHeight}px`;
    }

    restore() {
      this.close();
      this.pre.replaceChildren(...this.stored);
      this.pre.removeAttribute("aria-hidden");
      this.pre.parentElement.classList.remove("nw-cell-editor");
      this.area?.remove();
      this.hint?.remove();
      this.area = this.hint = null;
      this.restores.hidden = true;
      this.runs.focus();
    }

    // Take away what the reader's run has shown.
    close() {
      this.shown?.abort();
      this.own?.remove();
      this.own = null;
      if (this.output) this.output.hidden = false;
    }

    async run() {
      if (this.busy) return;
      this.busy = true;
      const { note, status, body } = this.open();
      const stop = this.button("stop", () => globalThis.nwCells?.stop());
      status.textContent = words.running;
      this.runs.replaceWith(stop);
      let outcome;
      try {
        const room = await load();
        if (note) this.list(note, room);
        outcome = await room.run(
          cells.map(({ code }) => code),
          this.place,
          {
            output: (/** @type {number} */ cell, /** @type {any} */ output) =>
              cell === this.place && this.show(body, output, room),
          },
        );
      } catch (error) {
        outcome = { ok: false, error: String(error), line: 0, before: [], cell: this.place };
      }
      stop.replaceWith(this.runs);
      this.busy = false;
      if (document.activeElement === document.body) this.runs.focus({ preventScroll: true });
      this.tell(outcome, status, body);
    }

    // The place of the output: the stored one's.
    open() {
      this.close();
      this.shown = new AbortController();
      const status = make("p", { className: "nw-cell-status" });
      status.setAttribute("role", "status");
      const body = make("div", { className: "nw-cell-output" });
      const title = make("p", { className: "nw-cell-title", textContent: words.own });
      this.own = make("section", { className: "nw-cell-own" }, title, body, status);
      this.own.setAttribute("aria-label", words.own);
      const note = said ? null : make("div", { className: "nw-cell-note" }, words.note);
      said = true;
      if (note) this.own.prepend(note);
      if (this.output) {
        this.output.hidden = true;
        this.output.after(this.own);
      } else {
        this.input.after(this.own);
      }
      this.restores.hidden = false;
      return { note, status, body };
    }

    // The names that there are, under the sentence that says what this is.
    /**
     * @param {HTMLElement} note
     * @param {import("../web/cells/page/run.js").Room} room
     */
    list(note, room) {
      room.names().then((names) => {
        const rows = Object.entries(names).map(([module, all]) =>
          make("p", {}, make("b", { textContent: module }), ` ${all.join(", ")}`),
        );
        note.append(make("details", {}, make("summary", { textContent: words.names }), ...rows));
      });
    }

    /**
     * @param {any} body
     * @param {any} output
     * @param {import("../web/cells/page/run.js").Room} room
     */
    show(body, output, room) {
      if (output.kind === "judged") {
        this.judged(output.picture);
        return;
      }
      if (output.kind === "text" && body.lastChild?.dataset?.kind === "text") {
        body.lastChild.append(output.text);
        return;
      }
      const { signal } = /** @type {AbortController} */ (this.shown);
      const node = /** @type {HTMLElement} */ (room.shown(output, signal, words));
      node.dataset.kind = output.kind;
      // A picture that is drawn again takes its own place.
      if (output.id) node.dataset.id = output.id;
      const before =
        output.id &&
        [...body.children].find((/** @type {any} */ { dataset }) => dataset.id === output.id);
      if (before) before.replaceWith(node);
      else body.append(node);
    }

    // The exercise keeps the verdict on the reader's own answer, not on the solution of the book.
    /** @param {{name: string, verdict: string, details: object}} detail */
    judged(detail) {
      if (this.node.classList.contains("tag_hide-cell")) return;
      document
        .getElementById(`exercise-${detail.name}`)
        ?.dispatchEvent(new CustomEvent("nw-judged", { detail }));
    }

    /**
     * @param {import("../web/cells/page/run.js").Outcome} outcome
     * @param {HTMLElement} status
     * @param {HTMLElement} body
     */
    tell(outcome, status, body) {
      const first = outcome.before.length
        ? ` ${words.first.replace("%s", String(outcome.before.length))}`
        : "";
      status.textContent = outcome.stopped ? words.stopped : (outcome.ok ? words.done : "") + first;
      if (outcome.ok || outcome.stopped) return;
      const above = outcome.cell !== this.place && outcome.cell >= 0 ? `${words.above}\n` : "";
      const line = outcome.line ? `${words.failed.replace("%s", String(outcome.line))} ` : "";
      const text = `${above}${line}${outcome.error}`;
      const alert = make("pre", { className: "nw-cell-error", textContent: text, tabIndex: 0 });
      alert.setAttribute("role", "alert");
      body.append(alert);
    }
  }

  let said = false;
  const cells = [...document.querySelectorAll(".bd-article .cell")]
    .filter((node) => node.querySelector(".cell_input pre") && !node.querySelector(".cell"))
    .map((node, place) => new Cell(node, place));
})();
