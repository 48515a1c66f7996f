import { describe, expect, it } from 'vitest';
import { seededRandom } from '../rng/seeded-random.ts';
import { distanceTo, randomPrices } from '../test-support/synthetic-objectives.ts';
import { anneal, temperatureAt } from './anneal.ts';
import { memoise } from './objective.ts';
import { randomMask } from './random-mask.ts';
import { FLUX_RECIPE } from './reference-recipe.ts';

const space = { stepCount: 16, nfe: 6, prefix: 1 };
const settings = FLUX_RECIPE.annealing;

describe('temperatureAt', () => {
  it('falls geometrically from the highest to the lowest', () => {
    expect(temperatureAt(0, settings)).toBe(0.05);
    expect(temperatureAt(100, settings)).toBeCloseTo(Math.sqrt(0.05 * 1e-5), 12);
    expect(temperatureAt(200, settings)).toBeCloseTo(1e-5, 12);
  });
});

describe('anneal', () => {
  async function run(iterations: number, temperature: number) {
    const random = seededRandom(11);
    const objective = memoise(randomPrices(16, 8));
    const start = await objective.evaluate(randomMask(space, random));
    const path: number[] = [start.value];
    const onIteration = (_: number, current: { value: number }): void => void path.push(current.value);
    const cold = { ...settings, iterations, maxTemperature: temperature, minTemperature: temperature };
    const end = await anneal(start, space, objective, cold, random, { onIteration });
    return { path, end };
  }

  it('never goes up when it is ice cold', async () => {
    const { path } = await run(200, 1e-12);
    expect(path).toHaveLength(201);
    expect(path).toEqual(path.toSorted((a, b) => b - a));
    expect(path.at(-1)).toBeLessThan(path[0] ?? 0);
  });

  it('goes up now and then when it is warm', async () => {
    const { path } = await run(200, 0.05);
    expect(path.some((value, index) => index > 0 && value > (path[index - 1] ?? Infinity))).toBe(true);
  });

  it('takes almost every proposal when it is hot', async () => {
    const { path } = await run(200, 1e6);
    const stays = path.filter((value, index) => index > 0 && value === path[index - 1]).length;
    expect(stays).toBeLessThan(5);
  });

  it('returns where the walk ended', async () => {
    const { path, end } = await run(50, 0.05);
    expect(end.value).toBe(path.at(-1));
  });

  it('stops when cancelled', async () => {
    const objective = memoise(distanceTo([0, 3, 6, 9, 12, 15]));
    const start = await objective.evaluate([0, 1, 2, 3, 4, 5]);
    let asked = 0;
    const cancel = {
      throwIfAborted: (): void => {
        if (++asked > 10) throw new Error('cancelled');
      },
    };
    await expect(anneal(start, space, objective, settings, seededRandom(0), { cancel })).rejects.toThrow('cancelled');
    expect(objective.evaluations()).toBeLessThanOrEqual(11);
  });
});
