/**
 * Goldens (numpy 2, torch 2.13 on the CPU; indices [0, 1, 2, 623, 624, 1247, 1248, 1299] of 1300 draws):
 *   np.random.RandomState(seed).randint(0, 2**32, size=1300, dtype=np.uint64)
 *   (torch.rand(1300, generator=torch.Generator().manual_seed(seed)).double() * 2**24).long()
 */
import { describe, expect, it } from 'vitest';
import { Mt19937 } from './mt19937.ts';
import golden from './torch-randn.golden.json';

const DRAWN = [0, 1, 2, 623, 624, 1247, 1248, 1299];

const draw = (seed: number): number[] => {
  const engine = new Mt19937(seed);
  const all = Array.from({ length: 1300 }, () => engine.nextUint32());
  return DRAWN.map((index) => all[index] ?? Number.NaN);
};

describe('MT19937', () => {
  it.each(golden.integers)('draws the integers of numpy for seed $seed', ({ seed, values }) => {
    expect(draw(seed)).toEqual(values);
  });

  it.each(golden.uniforms)('draws the low bits of torch for seed $seed', ({ seed, low24Bits }) => {
    expect(draw(seed).map((value) => value & 0xffffff)).toEqual(low24Bits);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => new Mt19937(seed)).toThrow(RangeError);
  });
});
