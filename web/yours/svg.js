/**
 * A canvas that writes SVG: the part of CanvasRenderingContext2D that the explorers' pen uses, so that
 * the same code draws a picture on the screen and in a file.
 */

const BASELINES = { top: 0.8, middle: 0.35, alphabetic: 0 }; // em below the place
const ANCHORS = { left: "start", center: "middle", right: "end" };

const escaped = (/** @type {string} */ text) =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (/** @type {number} */ number) => String(Math.round(number * 100) / 100);
const attributes = (/** @type {Record<string, string|number>} */ given) =>
  Object.entries(given)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");

export class SvgContext {
  fillStyle = "#000000";
  strokeStyle = "#000000";
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
  /** @type {Array<{transform: string, clip: string}>} */
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
    return [...parts, ...this.#body, "</svg>\n"].join("\n");
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

  /** A whole circle; nothing else is asked for. */
  arc(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ radius) {
    const [left, right, r] = [x - radius, x + radius, radius].map(short);
    const half = `A${r} ${r} 0 1 1`;
    this.#path += `M${left} ${short(y)}${half} ${right} ${short(y)}${half} ${left} ${short(y)}`;
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
    this.#add("path", { d: this.#path, fill: this.fillStyle });
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

  setLineDash(/** @type {number[]} */ dash) {
    this.#dash = dash;
  }

  fillText(/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) {
    this.#write(text, x, y, { fill: this.fillStyle });
  }

  strokeText(/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ y) {
    this.#write(text, x, y, { fill: "none", ...this.#pen() });
  }

  measureText(/** @type {string} */ text) {
    return { width: this.measure(text, this.font) };
  }

  save() {
    this.#saved.push({ transform: this.#transform, clip: this.#clip });
  }

  restore() {
    const { transform, clip } = this.#saved.pop() ?? { transform: "", clip: "" };
    this.#transform = transform;
    this.#clip = clip;
  }

  clip() {
    const id = `clip${this.#definitions.length}`;
    this.#definitions.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath>`);
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
      addColorStop: (/** @type {number} */ offset, /** @type {string} */ colour) => {
        stops.push(`<stop${attributes({ offset, "stop-color": colour })}/>`);
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
      stroke: this.strokeStyle,
      "stroke-width": this.lineWidth,
      "stroke-linejoin": this.lineJoin,
      "stroke-linecap": this.lineCap,
      ...(this.#dash.length ? { "stroke-dasharray": this.#dash.join(" ") } : {}),
    };
  }

  #common() {
    return {
      ...(this.globalAlpha < 1 ? { opacity: this.globalAlpha } : {}),
      ...(this.#transform ? { transform: this.#transform } : {}),
      ...(this.#clip ? { "clip-path": this.#clip } : {}),
    };
  }

  /**
   * @param {string} name
   * @param {Record<string, string|number>} own
   */
  #add(name, own) {
    this.#body.push(`<${name}${attributes({ ...own, ...this.#common() })}/>`);
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
    this.#body.push(`<text${given}>${escaped(text)}</text>`);
  }
}
