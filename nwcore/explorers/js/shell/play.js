/**
 * A button .nw-play has a picture move by itself, or stand still: what is presented has Space press it.
 */

/**
 * Whether a key means something where it was pressed: in a box, on a button, on what is pinned by it.
 *
 * @param {KeyboardEvent} event
 */
export function hasOwnKeys({ key, target }) {
  if (!(target instanceof Element)) return false;
  const own = key === " " ? "button, summary, a, .nw-handle, " : "";
  return target.closest(`${own}input, select, textarea`) !== null;
}
