import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import type { Mask } from './mask.ts';
import { proposeMask } from './proposals.ts';
import { randomMask } from './random-mask.ts';
import { FLUX_RECIPE } from './reference-recipe.ts';

const space = { stepCount: 28, nfe: 10, prefix: 2 };
const removed = (before: Mask, after: Mask): number[] => before.filter((step) => !after.includes(step));
const settings = FLUX_RECIPE.annealing;

describe('proposeMask', () => {
  it('keeps the budget and the prefix along a long walk', () => {
    const random = seededRandom(3);
    let mask = randomMask(space, random);
    for (let move = 0; move < 2000; move++) {
      mask = proposeMask(mask, space, settings, random);
      expect(mask).toHaveLength(10);
      expect(new Set(mask).size).toBe(10);
      expect(mask.slice(0, 2)).toEqual([0, 1]);
      expect(mask).toEqual(mask.toSorted((a, b) => a - b));
      expect(mask.at(-1)).toBeLessThan(28);
    }
  });

  it('moves two steps one time in ten, else one', () => {
    const random = seededRandom(4);
    const mask = randomMask(space, random);
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 5000; draw++) {
      const changed = removed(mask, proposeMask(mask, space, settings, random)).length;
      counts[changed] = (counts[changed] ?? Number.NaN) + 1;
    }
    expect(counts[0]).toBe(0);
    expect((counts[2] ?? 0) / 5000).toBeCloseTo(0.1, 1);
    expect((counts[1] ?? 0) + (counts[2] ?? 0)).toBe(5000);
  });

  it('stays near when told to, and goes anywhere when not', () => {
    const farthest = (nearMoveProbability: number): number => {
      const random = seededRandom(5);
      const mask = [0, 1, 5, 12];
      const distances = Array.from({ length: 500 }, () => {
        const single = { ...settings, doubleMoveProbability: 0, nearMoveProbability };
        const after = proposeMask(mask, { stepCount: 28, nfe: 4, prefix: 2 }, single, random);
        return Math.abs((removed(mask, after)[0] ?? 0) - (removed(after, mask)[0] ?? 0));
      });
      return Math.max(...distances);
    };
    expect(farthest(1)).toBe(3);
    expect(farthest(0)).toBeGreaterThan(15);
  });

  it.each([
    [{ stepCount: 4, nfe: 4, prefix: 1 }, [0, 1, 2, 3]],
    [{ stepCount: 4, nfe: 2, prefix: 2 }, [0, 1]],
  ])('has nowhere to go in %j', (full, mask) => {
    expect(proposeMask(mask, full, settings, seededRandom(6))).toEqual(mask);
  });
});
