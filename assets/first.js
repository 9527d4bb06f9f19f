// Before the page is drawn. No script stands in the page itself, so that a policy may forbid it.
"use strict";
{
  const root = document.documentElement;
  // The theme would decide this after the page has been drawn, and have all of it styled again.
  const mode = localStorage.getItem("mode") || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (dark ? "dark" : "light") : mode;
}

// What can wait until the first live widget of a page is there, or the reader sets out: the layout
// of the lower sections, part by part, and the theme's own scripts, for which such a page leaves it
// to this one to ask. All at once, and before, they would keep a slow processor from the widget.
// Nothing waits if the reader goes to a place in the page, to its slides, or back to it.
{
  const SLICE = 8; // ms of a frame
  const root = document.documentElement;
  const { later = "" } = document.currentScript?.dataset ?? {};
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  const begin = new AbortController();
  const { signal } = begin;

  /** @param {() => void} act once the whole page has been read */
  const onceRead = (act) => {
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", act);
    else act();
  };

  const layOut = (/** @type {() => void} */ done) => {
    const begun = performance.now();
    for (const part of document.querySelectorAll(
      "section > section > :not(section, .nw-arrived)",
    )) {
      if (performance.now() - begun > SLICE) {
        requestAnimationFrame(() => setTimeout(layOut, 0, done));
        return;
      }
      part.classList.add("nw-arrived");
      void (/** @type {HTMLElement} */ (part).offsetHeight); // now, so that the clock sees it
    }
    if (document.readyState === "loading") {
      requestAnimationFrame(() => setTimeout(layOut, 0, done)); // more is to come
      return;
    }
    done();
  };

  /** Run the scripts that wait, one after another; whether or not they are all there. */
  const bringTheRest = () =>
    Promise.all(
      (later.match(/\S+/g) ?? []).map((source) => {
        const script = document.createElement("script");
        script.src = source;
        script.async = false;
        document.head.append(script);
        return new Promise((resolve) => {
          script.addEventListener("load", resolve);
          script.addEventListener("error", resolve);
        });
      }),
    );

  const arrive = async () => {
    await Promise.all([
      new Promise((/** @type {(nothing?: undefined) => void} */ done) => layOut(done)),
      new Promise((done) => onceRead(() => done(bringTheRest()))),
    ]);
    delete root.dataset.nwArriving;
  };

  const waitForTheFirst = () => {
    const first = /** @type {HTMLElement | null} */ (document.querySelector(".nw-live"));
    const look = () => {
      if (!first || first.dataset.nwLive) begin.abort();
    };
    const observer = new MutationObserver(look);
    if (first) observer.observe(first, { attributeFilter: ["data-nw-live"] });
    signal.addEventListener("abort", () => observer.disconnect());
    look();
  };

  if (visit?.type === "navigate" && !location.hash && !location.search) {
    root.dataset.nwArriving = "";
    signal.addEventListener("abort", arrive);
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      addEventListener(name, () => begin.abort(), { capture: true, passive: true, signal });
    }
    addEventListener("DOMContentLoaded", waitForTheFirst, { signal });
    addEventListener("load", () => globalThis.nwModels ?? begin.abort(), { signal });
  } else {
    onceRead(bringTheRest);
  }
}
