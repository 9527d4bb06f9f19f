// Attention pooling in pictures: data and prediction, the weights of one query under the kernel that
// gave them, and, where there is room for it, the heatmap of all queries.
import {
  KERNELS,
  attentionWeights,
  effectiveCount,
  kernelValue,
  leaveOneOut,
  makeQueries,
  makeRegression,
  pool,
  rmse,
  trueFunction,
} from "./engine.js";
import { drawHeatScale, linearScale, roundTicks, sampleDot, sampleLine } from "./drawing.js";
import { make, openShell, setDisabled, write } from "./shell.js";
import { createWriter, fill } from "./text.js";

const X_LIMITS = [0, 5];
const Y_CALM = [-0.4, 4.2]; // room for the truth itself
const MOST_POINTS = 500;
const PROMPT = 250; // with more points, the leave-one-out error waits until the hand rests
const TERMS = 3;
const POINT = 3.2;
const LARGEST_POINT = 13;
const GRIP = { mouse: 10, pen: 14, touch: 22 };

const sameList = (a, b) => a.length === b.length && a.every((value, place) => value === b[place]);

/** Compute what is shown, each part only when what it depends on has changed. */
function createComputation() {
  let dataKey = [];
  let weightsKey = [];
  let spread = { seed: null };
  const numbers = {};

  /** The range of y that holds every point this seed can show: calm while n_train moves. */
  function limits({ seed, noise, moved }) {
    if (spread.seed !== seed) {
      const calm = makeRegression(MOST_POINTS, 0, seed);
      const rough = makeRegression(MOST_POINTS, 1, seed);
      spread = { seed, truth: calm.y, deviation: rough.y.map((y, i) => y - calm.y[i]) };
    }
    let [low, high] = Y_CALM;
    const hold = (y) => {
      low = Math.min(low, y);
      high = Math.max(high, y);
    };
    spread.truth.forEach((y, i) => hold(y + noise * spread.deviation[i]));
    for (const [, , y] of moved) hold(y);
    const margin = 0.03 * (high - low);
    return [low - margin, high + margin];
  }

  return function compute(state) {
    const { w, noise, n_train: n, seed, kernel, n_queries: q, moved } = state;
    const nextData = [n, noise, seed, JSON.stringify(moved)];
    if (!sameList(dataKey, nextData)) {
      dataKey = nextData;
      Object.assign(numbers, makeRegression(n, noise, seed, moved));
      numbers.limits = limits(state);
      weightsKey = [];
    }
    if (numbers.queries?.length !== q) {
      numbers.queries = makeQueries(q);
      numbers.truth = numbers.queries.map(trueFunction);
      weightsKey = [];
    }
    if (!sameList(weightsKey, [w, kernel])) {
      weightsKey = [w, kernel];
      const size = q * n;
      const buffer = numbers.weights?.length === size ? numbers.weights : undefined;
      numbers.weights = attentionWeights(numbers.queries, numbers.x, w, kernel, buffer);
      numbers.predictions = pool(numbers.weights, numbers.y);
      numbers.largest = largestOf(numbers.weights);
      numbers.emptyRows = numbers.predictions.reduce((count, y) => count + Number(y !== y), 0);
      numbers.error = numbers.emptyRows ? NaN : rmse(numbers.predictions, numbers.truth);
      numbers.leaveOneOut = null; // until somebody reads it
      numbers.version = {};
    }
    return numbers;
  };
}

/** Root of the mean squared leave-one-out error, computed once for the same data and kernel. */
function leaveOneOutError({ w, n_train: n, kernel }, numbers) {
  numbers.leaveOneOut ??=
    n > 1 ? Math.sqrt(leaveOneOut(numbers.x, numbers.y, w, kernel).loss / n) : NaN;
  return numbers.leaveOneOut;
}

function largestOf(weights) {
  let largest = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > largest) largest = weights[i];
  return largest;
}

