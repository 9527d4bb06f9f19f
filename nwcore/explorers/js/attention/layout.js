/**
 * Where the parts of the picture are.
 *
 * @typedef {import("../types.js").Box} Box
 * @typedef {object} PoolingBoxes
 * @property {Box} plot data and prediction
 * @property {Box} bars weights of one query
 * @property {Box|null} heat weights of all queries, in an explorer with a heatmap
 * @property {Box|null} scale what the heatmap's colours mean
 * @property {number} height
 */
import { linearScale } from "../drawing/scales.js";
import { X_LIMITS } from "./points.js";

const LEFT = 48;
const TOP = 26;
const MARGIN = 10;
const WIDE = 600; // pixels from which the heatmap stands beside the plot

/**
 * @param {number} width
 * @param {boolean} withHeatmap
 * @returns {PoolingBoxes}
 */
export function layout(width, withHeatmap) {
  const wide = withHeatmap && width >= WIDE;
  const plotWidth = (wide ? Math.round(width * 0.56) : width) - LEFT - MARGIN;
  const low = withHeatmap && !wide; // one below the other, and all on one screen of a telephone
  const plot = { x: LEFT, y: TOP, width: plotWidth, height: low ? 150 : 250 };
  const bars = { x: LEFT, y: plot.y + plot.height + 34, width: plotWidth, height: low ? 54 : 92 };
  const below = bars.y + bars.height + 42;
  if (!withHeatmap) return { plot, bars, heat: null, scale: null, height: below };
  const x = wide ? LEFT + plotWidth + 66 : LEFT;
  const heat = wide
    ? { x, y: TOP, width: width - x - MARGIN, height: below - TOP - 80 }
    : { x, y: below + 2, width: width - x - MARGIN, height: 132 };
  const scale = { x, y: heat.y + heat.height + (wide ? 44 : 40), width: heat.width, height: 8 };
  return { plot, bars, heat, scale, height: wide ? below : scale.y + 28 };
}

/**
 * The row of the query in the heatmap, where there is one.
 *
 * @param {{query: number, n_queries: number}} state
 * @param {PoolingBoxes} boxes
 * @returns {Record<string, Box>}
 */
export function rowOf({ query, n_queries: q }, { heat }) {
  if (!heat) return {};
  const height = heat.height / q;
  return { row: { ...heat, y: heat.y + query * height, height } };
}

/**
 * Scales of the plot, and of all that shares its x.
 *
 * @param {Box} plot
 * @param {number[]} limits
 */
export function scales(plot, limits) {
  return {
    x: linearScale(X_LIMITS, [plot.x, plot.x + plot.width]),
    y: linearScale(limits, [plot.y + plot.height, plot.y]),
  };
}
