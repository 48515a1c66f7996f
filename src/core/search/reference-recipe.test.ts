import { describe, expect, it } from 'vitest';
import { distanceTo, randomPrices } from '../test-support/synthetic-objectives.ts';
import { enumerateMasks } from './exhaustive.ts';
import type { Mask } from './mask.ts';
import type { RecipeSettings, SearchProgress } from './reference-recipe.ts';
import { FLUX_RECIPE, prefixOf, searchMask, WAN_RECIPE } from './reference-recipe.ts';

const recipes: [string, RecipeSettings][] = [
  ['FLUX', FLUX_RECIPE],
  ['Wan', WAN_RECIPE],
];

describe('prefixOf', () => {
  it.each([
    [10, FLUX_RECIPE, 2],
    [3, FLUX_RECIPE, 1],
    [8, FLUX_RECIPE, 2],
    [20, WAN_RECIPE, 6],
    [2, WAN_RECIPE, 1],
  ])('of NFE %i', (nfe, settings, prefix) => {
    expect(prefixOf(nfe, settings)).toBe(prefix);
  });
});

describe.each(recipes)('searchMask, %s recipe', (_, settings) => {
  it('visits only masks of the exact budget with the prefix', async () => {
    const visited: Mask[] = [];
    const price = randomPrices(28, 1);
    const objective = async (mask: Mask): Promise<number> => {
      visited.push(mask);
      return price(mask);
    };
    const result = await searchMask({ stepCount: 28, nfe: 10, objective, seed: 7, settings });
    const prefix = Array.from({ length: prefixOf(10, settings) }, (__, step) => step);
    for (const mask of visited) {
      expect(mask).toHaveLength(10);
      expect(new Set(mask).size).toBe(10);
      expect(mask.slice(0, prefix.length)).toEqual(prefix);
    }
    expect(visited).toHaveLength(result.evaluations);
  });

  it('returns the best mask it ever saw, and that best only falls', async () => {
    const values: number[] = [];
    const price = randomPrices(28, 2);
    const objective = async (mask: Mask): Promise<number> => {
      const value = await price(mask);
      values.push(value);
      return value;
    };
    const bests: number[] = [];
    const onProgress = ({ best }: SearchProgress): void => void bests.push(best.value);
    const result = await searchMask({ stepCount: 28, nfe: 10, objective, seed: 3, settings, onProgress });
    expect(result.value).toBe(Math.min(...values));
    expect(await price(result.mask)).toBe(result.value);
    expect(bests.length).toBeGreaterThan(200);
    expect(bests).toEqual(bests.toSorted((a, b) => b - a));
  });

  it('repeats itself for one seed and differs for another', async () => {
    const walk = async (seed: number): Promise<string[]> => {
      const visited: string[] = [];
      const price = randomPrices(28, 3);
      const objective = async (mask: Mask): Promise<number> => {
        visited.push(mask.join());
        return price(mask);
      };
      const { mask } = await searchMask({ stepCount: 28, nfe: 8, objective, seed, settings });
      return [...visited, mask.join()];
    };
    expect(await walk(5)).toEqual(await walk(5));
    expect(await walk(5)).not.toEqual(await walk(6));
  });
});

describe('searchMask', () => {
  it.each([1, 2, 3, 4, 5])('finds the optimum of smooth ground, seed %i', async (seed) => {
    const wanted = [0, 1, 2, 4, 6, 9, 13, 16, 21, 26];
    const result = await searchMask({ stepCount: 28, nfe: 10, objective: distanceTo(wanted), seed });
    expect(result.mask).toEqual(wanted);
    expect(result.value).toBe(0);
    expect(result.converged).toBe(true);
  });

  it('with three starts nearly always finds the optimum of rugged ground, known by looking at every mask', async () => {
    const objective = randomPrices(14, 5);
    let best = Infinity;
    for (const mask of enumerateMasks({ stepCount: 14, nfe: 5, prefix: 1 })) best = Math.min(best, await objective(mask));
    let found = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const settings = { ...FLUX_RECIPE, starts: 3 };
      if ((await searchMask({ stepCount: 14, nfe: 5, objective, seed, settings })).value === best) found += 1;
    }
    expect(found).toBeGreaterThanOrEqual(18);
  });

  it('goes on from new random starts, sharing what it knows', async () => {
    const starts = new Set<number>();
    const onProgress = ({ start }: SearchProgress): void => void starts.add(start);
    const objective = randomPrices(20, 5);
    const one = await searchMask({ stepCount: 20, nfe: 7, objective, seed: 2 });
    const three = await searchMask({ stepCount: 20, nfe: 7, objective, seed: 2, settings: { ...FLUX_RECIPE, starts: 3 }, onProgress });
    expect([...starts]).toEqual([1, 2, 3]);
    expect(three.value).toBeLessThanOrEqual(one.value);
    expect(three.evaluations).toBeGreaterThan(one.evaluations);
  });

  it('has one answer when every step is computed', async () => {
    const result = await searchMask({ stepCount: 4, nfe: 4, objective: async () => 0, seed: 1 });
    expect(result.mask).toEqual([0, 1, 2, 3]);
    expect(result.evaluations).toBe(1);
  });

  it('fails clearly when the objective is not finite', async () => {
    const objective = async (mask: Mask): Promise<number> => (mask.includes(9) ? Number.NaN : 1);
    await expect(searchMask({ stepCount: 12, nfe: 4, objective, seed: 1 })).rejects.toThrow('not a finite number');
  });

  it('stops when cancelled', async () => {
    let evaluated = 0;
    const objective = async (): Promise<number> => ++evaluated;
    const cancel = {
      throwIfAborted: (): void => {
        if (evaluated >= 30) throw new Error('cancelled');
      },
    };
    await expect(searchMask({ stepCount: 28, nfe: 10, objective, seed: 1, cancel })).rejects.toThrow('cancelled');
    expect(evaluated).toBe(30);
  });

  it('refuses a budget above the number of steps', async () => {
    await expect(searchMask({ stepCount: 4, nfe: 5, objective: async () => 0, seed: 1 })).rejects.toThrow(RangeError);
  });
});
