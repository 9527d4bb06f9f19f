// Lead the reader to the edition they read last, else to the first of their browser's languages
// that there is an edition in. Coming back with #editions shows the choice itself.
"use strict";

/** @type {NodeListOf<HTMLLinkElement>} */
const links = document.querySelectorAll('link[rel="alternate"]');
const editions = [...links];
const editionIn = (/** @type {string} */ code) => editions.find((link) => link.hreflang === code);

const wanted = [localStorage.getItem("nw-edition") ?? "", ...navigator.languages]
  .filter(Boolean)
  .map((language) => editionIn(language.split("-")[0].toLowerCase()))
  .find(Boolean);

if (location.hash !== "#editions") {
  location.replace((wanted ?? editions[0]).href);
}
