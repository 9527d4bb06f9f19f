/**
 * What a reader takes away: predictions and the curve as CSV, pictures, Python, a link with the data.
 * Everything is made in the page and handed to the browser as a file or on its clipboard.
 *
 * @typedef {import("../panels.js").Name} Name
 * @typedef {import("../panels.js").Shown} Shown
 * @typedef {object} Taken all of what is shown, and what it was made from
 * @property {Shown} shown
 * @property {import("../parse.js").Points} points
 * @property {Int32Array} order
 * @property {boolean} best whether w is that of the least loss
 */
import { save } from "../../../nwcore/explorers/js/aside/files.js";
import { make, setDisabled, write } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { curveCsv, PREDICTIONS, predictionsCsv, pythonLines } from "../export.js";
import { LONGEST_LINK, writeLink } from "../link.js";
import { HEIGHTS } from "../panels.js";

/**
 * @param {Record<string, string>} words
 * @param {ReturnType<typeof import("./figures.js").createFigures>} pictures
 * @param {() => Taken|null} read
 */
export function createTakeaway(words, pictures, read) {
  const button = (/** @type {string} */ text, /** @type {(taken: Taken) => void} */ act) => {
    const node = make("button", { type: "button" }, text);
    node.addEventListener("click", () => {
      const taken = read();
      if (taken) act(taken);
    });
    return node;
  };
  const predictions = button(words.csv_points, ({ shown, points, order }) => {
    if (!shown.rest) return;
    save(PREDICTIONS, predictionsCsv(points, shown.names, order, shown.rest), "text/csv");
  });
  const curve = button(words.csv_curve, ({ shown }) =>
    save("curve.csv", curveCsv(shown.look, shown.names), "text/csv"),
  );
  const names = /** @type {Name[]} */ (Object.keys(HEIGHTS));
  const choice = make("select", {});
  choice.append(...names.map((name) => make("option", { value: name }, words[`title_${name}`])));
  const chosen = () => /** @type {Name} */ (choice.value);
  const svg = button("SVG", ({ shown }) =>
    save(`${chosen()}.svg`, pictures.svg(chosen(), shown), "image/svg+xml"),
  );
  const png = button("PNG", async ({ shown }) =>
    save(`${chosen()}.png`, await pictures.png(chosen(), shown), "image/png"),
  );

  const code = make("pre", { tabindex: "0", class: "nwy-python", "aria-label": words.python });
  const beside = make("p", { class: "nwy-soft" }, words.python_file);
  const said = make("span", { role: "status", class: "nwy-soft" });
  const copier = button(words.copy, async () => {
    write(said, (await isCopied(code.textContent)) ? words.copied : words.copy_refused);
  });
  const python = make("details", {}, make("summary", {}, words.python));
  python.append(beside, code, make("div", { class: "nwy-row" }, copier, said));

  const address = make("input", { class: "nwy-address", readonly: "", "aria-label": words.link });
  const note = make("p", { class: "nwy-soft", role: "status" });
  address.hidden = true;
  const linker = button(words.make_link, async (taken) => {
    const hash = linkOf(taken);
    address.hidden = hash === null;
    if (hash === null) {
      write(note, fill(words.link_long, { most: LONGEST_LINK }));
      return;
    }
    history.replaceState(null, "", hash);
    address.value = location.href;
    address.select();
    const copied = await isCopied(location.href);
    write(note, `${copied ? words.copied : words.copy_refused} ${words.link_note}`);
  });

  const node = make(
    "section",
    { class: "nwy-take" },
    make("h3", {}, words.take),
    make("div", { class: "nwy-row" }, predictions, curve),
    make("div", { class: "nwy-row" }, make("label", {}, `${words.picture} `, choice), svg, png),
    make("div", { class: "nwy-row" }, linker),
    address,
    note,
    python,
  );

  return {
    node,
    /** Follow what is shown; a link was of another state. */
    refresh() {
      const taken = read();
      address.hidden = true;
      write(note, "");
      write(said, "");
      for (const each of [curve, svg, png, linker]) setDisabled(each, !taken);
      setDisabled(predictions, !taken?.shown.rest);
      if (!taken) return;
      const { shown, points, best } = taken;
      const { look: at, query, prediction } = shown;
      write(code, pythonLines({ x: points.x, y: points.y, at, best, query, prediction }));
      beside.hidden = !code.textContent.includes(PREDICTIONS);
    },
  };
}

/** @param {Taken} taken */
function linkOf({ shown, points, best }) {
  const [xName, yName] = shown.names;
  /** @type {Array<[number, number]>} */
  const pairs = Array.from(points.x, (x, i) => [x, points.y[i]]);
  return writeLink({ xName, yName, w: best ? null : shown.look.w, query: shown.query, pairs });
}

/** False where a browser has no clipboard for this page, or refuses. @param {string} text */
async function isCopied(text) {
  if (!navigator.clipboard) return false;
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
