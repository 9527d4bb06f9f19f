/** The pictures of nwcore.plotting, drawn by the explorers' pen. */
import { drawHeatScale, Heatmap } from "../../../nwcore/explorers/js/drawing/heatmap.js";
import { drawLegend, sampleDot, sampleLine } from "../../../nwcore/explorers/js/drawing/legend.js";
import { Pen } from "../../../nwcore/explorers/js/drawing/pen.js";
import { linearScale, logScale, roundTicks } from "../../../nwcore/explorers/js/drawing/scales.js";
import { readTheme, watchTheme } from "../../../nwcore/explorers/js/shell/theme.js";

/** @typedef {{kind: string, numbers: Record<string, Float64Array>, more: any}} Told */
/** @typedef {(pen: Pen, told: Told, width: number, height: number) => void} Painting */

const WIDEST = 620;
const MARGIN = { left: 52, right: 12, top: 28, bottom: 46 };

const written =
  (/** @type {Told} */ { more }) =>
  (/** @type {number} */ tick) =>
    String(Number(tick.toPrecision(6))).replace(".", more.words.decimal);

/**
 * @param {number} width
 * @param {number} height
 */
const boxIn = (width, height) => ({
  x: MARGIN.left,
  y: MARGIN.top,
  width: width - MARGIN.left - MARGIN.right,
  height: height - MARGIN.top - MARGIN.bottom,
});

/** @type {Record<string, Painting>} */
const PAINTINGS = {
  regression(pen, told, width, height) {
    const { numbers, more } = told;
    const box = boxIn(width, height);
    const x = linearScale([0, 5], [box.x, box.x + box.width]);
    const y = linearScale([-1, 5], [box.y + box.height, box.y]);
    const write = written(told);
    const words = more.words;
    pen.axes(
      box,
      { scale: x, ticks: [0, 1, 2, 3, 4, 5], label: words.x, write },
      { scale: y, ticks: [-1, 0, 1, 2, 3, 4, 5], label: words.y, write },
    );
    const entries = [{ name: words.truth, sample: sampleLine(pen, "truth") }];
    if (numbers.predicted) {
      entries.push({ name: words.prediction, sample: sampleLine(pen, "pred", [6, 3]) });
    }
    drawLegend(pen, box.x, 12, width, entries);
    pen.inside(box, () => {
      const { x_train: places, y_train: values } = numbers;
      pen.discs(
        places.length,
        (i) => x(places[i]),
        (i) => y(values[i]),
        () => 3.6,
        "point",
        0.4,
      );
      pen.curve(numbers.x_test, numbers.y_test, x, y, "truth");
      if (numbers.predicted)
        pen.curve(numbers.x_test, numbers.predicted, x, y, "pred", 2.2, [7, 4]);
    });
  },
  heatmaps(pen, told, width, height) {
    const { numbers, more } = told;
    const { rows, columns, panels, largest } = more.shape;
    const each = width / panels;
    for (let panel = 0; panel < panels; panel++) {
      const box = { ...boxIn(each, height - 30), x: panel * each + MARGIN.left };
      const words = more.words;
      const down = linearScale([-0.5, rows - 0.5], [box.y, box.y + box.height]);
      const across = linearScale([-0.5, columns - 0.5], [box.x, box.x + box.width]);
      const map = new Heatmap();
      map.update({}, numbers[`panel${panel}`], rows, columns, largest);
      map.draw(pen.context, box);
      const label = more.plain ? "_plain" : "";
      pen.axes(
        box,
        { scale: across, ...wholes(numbers.keys, columns), label: words[`keys${label}`] },
        {
          scale: down,
          ...wholes(numbers.queries, rows),
          label: panel ? undefined : words[`queries${label}`],
        },
      );
      pen.text(more.titles[panel] ?? "", box.x + box.width / 2, 10, {
        align: "center",
        baseline: "middle",
      });
    }
    const strip = {
      x: MARGIN.left,
      y: height - 28,
      width: width - MARGIN.left - MARGIN.right,
      height: 8,
    };
    const write = (/** @type {number} */ value, /** @type {number} */ digits) =>
      value.toFixed(digits).replace(".", more.words.decimal);
    drawHeatScale(pen, strip, largest, more.words.weight, write);
  },
  landscape(pen, told, width, height) {
    const { numbers, more } = told;
    const box = boxIn(width, height);
    const { w, losses } = numbers;
    const highest = losses.reduce((a, b) => Math.max(a, b)) * 1.06;
    const x = logScale([w[0], w[w.length - 1]], [box.x, box.x + box.width]);
    const y = linearScale([0, highest], [box.y + box.height, box.y]);
    const ticks = [0.01, 0.1, 0.3, 1, 3, 10, 30, 100].filter(
      (t) => t >= w[0] && t <= w[w.length - 1],
    );
    const write = written(told);
    pen.axes(
      box,
      { scale: x, ticks, label: more.words.w, write },
      { scale: y, ticks: roundTicks([0, highest], 5), label: more.words.loss, write },
    );
    const lowest = losses.indexOf(losses.reduce((a, b) => Math.min(a, b)));
    const marker = (/** @type {number} */ at, /** @type {number} */ tip) =>
      pen.triangle([at - 6, tip - 9], [at + 6, tip - 9], [at, tip], "accent");
    const entries = [
      {
        name: more.words.minimum,
        sample: (/** @type {number} */ at, /** @type {number} */ mid) => marker(at + 8, mid + 4),
      },
    ];
    if (more.steps.length)
      entries.push({ name: more.words.steps, sample: sampleDot(pen, "pred", 1) });
    drawLegend(pen, box.x, 12, width, entries);
    pen.inside(box, () => {
      pen.curve(w, losses, x, y, "truth");
      marker(x(w[lowest]), y(losses[lowest]));
      drawSteps(
        pen,
        more.steps.map((/** @type {number[]} */ [a, b]) => [x(Math.abs(a)), y(b)]),
      );
    });
  },
  curve(pen, told, width, height) {
    const { points, epochs, words } = told.more;
    const box = boxIn(width, height);
    const last = Math.max(epochs, points[points.length - 1][0]);
    const highest = 1.05 * Math.max(...points.map((/** @type {number[]} */ [, loss]) => loss));
    const x = linearScale([0, last], [box.x, box.x + box.width]);
    const y = linearScale([0, highest], [box.y + box.height, box.y]);
    const write = written(told);
    const whole = roundTicks([0, last], 6).filter(Number.isInteger);
    pen.axes(
      box,
      { scale: x, ticks: whole, label: words.epoch, write },
      { scale: y, ticks: roundTicks([0, highest], 5), label: words.loss, write },
    );
    drawSteps(
      pen,
      points.map((/** @type {number[]} */ [a, b]) => [x(a), y(b)]),
    );
  },
};

