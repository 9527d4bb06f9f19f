// The training explorer: the leave-one-out loss over w, the steps of gradient descent on it, and
// what the model sees and predicts at the w it has reached.
import {
  attentionWeights,
  descend,
  leaveOneOut,
  makeQueries,
  makeRegression,
  pool,
  trueFunction,
} from "./engine.js";
import { drawHeatScale, linearScale, logScale, roundTicks, sampleLine } from "./drawing.js";
import { paintForPage } from "./painter.js";
import { make, openShell, setDisabled, write } from "./shell.js";
import { createWriter, fill } from "./text.js";

const REDUCTIONS = ["sum", "mean", "half"];
const QUERIES = 50;
const W_LIMITS = [0.01, 100];
const GRID = 181;
const RUN_STEPS = 40;
const RUN_PAUSE = 320; // milliseconds between the steps of a run
const SETTLED = 1e-4; // a run ends when a step moves |w| by less than this share of it
const ROWS = 5;
const RIGHT = 16; // room for half of the last number of an axis

/** What the sum of squared errors is multiplied by. */
const scaleOf = (reduction, n) => ({ sum: 1, mean: 1 / n, half: 0.5 })[reduction];

function createTrainingComputation() {
  let dataKey = "";
  let pathKey = "";
  const numbers = { queries: makeQueries(QUERIES) };
  numbers.truth = numbers.queries.map(trueFunction);
  const ratio = (W_LIMITS[1] / W_LIMITS[0]) ** (1 / (GRID - 1));
  numbers.grid = Float64Array.from({ length: GRID }, (_, i) => W_LIMITS[0] * ratio ** i);

  return function compute(state) {
    const { start, lr, reduction, steps, noise, n_train: n, seed } = state;
    const nextData = [noise, n, seed].join();
    if (dataKey !== nextData) {
      dataKey = nextData;
      Object.assign(numbers, makeRegression(n, noise, seed));
      numbers.landscape = numbers.grid.map((w) => leaveOneOut(numbers.x, numbers.y, w, "gaussian").loss);
      pathKey = "";
    }
    const nextPath = [start, lr, reduction, steps].join();
    if (pathKey !== nextPath) {
      pathKey = nextPath;
      numbers.path = descend(numbers.x, numbers.y, { start, lr, reduction, steps });
      numbers.scale = scaleOf(reduction, n);
      numbers.losses = numbers.landscape.map((loss) => loss * numbers.scale);
      numbers.now = numbers.path[numbers.path.length - 1];
      numbers.diverged = numbers.path.length <= steps;
      numbers.weights = attentionWeights(numbers.queries, numbers.x, numbers.now.w, "gaussian");
      numbers.predictions = pool(numbers.weights, numbers.y);
      numbers.largest = numbers.weights.reduce((a, b) => Math.max(a, b), 0);
      numbers.lowest = numbers.losses.indexOf(numbers.losses.reduce((a, b) => Math.min(a, b)));
      numbers.version = {};
    }
    return numbers;
  };
}

function trainingLayout(width) {
  const left = 52;
  const top = 26;
  if (width < 600) {
    const inner = width - left - RIGHT;
    const loss = { x: left, y: top, width: inner, height: 220 };
    const plot = { x: left, y: 328, width: inner, height: 170 };
    const heat = { x: left, y: 548, width: inner, height: 170 };
    const scale = { x: left, y: heat.y + heat.height + 44, width: inner, height: 8 };
    return { loss, plot, heat, scale, height: scale.y + 32 };
  }
  const half = Math.round(width * 0.52) - left - RIGHT;
  const loss = { x: left, y: top, width: half, height: 372 };
  const x = left + half + 66;
  const inner = width - x - RIGHT;
  const plot = { x, y: top, width: inner, height: 160 };
  const heat = { x, y: top + 212, width: inner, height: 124 };
  const scale = { x, y: heat.y + heat.height + 44, width: inner, height: 8 };
  return { loss, plot, heat, scale, height: scale.y + 32 };
}

