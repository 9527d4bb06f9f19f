// The search page: all sections are read for the words of the query. Words that stand together as
// they were typed come first; a query without Vietnamese marks finds words with and without them.
"use strict";

const NW_AROUND = 110; // letters of an excerpt on either side of what was found
const NW_LETTER = "[\\p{L}\\p{N}_]";

/**
 * @typedef {(typeof nwPages)[number]} NwPage
 * @typedef {(text: string) => string} NwChange
 * @typedef {{section: NwSection, text: string, together: number, apart: number[], sum: number}} NwPart
 * @typedef {{page: NwPage, best: NwPart, order: number[]}} NwResult
 */

/**
 * Letter by letter without marks and case, so that places in the text stay the same.
 *
 * @type {NwChange}
 */
function nwFold(text) {
  const bare = (/** @type {string} */ letter) => letter.normalize("NFD")[0].toLowerCase();
  return text
    .replace(/[đĐ]/g, "d")
    .replace(/[^\0-\x7f]/g, bare)
    .toLowerCase();
}

/** @type {NwChange} */
const nwSmall = (text) =>
  text.replace(/./gsu, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });

/**
 * A pattern for a word: long ones may go on, as "kernel" does in "kernels".
 *
 * @type {NwChange}
 */
const nwWord = (word) => `${word}${word.length > 3 ? "\\p{L}*" : ""}(?!${NW_LETTER})`;

const nwPattern = (/** @type {string[]} */ words) =>
  new RegExp(`(?<!${NW_LETTER})${words.map(nwWord).join("[^\\p{L}\\p{N}_]+")}`, "gu");

/**
 * @param {string} text
 * @param {string[]} words
 */
function nwCount(text, words) {
  return [...text.matchAll(nwPattern(words))].length;
}

/**
 * How a page fits the words, or null: what stands together counts more than any number apart.
 *
 * @param {NwPage} page
 * @param {string[]} words
 * @param {NwChange} change
 * @returns {NwResult | null}
 */
function nwJudge(page, words, change) {
  const sections = page.sections.map((section) => {
    const text = change(section.text);
    const title = change(section.title);
    // A heading tells more than a sentence, but only a sentence can be quoted.
    const quotable = nwCount(text, words);
    const together = quotable + (quotable ? 5 : 0.5) * nwCount(title, words);
    const apart = words.map((word) => nwCount(text, [word]) + 5 * nwCount(title, [word]));
    return { section, text, together, apart, sum: apart.reduce((a, b) => a + b, 0) };
  });
  const everywhere = words.every((_word, i) => sections.some(({ apart }) => apart[i]));
  if (!everywhere) return null;
  const together = sections.reduce((sum, part) => sum + part.together, 0);
  const inTitle = nwCount(change(page.title), words);
  const sum = sections.reduce((all, part) => all + part.sum, 0);
  const kinds = (/** @type {NwPart} */ { apart }) => apart.filter(Boolean).length;
  const [best] = [...sections].sort(
    (a, b) => b.together - a.together || kinds(b) - kinds(a) || b.sum - a.sum,
  );
  return { page, best, order: [Math.min(together, 1), inTitle, together, sum] };
}

/**
 * @param {string} query
 * @returns {(NwResult & {words: string[]})[]}
 */
function nwSearch(query) {
  const split = (/** @type {string} */ text) => text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const typed = split(nwSmall(query.normalize("NFC")));
  const bare = typed.map(nwFold);
  if (!typed.length) return [];
  const judge = (/** @type {string[]} */ words, /** @type {NwChange} */ change) =>
    nwPages.map((page) => nwJudge(page, words, change)).filter((found) => found !== null);
  // Who types marks means them, unless nothing is written so.
  const asTyped = typed.join() === bare.join() ? [] : judge(typed, nwSmall);
  const results = asTyped.length ? asTyped : judge(bare, nwFold);
  const words = asTyped.length ? typed : bare;
  const later = (/** @type {NwResult} */ a, /** @type {NwResult} */ b) =>
    a.order.map((value, i) => b.order[i] - value).find(Boolean) ?? 0;
  return results.sort(later).map((result) => ({ ...result, words }));
}

/**
 * The text around the first place that fits, with the words in it marked.
 *
 * @param {NwResult & {words: string[]}} result
 */
function nwExcerpt({ best: { section, text }, words }) {
  const alone = words.map((word) => [word]);
  const [start] = [words, ...alone]
    .map((tried) => text.search(nwPattern(tried)))
    .filter((place) => place >= 0);
  const from = Math.max(0, (start ?? 0) - NW_AROUND);
  const to = Math.min(text.length, (start ?? 0) + NW_AROUND);
  const first = from && text.indexOf(" ", from) + 1;
  const last = to === text.length ? to : text.lastIndexOf(" ", to);
  const excerpt = document.createElement("p");
  excerpt.className = "context";
  let at = first;
  const any = new RegExp(alone.map((tried) => nwPattern(tried).source).join("|"), "gu");
  excerpt.append(first ? "… " : "");
  for (const match of text.matchAll(any)) {
    const end = match.index + match[0].length;
    if (match.index < at || end > last) continue;
    const mark = document.createElement("mark");
    mark.textContent = section.text.slice(match.index, end);
    excerpt.append(section.text.slice(at, match.index), mark);
    at = end;
  }
  excerpt.append(section.text.slice(at, last), last < text.length ? " …" : "");
  return excerpt;
}

/** @param {string} query */
function nwShow(query) {
  const place = /** @type {HTMLElement} */ (document.querySelector("#search-results"));
  const results = nwSearch(query);
  const summary = document.createElement("p");
  summary.className = "search-summary";
  summary.setAttribute("role", "status");
  summary.textContent = results.length
    ? String(place.dataset.found).replace("${resultCount}", String(results.length))
    : String(place.dataset.none);
  const list = document.createElement("ol");
  list.className = "search";
  for (const result of results) {
    const { page, best } = result;
    const link = document.createElement("a");
    const inside = best.section !== page.sections[0];
    link.href = page.file + (inside ? `#${best.section.id}` : "");
    link.textContent = inside ? `${page.title} › ${best.section.title}` : page.title;
    const item = document.createElement("li");
    item.append(link, nwExcerpt(result));
    list.append(item);
  }
  place.replaceChildren(summary, list);
  localStorage.setItem("sphinx_highlight_terms", query);
}

const nwQuery = new URLSearchParams(location.search).get("q") ?? "";
const nwField = /** @type {HTMLInputElement} */ (
  document.querySelector(".bd-search-container input[type=search]")
);
nwField.value = nwQuery;
nwField.focus();
if (nwQuery.trim()) nwShow(nwQuery);
