// Run cells in sessions, for the tests. On standard input {"pages": [[code, …], …]}, and for a page of
// which single cells are wanted with what they need {"codes": [code, …], "wanted": [place, …]}; and of
// the pages' "exercises" what tools/nwbook/exercises.py knows, by name.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundled } from "./bundling.mjs";
import { parts, wasmFile } from "./parts.mjs";

const file = join(tmpdir(), `nw-cells-${process.pid}.mjs`);
writeFileSync(file, (await bundled("session.js", { platform: "node" })).text);
const { createSession } = await import(pathToFileURL(file).href);
rmSync(file);

const request = JSON.parse(readFileSync(0, "utf8"));
const wasm = readFileSync(wasmFile);
const made = parts();
const exercises = request.exercises ?? {};
const open = () => createSession({ wasm, ...made, exercises });

const pages = [];
for (const page of request.pages ?? []) {
  const session = await open();
  pages.push(
    page.map((code) => {
      const outputs = [];
      const started = performance.now();
      const outcome = session.run(code, (output) => outputs.push(output));
      return { ...outcome, outputs, ms: performance.now() - started };
    }),
  );
}
const single = [];
for (const { codes, wanted } of request.single ?? []) {
  for (const place of wanted) {
    const session = await open();
    const outputs = [];
    const outcome = session.runIn(codes, place, (cell, output) => {
      if (cell === place) outputs.push(output);
    });
    single.push({ ...outcome, outputs });
  }
}
const names = request.names ? (await open()).names() : {};
process.stdout.write(JSON.stringify({ pages, single, names }));
