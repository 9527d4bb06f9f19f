// What scripts of the pages share by name.

/** A style sheet, as text. */
declare module "*.css" {
  const text: string;
  export default text;
}

/** Models' sources by hash, from the pages' widget-*.js (tools/nwbook/live.py). */
declare var nwSources: Record<string, Record<string, string>> | undefined;

/** What explorers bring at the first press (shell/aside.js). */
declare var nwAside: typeof import("../../nwcore/explorers/js/aside/aside.js");

/** For the tests and for the curious. */
declare var nwModels: import("./models.js").Models | undefined;

/** Show a widget that a cell has made, from the state of its models (widgets.js). */
declare var nwShowMade:
  ((made: Record<string, any>, id: string, stage: HTMLElement) => Promise<void>) | undefined;

/** What runs cells, once web/cells/page/run.js is there. */
declare var nwCells: import("../cells/page/run.js").Room | undefined;

/** Sphinx's: a message of the edition's catalogues. */
declare function _(message: string): string;

/** A section of a page, as the search reads it (tools/nwbook/search.py). */
interface NwSection {
  id: string;
  title: string;
  text: string;
}

/** The pages that are searched, from searchdata.js. */
declare var nwPages: { file: string; title: string; sections: NwSection[] }[];
