// The shapes that modules hand each other.

/** A rectangle in CSS pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The parts of a picture by name, and the height of the whole. */
export interface Boxes {
  height: number;
}

/** A number's place in pixels. */
export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
}

export interface Axis {
  scale: (value: number) => number;
  ticks: number[];
  write: (tick: number) => string;
  label?: string;
}

export interface LegendEntry {
  name: string;
  sample: (x: number, y: number) => void;
}

export interface Theme {
  colours: Record<string, string>;
  font: string;
}

/** Words and sentence patterns of the page's language, by key. */
export type Words = Record<string, string>;

/** A trait's value as it travels between Python, the page and its worker. */
export type Value = any;

/** What an explorer shows, by trait. */
export type State = Record<string, Value>;

/**
 * What a worker and the page both know of an explorer: it knows no page.
 *
 * N: the numbers it computes; B: its boxes; L: what the pointer is doing to it.
 */
export interface Picture<N, B extends Boxes, L> {
  layout(width: number): B;
  /** Goes on with what takes many frames, or comes to its end with the `whole`. */
  compute(state: State, whole?: boolean): N;
  /**
   * Of a picture whose numbers take too long to be computed once more by the page: what the page is
   * told of them, as plain data; it then computes none. `partial` asks for another frame.
   */
  tell?(numbers: N): N & { partial: boolean };
  paint(pen: import("./drawing/pen.js").Pen, boxes: B, state: State, numbers: N, look: L): void;
}

/** A picture to be painted. */
export interface Request<L> {
  state: State;
  look: L;
  width: number;
  density: number;
  theme: Theme;
  /** Whether nothing may be left for later frames. */
  whole?: boolean;
}

export interface Painter<N, L> {
  kind: "worker" | "page";
  /** Calls `done` with what the picture tells, if it tells anything. */
  paint(request: Request<L>, done: (told?: N & { partial: boolean }) => void): void;
  close(): void;
}

/** How a pointer and keys move a number. */
export interface PointerRule {
  /** The nearest number that a reader would have meant. */
  round(value: number): number;
  /** The next number by an arrow key (1, −1) or a page key (2, −2). Without: the control's own. */
  step?(value: number, presses: number): number;
  /** Whether the control's own rounding is undone. */
  exact: boolean;
}

/** What a view says of one trait. */
export interface Trait {
  /** Its name in the page's address. */
  address: string;
  /** How a pointer moves it; every trait with a range has one (see shell/rules.js). */
  pointer?: PointerRule;
  /** Its value as a control shows it. */
  write?: (value: number, writeNumber: WriteNumber) => string;
  /** Its value in the address, and back; undefined for what is none. */
  toText?: (value: Value) => string;
  fromText?: (text: string) => Value;
}

export type Traits = Record<string, Trait>;

export type WriteNumber = (value: number, digits: number) => string;

/** anywidget's model, as far as explorers use it. */
export interface Model {
  get(key: string): Value;
  set(key: string, value: Value): void;
  save_changes(): void;
  on(event: string, handler: () => void): void;
  off(event: string, handler: () => void): void;
  widget_manager?: { staticPage?: boolean };
}

/** The view of one explorer. */
export interface View<N, B extends Boxes, L> {
  /** The explorer's name: the word of its title, the file of its view. */
  name: string;
  traits: Traits;
  picture: Picture<N, B, L>;
  /** What the state says by itself, such as names for places in a list. */
  complete(state: State): State;
  /** How the picture of a state is looked at: what a pointer does, and is in no state. */
  look(state: State): L;
  /** Called when a trait has changed, but for a whole state put back. */
  changed?(key: string): void;
  /** Stop what goes on by itself: another state is put in the place of this one. */
  interrupt?(): void;
  /** The text alternative of the picture. */
  describe(state: State, numbers: N): string;
  /** Write what stands around the picture. */
  refresh(state: State, numbers: N): void;
  /** What the picture shows as rows of numbers, of which each says what `part` it belongs to. */
  table(state: State, numbers: N): import("./aside/csv.js").Row[];
  /** What is written beside a pointer: numbers under it, by name. */
  tip(at: [number, number], boxes: B, state: State, numbers: N): Tip | null;
  /** What Escape does while nothing is open. */
  escape?(): void;
  /** Do what can wait until the pointer rests. */
  rest?(state: State, numbers: N): void;
  /** Parts of the picture that a tour may mark, besides its boxes. */
  parts?(state: State, boxes: B): Record<string, Box>;
  /**
   * What exercises, goals and tours ask of the picture; of exercises, nwcore.exercises.places reads the same
   * in Python.
   */
  measure?(state: State, numbers: N): Record<string, number>;
}

/** What a page asks an explorer, as the detail of an event "nw-ask"; the explorer fills it in. */
export interface Asked {
  fields: Record<string, number> | null;
}

/** Names and numbers, a line each. */
export type Tip = string[][];

/** What a reader takes away of an explorer. */
export interface Taken {
  el: HTMLElement;
  picture: Picture<any, Boxes, any>;
  state: State;
  look: any;
  width: number;
  name: string;
  title: string;
  /** What a link says of the state. */
  hash: string;
  table(): import("./aside/csv.js").Row[];
}

/** What a view gets from the shell it stands in. */
export interface Shell<B extends Boxes, N> {
  words: Words;
  writeNumber: WriteNumber;
  /** Aborted when the explorer is closed. */
  signal: AbortSignal;
  root: HTMLElement;
  stage: HTMLElement;
  canvas: HTMLCanvasElement;
  ranges: Record<string, number[]>;
  /**
   * What every explorer can do: start over, take back, do again; on a page with an address, a link
   * that holds the present state.
   */
  actions: HTMLElement[];
  /** Change traits; the frame that follows shows them and tells Python. */
  set(changes: State): void;
  /** Set what moves by itself: nothing to take back, no new address. */
  drift(changes: State): void;
  /** Make one step to be taken back of all that changes until this is called with false. */
  hold(on: boolean): void;
  /** Ask for a frame. */
  schedule(): void;
  /** Whether a first frame is there; before it there are neither state nor numbers nor boxes. */
  isShown(): boolean;
  state(): State;
  numbers(): N;
  boxes(): B;
  close(): void;
}
