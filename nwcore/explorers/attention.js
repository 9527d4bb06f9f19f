// The attention explorer: curve, weights of one query, and the heatmap of all of them.
import { paintForPage } from "./painter.js";
import { createPoolingPicture, openPooling } from "./pooling.js";

paintForPage((words) => createPoolingPicture(words, true));

function render({ model, el }) {
  return openPooling({ model, el }, "attention", true);
}

export default { render };
