/**
 * What a reader takes away of an explorer: its picture as SVG or PNG, on light or dark, and its
 * numbers as CSV. The picture is painted once more, by the code that paints it on the screen.
 *
 * @typedef {import("../types.js").Taken} Taken
 * @typedef {import("../types.js").Theme} Theme
 */
import { Heatmap } from "../drawing/heatmap.js";
import { Pen } from "../drawing/pen.js";
import { make } from "../shell/dom.js";
import { readTheme } from "../shell/theme.js";
import { csvOfRows } from "./csv.js";
import { makeContext, openSvg, pngOf, save } from "./files.js";
import { nameOf } from "./name.js";

const DENSITY = 2; // pixels of a PNG for one of the page
/** The class under which explorers.css has the colours of a theme. @type {Record<string, string>} */
const THEMES = { light: "nw-print", dark: "nw-dark" };

/**
 * Hand a file of an explorer to the browser.
 *
 * @param {"svg"|"png"|"csv"} kind
 * @param {"light"|"dark"} theme
 * @param {Taken} taken
 */
export async function take(kind, theme, taken) {
  const name = (/** @type {string[]} */ ...more) => nameOf(taken.hash, taken.name, [...more, kind]);
  if (kind === "csv") save(name(), csvOfRows(taken.table()), "text/csv");
  else if (kind === "svg") save(name(theme), svgOf(taken, theme), "image/svg+xml");
  else save(name(theme), await pngOf(pngCanvas(taken, theme)), "image/png");
}

/**
 * @param {Taken} taken
 * @param {string} theme
 */
function svgOf(taken, theme) {
  const context = openSvg();
  const { width, height } = paint(/** @type {any} */ (context), taken, theme);
  return context.written(width, height, taken.title);
}

/**
 * @param {Taken} taken
 * @param {string} theme
 */
function pngCanvas(taken, theme) {
  const { width, height } = sizeOf(taken);
  const context = makeContext(width * DENSITY, height * DENSITY);
  context.scale(DENSITY, DENSITY);
  paint(context, taken, theme);
  return context.canvas;
}

/** @param {Taken} taken */
const sizeOf = ({ picture, width }) => ({ width, height: picture.layout(width).height });

/**
 * Paint on a context, on paper of its own.
 *
 * @param {import("../drawing/pen.js").Context} context
 * @param {Taken} taken
 * @param {string} name of the theme
 */
function paint(context, taken, name) {
  const { el, picture, state, look } = taken;
  const size = sizeOf(taken);
  const theme = themeOf(el, name);
  context.fillStyle = theme.colours.paper;
  context.fillRect(0, 0, size.width, size.height);
  const pen = new Pen(context, theme, new Heatmap());
  picture.paint(pen, picture.layout(size.width), state, picture.compute(state, true), look);
  return size;
}

/**
 * The colours of a theme, whatever the page's is, each as a canvas writes it.
 *
 * @param {HTMLElement} el
 * @param {string} name
 * @returns {Theme}
 */
function themeOf(el, name) {
  const probe = make("div", { class: `nw-explorer ${THEMES[name]}`, hidden: "" });
  el.append(probe);
  const { colours, font } = readTheme(probe);
  probe.remove();
  const context = makeContext();
  const written = Object.entries(colours).map(([key, colour]) => {
    context.fillStyle = colour;
    return [key, String(context.fillStyle)];
  });
  return { colours: Object.fromEntries(written), font };
}
