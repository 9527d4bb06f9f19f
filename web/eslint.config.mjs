// Run from the repository's root (npm run lint does so).
import js from "@eslint/js";
import globals from "globals";

const short = {
  "max-lines": ["error", { max: 280 }],
  "max-lines-per-function": ["error", { max: 80, skipComments: true, skipBlankLines: true }],
};
const careful = {
  eqeqeq: "error",
  "no-shadow": "error",
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-template": "error",
};

export default [
  { ignores: ["nwcore/explorers/static/**", "web/dist/**", "web/node_modules/**"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  { rules: careful },
  {
    files: ["nwcore/explorers/**/*.js"],
    rules: short,
    languageOptions: { globals: globals.browser },
  },
  {
    // The exercises' own store, on a page.
    files: ["nwcore/explorers/js/shell/goals.js"],
    languageOptions: { globals: { nwProgress: "readonly" } },
  },
  {
    // What the script of ../aside is called once it is there.
    files: ["nwcore/explorers/js/shell/aside.js"],
    languageOptions: { globals: { nwAside: "readonly" } },
  },
  {
    // Pure functions: they know no page, no clock and no chance.
    files: ["nwcore/explorers/js/engine/*.js"],
    languageOptions: {
      globals: Object.fromEntries(Object.keys(globals.browser).map((name) => [name, "off"])),
    },
    rules: { "no-restricted-properties": ["error", { object: "Math", property: "random" }] },
  },
  {
    // Coefficients stand there as they were published.
    files: ["nwcore/explorers/js/engine/portable.js"],
    rules: { "no-loss-of-precision": "off" },
  },
  { files: ["web/src/**/*.js"], languageOptions: { globals: globals.browser } },
  {
    // Classic scripts, each with the names of those that the theme has loaded before.
    files: ["assets/**/*.js"],
    languageOptions: { sourceType: "script", globals: globals.browser },
  },
  {
    // Sphinx's: a message in the edition's language.
    files: ["assets/{slides,progress,check,hints,cells}.js"],
    languageOptions: { globals: { _: "readonly" } },
  },
  {
    files: ["assets/{check,hints}.js"],
    languageOptions: { globals: { nwProgress: "readonly", nwDoneMark: "readonly" } },
  },
  { files: ["assets/search.js"], languageOptions: { globals: { nwPages: "readonly" } } },
  {
    files: ["web/cells/**/*.js"],
    rules: { "max-lines": ["error", { max: 420 }] },
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["web/yours/**/*.js"],
    rules: { "max-lines": short["max-lines"] },
    languageOptions: { globals: globals.browser },
  },
  {
    files: ["web/guess/*.js"],
    rules: short,
    languageOptions: { globals: { ...globals.browser, nwProgress: "readonly" } },
  },
  { files: ["web/*.mjs", "web/{cells,yours}/*.mjs"], languageOptions: { globals: globals.node } },
];
