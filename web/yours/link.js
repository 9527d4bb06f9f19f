/**
 * Small data inside the page's address, where nobody but its reader sees them: what stands behind # is
 * sent to no server.
 *
 *     #yours:x=time;y=accel;w=0.5;q=14;d=2.4,0_2.6,-1.3
 *
 * @typedef {object} Linked
 * @property {string} xName
 * @property {string} yName
 * @property {number|null} w null: that of the least leave-one-out loss
 * @property {number|null} query
 * @property {Array<[number, number]>} pairs
 */
const NAME = "yours:";

/** Longer addresses are cut by what people send them with. */
export const LONGEST_LINK = 8000;

/**
 * What stands behind the page's own address; null where it would be too long.
 *
 * @param {Linked} linked
 */
export function writeLink({ xName, yName, w, query, pairs }) {
  const fields = [
    xName && `x=${encodeURIComponent(xName)}`,
    yName && `y=${encodeURIComponent(yName)}`,
    w !== null && `w=${w}`,
    query !== null && `q=${query}`,
    `d=${pairs.map((pair) => pair.join(",")).join("_")}`,
  ];
  const hash = `#${NAME}${fields.filter(Boolean).join(";")}`;
  return hash.length > LONGEST_LINK ? null : hash;
}

/**
 * @param {string} hash
 * @returns {Linked|null|undefined} undefined where it is about something else, null where it cannot be
 *   read
 */
export function readLink(hash) {
  const text = hash.replace(/^#/, "");
  if (!text.startsWith(NAME)) return undefined;
  try {
    const fields = new Map(text.slice(NAME.length).split(";").map(split));
    const pairs = (fields.get("d") ?? "").split("_").map((pair) => pair.split(",").map(number));
    if (pairs.some(({ length }) => length !== 2)) return null;
    const given = (/** @type {string} */ key) => {
      const value = fields.get(key);
      return value === undefined ? null : number(value);
    };
    const w = given("w");
    if (w !== null && !(w > 0)) return null;
    return {
      xName: fields.get("x") ?? "",
      yName: fields.get("y") ?? "",
      w,
      query: given("q"),
      pairs: /** @type {Array<[number, number]>} */ (pairs),
    };
  } catch {
    return null; // an escape that is none, a number that is none
  }
}

/** @param {string} field @returns {[string, string]} */
function split(field) {
  const at = field.indexOf("=");
  return [field.slice(0, at), decodeURIComponent(field.slice(at + 1))];
}

/** @param {string} text */
function number(text) {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new RangeError(`no number: ${text}`);
  return value;
}

/**
 * A link's data as a table that the page reads as any other.
 *
 * @param {Linked} linked
 * @param {string[]} fallback names where it gives none
 */
export function tableOf({ xName, yName, pairs }, fallback) {
  const names = [xName || fallback[0], yName || fallback[1]].map(quoted).join("\t");
  return [names, ...pairs.map((pair) => pair.join("\t"))].join("\n");
}

/** @param {string} name */
const quoted = (name) => (/["\t\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
