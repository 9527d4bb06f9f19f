// What a session is made of, read from the repository: by the bundler for the page, and by tests.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const read = (...parts) => readFileSync(join(root, ...parts), "utf8");

/** Files that cells read, by their paths from the repository's root. */
const DATA = ["frameworks/results.json"];
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

/** The Python layer without its comments and docstrings. */
function files() {
  const found = globSync("python/**/*.py", { cwd: here }).sort();
  return Object.fromEntries(
    found.map((file) => {
      const text = readFileSync(join(here, file), "utf8");
      const short = text
        .replace(/^ *"""(?:[^"]|"(?!""))*"""\n/gm, "")
        .replace(/ {2}# noqa.*$/gm, "");
      return [relative("python", file), short.replace(/\n{2,}/g, "\n").replace(/^ *#.*\n/gm, "")];
    }),
  );
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
