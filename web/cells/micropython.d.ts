// What the room asks of MicroPython, whose package says nothing of its types.
declare module "@micropython/micropython-webassembly-pyscript/micropython.mjs" {
  export function loadMicroPython(options: object): Promise<any>;
}

// What the bundler puts together (web/bundle.mjs).
declare module "cells:wasm" {
  export const packed: string;
  export const size: number;
}
declare module "cells:parts" {
  const parts: any;
  export default parts;
}
declare module "cells:worker" {
  const source: string;
  export default source;
}
