/** The random numbers of torch.rand on the CPU: a Mersenne Twister (Matsumoto & Nishimura, 1998). */
const N = 624;
const M = 397;

/** PyTorch's generator as of its seed. */
export class Generator {
  #state = new Uint32Array(N);
  #at = N;

  /** @param {number} seed an integer from 0; of larger ones the lowest 32 bits count */
  constructor(seed) {
    const state = this.#state;
    state[0] = seed % 2 ** 32;
    for (let i = 1; i < N; i++) {
      state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  #refill() {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const joined = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }

  /** 32 random bits. */
  #bits() {
    if (this.#at === N) this.#refill();
    let bits = this.#state[this.#at++];
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /** A multiple of 2^−24 in [0, 1), as for torch.float32. */
  single() {
    return (this.#bits() & 0xffffff) / 2 ** 24;
  }

  /** A multiple of 2^−53 in [0, 1), as for torch.float64. */
  double() {
    const high = this.#bits();
    const low = this.#bits();
    return ((high & 0x1fffff) * 2 ** 32 + low) / 2 ** 53;
  }
}
