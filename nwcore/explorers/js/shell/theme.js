/** The page's colours and font. */

const COLOURS = ["ink", "muted", "card", "truth", "pred", "point", "accent", "paper"];
const THEME_ATTRIBUTES = ["data-theme", "data-mode", "class", "data-jp-theme-name"];

/**
 * @param {HTMLElement} el
 * @returns {import("../types.js").Theme}
 */
export function readTheme(el) {
  const style = getComputedStyle(el);
  const colour = (/** @type {string} */ name) =>
    style.getPropertyValue(`--x-${name}`).trim() || "#808080";
  const colours = Object.fromEntries(COLOURS.map((name) => [name, colour(name)]));
  return { colours, font: style.fontFamily || "sans-serif" };
}

/**
 * Call when the page or JupyterLab may have taken another theme.
 *
 * @param {() => void} changed
 * @param {AbortSignal} signal
 */
export function watchTheme(changed, signal) {
  const themed = new MutationObserver(changed);
  for (const node of [document.documentElement, document.body]) {
    themed.observe(node, { attributes: true, attributeFilter: THEME_ATTRIBUTES });
  }
  signal.addEventListener("abort", () => themed.disconnect());
}
