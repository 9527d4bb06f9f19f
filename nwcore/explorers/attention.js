// The attention explorer: curve, weights of one query, and the heatmap of all of them.
import { openPooling } from "./pooling.js";

function render({ model, el }) {
  return openPooling({ model, el }, { title: "attention", withHeatmap: true });
}

export default { render };
