/**
 * A canvas that writes SVG: the part of CanvasRenderingContext2D that pictures use, so that the same
 * code draws one on the screen and in a file. What it does not have, such as a part of a circle or
 * other composition than one over the other, is asked for by no picture.
 */

import { attributes, colour, escaped, short } from "./markup.js";

const BASELINES = { top: 0.8, middle: 0.35, alphabetic: 0 }; // em below the place
const ANCHORS = { left: "start", center: "middle", right: "end" };

export class SvgContext {
  fillStyle = /** @type {string|object} */ ("#000000");
  strokeStyle = /** @type {string|object} */ ("#000000");
  lineWidth = 1;
  lineJoin = "miter";
  lineCap = "butt";
  globalAlpha = 1;
  font = "12px sans-serif";
  textAlign = /** @type {keyof typeof ANCHORS} */ ("left");
  textBaseline = /** @type {keyof typeof BASELINES} */ ("alphabetic");
  imageSmoothingEnabled = true;
  /** @type {string[]} */
  #body = [];
  /** @type {string[]} */
  #definitions = [];
  #path = "";
  /** @type {number[]} */
  #dash = [];
  #transform = "";
  #clip = "";
  #open = ""; // the clip of the group that is being written
  /** @type {Array<{own: object, dash: number[], transform: string, clip: string}>} */
  #saved = [];

  /**
   * @param {(text: string, font: string) => number} measure the width of a text
   * @param {(image: any) => string} pictureOf the address of an image's content, as data
   */
  constructor(measure, pictureOf) {
    this.measure = measure;
    this.pictureOf = pictureOf;
  }

  /**
   * The picture, of a size in pixels, with what it says for those who do not see it.
   *
   * @param {number} width
   * @param {number} height
   * @param {string} title
   */
  written(width, height, title) {
    const size = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
    const open = `<svg xmlns="http://www.w3.org/2000/svg"${attributes(size)}>`;
    const parts = [open, `<title>${escaped(title)}</title>`];
    if (this.#definitions.length) parts.push(`<defs>${this.#definitions.join("")}</defs>`);
    return [...parts, ...this.#body, ...(this.#open ? ["</g>"] : []), "</svg>\n"].join("\n");
  }

  beginPath() {
    this.#path = "";
  }

  moveTo(/** @type {number} */ x, /** @type {number} */ y) {
    this.#path += `M${short(x)} ${short(y)}`;
  }

  lineTo(/** @type {number} */ x, /** @type {number} */ y) {
    this.#path += `L${short(x)} ${short(y)}`;
  }

  quadraticCurveTo(
    /** @type {number} */ atX,
    /** @type {number} */ atY,
    /** @type {number} */ x,
    /** @type {number} */ y,
  ) {
    this.#path += `Q${[atX, atY, x, y].map(short).join(" ")}`;
  }

  /** A whole circle. */
  arc(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ radius) {
    this.ellipse(x, y, radius, radius);
  }

  /** A whole ellipse along the axes. */
  ellipse(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ acrossX,
    /** @type {number} */ acrossY,
  ) {
    const [left, right, middle] = [x - acrossX, x + acrossX, y].map(short);
    const half = `A${short(acrossX)} ${short(acrossY)} 0 1 1`;
    this.#path += `M${left} ${middle}${half} ${right} ${middle}${half} ${left} ${middle}`;
  }

  rect(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ width,
    /** @type {number} */ height,
  ) {
    this.#path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z`;
  }

  fill() {
    this.#add("path", { d: this.#path, ...colour("fill", "fill-opacity", this.fillStyle) });
  }

  stroke() {
    this.#add("path", { d: this.#path, fill: "none", ...this.#pen() });
  }

  fillRect(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ width,
    /** @type {number} */ height,
  ) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.fill();
  }

  strokeRect(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ width,
    /** @type {number} */ height,
  ) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.stroke();
  }

  setLineDash(/** @type {number[]} */ dash) {
    this.#dash = dash;
  }

  fillText(/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) {
    this.#write(text, x, y, colour("fill", "fill-opacity", this.fillStyle));
  }

  strokeText(/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) {
    this.#write(text, x, y, { fill: "none", ...this.#pen() });
  }

