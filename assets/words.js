// Two things that are said or remembered by script on every page.
"use strict";

// The copy and toggle buttons carry English in their scripts (sphinx_copybutton has no Vietnamese,
// sphinx_togglebutton's label is fixed). `_` is Sphinx's: it says a message of our catalogues in the
// edition's language. This file runs after copybutton.js and before the buttons are made.
if (typeof messages !== "undefined") {
  iconCheck = iconCheck.replaceAll(messages[locale].copy_success, _("Copied!"));
  iconCopy = iconCopy.replaceAll(messages[locale].copy_to_clipboard, _("Copy to clipboard"));
  messages[locale] = {
    copy: _("Copy"),
    copy_to_clipboard: _("Copy to clipboard"),
    copy_success: _("Copied!"),
    copy_failure: _("Failed to copy"),
  };
}

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll(".toggle-button")) {
    button.setAttribute("aria-label", _("Show or hide"));
  }
  // MyST-NB labels these in English, over the words that stand in them.
  for (const summary of document.querySelectorAll("details.hide > summary")) {
    summary.removeAttribute("aria-label");
  }
});

// The landing page leads here next time.
localStorage.setItem("nw-edition", document.documentElement.lang);
