// A chapter as slides: NAME.html?slides shows a thought at a time, in the chapter's own page, so that
// explorers, cells and exercises on a slide work as they do in the text. What is on no slide of the
// moment is not displayed; nothing is moved or copied.
"use strict";

/** What a slide shows one of: it ends with it. */
const NW_PIECE =
  ".cell, .nw-live, figure, .nw-picture, table, .pst-scrollable-table-container, .admonition, .sd-tab-set, nw-check, nw-progress";
/** More words than these are read, not shown. */
const NW_WORDS = 110;
/** Where arrow keys have a meaning of their own. */
const NW_KEYS_TAKEN =
  "input, textarea, select, summary, [contenteditable], [role=slider], [role=application], [role=tab], .nw-live";

/** @typedef {{ title: string, blocks: Element[] }} NwSlide */

/** @param {Element} block */
const nwWordsIn = (block) => (block.textContent ?? "").split(/\s+/).filter(Boolean).length;

/**
 * The blocks of a section, slide by slide, and then those of the sections in it.
 * @param {Element} section
 * @returns {NwSlide[]}
 */
function nwSlidesOf(section) {
  /** @type {NwSlide[]} */
  const slides = [];
  const heading = section.querySelector(":scope > :is(h1, h2, h3, h4)");
  const title = (heading?.textContent ?? "").replace(/#$/, "").trim();
  /** @type {NwSlide | null} */
  let open = null;
  let words = 0;
  for (const block of section.children) {
    if (block.localName === "section") {
      slides.push(...nwSlidesOf(block));
      open = null;
      continue;
    }
    if (block.matches("script, style")) continue;
    const piece = block.matches(NW_PIECE) || block.querySelector(NW_PIECE) !== null;
    const more = piece || block === heading ? 0 : nwWordsIn(block);
    if (open && !piece && more === 0 && block !== heading) {
      open.blocks.push(block); // a place that holds words at times
      continue;
    }
    if (!open || words + more > NW_WORDS) {
      open = { title, blocks: [] };
      slides.push(open);
      words = 0;
    }
    open.blocks.push(block);
    // After a piece there is no room for anything.
    words += piece ? Infinity : more;
  }
  return slides;
}

/** @param {Element} article */
function nwShowSlides(article) {
  const page = document.documentElement;
  const slides = [...article.children]
    .filter((node) => node.localName === "section")
    .flatMap(nwSlidesOf);
  for (const { blocks } of slides) {
    for (const block of blocks) block.setAttribute("data-nw-slide", "");
    blocks[0].setAttribute("data-nw-slide", "first");
  }
  let now = 0;

  const bar = document.createElement("nav");
  bar.className = "nw-slides-bar d-print-none";
  bar.setAttribute("aria-label", _("Slides"));
  const said = document.createElement("output");
  const back = document.createElement("a");
  back.textContent = _("Back to the text");
  /**
   * @param {string} name
   * @param {string} sign
   * @param {number} step
   */
  const button = (name, sign, step) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", () => show(now + step));
    return made;
  };
  const before = button(_("Previous slide"), "←", -1);
  const after = button(_("Next slide"), "→", 1);
  bar.append(before, said, after, back);

  /** The slide that holds what an address leads to, or -1. @param {string} hash */
  const holding = (hash) => {
    const goal = document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!goal) return -1;
    const own = slides.findIndex(({ blocks }) => blocks.some((block) => block.contains(goal)));
    return own >= 0 ? own : slides.findIndex(({ blocks }) => goal.contains(blocks[0]));
  };

  /** @param {number} wanted */
  function show(wanted, moves = true) {
    now = Math.min(Math.max(wanted, 0), slides.length - 1);
    for (const node of article.querySelectorAll(".nw-shown")) node.classList.remove("nw-shown");
    for (const block of slides[now].blocks) block.classList.add("nw-shown");
    said.textContent = _("%s of %s")
      .replace("%s", `${now + 1}`)
      .replace("%s", `${slides.length}`);
    said.title = slides[now].title;
    before.disabled = now === 0;
    after.disabled = now === slides.length - 1;
    const address = new URL(location.href);
    address.searchParams.set("slides", `${now + 1}`);
    history.replaceState(history.state, "", address);
    const section = slides[now].blocks[0].closest("section");
    back.href = `${location.pathname}${section?.id ? `#${section.id}` : ""}`;
    scrollTo({ top: 0, behavior: "instant" });
    if (!moves) return;
    // Here and not before: scroll.js takes places out of the order of Tab again.
    const first = /** @type {HTMLElement} */ (slides[now].blocks[0]);
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowRight: () => show(now + 1),
    PageDown: () => show(now + 1),
    ArrowLeft: () => show(now - 1),
    PageUp: () => show(now - 1),
    Home: () => show(0),
    End: () => show(slides.length - 1),
    Escape: () => back.click(),
  };
  addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
    // Sphinx takes Escape for itself, whether or not there is a word of a search to unmark.
    const taken = event.defaultPrevented && key !== "Escape";
    if (taken || altKey || ctrlKey || metaKey || shiftKey || !Object.hasOwn(keys, key)) return;
    if (target instanceof Element && target.closest(NW_KEYS_TAKEN)) return;
    event.preventDefault();
    keys[key]();
  });
  addEventListener("hashchange", () => {
    const found = holding(location.hash);
    if (found >= 0) show(found);
  });

  page.classList.add("nw-slides");
  article.after(bar);
  const linked = holding(location.hash);
  const asked = Number(new URLSearchParams(location.search).get("slides")) || 1;
  show(linked >= 0 ? linked : Math.trunc(asked) - 1, false);
}

// The button in the header is there on pages that have slides.
{
  const button = /** @type {HTMLAnchorElement | null} */ (
    document.querySelector(".nw-slides-link")
  );
  const article = document.querySelector("article.bd-article");
  if (button && article && new URLSearchParams(location.search).has("slides")) {
    nwShowSlides(article);
  }
  // What has been set in the explorers, which the address holds, comes along.
  button?.addEventListener("click", () => {
    button.hash = location.hash;
  });
}
