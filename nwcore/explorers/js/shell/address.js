/**
 * The state in the page's address: #NAME:w=4.9;n=13&OTHER:seed=6. Each explorer has a part of its own.
 *
 * @typedef {import("../types.js").Traits} Traits
 * @typedef {import("../types.js").State} State
 */

const partsOf = (/** @type {string} */ hash) => hash.replace(/^#/, "").split("&").filter(Boolean);

/**
 * The traits that an address sets for an explorer, or null if it does not name it.
 *
 * What it says of no trait, or of one that cannot be read, is left out.
 *
 * @param {string} hash
 * @param {string} name the explorer's
 * @param {Traits} traits
 * @returns {State|null}
 */
export function readAddress(hash, name, traits) {
  const part = partsOf(hash).find((each) => each.startsWith(`${name}:`));
  if (!part) return null;
  /** @type {State} */
  const changes = {};
  for (const field of part.slice(name.length + 1).split(";")) {
    const [short, text] = field.split("=").map(decoded);
    const key = Object.keys(traits).find((candidate) => traits[candidate].address === short);
    if (!key || text === undefined) continue;
    const value = (traits[key].fromText ?? Number)(text);
    if (typeof value !== "number" || Number.isFinite(value)) changes[key] = value;
  }
  return changes;
}

/**
 * An address with what of an explorer's state is not as at the start; "" if nothing is left to say.
 *
 * @param {string} hash the address until now, with the parts of other explorers
 * @param {string} name the explorer's
 * @param {Traits} traits
 * @param {State} state
 * @param {State} initial
 */
export function writeAddress(hash, name, traits, state, initial) {
  const fields = Object.entries(traits)
    .filter(([key]) => JSON.stringify(state[key]) !== JSON.stringify(initial[key]))
    .map(([key, { address, toText = String }]) => `${address}=${toText(state[key])}`);
  const mine = fields.length ? [`${name}:${fields.join(";")}`] : [];
  const all = [...partsOf(hash).filter((part) => isOther(part, name)), ...mine];
  return all.length ? `#${all.join("&")}` : "";
}

/**
 * Whether a part is another explorer's: a plain anchor gives way.
 *
 * @param {string} part
 * @param {string} name
 */
const isOther = (part, name) => part.includes(":") && !part.startsWith(`${name}:`);

/**
 * What a part of an address says; one that nobody has encoded says itself.
 *
 * @param {string} text
 */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Keep a state in the page's address, and follow the address when it changes.
 *
 * @param {string} name the explorer's
 * @param {Traits} traits
 * @param {State} initial
 * @param {(changes: State) => void} restore
 * @param {AbortSignal} signal
 */
export function createAddress(name, traits, initial, restore, signal) {
  const mine = () => partsOf(location.hash).find((part) => part.startsWith(`${name}:`));
  /** @type {string|undefined} */
  let known; // this explorer's part, as it was last read or written here

  /** Take over what the address newly says; whether it says anything. */
  function read() {
    if (mine() === known) return false;
    known = mine();
    const changes = readAddress(location.hash, name, traits);
    if (changes) restore(changes);
    return changes !== null;
  }

  addEventListener("hashchange", read, { signal });
  return {
    read,
    /**
     * Write a state into the address; gives what a link to it says.
     *
     * The page hears of an address that somebody types a moment later: it is not written over.
     */
    write(/** @type {State} */ state) {
      const hash = writeAddress(location.hash, name, traits, state, initial);
      if (!read() && (hash || known)) {
        history.replaceState(history.state, "", hash || location.pathname + location.search);
        known = mine();
      }
      return hash || "#";
    },
  };
}
