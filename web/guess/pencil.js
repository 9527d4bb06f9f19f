/**
 * A pencil over the columns of a picture, led by a hand or by keys.
 *
 * @typedef {object} Pencil
 * @property {import("./judge.js").Drawn} drawn
 * @property {number} column where it stands
 * @property {number} level how high
 *
 * @typedef {[number, number]} Place a column, with what is between two, and a height
 */

const JUMP = 5; // steps of PageUp and PageDown

/** @param {import("./judge.js").Task} task @returns {Pencil} */
export const newPencil = ({ at, limits: [low, high] }) => ({
  drawn: at.map(() => null),
  column: 0,
  level: (low + high) / 2,
});

/**
 * Draw from one place to another: every column on the way gets its height.
 *
 * @param {Pencil} pencil
 * @param {Place} from
 * @param {Place} to
 * @returns {Pencil}
 */
export function stroke(pencil, from, to) {
  const [column, level] = [Math.round(to[0]), to[1]];
  const drawn = [...pencil.drawn];
  const [first, last] = from[0] < to[0] ? [from, to] : [to, from];
  const slope = (last[1] - first[1]) / (last[0] - first[0] || 1);
  for (let i = Math.ceil(first[0]); i <= last[0]; i++) {
    drawn[i] = first[1] + slope * (i - first[0]);
  }
  drawn[column] = level;
  return { drawn, column, level };
}

/**
 * What a key makes of the pencil; null if it is none of its keys.
 *
 * @param {Pencil} pencil
 * @param {string} key
 * @param {import("./judge.js").Task} task
 * @returns {Pencil|null}
 */
export function press(pencil, key, { at, limits: [low, high], step }) {
  const last = at.length - 1;
  const { column, level } = pencil;
  /** @type {Record<string, number>} */
  const along = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: last };
  if (key in along) {
    const there = Math.min(last, Math.max(0, along[key]));
    return { ...pencil, column: there, level: pencil.drawn[there] ?? level };
  }
  /** @type {Record<string, number>} */
  const up = { ArrowUp: 1, ArrowDown: -1, PageUp: JUMP, PageDown: -JUMP, Enter: 0, " ": 0 };
  if (!(key in up)) return null;
  const steps = Math.round(level / step) + up[key]; // on the grid of steps, whatever a hand has drawn
  const height = up[key] ? Math.min(high, Math.max(low, steps * step)) : level;
  return { drawn: pencil.drawn.with(column, height), column, level: height };
}
