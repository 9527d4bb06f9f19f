// How the room is bundled: for the page (../bundle.mjs) and for the tests (try.mjs) alike.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// MicroPython's loader takes the address of its WebAssembly, and not what stands there.
const LOADER = "let Module={locateFile:";
const GIVEN = "let Module={wasmBinary:options.wasmBinary,locateFile:";

const micropython = {
  name: "micropython",
  setup(build) {
    build.onLoad({ filter: /micropython\.mjs$/ }, ({ path }) => {
      const code = readFileSync(path, "utf8");
      if (code.split(LOADER).length !== 2) {
        throw new Error(`${path} has not "${LOADER}" once: is its version right?`);
      }
      return { contents: code.replace(LOADER, GIVEN), loader: "js" };
    });
    if (build.initialOptions.platform === "node") return;
    // What it would load in Node alone.
    build.onResolve({ filter: /^(fs|path|url|module|node:.*)$/ }, ({ path }) => ({
      path,
      namespace: "node",
    }));
    build.onLoad({ filter: /.*/, namespace: "node" }, () => ({ contents: "export {}" }));
  },
};

/**
 * The text of one of the room's scripts with all that it imports.
 *
 * @param {string} entry
 * @param {object} [options] of esbuild
 */
export async function bundled(entry, options = {}) {
  const result = await esbuild.build({
    entryPoints: [join(here, entry)],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    ...options,
    plugins: [micropython, ...(options.plugins ?? [])],
  });
  return { text: result.outputFiles[0].text, metafile: result.metafile };
}
