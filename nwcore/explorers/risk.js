// The bias–variance explorer: fits to a hundred data sets of the book's problem, and what they are
// wrong by on average over the inverse bandwidth.
import { createRiskPicture } from "./js/risk/picture.js";
import { openRisk, RISK_TRAITS } from "./js/risk/view.js";
import { paintForPage } from "./js/shell/painter.js";

paintForPage(createRiskPicture);

export const traits = RISK_TRAITS;

export default { render: openRisk };
