/**
 * What is said of a guess: nwcore.guesses._guess, for a page.
 *
 * @typedef {(number|null)[]} Drawn heights, a column each, null where nothing was drawn; or the place
 *   of the w that was set, alone
 *
 * @typedef {object} Task what tools/nwbook/guesses.py writes into the page
 * @property {string} name
 * @property {"curve"|"w"} kind
 * @property {number[]} at where the columns are in the picture
 * @property {string[]} names the columns as they are said
 * @property {[number, number]} frame where the picture's height begins and ends
 * @property {[number, number]} limits what stands there
 * @property {number} step by which a key draws higher
 * @property {number} digits
 * @property {number[]} answer
 * @property {[string, number[]][]} ideas
 * @property {[string, number, number][]} parts
 * @property {number} close
 * @property {number[]} columns of a w, its values
 * @property {number[]} losses of a w, at the columns
 * @property {string} best of a w
 * @property {number} least the loss of that
 * @property {Record<string, string>} words
 */

const NEAR = 0.6;
const LEAST = 4;

/** The root mean squared difference. @param {number[]} a @param {number[]} b */
const gapOf = (a, b) =>
  Math.sqrt(a.reduce((sum, height, i) => sum + (height - b[i]) ** 2, 0) / a.length);

/** Whether enough was guessed to be compared. @param {Drawn} drawn @param {Task} task */
export const isEnough = (drawn, { kind }) =>
  drawn.filter((height) => height !== null).length >= (kind === "w" ? 1 : LEAST);

/**
 * Whether what was kept in the browser is a guess at this task, of whatever edition or age the store is.
 *
 * @param {unknown} drawn
 * @param {Task} task
 * @returns {drawn is Drawn}
 */
export function isGuess(drawn, task) {
  if (!Array.isArray(drawn)) return false;
  if (task.kind === "w") return drawn.length === 1 && drawn[0] in task.columns;
  const heights = drawn.every((height) => height === null || Number.isFinite(height));
  return heights && drawn.length === task.at.length && isEnough(drawn, task);
}

/**
 * Join the heights of a curve that was drawn in part by straight lines, level at the ends.
 *
 * @param {Drawn} drawn
 * @returns {number[]}
 */
export function filled(drawn) {
  const known = drawn.flatMap((height, place) => (height === null ? [] : [{ place, height }]));
  return drawn.map((_height, place) => {
    const before = known.findLast((each) => each.place <= place) ?? known[0];
    const after = known.find((each) => each.place >= place) ?? before;
    const share = (place - before.place) / (after.place - before.place || 1);
    return before === after
      ? before.height
      : before.height + share * (after.height - before.height);
  });
}

/** @param {number[]} guessed @param {Task} task */
function verdictOn(guessed, { answer, ideas, parts, close }) {
  const gap = gapOf(guessed, answer);
  if (gap <= close) return "close";
  const away = ideas.map(([name, idea]) => ({ name, idea, gap: gapOf(guessed, idea) }));
  const nearest = away.reduce((least, each) => (each.gap < least.gap ? each : least));
  const reach = NEAR * gapOf(nearest.idea, answer);
  if (nearest.gap <= reach && nearest.gap < gap) return nearest.name;
  if (!parts.length) return "apart";
  const means = parts.map(([name, first, last]) => {
    const off = guessed.slice(first, last + 1).map((height, i) => height - answer[first + i]);
    return { name, mean: off.reduce((sum, each) => sum + each) / off.length };
  });
  const farthest = means.reduce((most, each) =>
    Math.abs(each.mean) > Math.abs(most.mean) ? each : most,
  );
  return `${farthest.name}-${farthest.mean > 0 ? "higher" : "lower"}`;
}

/**
 * How far a guess is off, what it comes from, and of a w its loss divided by the least.
 *
 * @param {Drawn} drawn
 * @param {Task} task
 */
export function scoreOf(drawn, task) {
  const place = Number(drawn[0]);
  const isW = task.kind === "w";
  const guessed = isW ? [Math.log2(task.columns[place])] : filled(drawn);
  return {
    gap: gapOf(guessed, task.answer),
    verdict: verdictOn(guessed, task),
    ratio: isW ? task.losses[place] / task.least : 1,
  };
}
