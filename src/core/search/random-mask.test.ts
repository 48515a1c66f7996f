import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import { maskKey } from './mask.ts';
import { randomMask } from './random-mask.ts';

describe('randomMask', () => {
  it('has exactly the budget, the prefix, and rises', () => {
    const random = seededRandom(1);
    for (let draw = 0; draw < 200; draw++) {
      const mask = randomMask({ stepCount: 28, nfe: 10, prefix: 2 }, random);
      expect(mask).toHaveLength(10);
      expect(new Set(mask).size).toBe(10);
      expect(mask.slice(0, 2)).toEqual([0, 1]);
      expect(mask).toEqual(mask.toSorted((a, b) => a - b));
      expect(mask.at(-1)).toBeLessThan(28);
    }
  });

  it('draws every mask of a small space about equally often', () => {
    const random = seededRandom(2);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const key = maskKey(randomMask({ stepCount: 5, nfe: 3, prefix: 1 }, random));
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 1000 each, standard deviation 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('is the only mask when every step is computed', () => {
    expect(randomMask({ stepCount: 3, nfe: 3, prefix: 1 }, seededRandom(0))).toEqual([0, 1, 2]);
  });

  it.each([
    [{ stepCount: 4, nfe: 5, prefix: 1 }],
    [{ stepCount: 4, nfe: 0, prefix: 0 }],
    [{ stepCount: 4, nfe: 2, prefix: 3 }],
    [{ stepCount: 4.5, nfe: 2, prefix: 1 }],
  ])('refuses %j', (space) => {
    expect(() => randomMask(space, seededRandom(0))).toThrow(RangeError);
  });
});
