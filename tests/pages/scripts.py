"""What a page is asked, in JavaScript that every engine runs.

Each is a function of `place`, the element `.nw-live` that holds one explorer, and of one argument.
"""

_MODEL = """
  const { model_id: id } = JSON.parse(
    place.querySelector("script[type*=widget-view]").textContent);
  const [panel, model] = nwModels.get(id).get("children");
"""

# All that is on show once everything is painted that was asked for.
LOOK = (
    """async (place, patience) => {
  const view = place.querySelector(".nw-view");
  const root = view.querySelector(".nw-root");
  const all = (selector) => [...view.querySelectorAll(selector)];
  const end = performance.now() + patience;
  const frame = () => new Promise((go, fail) => {
    const timer = setTimeout(() => fail(new Error("the tab paints nothing")), patience);
    requestAnimationFrame(() => { clearTimeout(timer); go(); });
  });
  await frame();
  await frame();
  const { dataset } = root;
  const behind = () =>
    dataset.painted !== dataset.frames ||
    dataset.written !== dataset.frames ||
    all("dd").some((n) => n.textContent === "…");
  while (behind()) {
    if (performance.now() > end) {
      throw new Error(`not painted or not written: ${JSON.stringify({ ...dataset })}`);
    }
    await frame();
  }
  await frame();
  await frame(); // what a worker has painted is on the page with the next frame
"""
    + _MODEL
    + """
  const canvas = root.querySelector("canvas");
  let picture;
  // Some engines have nothing to give between two pictures of a worker.
  while ((picture = canvas.toDataURL()) === "data:,") {
    if (performance.now() > end) throw new Error("the canvas holds no picture");
    await frame();
  }
  const shared =
    ["words", "ranges", "exact", "name", "sweeps", "layout", "tabbable", "tooltip",
     "goals", "reached", "tour"];
  const keys = Object.keys(model.attributes)
    .filter((key) => !key.startsWith("_") && !shared.includes(key));
  const named = (selector, tell) =>
    Object.fromEntries(all(selector).map((node) => [
      [...node.closest("[class*=nw-control-]").classList]
        .find((name) => name.startsWith("nw-control-")).slice(11).replaceAll("-", "_"),
      tell(node),
    ]));
  const boxOf = (node) => node && ["left", "top", "width", "height"]
    .map((side) => parseFloat(node.style[side]));
  const style = getComputedStyle(view.querySelector(".nw-explorer"));
  const dot = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const paint = dot.getContext("2d", { willReadFrequently: true });
  const colour = (name) => {
    paint.fillStyle = style.getPropertyValue(`--x-${name}`).trim();
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const names = ["ink", "truth", "pred", "point", "accent", "muted", "paper"];
  const shown = (node) => node?.textContent ?? "";
  const attributes = all("*").flatMap((node) => [...node.attributes].map((each) => each.value));
  return {
    state: Object.fromEntries(keys.map((key) => [key, model.get(key)])),
    readouts: Object.fromEntries(all("[data-readout]").map((n) => [n.dataset.readout, shown(n)])),
    values: named(".nw-value", shown),
    said: named("[role=slider].noUi-handle", (n) => n.getAttribute("aria-valuetext")),
    sentence: shown(root.querySelector(".nw-sum")),
    note: shown(root.querySelector(".nw-note")),
    pin: shown(root.querySelector(".nw-pin")),
    row: dataset.row === undefined ? null : Number(dataset.row),
    frames: Number(dataset.frames),
    disabled: Object.fromEntries(
      all(".nw-button:not(.nw-undo, .nw-redo)").map((n) => [n.textContent, n.disabled])),
    table: all(".nw-steps tbody tr").map((row) => [...row.cells].map(shown)),
    text: view.innerText,
    markup: [...attributes, view.textContent].join("\\n"),
    shown_query: root.querySelector(".nw-handle-query")
      ? Number(root.querySelector(".nw-handle-query").getAttribute("aria-valuenow")) : null,
    plot: boxOf(root.querySelector(".nw-handle-points")),
    handle: boxOf(root.querySelector(".nw-handle-query")),
    width: Math.floor(root.querySelector(".nw-stage").clientWidth),
    density: canvas.width / canvas.clientWidth,
    colours: Object.fromEntries(names.map((name) => [name, colour(name)])),
    picture,
  };
}"""
)

# Bring the explorer into a state, as a program would.
SET = (
    "async (place, changes) => {"
    + _MODEL
    + """
  for (const [key, value] of Object.entries(changes)) model.set(key, value);
}"""
)

