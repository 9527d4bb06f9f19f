// Live widgets in a page without a kernel. Loaded, deferred, by pages that have some.
//
// Each live output holds a stored picture and the id of a view. The view is drawn out of sight and
// takes the picture's place only when all of it has been painted; whatever goes wrong on the way,
// the picture stays.
import { Widget } from "@lumino/widgets";
import { PageManager } from "./manager.js";

const STATE = "script[type='application/vnd.jupyter.widget-state+json']";
const VIEW = "script[type='application/vnd.jupyter.widget-view+json']";
const QUEUE = 1000; // ms
const PATIENCE = 10_000; // ms, of the time in which the page can be seen

/**
 * Put back what the pages share: tools/nwbook/live.py moved it to files of its own.
 *
 * @typedef {{source?: string, state: object}} Stored
 * @param {{state: Record<string, Stored>, version_major: number, version_minor: number}} state
 */
function withSources(state) {
  const sources = globalThis.nwSources ?? {};
  const models = Object.entries(state.state)
    .filter(([, model]) => !model.source || model.source in sources)
    .map(([id, { source, ...model }]) => [
      id,
      { ...model, state: { ...model.state, ...(source && sources[source]) } },
    ]);
  return { ...state, state: Object.fromEntries(models) };
}

/**
 * A view and all that is drawn inside it.
 *
 * @param {any} view
 * @returns {Promise<any[]>}
 */
async function withChildren(view) {
  const children = await Promise.all(view.children_views?.views ?? []);
  return [view, ...(await Promise.all(children.map(withChildren))).flat()];
}

/**
 * Resolves when a view is painted: explorers say so themselves, the rest is drawn at once.
 *
 * @param {any} view
 * @param {Element} stage
 */
async function painted(view, stage) {
  const views = await withChildren(view);
  if (stage.querySelector(".jupyter-widgets-error-widget")) {
    throw new Error("a part of the widget could not be made");
  }
  const canvases = views.filter(({ model }) => model.module === "anywidget").map(({ el }) => el);
  const done = () =>
    canvases.every((/** @type {Element} */ el) => el.hasChildNodes()) &&
    !stage.querySelector(".nw-explorer:not([data-nw-ready])");
  await new Promise((/** @type {(nothing?: undefined) => void} */ resolve, reject) => {
    const started = performance.now();
    let hidden = 0;
    let last = started;
    const observer = new MutationObserver(look);
    const clock = setInterval(look, 250);
    function look() {
      const now = performance.now();
      if (document.hidden) hidden += now - last; // a tab in the background paints nothing
      last = now;
      const late = now - started - hidden > PATIENCE;
      if (!done() && !late) return;
      observer.disconnect();
      clearInterval(clock);
      if (done()) resolve();
      else reject(new Error("the widget was not painted in time"));
    }
    observer.observe(stage, { attributes: true, childList: true, subtree: true });
    look();
  });
}

/**
 * Leave nothing of the room that was kept for a widget but the picture.
 *
 * @param {HTMLElement} place
 */
function clearRoom(place) {
  const picture = /** @type {HTMLElement} */ (place.querySelector(".nw-fallback"));
  picture.replaceChildren(...picture.querySelectorAll(".nw-picture"));
  return picture;
}

/**
 * @param {PageManager} manager
 * @param {HTMLElement} place
 */
async function bringToLife(manager, place) {
  const stage = document.createElement("div");
  stage.className = "nw-view nw-view-waiting";
  let view;
  try {
    const { model_id: id } = JSON.parse(place.querySelector(VIEW)?.textContent ?? "");
    if (!manager.has_model(id)) throw new Error("its parts are not there");
    view = await manager.create_view(await manager.get_model(id));
    place.append(stage);
    Widget.attach(view.luminoWidget, stage);
    await painted(view, stage);
  } catch (error) {
    view?.remove();
    stage.remove();
    clearRoom(place);
    place.dataset.nwLive = "fallback";
    console.error("A live widget stays a picture:", error);
    return;
  }
  clearRoom(place).hidden = true;
  stage.classList.remove("nw-view-waiting");
  place.dataset.nwLive = "alive";
}

async function start() {
  /** @type {NodeListOf<HTMLElement>} */
  const places = document.querySelectorAll(".nw-live");
  const state = document.querySelector(STATE)?.textContent;
  if (!places.length || !state) return;
  const manager = new PageManager();
  globalThis.nwManager = manager; // for the tests and for the curious
  globalThis.nwShowMade = async (made, id, stage) => {
    await manager.set_state(withSources(/** @type {any} */ (made)));
    const view = await manager.create_view(await manager.get_model(id));
    Widget.attach(view.luminoWidget, stage);
    await painted(view, stage);
    return view;
  };
  await manager.set_state(withSources(JSON.parse(state)));
  // One after another: the first is there as early as it can be. None waits for one that is lost.
  const all = [];
  for (const place of places) {
    const alive = bringToLife(manager, place);
    all.push(alive);
    await Promise.race([alive, new Promise((resolve) => setTimeout(resolve, QUEUE))]);
  }
  await Promise.all(all);
  goWhereTheAddressLeads();
}

// Widgets are higher than the pictures were. Unless the reader has moved on meanwhile, the section
// that the address names comes back to where the browser had put it; an explorer that it names, to
// the middle of the window.
let movedOn = false;
for (const name of ["wheel", "touchstart", "pointerdown", "keydown"]) {
  addEventListener(name, () => (movedOn = true), { capture: true, once: true, passive: true });
}

function goWhereTheAddressLeads() {
  if (movedOn) return;
  const parts = location.hash.slice(1).split("&");
  /** @type {NodeListOf<HTMLElement>} */
  const roots = document.querySelectorAll(".nw-root");
  const named = [...roots].find(({ dataset }) =>
    parts.some((part) => part.startsWith(`${dataset.name}:`)),
  );
  named?.scrollIntoView({ behavior: "instant", block: "center" });
  document.querySelector(":target")?.scrollIntoView({ behavior: "instant" });
}

start().catch((error) => console.error("The live widgets stay pictures:", error));
