import { describe, expect, it } from 'vitest';
import { readPairs } from './pair-runs.ts';

const pairs = (name: string) => readPairs(new URL(`pairs/${name}.json`, import.meta.url));

describe('the pairs', () => {
  it('are 8 for calibration and 16 for validation, with no prompt and no seed in both', async () => {
    const calibration = await pairs('calibration');
    const validation = await pairs('validation');
    const all = [...calibration, ...validation];
    expect([calibration.length, validation.length]).toEqual([8, 16]);
    expect(new Set(all.map(({ prompt }) => prompt)).size).toBe(24);
    expect(new Set(all.map(({ seed }) => seed)).size).toBe(24);
  });

  it('are refused when a file holds something else', async () => {
    await expect(readPairs(new URL('../package.json', import.meta.url))).rejects.toThrow('no list of pairs');
  });
});
