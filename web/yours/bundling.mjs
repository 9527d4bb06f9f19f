// How the page "Your data" is bundled: its worker into it as a text, and the samples.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import Papa from "papaparse";

const here = dirname(fileURLToPath(import.meta.url));
const datasets = join(here, "../../nwcore/datasets");
const YEAR = "2007";

const read = (name) => readFileSync(join(datasets, name), "utf8");

/** Country, life expectancy and income of one year, of all that the file has. */
function gapminder() {
  const rows = Papa.parse(read("gapminder.csv").trim()).data;
  const columns = ["country", "lifeExp", "gdpPercap"].map((name) => rows[0].indexOf(name));
  const year = rows[0].indexOf("year");
  const kept = rows.filter((row, i) => i === 0 || row[year] === YEAR);
  return Papa.unparse(kept.map((row) => columns.map((column) => row[column])));
}

export const samples = () => ({ mcycle: read("mcycle.csv"), gapminder: gapminder() });

const common = {
  absWorkingDir: dirname(here), // whose node_modules are named in the licences
  bundle: true,
  write: false,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** The text of the page's script. */
export async function bundleYours() {
  const entry = join(here, "worker.js");
  const worker = await esbuild.build({ ...common, entryPoints: [entry], format: "esm" });
  const modules = { worker: worker.outputFiles[0].text, samples: samples() };
  const virtual = {
    name: "yours",
    setup(build) {
      build.onResolve({ filter: /^yours:/ }, ({ path }) => ({ path, namespace: "yours" }));
      build.onLoad({ filter: /.*/, namespace: "yours" }, ({ path }) => ({
        contents: `export default ${JSON.stringify(modules[path.replace("yours:", "")])};`,
        loader: "js",
      }));
    },
  };
  const style = {
    name: "style",
    setup(build) {
      build.onLoad({ filter: /yours\.css$/ }, async ({ path }) => {
        const css = readFileSync(path, "utf8");
        const { code } = await esbuild.transform(css, { loader: "css", minify: true });
        return { contents: code.trim(), loader: "text" };
      });
    },
  };
  const result = await esbuild.build({
    ...common,
    entryPoints: [join(here, "page/main.js")],
    format: "iife",
    metafile: true,
    plugins: [virtual, style],
  });
  return { text: result.outputFiles[0].text, metafile: result.metafile };
}