# Whether the state holds these values.
HOLDS = (
    "async (place, wanted) => {"
    + _MODEL
    + """
  return Object.entries(wanted).every(
    ([key, value]) => JSON.stringify(model.get(key)) === JSON.stringify(value));
}"""
)

# Whether a trait has another value than this.
DIFFERS = (
    "async (place, [key, value]) => {"
    + _MODEL
    + """
  return JSON.stringify(model.get(key)) !== JSON.stringify(value);
}"""
)

# Tell a trait what JSON cannot say (`told` is JavaScript); the text two frames later.
TELL = (
    "async (place, [key, told]) => {"
    + _MODEL
    + """
  model.set(key, (0, eval)(told));
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  await frame();
  await frame();
  return place.querySelector(".nw-root").innerText;
}"""
)

# The same for a control's own model, as its box for a typed number would set it.
TELL_CONTROL = (
    "async (place, [key, told]) => {"
    + _MODEL
    + """
  const name = `nw-control-${key.replaceAll("_", "-")}`;
  const control = panel.get("children").find((m) => m.get("_dom_classes").includes(name));
  control.set("value", (0, eval)(told));
}"""
)

# The controls on show, in their order.
CONTROLS = """(place) => [...place.querySelectorAll("[class*=nw-control-]")]
  .filter((n) => n.checkVisibility())
  .map((n) => [...n.classList].find((name) => name.startsWith("nw-control-")))
  .map((name) => name.slice(11).replaceAll("-", "_"))"""

# All words that a reader sees or hears.
LABELS = """(place) => {
  const view = place.querySelector(".nw-view");
  const names = ["aria-label", "title", "aria-valuetext", "aria-roledescription", "alt",
                 "placeholder"];
  return [
    ...view.innerText.split("\\n"),
    ...[...view.querySelectorAll("option, .nw-spoken")].map((node) => node.textContent),
    ...[...view.querySelectorAll("*")].flatMap((node) =>
      names.map((name) => node.getAttribute(name) ?? "")),
  ].map((text) => text.trim()).filter(Boolean);
}"""

# How many pixels of the canvas are dark, how many pale; its width in pixels and on the page.
INKS = """(place) => {
  const canvas = place.querySelector("canvas");
  const copy = Object.assign(document.createElement("canvas"),
    { width: canvas.width, height: canvas.height }).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0;
  let pale = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 250) continue;
    const sum = data[i] + data[i + 1] + data[i + 2];
    if (sum < 150) dark++;
    if (sum > 640 && sum < 730) pale++;  // above: the halo of a word, and an area on paper
  }
  return [dark, pale, canvas.width, canvas.clientWidth];
}"""

# Where the page is scrolled to, once it has stayed there for a while.
SETTLED_SCROLL = """async () => {
  let last = NaN;
  for (let still = 0; still < 12; still = scrollY === last ? still + 1 : 0) {
    last = scrollY;
    await new Promise((go) => requestAnimationFrame(go));
  }
  return scrollY;
}"""

# Change what stands behind the #, and wait until the page has heard of it.
TYPE_ADDRESS = """(fragment) => new Promise((go) => {
  const before = location.href;
  addEventListener("hashchange", () => go(), { once: true });
  location.hash = fragment;
  if (location.href === before) go(); // nothing is said where nothing changes
})"""

# From now on, press a button as soon as the table has so many rows: sooner than any message from
# outside could. Then `window.nwPressed` is true.
PRESS_AT_ROW = """(place, [rows, button]) => {
  window.nwPressed = false;
  new MutationObserver((_, watch) => {
    if (place.querySelectorAll("tbody tr").length < rows) return;
    watch.disconnect();
    [...place.querySelectorAll("button")].find((n) => n.textContent === button).click();
    window.nwPressed = true;
  }).observe(place, { childList: true, subtree: true });
}"""

# A clipboard of the test's own: what it is given is in `window.nwCopied`; or it refuses.
CLIPBOARD = """(refuses) => {
  window.nwCopied = null;
  const writeText = async (text) => {
    if (refuses) throw new DOMException("not here", "NotAllowedError");
    window.nwCopied = text;
  };
  Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
}"""

# Note every text that an element shows from now on in `window.nwTexts`.
WATCH = """(node) => {
  const texts = (window.nwTexts = [node.textContent]);
  new MutationObserver(() => texts.push(node.textContent))
    .observe(node, { characterData: true, childList: true, subtree: true });
}"""
