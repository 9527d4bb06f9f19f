/** The numbers under the pointer. */
import { within } from "../drawing/near.js";
import { clamp, linearScale } from "../drawing/scales.js";
import { singleIndexTruth } from "../engine/metric.js";
import { createWriter } from "../shell/text.js";
import { nearestPlace } from "./computation.js";
import { MOST_STEPS } from "./curves.js";
import { planeScales } from "./layout.js";

const GRIP = 10; // pixels from a key

/**
 * @param {import("../types.js").Words} words
 * @returns {(at: [number, number], boxes: import("./layout.js").MetricBoxes,
 *   state: import("../types.js").State, numbers: import("./computation.js").Numbers) =>
 *   import("../types.js").Tip|null}
 */
export function createTeller(words) {
  const writeNumber = createWriter(words);
  const place = (/** @type {number} */ x1, /** @type {number} */ x2) => [
    [words.first_input, writeNumber(x1, 2)],
    [words.second_input, writeNumber(x2, 2)],
  ];

  return (at, { plane, loss, values }, _state, { x, y, weights, direction, path }) => {
    if (within(plane, at)) {
      const scales = planeScales(plane);
      const [x1, x2] = [scales.x.invert(at[0]), scales.y.invert(at[1])];
      const key = nearestPlace(x, x1, x2);
      const [key1, key2] = [x[2 * key], x[2 * key + 1]];
      if (Math.hypot(scales.x(key1) - at[0], scales.y(key2) - at[1]) > GRIP) {
        const truth = singleIndexTruth(x1, x2, direction);
        return [...place(x1, x2), [words.truth, writeNumber(truth, 2)]];
      }
      return [
        ...place(key1, key2),
        [words.y, writeNumber(y[key], 2)],
        [words.weight, writeNumber(weights[key], 4)],
      ];
    }
    const box = [loss, values].find((each) => each && within(each, at));
    if (!box) return null;
    const along = linearScale([0, MOST_STEPS], [box.x, box.x + box.width]).invert(at[0]);
    const step = clamp(Math.round(along), [0, path.length - 1]);
    const [first, second] = path[step].values.map((value) => writeNumber(value, 2));
    return [
      [words.steps_axis, String(step)],
      box === loss
        ? [words.loss, writeNumber(path[step].loss, 3)]
        : [words.singular_values, `${first} · ${second}`],
    ];
  };
}
