// What a page keeps of ipywidgets: models with their values, links between them, no kernel behind.

const REFERENCE = "IPY_MODEL_";

/** @typedef {any} Value */
/** @typedef {Record<string, {model_name: string, state: Record<string, Value>}>} Stored */

const same = (/** @type {Value} */ a, /** @type {Value} */ b) =>
  Object.is(a, b) || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

export class Model {
  /** @type {Map<string, Set<() => void>>} */
  #heard = new Map();

  /**
   * @param {string} kind its name among the models of ipywidgets and anywidget
   * @param {Record<string, Value>} attributes
   * @param {Models} all
   */
  constructor(kind, attributes, all) {
    this.kind = kind;
    this.attributes = attributes;
    // Explorers ask it whether there is a kernel that keeps their state.
    this.widget_manager = all;
  }

  get(/** @type {string} */ key) {
    return this.attributes[key];
  }

  set(/** @type {string} */ key, /** @type {Value} */ value) {
    if (same(this.attributes[key], value)) return;
    this.attributes[key] = value;
    for (const hear of [...(this.#heard.get(`change:${key}`) ?? [])]) hear();
  }

  on(/** @type {string} */ event, /** @type {() => void} */ hear) {
    if (!this.#heard.has(event)) this.#heard.set(event, new Set());
    this.#heard.get(event)?.add(hear);
  }

  off(/** @type {string} */ event, /** @type {() => void} */ hear) {
    this.#heard.get(event)?.delete(hear);
  }

  /** There is nobody to be told. */
  save_changes() {}
}

/** All models of a page, by their ids. */
export class Models {
  staticPage = true;
  /** @type {Map<string, Model>} */
  #all = new Map();

  get(/** @type {string} */ id) {
    const model = this.#all.get(id);
    if (!model) throw new Error(`the page has no model ${id}`);
    return model;
  }

  /** Take in models, which may name one another, and what they are linked by. */
  add(/** @type {Stored} */ stored) {
    for (const [id, { model_name: kind, state }] of Object.entries(stored)) {
      this.#all.set(id, new Model(kind, state, this));
    }
    const added = Object.keys(stored).map((id) => this.get(id));
    for (const { attributes } of added) {
      for (const key of ["children", "source", "target"]) {
        if (key in attributes) attributes[key] = this.#resolved(attributes[key]);
      }
    }
    for (const link of added) {
      if (link.kind === "LinkModel") join(link.get("source"), link.get("target"));
    }
  }

  #resolved(/** @type {Value[]} */ parts) {
    return parts.map((part) =>
      String(part).startsWith(REFERENCE) ? this.get(part.slice(REFERENCE.length)) : part,
    );
  }
}

/**
 * Keep two values the same, the first one's to begin with.
 *
 * @param {[Model, string]} source
 * @param {[Model, string]} target
 */
function join(source, target) {
  for (const [[from, key], [to, other]] of [
    [source, target],
    [target, source],
  ]) {
    from.on(`change:${key}`, () => to.set(other, from.get(key)));
  }
  target[0].set(target[1], source[0].get(source[1]));
}
