/**
 * What goals and tours ask of the context explorer: the w learned against theory's for the family
 * shown, and the error of the frozen model against the least one on the task shown.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export const measure = ({ steps }, { w, theory, best, error, leastError }) => ({
  ...{ steps, theory, best, error },
  learned: w,
  least: leastError,
  ratio: w / theory,
  regret: error / leastError,
});