/** Places of the largest weights above zero, at most `count`, largest first. */
function largestPlaces(row, count) {
  const places = [];
  for (let place = 0; place < row.length; place++) {
    if (!(row[place] > 0)) continue;
    if (places.length === count && row[place] <= row[places[count - 1]]) continue;
    if (places.length === count) places.pop();
    const before = places.findIndex((other) => row[other] < row[place]);
    places.splice(before < 0 ? places.length : before, 0, place);
  }
  return places;
}

/** The parts of the canvas; `heat` is null in an explorer without a heatmap. */
function layout(width, withHeatmap) {
  const left = 48;
  const top = 26;
  const wide = withHeatmap && width >= 600;
  const plotWidth = (wide ? Math.round(width * 0.56) : width) - left - 10;
  const plot = { x: left, y: top, width: plotWidth, height: wide || !withHeatmap ? 250 : 220 };
  const bars = { x: left, y: plot.y + plot.height + 34, width: plotWidth, height: 92 };
  const below = bars.y + bars.height + 42;
  if (!withHeatmap) return { plot, bars, heat: null, height: below };
  const heat = wide
    ? { x: left + plotWidth + 66, y: top, height: below - top - 80 }
    : { x: left, y: below + 24, height: 230 };
  heat.width = width - heat.x - 10;
  const scale = { x: heat.x, y: heat.y + heat.height + 44, width: heat.width, height: 8 };
  return { plot, bars, heat, scale, height: wide ? below : scale.y + 32 };
}

/** Scales of the plot, and of all that shares its x. */
function scales(plot, limits) {
  return {
    x: linearScale(X_LIMITS, [plot.x, plot.x + plot.width]),
    y: linearScale(limits, [plot.y + plot.height, plot.y]),
  };
}

/**
 * The picture of attention pooling, with or without the heatmap of all queries.
 *
 * A look is {held, marked}: the range of y, if it is held, and the draw number of the point that a
 * hand is at, or null.
 */
