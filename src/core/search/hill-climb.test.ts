import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import { distanceTo, randomPrices } from '../test-support/synthetic-objectives.ts';
import { hillClimb, neighbours } from './hill-climb.ts';
import type { Mask } from './mask.ts';
import { memoise } from './objective.ts';
import { randomMask } from './random-mask.ts';
import { FLUX_RECIPE, WAN_RECIPE } from './reference-recipe.ts';

const space = { stepCount: 16, nfe: 6, prefix: 2 };
const { neighbourhood } = FLUX_RECIPE.climbing;

/** Written anew, not by the code under test: every mask one move of at most 3 away, the prefix kept. */
function nearMoves(mask: Mask): Mask[] {
  const result: Mask[] = [];
  for (const from of mask.slice(space.prefix)) {
    for (const offset of [-3, -2, -1, 1, 2, 3]) {
      const to = from + offset;
      if (to < space.prefix || to >= space.stepCount || mask.includes(to)) continue;
      result.push([...mask.filter((step) => step !== from), to].sort((a, b) => a - b));
    }
  }
  return result;
}

describe('neighbours', () => {
  it('are every move by at most 3, and two far ones for each movable step', () => {
    const mask = [0, 1, 4, 7, 8, 15];
    const found = neighbours(mask, space, neighbourhood, seededRandom(1)).map(String);
    const near = nearMoves(mask).map(String);
    expect(found).toEqual(expect.arrayContaining(near));
    expect(found).toHaveLength(near.length + 2 * 4);
  });

  it('keep the prefix and the budget', () => {
    const random = seededRandom(2);
    for (const kind of [FLUX_RECIPE, WAN_RECIPE]) {
      for (const found of neighbours(randomMask(space, random), space, kind.climbing.neighbourhood, random)) {
        expect(found.slice(0, 2)).toEqual([0, 1]);
        expect(new Set(found).size).toBe(6);
      }
    }
  });

  it('are 20 random moves in Wan’s way', () => {
    expect(neighbours([0, 1, 4, 7, 8, 15], space, WAN_RECIPE.climbing.neighbourhood, seededRandom(3))).toHaveLength(20);
  });
});

describe('hillClimb', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('ends in a local optimum on rugged ground %i, never going up', async (seed) => {
    const random = seededRandom(seed);
    const price = randomPrices(16, seed);
    const objective = memoise(price);
    const path: number[] = [];
    const start = await objective.evaluate(randomMask(space, random));
    const onRound = (_: number, current: { value: number }): void => void path.push(current.value);
    const end = await hillClimb(start, space, objective, FLUX_RECIPE.climbing, random, { onRound });
    expect(end.converged).toBe(true);
    expect([start.value, ...path]).toEqual([start.value, ...path].toSorted((a, b) => b - a));
    for (const neighbour of nearMoves(end.mask)) expect(await price(neighbour)).toBeGreaterThanOrEqual(end.value);
  });

  it('finds the optimum of smooth ground', async () => {
    const wanted = [0, 1, 3, 7, 10, 14];
    const objective = memoise(distanceTo(wanted));
    const start = await objective.evaluate([0, 1, 2, 3, 4, 5]);
    expect((await hillClimb(start, space, objective, FLUX_RECIPE.climbing, seededRandom(1))).mask).toEqual(wanted);
  });

  it('says when its rounds ran out', async () => {
    const objective = memoise(distanceTo([0, 1, 12, 13, 14, 15]));
    const start = await objective.evaluate([0, 1, 2, 3, 4, 5]);
    const settings = { ...FLUX_RECIPE.climbing, maxRounds: 1 };
    expect((await hillClimb(start, space, objective, settings, seededRandom(1))).converged).toBe(false);
  });
});
