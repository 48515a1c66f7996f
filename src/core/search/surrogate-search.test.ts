import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import { stagedPrices } from '../test-support/synthetic-staged.ts';
import type { Mask } from './mask.ts';
import { randomMask } from './random-mask.ts';
import { openDesk } from './search-task.ts';
import type { StagedObjective } from './staged-objective.ts';
import { followSurrogate } from './surrogate-search.ts';

const space = { stepCount: 24, nfe: 6, prefix: 1 };
const LEAST: Mask = [0, 1, 3, 7, 12, 20];
const smooth = (mask: Mask): number => mask.reduce((sum, step, index) => sum + (step - (LEAST[index] ?? Number.NaN)) ** 2, 1);
const objective: StagedObjective = { stages: [{ pairs: 2, cost: 2 }], validation: null, losses: async (mask) => [smooth(mask), 2 * smooth(mask)] };

const follow = async (target: StagedObjective, maskCount: number, change: Partial<Parameters<typeof followSurrogate>[0]> = {}) => {
  const random = seededRandom(2);
  const desk = openDesk({ stepCount: space.stepCount, nfe: space.nfe, objective: target, seed: 2, teacherRuns: 0 });
  for (let start = 0; start < 10; start++) await desk.evaluate(randomMask(space, random));
  const pairCount = target.stages.reduce((sum, { pairs }) => sum + pairs, 0);
  await followSurrogate({ desk, proxy: null, space, random, pairCount, maskCount, affords: () => true, ...change });
  return desk;
};

describe('following the surrogate', () => {
  it('finds the least of 33 649 masks in fewer than 50 runs where near masks are alike', async () => {
    const desk = await follow(objective, 40);
    expect(desk.ranked()[0]?.mask).toEqual(LEAST);
    expect(desk.book.masks()).toBeLessThanOrEqual(50);
  });

  it('runs every mask once, with the prefix kept', async () => {
    const { objective: rugged, looks } = stagedPrices(space.stepCount, 3);
    const desk = await follow(rugged, 20, { space: { ...space, prefix: 1 } });
    const whole = looks.filter(({ stage }) => stage === 0);
    expect(new Set(whole.map(({ mask }) => mask.join())).size).toBe(whole.length);
    expect(desk.book.masks()).toBe(whole.length);
    expect(whole.every(({ mask }) => mask[0] === 0 && mask.length === space.nfe)).toBe(true);
  });

  it('stops at the bound, and where every mask was run', async () => {
    let left = 3;
    expect((await follow(objective, 20, { affords: () => left-- > 0 })).book.masks()).toBe(13);
    const small = { stepCount: 5, nfe: 2, prefix: 1 };
    const desk = openDesk({ stepCount: 5, nfe: 2, objective, seed: 1, teacherRuns: 0 });
    await desk.evaluate([0, 1]);
    await followSurrogate({ desk, proxy: null, space: small, random: seededRandom(1), pairCount: 2, maskCount: 50, affords: () => true });
    expect(desk.book.masks()).toBe(4);
  });
});
