// The kernel explorer: from average pooling to compact kernels, the kernel drawn at the query.
import { openPooling } from "./pooling.js";

function render({ model, el }) {
  return openPooling({ model, el }, { title: "kernels", withHeatmap: false });
}

export default { render };
