// anywidget hands itself to an AMD loader. The bundler puts this `define` in its place.
export const factories = [];
export const define = (_needs, factory) => factories.push(factory);
