/**
 * When to write. Numbers follow as fast as they can be read, not with every frame: each costs the
 * browser a layout. What takes a sentence waits until the pointer rests.
 */

// Milliseconds.
const WORDS_PAUSE = 80;
const REST = 300;

/**
 * @param {{write: () => void, rest: () => void, signal: AbortSignal}} page what to call for numbers
 *   and once the pointer rests, and until when
 */
export function createPace({ write, rest, signal }) {
  let wroteAt = -Infinity;
  let writeTimer = 0;
  let restsAt = 0;
  let restTimer = 0;

  function writeNow() {
    clearTimeout(writeTimer);
    writeTimer = 0;
    wroteAt = performance.now();
    write();
  }

  function waitForRest() {
    const left = restsAt - performance.now();
    restTimer = left > 0 ? Number(setTimeout(waitForRest, left)) : 0;
    if (!restTimer) rest();
  }

  signal.addEventListener("abort", () => {
    clearTimeout(writeTimer);
    clearTimeout(restTimer);
  });

  return {
    writeNow,
    /** Take note of a frame at the time `now`. */
    frame(/** @type {number} */ now) {
      const since = now - wroteAt;
      if (since >= WORDS_PAUSE) writeNow();
      else writeTimer ||= Number(setTimeout(writeNow, WORDS_PAUSE - since));
      restsAt = now + REST;
      restTimer ||= Number(setTimeout(waitForRest, REST));
    },
  };
}
