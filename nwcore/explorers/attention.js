// The attention explorer: curve, weights of one query, and the heatmap of all of them.
import { createPoolingPicture } from "./js/attention/picture.js";
import { openPooling, POOLING_TRAITS } from "./js/attention/view.js";
import { paintForPage } from "./js/shell/painter.js";

paintForPage((words) => createPoolingPicture(words, true));

export const traits = POOLING_TRAITS;

/** @param {{model: import("./js/types.js").Model, el: HTMLElement}} page */
function render(page) {
  return openPooling(page, "attention", true);
}

export default { render };
