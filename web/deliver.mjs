// One style sheet and few scripts out of all that the theme and its extensions would load.
//
//     node deliver.mjs < {"styles": ["a.css", …], "scripts": {"a.js": "code", …},
//                         "pages": ["a.html", …], "code": ["b.js", …]}
//                      > {"pages.css": "…", "a.js": "…"}
//
// Rules that no page and no script can mean are left out of the style sheet.
import { readFileSync } from "node:fs";
import * as esbuild from "esbuild";
import { PurgeCSS } from "purgecss";

const { styles, scripts, pages, code } = JSON.parse(readFileSync(0, "utf8"));

const { outputFiles } = await esbuild.build({
  stdin: {
    contents: styles.map((file) => `@import ${JSON.stringify(file)};`).join("\n"),
    loader: "css",
    resolveDir: "/",
  },
  bundle: true,
  write: false,
  external: ["*.woff2", "*.woff", "*.ttf", "*.eot", "*.png", "*.svg"],
  logLevel: "error",
});

const content = [
  ...pages.map((file) => ({ raw: readFileSync(file, "utf8"), extension: "html" })),
  ...[...Object.values(scripts), ...code.map((file) => readFileSync(file, "utf8"))].map((raw) => ({
    raw,
    extension: "js",
  })),
];
// `dataset.nwLive` means the attribute data-nw-live.
const dashed = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const namesIn = (text) => [
  ...(text.match(/[\w-]+/g) ?? []),
  ...Array.from(text.matchAll(/\bdataset\.(\w+)/g), ([, name]) => dashed(name)),
];

// PurgeCSS takes the arguments of :is() and :where() for selectors of their own, finds nothing in
// those without a name (:hover), and drops the whole rule. Under other names it lets them be.
const hidden = outputFiles[0].text.replace(/:(is|where)\(/g, ":-kept-$1(");
const [{ css: purged }] = await new PurgeCSS().purge({
  content,
  css: [{ raw: hidden }],
  defaultExtractor: namesIn,
  fontFace: true,
  keyframes: true,
  // Any element may be in focus (a pseudo-class alone). noUiSlider puts its classes together:
  // "noUi-" + "horizontal".
  safelist: {
    standard: ["html", "body", "print", /^:/],
    deep: [/^katex/],
    greedy: [/katex/, /noUi-/],
  },
});
const css = purged.replaceAll(":-kept-", ":");

const small = { minify: true, charset: "utf8", legalComments: "none", target: "es2022" };
const shrink = async (text, loader) => (await esbuild.transform(text, { ...small, loader })).code;
const made = { "pages.css": await shrink(css, "css") };
for (const [name, text] of Object.entries(scripts)) made[name] = await shrink(text, "js");
process.stdout.write(JSON.stringify(made));
