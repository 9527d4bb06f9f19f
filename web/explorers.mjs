// Bundle the explorers' views, nwcore/explorers/*.js, each with all it needs, into one ES module each:
// anywidget loads one text, and the worker that paints runs the very same. And into aside.js what all
// views bring at the first press, as a classic script.
//
//     node explorers.mjs FOLDER             once
//     node explorers.mjs FOLDER --watch     again whenever a source changes, until stopped
import { globSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, watch] = process.argv.slice(2);

const common = {
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  minify: !watch, // a kernel sends the text with every explorer
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: watch ? "info" : "warning",
};
const kinds = [
  {
    ...{ ...common, format: "esm" },
    entryPoints: globSync("nwcore/explorers/*.js", { cwd: root }).sort(),
  },
  {
    ...{ ...common, format: "iife", globalName: "nwAside" },
    entryPoints: ["nwcore/explorers/js/aside/aside.js"],
  },
];

if (watch) {
  for (const options of kinds) await (await esbuild.context(options)).watch();
} else {
  // What is wrong is said by esbuild itself.
  const building = kinds.map((options) => esbuild.build({ ...options, write: false }));
  const built = await Promise.all(building).catch(() => null);
  if (built) replaceAll(built.flatMap(({ outputFiles }) => outputFiles));
  else process.exitCode = 1;
}

/** Put each file in place whole, as somebody may be reading it, and remove those of other views. */
function replaceAll(files) {
  for (const { path, contents } of files) {
    writeFileSync(`${path}.${process.pid}`, contents);
    renameSync(`${path}.${process.pid}`, path);
  }
  const present = new Set(files.map(({ path }) => basename(path)));
  for (const name of globSync("*.js", { cwd: folder })) {
    if (!present.has(name)) rmSync(join(folder, name));
  }
}
