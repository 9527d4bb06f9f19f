/** A run: one step after another, or at once for a reader who wants nothing to move. */
import { isSettled, stepsOfRun } from "./computation.js";

const RUN_STEPS = 40;
const RUN_PAUSE = 320; // milliseconds between the steps of a run

/** @param {import("./view.js").TrainingShell} shell */
export function createRun(shell) {
  /** @type {ReturnType<typeof setInterval>|undefined} */
  let timer;
  const takenSteps = () => shell.numbers().path.length - 1;

  function stop() {
    clearInterval(timer);
    timer = undefined;
    shell.hold(false);
    shell.schedule();
  }

  function start() {
    const goal = Math.min(takenSteps() + RUN_STEPS, shell.ranges.steps[1]);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shell.set({ steps: stepsOfRun(shell.state(), shell.numbers(), goal) });
      return;
    }
    const advance = () => {
      const { path, diverged } = shell.numbers();
      if (takenSteps() >= goal || diverged || isSettled(path)) stop();
      else shell.set({ steps: takenSteps() + 1 });
    };
    shell.hold(true); // a whole run is taken back at once
    timer = setInterval(advance, RUN_PAUSE);
    advance();
  }

  shell.signal.addEventListener("abort", () => clearInterval(timer));
  return { start, stop, takenSteps, isRunning: () => timer !== undefined };
}