  measureText(/** @type {string} */ text) {
    return { width: this.measure(text, this.font) };
  }

  save() {
    const [dash, transform, clip] = [this.#dash, this.#transform, this.#clip];
    this.#saved.push({ own: { ...this }, dash, transform, clip });
  }

  restore() {
    const found = this.#saved.pop();
    if (!found) return;
    Object.assign(this, found.own);
    [this.#dash, this.#transform, this.#clip] = [found.dash, found.transform, found.clip];
  }

  /** What is drawn from now on is seen within the path, and within the clip until now. */
  clip() {
    const id = `clip${this.#definitions.length}`;
    const path = attributes({ d: this.#path, ...this.#placed() });
    const within = attributes({ id, ...(this.#clip ? { "clip-path": this.#clip } : {}) });
    this.#definitions.push(`<clipPath${within}><path${path}/></clipPath>`);
    this.#clip = `url(#${id})`;
  }

  translate(/** @type {number} */ x, /** @type {number} */ y) {
    this.#transform += `translate(${short(x)} ${short(y)})`;
  }

  rotate(/** @type {number} */ angle) {
    this.#transform += `rotate(${short((angle * 180) / Math.PI)})`;
  }

  createLinearGradient(
    /** @type {number} */ x1,
    /** @type {number} */ y1,
    /** @type {number} */ x2,
    /** @type {number} */ y2,
  ) {
    const id = `shade${this.#definitions.length}`;
    const place = this.#definitions.push("") - 1;
    /** @type {string[]} */
    const stops = [];
    const ends = { id, gradientUnits: "userSpaceOnUse", x1, y1, x2, y2 };
    return {
      addColorStop: (/** @type {number} */ offset, /** @type {string} */ style) => {
        const look = colour("stop-color", "stop-opacity", style);
        stops.push(`<stop${attributes({ offset, ...look })}/>`);
        this.#definitions[place] =
          `<linearGradient${attributes(ends)}>${stops.join("")}</linearGradient>`;
      },
      toString: () => `url(#${id})`,
    };
  }

  drawImage(
    /** @type {any} */ image,
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ width,
    /** @type {number} */ height,
  ) {
    const style = `image-rendering:${this.imageSmoothingEnabled ? "auto" : "pixelated"}`;
    const href = this.pictureOf(image);
    this.#add("image", { x, y, width, height, href, preserveAspectRatio: "none", style });
  }

  #pen() {
    return {
      ...colour("stroke", "stroke-opacity", this.strokeStyle),
      "stroke-width": this.lineWidth,
      "stroke-linejoin": this.lineJoin,
      "stroke-linecap": this.lineCap,
      ...(this.#dash.length ? { "stroke-dasharray": this.#dash.join(" ") } : {}),
    };
  }

  /** @returns {Record<string, string>} */
  #placed() {
    return this.#transform ? { transform: this.#transform } : {};
  }

  #common() {
    return { ...(this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {}), ...this.#placed() };
  }

  /** Write an element into the group of its clip, which no transform of the element moves. */
  #put(/** @type {string} */ element) {
    if (this.#open !== this.#clip) {
      if (this.#open) this.#body.push("</g>");
      if (this.#clip) this.#body.push(`<g${attributes({ "clip-path": this.#clip })}>`);
      this.#open = this.#clip;
    }
    this.#body.push(element);
  }

  /**
   * @param {string} name
   * @param {Record<string, string|number>} own
   */
  #add(name, own) {
    this.#put(`<${name}${attributes({ ...own, ...this.#common() })}/>`);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {Record<string, string|number>} paint
   */
  #write(text, x, y, paint) {
    const [, weight, size, family] = /^(\d+ )?([\d.]+)px (.*)$/.exec(this.font) ?? [];
    const given = attributes({
      x: short(x),
      y: short(y + Number(size) * BASELINES[this.textBaseline]),
      "font-size": size,
      "font-family": family,
      ...(weight ? { "font-weight": weight.trim() } : {}),
      "text-anchor": ANCHORS[this.textAlign],
      ...paint,
      ...this.#common(),
    });
    this.#put(`<text${given}>${escaped(text)}</text>`);
  }
}
