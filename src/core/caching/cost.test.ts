import { describe, expect, it } from 'vitest';
import { predictedLoopMs, predictedRunMs } from './cost.ts';

const costs = { fullMs: 100, cachedMs: 2, textMs: 30, vaeMs: 40 };

describe('predicted cost', () => {
  it('is NFE full calls and the rest cached ones', () => {
    expect(predictedLoopMs(costs, 10, 28)).toBe(1000 + 36);
  });

  it('adds text and decoder for the whole run', () => {
    expect(predictedRunMs(costs, 28, 28)).toBe(2870);
  });

  it.each([0, 29, 1.5])('refuses a budget of %s of 28', (nfe) => {
    expect(() => predictedLoopMs(costs, nfe, 28)).toThrow(RangeError);
  });
});
