/** Files that are made in a page and handed to the browser. */
import { SvgContext } from "../drawing/svg.js";
import { make } from "../shell/dom.js";

const TAKEN = 10_000; // ms: by then the browser has what it was handed

/**
 * @param {string} name
 * @param {string|Blob} content
 * @param {string} type
 */
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), TAKEN);
}

/** A canvas that writes SVG, with widths of texts and pictures as this page has them. */
export function openSvg() {
  const page = makeContext();
  const widthOf = (/** @type {string} */ text, /** @type {string} */ font) => {
    page.font = font;
    return page.measureText(text).width;
  };
  return new SvgContext(widthOf, asData);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>}
 */
export const pngOf = (canvas) =>
  new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no PNG")))),
  );

/** A context of a canvas that nobody sees. */
export function makeContext(width = 1, height = 1) {
  const canvas = make("canvas", { width: String(width), height: String(height) });
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/** What a canvas holds, as the address of a picture. @param {HTMLCanvasElement} image */
function asData(image) {
  const copy = makeContext(image.width, image.height);
  copy.drawImage(image, 0, 0);
  return copy.canvas.toDataURL();
}
