// The context explorer: one inverse bandwidth is learned over many regression tasks of a family, then
// kept, and answers tasks that it has never seen from the examples in their context.
import { createContextPicture } from "./js/context/picture.js";
import { CONTEXT_TRAITS, openContext } from "./js/context/view.js";
import { paintForPage } from "./js/shell/painter.js";

paintForPage(createContextPicture);

export const traits = CONTEXT_TRAITS;

export default { render: openContext };
