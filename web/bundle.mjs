// Bundle src/widgets.js and all it needs into one classic script, which works from file://, too.
//
//     node bundle.mjs OUTPUT
//
// Beside OUTPUT.js goes OUTPUT.licenses.txt, the licences of what is in it.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [output] = process.argv.slice(2);
const instead = (name) => join(here, "src", "instead", `${name}.js`);

// The style sheet travels inside the script: half of the two would be a half-drawn widget.
const stylesAsText = {
  name: "styles-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const built = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        minify: true,
        write: false,
      });
      return { contents: built.outputFiles[0].text, loader: "text" };
    });
  },
};

const built = await esbuild.build({
  absWorkingDir: here,
  entryPoints: ["src/widgets.js"],
  outfile: `${output}.js`,
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
  plugins: [stylesAsText],
});

const packages = new Set(
  Object.keys(built.metafile.inputs)
    .map((file) => /^.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[0])
    .filter(Boolean),
);
const licences = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json")));
  const texts = globSync("{LICENSE,LICENCE}*", { cwd: join(here, folder) })
    .sort()
    .map((file) => readFileSync(join(here, folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
});
writeFileSync(`${output}.licenses.txt`, `${licences.join("\n\n-----\n\n")}\n`);
