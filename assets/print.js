// Paper shows everything, dark on white: hints, solutions and folded code are open while a page is
// printed, and the colours are the light ones, whatever the screen has.
"use strict";

/** @type {{folded: HTMLDetailsElement[], theme: string}|null} what is to be put back */
let nwScreen = null;

addEventListener(
  "beforeprint",
  () => {
    if (nwScreen) return;
    const root = document.documentElement;
    /** @type {NodeListOf<HTMLDetailsElement>} */
    const folded = document.querySelectorAll("article details:not([open])");
    nwScreen = { folded: [...folded], theme: root.dataset.theme ?? "light" };
    for (const details of folded) details.open = true;
    root.dataset.theme = "light";
  },
  { capture: true }, // before pictures that are painted in the page's colours
);

addEventListener("afterprint", () => {
  if (!nwScreen) return;
  for (const details of nwScreen.folded) details.open = false;
  document.documentElement.dataset.theme = nwScreen.theme;
  nwScreen = null;
});
