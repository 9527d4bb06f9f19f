/** The text of a file that a reader opens or drops. */
import { MOST_CHARACTERS } from "../parse.js";

// A character is four bytes at the most.
const MOST_BYTES = 4 * MOST_CHARACTERS;

/**
 * UTF-8, or UTF-16 where the file says so, as what spreadsheets call "Unicode text" does.
 *
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}
