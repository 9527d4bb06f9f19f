/**
 * Who paints an explorer's picture: a worker, so that the page's own thread stays free for the
 * pointer; or that thread itself, where a browser cannot or a page may not have a worker paint.
 *
 * The same module runs on both sides. A picture is what both need of it (see types.d.ts), and a look
 * is what the pointer is doing.
 *
 * @typedef {import("../types.js").Words} Words
 * @typedef {import("../types.js").Boxes} Boxes
 */
import { Heatmap } from "../drawing/heatmap.js";
import { Pen } from "../drawing/pen.js";
import { startModule } from "./worker.js";

const IN_WORKER = typeof document === "undefined";
const PATIENCE = 2000; // milliseconds for a worker to say that it is there
const READY = "ready";

/**
 * What paints requests on a canvas.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @param {import("../types.js").Picture<N, B, L>} picture
 * @returns {(request: import("../types.js").Request<L>) => (N & {partial: boolean})|undefined} paints,
 *   and gives what the picture tells
 */
function createEasel(canvas, picture) {
  const context = /** @type {import("../drawing/pen.js").Context} */ (canvas.getContext("2d"));
  const heatmap = new Heatmap();
  return ({ state, look, width, density, theme, whole }) => {
    const boxes = picture.layout(width);
    const pixels = [Math.round(width * density), Math.round(boxes.height * density)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, boxes.height);
    const numbers = picture.compute(state, whole);
    picture.paint(new Pen(context, theme, heatmap), boxes, state, numbers, look);
    return picture.tell?.(numbers);
  };
}

/**
 * A painter on this thread. `paint(request, done)` calls `done` when the picture is there, with what
 * it tells.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {HTMLCanvasElement} canvas
 * @param {import("../types.js").Picture<N, B, L>} picture
 * @returns {import("../types.js").Painter<N, L>}
 */
export function createPagePainter(canvas, picture) {
  const paint = createEasel(canvas, picture);
  return {
    kind: "page",
    paint: (request, done) => done(paint(request)),
    close: () => {},
  };
}

/**
 * A painter for the canvas: a worker that runs the model's module, or else this thread.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {HTMLCanvasElement} canvas
 * @param {import("../types.js").Picture<N, B, L>} picture
 * @param {import("../types.js").Model} model
 * @returns {Promise<import("../types.js").Painter<N, L>>}
 */
export async function openPainter(canvas, picture, model) {
  const worker = await startWorker(model.get("_esm"));
  if (!worker) return createPagePainter(canvas, picture);
  /** @type {Parameters<import("../types.js").Painter<N, L>["paint"]>[1]} */
  let finish = () => {};
  worker.onmessage = ({ data }) => finish(data.told);
  const offscreen = canvas.transferControlToOffscreen();
  const [name, words] = [model.get("name"), model.get("words")];
  worker.postMessage({ canvas: offscreen, name, words }, [offscreen]);
  return {
    kind: "worker",
    paint: (request, done) => {
      finish = done;
      worker.postMessage(request);
    },
    close: () => worker.terminate(),
  };
}

/**
 * A worker that has said that it is there, or null.
 *
 * @param {string} source
 * @returns {Promise<Worker|null>}
 */
function startWorker(source) {
  const able = globalThis.Worker && HTMLCanvasElement.prototype.transferControlToOffscreen;
  if (!able || !source) return Promise.resolve(null);
  return new Promise((resolve) => {
    /** @type {Worker|null} */
    let worker = null;
    const settle = (/** @type {Worker|null} */ found) => {
      clearTimeout(timer);
      if (worker) worker.onerror = null; // later errors are the browser's to report
      if (!found) worker?.terminate();
      resolve(found);
    };
    const timer = setTimeout(() => settle(null), PATIENCE);
    try {
      worker = startModule(source);
    } catch {
      settle(null); // forbidden here by a policy: the page paints by itself, as well
      return;
    }
    worker.onmessage = () => settle(worker);
    worker.onerror = (event) => {
      event.preventDefault();
      settle(null);
    };
  });
}

/**
 * The worker's side, at the end of the module: paint what the page asks for.
 *
 * @template N
 * @template {Boxes} B
 * @template L
 * @param {(words: Words, name: string) => import("../types.js").Picture<N, B, L>} createPicture
 */
export function paintForPage(createPicture) {
  if (!IN_WORKER) return;
  /** @type {ReturnType<typeof createEasel<N, B, L>>|null} */
  let paint = null;
  globalThis.onmessage = ({ data }) => {
    if (data.canvas) {
      paint = createEasel(data.canvas, createPicture(data.words, data.name));
      return;
    }
    let told;
    try {
      told = paint?.(data);
    } finally {
      postMessage({ told }); // after an error, too: the next picture may be whole
    }
  };
  postMessage(READY);
}
