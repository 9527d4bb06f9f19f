// The session in a worker of its own: an endless loop never holds up the page.
import { packed, size } from "cells:wasm";
import made from "cells:parts";
import { unpack } from "../lzma.js";
import { createSession } from "../session.js";

const PAUSE = 60; // ms between one piece of text and the next

/** @type {Record<string, import("../session.js").Exercise>} */
const exercises = {};
const opened = createSession({
  exercises,
  wasm: unpack(
    Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)),
    size,
  ),
  ...made,
});
opened.then((session) => postMessage({ ready: true, names: session.names() }));

/** Hand outputs on, texts put together. @param {number} run */
function sender(run) {
  let text = "";
  let cell = -1;
  let last = 0;
  const flush = () => {
    if (text) postMessage({ run, cell, output: { kind: "text", text } });
    text = "";
    last = performance.now();
  };
  /** @type {(from: number, output: import("../session.js").Output) => void} */
  const send = (from, output) => {
    if (output.kind === "text" && from === cell) {
      text += output.text;
      if (performance.now() - last > PAUSE) flush();
      return;
    }
    flush();
    cell = from;
    if (output.kind === "text") text = output.text;
    else postMessage({ run, cell, output });
  };
  return { send, flush };
}

globalThis.onmessage = async ({ data }) => {
  if (data.exercises) {
    Object.assign(exercises, data.exercises);
    return;
  }
  const { run, codes, wanted } = data;
  const session = await opened;
  const { send, flush } = sender(run);
  const outcome = session.runIn(codes, wanted, send, (cell) => {
    flush();
    postMessage({ run, starting: cell });
  });
  flush();
  postMessage({ run, outcome });
};
