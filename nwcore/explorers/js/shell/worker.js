/** Workers made of the text of a module. */

/**
 * Start one; throws where a policy forbids it.
 *
 * @param {string} source
 */
export function startModule(source) {
  // Not the URL of a blob: a page that lies in a folder may start no module from one.
  const url = `data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`;
  return new Worker(url, { type: "module" });
}
