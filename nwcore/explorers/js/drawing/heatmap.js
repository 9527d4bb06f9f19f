/** Heatmaps: rows are queries, columns are keys. */
import { divergingColours } from "./diverging.js";
import { linearScale } from "./scales.js";

// Viridis (van der Walt and Smith, 2015) at 33 places; colours between are interpolated.
const VIRIDIS =
  "440154470d6048186a482374472d7b4537814240863e49893b528b375b8d33638d2f6b8e2c728e297a8e26828e" +
  "23898e21918c1f988b1fa08822a78528ae8032b67a3fbc734ec36b5ec96270cf5784d44b98d83eaddc30c2df23" +
  "d8e219ece51bfde725";
const viridis = (/** @type {number} */ place) => VIRIDIS.slice(6 * place, 6 * place + 6);

/** Colours as the four bytes of a canvas pixel, 256 of them from no weight to the largest. */
const HEAT = heatColours();

function heatColours() {
  const channel = (/** @type {number} */ place, /** @type {number} */ offset) =>
    parseInt(viridis(place).slice(offset, offset + 2), 16);
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level++) {
    const position = (level / 255) * 32;
    const place = Math.min(31, Math.floor(position));
    for (let c = 0; c < 3; c++) {
      const below = channel(place, 2 * c);
      bytes[4 * level + c] = below + (position - place) * (channel(place + 1, 2 * c) - below);
    }
    bytes[4 * level + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * Colours of numbers of either sign: as HEAT, from the least to the largest.
 *
 * @param {import("./pen.js").Pen} pen
 */
function signedColours(pen) {
  const colourOf = divergingColours(pen, 1);
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level++) {
    const [r, g, b] = (colourOf(level / 127.5 - 1).match(/\d+/g) ?? []).map(Number);
    bytes.set([r, g, b, 255], 4 * level);
  }
  return new Uint32Array(bytes.buffer);
}

/** A canvas that nobody sees. */
function createHiddenCanvas() {
  if (typeof OffscreenCanvas === "undefined") return document.createElement("canvas");
  return new OffscreenCanvas(1, 1);
}

/** A heatmap that keeps its pixels between frames. */
export class Heatmap {
  #canvas = createHiddenCanvas();
  #context = /** @type {import("./pen.js").Context} */ (this.#canvas.getContext("2d"));
  /** @type {ImageData|null} */
  #image = null;
  /** @type {unknown[]} */
  #shown = [];

  /**
   * Colour a row-major matrix, from 0 to `largest`, or from −`largest` in the theme's colours of
   * numbers of either sign; what is not a number stays clear.
   *
   * @param {object} version another object for another matrix
   * @param {Float64Array} weights (rows · columns)
   * @param {number} rows
   * @param {number} columns
   * @param {number} largest
   * @param {import("./pen.js").Pen|null} signed what knows the theme, if numbers are of either sign
   */
  update(version, weights, rows, columns, largest, signed = null) {
    const shown = [version, ...(signed ? Object.values(signed.colours) : [])];
    if (shown.length === this.#shown.length && shown.every((each, i) => each === this.#shown[i])) {
      return;
    }
    this.#shown = shown;
    const canvas = this.#canvas;
    if (canvas.width !== columns || canvas.height !== rows || !this.#image) {
      canvas.width = columns;
      canvas.height = rows;
      this.#image = this.#context.createImageData(columns, rows);
    }
    const pixels = new Uint32Array(this.#image.data.buffer);
    const colours = signed ? signedColours(signed) : HEAT;
    const zero = signed ? 127.5 : 0;
    const levels = largest > 0 ? (255 - zero) / largest : 0;
    for (let i = 0; i < pixels.length; i++) {
      const weight = weights[i];
      pixels[i] = Number.isNaN(weight) ? 0 : colours[(zero + weight * levels + 0.5) | 0];
    }
    this.#context.putImageData(this.#image, 0, 0);
  }

  /**
   * @param {import("./pen.js").Context} target
   * @param {import("../types.js").Box} box
   */
  draw(target, box) {
    const { width, height } = this.#canvas;
    // Cells stay sharp, unless there are more of them than pixels.
    target.imageSmoothingEnabled = width > 2 * box.width || height > 2 * box.height;
    target.drawImage(this.#canvas, box.x, box.y, box.width, box.height);
  }
}

/**
 * Axes of a heatmap whose rows are evenly spaced and whose columns are keys in ascending order.
 *
 * @param {import("./pen.js").Pen} pen
 * @param {import("../types.js").Box} box
 * @param {number} rows how many
 * @param {number[]} limits what the rows run through
 * @param {Float64Array} keys
 * @param {import("../types.js").Words} words
 */
export function drawHeatAxes(pen, box, rows, limits, keys, words) {
  const columns = linearScale([0, keys.length], [box.x, box.x + box.width]);
  const down = linearScale(limits, [box.y, box.y + box.height]);
  const half = box.height / rows / 2;
  const ticks = columnTicks(keys);
  const write = String;
  pen.axes(
    box,
    {
      scale: columns,
      ticks: [...ticks.keys()],
      label: `x (${words.keys_axis})`,
      write: (tick) => String(ticks.get(tick)),
    },
    {
      scale: (x) => down(x) + half,
      ticks: [0, 1, 2, 3, 4],
      label: `x (${words.queries_axis})`,
      write,
    },
  );
}

/**
 * Columns are keys in order, not evenly spaced x: where each whole x would be among them.
 *
 * @param {Float64Array} keys
 * @returns {Map<number, number>} column -> x
 */
function columnTicks(keys) {
  const ticks = new Map();
  for (const x of [1, 2, 3, 4]) {
    const place = keys.findIndex((key) => key >= x);
    if (place >= 0) ticks.set(place + 0.5, x);
  }
  return ticks;
}

/**
 * A strip from no weight to the largest, with both ends named.
 *
 * @param {import("./pen.js").Pen} pen
 * @param {import("../types.js").Box} box
 * @param {number} largest
 * @param {string} label
 * @param {import("../types.js").WriteNumber} writeNumber
 */
export function drawHeatScale(pen, box, largest, label, writeNumber) {
  const { context } = pen;
  const strip = context.createLinearGradient(box.x, 0, box.x + box.width, 0);
  for (let place = 0; place <= 16; place++) {
    strip.addColorStop(place / 16, `#${viridis(2 * place)}`);
  }
  context.fillStyle = strip;
  context.fillRect(box.x, box.y, box.width, box.height);
  const below = box.y + box.height + 4;
  const most = writeNumber(largest, largest < 0.1 ? 3 : 2);
  pen.text("0", box.x, below, { baseline: "top" });
  pen.text(most, box.x + box.width, below, { align: "right", baseline: "top" });
  pen.text(label, box.x + box.width / 2, below, { align: "center", baseline: "top" });
}
