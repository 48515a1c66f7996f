/** Mersenne Twister MT19937 (Matsumoto & Nishimura, 1998), seeded as torch and numpy's RandomState seed it. */

const STATE_SIZE = 624;
const SHIFT_SIZE = 397;
const UPPER_BIT = 0x80000000;
const LOWER_BITS = 0x7fffffff;
const TWIST = 0x9908b0df;

export class Mt19937 {
  readonly #state = new Uint32Array(STATE_SIZE);
  #position = STATE_SIZE;

  /** @param seed an unsigned 32-bit integer; anything else throws a RangeError. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`A seed must be a whole number from 0 to 4294967295, not ${seed}.`);
    }
    const state = this.#state;
    let previous = seed;
    state[0] = seed;
    for (let index = 1; index < STATE_SIZE; index++) {
      previous = (Math.imul(1812433253, previous ^ (previous >>> 30)) + index) >>> 0;
      state[index] = previous;
    }
  }

  /** The next unsigned 32-bit integer. */
  nextUint32(): number {
    if (this.#position === STATE_SIZE) this.#twist();
    let bits = this.#word(this.#position);
    this.#position += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    bits ^= bits >>> 18;
    return bits >>> 0;
  }

  #word(index: number): number {
    return this.#state[index] ?? 0;
  }

  #twist(): void {
    for (let index = 0; index < STATE_SIZE; index++) {
      const joined = (this.#word(index) & UPPER_BIT) | (this.#word((index + 1) % STATE_SIZE) & LOWER_BITS);
      const twisted = (joined >>> 1) ^ ((joined & 1) === 0 ? 0 : TWIST);
      this.#state[index] = this.#word((index + SHIFT_SIZE) % STATE_SIZE) ^ twisted;
    }
    this.#position = 0;
  }
}
