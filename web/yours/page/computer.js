/**
 * Who computes for the page: a worker, or where a browser starts none this thread, by the same code.
 *
 * @typedef {import("../serve.js").Answer} Answer
 * @typedef {import("../serve.js").Question} Question
 */
import source from "yours:worker";
import { startModule } from "../../../nwcore/explorers/js/shell/worker.js";
import { serve } from "../serve.js";

/**
 * @param {(answer: Answer & {broken?: string}) => void} listen
 */
export function openComputer(listen) {
  let open = true;
  let answered = false;
  /** @type {Question[]} what a worker that has said nothing was asked */
  let asked = [];
  /** @type {(question: Question) => void} */
  let ask;
  /** @type {Worker|null} */
  let worker = null;

  function stay() {
    worker?.terminate();
    worker = null;
    ask = serve((answer) => open && listen(answer));
    asked.forEach((question) => ask(question));
  }

  try {
    worker = startModule(source);
    worker.onmessage = ({ data }) => {
      answered = true;
      asked = [];
      listen(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (!answered) stay();
      else if (open) listen({ broken: event.message });
    };
    ask = (question) => {
      if (!answered) asked.push(question);
      worker?.postMessage(question);
    };
  } catch {
    stay(); // forbidden here by a policy
  }

  return {
    ask: (/** @type {Question} */ question) => ask(question),
    close() {
      open = false;
      worker?.terminate();
    },
  };
}
