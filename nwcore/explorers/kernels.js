// The kernel explorer: from average pooling to compact kernels, the kernel drawn at the query.
import { paintForPage } from "./painter.js";
import { createPoolingPicture, openPooling } from "./pooling.js";

paintForPage((words) => createPoolingPicture(words, false));

function render({ model, el }) {
  return openPooling({ model, el }, "kernels", false);
}

export default { render };
