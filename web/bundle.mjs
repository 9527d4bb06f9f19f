// Bundle src/widgets.js with all it needs into a classic script, which works from file://, too,
// and src/widgets.css, which becomes part of the pages' style sheet (tools/nwbook/delivery.py).
//
//     node bundle.mjs FOLDER PACKED
//
// And into cells.js what runs the cells of the pages, with MicroPython as it was PACKED (LZMA); into
// yours.js what the page "Your data" runs; into guess.js what a page with guesses runs.
//
// Beside it goes widgets.licenses.txt, the licences of what is in it.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { bundled } from "./cells/bundling.mjs";
import { parts, wasmFile } from "./cells/parts.mjs";
import { bundleYours } from "./yours/bundling.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, interpreter] = process.argv.slice(2);

const widgets = {
  entryPoints: ["src/widgets.js", "src/widgets.css"],
  outdir: folder,
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

function licencesOf({ inputs }) {
  const packages = new Set(
    Object.keys(inputs)
      .map((file) => /^.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[0])
      .filter(Boolean),
  );
  return [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, path, "package.json")));
    const texts = globSync("{LICENSE,LICENCE}*", { cwd: join(here, path) })
      .sort()
      .map((file) => readFileSync(join(here, path, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
}

/** A module made of values. */
const virtual = (name, contents) => ({
  name,
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${name}$`) }, ({ path }) => ({ path, namespace: name }));
    build.onLoad({ filter: /.*/, namespace: name }, () => ({ contents, loader: "js" }));
  },
});

async function bundleCells() {
  const packed = readFileSync(interpreter).toString("base64");
  const size = readFileSync(wasmFile).length;
  const wasm = `export const packed = "${packed}", size = ${size};`;
  const worker = await bundled("page/worker.js", {
    minify: true,
    plugins: [
      virtual("cells:wasm", wasm),
      virtual("cells:parts", `export default ${JSON.stringify(parts())};`),
    ],
  });
  const text = `export default ${JSON.stringify(worker.text)};`;
  const plugins = [virtual("cells:worker", text)];
  return bundled("page/run.js", { minify: true, format: "iife", plugins });
}

/** Its package has no text of its licence: this is MicroPython's. */
function licenceOfMicroPython() {
  const name = "@micropython/micropython-webassembly-pyscript";
  const file = join(here, "node_modules", name, "package.json");
  const { version, license } = JSON.parse(readFileSync(file));
  const text = readFileSync(join(here, "cells", "micropython.licence.txt"), "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}`;
}

mkdirSync(folder, { recursive: true });
const { metafile } = await esbuild.build(widgets);
const cells = await bundleCells();
writeFileSync(join(folder, "cells.js"), cells.text);
const yours = await bundleYours();
writeFileSync(join(folder, "yours.js"), yours.text);
await esbuild.build({ ...widgets, entryPoints: { guess: "guess/main.js" }, metafile: false });
const texts = [...licencesOf(metafile), ...licencesOf(yours.metafile), licenceOfMicroPython()];
writeFileSync(join(folder, "widgets.licenses.txt"), `${texts.join("\n\n-----\n\n")}\n`);
