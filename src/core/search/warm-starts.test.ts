import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { assignInOrder } from './assign.ts';
import { enumerateMasks } from './exhaustive.ts';
import type { Mask } from './mask.ts';
import { mapPublished, PUBLISHED_MASKS, publishedStarts } from './published-masks.ts';
import { distinctMasks, geometricMask, geometricMasks, mapMask } from './warm-starts.ts';

describe('assignInOrder', () => {
  it.each([1, 2, 3, 4, 5, 6])('has the least sum of distances of all choices that begin with the first, case %i', (seed) => {
    const random = seededRandom(seed);
    const sorted = (count: number): number[] => Array.from({ length: count }, () => random.uniform()).toSorted((a, b) => b - a);
    const [wanted, places] = [sorted(4), sorted(9)];
    const distance = (chosen: Mask): number => chosen.reduce((sum, place, index) => sum + Math.abs((wanted[index] ?? 0) - (places[place] ?? 0)), 0);
    const best = Math.min(...[...enumerateMasks({ stepCount: 9, nfe: 4, prefix: 1 })].map(distance));
    const chosen = assignInOrder(wanted, places);
    expect(distance(chosen)).toBeCloseTo(best, 12);
    expect(chosen[0]).toBe(0);
    expect(chosen).toEqual([...new Set(chosen)].toSorted((a, b) => a - b));
  });

  it('takes every place when as many are wanted', () => {
    expect(assignInOrder([0.9, 0.8, 0.1], [1, 0.5, 0.2])).toEqual([0, 1, 2]);
  });

  it('refuses more wishes than places', () => {
    expect(() => assignInOrder([1, 2], [1])).toThrow(RangeError);
  });
});

describe('mapMask', () => {
  it('leaves a mask on its own grid as it is', () => {
    const known = { sigmas: fluxSigmas(28, 64), computedSteps: [0, 1, 3, 5, 9, 12, 16, 24] };
    expect(mapMask(known, known.sigmas, 8)).toEqual(known.computedSteps);
  });

  it.each([
    [50, 10],
    [28, 6],
    [12, 10],
    [12, 12],
    [9, 1],
  ])('keeps the exact budget on %i steps for NFE %i', (stepCount, nfe) => {
    const known = { sigmas: fluxSigmas(50, 4096), computedSteps: [0, 1, 2, 3, 5, 7, 14, 21, 28, 35, 42, 49] };
    const mask = mapMask(known, fluxSigmas(stepCount, 64), nfe);
    expect(mask).toHaveLength(nfe);
    expect(mask[0]).toBe(0);
    expect(mask).toEqual([...new Set(mask)].toSorted((a, b) => a - b));
    expect(mask.at(-1)).toBeLessThan(stepCount);
  });

  it('finds the same noise levels on a grid of twice the steps', () => {
    const coarse = fluxSigmas(14, 64);
    const fine = coarse.flatMap((sigma, index) => (index === 14 ? [sigma] : [sigma, (sigma + (coarse[index + 1] ?? 0)) / 2]));
    expect(mapMask({ sigmas: coarse, computedSteps: [0, 3, 4, 9] }, fine, 4)).toEqual([0, 6, 8, 18]);
  });
});

describe('the geometric family', () => {
  it('has uniform gaps at ratio 1 and growing ones above', () => {
    expect(geometricMask({ stepCount: 12, nfe: 4, prefix: 1 }, 1, 1)).toEqual([0, 3, 6, 9]);
    const gaps = geometricMask({ stepCount: 40, nfe: 5, prefix: 1 }, 1, 2).map((step, index, mask) => (mask[index + 1] ?? 40) - step);
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(gaps[4]).toBeGreaterThan(8 * (gaps[0] ?? 0));
  });

  it('begins dense when told to', () => {
    expect(geometricMask({ stepCount: 28, nfe: 8, prefix: 1 }, 3, 1.3).slice(0, 3)).toEqual([0, 1, 2]);
  });

  it.each([
    [28, 8],
    [28, 1],
    [6, 6],
    [7, 6],
    [50, 20],
  ])('of %i steps and NFE %i is different masks of that budget', (stepCount, nfe) => {
    const masks = geometricMasks({ stepCount, nfe, prefix: 1 });
    expect(masks.length).toBeGreaterThan(0);
    expect(new Set(masks.map(String)).size).toBe(masks.length);
    for (const mask of masks) {
      expect(mask).toHaveLength(nfe);
      expect(mask[0]).toBe(0);
      expect(new Set(mask).size).toBe(nfe);
      expect(mask.at(-1)).toBeLessThan(stepCount);
    }
  });
});

describe('distinctMasks', () => {
  it('drops repetitions, other budgets and masks without the prefix', () => {
    const space = { stepCount: 9, nfe: 3, prefix: 2 };
    expect(distinctMasks([[0, 1, 5], [0, 1, 5], [0, 2, 5], [0, 1]], space)).toEqual([[0, 1, 5]]);
  });
});

describe('the published masks', () => {
  it('rise from step 0 within their own steps', () => {
    for (const { stepCount, computedSteps } of PUBLISHED_MASKS) {
      expect(computedSteps[0]).toBe(0);
      expect(computedSteps).toEqual([...new Set(computedSteps)].toSorted((a, b) => a - b));
      expect(computedSteps.at(-1)).toBeLessThan(stepCount);
    }
  });

  it.each([6, 8, 10, 14])('give different starts of NFE %i, at the noise levels where they computed', (nfe) => {
    const sigmas = fluxSigmas(28, 64);
    const starts = publishedStarts({ stepCount: 28, nfe, prefix: 1 }, sigmas);
    expect(starts.length).toBeGreaterThan(3);
    for (const mask of starts) expect([mask.length, mask[0]]).toEqual([nfe, 0]);
    // FLUX at 1024² spends most of its steps at high noise; so do its masks on other levels.
    const [budcache] = PUBLISHED_MASKS;
    const mapped = budcache === undefined ? [] : mapPublished(budcache, sigmas, nfe);
    expect(sigmas[mapped[Math.floor(nfe / 2)] ?? 0]).toBeGreaterThan(0.5);
  });
});
