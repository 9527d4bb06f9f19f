// Bundle src/widgets.js with all it needs into a classic script, which works from file://, too,
// and src/widgets.css, which becomes part of the pages' style sheet (tools/nwbook/delivery.py).
//
//     node bundle.mjs FOLDER
//
// Beside it goes widgets.licenses.txt, the licences of what is in it.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [folder] = process.argv.slice(2);
const instead = (name) => join(here, "src", "instead", `${name}.js`);

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
  inject: ["src/amd.js"],
  alias: {
    "@lumino/widgets": instead("lumino-widgets"),
    jquery: instead("jquery"),
    "lodash/isEqual": instead("is-equal"),
    "sanitize-html": instead("sanitize-html"),
  },
  // As @lumino compiles itself: a field without a value leaves alone what a parent set.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
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

mkdirSync(folder, { recursive: true });
const { metafile } = await esbuild.build(widgets);
const texts = licencesOf(metafile);
writeFileSync(join(folder, "widgets.licenses.txt"), `${texts.join("\n\n-----\n\n")}\n`);
