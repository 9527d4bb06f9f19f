/** The table of steps under the picture, and where the loss is least. */
import { make, write } from "../shell/dom.js";

const ROWS = 5;
const COLUMNS = ["step", "w", "loss_now", "gradient", "update"];

/**
 * @param {import("../types.js").Words} words
 * @param {ReturnType<typeof import("./picture.js").createTrainingWriters>} writers
 * @param {AbortSignal} signal
 */
export function createSteps(words, { writeNumber, writeW, writeLoss }, signal) {
  const names = COLUMNS.map((name) => (name === "w" ? "w" : words[name]));
  const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name)));
  const body = make("tbody");
  const table = make("table", { class: "nw-steps" }, make("thead", {}, head), body);
  const frame = make("div", { class: "nw-table" }, table);
  const minimum = make("p", { class: "nw-sum" });
  const note = make("p", { class: "nw-note" });
  letKeyboardScroll(frame, table, signal);

  return {
    nodes: [frame, minimum, note],
    /**
     * @param {import("../types.js").State} state
     * @param {import("./computation.js").Numbers} numbers
     */
    refresh({ lr }, { path, minimum: least, diverged }) {
      const shown = path.slice(-ROWS);
      const first = path.length - shown.length;
      while (body.rows.length < shown.length) {
        body.append(make("tr", {}, ...COLUMNS.map(() => make("td"))));
      }
      while (body.rows.length > shown.length) body.lastChild?.remove();
      shown.forEach(({ w, loss, gradient }, place) => {
        const texts = [
          String(first + place),
          writeNumber(w, 3),
          writeLoss(loss),
          writeNumber(gradient, 3),
          writeNumber(-lr * gradient, 3),
        ];
        const { cells } = body.rows[place];
        texts.forEach((text, column) => write(cells[column], text));
      });
      const said = `${writeW(least.w)}: ${writeLoss(least.loss)}`;
      write(minimum, `${words.minimum_at} = ${said}.`);
      write(note, diverged ? words.diverged : "");
    },
  };
}

/**
 * A table wider than its frame scrolls, and then the keyboard must reach it.
 *
 * @param {HTMLElement} frame
 * @param {HTMLElement} table
 * @param {AbortSignal} signal
 */
function letKeyboardScroll(frame, table, signal) {
  const fits = new ResizeObserver(() => {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  });
  for (const node of [frame, table]) fits.observe(node);
  signal.addEventListener("abort", () => fits.disconnect());
}
