/** Names of files. */

const LONGEST = 80; // letters of a state: moved points may fill a page

/**
 * A file's name from what a link says of the state: "attention-w=4.9-n=13-dark.png".
 *
 * @param {string} hash as the page's address has it: "#attention:w=4.9;n=13"
 * @param {string} name the explorer's
 * @param {string[]} parts what comes behind the state; the last is the ending
 */
export function nameOf(hash, name, parts) {
  const state = hash.replace(/^#/, "").slice(name.length + 1, name.length + 1 + LONGEST);
  const before = [name, ...state.split(";"), ...parts.slice(0, -1)].filter(Boolean);
  const safe = before.map((part) => part.replace(/[^\w.=~-]/g, "_"));
  return `${safe.join("-")}.${parts[parts.length - 1]}`;
}
