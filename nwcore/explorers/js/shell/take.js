/** A button that unfolds what a reader may take away: pictures and numbers. */
import { make, setAttribute, write } from "./dom.js";
import { makeButton } from "./parts.js";

/**
 * @param {object} parts
 * @param {import("../types.js").Words} parts.words
 * @param {ReturnType<typeof import("./aside.js").createAside>} parts.bring
 * @param {ReturnType<typeof import("./escape.js").createEscape>} parts.escape
 * @param {() => import("../types.js").Taken|null} parts.read null before there is a picture
 * @param {AbortSignal} parts.signal
 */
export function createTake({ words, bring, escape, read, signal }) {
  const says = make("span", { class: "nw-take-says", role: "status" });
  const list = make("div", { class: "nw-take-list" });
  list.hidden = true;
  const toggle = makeButton(words.take, () => (list.hidden ? open() : close()), signal);
  setAttribute(toggle, "aria-expanded", false);
  const node = make("div", { class: "nw-take" }, toggle, list, says);

  const item = (
    /** @type {string} */ label,
    /** @type {"svg"|"png"|"csv"} */ kind,
    /** @type {"light"|"dark"} */ theme = "light",
  ) => {
    const act = async () => {
      const taken = read();
      if (!taken) return;
      finish();
      write(says, "");
      try {
        await (await bring()).take(kind, theme, taken);
      } catch (error) {
        console.error(error);
        write(says, words.aside_lost);
      }
    };
    list.append(makeButton(label, act, signal));
  };
  item(words.take_svg_light, "svg");
  item(words.take_svg_dark, "svg", "dark");
  item(words.take_png_light, "png");
  item(words.take_png_dark, "png", "dark");
  item(words.take_csv, "csv");

  function open() {
    list.hidden = false;
    setAttribute(toggle, "aria-expanded", true);
    escape.open(finish);
  }

  function close() {
    escape.closed(finish);
    list.hidden = true;
    setAttribute(toggle, "aria-expanded", false);
  }

  /** The keys go back to where they came from. */
  function finish() {
    close();
    toggle.focus();
  }
  const leave = (/** @type {FocusEvent} */ { relatedTarget }) => {
    if (relatedTarget instanceof Node && !node.contains(relatedTarget)) close();
  };
  node.addEventListener("focusout", leave, { signal });
  // Where a click gives the focus to nothing, as in Safari to a button.
  const press = (/** @type {PointerEvent} */ { target }) => {
    if (target instanceof Node && !node.contains(target)) close();
  };
  addEventListener("pointerdown", press, { signal, capture: true });
  return node;
}