export function createPoolingPicture(words, withHeatmap) {
  const writeNumber = createWriter(words);

  function paint(pen, boxes, state, numbers, look) {
    paintPlot(pen, boxes, state, numbers, look);
    paintBars(pen, boxes, state, numbers);
    if (withHeatmap) paintHeatmap(pen, boxes, state, numbers);
  }

  function paintPlot(pen, boxes, state, numbers, look) {
    const { plot } = boxes;
    const limits = look.held ?? numbers.limits;
    const { x, y } = scales(plot, limits);
    const xAxis = { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String };
    const yTicks = roundTicks(limits, 5);
    pen.axes(plot, xAxis, { scale: y, ticks: yTicks, label: "y", write: (t) => writeNumber(t, 0) });
    pen.legend(plot.x, 10, plot.x + plot.width, [
      { name: words.curve, sample: sampleLine(pen, "truth") },
      { name: words.prediction, sample: sampleLine(pen, "pred", [6, 3]) },
      { name: words.example, sample: sampleDot(pen, "point", 0.45) },
    ]);
    pen.inside(plot, () => {
      paintReach(pen, plot, x, state, numbers);
      paintPoints(pen, x, y, state, numbers, look.marked);
      pen.curve(numbers.queries, numbers.truth, x, y, "truth");
      pen.curve(numbers.queries, numbers.predictions, x, y, "pred", 2.4, [7, 4]);
    });
    const at = x(numbers.queries[state.query]);
    pen.line(at, plot.y, at, boxes.bars.y + boxes.bars.height, "pred", 1, [2, 3]);
    const prediction = numbers.predictions[state.query];
    if (Number.isFinite(prediction)) {
      pen.dot(at, y(prediction), 6, "pred", { stroke: "paper", width: 2 });
    }
  }

  /** The window of a compact kernel around the query. */
  function paintReach(pen, plot, x, { w, kernel, query }, numbers) {
    if (kernel === "gaussian" || kernel === "constant") return;
    const centre = numbers.queries[query];
    const left = x(centre - 1 / w);
    pen.context.globalAlpha = 0.12;
    pen.context.fillStyle = pen.colours.pred;
    pen.context.fillRect(left, plot.y, x(centre + 1 / w) - left, plot.height);
    pen.context.globalAlpha = 1;
  }

  function paintPoints(pen, x, y, { n_train: n, query, moved }, numbers, marked) {
    const row = query * n;
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, numbers.weights[row + i] || 0);
    const atX = (i) => x(numbers.x[i]);
    const atY = (i) => y(numbers.y[i]);
    pen.discs(n, atX, atY, () => POINT, "point", 0.45);
    const grown = (i) => {
      const share = largest > 0 ? numbers.weights[row + i] / largest : 0;
      if (!(share > 0.03)) return 0;
      return Math.sqrt(POINT ** 2 + share * (LARGEST_POINT ** 2 - POINT ** 2));
    };
    pen.discs(n, atX, atY, grown, "pred", 0.35);
    for (const [draw] of moved) {
      const place = numbers.order.indexOf(draw);
      if (place >= 0) pen.dot(x(numbers.x[place]), y(numbers.y[place]), 5, null, { stroke: "accent" });
    }
    const place = marked === null ? -1 : numbers.order.indexOf(marked);
    if (place >= 0) {
      pen.dot(x(numbers.x[place]), y(numbers.y[place]), 8, null, { stroke: "ink", width: 2.5 });
    }
  }

  /** Weights of the query at their keys; the kernel, divided by the same sum, passes through them. */
  function paintBars(pen, boxes, { w, kernel, query, n_train: n }, numbers) {
    const { plot, bars } = boxes;
    const { x } = scales(plot, numbers.limits);
    const centre = numbers.queries[query];
    const row = query * n;
    const empty = numbers.weights[row] !== numbers.weights[row];
    let total = 0;
    for (let i = 0; i < n; i++) total += kernelValue(kernel, (centre - numbers.x[i]) * w);
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, numbers.weights[row + i] || 0);
    const peak = kernelValue(kernel, 0) / total;
    // The kernel far from its keys can be very much higher than the weights: then it is cut off.
    const top = empty ? 1 : Math.min(Math.max(peak, largest), 3 * largest);
    const y = linearScale([0, 1.08 * top], [bars.y + bars.height, bars.y]);
    const xAxis = { scale: x, ticks: [0, 1, 2, 3, 4, 5], label: `x (${words.keys_axis})`, write: String };
    const digits = top < 0.1 ? 3 : 2;
    const yAxis = { scale: y, ticks: empty ? [0] : [0, largest], write: (t) => writeNumber(t, t && digits) };
    pen.axes(bars, xAxis, yAxis);
    pen.text(words.row, bars.x + 4, bars.y - 4, { halo: true });
    pen.inside(bars, () => {
      const thick = Math.max(1, Math.min(5, (0.6 * bars.width) / n));
      const bottom = bars.y + bars.height;
      const height = (i) => y(numbers.weights[row + i]);
      if (!empty) pen.bars(n, (i) => x(numbers.x[i]), height, bottom, "pred", thick);
      paintShape(pen, bars, x, y, { w, kernel, centre, factor: empty ? 1 / kernelValue(kernel, 0) : 1 / total, empty });
    });
    if (empty) {
      const middle = bars.x + bars.width / 2;
      pen.text("0 / 0", middle, bars.y + bars.height / 2, { align: "center", baseline: "middle", bold: true, halo: true });
    }
  }

  function paintShape(pen, bars, x, y, { w, kernel, centre, factor, empty }) {
    if (!Number.isFinite(factor)) return;
    const xs = [];
    const ys = [];
    const put = (at) => {
      xs.push(at);
      ys.push(kernelValue(kernel, (at - centre) * w) * factor);
    };
    for (let pixel = 0; pixel <= bars.width; pixel += 2) put(x.invert(bars.x + pixel));
    // Narrow kernels and sharp edges need places of their own.
    for (const u of [-1.0001, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.0001]) put(centre + u / w);
    const order = xs.map((_, place) => place).sort((a, b) => xs[a] - xs[b]);
    const sorted = (list) => order.map((place) => list[place]);
    pen.curve(sorted(xs), sorted(ys), x, y, "ink", 1.3, empty ? [3, 3] : []);
  }

  function paintHeatmap(pen, boxes, { n_train: n, n_queries: q, query }, numbers) {
    const { heat, scale } = boxes;
    pen.heatmap.update(numbers.version, numbers.weights, q, n, numbers.largest);
    if (numbers.emptyRows) hatch(pen, heat);
    pen.heatmap.draw(pen.context, heat);
    const rowHeight = heat.height / q;
    const columns = linearScale([0, n], [heat.x, heat.x + heat.width]);
    const rows = linearScale([X_LIMITS[0], X_LIMITS[1]], [heat.y, heat.y + heat.height]);
    const keyPlaces = [1, 2, 3, 4].map((x) => ({ x, place: numbers.x.findIndex((key) => key >= x) }));
    const ticks = new Map(keyPlaces.filter(({ place }) => place >= 0).map(({ x, place }) => [place + 0.5, x]));
    pen.axes(
      heat,
      { scale: columns, ticks: [...ticks.keys()], label: `x (${words.keys_axis})`, write: (t) => String(ticks.get(t)) },
      { scale: (x) => rows(x) + rowHeight / 2, ticks: [0, 1, 2, 3, 4], label: `x (${words.queries_axis})`, write: String },
    );
    pen.context.strokeStyle = pen.colours.pred;
    pen.context.lineWidth = 2;
    const rowY = heat.y + query * rowHeight;
    pen.context.strokeRect(heat.x - 1, rowY - 1, heat.width + 2, rowHeight + 2);
    drawHeatScale(pen, scale, writeNumber(numbers.largest, numbers.largest < 0.1 ? 3 : 2), words.heatmap);
  }

  function hatch(pen, box) {
    pen.inside(box, () => {
      for (let at = box.x - box.height; at < box.x + box.width; at += 8) {
        pen.line(at, box.y + box.height, at + box.height, box.y, "muted", 1);
      }
    });
  }

  return { layout: (width) => layout(width, withHeatmap), compute: createComputation(), paint };
}

