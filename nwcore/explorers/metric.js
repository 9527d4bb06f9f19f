// The metric explorer: keys in the plane, a query with its kernel, and a matrix W that is learned.
import { openMetric, METRIC_TRAITS } from "./js/metric/view.js";
import { createMetricPicture } from "./js/metric/picture.js";
import { paintForPage } from "./js/shell/painter.js";

paintForPage(createMetricPicture);

export const traits = METRIC_TRAITS;

export default { render: openMetric };
