import { describe, expect, it } from 'vitest';
import { recordTeacher } from '../caching/teacher-run.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { dpcacheMask } from './dpcache.ts';
import { enumerateMasks } from './exhaustive.ts';
import type { Mask } from './mask.ts';
import { meancacheMask } from './meancache.ts';
import type { StretchCost } from './shortest-mask.ts';
import { shortestMask } from './shortest-mask.ts';

const sigmas = fluxSigmas(9, 64);
const teachers = await Promise.all([1, 2].map((seed) => recordTeacher(createLooseToyModel(), torchRandn(seed, 12), sigmas)));

/** Every mask of the space looked at. */
function bestByHand(space: { stepCount: number; nfe: number; prefix: number }, costOf: (mask: Mask) => number): Mask {
  const priced = [...enumerateMasks(space)].map((mask) => ({ mask, cost: costOf(mask) }));
  return priced.toSorted((a, b) => a.cost - b.cost)[0]?.mask ?? [];
}

describe('shortestMask', () => {
  it.each([
    [9, 4, 1],
    [9, 4, 3],
    [8, 8, 1],
    [7, 1, 1],
    [10, 3, 2],
  ])('of %i steps, NFE %i, prefix %i is the best of all', (stepCount, nfe, prefix) => {
    const random = seededRandom(stepCount * nfe);
    const prices = Array.from({ length: 1000 + stepCount ** 3 * 2 }, () => random.uniform());
    const costOf: StretchCost = (older, newest, end) => prices[(((older ?? -1) + 1) * 11 + newest) * 11 + end] ?? 0;
    const space = { stepCount, nfe, prefix };
    const sumOf = (mask: Mask): number => mask.reduce((sum, step, place) => sum + costOf(mask[place - 1] ?? null, step, mask[place + 1] ?? stepCount), 0);
    const { mask, cost } = shortestMask(space, costOf);
    expect(mask).toEqual(bestByHand(space, sumOf));
    expect(cost).toBeCloseTo(sumOf(mask), 12);
  });
});

describe('dpcacheMask', () => {
  it('has the least summed error of first-order predictions from the two computed steps before', () => {
    const space = { stepCount: 9, nfe: 4, prefix: 1 };
    const costOf = (mask: Mask): number => {
      let sum = 0;
      for (const { residuals } of teachers) {
        for (let step = 1; step < 9; step++) {
          if (mask.includes(step)) continue;
          const before = mask.filter((computed) => computed < step);
          const [a, b] = [before.at(-1) ?? 0, before.at(-2)];
          const at = (index: number): number => sigmas[index] ?? 0;
          const reach = b === undefined ? 0 : (at(step) - at(a)) / (at(a) - at(b));
          residuals[step]?.forEach((value, index) => {
            const [near, far] = [residuals[a]?.[index] ?? 0, residuals[b ?? a]?.[index] ?? 0];
            sum += Math.abs(value - (near + reach * (near - far)));
          });
        }
      }
      return sum;
    };
    expect(dpcacheMask(space, teachers)).toEqual(bestByHand(space, costOf));
  });
});

describe('meancacheMask', () => {
  it.each([1, 4])('has the least sum of stretch errors to the power of %i', (gamma) => {
    const space = { stepCount: 9, nfe: 4, prefix: 1 };
    const costOf = (mask: Mask): number =>
      mask.reduce((sum, start, place) => {
        const end = mask[place + 1] ?? 9;
        const errors = teachers.map(({ latents, velocities }) => {
          const mean = (index: number): number => ((latents[end]?.[index] ?? 0) - (latents[start]?.[index] ?? 0)) / ((sigmas[end] ?? 0) - (sigmas[start] ?? 0));
          const differences = Array.from(velocities[start] ?? [], (value, index) => Math.abs(mean(index) - value));
          return differences.reduce((all, value) => all + value, 0) / differences.length;
        });
        return sum + ((errors[0] ?? 0) / 2 + (errors[1] ?? 0) / 2) ** gamma;
      }, 0);
    expect(meancacheMask(space, teachers, gamma)).toEqual(bestByHand(space, costOf));
  });
});
