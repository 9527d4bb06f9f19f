/** A link that holds the present state, and is copied by a click. */
import { make, write } from "./dom.js";

/**
 * @param {import("../types.js").Words} words
 * @param {() => string} leave writes the address; gives what stands behind the page's own
 * @param {AbortSignal} signal
 */
export function createLink(words, leave, signal) {
  const link = make("a", { href: "#", class: "nw-link" }, words.link);
  const says = make("span", { class: "nw-status", role: "status" });
  const field = make("input", { class: "nw-copy", readonly: "", "aria-label": words.link });
  field.hidden = true;

  async function copy(/** @type {MouseEvent} */ event) {
    // Another tab or window, a download: what browsers make of it.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    forget();
    const hash = leave();
    link.setAttribute("href", hash);
    const url = location.href.split("#")[0] + (hash === "#" ? "" : hash);
    if (await isCopied(url)) {
      write(says, words.link_copied);
      return;
    }
    field.value = url;
    field.hidden = false;
    field.select();
    field.focus();
    write(says, words.link_refused);
  }

  /** It was about another state. */
  function forget() {
    write(says, "");
    field.hidden = true;
  }

  link.addEventListener("click", copy, { signal });
  return {
    nodes: [link, says, field],
    forget,
    lead: (/** @type {string} */ hash) => link.setAttribute("href", hash),
  };
}

/**
 * Put a text on the clipboard; false where a browser has none for this page, or refuses.
 *
 * @param {string} text
 */
async function isCopied(text) {
  if (!navigator.clipboard) return false;
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
