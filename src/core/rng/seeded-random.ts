/** The random numbers of searches: one seed gives one sequence, everywhere. */
import { Mt19937 } from './mt19937.ts';

export interface Random {
  /** In [0, 1), 53 bits. */
  uniform(): number;
  /** A whole number in [0, count). */
  integer(count: number): number;
}

/** @param seed an unsigned 32-bit integer. */
export function seededRandom(seed: number): Random {
  const engine = new Mt19937(seed);
  const uniform = (): number => {
    const upper = engine.nextUint32() >>> 5;
    const lower = engine.nextUint32() >>> 6;
    return (upper * 2 ** 26 + lower) * 2 ** -53;
  };
  const integer = (count: number): number => {
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`Cannot choose one of ${count}.`);
    return Math.floor(uniform() * count);
  };
  return { uniform, integer };
}
