// The kernel explorer: from average pooling to compact kernels, the kernel drawn at the query.
import { createPoolingPicture } from "./js/attention/picture.js";
import { openPooling, POOLING_TRAITS } from "./js/attention/view.js";
import { paintForPage } from "./js/shell/painter.js";

paintForPage((words) => createPoolingPicture(words, false));

export const traits = POOLING_TRAITS;

/** @param {{model: import("./js/types.js").Model, el: HTMLElement}} page */
function render(page) {
  return openPooling(page, "kernels", false);
}

export default { render };
