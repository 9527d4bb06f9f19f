// What a session is made of, read from the repository: by the bundler for the page, and by tests.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const read = (...parts) => readFileSync(join(root, ...parts), "utf8");

/** Files that cells read, by their paths from the repository's root. */
const DATA = ["frameworks/results.json"];
/** What stands in nwcore as MicroPython runs it, too. */
const OF_NWCORE = ["exercises/judging.py", "exercises/programs.py"];
const SECTIONS = ["shared", "pictures"];

/** The tables of texts that nwcore/locale is written in. */
function readToml(text) {
  const tables = { marks: {} };
  let table = tables.marks;
  const line = /^\[(\w+)\]|^(\w+) = (?:"""\\?\n?([\s\S]*?)"""|("(?:[^"\\]|\\.)*"))/gm;
  for (const [, name, key, long, short] of text.matchAll(line)) {
    if (name) table = tables[name] = {};
    else table[key] = short ? JSON.parse(short) : long.replace(/\\\n\s*/g, "");
  }
  return tables;
}

function words() {
  const languages = globSync("nwcore/locale/*.toml", { cwd: root }).sort();
  return Object.fromEntries(
    languages.map((file) => {
      const { marks, ...tables } = readToml(read(file));
      const kept = Object.fromEntries(SECTIONS.map((section) => [section, tables[section]]));
      return [/(\w+)\.toml$/.exec(file)[1], { marks, ...kept }];
    }),
  );
}

/** A text in Python without its comments and docstrings. @param {string} text */
const shortened = (text) =>
  text
    .replace(/^ *"""(?:[^"]|"(?!""))*"""\n/gm, "")
    .replace(/ {2}# noqa.*$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .replace(/^ *#.*\n/gm, "");

function files() {
  const own = globSync("python/**/*.py", { cwd: here }).sort();
  return Object.fromEntries([
    ...own.map((file) => [relative("python", file), shortened(read("web/cells", file))]),
    ...OF_NWCORE.map((file) => [`nwcore/${file}`, shortened(read("nwcore", file))]),
  ]);
}

export const parts = () => ({
  files: files(),
  words: words(),
  data: Object.fromEntries(DATA.map((file) => [file, read(file)])),
});

export const wasmFile = join(
  root,
  "web/node_modules/@micropython/micropython-webassembly-pyscript/micropython.wasm",
);
