// Set formulas with KaTeX: HTML for the eye, MathML for everybody else.
//
//     node formulas.mjs < [{"tex": "x^2", "display": false}, …] > [{"html": "…"} or {"error": "…"}, …]
import { readFileSync } from "node:fs";
import katex from "katex";
import metrics from "./node_modules/katex/src/fontMetricsData.js";

// KaTeX puts é together from two glyphs and knows no ộ. Vietnamese letters are whole ones of the
// page's own font (assets/book.css), whose size is that of their base letter and its marks.
const LETTERS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY";
const TONES = ["", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"];
const FONTS = ["Main-Regular", "Main-Bold", "Main-Italic"];
const MARK = 0.25; // em above the letter for each mark
const DOT = 0.2; // em below it

const whole = [...LETTERS].flatMap((letter) =>
  TONES.map((tone) => (letter + tone).normalize("NFC")),
);
const vietnamese = new Set([...whole, "đ", "Đ"].filter((letter) => letter > "\u007f"));
const base = (letter) => letter.replace("đ", "d").replace("Đ", "D").normalize("NFD")[0];

for (const font of FONTS) {
  const added = { ...metrics[font] };
  for (const letter of vietnamese) {
    const marks = letter.normalize("NFD").slice(1);
    const [depth, height, italic, skew, width] = metrics[font][base(letter).charCodeAt(0)];
    const above = [...marks].filter((mark) => !"\u0323\u031b".includes(mark)).length;
    const below = marks.includes("\u0323") ? DOT : 0;
    added[letter.charCodeAt(0)] = [depth + below, height + MARK * above, italic, skew, width];
  }
  katex.__setFontMetrics(font, added);
}
for (const letter of vietnamese) katex.__defineSymbol("text", "main", "textord", letter, letter);

function set({ tex, display }) {
  try {
    const options = { displayMode: display, output: "htmlAndMathml", strict: "error" };
    return { html: katex.renderToString(tex.normalize("NFC"), options) };
  } catch (error) {
    if (!(error instanceof katex.ParseError)) throw error;
    return { error: error.message.replace(/^KaTeX parse error: /, "") };
  }
}

const formulas = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(set)));
