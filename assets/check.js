// <nw-check answer="0.142" tolerance="0.0015">words shown without script</nw-check>
// A box in which a reader checks the number that an exercise asks for.
"use strict";

customElements.define(
  "nw-check",
  class extends HTMLElement {
    connectedCallback() {
      // `_` is Sphinx's: it says a message of our catalogues in the edition's language.
      const words = {
        right: _("Right."),
        wrong: _("Not yet. Look at the hint, then try again."),
        unread: _("Type a number, for example 0.25."),
      };
      const form = document.createElement("form");
      const label = document.createElement("label");
      const input = document.createElement("input");
      const button = document.createElement("button");
      const verdict = document.createElement("output");
      input.inputMode = "decimal";
      input.autocomplete = "off";
      input.size = 8;
      label.append(_("Your answer:"), " ", input);
      button.textContent = _("Check");
      form.append(label, button, verdict);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const text = input.value.trim().replace(",", ".");
        const number = text === "" ? NaN : Number(text);
        const close = Math.abs(number - Number(this.getAttribute("answer")));
        const right = close <= Number(this.getAttribute("tolerance"));
        const said = Number.isFinite(number) ? (right ? "right" : "wrong") : "unread";
        verdict.dataset.verdict = said;
        verdict.textContent = words[said];
      });
      this.replaceChildren(form);
    }
  },
);
