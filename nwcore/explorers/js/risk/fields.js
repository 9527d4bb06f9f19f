/**
 * What goals ask of the bias–variance explorer: the error, and how many times bias² the variance is.
 *
 * @param {import("../types.js").State} state
 * @param {import("./computation.js").Numbers} numbers
 * @returns {Record<string, number>}
 */
export const measure = ({ noise, n_train, degree_index }, { bias, variance, error }) => ({
  ...{ noise, n_train, degree_index, error },
  lean: variance / bias,
});