/** Widths and losses as they are written in the picture and beside it. */
function createTrainingWriters(words) {
  const writeNumber = createWriter(words);
  return {
    writeNumber,
    writeWidth: (w) => writeNumber(w, Math.abs(w) < 0.1 ? 3 : 2),
    writeLoss: (loss) => writeNumber(loss, Math.abs(loss) < 10 ? 3 : 2),
  };
}

/** The picture of training: the loss over w with the steps on it, curve and heatmap at the w reached. */
function createTrainingPicture(words) {
  const { writeNumber, writeWidth } = createTrainingWriters(words);

  function paint(pen, boxes, state, numbers) {
    paintLoss(pen, boxes.loss, numbers);
    paintCurve(pen, boxes.plot, numbers);
    paintHeat(pen, boxes, state, numbers);
  }

  function paintLoss(pen, box, numbers) {
    const ceiling = numbers.losses.reduce((a, b) => Math.max(a, b)) * 1.06;
    const x = logScale(W_LIMITS, [box.x, box.x + box.width]);
    const y = linearScale([0, ceiling], [box.y + box.height, box.y]);
    const digits = ceiling < 0.5 ? 2 : ceiling < 5 ? 1 : 0;
    pen.axes(
      box,
      {
        scale: x,
        ticks: [0.01, 0.1, 1, 10, 100],
        label: "|w|",
        write: (tick) => writeNumber(tick, Math.max(0, -Math.floor(Math.log10(tick)))),
      },
      { scale: y, ticks: roundTicks([0, ceiling], 5), write: (tick) => writeNumber(tick, digits) },
    );
    pen.legend(box.x, 10, box.x + box.width, [
      { name: words.loss, sample: sampleLine(pen, "truth") },
      { name: words.minimum, sample: (at, middle) => paintMinimum(pen, at + 8, middle + 4) },
    ]);
    pen.inside({ ...box, height: box.height + 2 }, () => {
      pen.curve(numbers.grid, numbers.losses, x, y, "truth");
      paintMinimum(pen, x(numbers.grid[numbers.lowest]), y(numbers.losses[numbers.lowest]) - 3);
    });
    paintPath(pen, box, x, y, numbers.path);
  }

  function paintMinimum(pen, x, y) {
    const { context, colours } = pen;
    context.fillStyle = colours.accent;
    context.beginPath();
    context.moveTo(x - 6, y - 9);
    context.lineTo(x + 6, y - 9);
    context.lineTo(x, y);
    context.fill();
  }

  /** Steps as an arc from place to place, so that a jump over the valley is seen as a jump. */
  function paintPath(pen, box, x, y, path) {
    const { context, colours } = pen;
    const inside = (at, low, high) => Math.min(high, Math.max(low, at));
    const places = path.map(({ w, loss }) => [
      inside(x(Math.max(Math.abs(w), 1e-12)), box.x, box.x + box.width),
      inside(y(loss), box.y, box.y + box.height),
    ]);
    context.strokeStyle = colours.pred;
    context.lineWidth = 1.6;
    context.beginPath();
    for (let i = 1; i < places.length; i++) {
      const [x0, y0] = places[i - 1];
      const [x1, y1] = places[i];
      const lift = Math.min(60, Math.abs(x1 - x0) * 0.35);
      context.moveTo(x0, y0);
      context.quadraticCurveTo((x0 + x1) / 2, Math.max(box.y, Math.min(y0, y1) - lift), x1, y1);
    }
    context.stroke();
    let last = [-100, -100];
    places.forEach(([px, py], step) => {
      const newest = step === places.length - 1;
      pen.dot(px, py, newest ? 6 : 4, "pred", { stroke: "paper", width: 1.5 });
      if (!newest && Math.hypot(px - last[0], py - last[1]) < 22) return;
      last = [px, py];
      const name = step === 0 || !newest ? String(step) : `${step}: |w| = ${writeWidth(Math.abs(path[step].w))}`;
      const align = px > box.x + 0.7 * box.width ? "right" : "left";
      const above = py - 12 > box.y ? py - 12 : py + 16;
      pen.text(name, px + (align === "left" ? -3 : 3), above, { align, baseline: "middle", bold: newest, halo: true });
    });
  }

  function paintCurve(pen, box, numbers) {
    const calm = [-0.4, 4.2];
    const limits = numbers.y.reduce(([low, high], y) => [Math.min(low, y), Math.max(high, y)], calm);
    const x = linearScale([0, 5], [box.x, box.x + box.width]);
    const y = linearScale([limits[0] - 0.15, limits[1] + 0.15], [box.y + box.height, box.y]);
    const xAxis = { scale: x, ticks: [0, 1, 2, 3, 4, 5], write: String };
    pen.axes(box, xAxis, { scale: y, ticks: roundTicks(limits, 4), write: (t) => writeNumber(t, 0) });
    paintCurveLegend(pen, box);
    pen.inside(box, () => {
      const count = numbers.x.length;
      pen.discs(count, (i) => x(numbers.x[i]), (i) => y(numbers.y[i]), () => 3, "point", 0.45);
      pen.curve(numbers.queries, numbers.truth, x, y, "truth");
      pen.curve(numbers.queries, numbers.predictions, x, y, "pred", 2.4, [7, 4]);
    });
  }

  function paintCurveLegend(pen, box) {
    pen.legend(box.x, box.y - 16, box.x + box.width, [
      { name: words.curve, sample: sampleLine(pen, "truth") },
      { name: words.prediction, sample: sampleLine(pen, "pred", [6, 3]) },
    ]);
  }

  function paintHeat(pen, { heat, scale }, { n_train: n }, numbers) {
    pen.heatmap.update(numbers.version, numbers.weights, QUERIES, n, numbers.largest);
    pen.heatmap.draw(pen.context, heat);
    const columns = linearScale([0, n], [heat.x, heat.x + heat.width]);
    const rows = linearScale([0, 5], [heat.y, heat.y + heat.height]);
    const none = { ticks: [], write: String };
    pen.axes(
      heat,
      { ...none, scale: columns, label: words.keys_axis },
      { ...none, scale: rows, label: words.queries_axis },
    );
    drawHeatScale(pen, scale, writeNumber(numbers.largest, numbers.largest < 0.1 ? 3 : 2), words.heatmap);
  }

  return { layout: trainingLayout, compute: createTrainingComputation(), paint };
}

