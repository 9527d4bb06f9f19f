/** Unpack LZMA (Pavlov, LZMA specification 9.22), with lc = 3, lp = 0 and pb = 2. */

const LITERAL_BITS = 3;
const POSITIONS = 4; // 2^pb
const STATES = 12;
const TOP = 2 ** 24;
const HALF = 1024; // a probability of one half, of 2^11

const probabilities = (/** @type {number} */ count) => new Uint16Array(count).fill(HALF);

/** Bits by their probabilities, which follow what came. */
class Bits {
  #range = 0xffffffff;
  #code = 0;
  #at = 5;

  /** @param {Uint8Array} packed */
  constructor(packed) {
    this.packed = packed;
    for (let i = 1; i < 5; i++) this.#code = ((this.#code << 8) | packed[i]) >>> 0;
  }

  #refill() {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.packed[this.#at++]) >>> 0;
  }

  /**
   * @param {Uint16Array} table
   * @param {number} i
   */
  bit(table, i) {
    const bound = (this.#range >>> 11) * table[i];
    const one = this.#code >= bound;
    if (one) {
      this.#range -= bound;
      this.#code -= bound;
      table[i] -= table[i] >>> 5;
    } else {
      this.#range = bound;
      table[i] += (2048 - table[i]) >>> 5;
    }
    this.#refill();
    return one ? 1 : 0;
  }

  /** @param {number} count of bits that are as often 0 as 1 */
  even(count) {
    let value = 0;
    for (; count > 0; count--) {
      this.#range >>>= 1;
      const one = this.#code >= this.#range;
      if (one) this.#code -= this.#range;
      value = value * 2 + (one ? 1 : 0);
      this.#refill();
    }
    return value;
  }

  /**
   * A number of some bits, the highest first.
   *
   * @param {Uint16Array} table
   * @param {number} count
   * @param {number} [start]
   */
  tree(table, count, start = 0) {
    let node = 1;
    for (let i = 0; i < count; i++) node = 2 * node + this.bit(table, start + node);
    return node - 2 ** count;
  }

  /**
   * The same, the lowest first.
   *
   * @param {Uint16Array} table
   * @param {number} count
   * @param {number} start
   */
  reversed(table, count, start) {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const bit = this.bit(table, start + node);
      node = 2 * node + bit;
      value += bit << i;
    }
    return value;
  }
}

/** How long what is repeated is. */
class Lengths {
  #choice = probabilities(2);
  #low = probabilities(POSITIONS * 8);
  #middle = probabilities(POSITIONS * 8);
  #high = probabilities(256);

  /**
   * @param {Bits} bits
   * @param {number} position
   */
  read(bits, position) {
    if (!bits.bit(this.#choice, 0)) return 2 + bits.tree(this.#low, 3, 8 * position);
    if (!bits.bit(this.#choice, 1)) return 10 + bits.tree(this.#middle, 3, 8 * position);
    return 18 + bits.tree(this.#high, 8);
  }
}

/**
 * @param {Uint8Array} packed a raw stream
 * @param {number} size of what it holds
 * @returns {Uint8Array}
 */
export function unpack(packed, size) {
  const bits = new Bits(packed);
  const out = new Uint8Array(size);
  const isMatch = probabilities(STATES * POSITIONS);
  const [isRep, isRep0, isRep1, isRep2] = [1, 2, 3, 4].map(() => probabilities(STATES));
  const isRep0Long = probabilities(STATES * POSITIONS);
  const literals = probabilities(0x300 << LITERAL_BITS);
  const slots = probabilities(4 * 64);
  const special = probabilities(1 + 128);
  const align = probabilities(16);
  const [matched, repeated] = [new Lengths(), new Lengths()];
  const back = [0, 0, 0, 0];
  let state = 0;
  let at = 0;

  const literal = () => {
    const start = 0x300 * ((at ? out[at - 1] : 0) >> (8 - LITERAL_BITS));
    let symbol = 1;
    if (state >= 7) {
      let match = out[at - back[0] - 1];
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = bits.bit(literals, start + ((1 + expected) << 8) + symbol);
        symbol = 2 * symbol + bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = 2 * symbol + bits.bit(literals, start + symbol);
    out[at++] = symbol & 0xff;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  };

  const distance = (/** @type {number} */ length) => {
    const slot = bits.tree(slots, 6, 64 * Math.min(length - 2, 3));
    if (slot < 4) return slot;
    const direct = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << direct;
    if (slot < 14) return base + bits.reversed(special, direct, base - slot);
    return base + bits.even(direct - 4) * 16 + bits.reversed(align, 4, 0);
  };

  /** How long the next repetition is, with its distance in back[0]. */
  const repetition = (/** @type {number} */ position) => {
    if (!bits.bit(isRep, state)) {
      const length = matched.read(bits, position);
      back.pop();
      back.unshift(distance(length));
      state = state < 7 ? 7 : 10;
      return length;
    }
    if (!bits.bit(isRep0, state)) {
      if (!bits.bit(isRep0Long, state * POSITIONS + position)) {
        state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      const which = !bits.bit(isRep1, state) ? 1 : !bits.bit(isRep2, state) ? 2 : 3;
      back.unshift(...back.splice(which, 1));
    }
    const length = repeated.read(bits, position);
    state = state < 7 ? 8 : 11;
    return length;
  };

  while (at < size) {
    const position = at & (POSITIONS - 1);
    if (!bits.bit(isMatch, state * POSITIONS + position)) {
      literal();
      continue;
    }
    for (let length = repetition(position); length > 0; length--, at++)
      out[at] = out[at - back[0] - 1];
  }
  return out;
}
