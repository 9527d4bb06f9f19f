// Who paints an explorer's picture: a worker, so that the page's own thread stays free for the
// hand; or that thread itself, where a browser cannot or a page may not have a worker paint.
//
// The same module runs on both sides. A picture is what both need of it, and knows no page:
// layout(width) -> boxes with a height, compute(state) -> numbers, and
// paint(pen, boxes, state, numbers, look), where a look is what the hand is doing.
import { createHeatmap, createPen } from "./drawing.js";

const IN_WORKER = typeof document === "undefined";
const PATIENCE = 2000; // milliseconds for a worker to say that it is there
const READY = "ready";
const PAINTED = "painted";

/** What paints a request, {state, look, width, density, theme: {colours, font}}, on a canvas. */
function createEasel(canvas, picture) {
  const context = canvas.getContext("2d");
  const heatmap = createHeatmap();
  return ({ state, look, width, density, theme }) => {
    const boxes = picture.layout(width);
    const pixels = [Math.round(width * density), Math.round(boxes.height * density)];
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, boxes.height);
    const pen = createPen(context, theme.colours, theme.font, heatmap);
    picture.paint(pen, boxes, state, picture.compute(state), look);
  };
}

/** A painter on this thread. `paint(request, done)` calls `done` when the picture is there. */
export function createPagePainter(canvas, picture) {
  const paint = createEasel(canvas, picture);
  return {
    kind: "page",
    paint: (request, done) => {
      paint(request);
      done();
    },
    close: () => {},
  };
}

/** A painter for the canvas: a worker that runs the module's `source`, or else this thread. */
export async function openPainter(canvas, picture, words, source) {
  const worker = await startWorker(source);
  if (!worker) return createPagePainter(canvas, picture);
  let finish = null;
  worker.onmessage = () => finish();
  const offscreen = canvas.transferControlToOffscreen();
  worker.postMessage({ canvas: offscreen, words }, [offscreen]);
  return {
    kind: "worker",
    paint: (request, done) => {
      finish = done;
      worker.postMessage(request);
    },
    close: () => worker.terminate(),
  };
}

/** A worker that has said that it is there, or null. */
function startWorker(source) {
  const able = globalThis.Worker && HTMLCanvasElement.prototype.transferControlToOffscreen;
  if (!able || !source) return null;
  // Not the URL of a blob: a page that lies in a folder may start no module from one.
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`;
  return new Promise((resolve) => {
    let worker = null;
    const settle = (found) => {
      clearTimeout(timer);
      if (worker) worker.onerror = null; // later errors are the browser's to report
      if (!found) worker?.terminate();
      resolve(found);
    };
    const timer = setTimeout(() => settle(null), PATIENCE);
    try {
      worker = new Worker(url, { type: "module" });
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

/** The worker's side, at the end of the module: paint what the page asks for. */
export function paintForPage(createPicture) {
  if (!IN_WORKER) return;
  let paint = null;
  globalThis.onmessage = ({ data }) => {
    if (data.canvas) {
      paint = createEasel(data.canvas, createPicture(data.words));
      return;
    }
    try {
      paint(data);
    } finally {
      postMessage(PAINTED); // after an error, too: the next picture may be whole
    }
  };
  postMessage(READY);
}
