// Paper shows everything: hints, solutions and folded code are open while a page is printed.
"use strict";

/** @type {HTMLDetailsElement[]} */
let nwFolded = [];

addEventListener("beforeprint", () => {
  nwFolded = [
    .../** @type {NodeListOf<HTMLDetailsElement>} */ (
      document.querySelectorAll("article details:not([open])")
    ),
  ];
  for (const details of nwFolded) details.open = true;
});

addEventListener("afterprint", () => {
  for (const details of nwFolded) details.open = false;
  nwFolded = [];
});