/** Open an explorer of attention pooling on an anywidget's model and element. */
export function openPooling({ model, el }, title, withHeatmap) {
  const picture = createPoolingPicture(model.get("words"), withHeatmap);
  let chosen = null; // draw number of the training point that the keyboard moves
  let grabbed = null; // the same for a pointer
  let held = null; // the range of y while a point is dragged: it must not run away from the hand
  let shownMoved = model.get("moved");

  const view = {
    title,
    keys: ["w", "noise", "n_train", "seed", "kernel_index", "n_queries", "query", "moved"],
    address: {
      w: "w",
      noise: "noise",
      n_train: "n",
      seed: "seed",
      kernel_index: "kernel",
      n_queries: "queries",
      query: "q",
      moved: "moved",
    },
    complete: (state) => {
      shownMoved = state.moved;
      return {
        ...state,
        kernel: KERNELS[state.kernel_index],
        query: Math.min(state.query, state.n_queries - 1),
        moved: soundPoints(state.moved),
      };
    },
    picture,
    look: () => ({
      held,
      marked: grabbed ?? (document.activeElement === pad ? chosen : null),
    }),
    changed: (key) => {
      // They belonged to the other data set, unless they have come with this one.
      if (key === "seed" && model.get("moved") === shownMoved) model.set("moved", []);
    },
    toAddress: (key, value) => {
      if (key === "kernel_index") return KERNELS[value];
      return key === "moved" ? value.map((point) => point.join("_")).join("~") : undefined;
    },
    fromAddress: (key, text) => {
      if (key === "kernel_index") return KERNELS.indexOf(text) < 0 ? NaN : KERNELS.indexOf(text);
      if (key !== "moved") return undefined;
      return soundPoints(text.split("~").map((point) => point.split("_").map(Number)));
    },
    writeControl: (key, value) => {
      if (key === "n_train") return String(value);
      return shell.writeNumber(value, key === "w" && value >= 10 ? 1 : 2);
    },
    describe,
    refresh,
    rest: (state, numbers) => {
      leaveOneOutError(state, numbers);
      refresh(state, numbers);
    },
  };

  /** Points as they may stand in the data: no others reach the picture. */
  function soundPoints(points) {
    if (!Array.isArray(points)) return [];
    return points
      .filter((point) => Array.isArray(point) && point.length === 3 && point.every(Number.isFinite))
      .filter(([draw]) => Number.isInteger(draw) && draw >= 0 && draw < MOST_POINTS)
      .map(([draw, x, y]) => [draw, clamp(x, X_LIMITS), clamp(y, [-20, 20])]);
  }

  const shell = openShell({ model, el }, view);
  const { words, writeNumber, canvas, stage, signal } = shell;
  const short = (value) => writeNumber(value, 2);
  const limitsOf = (numbers) => held ?? numbers.limits;

  // Words and numbers ------------------------------------------------------------------------------

  function rowOf({ query, n_train: n }, numbers) {
    return numbers.weights.subarray(query * n, (query + 1) * n);
  }

  function describe(state, numbers) {
    const x = writeNumber(numbers.queries[state.query], 2);
    const picture = fill(words.pooling_alt, {
      kernel: words[`kernel_${state.kernel}`],
      w: short(state.w),
      n_train: state.n_train,
      noise: short(state.noise),
      error: writeNumber(numbers.error, 3),
    });
    return `${picture} ${sentence(state, numbers, x)}`;
  }

  /** The prediction as the weighted sum it is, largest terms first. */
  function sentence(state, numbers, x) {
    const prediction = numbers.predictions[state.query];
    if (!Number.isFinite(prediction)) return fill(words.empty, { x });
    const row = rowOf(state, numbers);
    const places = largestPlaces(row, TERMS);
    const terms = places.map((place) => {
      const y = short(numbers.y[place]);
      return `${writeNumber(row[place], 3)} · ${numbers.y[place] < 0 ? `(${y})` : y}`;
    });
    const rest = row.reduce((count, weight) => count + Number(weight > 0), 0) - places.length;
    if (rest > 0) terms.push(fill(words.sum_more, { n: rest }));
    const truth = fill(words.sum_truth, { truth: short(numbers.truth[state.query]) });
    return `${fill(words.sum_at, { x })} ${short(prediction)} = ${terms.join(" + ")}; ${truth}.`;
  }

  const sum = make("p", { class: "nw-sum" });
  const readouts = shell.readouts(["error", "leave_one_out", "row_sum", "attended", "bandwidth"]);
  const emptyNote = make("p", { class: "nw-note" });
  const putBack = shell.button(words.put_back, () => shell.set({ moved: [] }));
  const actions = make("div", { class: "nw-actions" });
  actions.append(
    putBack,
    shell.button(words.another, () => shell.set({ seed: (shell.state().seed + 1) % 2 ** 32 })),
    shell.button(words.start_over, () => shell.restore({})),
    shell.linkToState(),
  );
  shell.root.append(sum, readouts.list, emptyNote, actions);

  function refresh(state, numbers) {
    const x = writeNumber(numbers.queries[state.query], 2);
    write(sum, sentence(state, numbers, x));
    const row = rowOf(state, numbers);
    const reached = Number.isFinite(numbers.predictions[state.query]);
    let total = 0;
    for (const weight of row) total += weight;
    readouts.set("error", writeNumber(numbers.error, 3));
    if (state.n_train <= PROMPT) leaveOneOutError(state, numbers);
    const { leaveOneOut: left } = numbers;
    readouts.set("leave_one_out", left === null ? "…" : writeNumber(left, 3));
    readouts.set("row_sum", writeNumber(total, 3));
    const attended = reached ? effectiveCount(numbers.weights, state.n_train, state.query) : 0;
    readouts.set("attended", writeNumber(attended, 1));
    readouts.set("bandwidth", writeNumber(1 / state.w, 3));
    const missing = { n: numbers.emptyRows, total: state.n_queries };
    write(emptyNote, numbers.emptyRows ? fill(words.empty_rows, missing) : "");
    setDisabled(putBack, state.moved.length === 0);
    refreshHandles(state, numbers, x);
  }

  // Handles for the keyboard, laid over the canvas: a slider for the query, a pad for the points. ----

  const queryHandle = make("div", {
    class: "nw-handle nw-handle-query",
    role: "slider",
    tabindex: "0",
    "aria-orientation": withHeatmap ? "vertical" : "horizontal",
    "aria-label": withHeatmap ? words.query_slider : words.query_slider_curve,
    "aria-valuemin": "0",
  });
  const pad = make("div", {
    class: "nw-handle nw-handle-points",
    role: "application",
    tabindex: "0",
    "aria-label": words.points_pad,
  });
  const padSays = make("div", { class: "nw-spoken", "aria-live": "assertive" });
  stage.append(pad, queryHandle, padSays);

  function refreshHandles(state, numbers, x) {
    const boxes = shell.boxes();
    place(pad, boxes.plot);
    place(queryHandle, boxes.heat ?? boxes.bars);
    const prediction = writeNumber(numbers.predictions[state.query], 2);
    const values = {
      "aria-valuemax": state.n_queries - 1,
      "aria-valuenow": state.query,
      "aria-valuetext": fill(words.query_value, { x, prediction }),
    };
    for (const [name, value] of Object.entries(values)) {
      if (queryHandle.getAttribute(name) !== String(value)) queryHandle.setAttribute(name, value);
    }
  }

  function place(node, box) {
    const style = `left:${box.x}px;top:${box.y}px;width:${box.width}px;height:${box.height}px`;
    if (node.getAttribute("style") !== style) node.setAttribute("style", style);
  }

  queryHandle.addEventListener(
    "keydown",
    (event) => {
      const { query, n_queries: q } = shell.state();
      const page = Math.max(1, Math.round(q / 10));
      const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: page, PageUp: -page };
      const goals = { Home: 0, End: q - 1 };
      const goal = event.key in steps ? query + steps[event.key] : goals[event.key];
      if (goal === undefined) return;
      event.preventDefault();
      shell.set({ query: clamp(goal, [0, q - 1]) });
    },
    { signal },
  );

  pad.addEventListener(
    "keydown",
    (event) => {
      const numbers = shell.numbers();
      const place = Math.max(0, numbers.order.indexOf(chosen));
      const turn = { PageUp: -1, PageDown: 1, Home: -Infinity, End: Infinity }[event.key];
      const step = event.shiftKey ? 0.5 : 0.05;
      const move = {
        ArrowLeft: [-step, 0],
        ArrowRight: [step, 0],
        ArrowUp: [0, step],
        ArrowDown: [0, -step],
      }[event.key];
      if (turn !== undefined) {
        chosen = numbers.order[clamp(place + turn, [0, numbers.order.length - 1])];
      } else if (move) {
        movePoint(chosen, numbers.x[place] + move[0], numbers.y[place] + move[1]);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        shell.set({ moved: shell.state().moved.filter(([draw]) => draw !== chosen) });
      } else {
        return;
      }
      event.preventDefault();
      shell.schedule();
      requestAnimationFrame(() => requestAnimationFrame(sayPoint));
    },
    { signal },
  );

  function sayPoint() {
    const numbers = shell.numbers();
    const place = numbers.order.indexOf(chosen);
    if (place < 0) return;
    const values = { place: place + 1, n: numbers.order.length };
    const at = { x: short(numbers.x[place]), y: short(numbers.y[place]) };
    write(padSays, fill(words.point_value, { ...values, ...at }));
  }

  pad.addEventListener(
    "focus",
    () => {
      const { order } = shell.numbers();
      if (!order.includes(chosen)) chosen = order[Math.floor(order.length / 2)];
      sayPoint();
      shell.schedule();
    },
    { signal },
  );
  pad.addEventListener("blur", () => shell.schedule(), { signal });

  // Pointer: hovering selects the query, dragging a training point moves it. -------------------------

  function movePoint(draw, x, y) {
    const rounded = [clamp(x, X_LIMITS), clamp(y, limitsOf(shell.numbers()))].map((v) => Number(v.toFixed(2)));
    const others = shell.state().moved.filter(([other]) => other !== draw);
    shell.set({ moved: [...others, [draw, ...rounded]] });
  }

  function placeOf(event) {
    const bounds = canvas.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  const within = (box, [x, y], margin = 0) =>
    x >= box.x - margin && x <= box.x + box.width + margin && y >= box.y - margin && y <= box.y + box.height + margin;

  /** The draw number of the training point under the pointer, or null. */
  function pointAt(at, grip) {
    const numbers = shell.numbers();
    const boxes = shell.boxes();
    if (!within(boxes.plot, at, grip)) return null;
    const { x, y } = scales(boxes.plot, limitsOf(numbers));
    let best = grip;
    let found = null;
    numbers.x.forEach((key, i) => {
      const distance = Math.hypot(x(key) - at[0], y(numbers.y[i]) - at[1]);
      if (distance < best) {
        best = distance;
        found = numbers.order[i];
      }
    });
    return found;
  }

  function queryAt(at) {
    const { n_queries: q } = shell.state();
    const { plot, bars, heat } = shell.boxes();
    if (heat && within(heat, at)) return clamp(Math.floor(((at[1] - heat.y) / heat.height) * q), [0, q - 1]);
    if (!within(plot, at, 2) && !within(bars, at, 2)) return null;
    const x = X_LIMITS[1] * ((at[0] - plot.x) / plot.width);
    return clamp(Math.round((x * q) / X_LIMITS[1]), [0, q - 1]);
  }

  function selectAt(at) {
    const query = queryAt(at);
    if (query !== null && query !== shell.state().query) shell.set({ query });
  }

  const listen = (name, handler) => stage.addEventListener(name, handler, { signal });

  listen("pointermove", (event) => {
    if (!shell.state()) return;
    const at = placeOf(event);
    if (grabbed !== null) {
      const { x, y } = scales(shell.boxes().plot, limitsOf(shell.numbers()));
      movePoint(grabbed, x.invert(at[0]), y.invert(at[1]));
      return;
    }
    selectAt(at);
    stage.style.cursor = pointAt(at, GRIP.mouse) === null ? "" : "grab";
  });

  listen("pointerdown", (event) => {
    if (!shell.state() || event.button) return;
    const at = placeOf(event);
    grabbed = pointAt(at, GRIP[event.pointerType] ?? GRIP.mouse);
    if (grabbed === null) {
      selectAt(at);
      return;
    }
    chosen = grabbed;
    held = shell.numbers().limits;
    stage.setPointerCapture(event.pointerId);
    stage.style.cursor = "grabbing";
    event.preventDefault();
    shell.schedule();
  });

  const release = () => {
    if (grabbed === null) return;
    grabbed = null;
    held = null;
    stage.style.cursor = "";
    shell.schedule();
  };
  listen("pointerup", release);
  listen("pointercancel", release);

  // A finger on a point moves the point; anywhere else it may scroll the page.
  stage.addEventListener(
    "touchstart",
    (event) => {
      if (!shell.state() || event.touches.length > 1) return;
      if (pointAt(placeOf(event.touches[0]), GRIP.touch) !== null) event.preventDefault();
    },
    { signal, passive: false },
  );

  return shell.close;
}

function clamp(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}
