/**
 * What a reader takes away as text: predictions, the curve, and the Python that gives the same numbers.
 *
 * @typedef {import("./model.js").Look} Look
 * @typedef {import("./model.js").Rest} Rest
 */
import { csvText } from "../../nwcore/explorers/js/aside/csv.js";

/** The name of the file of predictions, which the Python reads. */
export const PREDICTIONS = "predictions.csv";

// So many points stand in the Python itself; of more it reads the file of predictions.
const INLINE = 200;
const LINE = 88;

/**
 * A line for each point, in the order in which they came: the line it stood in, the point, the
 * prediction there with the point and without it, and how far off they are.
 *
 * @param {{x: Float64Array, y: Float64Array, lines: number[]}} points
 * @param {string[]} names of x and y
 * @param {Int32Array} order where each of the model's keys came from
 * @param {Rest} rest
 */
export function predictionsCsv({ x, y, lines }, names, order, { fitted, leftOut }) {
  const found = new Map(Array.from(order, (from, key) => [from, key]));
  const head = ["line", ...names, "prediction", "residual", "left_out", "left_out_residual"];
  const rows = lines.map((line, i) => {
    const key = /** @type {number} */ (found.get(i));
    const [with_, without] = [fitted[key], leftOut[key]];
    return [line, x[i], y[i], with_, y[i] - with_, without, y[i] - without];
  });
  return csvText(head, rows);
}

/**
 * @param {Look} look
 * @param {string[]} names
 */
export function curveCsv({ queries, curve }, names) {
  const rows = Array.from(queries, (query, i) => [query, curve[i]]);
  return csvText([names[0], "prediction"], rows);
}

/**
 * Python that prints the page's numbers with nwcore. What each line prints stands beside it.
 *
 * @param {object} shown
 * @param {Float64Array} shown.x (n)
 * @param {Float64Array} shown.y (n)
 * @param {{w: number, loss: number}} shown.at
 * @param {boolean} shown.best whether that is the w of the search
 * @param {number} shown.query
 * @param {number} shown.prediction there
 */
export function pythonLines({ x, y, at, best, query, prediction }) {
  const inline = x.length <= INLINE;
  const data = inline
    ? [listed("x", x), listed("y", y)]
    : [
        `with open("${PREDICTIONS}", newline="", encoding="utf-8") as file:`,
        "    rows = list(csv.reader(file))[1:]",
        "pairs = [[float(cell) for cell in row[1:3]] for row in rows]",
        "x, y = torch.tensor(pairs, dtype=torch.float64).unbind(dim=1)  # (n,) each",
      ];
  const needed = ["attention_pooling", best ? "find_bandwidth" : "", "leave_one_out_loss"];
  return [
    ...(inline ? [] : ["import csv", ""]),
    "import torch",
    "",
    `from nwcore import ${needed.filter(Boolean).join(", ")}`,
    "",
    ...data,
    best ? "w = find_bandwidth(x, y).w" : `w = ${at.w}`,
    `print(w)  # ${at.w}`,
    `print(float(leave_one_out_loss(x, y, w)))  # ${at.loss}`,
    "",
    `query = torch.tensor([${query}], dtype=torch.float64)`,
    `print(float(attention_pooling(query, x, y, w)))  # ${prediction}`,
    "",
  ].join("\n");
}

/**
 * @param {string} name
 * @param {Float64Array} numbers
 */
function listed(name, numbers) {
  const lines = [""];
  for (const number of numbers) {
    const text = `${number},`;
    const last = lines.length - 1;
    if (lines[last] === "") lines[last] = `        ${text}`;
    else if (lines[last].length + 1 + text.length <= LINE) lines[last] += ` ${text}`;
    else lines.push(`        ${text}`);
  }
  return [
    `${name} = torch.tensor(`,
    "    [",
    ...lines,
    "    ],",
    "    dtype=torch.float64,",
    ")",
  ].join("\n");
}
