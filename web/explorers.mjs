// Bundle the explorers' views, nwcore/explorers/*.js, each with all it needs, into one ES module each:
// anywidget loads one text, and the worker that paints runs the very same.
//
//     node explorers.mjs FOLDER             once
//     node explorers.mjs FOLDER --watch     again whenever a source changes, until stopped
import { globSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, watch] = process.argv.slice(2);

const options = {
  absWorkingDir: root,
  entryPoints: globSync("nwcore/explorers/*.js", { cwd: root }).sort(),
  outdir: folder,
  bundle: true,
  minify: !watch, // a kernel sends the text with every explorer
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: watch ? "info" : "warning",
};

for (const stale of globSync("*.js", { cwd: folder })) rmSync(join(folder, stale));
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  // What is wrong was said already.
  await esbuild.build(options).catch(() => (process.exitCode = 1));
}
