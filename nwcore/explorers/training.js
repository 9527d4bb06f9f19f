// The training explorer: the leave-one-out loss over w, the steps of gradient descent on it, and what
// the model sees and predicts at the w it has reached.
import { paintForPage } from "./js/shell/painter.js";
import { createTrainingPicture } from "./js/training/picture.js";
import { openTraining, TRAINING_TRAITS } from "./js/training/view.js";

paintForPage(createTrainingPicture);

export const traits = TRAINING_TRAITS;

export default { render: openTraining };
