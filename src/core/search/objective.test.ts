import { describe, expect, it } from 'vitest';
import { memoise } from './objective.ts';

describe('memoise', () => {
  it('evaluates each mask once and counts', async () => {
    let calls = 0;
    const objective = memoise(async (mask) => {
      calls += 1;
      return mask.length;
    });
    const first = await objective.evaluate([0, 2]);
    expect(await objective.evaluate([0, 2])).toBe(first);
    await objective.evaluate([0, 1]);
    expect(calls).toBe(2);
    expect(objective.evaluations()).toBe(2);
  });

  it('remembers the best, the first of equals', async () => {
    const objective = memoise(async (mask) => [7, 3, 3, 5][mask[1] ?? 0] ?? Number.NaN);
    expect(objective.best()).toBeNull();
    for (const step of [0, 1, 2, 3]) await objective.evaluate([0, step]);
    expect(objective.best()).toEqual({ mask: [0, 1], value: 3 });
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses the value %s and names the mask', async (value) => {
    const objective = memoise(async () => value);
    await expect(objective.evaluate([0, 4, 5])).rejects.toThrow('{0,4,5}');
    expect(objective.best()).toBeNull();
  });
});
