/**
 * The pictures on the page: each with its title, its caption and what it says to those who do not see
 * it; painted once a frame, and as files.
 *
 * @typedef {import("../panels.js").Name} Name
 * @typedef {import("../panels.js").Shown} Shown
 * @typedef {import("../../../nwcore/explorers/js/drawing/pen.js").Context} Context
 */
import { openSvg, pngOf } from "../../../nwcore/explorers/js/aside/files.js";
import { Heatmap } from "../../../nwcore/explorers/js/drawing/heatmap.js";
import { Pen } from "../../../nwcore/explorers/js/drawing/pen.js";
import { make, setAttribute, write } from "../../../nwcore/explorers/js/shell/dom.js";
import { fill } from "../../../nwcore/explorers/js/shell/text.js";
import { readTheme } from "../../../nwcore/explorers/js/shell/theme.js";
import { boxOf, HEIGHTS, PAINT } from "../panels.js";
import { sentenceOf } from "../sentences.js";

const NAMES = /** @type {Name[]} */ (Object.keys(HEIGHTS));
const FILE_WIDTH = 720;
const FILE_DENSITY = 2;
const PAPER_DENSITY = 3;

/**
 * @param {HTMLElement} host whose colours are used
 * @param {Record<string, string>} words
 * @param {() => Shown|null} read what is to be painted; null: nothing yet
 */
export function createFigures(host, words, read) {
  const figures = NAMES.map((name) => {
    const canvas = make("canvas", { role: "img", "aria-label": words[`title_${name}`] });
    canvas.style.height = `${HEIGHTS[name]}px`;
    const caption = make("figcaption", {}, words[`caption_${name}`]);
    const title = make("h4", {}, words[`title_${name}`]);
    const node = make("figure", { "data-picture": name }, title, canvas, caption);
    return { name, node, canvas, caption, heatmap: new Heatmap() };
  });
  let requested = 0;
  let density = 0; // of paper, while the page is printed

  function paint() {
    requested = 0;
    const shown = read();
    const theme = readTheme(host);
    for (const { name, canvas, caption, heatmap } of figures) {
      const width = Math.floor(canvas.clientWidth);
      if (!shown || width === 0) continue;
      draw(canvas, name, width, density || devicePixelRatio || 1, theme, heatmap, shown, false);
      setAttribute(canvas, "aria-label", sentenceOf(name, shown));
      write(caption, captionOf(name, shown));
    }
    if (shown) host.dataset.painted = String(Number(host.dataset.painted ?? 0) + 1);
  }

  /** @param {Name} name @param {Shown} shown */
  function captionOf(name, { keys, look: { columns } }) {
    const binned = name === "heat" && columns < keys.length;
    const pattern = words[`caption_${name}${binned ? "_binned" : ""}`];
    return fill(pattern, { count: Math.round(keys.length / columns) });
  }

  const schedule = () => {
    requested ||= requestAnimationFrame(paint);
  };
  new ResizeObserver(schedule).observe(host);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));

  /** Dark on white, and at once: paper does not wait for a frame. @param {boolean} on */
  function print(on) {
    host.classList.toggle("nw-print", on);
    density = on ? PAPER_DENSITY : 0;
    paint();
  }

  return {
    figures,
    nodes: figures.map(({ node }) => node),
    schedule,
    /** @param {Name} name @param {Shown} shown */
    svg(name, shown) {
      const context = openSvg();
      const theme = readTheme(host);
      const pen = new Pen(/** @type {any} */ (context), theme, new Heatmap());
      context.fillStyle = theme.colours.paper;
      context.fillRect(0, 0, FILE_WIDTH, HEIGHTS[name]);
      PAINT[name](pen, boxOf(name, FILE_WIDTH), shown);
      return context.written(FILE_WIDTH, HEIGHTS[name], sentenceOf(name, shown));
    },
    /** @param {Name} name @param {Shown} shown @returns {Promise<Blob>} */
    png(name, shown) {
      const canvas = make("canvas");
      const heatmap = new Heatmap();
      draw(canvas, name, FILE_WIDTH, FILE_DENSITY, readTheme(host), heatmap, shown, true);
      return pngOf(canvas);
    },
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Name} name
 * @param {number} width
 * @param {number} density
 * @param {import("../../../nwcore/explorers/js/types.js").Theme} theme
 * @param {Heatmap} heatmap
 * @param {Shown} shown
 * @param {boolean} opaque
 */
function draw(canvas, name, width, density, theme, heatmap, shown, opaque) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = [width, HEIGHTS[name]].map((each) => Math.round(each * density));
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
    [canvas.width, canvas.height] = pixels;
  }
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, HEIGHTS[name]);
  if (opaque) {
    context.fillStyle = theme.colours.paper;
    context.fillRect(0, 0, width, HEIGHTS[name]);
  }
  PAINT[name](new Pen(context, theme, heatmap), boxOf(name, width), shown);
}
