/**
 * A run of a view that shows steps: one after another, or at once for a reader who wants nothing to
 * move. The view's trait `steps` says how many are taken, its numbers hold the path of them.
 *
 * @template {import("../types.js").Boxes} B
 * @template {{path: unknown[]}} N
 * @param {import("../types.js").Shell<B, N>} shell
 * @param {object} way
 * @param {number} way.pause milliseconds between two pictures
 * @param {number} way.stride steps from one picture to the next
 * @param {number} way.most steps of a run
 * @param {(numbers: N) => boolean} [way.isOver] whether further steps change nothing
 * @param {(goal: number) => number} [way.endOf] where a run to a goal is over, if it is before
 */
export function createRun(
  shell,
  { pause, stride, most, isOver = () => false, endOf = (goal) => goal },
) {
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
    const goal = Math.min(takenSteps() + most, shell.ranges.steps[1]);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      shell.set({ steps: endOf(goal) });
      return;
    }
    const advance = () => {
      if (takenSteps() >= goal || isOver(shell.numbers())) stop();
      else shell.set({ steps: Math.min(takenSteps() + stride, goal) });
    };
    shell.hold(true); // a whole run is taken back at once
    timer = setInterval(advance, pause);
    advance();
  }

  shell.signal.addEventListener("abort", () => clearInterval(timer));
  return { start, stop, takenSteps, isRunning: () => timer !== undefined };
}
