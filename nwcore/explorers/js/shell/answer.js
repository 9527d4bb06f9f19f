/**
 * Answer what the page asks of an explorer: an event "nw-ask", whose detail is filled in.
 *
 * @param {HTMLElement} root
 * @param {() => Record<string, number>|null|undefined} measure what is answered, if there is anything
 * @param {AbortSignal} signal
 */
export function answer(root, measure, signal) {
  root.addEventListener(
    "nw-ask",
    (event) => {
      const asked = /** @type {CustomEvent<import("../types.js").Asked>} */ (event).detail;
      asked.fields = measure() ?? null;
    },
    { signal },
  );
}
