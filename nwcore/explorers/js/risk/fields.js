/**
 * What goals and tours ask of the bias–variance explorer: the parts of the error, how many times bias²
 * the variance is, and the best w.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export const measure = ({ noise, n_train, degree_index }, { bias, variance, error, best }) => ({
  ...{ noise, n_train, degree_index, bias, variance, error, best },
  lean: variance / bias,
});
