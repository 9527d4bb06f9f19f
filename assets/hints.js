// Hint, second hint, solution: each opens once what comes before it has been opened, or the exercise
// is solved. Without this script all are ordinary dropdowns; paper and the browser's own search open
// them as they like.
"use strict";

const NW_STEPS = ".admonition.dropdown, .tag_hide-cell > details";

/**
 * Put the dropdowns of an exercise in order.
 *
 * @param {HTMLElement} section
 * @param {string} name the exercise's
 */
function nwOrderHints(section, name) {
  const steps = /** @type {HTMLElement[]} */ ([...section.querySelectorAll(NW_STEPS)]);
  const hints = steps.filter((step) => step.classList.contains("tip"));
  // The text of a solution and its code come together, behind the last hint.
  const before = (/** @type {number} */ place) => Math.min(place, hints.length);
  const isLocked = (/** @type {number} */ place) => {
    const { done = false, opened = 0 } = nwProgress.of(name);
    return !done && opened < before(place);
  };
  steps.forEach((step, place) => {
    const handle = step.querySelector("button.toggle-button, summary");
    const note = document.createElement("p");
    note.className = "nw-order";
    note.setAttribute("role", "status");
    step.after(note);
    step.addEventListener(
      "click",
      (event) => {
        // Only a hand is held back: scripts, such as the printer's, click for good reasons.
        const onTitle =
          event.target instanceof Element && event.target.closest(".admonition-title, summary");
        if (!onTitle || !event.isTrusted) return;
        const { opened = 0 } = nwProgress.of(name);
        if (isLocked(place)) {
          event.preventDefault();
          event.stopImmediatePropagation();
          note.textContent = _("First open: %s").replace("%s", nwTitleOf(hints[opened]));
        } else if (place < hints.length && opened <= place) {
          nwProgress.note(name, { opened: place + 1 });
        }
      },
      { capture: true },
    );
    nwProgress.follow(() => {
      const locked = isLocked(place);
      step.classList.toggle("nw-locked", locked);
      if (handle instanceof HTMLButtonElement) handle.ariaDisabled = String(locked);
      note.textContent = ""; // what was said of the step is true no longer
    });
  });
}

/** @param {HTMLElement} step */
const nwTitleOf = (step) =>
  step.querySelector(".admonition-title")?.firstChild?.textContent?.trim() ?? "";

for (const check of document.querySelectorAll("nw-check")) {
  const section = check.closest("section");
  const { name } = JSON.parse(/** @type {HTMLElement} */ (check).dataset.exercise ?? "");
  if (section) nwOrderHints(section, name);
}
