// Live widgets in a page without a kernel. Loaded by pages that have some, and run as soon as it is
// there: the first widget waits for its own place and script, and not for the rest of the page.
//
// Each live output holds a stored picture, the id of a view and the models that it is made of. The
// view is drawn out of sight and takes the picture's place only when all of it has been painted;
// whatever goes wrong on the way, the picture stays.
import { Models } from "./models.js";
import { begin, draw, end } from "./views.js";

const STATE = "script[type='application/vnd.jupyter.widget-state+json']";
const VIEW = "script[type='application/vnd.jupyter.widget-view+json']";
const QUEUE = 1000; // ms
const PATIENCE = 10_000; // ms, of the time in which the page can be seen

/**
 * Put back what pages share: tools/nwbook/live.py moved it to files of its own.
 *
 * @param {Record<string, any>} stored
 * @returns {import("./models.js").Stored}
 */
function withSources(stored) {
  const sources = globalThis.nwSources ?? {};
  return Object.fromEntries(
    Object.entries(stored).map(([id, { source, ...model }]) => [
      id,
      { ...model, state: { ...model.state, ...(source && sources[source]) } },
    ]),
  );
}

/**
 * Resolves when the files with these sources have come.
 *
 * @param {string[]} keys
 */
function arrived(keys) {
  return new Promise((/** @type {(nothing?: undefined) => void} */ resolve, reject) => {
    const heard = new AbortController();
    const { signal } = heard;
    const look = () => {
      if (!keys.every((key) => key in (globalThis.nwSources ?? {}))) return;
      heard.abort();
      resolve();
    };
    addEventListener("nw-source", look, { signal });
    const give = () => {
      look();
      if (!signal.aborted) reject(new Error("the explorer's own script is not there"));
      heard.abort();
    };
    if (document.readyState === "complete") give();
    else {
      addEventListener("load", give, { signal });
      look();
    }
  });
}

/**
 * Take models in once the files with their sources have come.
 *
 * @param {Models} models
 * @param {Record<string, any>} stored
 */
async function take(models, stored) {
  await arrived(Object.values(stored).flatMap(({ source }) => source ?? []));
  models.add(withSources(stored));
}

/**
 * Draw a model on a stage; resolves when it is painted, which explorers say themselves.
 *
 * @param {import("./models.js").Model} model
 * @param {HTMLElement} stage
 */
async function show(model, stage) {
  const drawn = draw(model);
  stage.append(drawn.el);
  try {
    await begin(drawn);
    await painted(drawn, stage);
  } catch (error) {
    end(drawn);
    throw error;
  }
}

/**
 * @param {import("./views.js").Drawn} drawn
 * @param {HTMLElement} stage
 */
async function painted(drawn, stage) {
  const done = () =>
    drawn.explorers.every(({ el }) => el.hasChildNodes()) &&
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
 * @param {Models} models
 * @param {HTMLElement} place
 */
async function bringToLife(models, place) {
  const stage = document.createElement("div");
  stage.className = "nw-view nw-view-waiting";
  try {
    const { model_id: id } = JSON.parse(place.querySelector(VIEW)?.textContent ?? "");
    const { state } = JSON.parse(place.querySelector(STATE)?.textContent ?? "");
    await take(models, state);
    place.append(stage);
    await show(models.get(id), stage);
  } catch (error) {
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

/**
 * The nth place for a widget once the browser has read all of it; null if the page has fewer.
 *
 * @param {number} n
 * @returns {Promise<HTMLElement|null>}
 */
function placeOf(n) {
  const places = /** @type {HTMLCollectionOf<HTMLElement>} */ (
    document.getElementsByClassName("nw-live")
  );
  return new Promise((resolve) => {
    const observer = new MutationObserver(look);
    function look() {
      const place = places[n] ?? null;
      if (!place?.nextSibling && document.readyState === "loading") return;
      observer.disconnect();
      document.removeEventListener("readystatechange", look);
      resolve(place);
    }
    observer.observe(document, { childList: true, subtree: true });
    document.addEventListener("readystatechange", look);
    look();
  });
}

async function start() {
  const models = new Models();
  globalThis.nwModels = models; // for the tests and for the curious
  globalThis.nwShowMade = async (made, id, stage) => {
    await take(models, made);
    await show(models.get(id), stage);
  };
  // One after another: the first is there as early as it can be. None waits for one that is lost.
  const all = [];
  for (let place = await placeOf(0); place; place = await placeOf(all.length)) {
    const alive = bringToLife(models, place);
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
