// The explorers of pooling, one module for both, which a page with both loads once. The attention
// explorer: curve, weights of one query, and the heatmap of all of them. The kernel explorer: from
// average pooling to compact kernels, the kernel drawn at the query.
import { createPoolingPicture } from "./js/attention/picture.js";
import { openPooling, POOLING_TRAITS } from "./js/attention/view.js";
import { paintForPage } from "./js/shell/painter.js";

const hasHeatmap = (/** @type {string} */ name) => name === "attention";

paintForPage((words, name) => createPoolingPicture(words, hasHeatmap(name)));

export const traits = POOLING_TRAITS;

/** @param {{model: import("./js/types.js").Model, el: HTMLElement}} page */
function render(page) {
  const name = page.model.get("name");
  return openPooling(page, name, hasHeatmap(name));
}

export default { render };
