// What scripts of the pages share by name.

/** A style sheet, as text. */
declare module "*.css" {
  const text: string;
  export default text;
}

/** Models' sources by hash, from the pages' widget-*.js (tools/nwbook/live.py). */
declare var nwSources: Record<string, Record<string, string>> | undefined;

/** For the tests and for the curious. */
declare var nwManager: import("./manager.js").PageManager | undefined;

/** sphinx_copybutton's, before its buttons are made. */
declare var messages: Record<string, Record<string, string>>;
declare var locale: string;
declare var iconCheck: string;
declare var iconCopy: string;

/** The edition's words (tools/nwbook/words.py). */
declare var nwWords: Record<string, string>;

interface Window {
  MathJax?: { startup?: { promise?: Promise<void> } };
}
