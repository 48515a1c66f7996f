/** `torch.randn` for float32 on the CPU, so that Python and the browser start from the same noise (to 1e-6). */
import { Mt19937 } from './mt19937.ts';

const BLOCK = 16;
const HALF_BLOCK = 8;
const LOW_24_BITS = 0xffffff;
const TWO_PI_FLOAT32 = Math.fround(2 * Math.PI);

/** A `torch.Generator` on the CPU as far as normal numbers go. */
export class TorchGenerator {
  readonly #engine: Mt19937;
  /** The second of a pair drawn for a short tensor, which torch keeps for the next short one. */
  #spareNormal: number | null = null;

  /** @param seed an unsigned 32-bit integer. */
  constructor(seed: number) {
    this.#engine = new Mt19937(seed);
  }

  /** `torch.randn(count, generator=this)`: `count` standard normal numbers. */
  randn(count: number): Float32Array {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`Cannot draw ${count} numbers.`);
    const values = new Float32Array(count);
    if (count < BLOCK) {
      for (let index = 0; index < count; index++) values[index] = this.#nextNormalFloat64();
      return values;
    }
    for (let index = 0; index < count; index++) values[index] = this.#nextUniformFloat32();
    for (let start = 0; start + BLOCK <= count; start += BLOCK) boxMuller(values.subarray(start, start + BLOCK));
    if (count % BLOCK !== 0) {
      // Torch draws the whole last block anew, over values that are finished already.
      const last = values.subarray(count - BLOCK);
      for (let index = 0; index < BLOCK; index++) last[index] = this.#nextUniformFloat32();
      boxMuller(last);
    }
    return values;
  }

  #nextUniformFloat32(): number {
    return (this.#engine.nextUint32() & LOW_24_BITS) * 2 ** -24;
  }

  #nextUniformFloat64(): number {
    const upper = this.#engine.nextUint32() & 0x1fffff;
    const lower = this.#engine.nextUint32();
    return (upper * 2 ** 32 + lower) * 2 ** -53;
  }

  #nextNormalFloat64(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    const angle = 2 * Math.PI * this.#nextUniformFloat64();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#nextUniformFloat64()));
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniform numbers into normal ones in place. Rounds where torch's float32 arithmetic does. */
function boxMuller(block: Float32Array): void {
  for (let index = 0; index < HALF_BLOCK; index++) {
    const first = 1 - (block[index] ?? 0);
    const second = block[index + HALF_BLOCK] ?? 0;
    const radius = Math.fround(Math.sqrt(Math.fround(-2 * Math.fround(Math.log(first)))));
    const angle = Math.fround(TWO_PI_FLOAT32 * second);
    block[index] = radius * Math.fround(Math.cos(angle));
    block[index + HALF_BLOCK] = radius * Math.fround(Math.sin(angle));
  }
}

/** `torch.randn(count, generator=torch.Generator().manual_seed(seed))`. */
export function torchRandn(seed: number, count: number): Float32Array {
  return new TorchGenerator(seed).randn(count);
}
