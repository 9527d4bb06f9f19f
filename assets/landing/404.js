// A page that is not there can be asked for at any depth, and the site can lie in any folder of a
// host: the links lead to the nearest folder above that has the site's landing page.
"use strict";

async function leadHome() {
  const folders = location.pathname.split("/").slice(0, -1);
  for (let depth = folders.length; depth > 0; depth--) {
    const root = `${folders.slice(0, depth).join("/")}/`;
    const found = await fetch(`${root}landing.js`, { method: "HEAD" });
    if (!found.ok) continue;
    /** @type {NodeListOf<HTMLAnchorElement>} */
    const links = document.querySelectorAll("a.edition");
    for (const link of links) {
      link.href = `${root}${link.hreflang}/index.html`;
    }
    document.documentElement.dataset.root = root;
    return;
  }
}

leadHome();
