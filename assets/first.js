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

// The lower sections of a page are laid out when its first live widget is there, or the reader
// goes down, part by part: all at once, and before, they would keep a slow processor from it.
// Not so if the reader goes to one of them: to a name in the address, or back to a page.
{
  const SLICE = 8; // ms of a frame
  const root = document.documentElement;
  const [visit] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  const begin = new AbortController();
  const { signal } = begin;

  const layOut = () => {
    const begun = performance.now();
    for (const part of document.querySelectorAll(
      "section > section > :not(section, .nw-arrived)",
    )) {
      if (performance.now() - begun > SLICE) {
        requestAnimationFrame(() => setTimeout(layOut));
        return;
      }
      part.classList.add("nw-arrived");
      void (/** @type {HTMLElement} */ (part).offsetHeight); // now, so that the clock sees it
    }
    if (document.readyState === "loading") {
      requestAnimationFrame(() => setTimeout(layOut)); // more is to come
      return;
    }
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

  if (visit?.type === "navigate" && !location.hash) {
    root.dataset.nwArriving = "";
    signal.addEventListener("abort", layOut);
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      addEventListener(name, () => begin.abort(), { capture: true, passive: true, signal });
    }
    addEventListener("DOMContentLoaded", waitForTheFirst, { signal });
  }
}
