// What the room asks of MicroPython, whose package says nothing of its types.
declare module "@micropython/micropython-webassembly-pyscript/micropython.mjs" {
  export function loadMicroPython(options: object): Promise<any>;
}