/**
 * @param {Pen} pen
 * @param {number[][]} places in pixels
 */
function drawSteps(pen, places) {
  const same = (/** @type {number} */ v) => v;
  pen.curve(
    places.map(([a]) => a),
    places.map(([, b]) => b),
    same,
    same,
    "pred",
    1.4,
  );
  for (const [a, b] of places) pen.dot(a, b, 2.8, "pred");
}

/**
 * Where whole numbers lie among ascending inputs; without inputs, rows are counted.
 *
 * @param {Float64Array|undefined} inputs
 * @param {number} count
 */
function wholes(inputs, count) {
  if (!inputs)
    return { ticks: roundTicks([0, count - 1], 5).filter(Number.isInteger), write: String };
  const found = new Map();
  const last = inputs[inputs.length - 1];
  for (let whole = Math.ceil(inputs[0]); whole <= last; whole++) {
    const after = inputs.findIndex((input) => input >= whole);
    const gap = inputs[after] - inputs[after - 1];
    found.set(after && gap ? after - (inputs[after] - whole) / gap : after, whole);
  }
  const write = (/** @type {number} */ place) => String(found.get(place));
  return { ticks: [...found.keys()], write };
}

/**
 * A picture in the page, drawn again when the theme or the column's width changes.
 *
 * @param {any} given as Python has told it
 * @param {AbortSignal} signal
 */
export function pictureOf(given, signal) {
  const numbers = Object.fromEntries(
    Object.entries(given.numbers).map(([name, list]) => [
      name,
      Float64Array.from(/** @type {any} */ (list), Number),
    ]),
  );
  const told = { ...given, numbers };
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", given.more.alt);
  canvas.className = "nw-box nw-cell-picture";
  const draw = () => {
    const many = given.kind === "heatmaps" ? given.more.shape.panels : 1;
    const width = Math.min(
      canvas.parentElement?.clientWidth ?? WIDEST,
      WIDEST * Math.min(1.4, 0.7 + 0.35 * many),
    );
    if (width < 1) return;
    const height = given.kind === "heatmaps" ? Math.min(400, width / many + 60) : width * 0.6;
    const density = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    canvas.style.width = `${width}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(density, 0, 0, density, 0, 0);
    PAINTINGS[given.kind](new Pen(context, readTheme(canvas), new Heatmap()), told, width, height);
    canvas.dataset.nwPainted = "";
  };
  watchTheme(draw, signal);
  const sized = new ResizeObserver(draw);
  queueMicrotask(() => canvas.parentElement && sized.observe(canvas.parentElement));
  signal.addEventListener("abort", () => sized.disconnect());
  return canvas;
}
