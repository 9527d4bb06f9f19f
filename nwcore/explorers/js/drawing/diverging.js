/** Colours of numbers below and above 0: from one of the theme's colours over a pale grey to another. */

const LOW = "truth";
const HIGH = "pred";
const PALE = 0.5; // how much of the paper is in the middle colour

/**
 * What gives a number its colour.
 *
 * @param {import("./pen.js").Pen} pen
 * @param {number} limit from −limit to limit colours change; beyond they stay
 * @returns {(value: number, alpha?: number) => string}
 */
export function divergingColours({ context, colours }, limit) {
  const [low, high, grey, paper] = [LOW, HIGH, "muted", "paper"].map((name) =>
    channels(context, colours[name]),
  );
  const middle = mixed(grey, paper, PALE);
  return (value, alpha = 1) => {
    const share = Math.min(1, Math.abs(value) / limit);
    const [r, g, b] = mixed(middle, value < 0 ? low : high, share).map(Math.round);
    return `rgba(${r}, ${g}, ${b}, ${alpha})`;
  };
}

/**
 * Red, green and blue of an opaque colour, however it is written: a canvas says it in one way.
 *
 * @param {import("./pen.js").Context} context
 * @param {string} colour
 */
function channels(context, colour) {
  context.fillStyle = colour;
  const hex = String(context.fillStyle);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/**
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share of `to`
 */
const mixed = (from, to, share) => from.map((each, i) => each + share * (to[i] - each));

/**
 * A strip of the colours, with both ends and the middle named.
 *
 * @param {import("./pen.js").Pen} pen
 * @param {import("../types.js").Box} box
 * @param {number} limit
 * @param {string} label
 * @param {(value: number) => string} write
 */
export function drawDivergingScale(pen, box, limit, label, write) {
  const { context } = pen;
  const colourOf = divergingColours(pen, limit);
  const strip = context.createLinearGradient(box.x, 0, box.x + box.width, 0);
  for (let place = 0; place <= 16; place++) {
    strip.addColorStop(place / 16, colourOf(limit * (place / 8 - 1)));
  }
  context.fillStyle = strip;
  context.fillRect(box.x, box.y, box.width, box.height);
  const below = box.y + box.height + 4;
  pen.text(write(-limit), box.x, below, { baseline: "top" });
  pen.text(label, box.x + box.width / 2, below, { align: "center", baseline: "top" });
  pen.text(write(limit), box.x + box.width, below, { align: "right", baseline: "top" });
}
