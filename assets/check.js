// <nw-check answer="0.142" tolerance="0.0015">words shown without script</nw-check>
// A box in which a reader checks the number that an exercise asks for.
"use strict";

/** @type {Record<string, Record<string, string>>} */
const NW_CHECK_WORDS = {
  en: {
    label: "Your answer:",
    check: "Check",
    right: "Right.",
    wrong: "Not yet. Look at the hint, then try again.",
    unread: "Type a number, for example 0.25.",
  },
  vi: {
    label: "Đáp số của bạn:",
    check: "Kiểm tra",
    right: "Đúng rồi.",
    wrong: "Chưa đúng. Xem gợi ý rồi thử lại nhé.",
    unread: "Hãy nhập một con số, ví dụ 0,25.",
  },
};

customElements.define(
  "nw-check",
  class extends HTMLElement {
    connectedCallback() {
      const words = NW_CHECK_WORDS[document.documentElement.lang] ?? NW_CHECK_WORDS.en;
      const form = document.createElement("form");
      const label = document.createElement("label");
      const input = document.createElement("input");
      const button = document.createElement("button");
      const verdict = document.createElement("output");
      input.inputMode = "decimal";
      input.autocomplete = "off";
      input.size = 8;
      label.append(`${words.label} `, input);
      button.textContent = words.check;
      form.append(label, button, verdict);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const text = input.value.trim().replace(",", ".");
        const number = text === "" ? NaN : Number(text);
        const close = Math.abs(number - Number(this.getAttribute("answer")));
        const right = close <= Number(this.getAttribute("tolerance"));
        verdict.dataset.verdict = Number.isFinite(number) ? (right ? "right" : "wrong") : "unread";
        verdict.textContent = words[verdict.dataset.verdict];
      });
      this.replaceChildren(form);
    }
  },
);