paintForPage(createTrainingPicture);

function render({ model, el }) {
  let run = null;

  const view = {
    title: "training",
    keys: ["start", "lr", "reduction_index", "steps", "noise", "n_train", "seed"],
    address: {
      start: "start",
      lr: "lr",
      reduction_index: "loss",
      steps: "steps",
      noise: "noise",
      n_train: "n",
      seed: "seed",
    },
    complete: (state) => ({ ...state, reduction: REDUCTIONS[state.reduction_index] }),
    picture: createTrainingPicture(model.get("words")),
    toAddress: (key, value) => (key === "reduction_index" ? REDUCTIONS[value] : undefined),
    fromAddress: (key, text) => {
      if (key !== "reduction_index") return undefined;
      return REDUCTIONS.includes(text) ? REDUCTIONS.indexOf(text) : NaN;
    },
    writeControl: (key, value) => shell.writeNumber(value, value < 0.1 ? 3 : value < 10 ? 2 : 1),
    describe,
    refresh,
  };

  const shell = openShell({ model, el }, view);
  const { words, writeNumber, signal } = shell;
  const { writeWidth, writeLoss } = createTrainingWriters(words);

  // Words and numbers ------------------------------------------------------------------------------

  function describe(state, numbers) {
    return fill(words.training_alt, {
      steps: numbers.path.length - 1,
      lr: writeNumber(state.lr, 3),
      w_first: writeWidth(state.start),
      w_last: writeWidth(Math.abs(numbers.now.w)),
      loss: writeLoss(numbers.now.loss),
    });
  }

  const stepButton = shell.button(words.do_step, () => {
    stop();
    shell.set({ steps: takenSteps() + 1 });
  });
  const runButton = shell.button(words.do_run, () => (run ? stop() : start()));
  const resetButton = shell.button(words.do_reset, () => {
    stop();
    shell.set({ steps: 0 });
  });
  stepButton.classList.add("nw-primary");
  const actions = make("div", { class: "nw-actions" });
  const another = shell.button(words.another, () => {
    stop();
    shell.set({ seed: (shell.state().seed + 1) % 2 ** 32, steps: 0 });
  });
  const startOver = shell.button(words.start_over, () => {
    stop();
    shell.restore({});
  });
  actions.append(stepButton, runButton, resetButton, another, startOver, shell.linkToState());

  const columns = ["step", "w", "loss_now", "gradient", "update"];
  const head = make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name === "w" ? "w" : words[name])));
  const body = make("tbody");
  const table = make("table", { class: "nw-steps" }, make("thead", {}, head), body);
  const note = make("p", { class: "nw-note" });
  const minimum = make("p", { class: "nw-sum" });
  const frame = make("div", { class: "nw-table" }, table);
  shell.root.append(actions, frame, minimum, note);

  // A table wider than its frame scrolls, and then the keyboard must reach it.
  const fits = new ResizeObserver(() => {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  });
  for (const node of [frame, table]) fits.observe(node);
  signal.addEventListener("abort", () => fits.disconnect());

  const takenSteps = () => shell.numbers().path.length - 1;

  function refresh(state, numbers) {
    const shown = numbers.path.slice(-ROWS);
    const first = numbers.path.length - shown.length;
    while (body.rows.length < shown.length) {
      body.append(make("tr", {}, ...columns.map(() => make("td"))));
    }
    while (body.rows.length > shown.length) body.lastChild.remove();
    shown.forEach(({ w, loss, gradient }, place) => {
      const cells = body.rows[place].cells;
      const texts = [
        String(first + place),
        writeNumber(w, 3),
        writeLoss(loss),
        writeNumber(gradient, 3),
        writeNumber(-state.lr * gradient, 3),
      ];
      texts.forEach((text, column) => write(cells[column], text));
    });
    const { grid, losses, lowest } = numbers;
    write(minimum, `${words.minimum_at} = ${writeWidth(grid[lowest])}: ${writeLoss(losses[lowest])}.`);
    write(note, numbers.diverged ? words.diverged : "");
    const finished = numbers.diverged || state.steps >= model.get("ranges").steps[1];
    setDisabled(stepButton, finished);
    setDisabled(runButton, finished && !run);
    setDisabled(resetButton, state.steps === 0);
    write(runButton, run ? words.do_pause : words.do_run);
  }

  // A run: one step after another, or at once for a reader who wants nothing to move. ----------------

  function start() {
    const goal = Math.min(takenSteps() + RUN_STEPS, model.get("ranges").steps[1]);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shell.set({ steps: settledAt(goal) });
      return;
    }
    const advance = () => {
      const taken = takenSteps();
      if (taken >= goal || shell.numbers().diverged || settled(shell.numbers().path)) {
        stop();
        return;
      }
      shell.set({ steps: taken + 1 });
    };
    run = setInterval(advance, RUN_PAUSE);
    advance();
  }

  function stop() {
    clearInterval(run);
    run = null;
    shell.schedule();
  }
  signal.addEventListener("abort", () => clearInterval(run));

  function settled(path) {
    if (path.length < 2) return false;
    const [before, after] = path.slice(-2);
    return Math.abs(after.w - before.w) < SETTLED * Math.abs(after.w);
  }

  function settledAt(goal) {
    const { x, y } = shell.numbers();
    const { start: from, lr, reduction } = shell.state();
    const path = descend(x, y, { start: from, lr, reduction, steps: goal });
    const end = path.findIndex((_, step) => step > takenSteps() && settled(path.slice(0, step + 1)));
    return end < 0 ? path.length - 1 : end;
  }

  return shell.close;
}

export default { render };
