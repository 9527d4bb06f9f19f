// Two things that are said or remembered by script on every page.
"use strict";

// The copy and toggle buttons carry English in their scripts (sphinx_copybutton has no Vietnamese,
// sphinx_togglebutton's label is fixed). `nwWords` holds the edition's words; this file runs after
// copybutton.js and before the buttons are made.
if (typeof messages !== "undefined") {
  iconCheck = iconCheck.replaceAll(messages[locale].copy_success, nwWords["Copied!"]);
  iconCopy = iconCopy.replaceAll(messages[locale].copy_to_clipboard, nwWords["Copy to clipboard"]);
  messages[locale] = {
    copy: nwWords["Copy"],
    copy_to_clipboard: nwWords["Copy to clipboard"],
    copy_success: nwWords["Copied!"],
    copy_failure: nwWords["Failed to copy"],
  };
}

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".toggle-button")) {
    button.setAttribute("aria-label", nwWords["Show or hide"]);
  }
  // MyST-NB labels these in English, over the words that stand in them.
  for (const summary of document.querySelectorAll("details.hide > summary")) {
    summary.removeAttribute("aria-label");
  }
});

// The landing page leads here next time.
localStorage.setItem("nw-edition", document.documentElement.lang);
