import { describe, expect, it } from 'vitest';
import { readPairs } from './pair-runs.ts';

const pairs = (name: string) => readPairs(new URL(`pairs/${name}.json`, import.meta.url));

describe('the pairs', () => {
  it('are 8 for calibration, 16 for validation and 72 for tests, with no prompt and no seed in two of them', async () => {
    const sets = [await pairs('calibration'), await pairs('validation'), await pairs('test')];
    const all = sets.flat();
    expect(sets.map((set) => set.length)).toEqual([8, 16, 72]);
    expect(new Set(all.map(({ prompt }) => prompt)).size).toBe(96);
    expect(new Set(all.map(({ seed }) => seed)).size).toBe(96);
  });

  it('are refused when a file holds something else', async () => {
    await expect(readPairs(new URL('../package.json', import.meta.url))).rejects.toThrow('no list of pairs');
  });
});
