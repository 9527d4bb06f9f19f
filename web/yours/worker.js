// The page's computations in a worker of their own: five thousand points never hold up the page.
import { serve } from "./serve.js";

globalThis.onmessage = (() => {
  const receive = serve((answer) => postMessage(answer));
  return (/** @type {MessageEvent} */ { data }) => receive(data);
})();
