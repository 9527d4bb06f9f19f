// Bundle the explorers' views, nwcore/explorers/*.js, each with all it needs, into one ES module each:
// anywidget loads one text, and the worker that paints runs the very same.
//
//     node explorers.mjs FOLDER             once
//     node explorers.mjs FOLDER --watch     again whenever a source changes, until stopped
import { globSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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

if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  // What is wrong is said by esbuild itself.
  const built = await esbuild.build({ ...options, write: false }).catch(() => null);
  if (built) replaceAll(built.outputFiles);
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
